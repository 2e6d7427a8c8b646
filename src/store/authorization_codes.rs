//! Authorization codes, by their digests.
//!
//! Not here: finding one with its user (`users.rs`), what it is checked against
//! (`flows::authorize`).

use std::fmt;

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{Methods, Repository, Writing, or_gone};
use crate::clock::Timestamp;
use crate::error::Result;

/// A code as it is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthorizationCode {
    /// SHA-256 of the code, base64url.
    pub digest: String,
    pub pool_id: String,
    pub client_id: String,
    pub sub: String,
    pub redirect_uri: String,
    /// Space-separated, as granted.
    pub scope: String,
    pub nonce: Option<String>,
    /// Base64url of the SHA-256 of the verifier that the client must show.
    pub code_challenge: Option<String>,
    /// The access token's audience.
    pub resource: Option<String>,
    pub auth_time: Timestamp,
    pub device_key: Option<String>,
    /// How the user proved who they are, and the name of the level as the tokens are to tell it.
    pub methods: Methods,
    pub acr: Option<String>,
    pub expires_at: Timestamp,
    /// The URL of the metadata document by which the client named itself, if it did.
    pub metadata_url: Option<String>,
    /// The token family that it is for.
    pub origin_jti: String,
}

impl fmt::Debug for AuthorizationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizationCode")
            .field("client_id", &self.client_id)
            .field("sub", &self.sub)
            .finish_non_exhaustive()
    }
}

/// The table of authorization codes.
pub enum AuthorizationCodes {}

/// A code whose columns were selected as [`columns`].
pub(super) fn code(row: &SqliteRow) -> Result<AuthorizationCode> {
    Ok(AuthorizationCode {
        digest: row.try_get("code_digest")?,
        pool_id: row.try_get("code_pool_id")?,
        client_id: row.try_get("code_client_id")?,
        sub: row.try_get("code_sub")?,
        redirect_uri: row.try_get("code_redirect_uri")?,
        scope: row.try_get("code_scope")?,
        nonce: row.try_get("code_nonce")?,
        code_challenge: row.try_get("code_code_challenge")?,
        resource: row.try_get("code_resource")?,
        auth_time: Timestamp(row.try_get("code_auth_time")?),
        device_key: row.try_get("code_device_key")?,
        expires_at: Timestamp(row.try_get("code_expires_at")?),
        origin_jti: row.try_get("code_origin_jti")?,
        methods: Methods::from_column(row.try_get("code_amr")?)?,
        acr: row.try_get("code_acr")?,
        metadata_url: row.try_get("code_metadata_url")?,
    })
}

/// The columns of a code `c`, under names that differ from those of what it is joined to.
macro_rules! columns {
    () => {
        "c.digest AS code_digest, c.pool_id AS code_pool_id, c.client_id AS code_client_id, \
         c.sub AS code_sub, c.redirect_uri AS code_redirect_uri, c.scope AS code_scope, \
         c.nonce AS code_nonce, c.code_challenge AS code_code_challenge, \
         c.resource AS code_resource, c.auth_time AS code_auth_time, \
         c.device_key AS code_device_key, c.expires_at AS code_expires_at, \
         c.origin_jti AS code_origin_jti, c.amr AS code_amr, c.acr AS code_acr, \
         c.metadata_url AS code_metadata_url "
    };
}
pub(super) use columns;

impl Repository<'_, AuthorizationCodes, Writing> {
    /// Refused as an unknown user when the user, or the client, was deleted meanwhile.
    pub async fn insert(&mut self, code: &AuthorizationCode) -> Result<()> {
        let done = sqlx::query(
            "INSERT INTO authorization_codes (digest, pool_id, client_id, sub, redirect_uri, \
             scope, nonce, code_challenge, resource, \
             auth_time, device_key, expires_at, origin_jti, amr, acr, metadata_url) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        )
        .bind(&code.digest)
        .bind(&code.pool_id)
        .bind(&code.client_id)
        .bind(&code.sub)
        .bind(&code.redirect_uri)
        .bind(&code.scope)
        .bind(&code.nonce)
        .bind(&code.code_challenge)
        .bind(&code.resource)
        .bind(code.auth_time.0)
        .bind(&code.device_key)
        .bind(code.expires_at.0)
        .bind(&code.origin_jti)
        .bind(code.methods.column())
        .bind(&code.acr)
        .bind(&code.metadata_url)
        .execute(&mut *self.conn)
        .await;
        done.map(drop).map_err(or_gone)
    }

    /// Forgets codes that ended before `then`.
    pub async fn sweep(&mut self, then: Timestamp) -> Result<()> {
        sqlx::query("DELETE FROM authorization_codes WHERE expires_at < $1")
            .bind(then.0)
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }
}
