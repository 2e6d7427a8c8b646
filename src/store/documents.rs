//! Settings that are stored and read back whole: one table for all kinds, typed by what they hold.
//!
//! Not here: what may be set (`domain`). What must be unique or searched has a table of its own.

use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{Repository, Writing};
use crate::clock::Timestamp;
use crate::error::Result;

/// A kind of settings.
pub trait PoolDocument: Serialize + DeserializeOwned {
    /// Its name in the table.
    const KIND: &'static str;
}

/// Settings as they are stored.
#[derive(Debug, Clone)]
pub struct Kept<D> {
    pub pool_id: String,
    /// Which of its kind: an id, a client, a Region, or empty where there is one only.
    pub key: String,
    /// The client they are about, with which they are deleted.
    pub client_id: Option<String>,
    pub document: D,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// The table of settings.
pub enum Documents {}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT pool_id, key, client_id, document, created_at, updated_at FROM pool_documents ",
            $rest
        )
    };
}

fn kept<D: PoolDocument>(row: &SqliteRow) -> Result<Kept<D>> {
    Ok(Kept {
        pool_id: row.try_get("pool_id")?,
        key: row.try_get("key")?,
        client_id: row.try_get("client_id")?,
        document: serde_json::from_str(row.try_get("document")?)?,
        created_at: Timestamp(row.try_get("created_at")?),
        updated_at: Timestamp(row.try_get("updated_at")?),
    })
}

impl<Mode> Repository<'_, Documents, Mode> {
    pub async fn find<D: PoolDocument>(
        &mut self,
        pool: &str,
        key: &str,
    ) -> Result<Option<Kept<D>>> {
        let row = sqlx::query(select!("WHERE pool_id = $1 AND kind = $2 AND key = $3"))
            .bind(pool)
            .bind(D::KIND)
            .bind(key)
            .fetch_optional(&mut *self.conn)
            .await?;
        row.as_ref().map(kept).transpose()
    }

    /// A pool's settings of one kind by creation, after those named by (creation, key).
    pub async fn list<D: PoolDocument>(
        &mut self,
        pool: &str,
        after: Option<(Timestamp, &str)>,
        limit: i64,
    ) -> Result<Vec<Kept<D>>> {
        let (at, key) = after.unwrap_or((Timestamp(i64::MIN), ""));
        let rows = sqlx::query(select!(
            "WHERE pool_id = $1 AND kind = $2 AND (created_at, key) > ($3, $4) ORDER BY \
             created_at, key LIMIT $5"
        ))
        .bind(pool)
        .bind(D::KIND)
        .bind(at.0)
        .bind(key)
        .bind(limit)
        .fetch_all(&mut *self.conn)
        .await?;
        rows.iter().map(kept).collect()
    }

    /// All of a pool's settings of one kind; their quotas keep them few.
    pub async fn all<D: PoolDocument>(&mut self, pool: &str) -> Result<Vec<Kept<D>>> {
        self.list(pool, None, i64::MAX).await
    }

    /// A client's settings of one kind.
    pub async fn of_client<D: PoolDocument>(&mut self, client: &str) -> Result<Vec<Kept<D>>> {
        let rows = sqlx::query(select!(
            "WHERE client_id = $1 AND kind = $2 ORDER BY created_at, key"
        ))
        .bind(client)
        .bind(D::KIND)
        .fetch_all(&mut *self.conn)
        .await?;
        rows.iter().map(kept).collect()
    }

    /// The clients of a pool that have a setting of one kind.
    pub async fn clients_with<D: PoolDocument>(&mut self, pool: &str) -> Result<Vec<String>> {
        let clients = sqlx::query_scalar(
            "SELECT DISTINCT client_id FROM pool_documents WHERE pool_id = $1 AND kind = $2 AND \
             client_id IS NOT NULL ORDER BY client_id",
        )
        .bind(pool)
        .bind(D::KIND)
        .fetch_all(&mut *self.conn)
        .await?;
        Ok(clients)
    }

    /// How many settings of one kind a pool has.
    pub async fn count<D: PoolDocument>(&mut self, pool: &str) -> Result<i64> {
        let count = sqlx::query_scalar(
            "SELECT count(*) FROM pool_documents WHERE pool_id = $1 AND kind = $2",
        )
        .bind(pool)
        .bind(D::KIND)
        .fetch_one(&mut *self.conn)
        .await?;
        Ok(count)
    }
}

impl Repository<'_, Documents, Writing> {
    /// Inserts the settings, or replaces those of the same key; the day of their creation stays.
    pub async fn put<D: PoolDocument>(&mut self, kept: &Kept<D>) -> Result<()> {
        sqlx::query(
            "INSERT INTO pool_documents (pool_id, kind, key, client_id, document, created_at, \
             updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7) \
             ON CONFLICT (pool_id, kind, key) DO UPDATE SET document = excluded.document, \
             updated_at = excluded.updated_at",
        )
        .bind(&kept.pool_id)
        .bind(D::KIND)
        .bind(&kept.key)
        .bind(&kept.client_id)
        .bind(serde_json::to_string(&kept.document)?)
        .bind(kept.created_at.0)
        .bind(kept.updated_at.0)
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }

    /// Gives the settings another key and another day of their last change: for a fixture that
    /// knows both.
    pub async fn rename<D: PoolDocument>(
        &mut self,
        pool: &str,
        (key, new): (&str, &str),
        updated_at: Option<Timestamp>,
    ) -> Result<()> {
        sqlx::query(
            "UPDATE pool_documents SET key = $4, updated_at = coalesce($5, updated_at) \
             WHERE pool_id = $1 AND kind = $2 AND key = $3",
        )
        .bind(pool)
        .bind(D::KIND)
        .bind(key)
        .bind(new)
        .bind(updated_at.map(|at| at.0))
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }

    /// Deletes the settings; says whether there were any.
    pub async fn delete<D: PoolDocument>(&mut self, pool: &str, key: &str) -> Result<bool> {
        let done =
            sqlx::query("DELETE FROM pool_documents WHERE pool_id = $1 AND kind = $2 AND key = $3")
                .bind(pool)
                .bind(D::KIND)
                .bind(key)
                .execute(&mut *self.conn)
                .await?;
        Ok(done.rows_affected() > 0)
    }
}
