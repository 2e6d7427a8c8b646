//! The pool as a SAML 2.0 service provider: the AuthnRequest with which a browser is sent away
//! (saml-bindings-2.0-os §3.4), and the Response with which it comes back (§3.5;
//! saml-profiles-2.0-os §4.1).
//!
//! Exactly one assertion, in the document where it belongs, covered by a signature of the
//! provider's, for this pool, this request and this moment. A response that nobody asked for begins
//! a sign-in where the pool's provider allows it, once. Encrypted assertions are not available. Not
//! here: the signature itself (`keys::xml_signature`).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use form_urlencoded::Serializer;
use miniz_oxide::deflate::{CompressionLevel, compress_to_vec};
use serde_json::Value;
use uppsala::{Document, NodeId};

use super::provider_claims::ProviderClaims;
use super::saml_idp::SamlIdp;
use super::saml_xml::{entity_id, escape};
use super::state::FederationState;
use crate::app::Ctx;
use crate::clock::Timestamp;
use crate::domain::federation::{self, Claims, SAML_SUBJECT};
use crate::domain::xml;
use crate::error::{Error, Result};
use crate::flows::triggers::ProviderAnswer;
use crate::keys::{base64url_sha256, signed_elements};
use crate::store::IdentityProvider;

const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";
const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";

/// How hard a request is compressed.
const COMPRESSION: u8 = CompressionLevel::DefaultLevel as u8;

/// How far the provider's clock may be ahead.
const AHEAD: std::time::Duration = std::time::Duration::from_secs(180);

/// The request's ID, which the response must repeat.
fn request_id(started: &FederationState) -> String {
    format!("_{}", started.id())
}

/// The address to which the browser is sent, with the request in it.
pub async fn request_url(
    ctx: &Ctx,
    provider: &IdentityProvider,
    started: &FederationState,
    state: &str,
    asks_again: bool,
    origin: &str,
) -> Result<String> {
    let idp = SamlIdp::of(ctx, provider, origin).await?;
    let force = if asks_again {
        " ForceAuthn=\"true\""
    } else {
        ""
    };
    let request = format!(
        "<samlp:AuthnRequest xmlns:samlp=\"{PROTOCOL}\" xmlns:saml=\"{ASSERTION}\" ID=\"{}\" \
         Version=\"2.0\" IssueInstant=\"{}\" Destination=\"{}\"{force} \
         ProtocolBinding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" \
         AssertionConsumerServiceURL=\"{}\">\
         <saml:Issuer>{}</saml:Issuer></samlp:AuthnRequest>",
        request_id(started),
        Timestamp::from_seconds(ctx.now.seconds()).rfc3339(),
        escape(&idp.sign_in),
        escape(&started.redirect_uri),
        escape(&entity_id(provider)),
    );
    let mut query = encoded(&[
        (
            "SAMLRequest",
            &STANDARD.encode(compress_to_vec(request.as_bytes(), COMPRESSION)),
        ),
        ("RelayState", state),
    ]);
    if provider.detail("RequestSigningAlgorithm").is_some() {
        // saml-bindings-2.0-os §3.4.4.1: the query itself is what is signed.
        query = format!("{query}&{}", encoded(&[("SigAlg", RSA_SHA256)]));
        let keys = &ctx.app.keys;
        let signature = keys
            .sign_saml_request(ctx.store(), &provider.pool_id, ctx.now, query.as_bytes())
            .await?;
        query = format!(
            "{query}&{}",
            encoded(&[("Signature", &STANDARD.encode(signature))])
        );
    }
    let join = if idp.sign_in.contains('?') { '&' } else { '?' };
    Ok(format!("{}{join}{query}", idp.sign_in))
}

fn encoded(pairs: &[(&str, &str)]) -> String {
    Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// What the response says of the person who signed in for this request.
pub async fn accept(
    ctx: &Ctx,
    provider: &IdentityProvider,
    started: &FederationState,
    response: &str,
) -> Result<ProviderClaims> {
    let request = request_id(started);
    let ours = ServiceProvider {
        recipient: &started.redirect_uri,
        audience: &entity_id(provider),
    };
    let accepted = read(ctx, provider, &ours, Some(request), response).await?;
    Ok(accepted.said)
}

/// Whom a response must be for.
pub struct ServiceProvider<'s> {
    /// Where it is sent.
    pub recipient: &'s str,
    /// The name by which the provider knows it.
    pub audience: &'s str,
}

/// What a response says that somebody has handed in, who may do so again while it lasts.
pub async fn check(
    ctx: &Ctx,
    provider: &IdentityProvider,
    service: &ServiceProvider<'_>,
    response: &str,
) -> Result<Claims> {
    let accepted = read(ctx, provider, service, None, response).await?;
    Ok(accepted.said.claims)
}

/// Whether the provider's sign-ins may begin there.
pub fn may_begin(provider: &IdentityProvider) -> bool {
    provider.detail("IDPInit") == Some("true")
}

