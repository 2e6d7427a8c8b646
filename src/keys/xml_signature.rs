//! XML signatures (W3C XML Signature). They are made for the pretend SAML providers and checked for
//! all providers.
//!
//! The library is used in its strict mode: only keys that were trusted beforehand count, whatever
//! keys the document contains; a signature must be inside or beside what it signs; an ID must
//! belong to one element only. It still takes SHA-1, which is refused here, as is everything that
//! is not on a list. Not here: what a response must say (`flows::federate::saml_response`).

use std::fmt;

use bergshamra_dsig::{DsigContext, VerifyResult, sign, verify};
use bergshamra_keys::{Key, KeysManager, loader};
use uppsala::{Document, NodeId};

use super::pem::pem;

const SIGNATURES: &str = "http://www.w3.org/2000/09/xmldsig#";

/// The algorithms that count: RSA and ECDSA, with a digest of the SHA-2 family. SHA-1 has been
/// forged (SHAttered, 2017).
const METHODS: [&str; 9] = [
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
    "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1",
    "http://www.w3.org/2007/05/xmldsig-more#sha384-rsa-MGF1",
    "http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512",
];
const DIGESTS: [&str; 3] = [
    "http://www.w3.org/2001/04/xmlenc#sha256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512",
];

/// Why signatures do not count.
#[derive(Debug)]
pub enum SignatureFault {
    /// Whoever can break this algorithm could have made it.
    Algorithm(String),
    Invalid(anyhow::Error),
}

impl fmt::Display for SignatureFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Algorithm(name) => write!(f, "its signature uses {name}"),
            Self::Invalid(cause) => write!(f, "{cause:#}"),
        }
    }
}

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

/// Whether there is a signature anywhere, of whomever.
pub fn is_signed(document: &Document<'_>) -> bool {
    !document
        .get_elements_by_tag_name_ns(SIGNATURES, "Signature")
        .is_empty()
}

/// The elements that are signed by a trusted key. Refused unless every signature of the document is
/// valid.
pub fn signed_elements(
    document: &Document<'_>,
    source: &str,
    trusted: &[TrustedKey],
) -> Result<Vec<NodeId>, SignatureFault> {
    let methods = document.get_elements_by_tag_name_ns(SIGNATURES, "SignatureMethod");
    let mut digests = document.get_elements_by_tag_name_ns(SIGNATURES, "DigestMethod");
    // The digest of an encrypted key (RSA-OAEP's) is no signature's.
    digests.retain(|digest| {
        let parent = document.parent(*digest);
        let parent = parent.and_then(|parent| document.element(parent));
        parent.is_some_and(|one| one.matches_name_ns(SIGNATURES, "Reference"))
    });
    for (elements, known) in [(methods, METHODS.as_slice()), (digests, DIGESTS.as_slice())] {
        for element in elements {
            let algorithm = document.get_attribute(element, "Algorithm");
            let algorithm = algorithm.unwrap_or_default();
            if !known.contains(&algorithm) {
                return Err(SignatureFault::Algorithm(algorithm.to_owned()));
            }
        }
    }
    verified(document, source, trusted).map_err(SignatureFault::Invalid)
}

fn verified(
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
    let text = pem("PRIVATE KEY", pkcs8);
    Ok(loader::load_rsa_private_pem(text.as_bytes())?)
}
