//! What a SAML response must say before anybody is signed in by it (saml-profiles-2.0-os §4.1).
//!
//! Exactly one assertion, in the document where it belongs, covered by a signature of the
//! provider's, for this pool, this request and this moment. It may be encrypted for the pool. Not
//! here: the signature itself (`keys::xml_signature`), the encryption (`keys::xml_encryption`).

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;
use uppsala::{Document, NodeId};

use super::CLOCK_SKEW;
use super::fault::{AtStep, Round, RoundStep};
use super::saml_idp::SamlIdp;
use super::saml_xml::{ASSERTION, PROTOCOL, entity_id};
use crate::app::Ctx;
use crate::clock::Timestamp;
use crate::domain::federation::{self, Claims, SAML_SUBJECT};
use crate::domain::xml;
use crate::error::{Error, Result};
use crate::keys::{SignatureFault, decrypt_element, is_signed, signed_elements};
use crate::store::{IdentityProvider, SamlSession};

const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";
const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
const ENCRYPTION: &str = "http://www.w3.org/2001/04/xmlenc#";

/// How a response came here.
pub enum Way<'w> {
    Browser {
        /// The address that it was sent to.
        recipient: &'w str,
        /// What it answers; none where nobody asked.
        request: Option<String>,
    },
    /// As a token, by somebody who need not be the browser for which it was made.
    HandedIn,
}

/// A response that holds.
pub struct Accepted {
    pub claims: Claims,
    /// The ID of its assertion.
    pub assertion: String,
    /// When that ends.
    pub ends: Timestamp,
    /// What ends the person's session at the provider.
    pub session: SamlSession,
}

/// Reads a response, given in base64: for the pool, or for another audience.
pub async fn read(
    ctx: &Ctx,
    provider: &IdentityProvider,
    other: Option<&str>,
    way: Way<'_>,
    response: &str,
) -> Round<Accepted> {
    let idp = SamlIdp::of(ctx, provider, &ctx.app.settings.public_url).await?;
    let step = RoundStep::SamlResponse;
    let source = source(response).at(step)?;
    // The pool gets its key when it is first needed.
    let key = if source.contains("EncryptedAssertion") {
        let keys = &ctx.app.keys;
        let key = keys.saml_decryption_key(ctx.store(), &provider.pool_id, ctx.now);
        key.await.at(step)?
    } else {
        Vec::new()
    };
    let expected = Expectation {
        idp: &idp,
        provider,
        audience: other.map_or_else(|| entity_id(provider), str::to_owned),
        // What the pool wants for itself.
        must_encrypt: idp.encrypts && other.is_none(),
        way,
        now: ctx.now,
        key: &key,
    };
    expected.read(&source).at(step)
}

/// The document in a message of the binding HTTP-POST, or in a token. A DTD could make it mean
/// anything.
pub(super) fn source(message: &str) -> Result<String> {
    let compact: String = message.split_ascii_whitespace().collect();
    STANDARD
        .decode(&compact)
        // RFC 8693 §3: an assertion as a token is in base64url.
        .or_else(|_| URL_SAFE_NO_PAD.decode(compact.trim_end_matches('=')))
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .filter(|source| !source.contains("<!"))
        .ok_or_else(|| refused("it is malformed"))
}

/// Why a message's signature does not count, as the browser may know it.
fn unsigned(fault: &SignatureFault) -> Error {
    tracing::info!("a SAML message was refused: {fault}");
    match fault {
        SignatureFault::Algorithm(_) => refused("its signature uses an algorithm that is too weak"),
        SignatureFault::Invalid(_) => refused("its signature is not the provider's"),
    }
}

pub(super) fn refused(reason: &str) -> Error {
    Error::SamlResponseRefused {
        reason: reason.to_owned(),
    }
}

/// For all that can be wrong with an encrypted assertion until its signature holds. What exactly it
/// is must not be told: by the difference between bad padding and bad XML, whoever may send enough
/// of them reads what was encrypted (Jager and Somorovsky, "How to break XML encryption").
fn not_decrypted() -> Error {
    refused("its assertion cannot be decrypted")
}

/// What a response is measured by.
struct Expectation<'e> {
    idp: &'e SamlIdp,
    provider: &'e IdentityProvider,
    audience: String,
    must_encrypt: bool,
    way: Way<'e>,
    now: Timestamp,
    /// The pool's private key for encrypted assertions, PKCS#8.
    key: &'e [u8],
}

