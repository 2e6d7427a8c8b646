//! The ids of tokens that are no key to anything here: those with claims or faults that a test has
//! chosen.
//!
//! Such a token is signed like any other, so its signature cannot tell. Its id can: half of it is a
//! keyed digest of the other half, which nobody else sees. That needs no list of what was made, and
//! holds at every place that verifies a token (`PoolKeys::verify`). Not here: making such tokens
//! (`flows::mint`).

use std::fmt;

use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::RngExt;
use serde::Deserialize;
use serde_json::Value;
use uuid::{Builder, Uuid};

use super::seal::derive;
use crate::random::RequestRng;

/// Where the digest begins in a marked id; the eight bytes before it are random, and the byte
/// between them has the UUID's variant.
const DIGEST: usize = 9;
const RANDOM: usize = 8;

/// Makes marked ids and knows them again.
#[derive(Clone)]
pub struct Marks(hmac::Key);

impl fmt::Debug for Marks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Marks")
    }
}

/// The claims one of which is marked, as they stand in a token.
#[derive(Deserialize)]
struct Ids {
    event_id: Option<Value>,
    jti: Option<Value>,
}

impl Marks {
    pub fn new(master: &[u8; 32]) -> Self {
        let root = Salt::new(HKDF_SHA256, b"mocknito marks").extract(master);
        let key = derive(&root, &[b"ids of tokens that are no key"]);
        Self(hmac::Key::new(hmac::HMAC_SHA256, &key))
    }

    /// A marked id: a version 4 UUID like all others, for `event_id` or `jti`.
    pub fn id(&self, rng: &mut RequestRng) -> String {
        let mut bytes = Builder::from_random_bytes(rng.random())
            .into_uuid()
            .into_bytes();
        let digest = self.digest(&bytes);
        bytes[DIGEST..].copy_from_slice(&digest);
        Uuid::from_bytes(bytes).to_string()
    }

    /// Whether one of the ids in this token is marked.
    pub fn are_in_token(&self, token: &str) -> bool {
        let claims = token.split('.').nth(1);
        let claims = claims.and_then(|claims| URL_SAFE_NO_PAD.decode(claims).ok());
        claims.is_some_and(|claims| self.are_in(&claims))
    }

    fn are_in(&self, claims: &[u8]) -> bool {
        let Ok(ids) = serde_json::from_slice::<Ids>(claims) else {
            return false;
        };
        let ids = [ids.event_id, ids.jti];
        ids.iter()
            .flatten()
            .filter_map(Value::as_str)
            .any(|id| self.bears(id))
    }

    fn bears(&self, id: &str) -> bool {
        Uuid::try_parse(id).is_ok_and(|id| {
            let bytes = id.as_bytes();
            bytes[DIGEST..] == self.digest(bytes)
        })
    }

    fn digest(&self, bytes: &[u8; 16]) -> [u8; 16 - DIGEST] {
        let tag = hmac::sign(&self.0, &bytes[..RANDOM]);
        let mut digest = [0; 16 - DIGEST];
        digest.copy_from_slice(&tag.as_ref()[..16 - DIGEST]);
        digest
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn marked_ids_are_known_and_others_are_not() {
        let mut rng = Random::new(Some(1)).generator();
        let (ours, others) = (Marks::new(&[1; 32]), Marks::new(&[2; 32]));
        for _ in 0..100 {
            let id = ours.id(&mut rng);
            assert!(ours.bears(&id) && !others.bears(&id), "{id}");
            assert_eq!(Uuid::try_parse(&id).unwrap().get_version_num(), 4);
            assert!(!ours.bears(&crate::ids::uuid(&mut rng)));
        }
        let id = ours.id(&mut rng);
        for claim in ["event_id", "jti"] {
            assert!(ours.are_in(format!(r#"{{"a":1,"{claim}":"{id}"}}"#).as_bytes()));
        }
        assert!(!ours.are_in(format!(r#"{{"jti":7,"sub":"{id}"}}"#).as_bytes()));
    }
}
