//! Which clients are known by the URL of a metadata document, and the documents that were fetched.
//!
//! Not here: what a document must say (`domain::client_documents`).

use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{Repository, Writing};
use crate::clock::Timestamp;
use crate::error::Result;
use crate::wire::user_pools::OAuthFlowType;

/// A policy as it is stored: clients with such URLs act as this app client.
#[derive(Debug, Clone)]
pub struct CimdPolicy {
    pub id: String,
    pub pool_id: String,
    /// None when it was deleted: then the policy lets nobody in.
    pub client_id: Option<String>,
    pub name: String,
    pub url_patterns: Vec<String>,
    /// How long a document counts that does not say so itself.
    pub cache_seconds: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What a document says, as far as it counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedClient {
    pub redirect_uris: Vec<String>,
    pub flows: Vec<OAuthFlowType>,
}

/// A document that was fetched.
#[derive(Debug, Clone)]
pub struct CachedDocument {
    pub policy_id: String,
    pub url: String,
    pub client: PublishedClient,
    pub cached_at: Timestamp,
    pub expires_at: Timestamp,
}

/// The table of policies.
pub enum CimdPolicies {}
/// The table of documents.
pub enum ClientDocuments {}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, pool_id, client_id, name, url_patterns, cache_seconds, created_at, \
             updated_at FROM cimd_policies ",
            $rest
        )
    };
}

fn policy(row: &SqliteRow) -> Result<CimdPolicy> {
    Ok(CimdPolicy {
        id: row.try_get("id")?,
        pool_id: row.try_get("pool_id")?,
        client_id: row.try_get("client_id")?,
        name: row.try_get("name")?,
        url_patterns: serde_json::from_str(row.try_get("url_patterns")?)?,
        cache_seconds: row.try_get("cache_seconds")?,
        created_at: Timestamp(row.try_get("created_at")?),
        updated_at: Timestamp(row.try_get("updated_at")?),
    })
}

fn document(row: &SqliteRow) -> Result<CachedDocument> {
    Ok(CachedDocument {
        policy_id: row.try_get("policy_id")?,
        url: row.try_get("url")?,
        client: serde_json::from_str(row.try_get("client")?)?,
        cached_at: Timestamp(row.try_get("cached_at")?),
        expires_at: Timestamp(row.try_get("expires_at")?),
    })
}

impl<Mode> Repository<'_, CimdPolicies, Mode> {
    pub async fn find(&mut self, pool: &str, id: &str) -> Result<Option<CimdPolicy>> {
        let row = sqlx::query(select!("WHERE pool_id = $1 AND id = $2"))
            .bind(pool)
            .bind(id)
            .fetch_optional(&mut *self.conn)
            .await?;
        row.as_ref().map(policy).transpose()
    }

    /// A pool's policies by creation, after the one named by (creation, id).
    pub async fn list(
        &mut self,
        pool: &str,
        after: Option<(Timestamp, &str)>,
        limit: i64,
    ) -> Result<Vec<CimdPolicy>> {
        let (at, id) = after.unwrap_or((Timestamp(i64::MIN), ""));
        let rows = sqlx::query(select!(
            "WHERE pool_id = $1 AND (created_at, id) > ($2, $3) ORDER BY created_at, id LIMIT $4"
        ))
        .bind(pool)
        .bind(at.0)
        .bind(id)
        .bind(limit)
        .fetch_all(&mut *self.conn)
        .await?;
        rows.iter().map(policy).collect()
    }

    /// Those of all pools that let somebody in, the oldest first.
    pub async fn all_of_clients(&mut self) -> Result<Vec<CimdPolicy>> {
        let rows = sqlx::query(select!(
            "WHERE client_id IS NOT NULL ORDER BY created_at, id"
        ))
        .fetch_all(&mut *self.conn)
        .await?;
        rows.iter().map(policy).collect()
    }
}

