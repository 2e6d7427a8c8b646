//! The people whom the pretend providers remember. Not here: the page that offers them
//! (`http::mocknito::pretend`).

use std::fmt;

use serde_json::{Map, Value};
use sqlx::Row;

use super::{Repository, Writing};
use crate::clock::Timestamp;
use crate::error::Result;

/// Somebody who signed in at a pretend provider.
#[derive(Clone, PartialEq)]
pub struct PretendPerson {
    pub pool_id: String,
    pub provider_name: String,
    pub subject: String,
    pub claims: Map<String, Value>,
    pub seen_at: Timestamp,
}

impl fmt::Debug for PretendPerson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PretendPerson")
            .field("pool_id", &self.pool_id)
            .field("provider_name", &self.provider_name)
            .finish_non_exhaustive()
    }
}

/// The table of pretend people.
pub enum PretendPeople {}

impl<Mode> Repository<'_, PretendPeople, Mode> {
    /// The people of one provider, the latest first.
    pub async fn list(
        &mut self,
        pool: &str,
        provider: &str,
        limit: i64,
    ) -> Result<Vec<PretendPerson>> {
        let rows = sqlx::query(
            "SELECT subject, claims, seen_at FROM pretend_people WHERE pool_id = $1 AND \
             provider_name = $2 \
             ORDER BY seen_at DESC, subject LIMIT $3",
        )
        .bind(pool)
        .bind(provider)
        .bind(limit)
        .fetch_all(&mut *self.conn)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(PretendPerson {
                    pool_id: pool.to_owned(),
                    provider_name: provider.to_owned(),
                    subject: row.try_get("subject")?,
                    claims: serde_json::from_str(row.try_get("claims")?)?,
                    seen_at: Timestamp(row.try_get("seen_at")?),
                })
            })
            .collect()
    }

    pub async fn find(
        &mut self,
        pool: &str,
        provider: &str,
        subject: &str,
    ) -> Result<Option<PretendPerson>> {
        let row = sqlx::query(
            "SELECT claims, seen_at FROM pretend_people WHERE pool_id = $1 AND provider_name = \
             $2 AND subject = $3",
        )
        .bind(pool)
        .bind(provider)
        .bind(subject)
        .fetch_optional(&mut *self.conn)
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(PretendPerson {
            pool_id: pool.to_owned(),
            provider_name: provider.to_owned(),
            subject: subject.to_owned(),
            claims: serde_json::from_str(row.try_get("claims")?)?,
            seen_at: Timestamp(row.try_get("seen_at")?),
        }))
    }
}

impl Repository<'_, PretendPeople, Writing> {
    /// Remembers the person, or what is said of them now.
    pub async fn put(&mut self, person: &PretendPerson) -> Result<()> {
        sqlx::query(
            "INSERT INTO pretend_people (pool_id, provider_name, subject, claims, seen_at) \
             VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (pool_id, provider_name, subject) DO UPDATE SET claims = \
             excluded.claims, seen_at = excluded.seen_at",
        )
        .bind(&person.pool_id)
        .bind(&person.provider_name)
        .bind(&person.subject)
        .bind(serde_json::to_string(&person.claims)?)
        .bind(person.seen_at.0)
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }
}