/// What a response says that nobody has asked for. An assertion counts once: there is no request
/// that would end with it.
pub async fn accept_unsolicited(
    ctx: &Ctx,
    provider: &IdentityProvider,
    recipient: &str,
    response: &str,
) -> Result<ProviderClaims> {
    let audience = entity_id(provider);
    let ours = ServiceProvider {
        recipient,
        audience: &audience,
    };
    let Accepted {
        said,
        assertion,
        ends,
    } = read(ctx, provider, &ours, None, response).await?;
    let id = base64url_sha256(&format!("{audience} {assertion}"));
    if ctx.store().write_once().await.spend(&id, ends).await? {
        Ok(said)
    } else {
        Err(refused("it was used before"))
    }
}

/// A response that holds.
struct Accepted {
    said: ProviderClaims,
    /// The ID of its assertion.
    assertion: String,
    /// When that ends.
    ends: Timestamp,
}

async fn read(
    ctx: &Ctx,
    provider: &IdentityProvider,
    service: &ServiceProvider<'_>,
    request: Option<String>,
    response: &str,
) -> Result<Accepted> {
    let idp = SamlIdp::of(ctx, provider, &ctx.app.settings.public_url).await?;
    let compact: String = response.split_ascii_whitespace().collect();
    let source = STANDARD
        .decode(compact)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        // A DTD could make the document mean anything.
        .filter(|source| !source.contains("<!"))
        .ok_or_else(|| refused("it is malformed"))?;
    let document = xml::parse(&source).ok_or_else(|| refused("it is malformed"))?;
    let response = SamlResponse {
        document: &document,
        source: &source,
        idp: &idp,
        service,
        request,
        now: ctx.now,
    };
    let assertion = response.assertion()?;
    let ends = response.check_assertion(assertion)?;
    let id = response.attribute(assertion, "ID").unwrap_or_default();
    let claims = response.claims(assertion)?;
    let answer = ProviderAnswer::Saml {
        response: Value::Object(claims.clone()),
    };
    Ok(Accepted {
        said: ProviderClaims { claims, answer },
        assertion: id.to_owned(),
        ends,
    })
}

fn refused(reason: &str) -> Error {
    Error::SamlResponseRefused {
        reason: reason.to_owned(),
    }
}

struct SamlResponse<'r> {
    document: &'r Document<'r>,
    source: &'r str,
    idp: &'r SamlIdp,
    service: &'r ServiceProvider<'r>,
    /// None where nobody asked.
    request: Option<String>,
    now: Timestamp,
}