impl Repository<'_, CimdPolicies, Writing> {
    pub async fn insert(&mut self, policy: &CimdPolicy) -> Result<()> {
        sqlx::query(
            "INSERT INTO cimd_policies (id, pool_id, client_id, name, url_patterns, \
             cache_seconds, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(&policy.id)
        .bind(&policy.pool_id)
        .bind(&policy.client_id)
        .bind(&policy.name)
        .bind(serde_json::to_string(&policy.url_patterns)?)
        .bind(policy.cache_seconds)
        .bind(policy.created_at.0)
        .bind(policy.updated_at.0)
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }

    /// Gives a policy another id, as long as no document is kept for it, and another day of its
    /// last change: for a fixture that knows both.
    pub async fn rename(
        &mut self,
        id: &str,
        new: &str,
        updated_at: Option<Timestamp>,
    ) -> Result<()> {
        sqlx::query(
            "UPDATE cimd_policies SET id = $2, updated_at = coalesce($3, updated_at) \
             WHERE id = $1",
        )
        .bind(id)
        .bind(new)
        .bind(updated_at.map(|at| at.0))
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }

    pub async fn update(&mut self, policy: &CimdPolicy) -> Result<()> {
        sqlx::query(
            "UPDATE cimd_policies SET client_id = $2, name = $3, url_patterns = $4, \
             cache_seconds = $5, updated_at = $6 WHERE id = $1",
        )
        .bind(&policy.id)
        .bind(&policy.client_id)
        .bind(&policy.name)
        .bind(serde_json::to_string(&policy.url_patterns)?)
        .bind(policy.cache_seconds)
        .bind(policy.updated_at.0)
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }

    /// Its documents go with it.
    pub async fn delete(&mut self, id: &str) -> Result<()> {
        sqlx::query("DELETE FROM cimd_policies WHERE id = $1")
            .bind(id)
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }
}

impl<Mode> Repository<'_, ClientDocuments, Mode> {
    pub async fn find(&mut self, policy: &str, url: &str) -> Result<Option<CachedDocument>> {
        let row = sqlx::query(
            "SELECT policy_id, url, client, cached_at, expires_at FROM client_documents WHERE \
             policy_id = $1 AND url = $2",
        )
        .bind(policy)
        .bind(url)
        .fetch_optional(&mut *self.conn)
        .await?;
        row.as_ref().map(document).transpose()
    }

    /// A policy's documents by URL, after the one named.
    pub async fn list(
        &mut self,
        policy: &str,
        after: &str,
        limit: i64,
    ) -> Result<Vec<CachedDocument>> {
        let rows = sqlx::query(
            "SELECT policy_id, url, client, cached_at, expires_at FROM client_documents WHERE \
             policy_id = $1 AND url > $2 ORDER BY url LIMIT $3",
        )
        .bind(policy)
        .bind(after)
        .bind(limit)
        .fetch_all(&mut *self.conn)
        .await?;
        rows.iter().map(document).collect()
    }
}

impl Repository<'_, ClientDocuments, Writing> {
    /// Keeps a document in place of the one that there was, and of the policy's others the `most`
    /// that count longest. A policy that was deleted meanwhile keeps nothing.
    pub async fn put(&mut self, document: &CachedDocument, most: i64) -> Result<()> {
        sqlx::query(
            "INSERT INTO client_documents (policy_id, url, client, cached_at, expires_at) \
             SELECT $1, $2, $3, $4, $5 FROM cimd_policies WHERE id = $1 \
             ON CONFLICT (policy_id, url) DO UPDATE SET client = excluded.client, \
             cached_at = excluded.cached_at, expires_at = excluded.expires_at",
        )
        .bind(&document.policy_id)
        .bind(&document.url)
        .bind(serde_json::to_string(&document.client)?)
        .bind(document.cached_at.0)
        .bind(document.expires_at.0)
        .execute(&mut *self.conn)
        .await?;
        sqlx::query(
            "DELETE FROM client_documents WHERE policy_id = $1 AND url <> $2 AND url NOT IN \
             (SELECT url FROM client_documents WHERE policy_id = $1 AND url <> $2 \
             ORDER BY expires_at DESC, url LIMIT $3)",
        )
        .bind(&document.policy_id)
        .bind(&document.url)
        .bind(most - 1)
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }

    /// Whether there was one.
    pub async fn delete(&mut self, policy: &str, url: &str) -> Result<bool> {
        let done = sqlx::query("DELETE FROM client_documents WHERE policy_id = $1 AND url = $2")
            .bind(policy)
            .bind(url)
            .execute(&mut *self.conn)
            .await?;
        Ok(done.rows_affected() == 1)
    }
}
