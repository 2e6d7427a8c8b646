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

/// A key of a pool that a reset has deleted.
pub struct RememberedKey {
    pub pkcs8: Vec<u8>,
    /// Its certificate, as it was among the pool's documents.
    pub document: Option<String>,
}

/// Remembers the keys of all pools, each with its certificate; of the pools those that were
/// remembered last.
pub(super) const REMEMBER_ALL: &str = "
    INSERT OR REPLACE INTO remembered_keys (pool_id, token_use, pkcs8, document, created_at)
        SELECT k.pool_id, k.token_use, k.pkcs8, d.document, k.created_at
        FROM signing_keys k LEFT JOIN pool_documents d ON d.pool_id = k.pool_id AND d.key = ''
        AND d.kind = CASE k.token_use WHEN 'saml' THEN 'signing_certificate'
            WHEN 'saml encryption' THEN 'encryption_certificate' END;
    DELETE FROM remembered_keys WHERE pool_id NOT IN (SELECT pool_id FROM remembered_keys
        GROUP BY pool_id ORDER BY max(number) DESC LIMIT 256);";

/// The table of signing keys.
pub enum SigningKeys {}

impl<Mode> Repository<'_, SigningKeys, Mode> {
    /// The pool's keys, none before they were minted.
    pub async fn list(&mut self, pool: &str) -> Result<Vec<StoredKey>> {
        self.list_by(
            "SELECT token_use, pkcs8 FROM signing_keys WHERE pool_id = $1",
            pool,
        )
        .await
    }

    /// The keys that were replaced and not retired, the last first.
    pub async fn list_replaced(&mut self, pool: &str) -> Result<Vec<StoredKey>> {
        self.list_by(
            "SELECT token_use, pkcs8 FROM replaced_keys WHERE pool_id = $1 ORDER BY number DESC",
            pool,
        )
        .await
    }

    /// The keys that a pool of this id had before a reset.
    pub async fn list_remembered(&mut self, pool: &str) -> Result<Vec<StoredKey>> {
        self.list_by(
            "SELECT token_use, pkcs8 FROM remembered_keys WHERE pool_id = $1",
            pool,
        )
        .await
    }

    async fn list_by(&mut self, select: &'static str, pool: &str) -> Result<Vec<StoredKey>> {
        let rows = sqlx::query(select)
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

    /// One of them, with its certificate where it has one.
    pub async fn find_remembered(
        &mut self,
        pool: &str,
        key_use: KeyUse,
    ) -> Result<Option<RememberedKey>> {
        let row = sqlx::query(
            "SELECT pkcs8, document FROM remembered_keys WHERE pool_id = $1 AND token_use = $2",
        )
        .bind(pool)
        .bind(key_use.as_str())
        .fetch_optional(&mut *self.conn)
        .await?;
        row.map(|row| {
            Ok(RememberedKey {
                pkcs8: row.try_get("pkcs8")?,
                document: row.try_get("document")?,
            })
        })
        .transpose()
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

    /// Puts a new key in the place of the present one, which stays beside it.
    pub async fn replace(
        &mut self,
        pool: &str,
        key_use: KeyUse,
        pkcs8: &[u8],
        now: Timestamp,
    ) -> Result<()> {
        sqlx::query(
            "INSERT INTO replaced_keys (pool_id, token_use, pkcs8, created_at) \
             SELECT pool_id, token_use, pkcs8, created_at FROM signing_keys \
             WHERE pool_id = $1 AND token_use = $2",
        )
        .bind(pool)
        .bind(key_use.as_str())
        .execute(&mut *self.conn)
        .await?;
        sqlx::query(
            "UPDATE signing_keys SET pkcs8 = $3, created_at = $4 \
             WHERE pool_id = $1 AND token_use = $2",
        )
        .bind(pool)
        .bind(key_use.as_str())
        .bind(pkcs8)
        .bind(now.0)
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }

    /// Takes the replaced keys away.
    pub async fn delete_replaced(&mut self, pool: &str) -> Result<()> {
        sqlx::query("DELETE FROM replaced_keys WHERE pool_id = $1")
            .bind(pool)
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }

    /// Remembers the keys of all pools, which are about to be deleted.
    pub async fn remember_all(&mut self) -> Result<()> {
        sqlx::raw_sql(REMEMBER_ALL).execute(&mut *self.conn).await?;
        Ok(())
    }

    /// For a pool that was deleted for good.
    pub async fn forget_remembered(&mut self, pool: &str) -> Result<()> {
        sqlx::query("DELETE FROM remembered_keys WHERE pool_id = $1")
            .bind(pool)
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }
}
