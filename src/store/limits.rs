//! The request rates that were asked for, per Region and category.

use super::{Repository, Writing};
use crate::error::Result;

/// The table of provisioned limits.
pub enum Limits {}

impl<Mode> Repository<'_, Limits, Mode> {
    /// What was asked for, in requests per second.
    pub async fn find(&mut self, region: &str, category: &str) -> Result<Option<i64>> {
        let value = sqlx::query_scalar(
            "SELECT value FROM provisioned_limits WHERE region = $1 AND category = $2",
        )
        .bind(region)
        .bind(category)
        .fetch_optional(&mut *self.conn)
        .await?;
        Ok(value)
    }
}

impl<Mode> Repository<'_, Limits, Mode> {
    /// Whether anybody has asked for a rate.
    pub async fn has_any(&mut self) -> Result<bool> {
        let found = sqlx::query("SELECT 1 FROM provisioned_limits LIMIT 1")
            .fetch_optional(&mut *self.conn)
            .await?;
        Ok(found.is_some())
    }
}

impl Repository<'_, Limits, Writing> {
    pub async fn delete_all(&mut self) -> Result<()> {
        sqlx::query("DELETE FROM provisioned_limits")
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }

    pub async fn put(&mut self, region: &str, category: &str, value: i64) -> Result<()> {
        sqlx::query(
            "INSERT INTO provisioned_limits (region, category, value) VALUES ($1, $2, $3) \
             ON CONFLICT (region, category) DO UPDATE SET value = excluded.value",
        )
        .bind(region)
        .bind(category)
        .bind(value)
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }
}
