//! The identities of identity pools and the logins that are linked to them. A login leads to one
//! identity at most: the table's key sees to it.
//!
//! Not here: the identities of users of user pools (`links.rs`), when logins are linked or moved
//! (`flows::identity_pools`).

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{Repository, Writing};
use crate::clock::Timestamp;
use crate::error::{Error, Result};

/// An identity with its logins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredIdentity {
    pub id: String,
    pub identity_pool_id: String,
    /// Nothing was ever linked to it.
    pub is_guest: bool,
    /// The identity that has taken over its logins: this one is disabled.
    pub merged_into: Option<String>,
    /// In the order in which they were linked.
    pub logins: Vec<IdentityLogin>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Somebody at a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityLogin {
    /// In AWS's form, or the developer provider's name.
    pub provider: String,
    /// The provider's id of the person.
    pub subject: String,
}

impl StoredIdentity {
    pub fn has(&self, login: &IdentityLogin) -> bool {
        self.logins.contains(login)
    }

    pub fn is_disabled(&self) -> bool {
        self.merged_into.is_some()
    }
}

/// The tables of identities and of their logins.
pub enum PoolIdentities {}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT i.id, i.identity_pool_id, i.is_guest, i.merged_into, i.created_at, \
             i.updated_at, l.provider, l.subject FROM ",
            $rest,
            "i.created_at, i.id, l.linked_at, l.provider, l.subject"
        )
    };
}

/// Identities of rows that have one login each, or none.
fn identities(rows: &[SqliteRow]) -> Result<Vec<StoredIdentity>> {
    let mut found: Vec<StoredIdentity> = Vec::new();
    for row in rows {
        let id: &str = row.try_get("id")?;
        if found.last().is_none_or(|last| last.id != id) {
            found.push(StoredIdentity {
                id: id.to_owned(),
                identity_pool_id: row.try_get("identity_pool_id")?,
                is_guest: row.try_get("is_guest")?,
                merged_into: row.try_get("merged_into")?,
                logins: Vec::new(),
                created_at: Timestamp(row.try_get("created_at")?),
                updated_at: Timestamp(row.try_get("updated_at")?),
            });
        }
        let provider: Option<String> = row.try_get("provider")?;
        let subject: Option<String> = row.try_get("subject")?;
        if let (Some(last), Some(provider), Some(subject)) = (found.last_mut(), provider, subject) {
            last.logins.push(IdentityLogin { provider, subject });
        }
    }
    Ok(found)
}

impl<Mode> Repository<'_, PoolIdentities, Mode> {
    pub async fn find(&mut self, id: &str) -> Result<Option<StoredIdentity>> {
        let rows = sqlx::query(select!(
            "pool_identities i LEFT JOIN identity_logins l ON l.identity_id = i.id \
             WHERE i.id = $1 ORDER BY "
        ))
        .bind(id)
        .fetch_all(&mut *self.conn)
        .await?;
        Ok(identities(&rows)?.pop())
    }

    /// The identity with this id; one of another identity pool is not there.
    pub async fn in_pool(&mut self, pool: &str, id: &str) -> Result<StoredIdentity> {
        let found = self.find(id).await?;
        found
            .filter(|identity| identity.identity_pool_id == pool)
            .ok_or_else(|| Error::IdentityNotFound { id: id.to_owned() })
    }

    /// The id of the identity to which the login is linked.
    pub async fn owner(
        &mut self,
        pool: &str,
        provider: &str,
        subject: &str,
    ) -> Result<Option<String>> {
        let id = sqlx::query_scalar(
            "SELECT identity_id FROM identity_logins \
             WHERE identity_pool_id = $1 AND provider = $2 AND subject = $3",
        )
        .bind(pool)
        .bind(provider)
        .bind(subject)
        .fetch_optional(&mut *self.conn)
        .await?;
        Ok(id)
    }

    /// A pool's identities by creation, after the one named by (creation, id).
    pub async fn list(
        &mut self,
        pool: &str,
        hide_disabled: bool,
        after: Option<(Timestamp, &str)>,
        limit: i64,
    ) -> Result<Vec<StoredIdentity>> {
        let (at, id) = after.unwrap_or((Timestamp(i64::MIN), ""));
        let rows = sqlx::query(select!(
            "(SELECT * FROM pool_identities WHERE identity_pool_id = $1 \
             AND (created_at, id) > ($2, $3) AND NOT ($4 AND merged_into IS NOT NULL) \
             ORDER BY created_at, id LIMIT $5) i \
             LEFT JOIN identity_logins l ON l.identity_id = i.id ORDER BY "
        ))
        .bind(pool)
        .bind(at.0)
        .bind(id)
        .bind(hide_disabled)
        .bind(limit)
        .fetch_all(&mut *self.conn)
        .await?;
        identities(&rows)
    }
}