impl Expectation<'_> {
    fn read(&self, source: &str) -> Result<Accepted> {
        let document = xml::parse(source).ok_or_else(|| refused("it is malformed"))?;
        let message = SamlDocument {
            document: &document,
            source,
        };
        let encrypted = message.everywhere("EncryptedAssertion");
        if encrypted.is_empty() && self.must_encrypt {
            // A provider's refusal has no assertion at all, and is told first.
            message.check_status(&self.way)?;
            return Err(refused("its assertion is not encrypted"));
        }
        let [encrypted] = encrypted[..] else {
            if !encrypted.is_empty() {
                return Err(refused("it must have one assertion"));
            }
            let assertion = self.plain(&message)?;
            return self.accepted(&message, assertion);
        };
        let decrypted = self.decrypted(&message, encrypted)?;
        let document = xml::parse(&decrypted.text).ok_or_else(not_decrypted)?;
        let inner = SamlDocument {
            document: &document,
            source: &decrypted.text,
        };
        let assertion = self
            .inside(&inner, decrypted.is_vouched_for)
            .ok_or_else(not_decrypted)?;
        self.accepted(&inner, assertion)
    }

    /// The one assertion of a message, once the message holds.
    fn plain(&self, message: &SamlDocument<'_>) -> Result<NodeId> {
        let root = message.check_status(&self.way)?;
        // One in the whole document, and in its place: a second one could be the one that was
        // signed.
        let [assertion] = message.everywhere("Assertion")[..] else {
            return Err(refused("it must have one assertion"));
        };
        if assertion != root && message.document.parent(assertion) != Some(root) {
            return Err(refused("its assertion is not where it belongs"));
        }
        let signed = message.signed_by(self.idp)?;
        if !signed.contains(&assertion) && !signed.contains(&root) {
            return Err(refused("its assertion is not signed"));
        }
        self.check_response(message, root)?;
        Ok(assertion)
    }

    /// The text of an encrypted assertion, once the message around it holds.
    fn decrypted(&self, message: &SamlDocument<'_>, encrypted: NodeId) -> Result<Decrypted> {
        let root = message.check_status(&self.way)?;
        if !message.everywhere("Assertion").is_empty() {
            return Err(refused("it must have one assertion"));
        }
        if message.document.parent(encrypted) != Some(root) {
            return Err(refused("its assertion is not where it belongs"));
        }
        // Before anything is decrypted: a signed message cannot be used to try things out.
        let is_vouched_for = is_signed(message.document);
        if is_vouched_for && !message.signed_by(self.idp)?.contains(&root) {
            return Err(refused("its assertion is not signed"));
        }
        self.check_response(message, root)?;
        let data = message
            .document
            .first_child_element_by_name_ns(encrypted, ENCRYPTION, "EncryptedData")
            .ok_or_else(not_decrypted)?;
        let text = decrypt_element(message.document, data, self.key)
            .map_err(|cause| {
                tracing::info!("an encrypted assertion was refused: {cause:#}");
                not_decrypted()
            })
            .map(|text| text.trim().to_owned())?;
        if text.contains("<!") {
            return Err(not_decrypted());
        }
        Ok(Decrypted {
            text,
            is_vouched_for,
        })
    }

    /// The assertion of a document that was encrypted: signed itself, unless the message around it
    /// was.
    fn inside(&self, inner: &SamlDocument<'_>, is_vouched_for: bool) -> Option<NodeId> {
        let root = inner.document.document_element()?;
        let is_alone = inner.everywhere("EncryptedAssertion").is_empty()
            && inner.everywhere("Assertion") == [root];
        if !is_alone {
            return None;
        }
        if is_vouched_for && !is_signed(inner.document) {
            return Some(root);
        }
        match signed_elements(inner.document, inner.source, &self.idp.trusted) {
            Ok(signed) => signed.contains(&root).then_some(root),
            Err(fault) => {
                tracing::info!("an encrypted assertion was refused: {fault}");
                None
            }
        }
    }

    /// Whether the message itself says that it belongs here.
    fn check_response(&self, message: &SamlDocument<'_>, root: NodeId) -> Result<()> {
        if let Way::Browser { recipient, request } = &self.way {
            let fits = |name: &str, expected: Option<&str>| {
                let said = message.attribute(root, name);
                said.is_none() || said == expected
            };
            if !fits("Destination", Some(recipient)) || !fits("InResponseTo", request.as_deref()) {
                return Err(refused("it answers another request"));
            }
        }
        match message.child(root, "Issuer") {
            Some(issuer) => self.check_issuer(message, issuer),
            None => Ok(()),
        }
    }

    fn check_issuer(&self, part: &SamlDocument<'_>, issuer: NodeId) -> Result<()> {
        let said = part.text(issuer);
        if self.idp.entity_id.as_deref() == Some(said.as_str()) {
            Ok(())
        } else {
            Err(refused("its issuer is another one"))
        }
    }

    fn accepted(&self, part: &SamlDocument<'_>, assertion: NodeId) -> Result<Accepted> {
        let ends = self.check_assertion(part, assertion)?;
        let id = part.attribute(assertion, "ID").unwrap_or_default();
        Ok(Accepted {
            claims: part.claims(assertion)?,
            assertion: id.to_owned(),
            ends,
            session: part.session(assertion, self.provider)?,
        })
    }

    /// Who says it, to whom, for which request and for how long (saml-profiles-2.0-os §4.1.4.3).
    /// Gives the end.
    fn check_assertion(&self, part: &SamlDocument<'_>, assertion: NodeId) -> Result<Timestamp> {
        let issuer = part.child(assertion, "Issuer");
        self.check_issuer(part, issuer.ok_or_else(|| refused("it has no issuer"))?)?;
        let subject = part.subject(assertion)?;
        let confirmed = part
            .children(subject, "SubjectConfirmation")
            .into_iter()
            .filter(|one| part.attribute(*one, "Method") == Some(BEARER))
            .filter_map(|one| part.child(one, "SubjectConfirmationData"))
            .find_map(|data| self.confirmed_until(part, data));
        let ends =
            confirmed.ok_or_else(|| refused("its subject is not confirmed for this request"))?;
        let conditions = part.child(assertion, "Conditions");
        let conditions = conditions.ok_or_else(|| refused("it has no conditions"))?;
        if !self.is_now(part, conditions) {
            return Err(refused("it is not valid now"));
        }
        let restrictions = part.children(conditions, "AudienceRestriction");
        let for_us = |restriction: &NodeId| {
            let audiences = part.children(*restriction, "Audience");
            audiences
                .iter()
                .any(|audience| part.text(*audience) == self.audience)
        };
        if restrictions.is_empty() || !restrictions.iter().all(for_us) {
            return Err(refused("it is for another audience"));
        }
        Ok(ends)
    }

    /// Until when this confirms the subject, if it does so now, here, and for this request or for
    /// none.
    fn confirmed_until(&self, part: &SamlDocument<'_>, data: NodeId) -> Option<Timestamp> {
        let is_here = match &self.way {
            Way::Browser { recipient, request } => {
                part.attribute(data, "Recipient") == Some(*recipient)
                    && part.attribute(data, "InResponseTo") == request.as_deref()
            }
            Way::HandedIn => true,
        };
        let fits = is_here && self.is_now(part, data);
        let ends = part.attribute(data, "NotOnOrAfter")?;
        Timestamp::parse_rfc3339(ends).filter(|_| fits)
    }

    /// Whether now lies within `NotBefore` and `NotOnOrAfter`, by a clock like ours; a time that
    /// cannot be read never comes.
    fn is_now(&self, part: &SamlDocument<'_>, element: NodeId) -> bool {
        let time = |name: &str| part.attribute(element, name).map(Timestamp::parse_rfc3339);
        let begun = match time("NotBefore") {
            None => true,
            Some(begins) => begins.is_some_and(|begins| begins <= self.now.plus(CLOCK_SKEW)),
        };
        let over = match time("NotOnOrAfter") {
            None => false,
            Some(ends) => ends.is_none_or(|ends| ends.plus(CLOCK_SKEW) <= self.now),
        };
        begun && !over
    }
}

