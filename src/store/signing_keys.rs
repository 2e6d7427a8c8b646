//! The private keys of pools, as PKCS#8. Not here: minting and signing (`keys`).

use sqlx::Row;

use super::{Repository, Writing};
use crate::clock::Timestamp;
use crate::error::Result;

/// What a key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyUse {
    IdTokens,
    AccessTokens,
    /// Requests to SAML providers, under the pool's certificate.
    Saml,
    /// Nothing: what SAML providers encrypt is decrypted with it.
    SamlEncryption,
    /// What the pool's pretend identity providers say.
    PretendProviders,
}

impl KeyUse {
    const ALL: [Self; 5] = [
        Self::IdTokens,
        Self::AccessTokens,
        Self::Saml,
        Self::SamlEncryption,
        Self::PretendProviders,
    ];

    /// As the store knows it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::IdTokens => "id",
            Self::AccessTokens => "access",
            Self::Saml => "saml",
            Self::SamlEncryption => "saml encryption",
            Self::PretendProviders => "pretend",
        }
    }
}

/// One of a pool's keys.
pub struct StoredKey {
    pub key_use: KeyUse,
    pub pkcs8: Vec<u8>,
}

/// The table of signing keys.
pub enum SigningKeys {}

impl<Mode> Repository<'_, SigningKeys, Mode> {
    /// The pool's keys, none before they were minted.
    pub async fn list(&mut self, pool: &str) -> Result<Vec<StoredKey>> {
        let rows = sqlx::query("SELECT token_use, pkcs8 FROM signing_keys WHERE pool_id = $1")
            .bind(pool)
            .fetch_all(&mut *self.conn)
            .await?;
        rows.iter()
            .map(|row| {
                let name: &str = row.try_get("token_use")?;
                let key_use = KeyUse::ALL.into_iter().find(|key| key.as_str() == name);
                Ok(StoredKey {
                    key_use: key_use.ok_or_else(|| {
                        anyhow::anyhow!("unknown use {name} of a key in the store")
                    })?,
                    pkcs8: row.try_get("pkcs8")?,
                })
            })
            .collect()
    }

    /// The pool's key for this use, None before it was minted.
    pub async fn find(&mut self, pool: &str, key_use: KeyUse) -> Result<Option<Vec<u8>>> {
        let pkcs8 = sqlx::query_scalar(
            "SELECT pkcs8 FROM signing_keys WHERE pool_id = $1 AND token_use = $2",
        )
        .bind(pool)
        .bind(key_use.as_str())
        .fetch_optional(&mut *self.conn)
        .await?;
        Ok(pkcs8)
    }
}

impl Repository<'_, SigningKeys, Writing> {
    pub async fn insert(
        &mut self,
        pool: &str,
        key_use: KeyUse,
        pkcs8: &[u8],
        now: Timestamp,
    ) -> Result<()> {
        sqlx::query(
            "INSERT INTO signing_keys (pool_id, token_use, pkcs8, created_at) \
             VALUES ($1, $2, $3, $4)",
        )
        .bind(pool)
        .bind(key_use.as_str())
        .bind(pkcs8)
        .bind(now.0)
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }
}
