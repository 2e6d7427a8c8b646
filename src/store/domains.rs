//! The domains under which pools serve their pages.

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{Repository, Writing};
use crate::clock::Timestamp;
use crate::error::Result;
use crate::wire::user_pools::DomainDescriptionType;

/// A domain as it is stored.
#[derive(Debug, Clone)]
pub struct Domain {
    /// The prefix alone, or the whole host name of a custom domain, which has a dot. A prefix is
    /// one pool's in each Region, a host name one pool's altogether.
    pub name: String,
    pub pool_id: String,
    pub custom: bool,
    /// The described document without what the other members hold: see `domain::domains`.
    pub settings: DomainDescriptionType,
    pub created_at: Timestamp,
}

/// The table of domains.
pub enum Domains {}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT name, pool_id, custom, settings, created_at FROM domains ",
            $rest
        )
    };
}

fn domain(row: &SqliteRow) -> Result<Domain> {
    Ok(Domain {
        name: row.try_get("name")?,
        pool_id: row.try_get("pool_id")?,
        custom: row.try_get::<i64, _>("custom")? != 0,
        settings: serde_json::from_str(row.try_get("settings")?)?,
        created_at: Timestamp(row.try_get("created_at")?),
    })
}

impl<Mode> Repository<'_, Domains, Mode> {
    /// The custom domain of this name, or the prefix in this Region.
    pub async fn find(&mut self, name: &str, region: &str) -> Result<Option<Domain>> {
        let row = sqlx::query(select!("WHERE name = $1 AND region IN ('', $2)"))
            .bind(name)
            .bind(region)
            .fetch_optional(&mut *self.conn)
            .await?;
        row.as_ref().map(domain).transpose()
    }

    /// The domain of this name, wherever it is: of one prefix in several Regions the oldest.
    pub async fn find_anywhere(&mut self, name: &str) -> Result<Option<Domain>> {
        let row = sqlx::query(select!(
            "WHERE name = $1 ORDER BY created_at, region LIMIT 1"
        ))
        .bind(name)
        .fetch_optional(&mut *self.conn)
        .await?;
        row.as_ref().map(domain).transpose()
    }

    /// A pool's domains, the prefix first: two at most.
    pub async fn of_pool(&mut self, pool: &str) -> Result<Vec<Domain>> {
        let rows = sqlx::query(select!("WHERE pool_id = $1 ORDER BY custom"))
            .bind(pool)
            .fetch_all(&mut *self.conn)
            .await?;
        rows.iter().map(domain).collect()
    }
}

impl Repository<'_, Domains, Writing> {
    pub async fn insert(&mut self, domain: &Domain) -> Result<()> {
        sqlx::query(
            "INSERT INTO domains (name, pool_id, custom, settings, created_at, region) \
             SELECT $1, $2, $3, $4, $5, CASE $3 WHEN 0 THEN region ELSE '' END \
             FROM pools WHERE id = $2",
        )
        .bind(&domain.name)
        .bind(&domain.pool_id)
        .bind(i64::from(domain.custom))
        .bind(serde_json::to_string(&domain.settings)?)
        .bind(domain.created_at.0)
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }

    pub async fn update(&mut self, domain: &Domain) -> Result<()> {
        sqlx::query("UPDATE domains SET settings = $3 WHERE name = $1 AND pool_id = $2")
            .bind(&domain.name)
            .bind(&domain.pool_id)
            .bind(serde_json::to_string(&domain.settings)?)
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }

    pub async fn delete(&mut self, domain: &Domain) -> Result<()> {
        sqlx::query("DELETE FROM domains WHERE name = $1 AND pool_id = $2")
            .bind(&domain.name)
            .bind(&domain.pool_id)
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }
}