impl SamlResponse<'_> {
    fn child(&self, parent: NodeId, namespace: &str, name: &str) -> Option<NodeId> {
        self.document
            .first_child_element_by_name_ns(parent, namespace, name)
    }

    fn children(&self, parent: NodeId, name: &str) -> Vec<NodeId> {
        self.document
            .child_elements_by_name_ns(parent, ASSERTION, name)
    }

    fn attribute(&self, element: NodeId, name: &str) -> Option<&str> {
        self.document.get_attribute(element, name)
    }

    /// An element's text, whatever comments stand in it: the signature does not cover them.
    fn text(&self, element: NodeId) -> String {
        self.document.text_content_deep(element).trim().to_owned()
    }

    /// The one assertion, once the response around it holds.
    fn assertion(&self) -> Result<NodeId> {
        let root = self.document.document_element();
        let root = root
            .filter(|root| {
                self.document
                    .element(*root)
                    .is_some_and(|element| element.matches_name_ns(PROTOCOL, "Response"))
            })
            .ok_or_else(|| refused("it is no response"))?;
        let status = self.child(root, PROTOCOL, "Status");
        let code = status.and_then(|status| self.child(status, PROTOCOL, "StatusCode"));
        if code.and_then(|code| self.attribute(code, "Value")) != Some(SUCCESS) {
            let message = status.and_then(|status| self.child(status, PROTOCOL, "StatusMessage"));
            let reason = message.map(|message| self.text(message));
            return Err(Error::ProviderRefused {
                reason: federation::plain_words(
                    reason
                        .as_deref()
                        .unwrap_or("The identity provider did not sign the user in"),
                ),
            });
        }
        let encrypted = self
            .document
            .get_elements_by_tag_name_ns(ASSERTION, "EncryptedAssertion");
        if !encrypted.is_empty() {
            return Err(Error::NotAvailable {
                operation: "Decryption of SAML assertions".to_owned(),
            });
        }
        // One in the whole document, and in its place: a second one could be the one that was
        // signed.
        let everywhere = self
            .document
            .get_elements_by_tag_name_ns(ASSERTION, "Assertion");
        let [assertion] = everywhere[..] else {
            return Err(refused("it must have one assertion"));
        };
        if self.document.parent(assertion) != Some(root) {
            return Err(refused("its assertion is not where it belongs"));
        }
        let signed =
            signed_elements(self.document, self.source, &self.idp.trusted).map_err(|cause| {
                tracing::info!("a SAML response was refused: {cause:#}");
                refused("its signature is not the provider's")
            })?;
        if !signed.contains(&assertion) && !signed.contains(&root) {
            return Err(refused("its assertion is not signed"));
        }
        let fits = |name: &str, expected: Option<&str>| {
            let said = self.attribute(root, name);
            said.is_none() || said == expected
        };
        if !fits("Destination", Some(self.service.recipient))
            || !fits("InResponseTo", self.request.as_deref())
        {
            return Err(refused("it answers another request"));
        }
        if let Some(issuer) = self.child(root, ASSERTION, "Issuer") {
            self.check_issuer(issuer)?;
        }
        Ok(assertion)
    }

    fn check_issuer(&self, issuer: NodeId) -> Result<()> {
        let said = self.text(issuer);
        if self.idp.entity_id.as_deref() == Some(said.as_str()) {
            Ok(())
        } else {
            Err(refused("its issuer is another one"))
        }
    }

    /// Who says it, to whom, for which request and for how long (saml-profiles-2.0-os §4.1.4.3).
    /// Gives the end.
    fn check_assertion(&self, assertion: NodeId) -> Result<Timestamp> {
        let issuer = self.child(assertion, ASSERTION, "Issuer");
        self.check_issuer(issuer.ok_or_else(|| refused("it has no issuer"))?)?;
        let subject = self.subject(assertion)?;
        let confirmed = self
            .children(subject, "SubjectConfirmation")
            .into_iter()
            .filter(|one| self.attribute(*one, "Method") == Some(BEARER))
            .filter_map(|one| self.child(one, ASSERTION, "SubjectConfirmationData"))
            .find_map(|data| self.confirmed_until(data));
        let ends =
            confirmed.ok_or_else(|| refused("its subject is not confirmed for this request"))?;
        let conditions = self.child(assertion, ASSERTION, "Conditions");
        let conditions = conditions.ok_or_else(|| refused("it has no conditions"))?;
        if !self.is_now(conditions) {
            return Err(refused("it is not valid now"));
        }
        let restrictions = self.children(conditions, "AudienceRestriction");
        let for_us = |restriction: &NodeId| {
            let audiences = self.children(*restriction, "Audience");
            audiences
                .iter()
                .any(|audience| self.text(*audience) == self.service.audience)
        };
        if restrictions.is_empty() || !restrictions.iter().all(for_us) {
            return Err(refused("it is for another audience"));
        }
        Ok(ends)
    }

    /// Until when this confirms the subject, if it does so now, here, and for this request or for
    /// none.
    fn confirmed_until(&self, data: NodeId) -> Option<Timestamp> {
        let fits = self.attribute(data, "Recipient") == Some(self.service.recipient)
            && self.attribute(data, "InResponseTo") == self.request.as_deref()
            && self.is_now(data);
        let ends = self.attribute(data, "NotOnOrAfter")?;
        Timestamp::parse_rfc3339(ends).filter(|_| fits)
    }

    /// Whether now lies within `NotBefore` and `NotOnOrAfter`; a time that cannot be read never
    /// comes.
    fn is_now(&self, element: NodeId) -> bool {
        let time = |name: &str| self.attribute(element, name).map(Timestamp::parse_rfc3339);
        let begun = match time("NotBefore") {
            None => true,
            Some(begins) => begins.is_some_and(|begins| begins <= self.now.plus(AHEAD)),
        };
        let over = match time("NotOnOrAfter") {
            None => false,
            Some(ends) => ends.is_none_or(|ends| ends <= self.now),
        };
        begun && !over
    }

    fn subject(&self, assertion: NodeId) -> Result<NodeId> {
        self.child(assertion, ASSERTION, "Subject")
            .ok_or_else(|| refused("it has no subject"))
    }

    /// The NameID and the attributes, by their names.
    fn claims(&self, assertion: NodeId) -> Result<Claims> {
        let mut claims = Claims::new();
        for statement in self.children(assertion, "AttributeStatement") {
            for attribute in self.children(statement, "Attribute") {
                let Some(name) = self.attribute(attribute, "Name") else {
                    continue;
                };
                let mut values: Vec<Value> = self
                    .children(attribute, "AttributeValue")
                    .into_iter()
                    .map(|value| Value::from(self.text(value)))
                    .collect();
                let value = match values.len() {
                    0 => continue,
                    1 => values.remove(0),
                    _ => values.into(),
                };
                claims.insert(name.to_owned(), value);
            }
        }
        let subject = self.subject(assertion)?;
        let name = self.child(subject, ASSERTION, "NameID");
        let name = name.map(|name| self.text(name)).unwrap_or_default();
        // An attribute of that name is not the subject.
        claims.insert(SAML_SUBJECT.to_owned(), name.into());
        Ok(claims)
    }
}
