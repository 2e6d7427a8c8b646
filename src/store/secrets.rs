//! What the server itself must keep to itself, whatever the pools are: it survives a reset.

use super::{Repository, Writing};
use crate::error::Result;

/// The table of secrets.
pub enum Secrets {}

impl<Mode> Repository<'_, Secrets, Mode> {
    pub async fn find(&mut self, name: &str) -> Result<Option<Vec<u8>>> {
        Ok(
            sqlx::query_scalar("SELECT value FROM secrets WHERE name = $1")
                .bind(name)
                .fetch_optional(&mut *self.conn)
                .await?,
        )
    }
}

impl Repository<'_, Secrets, Writing> {
    pub async fn insert(&mut self, name: &str, value: &[u8]) -> Result<()> {
        sqlx::query("INSERT INTO secrets (name, value) VALUES ($1, $2)")
            .bind(name)
            .bind(value)
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }
}
