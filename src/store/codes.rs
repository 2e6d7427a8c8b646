//! Codes that were sent to users, one for each purpose.
//!
//! Not here: how long one is valid, and when it is taken (`flows::codes`).

use std::fmt;

use sqlx::Row;

use super::{Repository, Writing};
use crate::clock::Timestamp;
use crate::error::Result;
use crate::wire::user_pools::VerifiedAttributeType;

/// A code that was sent to a user for one purpose.
#[derive(Clone, PartialEq, Eq)]
pub struct Code {
    pub pool_id: String,
    pub sub: String,
    pub purpose: CodePurpose,
    pub code: String,
    /// The address it went to, or the attribute's pending value.
    pub value: Option<String>,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

/// What a code is for: it serves nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodePurpose {
    /// Confirms a user who signed up.
    SignUp,
    /// Lets a forgotten password be replaced.
    ResetPassword,
    /// Verifies an address or a number.
    Verify(VerifiedAttributeType),
}

impl CodePurpose {
    /// As the store knows it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignUp => "sign_up",
            Self::ResetPassword => "reset_password",
            Self::Verify(VerifiedAttributeType::Email) => "verify:email",
            Self::Verify(VerifiedAttributeType::PhoneNumber) => "verify:phone_number",
        }
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Code")
            .field("sub", &self.sub)
            .field("purpose", &self.purpose)
            .finish_non_exhaustive()
    }
}

/// The table of codes.
pub enum Codes {}

impl<Mode> Repository<'_, Codes, Mode> {
    pub async fn find(&mut self, sub: &str, purpose: CodePurpose) -> Result<Option<Code>> {
        let row = sqlx::query(
            "SELECT pool_id, sub, code, value, created_at, expires_at FROM codes \
             WHERE sub = $1 AND purpose = $2",
        )
        .bind(sub)
        .bind(purpose.as_str())
        .fetch_optional(&mut *self.conn)
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(Code {
            pool_id: row.try_get("pool_id")?,
            sub: row.try_get("sub")?,
            purpose,
            code: row.try_get("code")?,
            value: row.try_get("value")?,
            created_at: Timestamp(row.try_get("created_at")?),
            expires_at: Timestamp(row.try_get("expires_at")?),
        }))
    }
}

impl Repository<'_, Codes, Writing> {
    /// Keeps a code in place of an older one for the same purpose.
    pub async fn put(&mut self, code: &Code) -> Result<()> {
        sqlx::query(
            "INSERT INTO codes (pool_id, sub, purpose, code, value, created_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) \
             ON CONFLICT (sub, purpose) DO UPDATE SET code = excluded.code, \
             value = excluded.value, created_at = excluded.created_at, \
             expires_at = excluded.expires_at",
        )
        .bind(&code.pool_id)
        .bind(&code.sub)
        .bind(code.purpose.as_str())
        .bind(&code.code)
        .bind(&code.value)
        .bind(code.created_at.0)
        .bind(code.expires_at.0)
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }

    pub async fn delete(&mut self, sub: &str, purpose: CodePurpose) -> Result<()> {
        sqlx::query("DELETE FROM codes WHERE sub = $1 AND purpose = $2")
            .bind(sub)
            .bind(purpose.as_str())
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }
}