impl Repository<'_, PoolIdentities, Writing> {
    /// Inserts the identity, whose pool may be gone since it was read, and links its logins.
    pub async fn insert(&mut self, identity: &StoredIdentity) -> Result<()> {
        // The pool is looked for here because to borrow its own table for a write ends all copies
        // of settings, at each new guest.
        let done = sqlx::query(
            "INSERT INTO pool_identities (id, identity_pool_id, is_guest, merged_into, \
             created_at, updated_at) \
             SELECT $1, id, $3, $4, $5, $6 FROM identity_pools WHERE id = $2",
        )
        .bind(&identity.id)
        .bind(&identity.identity_pool_id)
        .bind(identity.is_guest)
        .bind(&identity.merged_into)
        .bind(identity.created_at.0)
        .bind(identity.updated_at.0)
        .execute(&mut *self.conn)
        .await?;
        if done.rows_affected() == 0 {
            return Err(Error::IdentityPoolNotFound {
                id: identity.identity_pool_id.clone(),
            });
        }
        for login in &identity.logins {
            self.link(identity, login, identity.created_at).await?;
        }
        Ok(())
    }

    /// Updates the identity itself. Its logins have verbs of their own.
    pub async fn update(&mut self, identity: &StoredIdentity) -> Result<()> {
        sqlx::query(
            "UPDATE pool_identities SET is_guest = $2, merged_into = $3, updated_at = $4 \
             WHERE id = $1",
        )
        .bind(&identity.id)
        .bind(identity.is_guest)
        .bind(&identity.merged_into)
        .bind(identity.updated_at.0)
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }

    /// Links a login that leads to no identity yet.
    pub async fn link(
        &mut self,
        identity: &StoredIdentity,
        login: &IdentityLogin,
        now: Timestamp,
    ) -> Result<()> {
        sqlx::query(
            "INSERT INTO identity_logins (identity_pool_id, provider, subject, identity_id, \
             linked_at) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(&identity.identity_pool_id)
        .bind(&login.provider)
        .bind(&login.subject)
        .bind(&identity.id)
        .bind(now.0)
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }

    /// Moves all logins of one identity to another one of the same pool.
    pub async fn move_logins(&mut self, from: &str, to: &str) -> Result<()> {
        sqlx::query("UPDATE identity_logins SET identity_id = $2 WHERE identity_id = $1")
            .bind(from)
            .bind(to)
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }

    pub async fn unlink(&mut self, identity: &str, login: &IdentityLogin) -> Result<()> {
        sqlx::query(
            "DELETE FROM identity_logins WHERE identity_id = $1 AND provider = $2 AND subject = $3",
        )
        .bind(identity)
        .bind(&login.provider)
        .bind(&login.subject)
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }

    /// Deletes the identity with its logins.
    pub async fn delete(&mut self, id: &str) -> Result<()> {
        sqlx::query("DELETE FROM pool_identities WHERE id = $1")
            .bind(id)
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }
}
