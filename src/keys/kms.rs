//! The stand-in for AWS KMS: symmetric keys that are derived from the store's secret and the key's
//! ARN, so that every ARN has a key.
//!
//! It does only what custom senders need: it wraps their data keys, and `Decrypt` (`http::kms`)
//! unwraps them.

use std::collections::BTreeMap;
use std::fmt;

use aws_lc_rs::aead::{LessSafeKey, NONCE_LEN};
use aws_lc_rs::hkdf::{HKDF_SHA256, Prk, Salt};
use rand::Rng;

use super::seal::{aead_key, decrypt, derive, encrypt};
use crate::random::RequestRng;

/// What a ciphertext is bound to.
pub type KmsContext = BTreeMap<String, String>;

/// Real ciphertexts of symmetric keys begin with these bytes (they show as `AQICAH`), so ours do.
const HEADER: [u8; 5] = [0x01, 0x02, 0x02, 0x00, 0x78];

/// All keys.
pub struct Kms {
    root: Prk,
}

impl fmt::Debug for Kms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kms")
    }
}

/// What a ciphertext held.
#[derive(PartialEq, Eq)]
pub struct Opened {
    /// The ARN of the key that it was encrypted with.
    pub key: String,
    pub plain: Vec<u8>,
}

impl Kms {
    pub fn new(master: &[u8; 32]) -> Self {
        let root = Salt::new(HKDF_SHA256, b"mocknito kms").extract(master);
        Self { root }
    }

    /// Encrypts with the key of this ARN; the context must be the same to decrypt.
    pub fn encrypt(
        &self,
        key: &str,
        context: &KmsContext,
        plain: &[u8],
        rng: &mut RequestRng,
    ) -> Vec<u8> {
        let mut nonce = [0; NONCE_LEN];
        rng.fill_bytes(&mut nonce);
        let mut body = plain.to_vec();
        encrypt(&self.key(key), nonce, &aad(context), &mut body);
        let length = (key.len() as u64).to_be_bytes();
        [&HEADER[..], &length, key.as_bytes(), &nonce, &body].concat()
    }

    /// The plain text, or None for anything that this store did not encrypt with this context.
    pub fn decrypt(&self, context: &KmsContext, sealed: &[u8]) -> Option<Opened> {
        let (length, rest) = sealed
            .strip_prefix(HEADER.as_slice())?
            .split_first_chunk::<8>()?;
        let length = usize::try_from(u64::from_be_bytes(*length)).ok()?;
        let (key, rest) = rest.split_at_checked(length)?;
        let key = std::str::from_utf8(key).ok()?;
        let (nonce, body) = rest.split_first_chunk::<NONCE_LEN>()?;
        let plain = decrypt(&self.key(key), *nonce, &aad(context), body.to_vec())?;
        Some(Opened {
            key: key.to_owned(),
            plain,
        })
    }

    fn key(&self, arn: &str) -> LessSafeKey {
        aead_key(&derive(&self.root, &[b"key ", arn.as_bytes()]))
    }
}

/// The context with the length of each part, so that two different contexts never give the same
/// bytes.
fn aad(context: &KmsContext) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in context.iter().flat_map(|(name, value)| [name, value]) {
        bytes.extend((part.len() as u64).to_be_bytes());
        bytes.extend(part.as_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn context(pairs: &[(&str, &str)]) -> KmsContext {
        let pairs = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        pairs.collect()
    }

    #[test]
    fn a_ciphertext_opens_with_its_context_and_its_store_only() {
        let (kms, mut rng) = (Kms::new(&[1; 32]), Random::new(Some(1)).generator());
        let bound = context(&[("userpool-id", "a")]);
        let sealed = kms.encrypt("arn:one", &bound, b"secret", &mut rng);
        let opened = kms.decrypt(&bound, &sealed).unwrap();
        assert_eq!(
            (opened.key.as_str(), opened.plain.as_slice()),
            ("arn:one", b"secret".as_slice())
        );
        for other in [
            context(&[]),
            context(&[("userpool-id", "b")]),
            context(&[("userpool-ida", "")]),
            context(&[("userpool-id", "a"), ("more", "")]),
        ] {
            assert!(kms.decrypt(&other, &sealed).is_none());
        }
        assert!(Kms::new(&[2; 32]).decrypt(&bound, &sealed).is_none());
        for at in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[at] ^= 1;
            assert!(kms.decrypt(&bound, &altered).is_none(), "byte {at}");
            assert!(kms.decrypt(&bound, &sealed[..at]).is_none(), "{at} bytes");
        }
    }
}
