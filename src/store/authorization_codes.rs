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

/// What stands in the columns from this one on, `c.*` in the order of [`columns`].
pub(super) fn code(row: &SqliteRow, from: usize) -> Result<AuthorizationCode> {
    Ok(AuthorizationCode {
        digest: row.try_get(from)?,
        pool_id: row.try_get(from + 1)?,
        client_id: row.try_get(from + 2)?,
        sub: row.try_get(from + 3)?,
        redirect_uri: row.try_get(from + 4)?,
        scope: row.try_get(from + 5)?,
        nonce: row.try_get(from + 6)?,
        code_challenge: row.try_get(from + 7)?,
        resource: row.try_get(from + 8)?,
        auth_time: Timestamp(row.try_get(from + 9)?),
        device_key: row.try_get(from + 10)?,
        expires_at: Timestamp(row.try_get(from + 11)?),
        origin_jti: row.try_get(from + 12)?,
        methods: Methods::from_column(row.try_get(from + 13)?)?,
        acr: row.try_get(from + 14)?,
    })
}

macro_rules! columns {
    () => {
        "c.digest, c.pool_id, c.client_id, c.sub, c.redirect_uri, c.scope, c.nonce, c.code_challenge, c.resource, c.auth_time, c.device_key, \
         c.expires_at, c.origin_jti, c.amr, c.acr "
    };
}
pub(super) use columns;

/// How many columns of a code there are.
pub(super) const COLUMNS: usize = 15;

impl Repository<'_, AuthorizationCodes, Writing> {
    /// Refused as an unknown user when the user, or the client, was deleted meanwhile.
    pub async fn insert(&mut self, code: &AuthorizationCode) -> Result<()> {
        let done = sqlx::query(
            "INSERT INTO authorization_codes (digest, pool_id, client_id, sub, redirect_uri, scope, nonce, code_challenge, resource, \
             auth_time, device_key, expires_at, origin_jti, amr, acr) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
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
