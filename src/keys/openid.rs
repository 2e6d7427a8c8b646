//! The key of identity pools' OpenID tokens: one for the server, minted when the first of them is
//! asked for, and kept among the store's secrets.
//!
//! Not here: what such a token says (`flows::identity_pools::openid_token`).

use std::sync::Arc;

use jsonwebtoken::{Algorithm, Validation};
use serde::de::DeserializeOwned;

use super::signing::{self, SigningKey};
use super::{Mint, TokenFault};
use crate::error::Result;
use crate::store::Store;

/// Its name among the store's secrets, and what its seed is made of.
const KEY: &str = "openid token key";

/// The key with its published form.
#[derive(Debug)]
pub struct OpenIdKey {
    pub key: SigningKey,
    jwks: bytes::Bytes,
}

impl OpenIdKey {
    /// The store's key. Makes one if there is none.
    pub(super) async fn of_store(store: &Store, mint: &Mint, region: &str) -> Result<Arc<Self>> {
        // Cognito's are called after a Region and a number.
        let kid = format!("{region}1");
        if let Some(kept) = store.read().await?.secrets().find(KEY).await? {
            return Ok(Arc::new(Self::load(&kept, kid)?));
        }
        let mint = mint.clone();
        let minted = tokio::task::spawn_blocking(move || match mint {
            Mint::Random => signing::mint(),
            Mint::Seeded(seed) => signing::mint_seeded(seed, "", KEY),
            Mint::Given { id, .. } => Ok(id),
        });
        let pkcs8 = minted.await.map_err(anyhow::Error::new)??;
        let mut write = store.write().await?;
        write.secrets().insert(KEY, &pkcs8).await?;
        write.commit().await?;
        Ok(Arc::new(Self::load(&pkcs8, kid)?))
    }

    fn load(pkcs8: &[u8], kid: String) -> Result<Self> {
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
