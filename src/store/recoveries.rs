//! Point-in-time recoveries: what was asked for and what came of it. Not here: the rows that they
//! put back (`restore.rs`), when one may be begun (`domain::point_in_time_recovery`).

use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{Repository, Writing};
use crate::clock::Timestamp;
use crate::error::Result;
use crate::wire::user_pools::RestoreStatusType;

/// The statuses of recoveries that have not ended, or of whose end nothing is written since it
/// follows from the time.
pub(super) const NOT_ENDED: &str = "('PREVIEW_GENERATING', 'PREVIEW_GENERATED', 'RESTORING')";

/// A recovery as it is stored.
#[derive(Debug, Clone)]
pub struct Recovery {
    /// In the order of initiating.
    pub number: i64,
    pub id: String,
    pub pool_id: String,
    /// Never `PREVIEW_EXPIRED`: that follows from the time.
    pub status: RestoreStatusType,
    pub restore_at: Timestamp,
    /// The last step of the history that is not to be undone.
    pub step: i64,
    pub initiated_at: Timestamp,
    /// Until when it can be started or cancelled.
    pub expires_at: Timestamp,
    pub completed_at: Option<Timestamp>,
    /// Once it was worked out.
    pub preview: Option<Vec<EntityChanges>>,
}

/// How many entities of one kind a recovery changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntityChanges {
    pub entity: String,
    pub created: i64,
    pub updated: i64,
    pub deleted: i64,
}

/// The table of recoveries.
pub enum Recoveries {}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT number, id, pool_id, status, restore_at, step, initiated_at, expires_at, \
             completed_at, preview FROM recoveries ",
            $rest
        )
    };
}

fn recovery(row: &SqliteRow) -> Result<Recovery> {
    let status: &str = row.try_get("status")?;
    let status = RestoreStatusType::from_wire(status)
        .ok_or_else(|| anyhow::anyhow!("unknown status {status} of a recovery in the store"))?;
    let preview: Option<&str> = row.try_get("preview")?;
    Ok(Recovery {
        number: row.try_get("number")?,
        id: row.try_get("id")?,
        pool_id: row.try_get("pool_id")?,
        status,
        restore_at: Timestamp(row.try_get("restore_at")?),
        step: row.try_get("step")?,
        initiated_at: Timestamp(row.try_get("initiated_at")?),
        expires_at: Timestamp(row.try_get("expires_at")?),
        completed_at: row
            .try_get::<Option<i64>, _>("completed_at")?
            .map(Timestamp),
        preview: preview.map(serde_json::from_str).transpose()?,
    })
}

impl<Mode> Repository<'_, Recoveries, Mode> {
    pub async fn find(&mut self, pool: &str, id: &str) -> Result<Option<Recovery>> {
        let row = sqlx::query(select!("WHERE id = $1 AND pool_id = $2"))
            .bind(id)
            .bind(pool)
            .fetch_optional(&mut *self.conn)
            .await?;
        row.as_ref().map(recovery).transpose()
    }

    /// The pool's last recovery.
    pub async fn find_last(&mut self, pool: &str) -> Result<Option<Recovery>> {
        let row = sqlx::query(select!("WHERE pool_id = $1 ORDER BY number DESC LIMIT 1"))
            .bind(pool)
            .fetch_optional(&mut *self.conn)
            .await?;
        row.as_ref().map(recovery).transpose()
    }

    /// A page of a pool's recoveries, newest first, before the one with this number.
    pub async fn list(&mut self, pool: &str, before: i64, limit: i64) -> Result<Vec<Recovery>> {
        let rows = sqlx::query(select!(
            "WHERE pool_id = $1 AND number < $2 ORDER BY number DESC LIMIT $3"
        ))
        .bind(pool)
        .bind(before)
        .bind(limit)
        .fetch_all(&mut *self.conn)
        .await?;
        rows.iter().map(recovery).collect()
    }

    /// All recoveries of all pools that were initiated after this instant, and those that are
    /// being applied.
    pub async fn list_since(&mut self, then: Timestamp) -> Result<Vec<Recovery>> {
        let rows = sqlx::query(select!(
            "WHERE initiated_at > $1 OR status = 'RESTORING' ORDER BY number"
        ))
        .bind(then.0)
        .fetch_all(&mut *self.conn)
        .await?;
        rows.iter().map(recovery).collect()
    }

    /// The recoveries whose preview or restoring is not done, of all pools.
    pub async fn list_working(&mut self) -> Result<Vec<Recovery>> {
        let rows = sqlx::query(select!(
            "WHERE status IN ('PREVIEW_GENERATING', 'RESTORING') ORDER BY number"
        ))
        .fetch_all(&mut *self.conn)
        .await?;
        rows.iter().map(recovery).collect()
    }
}

impl Repository<'_, Recoveries, Writing> {
    /// Keeps a new recovery, which gets its number here.
    pub async fn insert(&mut self, recovery: &Recovery) -> Result<()> {
        sqlx::query(
            "INSERT INTO recoveries (id, pool_id, status, restore_at, step, initiated_at, \
             expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(&recovery.id)
        .bind(&recovery.pool_id)
        .bind(recovery.status.as_str())
        .bind(recovery.restore_at.0)
        .bind(recovery.step)
        .bind(recovery.initiated_at.0)
        .bind(recovery.expires_at.0)
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }

    /// Writes what changes until it ends.
    pub async fn update(&mut self, recovery: &Recovery) -> Result<()> {
        let preview = recovery.preview.as_ref().map(serde_json::to_string);
        sqlx::query(
            "UPDATE recoveries SET status = $2, completed_at = $3, preview = $4 WHERE id = $1",
        )
        .bind(&recovery.id)
        .bind(recovery.status.as_str())
        .bind(recovery.completed_at.map(|at| at.0))
        .bind(preview.transpose()?)
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }
}
