//! Wrong tries, counted: of passwords at sign-in, and of codes. Not here: how many are too many
//! (`domain::attempts`).

use sqlx::Row;

use super::{Repository, Writing};
use crate::clock::Timestamp;
use crate::error::Result;

/// The wrong tries of one subject for one purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempts {
    pub pool_id: String,
    /// The user's `sub`, or the made-up one of a name that nobody has.
    pub subject: String,
    pub purpose: String,
    pub failures: i64,
    /// The first failure.
    pub begun_at: Timestamp,
    /// The last one.
    pub failed_at: Timestamp,
    /// The last try, those included that were refused unseen.
    pub tried_at: Timestamp,
}

/// The table of wrong tries.
pub enum AttemptsTable {}

impl<Mode> Repository<'_, AttemptsTable, Mode> {
    pub async fn find(&mut self, subject: &str, purpose: &str) -> Result<Option<Attempts>> {
        let row = sqlx::query(
            "SELECT pool_id, subject, purpose, failures, begun_at, failed_at, tried_at FROM attempts WHERE subject = $1 AND purpose = $2",
        )
        .bind(subject)
        .bind(purpose)
        .fetch_optional(&mut *self.conn)
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(Attempts {
            pool_id: row.try_get(0)?,
            subject: row.try_get(1)?,
            purpose: row.try_get(2)?,
            failures: row.try_get(3)?,
            begun_at: Timestamp(row.try_get(4)?),
            failed_at: Timestamp(row.try_get(5)?),
            tried_at: Timestamp(row.try_get(6)?),
        }))
    }
}

impl Repository<'_, AttemptsTable, Writing> {
    /// Keeps the count in place of an older one.
    pub async fn put(&mut self, attempts: &Attempts) -> Result<()> {
        sqlx::query(
            "INSERT INTO attempts (pool_id, subject, purpose, failures, begun_at, failed_at, tried_at) VALUES ($1, $2, $3, $4, $5, $6, $7) \
             ON CONFLICT (subject, purpose) DO UPDATE SET failures = excluded.failures, begun_at = excluded.begun_at, \
             failed_at = excluded.failed_at, tried_at = excluded.tried_at",
        )
        .bind(&attempts.pool_id)
        .bind(&attempts.subject)
        .bind(&attempts.purpose)
        .bind(attempts.failures)
        .bind(attempts.begun_at.0)
        .bind(attempts.failed_at.0)
        .bind(attempts.tried_at.0)
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }

    pub async fn delete(&mut self, subject: &str, purpose: &str) -> Result<()> {
        sqlx::query("DELETE FROM attempts WHERE subject = $1 AND purpose = $2")
            .bind(subject)
            .bind(purpose)
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }

    /// Forgets the subjects that have not tried since.
    pub async fn sweep(&mut self, since: Timestamp) -> Result<()> {
        sqlx::query("DELETE FROM attempts WHERE tried_at < $1")
            .bind(since.0)
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }
}
