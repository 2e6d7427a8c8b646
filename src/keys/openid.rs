//! The key of identity pools' OpenID tokens: one for the server.
//!
//! Not here: where it is kept (`Keys::of_openid_tokens`), what such a token says
//! (`flows::identity_pools::openid_token`).

use jsonwebtoken::{Algorithm, Validation};
use serde::de::DeserializeOwned;

use super::signing::{SigningKey, TokenFault};

/// The key with its published form.
#[derive(Debug)]
pub struct OpenIdKey {
    pub key: SigningKey,
    jwks: bytes::Bytes,
}

impl OpenIdKey {
    pub(super) fn load(pkcs8: &[u8], kid: String) -> anyhow::Result<Self> {
        let key = SigningKey::of_openid_tokens(pkcs8, kid)?;
        let jwks = serde_json::to_vec(&serde_json::json!({ "keys": [key.jwk()] }))?.into();
        Ok(Self { key, jwks })
    }

    /// The JSON Web Key Set (RFC 7517 §5).
    pub fn jwks(&self) -> bytes::Bytes {
        self.jwks.clone()
    }

    /// The claims of a token that this key signed. Checks the signature only: issuer, audience and
    /// expiry (by the server's own clock) are the caller's.
    pub fn verify<Claims: DeserializeOwned>(&self, token: &str) -> Result<Claims, TokenFault> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| TokenFault::Malformed)?;
        if header.alg != Algorithm::RS512 {
            return Err(TokenFault::Malformed);
        }
        let mut validation = Validation::new(Algorithm::RS512);
        // The library would compare with the machine's clock, but ours may have been moved.
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        jsonwebtoken::decode(token, &self.key.verifying, &validation)
            .map(|data| data.claims)
            .map_err(|error| match error.kind() {
                jsonwebtoken::errors::ErrorKind::InvalidSignature => TokenFault::Forged,
                _ => TokenFault::Malformed,
            })
    }
}
