//! Challenge sessions that were answered, and whatever else can be used once. They are sealed and
//! self-contained, so that only their end is kept.
//!
//! Not here: what a session says (`flows::sign_in`), when one has expired (`flows::challenge`).

use super::{Repository, Store, Writing};
use crate::clock::Timestamp;
use crate::error::Result;

/// The table of spent sessions.
pub enum SpentSessions {}

impl Store {
    /// Whether the session was answered before. Most were not: those cost no question.
    pub async fn is_spent(&self, id: &str) -> Result<bool> {
        if !self.seen.spent.may_have(id) {
            return Ok(false);
        }
        self.read().await?.spent_sessions().is_spent(id).await
    }
}

impl<Mode> Repository<'_, SpentSessions, Mode> {
    async fn is_spent(&mut self, id: &str) -> Result<bool> {
        let found = sqlx::query("SELECT 1 FROM spent_sessions WHERE id = $1")
            .bind(id)
            .fetch_optional(&mut *self.conn)
            .await?;
        Ok(found.is_some())
    }
}

impl Repository<'_, SpentSessions, Writing> {
    /// Forgets all. Not what the set says: it only costs a question.
    pub async fn delete_all(&mut self) -> Result<()> {
        sqlx::query("DELETE FROM spent_sessions")
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }

    /// Marks the session as answered; false when it was already, so that of two racing answers one
    /// wins.
    pub async fn spend(&mut self, id: &str, expires_at: Timestamp) -> Result<bool> {
        // Before the row is there: whoever finds nothing in the set is right.
        self.seen.spent.add(id);
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
}
