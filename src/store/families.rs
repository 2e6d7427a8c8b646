//! Token families: what the tokens of one sign-in have in common, and whether they still count.

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{Client, Methods, Repository, Writing, or_gone};
use crate::clock::Timestamp;
use crate::error::Result;

/// The state behind one sign-in's refresh token.
#[derive(Debug, Clone)]
pub struct TokenFamily {
    pub origin_jti: String,
    pub pool_id: String,
    pub client_id: String,
    pub sub: String,
    /// Space-separated, as first granted.
    pub scope: String,
    pub auth_time: Timestamp,
    pub expires_at: Timestamp,
    /// How often the refresh token was rotated.
    pub generation: i64,
    pub rotated_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
    /// The audience of its access tokens, where the client asked for one (RFC 8707).
    pub resource: Option<String>,
    /// The device that signed in, or that the sign-in made.
    pub device_key: Option<String>,
    /// How the user proved who they are.
    pub methods: Methods,
    /// The name of the level that this reached. None where the tokens do not tell it, nor the
    /// methods.
    pub acr: Option<String>,
    /// The URL of the metadata document by which the client named itself, if it did.
    pub metadata_url: Option<String>,
    /// Begun by the present request; not stored.
    pub is_new: bool,
}

impl TokenFamily {
    /// Whether it was begun for this client, by the name that the client gives itself now.
    pub fn is_of(&self, client: &Client) -> bool {
        client.is_known_as(&self.client_id, self.metadata_url.as_deref())
    }
}

/// The table of token families.
pub enum Families {}

/// A query for families, which starts with all their columns.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT origin_jti, pool_id, client_id, sub, scope, auth_time, expires_at, \
             generation, rotated_at, revoked_at, resource, device_key, amr, acr, \
             metadata_url FROM token_families ",
            $rest
        )
    };
}

fn family(row: &SqliteRow) -> Result<TokenFamily> {
    Ok(TokenFamily {
        origin_jti: row.try_get("origin_jti")?,
        pool_id: row.try_get("pool_id")?,
        client_id: row.try_get("client_id")?,
        sub: row.try_get("sub")?,
        scope: row.try_get("scope")?,
        auth_time: Timestamp(row.try_get("auth_time")?),
        expires_at: Timestamp(row.try_get("expires_at")?),
        generation: row.try_get("generation")?,
        rotated_at: row.try_get::<Option<i64>, _>("rotated_at")?.map(Timestamp),
        revoked_at: row.try_get::<Option<i64>, _>("revoked_at")?.map(Timestamp),
        resource: row.try_get("resource")?,
        device_key: row.try_get("device_key")?,
        methods: Methods::from_column(row.try_get("amr")?)?,
        acr: row.try_get("acr")?,
        metadata_url: row.try_get("metadata_url")?,
        is_new: false,
    })
}

impl<Mode> Repository<'_, Families, Mode> {
    pub async fn find(&mut self, origin_jti: &str) -> Result<Option<TokenFamily>> {
        let row = sqlx::query(select!("WHERE origin_jti = $1"))
            .bind(origin_jti)
            .fetch_optional(&mut *self.conn)
            .await?;
        row.as_ref().map(family).transpose()
    }

    /// A user's families that neither ended nor were revoked, the newest first.
    pub async fn of_user(
        &mut self,
        sub: &str,
        now: Timestamp,
        limit: i64,
    ) -> Result<Vec<TokenFamily>> {
        let rows = sqlx::query(select!(
            "WHERE sub = $1 AND revoked_at IS NULL AND expires_at > $2 \
             ORDER BY auth_time DESC, origin_jti LIMIT $3"
        ))
        .bind(sub)
        .bind(now.0)
        .bind(limit)
        .fetch_all(&mut *self.conn)
        .await?;
        rows.iter().map(family).collect()
    }
}

impl Repository<'_, Families, Writing> {
    /// Begins a family. Refused as an unknown user when the user, or the client, was deleted while
    /// signing in.
    pub async fn insert(&mut self, family: &TokenFamily) -> Result<()> {
        self.begin(family).await.map(drop)
    }

    /// As [`Repository::insert`]; false when the family was begun before, so that of two who would
    /// begin it one does.
    pub async fn begin(&mut self, family: &TokenFamily) -> Result<bool> {
        let done = sqlx::query(
            "INSERT INTO token_families (origin_jti, pool_id, client_id, sub, scope, auth_time, \
             expires_at, generation, rotated_at, revoked_at, resource, device_key, amr, acr, \
             metadata_url) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) \
             ON CONFLICT (origin_jti) DO NOTHING",
        )
        .bind(&family.origin_jti)
        .bind(&family.pool_id)
        .bind(&family.client_id)
        .bind(&family.sub)
        .bind(&family.scope)
        .bind(family.auth_time.0)
        .bind(family.expires_at.0)
        .bind(family.generation)
        .bind(family.rotated_at.map(|at| at.0))
        .bind(family.revoked_at.map(|at| at.0))
        .bind(&family.resource)
        .bind(&family.device_key)
        .bind(family.methods.column())
        .bind(&family.acr)
        .bind(&family.metadata_url)
        .execute(&mut *self.conn)
        .await;
        Ok(done.map_err(or_gone)?.rows_affected() == 1)
    }

    /// Makes the next generation of refresh token the valid one.
    pub async fn rotate(&mut self, origin_jti: &str, now: Timestamp) -> Result<()> {
        sqlx::query(
            "UPDATE token_families SET generation = generation + 1, rotated_at = $2 WHERE \
             origin_jti = $1",
        )
        .bind(origin_jti)
        .bind(now.0)
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }

    /// Ends one family; an ended one stays as it is.
    pub async fn revoke(&mut self, origin_jti: &str, now: Timestamp) -> Result<()> {
        sqlx::query(
            "UPDATE token_families SET revoked_at = $2 WHERE origin_jti = $1 AND revoked_at IS \
             NULL",
        )
        .bind(origin_jti)
        .bind(now.0)
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }

    /// Ends all families of a user.
    pub async fn revoke_all(&mut self, sub: &str, now: Timestamp) -> Result<()> {
        sqlx::query(
            "UPDATE token_families SET revoked_at = $2 WHERE sub = $1 AND revoked_at IS NULL",
        )
        .bind(sub)
        .bind(now.0)
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }

    /// Ends all families of a device.
    pub async fn revoke_device(&mut self, sub: &str, device: &str, now: Timestamp) -> Result<()> {
        sqlx::query(
            "UPDATE token_families SET revoked_at = $3 WHERE sub = $1 AND device_key = $2 AND \
             revoked_at IS NULL",
        )
        .bind(sub)
        .bind(device)
        .bind(now.0)
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }

    /// Forgets families whose refresh token ended before `then`. An access token outlives its
    /// refresh token by a day at the most, so `then` must be at least that far back.
    pub async fn sweep(&mut self, then: Timestamp) -> Result<()> {
        sqlx::query("DELETE FROM token_families WHERE expires_at < $1")
            .bind(then.0)
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }
}
