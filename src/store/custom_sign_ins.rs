//! Sign-ins by challenges of a pool's own functions: what no session could carry, since sessions
//! are at most 2048 characters long.

use super::{Repository, Writing};
use crate::clock::Timestamp;
use crate::error::Result;

/// The table of their steps.
pub enum CustomSignIns {}

impl<Mode> Repository<'_, CustomSignIns, Mode> {
    /// The state of a step, as JSON.
    pub async fn find(&mut self, pool: &str, id: &str) -> Result<Option<String>> {
        let sql = "SELECT state FROM custom_sign_ins WHERE pool_id = $1 AND id = $2";
        let found = sqlx::query_scalar(sql)
            .bind(pool)
            .bind(id)
            .fetch_optional(&mut *self.conn)
            .await?;
        Ok(found)
    }
}

impl Repository<'_, CustomSignIns, Writing> {
    pub async fn insert(
        &mut self,
        pool: &str,
        id: &str,
        state: &str,
        expires_at: Timestamp,
    ) -> Result<()> {
        sqlx::query(
            "INSERT INTO custom_sign_ins (id, pool_id, state, expires_at) VALUES ($1, $2, $3, $4)",
        )
        .bind(id)
        .bind(pool)
        .bind(state)
        .bind(expires_at.0)
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }

    /// Deletes the steps that can no longer be answered.
    pub async fn sweep(&mut self, now: Timestamp) -> Result<()> {
        sqlx::query("DELETE FROM custom_sign_ins WHERE expires_at <= $1")
            .bind(now.0)
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }
}
