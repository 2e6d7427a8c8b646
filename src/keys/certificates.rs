//! The certificate of the key with which a pool signs SAML requests: self-signed X.509 for an
//! RSA-2048 key of its own, valid for ten years.
//!
//! The service issues a new certificate each year; here a pool keeps its first one. Not here:
//! signing the requests.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, PKCS_RSA_SHA256};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use crate::clock::Timestamp;
use crate::store::PoolDocument;

const TEN_YEARS: Duration = Duration::days(3_650);

/// A pool's certificate as the service returns it: DER in base64.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct SigningCertificate(pub String);

impl PoolDocument for SigningCertificate {
    const KIND: &'static str = "signing_certificate";
}

/// Makes a certificate for this key (PKCS#8 DER) that is valid from now on.
pub(super) fn certify(
    pkcs8: Vec<u8>,
    pool: &str,
    now: Timestamp,
) -> anyhow::Result<SigningCertificate> {
    let key = KeyPair::from_pkcs8_der_and_sign_algo(&pkcs8.into(), &PKCS_RSA_SHA256)?;
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = DistinguishedName::new();
    parameters.distinguished_name.push(DnType::CommonName, pool);
    parameters.not_before = OffsetDateTime::from_unix_timestamp(now.seconds())?;
    parameters.not_after = parameters.not_before.saturating_add(TEN_YEARS);
    let certificate = parameters.self_signed(&key)?;
    Ok(SigningCertificate(STANDARD.encode(certificate.der())))
}
