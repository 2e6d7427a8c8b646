//! The identity providers from which a pool's users may come, and their further names.

use std::fmt;

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{Repository, Writing};
use crate::clock::Timestamp;
use crate::error::Result;
use crate::wire::user_pools::IdentityProviderType;

/// An identity provider as it is stored, its secrets included.
#[derive(Clone)]
pub struct IdentityProvider {
    pub pool_id: String,
    pub name: String,
    /// The document without names and dates: see `domain::identity_providers`.
    pub settings: IdentityProviderType,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl fmt::Debug for IdentityProvider {
    /// The settings hold the secret under which the pool is known there.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdentityProvider")
            .field("pool_id", &self.pool_id)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// The tables of identity providers and of their identifiers.
pub enum IdentityProviders {}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT pool_id, name, settings, created_at, updated_at FROM identity_providers ",
            $rest
        )
    };
}

fn provider(row: &SqliteRow) -> Result<IdentityProvider> {
    Ok(IdentityProvider {
        pool_id: row.try_get("pool_id")?,
        name: row.try_get("name")?,
        settings: serde_json::from_str(row.try_get("settings")?)?,
        created_at: Timestamp(row.try_get("created_at")?),
        updated_at: Timestamp(row.try_get("updated_at")?),
    })
}

impl<Mode> Repository<'_, IdentityProviders, Mode> {
    pub async fn find(&mut self, pool: &str, name: &str) -> Result<Option<IdentityProvider>> {
        let row = sqlx::query(select!("WHERE pool_id = $1 AND name = $2"))
            .bind(pool)
            .bind(name)
            .fetch_optional(&mut *self.conn)
            .await?;
        row.as_ref().map(provider).transpose()
    }

    /// The name of the provider with this identifier.
    pub async fn find_identifier(
        &mut self,
        pool: &str,
        identifier: &str,
    ) -> Result<Option<String>> {
        let name = sqlx::query_scalar(
            "SELECT provider_name FROM identity_provider_identifiers WHERE pool_id = $1 AND \
             identifier = $2",
        )
        .bind(pool)
        .bind(identifier)
        .fetch_optional(&mut *self.conn)
        .await?;
        Ok(name)
    }

    /// A pool's providers by creation, after the one named by (creation, name).
    pub async fn list(
        &mut self,
        pool: &str,
        after: Option<(Timestamp, &str)>,
        limit: i64,
    ) -> Result<Vec<IdentityProvider>> {
        let (at, name) = after.unwrap_or((Timestamp(i64::MIN), ""));
        let rows = sqlx::query(select!(
            "WHERE pool_id = $1 AND (created_at, name) > ($2, $3) ORDER BY created_at, name \
             LIMIT $4"
        ))
        .bind(pool)
        .bind(at.0)
        .bind(name)
        .bind(limit)
        .fetch_all(&mut *self.conn)
        .await?;
        rows.iter().map(provider).collect()
    }

    /// The providers of all pools, in the order of their creation.
    pub async fn everywhere(&mut self) -> Result<Vec<IdentityProvider>> {
        let rows = sqlx::query(select!("ORDER BY created_at, pool_id, name"))
            .fetch_all(&mut *self.conn)
            .await?;
        rows.iter().map(provider).collect()
    }

    /// The names of all of a pool's providers.
    pub async fn names(&mut self, pool: &str) -> Result<Vec<String>> {
        let names = sqlx::query_scalar(
            "SELECT name FROM identity_providers WHERE pool_id = $1 ORDER BY name",
        )
        .bind(pool)
        .fetch_all(&mut *self.conn)
        .await?;
        Ok(names)
    }
}

impl Repository<'_, IdentityProviders, Writing> {
    pub async fn insert(&mut self, provider: &IdentityProvider) -> Result<()> {
        sqlx::query(
            "INSERT INTO identity_providers (pool_id, name, settings, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(&provider.pool_id)
        .bind(&provider.name)
        .bind(serde_json::to_string(&provider.settings)?)
        .bind(provider.created_at.0)
        .bind(provider.updated_at.0)
        .execute(&mut *self.conn)
        .await?;
        self.write_identifiers(provider).await
    }

    pub async fn update(&mut self, provider: &IdentityProvider) -> Result<()> {
        sqlx::query(
            "UPDATE identity_providers SET settings = $3, updated_at = $4 WHERE pool_id = $1 AND \
             name = $2",
        )
        .bind(&provider.pool_id)
        .bind(&provider.name)
        .bind(serde_json::to_string(&provider.settings)?)
        .bind(provider.updated_at.0)
        .execute(&mut *self.conn)
        .await?;
        sqlx::query(
            "DELETE FROM identity_provider_identifiers WHERE pool_id = $1 AND provider_name = $2",
        )
        .bind(&provider.pool_id)
        .bind(&provider.name)
        .execute(&mut *self.conn)
        .await?;
        self.write_identifiers(provider).await
    }

    pub async fn delete(&mut self, pool: &str, name: &str) -> Result<()> {
        sqlx::query("DELETE FROM identity_providers WHERE pool_id = $1 AND name = $2")
            .bind(pool)
            .bind(name)
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }

    async fn write_identifiers(&mut self, provider: &IdentityProvider) -> Result<()> {
        for identifier in provider.settings.idp_identifiers.iter().flatten() {
            sqlx::query(
                "INSERT INTO identity_provider_identifiers (pool_id, identifier, provider_name) \
                 VALUES ($1, $2, $3)",
            )
            .bind(&provider.pool_id)
            .bind(identifier)
            .bind(&provider.name)
            .execute(&mut *self.conn)
            .await?;
        }
        Ok(())
    }
}
