//! AWS credentials: what belongs to an access key id. Secret key and session token follow from the
//! id and a key of the store, so that neither has to be kept, and whoever checks a signature can
//! have the secret again.
//!
//! Not here: to whom credentials were given (`store::StoredCredentials`), who gets some
//! (`flows::identity_pools::credentials`).

use std::fmt;

use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::seal::derive;

/// What session tokens of AWS begin with.
const SESSION_TOKEN_HEAD: &str = "IQoJb3JpZ2luX2Vj";

/// How many bytes 40 characters of base64 are.
const SECRET: usize = 30;

/// The keys behind all credentials.
pub struct CredentialKeys {
    secret: hmac::Key,
    session: hmac::Key,
}

impl fmt::Debug for CredentialKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CredentialKeys")
    }
}

impl CredentialKeys {
    pub fn new(master: &[u8; 32]) -> Self {
        let root = Salt::new(HKDF_SHA256, b"mocknito credentials").extract(master);
        let key = |name: &[u8]| hmac::Key::new(hmac::HMAC_SHA512, &derive(&root, &[name]));
        Self {
            secret: key(b"secret access key"),
            session: key(b"session token"),
        }
    }

    /// The 40 characters with which requests of this access key are signed.
    pub fn secret_key(&self, access_key_id: &str) -> String {
        let tag = hmac::sign(&self.secret, access_key_id.as_bytes());
        STANDARD.encode(&tag.as_ref()[..SECRET])
    }

    /// The session token without which the access key is worth nothing.
    pub fn session_token(&self, access_key_id: &str) -> String {
        let tag = hmac::sign(&self.session, access_key_id.as_bytes());
        format!("{SESSION_TOKEN_HEAD}{}", STANDARD.encode(tag))
    }

    /// Whether this is the session token of the access key; compared in constant time.
    pub fn is_session_token(&self, access_key_id: &str, token: &str) -> bool {
        let tag = token
            .strip_prefix(SESSION_TOKEN_HEAD)
            .and_then(|tag| STANDARD.decode(tag).ok());
        tag.is_some_and(|tag| hmac::verify(&self.session, access_key_id.as_bytes(), &tag).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_and_session_token_belong_to_one_access_key_of_one_store() {
        let (keys, others) = (CredentialKeys::new(&[1; 32]), CredentialKeys::new(&[2; 32]));
        assert_eq!(keys.secret_key("ASIA1").len(), 40);
        assert_eq!(keys.secret_key("ASIA1"), keys.secret_key("ASIA1"));
        assert_ne!(keys.secret_key("ASIA1"), keys.secret_key("ASIA2"));
        assert_ne!(keys.secret_key("ASIA1"), others.secret_key("ASIA1"));
        let token = keys.session_token("ASIA1");
        assert!(keys.is_session_token("ASIA1", &token));
        assert!(!keys.is_session_token("ASIA2", &token));
        assert!(!others.is_session_token("ASIA1", &token));
        for malformed in ["", SESSION_TOKEN_HEAD, &token[1..], &format!("{token}A")] {
            assert!(!keys.is_session_token("ASIA1", malformed), "{malformed}");
        }
    }
}
