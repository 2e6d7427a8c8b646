//! The certificate authority of the server's own TLS: made once and kept in the store. Nobody
//! trusts it unless they were told to.
//!
//! Its key never follows from `--seed`: otherwise whoever trusts the authority would trust
//! everybody who knows the seed. Times are the machine's, because the other side compares them with
//! its own clock. Not here: which names get certificates (`http::tls`).

use std::net::IpAddr;
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, SanType,
};
use time::{Duration, OffsetDateTime};

use super::pem::pem;
use crate::clock::Timestamp;
use crate::error::Result;
use crate::store::Store;

/// The names of key and certificate among the store's secrets.
const KEY: &str = "tls authority key";
const CERTIFICATE: &str = "tls authority certificate";

const AUTHORITY_VALIDITY: Duration = Duration::days(3_650);
/// The longest lifetime of a certificate that browsers accept (CA/Browser Forum).
const LEAF_VALIDITY: Duration = Duration::days(397);
/// Certificates begin this much earlier, for clients whose clocks are slow.
const BACKDATED: Duration = Duration::days(1);

/// The authority.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: Vec<u8>,
}

/// A certificate with its key, both DER.
pub struct Leaf {
    pub certificate: Vec<u8>,
    /// PKCS#8.
    pub key: Vec<u8>,
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Authority")
    }
}

impl Authority {
    /// The store's authority. Makes one if there is none.
    pub(super) async fn of_store(store: &Store, now: Timestamp) -> Result<Arc<Self>> {
        let mut write = store.write().await?;
        let kept = write
            .secrets()
            .find(KEY)
            .await?
            .zip(write.secrets().find(CERTIFICATE).await?);
        let (key, certificate) = match kept {
            Some(kept) => kept,
            None => {
                let (key, certificate) = make(now)?;
                write.secrets().insert(KEY, &key).await?;
                write.secrets().insert(CERTIFICATE, &certificate).await?;
                write.commit().await?;
                (key, certificate)
            }
        };
        Ok(Arc::new(Self::load(key, certificate)?))
    }

    fn load(key: Vec<u8>, certificate: Vec<u8>) -> anyhow::Result<Self> {
        let key = KeyPair::from_pkcs8_der_and_sign_algo(&key.into(), &PKCS_ECDSA_P256_SHA256)?;
        Ok(Self {
            issuer: Issuer::new(parameters(&key), key),
            certificate,
        })
    }

    /// The authority's certificate, DER.
    pub fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    /// The authority's certificate as PEM, for a file.
    pub fn pem(&self) -> String {
        pem("CERTIFICATE", &self.certificate)
    }

    /// A certificate for a server with these names and addresses.
    pub fn certify(
        &self,
        names: &[&str],
        addresses: &[IpAddr],
        now: Timestamp,
    ) -> anyhow::Result<Leaf> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let mut parameters = CertificateParams::default();
        parameters.distinguished_name = DistinguishedName::new();
        parameters
            .distinguished_name
            .push(DnType::CommonName, "Mocknito");
        for name in names {
            let name = SanType::DnsName((*name).try_into()?);
            parameters.subject_alt_names.push(name);
        }
        for address in addresses {
            let address = SanType::IpAddress(*address);
            parameters.subject_alt_names.push(address);
        }
        parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        parameters.use_authority_key_identifier_extension = true;
        valid(&mut parameters, now, LEAF_VALIDITY)?;
        let certificate = parameters.signed_by(&key, &self.issuer)?;
        Ok(Leaf {
            certificate: certificate.der().to_vec(),
            key: key.serialize_der(),
        })
    }
}

/// A new authority: its key (PKCS#8) and certificate (DER).
fn make(now: Timestamp) -> anyhow::Result<(Vec<u8>, Vec<u8>)> {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let mut parameters = parameters(&key);
    valid(&mut parameters, now, AUTHORITY_VALIDITY)?;
    let certificate = parameters.self_signed(&key)?;
    Ok((key.serialize_der(), certificate.der().to_vec()))
}

/// The authority's certificate without its times. Its name ends in an id of its key, so that two
/// authorities in one trust store can be told apart.
fn parameters(key: &KeyPair) -> CertificateParams {
    let digest = digest(&SHA256, key.public_key_raw());
    let fingerprint = hex::encode(&digest.as_ref()[..4]);
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = DistinguishedName::new();
    parameters.distinguished_name.push(
        DnType::CommonName,
        format!("Mocknito local CA {fingerprint}"),
    );
    // It may certify servers, but no further authorities.
    parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    parameters
}

fn valid(
    parameters: &mut CertificateParams,
    now: Timestamp,
    validity: Duration,
) -> anyhow::Result<()> {
    let now = OffsetDateTime::from_unix_timestamp(now.seconds())?;
    parameters.not_before = now.saturating_sub(BACKDATED);
    parameters.not_after = parameters.not_before.saturating_add(validity);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_767_225_600_000_000);

    #[test]
    fn what_is_loaded_again_issues_under_the_same_name() {
        let (key, certificate) = make(NOW).unwrap();
        let (one, two) = (
            Authority::load(key.clone(), certificate.clone()).unwrap(),
            Authority::load(key, certificate).unwrap(),
        );
        assert_eq!(one.pem(), two.pem());
        assert!(one.pem().starts_with("-----BEGIN CERTIFICATE-----\nMII"));
        let leaf = two
            .certify(&["localhost"], &["::1".parse().unwrap()], NOW)
            .unwrap();
        assert!(!leaf.certificate.is_empty() && !leaf.key.is_empty());
    }
}