/// An assertion that was encrypted.
struct Decrypted {
    text: String,
    /// The message around it is signed.
    is_vouched_for: bool,
}

/// A document, and what stands in it.
pub(super) struct SamlDocument<'p> {
    pub document: &'p Document<'p>,
    pub source: &'p str,
}

impl SamlDocument<'_> {
    /// The child of this name among the assertions' elements.
    pub fn child(&self, parent: NodeId, name: &str) -> Option<NodeId> {
        self.document
            .first_child_element_by_name_ns(parent, ASSERTION, name)
    }

    fn children(&self, parent: NodeId, name: &str) -> Vec<NodeId> {
        self.document
            .child_elements_by_name_ns(parent, ASSERTION, name)
    }

    fn everywhere(&self, name: &str) -> Vec<NodeId> {
        self.document.get_elements_by_tag_name_ns(ASSERTION, name)
    }

    pub fn attribute(&self, element: NodeId, name: &str) -> Option<&str> {
        self.document.get_attribute(element, name)
    }

    /// An element's text, whatever comments stand in it: the signature does not cover them.
    pub fn text(&self, element: NodeId) -> String {
        self.document.text_content_deep(element).trim().to_owned()
    }

    /// The elements that the provider has signed.
    pub fn signed_by(&self, idp: &SamlIdp) -> Result<Vec<NodeId>> {
        signed_elements(self.document, self.source, &idp.trusted).map_err(|fault| unsigned(&fault))
    }

    /// The root, if it is this element of the protocol.
    pub fn root(&self, name: &str) -> Option<NodeId> {
        let root = self.document.document_element()?;
        let element = self.document.element(root)?;
        element.matches_name_ns(PROTOCOL, name).then_some(root)
    }

    /// Refuses a message that says something other than success: in the provider's own words, or
    /// in these where it has none.
    pub fn check_success(&self, root: NodeId, otherwise: &str) -> Result<()> {
        let child = |parent, name| {
            self.document
                .first_child_element_by_name_ns(parent, PROTOCOL, name)
        };
        let status = child(root, "Status");
        let code = status.and_then(|status| child(status, "StatusCode"));
        if code.and_then(|code| self.attribute(code, "Value")) == Some(SUCCESS) {
            return Ok(());
        }
        let message = status.and_then(|status| child(status, "StatusMessage"));
        let reason = message.map(|message| self.text(message));
        let reason = reason.filter(|reason| !reason.is_empty());
        Err(Error::ProviderRefused {
            reason: federation::plain_words(reason.as_deref().unwrap_or(otherwise)),
        })
    }

    /// The root of a message that says that somebody signed in. Only who hands in a token may leave
    /// the message away.
    fn check_status(&self, way: &Way<'_>) -> Result<NodeId> {
        let Some(root) = self.root("Response") else {
            let root = self.document.document_element();
            let is_assertion = |root: &NodeId| {
                let element = self.document.element(*root);
                element.is_some_and(|element| element.matches_name_ns(ASSERTION, "Assertion"))
            };
            return root
                .filter(|root| matches!(way, Way::HandedIn) && is_assertion(root))
                .ok_or_else(|| refused("it is no response"));
        };
        self.check_success(root, "The identity provider did not sign the user in")?;
        Ok(root)
    }

    fn subject(&self, assertion: NodeId) -> Result<NodeId> {
        self.child(assertion, "Subject")
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
        let name = self.child(subject, "NameID");
        let name = name.map(|name| self.text(name)).unwrap_or_default();
        // An attribute of that name is not the subject.
        claims.insert(SAML_SUBJECT.to_owned(), name.into());
        Ok(claims)
    }

    /// The person's session there, by everything that names it (saml-core-2.0-os §3.7.1).
    fn session(&self, assertion: NodeId, provider: &IdentityProvider) -> Result<SamlSession> {
        let name = self.child(self.subject(assertion)?, "NameID");
        let said = |attribute: &str| {
            let value = self.attribute(name?, attribute)?;
            Some(value.to_owned())
        };
        let statement = self.child(assertion, "AuthnStatement");
        let index = statement.and_then(|one| self.attribute(one, "SessionIndex"));
        Ok(SamlSession {
            provider: provider.name.clone(),
            name_id: name.map(|name| self.text(name)).unwrap_or_default(),
            format: said("Format"),
            name_qualifier: said("NameQualifier"),
            sp_name_qualifier: said("SPNameQualifier"),
            session_index: index.map(str::to_owned),
        })
    }
}
