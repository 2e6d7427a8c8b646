//! The metadata of a SAML identity provider (OASIS saml-metadata-2.0-os): the endpoints to which
//! browsers are sent, and the certificates that verify its assertions. Not here: checking an
//! assertion (`flows::federate::saml`).

use roxmltree::{Document, Node};

use super::addresses::is_web_address;

const METADATA: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
const SIGNATURE: &str = "http://www.w3.org/2000/09/xmldsig#";
const REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";

/// The endpoints with the binding HTTP-Redirect.
#[derive(Debug, PartialEq, Eq)]
pub struct Endpoints {
    pub sign_in: String,
    pub sign_out: Option<String>,
}

/// Reads a metadata document. None if it is not XML, if it has a DTD (which could expand to
/// anything), or if it describes no identity provider that can be reached by redirect.
pub fn endpoints(document: &str) -> Option<Endpoints> {
    let document = Document::parse(document.trim_start_matches('\u{feff}').trim_start()).ok()?;
    let provider = document
        .descendants()
        .find(|node| node.has_tag_name((METADATA, "IDPSSODescriptor")))?;
    Some(Endpoints {
        sign_in: redirect(provider, "SingleSignOnService")?,
        sign_out: redirect(provider, "SingleLogoutService"),
    })
}

/// The entity ID of the provider that the document describes.
pub fn entity_id(document: &str) -> Option<String> {
    let document = Document::parse(document.trim_start_matches('\u{feff}').trim_start()).ok()?;
    let described = document
        .descendants()
        .find(|node| node.has_tag_name((METADATA, "EntityDescriptor")))?;
    described.attribute("entityID").map(str::to_owned)
}

/// The certificates of the keys with which the provider signs, in base64 without white space.
pub fn certificates(document: &str) -> Vec<String> {
    let document = document.trim_start_matches('\u{feff}').trim_start();
    let Ok(document) = Document::parse(document) else {
        return Vec::new();
    };
    document
        .descendants()
        .filter(|node| node.has_tag_name((METADATA, "IDPSSODescriptor")))
        .flat_map(|provider| provider.children())
        .filter(|node| node.has_tag_name((METADATA, "KeyDescriptor")))
        .filter(|node| node.attribute("use").is_none_or(|used| used == "signing"))
        .flat_map(|key| key.descendants())
        .filter(|node| node.has_tag_name((SIGNATURE, "X509Certificate")))
        .filter_map(|node| node.text())
        .map(|text| text.split_whitespace().collect())
        .collect()
}

fn redirect(provider: Node, service: &str) -> Option<String> {
    provider
        .children()
        .filter(|node| node.has_tag_name((METADATA, service)))
        .find(|node| node.attribute("Binding") == Some(REDIRECT))?
        .attribute("Location")
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
            Some(Endpoints {
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
