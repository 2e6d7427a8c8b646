//! Identity pools. Not here: the identities in them (`identities.rs`), what a pool may be
//! (`domain::identity_pools`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{Repository, Writing};
use crate::clock::Timestamp;
use crate::error::Result;
use crate::wire::identity_pools::{IdentityPool, RoleMapping};

/// An identity pool as it is stored.
#[derive(Debug, Clone)]
pub struct StoredIdentityPool {
    pub id: String,
    pub region: String,
    /// The document that is described.
    pub settings: IdentityPool,
    pub roles: PoolRoles,
    /// By provider, in AWS's form.
    pub tag_maps: BTreeMap<String, PrincipalTagMap>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What SetIdentityPoolRoles has set.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PoolRoles {
    /// `authenticated` and `unauthenticated`.
    pub roles: BTreeMap<String, String>,
    /// By provider, in AWS's form.
    pub mappings: BTreeMap<String, RoleMapping>,
}

/// What SetPrincipalTagAttributeMap has set for one provider.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrincipalTagMap {
    pub use_defaults: bool,
    /// Which claim each tag is of.
    pub tags: BTreeMap<String, String>,
}

/// The table of identity pools.
pub enum IdentityPools {}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, region, settings, roles, tag_maps, created_at, updated_at \
             FROM identity_pools ",
            $rest
        )
    };
}

fn identity_pool(row: &SqliteRow) -> Result<StoredIdentityPool> {
    Ok(StoredIdentityPool {
        id: row.try_get("id")?,
        region: row.try_get("region")?,
        settings: serde_json::from_str(row.try_get("settings")?)?,
        roles: serde_json::from_str(row.try_get("roles")?)?,
        tag_maps: serde_json::from_str(row.try_get("tag_maps")?)?,
        created_at: Timestamp(row.try_get("created_at")?),
        updated_at: Timestamp(row.try_get("updated_at")?),
    })
}

impl<Mode> Repository<'_, IdentityPools, Mode> {
    pub async fn find(&mut self, id: &str) -> Result<Option<StoredIdentityPool>> {
        let row = sqlx::query(select!("WHERE id = $1"))
            .bind(id)
            .fetch_optional(&mut *self.conn)
            .await?;
        row.as_ref().map(identity_pool).transpose()
    }

    /// A Region's identity pools by creation, after the one named by (creation, id).
    pub async fn list(
        &mut self,
        region: &str,
        after: Option<(Timestamp, &str)>,
        limit: i64,
    ) -> Result<Vec<StoredIdentityPool>> {
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
        rows.iter().map(identity_pool).collect()
    }

    /// The identity pools of all Regions, by Region and creation.
    pub async fn list_all(&mut self, limit: i64) -> Result<Vec<StoredIdentityPool>> {
        let rows = sqlx::query(select!("ORDER BY region, created_at, id LIMIT $1"))
            .bind(limit)
            .fetch_all(&mut *self.conn)
            .await?;
        rows.iter().map(identity_pool).collect()
    }
}

impl Repository<'_, IdentityPools, Writing> {
    /// Deletes all identity pools with everything in them.
    pub async fn delete_all(&mut self) -> Result<()> {
        sqlx::query("DELETE FROM identity_pools")
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }

    pub async fn insert(&mut self, pool: &StoredIdentityPool) -> Result<()> {
        sqlx::query(
            "INSERT INTO identity_pools (id, region, settings, roles, tag_maps, created_at, \
             updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(&pool.id)
        .bind(&pool.region)
        .bind(serde_json::to_string(&pool.settings)?)
        .bind(serde_json::to_string(&pool.roles)?)
        .bind(serde_json::to_string(&pool.tag_maps)?)
        .bind(pool.created_at.0)
        .bind(pool.updated_at.0)
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }

    pub async fn update(&mut self, pool: &StoredIdentityPool) -> Result<()> {
        sqlx::query(
            "UPDATE identity_pools SET settings = $2, roles = $3, tag_maps = $4, \
             updated_at = $5 WHERE id = $1",
        )
        .bind(&pool.id)
        .bind(serde_json::to_string(&pool.settings)?)
        .bind(serde_json::to_string(&pool.roles)?)
        .bind(serde_json::to_string(&pool.tag_maps)?)
        .bind(pool.updated_at.0)
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }

    /// Deletes the identity pool with everything in it.
    pub async fn delete(&mut self, id: &str) -> Result<()> {
        sqlx::query("DELETE FROM identity_pools WHERE id = $1")
            .bind(id)
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }
}
