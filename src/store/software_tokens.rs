//! Users' software tokens: the secrets that their authenticator apps share with the server. Not
//! here: codes (`keys::totp`).

use std::fmt;

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{Repository, Writing, or_gone};
use crate::clock::Timestamp;
use crate::error::Result;

/// A user's software token, and the one that is being set up in its place.
#[derive(Clone, PartialEq, Eq)]
pub struct SoftwareToken {
    /// Sealed; None before a first code has verified it.
    pub secret: Option<Vec<u8>>,
    /// Sealed.
    pub pending: Option<Vec<u8>>,
    pub name: Option<String>,
    /// The time step of the last code that was taken.
    pub last_step: i64,
}

impl fmt::Debug for SoftwareToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SoftwareToken")
            .field("verified", &self.secret.is_some())
            .finish_non_exhaustive()
    }
}

/// The table of software tokens.
pub enum SoftwareTokens {}

fn software_token(row: &SqliteRow) -> Result<SoftwareToken> {
    Ok(SoftwareToken {
        secret: row.try_get("secret")?,
        pending: row.try_get("pending")?,
        name: row.try_get("name")?,
        last_step: row.try_get("last_step")?,
    })
}

impl<Mode> Repository<'_, SoftwareTokens, Mode> {
    pub async fn find(&mut self, sub: &str) -> Result<Option<SoftwareToken>> {
        let row = sqlx::query(
            "SELECT secret, pending, name, last_step FROM software_tokens WHERE sub = $1",
        )
        .bind(sub)
        .fetch_optional(&mut *self.conn)
        .await?;
        row.as_ref().map(software_token).transpose()
    }
}

impl<Mode> Repository<'_, SoftwareTokens, Mode> {
    /// The tokens of these users (a JSON list of subs), each with its user.
    pub async fn of_users(&mut self, subs: &str) -> Result<Vec<(String, SoftwareToken)>> {
        let rows = sqlx::query(
            "SELECT sub, secret, pending, name, last_step FROM software_tokens \
             WHERE sub IN (SELECT value FROM json_each($1))",
        )
        .bind(subs)
        .fetch_all(&mut *self.conn)
        .await?;
        rows.iter()
            .map(|row| Ok((row.try_get("sub")?, software_token(row)?)))
            .collect()
    }
}

impl Repository<'_, SoftwareTokens, Writing> {
    /// Keeps a secret that no code has verified yet, in place of an older such one.
    pub async fn put_pending(&mut self, sub: &str, pending: &[u8]) -> Result<()> {
        let done = sqlx::query(
            "INSERT INTO software_tokens (sub, pending) VALUES ($1, $2) ON CONFLICT (sub) DO \
             UPDATE SET pending = excluded.pending",
        )
        .bind(sub)
        .bind(pending)
        .execute(&mut *self.conn)
        .await;
        done.map(drop).map_err(or_gone)
    }

    /// Makes the secret that a code of this step has verified the user's software token.
    pub async fn put_verified(
        &mut self,
        sub: &str,
        secret: &[u8],
        name: Option<&str>,
        step: i64,
        now: Timestamp,
    ) -> Result<()> {
        sqlx::query(
            "INSERT INTO software_tokens (sub, secret, pending, name, last_step, verified_at) \
             VALUES ($1, $2, NULL, $3, $4, $5) \
             ON CONFLICT (sub) DO UPDATE SET secret = excluded.secret, pending = NULL, name = \
             excluded.name, last_step = excluded.last_step, \
             verified_at = excluded.verified_at",
        )
        .bind(sub)
        .bind(secret)
        .bind(name)
        .bind(step)
        .bind(now.0)
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }

    /// Uses up the code of a step; false when it, or a later one, was used before. A step that is
    /// later than `latest` is of another clock: of the machine's, which authenticator apps have, or
    /// of the server's before a test moved it back.
    pub async fn take_step(&mut self, sub: &str, step: i64, latest: i64) -> Result<bool> {
        let done = sqlx::query(
            "UPDATE software_tokens SET last_step = $2 WHERE sub = $1 AND \
             (last_step < $2 OR last_step > $3)",
        )
        .bind(sub)
        .bind(step)
        .bind(latest)
        .execute(&mut *self.conn)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    pub async fn delete(&mut self, sub: &str) -> Result<()> {
        sqlx::query("DELETE FROM software_tokens WHERE sub = $1")
            .bind(sub)
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }
}
