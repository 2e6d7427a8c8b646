//! The certificates of the keys with which a pool signs SAML requests, and for which providers
//! encrypt: self-signed X.509, each for an RSA-2048 key of its own, valid for ten years.
//!
//! The service issues a new certificate each year; here a pool keeps its first one. Not here:
//! signing the requests.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, PKCS_RSA_SHA256};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use crate::clock::Timestamp;
use crate::store::{KeyUse, PoolDocument};

const TEN_YEARS: Duration = Duration::days(3_650);

/// A certificate of a pool's, as the service returns it: DER in base64.
pub(super) trait PoolCertificate: PoolDocument + From<String> {
    /// Which of the pool's keys it certifies.
    const KEY_USE: KeyUse;
}

/// That of the key with which the pool signs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct SigningCertificate(pub String);

impl PoolDocument for SigningCertificate {
    const KIND: &'static str = "signing_certificate";
}

impl PoolCertificate for SigningCertificate {
    const KEY_USE: KeyUse = KeyUse::Saml;
}

impl From<String> for SigningCertificate {
    fn from(certificate: String) -> Self {
        Self(certificate)
    }
}

/// That of the key for which providers encrypt. What is signed with one key and decrypted with
/// another cannot be played off against each other.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct EncryptionCertificate(pub String);

impl PoolDocument for EncryptionCertificate {
    const KIND: &'static str = "encryption_certificate";
}

impl PoolCertificate for EncryptionCertificate {
    const KEY_USE: KeyUse = KeyUse::SamlEncryption;
}

impl From<String> for EncryptionCertificate {
    fn from(certificate: String) -> Self {
        Self(certificate)
    }
}

/// Makes a certificate for this key (PKCS#8 DER) that is valid from now on.
pub(super) fn certify(pkcs8: Vec<u8>, pool: &str, now: Timestamp) -> anyhow::Result<String> {
    let key = KeyPair::from_pkcs8_der_and_sign_algo(&pkcs8.into(), &PKCS_RSA_SHA256)?;
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = DistinguishedName::new();
    parameters.distinguished_name.push(DnType::CommonName, pool);
    parameters.not_before = OffsetDateTime::from_unix_timestamp(now.seconds())?;
    parameters.not_after = parameters.not_before.saturating_add(TEN_YEARS);
    let certificate = parameters.self_signed(&key)?;
    Ok(STANDARD.encode(certificate.der()))
}
