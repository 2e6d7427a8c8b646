//! Which identity of a provider leads to which user.
//!
//! Not here: how that shows in the attribute `identities` (`domain::identities`).

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{Repository, Writing};
use crate::clock::Timestamp;
use crate::error::Result;

/// The name under which links know a provider's own id of a person, whatever the provider calls it.
pub const SUBJECT: &str = "Cognito_Subject";

/// An identity of a provider and the user who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderLink {
    pub pool_id: String,
    pub provider_name: String,
    /// [`SUBJECT`], or the mapped attribute by which the link waits for its first sign-in.
    pub attribute: String,
    pub value: String,
    pub sub: String,
    pub provider_type: String,
    pub issuer: Option<String>,
    /// Whether the user was made with it.
    pub primary: bool,
    pub created_at: Timestamp,
}

/// The table of identities.
pub enum Links {}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT pool_id, provider_name, attribute, value, sub, provider_type, issuer, \
             is_primary, created_at FROM identities ",
            $rest
        )
    };
}

fn link(row: &SqliteRow) -> Result<ProviderLink> {
    Ok(ProviderLink {
        pool_id: row.try_get("pool_id")?,
        provider_name: row.try_get("provider_name")?,
        attribute: row.try_get("attribute")?,
        value: row.try_get("value")?,
        sub: row.try_get("sub")?,
        provider_type: row.try_get("provider_type")?,
        issuer: row.try_get("issuer")?,
        primary: row.try_get::<i64, _>("is_primary")? != 0,
        created_at: Timestamp(row.try_get("created_at")?),
    })
}

impl<Mode> Repository<'_, Links, Mode> {
    /// The identity with this value. The provider's own ids count letter by letter, whatever the
    /// pool makes of user names.
    pub async fn find(
        &mut self,
        pool: &str,
        provider: &str,
        attribute: &str,
        value: &str,
    ) -> Result<Option<ProviderLink>> {
        let row = sqlx::query(select!(
            "WHERE pool_id = $1 AND provider_name = $2 AND attribute = $3 AND value = $4"
        ))
        .bind(pool)
        .bind(provider)
        .bind(attribute)
        .bind(value)
        .fetch_optional(&mut *self.conn)
        .await?;
        row.as_ref().map(link).transpose()
    }

    /// The identities of these users (a JSON list of subs), as `list_of_user` has each one's.
    pub async fn of_users(&mut self, subs: &str) -> Result<Vec<ProviderLink>> {
        let rows = sqlx::query(select!(
            "WHERE sub IN (SELECT value FROM json_each($1)) \
             ORDER BY sub, is_primary DESC, created_at, provider_name, value"
        ))
        .bind(subs)
        .fetch_all(&mut *self.conn)
        .await?;
        rows.iter().map(link).collect()
    }

    /// All identities of a user: the primary one, then the others by their date.
    pub async fn list_of_user(&mut self, sub: &str) -> Result<Vec<ProviderLink>> {
        let rows = sqlx::query(select!(
            "WHERE sub = $1 ORDER BY is_primary DESC, created_at, provider_name, value"
        ))
        .bind(sub)
        .fetch_all(&mut *self.conn)
        .await?;
        rows.iter().map(link).collect()
    }
}

impl Repository<'_, Links, Writing> {
    pub async fn insert(&mut self, link: &ProviderLink) -> Result<()> {
        sqlx::query(
            "INSERT INTO identities (pool_id, provider_name, attribute, value, sub, \
             provider_type, issuer, is_primary, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(&link.pool_id)
        .bind(&link.provider_name)
        .bind(&link.attribute)
        .bind(&link.value)
        .bind(&link.sub)
        .bind(&link.provider_type)
        .bind(&link.issuer)
        .bind(i64::from(link.primary))
        .bind(link.created_at.0)
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }

    pub async fn delete(&mut self, link: &ProviderLink) -> Result<()> {
        sqlx::query(
            "DELETE FROM identities WHERE pool_id = $1 AND provider_name = $2 AND attribute = $3 \
             AND value = $4",
        )
        .bind(&link.pool_id)
        .bind(&link.provider_name)
        .bind(&link.attribute)
        .bind(&link.value)
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }
}
