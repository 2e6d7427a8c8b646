//! To whom AWS credentials were handed out. Neither secret keys nor session tokens are kept (see
//! `keys::CredentialKeys`).

use std::collections::BTreeMap;

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{Repository, Writing};
use crate::clock::Timestamp;
use crate::error::Result;

/// What is known of credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCredentials {
    /// `ASIA…`
    pub access_key_id: String,
    pub identity_id: String,
    pub identity_pool_id: String,
    pub role_arn: String,
    /// The last part of the assumed role's ARN.
    pub session_name: String,
    /// The claim `amr` of the identity's OpenID token: `authenticated` or `unauthenticated`, then
    /// each provider and `<provider>:…:<subject>`.
    pub amr: Vec<String>,
    pub principal_tags: BTreeMap<String, String>,
    /// SHA-256 of the session token, where another STS made it (`--credentials-from`). Our own
    /// follows from the access key id.
    pub session_token_digest: Option<String>,
    pub issued_at: Timestamp,
    pub expires_at: Timestamp,
}

/// The table of credentials.
pub enum IssuedCredentials {}

fn credentials(row: &SqliteRow) -> Result<StoredCredentials> {
    Ok(StoredCredentials {
        access_key_id: row.try_get("access_key_id")?,
        identity_id: row.try_get("identity_id")?,
        identity_pool_id: row.try_get("identity_pool_id")?,
        role_arn: row.try_get("role_arn")?,
        session_name: row.try_get("session_name")?,
        amr: serde_json::from_str(row.try_get("amr")?)?,
        principal_tags: serde_json::from_str(row.try_get("principal_tags")?)?,
        session_token_digest: row.try_get("session_token_digest")?,
        issued_at: Timestamp(row.try_get("issued_at")?),
        expires_at: Timestamp(row.try_get("expires_at")?),
    })
}

impl<Mode> Repository<'_, IssuedCredentials, Mode> {
    /// The credentials with this access key id, which have not expired.
    pub async fn find(
        &mut self,
        access_key_id: &str,
        now: Timestamp,
    ) -> Result<Option<StoredCredentials>> {
        let row = sqlx::query(
            "SELECT access_key_id, identity_id, identity_pool_id, role_arn, session_name, amr, \
             principal_tags, session_token_digest, issued_at, expires_at FROM issued_credentials \
             WHERE access_key_id = $1 AND expires_at > $2",
        )
        .bind(access_key_id)
        .bind(now.0)
        .fetch_optional(&mut *self.conn)
        .await?;
        row.as_ref().map(credentials).transpose()
    }
}

impl Repository<'_, IssuedCredentials, Writing> {
    /// Another STS may hand out an access key id again, for somebody else.
    pub async fn insert(&mut self, credentials: &StoredCredentials) -> Result<()> {
        sqlx::query(
            "INSERT OR REPLACE INTO issued_credentials (access_key_id, identity_id, \
             identity_pool_id, role_arn, session_name, amr, principal_tags, \
             session_token_digest, issued_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(&credentials.access_key_id)
        .bind(&credentials.identity_id)
        .bind(&credentials.identity_pool_id)
        .bind(&credentials.role_arn)
        .bind(&credentials.session_name)
        .bind(serde_json::to_string(&credentials.amr)?)
        .bind(serde_json::to_string(&credentials.principal_tags)?)
        .bind(&credentials.session_token_digest)
        .bind(credentials.issued_at.0)
        .bind(credentials.expires_at.0)
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }

    /// Forgets what has expired.
    pub async fn sweep(&mut self, now: Timestamp) -> Result<()> {
        sqlx::query("DELETE FROM issued_credentials WHERE expires_at <= $1")
            .bind(now.0)
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }

    pub async fn delete_all(&mut self) -> Result<()> {
        sqlx::query("DELETE FROM issued_credentials")
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }
}
