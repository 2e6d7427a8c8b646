//! User pools. Not here: their signing keys (`signing_keys.rs`), what a pool can do (`domain`).

use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{Repository, Writing};
use crate::clock::Timestamp;
use crate::error::Result;
use crate::wire::user_pools::{EmailMfaConfigType, UserPoolType, WebAuthnConfigurationType};

/// A user pool as it is stored.
#[derive(Debug, Clone)]
pub struct Pool {
    pub id: String,
    pub region: String,
    pub name: String,
    /// The described document without id, ARN, name, dates and what is counted: see
    /// `domain::pools`.
    pub settings: UserPoolType,
    pub factors: MfaFactors,
    /// How many token sessions a user may have; None where sessions are not tracked.
    pub token_sessions: Option<i64>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// The second factors that SetUserPoolMfaConfig has set, and passkeys; the pool's described
/// document has no members for them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct MfaFactors {
    /// Whether SMS is a factor. None before SetUserPoolMfaConfig was called: then it is one where
    /// the pool can send any.
    pub sms: Option<bool>,
    pub software_token: Option<bool>,
    pub email: Option<EmailMfaConfigType>,
    pub web_authn: Option<WebAuthnConfigurationType>,
}

/// The table of pools.
pub enum Pools {}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, region, name, settings, factors, created_at, updated_at, token_sessions \
             FROM pools ",
            $rest
        )
    };
}

fn pool(row: &SqliteRow) -> Result<Pool> {
    Ok(Pool {
        id: row.try_get("id")?,
        region: row.try_get("region")?,
        name: row.try_get("name")?,
        settings: serde_json::from_str(row.try_get("settings")?)?,
        factors: serde_json::from_str(row.try_get("factors")?)?,
        created_at: Timestamp(row.try_get("created_at")?),
        updated_at: Timestamp(row.try_get("updated_at")?),
        token_sessions: row.try_get("token_sessions")?,
    })
}

impl<Mode> Repository<'_, Pools, Mode> {
    pub async fn find(&mut self, id: &str) -> Result<Option<Pool>> {
        let row = sqlx::query(select!("WHERE id = $1"))
            .bind(id)
            .fetch_optional(&mut *self.conn)
            .await?;
        row.as_ref().map(pool).transpose()
    }

    /// A Region's pools by creation, after the one named by (creation, id).
    pub async fn list(
        &mut self,
        region: &str,
        after: Option<(Timestamp, &str)>,
        limit: i64,
    ) -> Result<Vec<Pool>> {
        let (at, id) = after.unwrap_or((Timestamp(i64::MIN), ""));
        let rows = sqlx::query(select!(
            "WHERE region = $1 AND (created_at, id) > ($2, $3) ORDER BY created_at, id LIMIT $4"
        ))
        .bind(region)
        .bind(at.0)
        .bind(id)
        .bind(limit)
        .fetch_all(&mut *self.conn)
        .await?;
        rows.iter().map(pool).collect()
    }

    /// The pools of all Regions, by Region and creation: for who administers the server.
    pub async fn list_all(&mut self, limit: i64) -> Result<Vec<Pool>> {
        let rows = sqlx::query(select!("ORDER BY region, created_at, id LIMIT $1"))
            .bind(limit)
            .fetch_all(&mut *self.conn)
            .await?;
        rows.iter().map(pool).collect()
    }

    /// How many users the pool has. Counts: for DescribeUserPool, not for a hot path.
    pub async fn count_users(&mut self, id: &str) -> Result<i64> {
        Ok(
            sqlx::query_scalar("SELECT count(*) FROM users WHERE pool_id = $1")
                .bind(id)
                .fetch_one(&mut *self.conn)
                .await?,
        )
    }
}

impl Repository<'_, Pools, Writing> {
    /// Deletes all pools with everything in them.
    pub async fn delete_all(&mut self) -> Result<()> {
        sqlx::query("DELETE FROM pools")
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }

    pub async fn insert(&mut self, pool: &Pool) -> Result<()> {
        sqlx::query(
            "INSERT INTO pools (id, region, name, settings, factors, created_at, updated_at, \
             token_sessions) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(&pool.id)
        .bind(&pool.region)
        .bind(&pool.name)
        .bind(serde_json::to_string(&pool.settings)?)
        .bind(serde_json::to_string(&pool.factors)?)
        .bind(pool.created_at.0)
        .bind(pool.updated_at.0)
        .bind(pool.token_sessions)
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }

    pub async fn update(&mut self, pool: &Pool) -> Result<()> {
        sqlx::query(
            "UPDATE pools SET name = $2, settings = $3, factors = $4, updated_at = $5, \
             token_sessions = $6 WHERE id = $1",
        )
        .bind(&pool.id)
        .bind(&pool.name)
        .bind(serde_json::to_string(&pool.settings)?)
        .bind(serde_json::to_string(&pool.factors)?)
        .bind(pool.updated_at.0)
        .bind(pool.token_sessions)
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }

    /// Deletes the pool with everything in it.
    pub async fn delete(&mut self, id: &str) -> Result<()> {
        sqlx::query("DELETE FROM pools WHERE id = $1")
            .bind(id)
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }
}
