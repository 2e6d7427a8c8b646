//! Resource servers and the scopes they define.

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{Repository, Writing};
use crate::clock::Timestamp;
use crate::error::Result;
use crate::wire::user_pools::ResourceServerScopeType;

/// A resource server as it is stored.
#[derive(Debug, Clone)]
pub struct ResourceServer {
    pub pool_id: String,
    pub identifier: String,
    pub name: String,
    pub scopes: Vec<ResourceServerScopeType>,
    pub created_at: Timestamp,
}

/// The table of resource servers.
pub enum ResourceServers {}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT pool_id, identifier, name, scopes, created_at FROM resource_servers ",
            $rest
        )
    };
}

fn server(row: &SqliteRow) -> Result<ResourceServer> {
    Ok(ResourceServer {
        pool_id: row.try_get("pool_id")?,
        identifier: row.try_get("identifier")?,
        name: row.try_get("name")?,
        scopes: serde_json::from_str(row.try_get("scopes")?)?,
        created_at: Timestamp(row.try_get("created_at")?),
    })
}

impl<Mode> Repository<'_, ResourceServers, Mode> {
    pub async fn find(&mut self, pool: &str, identifier: &str) -> Result<Option<ResourceServer>> {
        let row = sqlx::query(select!("WHERE pool_id = $1 AND identifier = $2"))
            .bind(pool)
            .bind(identifier)
            .fetch_optional(&mut *self.conn)
            .await?;
        row.as_ref().map(server).transpose()
    }

    /// A pool's resource servers by identifier, after the one named.
    pub async fn list(
        &mut self,
        pool: &str,
        after: &str,
        limit: i64,
    ) -> Result<Vec<ResourceServer>> {
        let rows = sqlx::query(select!(
            "WHERE pool_id = $1 AND identifier > $2 ORDER BY identifier LIMIT $3"
        ))
        .bind(pool)
        .bind(after)
        .bind(limit)
        .fetch_all(&mut *self.conn)
        .await?;
        rows.iter().map(server).collect()
    }

    /// All of a pool's resource servers; the service's quota keeps them few.
    pub async fn all(&mut self, pool: &str) -> Result<Vec<ResourceServer>> {
        self.list(pool, "", i64::MAX).await
    }
}

impl Repository<'_, ResourceServers, Writing> {
    pub async fn insert(&mut self, server: &ResourceServer) -> Result<()> {
        sqlx::query(
            "INSERT INTO resource_servers (pool_id, identifier, name, scopes, created_at) VALUES \
             ($1, $2, $3, $4, $5)",
        )
        .bind(&server.pool_id)
        .bind(&server.identifier)
        .bind(&server.name)
        .bind(serde_json::to_string(&server.scopes)?)
        .bind(server.created_at.0)
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }

    pub async fn update(&mut self, server: &ResourceServer) -> Result<()> {
        sqlx::query(
            "UPDATE resource_servers SET name = $3, scopes = $4 WHERE pool_id = $1 AND \
             identifier = $2",
        )
        .bind(&server.pool_id)
        .bind(&server.identifier)
        .bind(&server.name)
        .bind(serde_json::to_string(&server.scopes)?)
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }

    pub async fn delete(&mut self, pool: &str, identifier: &str) -> Result<()> {
        sqlx::query("DELETE FROM resource_servers WHERE pool_id = $1 AND identifier = $2")
            .bind(pool)
            .bind(identifier)
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }
}
