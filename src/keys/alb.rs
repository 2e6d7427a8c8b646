//! The key with which load balancers sign what they tell an app of its user: P-256, one for the
//! server, and the JWTs that it signs (ES256).
//!
//! It follows from the store's master secret, so that a restart or a reset changes nothing for apps
//! that keep the public key. Not here: what such a token says (`http::gateway::alb::headers`).

use std::fmt;

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::hkdf::{HKDF_SHA256, Prk, Salt};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;
use serde::Serialize;
use uuid::Uuid;

use super::pem::pem;
use super::seal::derive;

/// An `ECPrivateKey` (RFC 5915 §3) on P-256 without its public key: what stands before the number…
const BEFORE: [u8; 7] = [0x30, 0x31, 0x02, 0x01, 0x01, 0x04, 0x20];
/// … and behind it, the curve's name.
const BEHIND: [u8; 12] = [
    0xa0, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07,
];

pub struct AlbKey {
    pair: EcdsaKeyPair,
    kid: String,
    pem: String,
}

impl fmt::Debug for AlbKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AlbKey")
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

impl AlbKey {
    pub fn new(master: &[u8; 32]) -> Self {
        let root = Salt::new(HKDF_SHA256, b"mocknito load balancers").extract(master);
        // All but one of 2^32 numbers are smaller than the curve's order.
        let pair = (0..=u8::MAX)
            .find_map(|attempt| pair(&root, attempt))
            .expect("one of 256 numbers is a private key");
        let mut kid = [0; 16];
        kid.copy_from_slice(&derive(&root, &[b"key id"])[..16]);
        let public: PublicKeyX509Der<'_> = pair
            .public_key()
            .as_der()
            .expect("a public key can be written down");
        Self {
            kid: uuid::Builder::from_random_bytes(kid)
                .into_uuid()
                .to_string(),
            pem: pem("PUBLIC KEY", public.as_ref()),
            pair,
        }
    }

    /// A UUID, as on AWS.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public key as a PEM file, if it is called so.
    pub fn public_key(&self, kid: &str) -> Option<&str> {
        // Somebody may write a UUID in capital letters.
        let is_own = Uuid::parse_str(kid).is_ok_and(|kid| kid.to_string() == self.kid);
        is_own.then_some(self.pem.as_str())
    }

    /// The compact JWS of these two. Its segments are padded, against RFC 7515 §2: so are those of
    /// the real ones, and apps that take them are made for that.
    pub fn sign(
        &self,
        header: &impl Serialize,
        payload: &impl Serialize,
    ) -> anyhow::Result<String> {
        let mut token = URL_SAFE.encode(serde_json::to_vec(header)?);
        token.push('.');
        URL_SAFE.encode_string(serde_json::to_vec(payload)?, &mut token);
        let signature = self.pair.sign(&SystemRandom::new(), token.as_bytes())?;
        token.push('.');
        URL_SAFE.encode_string(signature, &mut token);
        Ok(token)
    }
}

fn pair(root: &Prk, attempt: u8) -> Option<EcdsaKeyPair> {
    let number = derive(root, &[b"private key", &[attempt]]);
    let der = [BEFORE.as_slice(), &number, &BEHIND].concat();
    EcdsaKeyPair::from_private_key_der(&ECDSA_P256_SHA256_FIXED_SIGNING, &der).ok()
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
    use base64::engine::general_purpose::STANDARD;
    use serde_json::json;

    use super::*;

    fn verifies(pem: &str, token: &str) -> bool {
        let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        let key = UnparsedPublicKey::new(
            &ECDSA_P256_SHA256_FIXED,
            STANDARD.decode(base64).expect("base64"),
        );
        let (signed, signature) = token.rsplit_once('.').expect("three segments");
        let signature = URL_SAFE.decode(signature).expect("padded base64url");
        key.verify(signed.as_bytes(), &signature).is_ok()
    }

    #[test]
    fn a_token_is_of_the_key_under_its_id_and_of_no_other() {
        let (key, other) = (AlbKey::new(&[1; 32]), AlbKey::new(&[2; 32]));
        assert_eq!(AlbKey::new(&[1; 32]).pem, key.pem);
        assert_ne!(other.kid(), key.kid());
        let pem = key.public_key(&key.kid().to_uppercase()).expect("its own");
        assert!(key.public_key(other.kid()).is_none() && key.public_key("").is_none());
        let token = key
            .sign(&json!({ "alg": "ES256" }), &json!({ "sub": "1" }))
            .expect("a token");
        assert!(verifies(pem, &token));
        assert!(!verifies(&other.pem, &token));
    }

    #[test]
    fn segments_are_padded() {
        let key = AlbKey::new(&[1; 32]);
        let token = key.sign(&json!({}), &json!({ "a": 1 })).expect("a token");
        let segments: Vec<&str> = token.split('.').collect();
        // 64 bytes are 86 characters and two of padding.
        assert_eq!(segments[2].len(), 88);
        assert_eq!(&segments[..2], ["e30=", "eyJhIjoxfQ=="]);
    }
}
