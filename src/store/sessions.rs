//! Challenge sessions that were answered, and codes that were sent.

use std::fmt;

use sqlx::Row;

use super::{Repository, Writing};
use crate::clock::Timestamp;
use crate::error::Result;

/// A code that was sent to a user for one purpose.
#[derive(Clone, PartialEq, Eq)]
pub struct Code {
    pub pool_id: String,
    pub sub: String,
    /// `sign_up`, `reset_password`, `verify:email`, `verify:phone_number`
    pub purpose: String,
    pub code: String,
    /// The address it went to, or the attribute's pending value.
    pub value: Option<String>,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Code")
            .field("sub", &self.sub)
            .field("purpose", &self.purpose)
            .finish_non_exhaustive()
    }
}

/// The tables of spent sessions and of codes.
pub enum Sessions {}

impl<Mode> Repository<'_, Sessions, Mode> {
    /// Whether the session was answered before.
    pub async fn is_spent(&mut self, id: &str) -> Result<bool> {
        let found = sqlx::query("SELECT 1 FROM spent_sessions WHERE id = $1")
            .bind(id)
            .fetch_optional(&mut *self.conn)
            .await?;
        Ok(found.is_some())
    }

    pub async fn find_code(&mut self, sub: &str, purpose: &str) -> Result<Option<Code>> {
        let row = sqlx::query(
            "SELECT pool_id, sub, purpose, code, value, created_at, expires_at FROM codes WHERE sub = $1 AND purpose = $2",
        )
        .bind(sub)
        .bind(purpose)
        .fetch_optional(&mut *self.conn)
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(Code {
            pool_id: row.try_get(0)?,
            sub: row.try_get(1)?,
            purpose: row.try_get(2)?,
            code: row.try_get(3)?,
            value: row.try_get(4)?,
            created_at: Timestamp(row.try_get(5)?),
            expires_at: Timestamp(row.try_get(6)?),
        }))
    }
}

impl Repository<'_, Sessions, Writing> {
    /// Marks the session as answered; false when it was already, so that of two racing answers one
    /// wins.
    pub async fn spend(&mut self, id: &str, expires_at: Timestamp) -> Result<bool> {
        let done = sqlx::query(
            "INSERT INTO spent_sessions (id, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        )
        .bind(id)
        .bind(expires_at.0)
        .execute(&mut *self.conn)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Forgets what has expired by itself.
    pub async fn sweep(&mut self, now: Timestamp) -> Result<()> {
        sqlx::query("DELETE FROM spent_sessions WHERE expires_at < $1")
            .bind(now.0)
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }

    /// Keeps a code in place of an older one for the same purpose.
    pub async fn put_code(&mut self, code: &Code) -> Result<()> {
        sqlx::query(
            "INSERT INTO codes (pool_id, sub, purpose, code, value, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7) \
             ON CONFLICT (sub, purpose) DO UPDATE SET code = excluded.code, value = excluded.value, \
             created_at = excluded.created_at, expires_at = excluded.expires_at",
        )
        .bind(&code.pool_id)
        .bind(&code.sub)
        .bind(&code.purpose)
        .bind(&code.code)
        .bind(&code.value)
        .bind(code.created_at.0)
        .bind(code.expires_at.0)
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }

    pub async fn delete_code(&mut self, sub: &str, purpose: &str) -> Result<()> {
        sqlx::query("DELETE FROM codes WHERE sub = $1 AND purpose = $2")
            .bind(sub)
            .bind(purpose)
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }
}
