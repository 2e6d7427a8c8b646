//! XML signatures (W3C XML Signature). They are made for the pretend SAML providers and checked for
//! all providers.
//!
//! The library is used in its strict mode: only keys that were trusted beforehand count, whatever
//! keys the document contains; SHA-1 is refused; a signature must be inside or beside what it
//! signs; an ID must belong to one element only. Not here: what a response must say
//! (`flows::federate::saml`).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bergshamra_dsig::{DsigContext, VerifyResult, sign, verify};
use bergshamra_keys::{Key, KeysManager, loader};
use uppsala::{Document, NodeId};

/// A key whose signatures count.
pub enum TrustedKey {
    /// The key of a certificate (DER). The certificate itself is not verified: it was configured as
    /// trusted.
    Certificate(Vec<u8>),
    /// Our own key, PKCS#8.
    Own(Vec<u8>),
}

/// The skeleton of an enveloped signature over the element with this ID. It goes where the
/// signature belongs.
pub fn template(id: &str) -> String {
    format!(
        "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:SignedInfo>\
         <ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>\
         <ds:SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"/>\
         <ds:Reference URI=\"#{id}\"><ds:Transforms>\
         <ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>\
         <ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/></ds:Transforms>\
         <ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/><ds:DigestValue>\
         </ds:DigestValue>\
         </ds:Reference></ds:SignedInfo><ds:SignatureValue></ds:SignatureValue></ds:Signature>"
    )
}

/// The document with its [`template`] filled in.
pub fn fill_in(pkcs8: &[u8], document: &str) -> anyhow::Result<String> {
    let mut keys = KeysManager::new();
    keys.add_key(own(pkcs8)?);
    Ok(sign::sign(&DsigContext::new(keys), document)?)
}

/// The elements that are signed by a trusted key. Empty unless every signature of the document is
/// valid.
pub fn signed_elements(
    document: &Document<'_>,
    source: &str,
    trusted: &[TrustedKey],
) -> anyhow::Result<Vec<NodeId>> {
    let mut keys = KeysManager::new();
    for key in trusted {
        keys.add_key(match key {
            TrustedKey::Certificate(der) => loader::load_x509_cert_der(der)?,
            TrustedKey::Own(pkcs8) => own(pkcs8)?,
        });
    }
    anyhow::ensure!(!keys.is_empty(), "no key is trusted");
    let context = DsigContext::new(keys);
    let results = verify::verify_all_document_with_source(&context, document, Some(source))?;
    let mut signed = Vec::new();
    for result in results {
        anyhow::ensure!(
            result.all_reference_digests_verified(),
            "a signature does not hold"
        );
        if let VerifyResult::Valid { references, .. } = result {
            signed.extend(references.iter().filter_map(|one| one.resolved_node));
        }
    }
    Ok(signed)
}

fn own(pkcs8: &[u8]) -> anyhow::Result<Key> {
    let mut pem = "-----BEGIN PRIVATE KEY-----\n".to_owned();
    // Lines of 64 characters (RFC 7468 §2).
    let encoded = STANDARD.encode(pkcs8);
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        pem.push_str(line);
        pem.push('\n');
        rest = after;
    }
    pem.push_str("-----END PRIVATE KEY-----\n");
    Ok(loader::load_rsa_private_pem(pem.as_bytes())?)
}
