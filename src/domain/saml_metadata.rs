//! The metadata of a SAML identity provider (OASIS saml-metadata-2.0-os): the endpoints to which
//! browsers are sent, and the certificates that verify its assertions. Not here: checking an
//! assertion (`flows::federate::saml`).

use uppsala::{Document, NodeId};

use super::addresses::is_web_address;
use super::xml;

const METADATA: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
const SIGNATURE: &str = "http://www.w3.org/2000/09/xmldsig#";
const REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";

/// The endpoints with the binding HTTP-Redirect.
#[derive(Debug, PartialEq, Eq)]
pub struct SamlEndpoints {
    pub sign_in: String,
    pub sign_out: Option<String>,
}

/// Everything that counts of a metadata document.
pub struct SamlMetadata {
    pub entity_id: Option<String>,
    pub endpoints: SamlEndpoints,
    /// Those of the keys with which the provider signs, in base64 without white space.
    pub certificates: Vec<String>,
}

/// Reads a metadata document. None when it is no XML, when it has a DTD, or when it describes no
/// identity provider that is reached by redirect.
pub fn read(document: &str) -> Option<SamlMetadata> {
    let document = parse(document)?;
    Some(SamlMetadata {
        entity_id: described(&document),
        endpoints: redirects(&document)?,
        certificates: certificates(&document),
    })
}

/// The endpoints alone. None where [`read`] gives none.
pub fn endpoints(document: &str) -> Option<SamlEndpoints> {
    redirects(&parse(document)?)
}

/// The entity ID of the provider that the document describes.
pub fn entity_id(document: &str) -> Option<String> {
    described(&parse(document)?)
}

fn redirects(document: &Document) -> Option<SamlEndpoints> {
    let provider = *providers(document).first()?;
    Some(SamlEndpoints {
        sign_in: redirect(document, provider, "SingleSignOnService")?,
        sign_out: redirect(document, provider, "SingleLogoutService"),
    })
}

fn described(document: &Document) -> Option<String> {
    let described = document.get_elements_by_tag_name_ns(METADATA, "EntityDescriptor");
    xml::attribute(document, *described.first()?, "entityID").map(str::to_owned)
}

fn certificates(document: &Document) -> Vec<String> {
    let signs =
        |key: &NodeId| xml::attribute(document, *key, "use").is_none_or(|used| used == "signing");
    providers(document)
        .into_iter()
        .flat_map(|provider| {
            document.child_elements_by_name_ns(provider, METADATA, "KeyDescriptor")
        })
        .filter(signs)
        .flat_map(|key| document.descendants(key))
        .filter(|node| {
            let element = document.element(*node);
            element.is_some_and(|one| one.matches_name_ns(SIGNATURE, "X509Certificate"))
        })
        .map(|node| document.text_content_deep(node))
        .map(|text| text.split_whitespace().collect())
        .collect()
}

/// White space before the declaration is no XML, but often there.
fn parse(document: &str) -> Option<Document<'_>> {
    xml::parse(document.trim_start_matches('\u{feff}').trim_start())
}

fn providers(document: &Document) -> Vec<NodeId> {
    document.get_elements_by_tag_name_ns(METADATA, "IDPSSODescriptor")
}

fn redirect(document: &Document, provider: NodeId, service: &str) -> Option<String> {
    let attribute = |service, name| xml::attribute(document, service, name);
    document
        .child_elements_by_name_ns(provider, METADATA, service)
        .into_iter()
        .find(|service| attribute(*service, "Binding") == Some(REDIRECT))
        .and_then(|service| attribute(service, "Location"))
        .filter(|location| is_web_address(location))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata(services: &str) -> String {
        format!(
            r#"<?xml version="1.0"?><md:EntityDescriptor xmlns:md="{METADATA}" entityID="https://idp.example.com"><md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">{services}</md:IDPSSODescriptor></md:EntityDescriptor>"#
        )
    }

    fn service(name: &str, binding: &str, location: &str) -> String {
        format!(r#"<md:{name} Binding="{binding}" Location="{location}"/>"#)
    }

    #[test]
    fn the_redirect_endpoints_are_found_among_others() {
        let post = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";
        let services = [
            service(
                "SingleLogoutService",
                REDIRECT,
                "https://idp.example.com/out",
            ),
            service("SingleSignOnService", post, "https://idp.example.com/post"),
            service(
                "SingleSignOnService",
                REDIRECT,
                "https://idp.example.com/in",
            ),
        ];
        assert_eq!(
            endpoints(&metadata(&services.concat())),
            Some(SamlEndpoints {
                sign_in: "https://idp.example.com/in".to_owned(),
                sign_out: Some("https://idp.example.com/out".to_owned()),
            })
        );
    }

    #[test]
    fn what_describes_no_provider_is_none() {
        let sign_in = |location| metadata(&service("SingleSignOnService", REDIRECT, location));
        for document in [
            String::new(),
            "{}".to_owned(),
            "<a>".to_owned(),
            metadata(""),
            sign_in("javascript:alert(1)"),
            sign_in("https://idp.example.com/in")
                .replace("urn:oasis:names:tc:SAML:2.0:metadata", "x"),
            sign_in("https://idp.example.com/in")
                .replace("<md:Entity", "<!DOCTYPE a [<!ENTITY b \"c\">]><md:Entity"),
        ] {
            assert_eq!(endpoints(&document), None, "{document}");
        }
    }
}
