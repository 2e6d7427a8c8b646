//! The keys of one pool: the two that sign, and those that they replaced, which stay in the key set
//! until somebody retires them.
//!
//! Not here: minting a pool's first keys (`mod.rs`) and later ones (`rotation.rs`), one key
//! (`signing.rs`).

use std::sync::Arc;

use jsonwebtoken::{Algorithm, Validation};
use serde::de::DeserializeOwned;

use super::marks::Marks;
use super::signing::{SigningKey, TokenFault, TokenUse};
use crate::error::Result;
use crate::store::{KeyUse, StoredKey};

/// The keys of a pool.
#[derive(Debug)]
pub struct PoolKeys {
    pub id: SigningKey,
    pub access: SigningKey,
    /// Those that signed before, and still verify.
    replaced: Vec<ReplacedKey>,
    marks: Marks,
    jwks: bytes::Bytes,
}

#[derive(Debug)]
struct ReplacedKey {
    token_use: TokenUse,
    key: SigningKey,
}

/// A key of a pool's key set, for who looks at it.
pub struct PublishedKey<'a> {
    pub kid: &'a str,
    pub token_use: TokenUse,
    /// Whether it signs, or was replaced.
    pub signs: bool,
}

impl PoolKeys {
    pub(super) fn new(
        id: &[u8],
        access: &[u8],
        replaced: &[StoredKey],
        marks: Marks,
    ) -> Result<Arc<Self>> {
        let (id, access) = (SigningKey::from_pkcs8(id)?, SigningKey::from_pkcs8(access)?);
        let mut others = Vec::new();
        for stored in replaced {
            let token_use = match stored.key_use {
                KeyUse::IdTokens => TokenUse::Id,
                KeyUse::AccessTokens => TokenUse::Access,
                KeyUse::Saml | KeyUse::SamlEncryption | KeyUse::PretendProviders => continue,
            };
            let key = SigningKey::from_pkcs8(&stored.pkcs8)?;
            others.push(ReplacedKey { token_use, key });
        }
        let mut set = vec![id.jwk(), access.jwk()];
        set.extend(others.iter().map(|other| other.key.jwk()));
        let jwks = serde_json::to_vec(&serde_json::json!({ "keys": set }))?.into();
        Ok(Arc::new(Self {
            id,
            access,
            replaced: others,
            marks,
            jwks,
        }))
    }

    /// The JSON Web Key Set (RFC 7517 §5), ID key first.
    pub fn jwks(&self) -> bytes::Bytes {
        self.jwks.clone()
    }

    /// Every key of the set, in its order.
    pub fn published(&self) -> Vec<PublishedKey<'_>> {
        let signing = [(TokenUse::Id, &self.id), (TokenUse::Access, &self.access)];
        let mut all: Vec<_> = signing
            .into_iter()
            .map(|(token_use, key)| PublishedKey {
                kid: &key.kid,
                token_use,
                signs: true,
            })
            .collect();
        all.extend(self.replaced.iter().map(|other| PublishedKey {
            kid: &other.key.kid,
            token_use: other.token_use,
            signs: false,
        }));
        all
    }

    /// For which tokens the key with this id signs. None if it is not one of the pool's.
    pub fn use_of(&self, kid: &str) -> Option<TokenUse> {
        self.find(kid).map(|(token_use, _)| token_use)
    }

    /// The claims of a token of this pool that was signed for `token_use`. Checks the signature,
    /// and that the token was not made to test others with. The caller checks expiry (by the
    /// server's own clock), revocation and scope.
    pub fn verify<Claims: DeserializeOwned>(
        &self,
        token: &str,
        token_use: TokenUse,
    ) -> Result<Claims, TokenFault> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| TokenFault::Malformed)?;
        if header.alg != Algorithm::RS256 {
            return Err(TokenFault::Malformed);
        }
        let kid = header.kid.as_deref().ok_or(TokenFault::Forged)?;
        let (key_use, key) = self.find(kid).ok_or(TokenFault::Forged)?;
        if key_use != token_use {
            return Err(TokenFault::Malformed);
        }
        let mut validation = Validation::new(Algorithm::RS256);
        // The library would compare with the machine's clock, but ours may have been moved.
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        let claims = jsonwebtoken::decode(token, &key.verifying, &validation)
            .map(|data| data.claims)
            .map_err(|error| match error.kind() {
                jsonwebtoken::errors::ErrorKind::InvalidSignature => TokenFault::Forged,
                _ => TokenFault::Malformed,
            })?;
        if self.marks.are_in_token(token) {
            return Err(TokenFault::NoKey);
        }
        Ok(claims)
    }

    fn find(&self, kid: &str) -> Option<(TokenUse, &SigningKey)> {
        let replaced = self.replaced.iter();
        [(TokenUse::Access, &self.access), (TokenUse::Id, &self.id)]
            .into_iter()
            .chain(replaced.map(|other| (other.token_use, &other.key)))
            .find(|(_, key)| key.kid == kid)
    }
}
