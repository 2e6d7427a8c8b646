//! Token families: what the tokens of one sign-in have in common, and whether they still count.

use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Row, Sqlite};

use super::{Methods, Repository, Store, Writing, or_gone};
use crate::clock::Timestamp;
use crate::error::{Error, Result};

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
    /// Begun by the present request; not stored.
    pub is_new: bool,
}

/// The table of token families.
pub enum Families {}

fn family(row: &SqliteRow) -> Result<TokenFamily> {
    Ok(TokenFamily {
        origin_jti: row.try_get(0)?,
        pool_id: row.try_get(1)?,
        client_id: row.try_get(2)?,
        sub: row.try_get(3)?,
        scope: row.try_get(4)?,
        auth_time: Timestamp(row.try_get(5)?),
        expires_at: Timestamp(row.try_get(6)?),
        generation: row.try_get(7)?,
        rotated_at: row.try_get::<Option<i64>, _>(8)?.map(Timestamp),
        revoked_at: row.try_get::<Option<i64>, _>(9)?.map(Timestamp),
        resource: row.try_get(10)?,
        device_key: row.try_get(11)?,
        methods: Methods::from_column(row.try_get(12)?)?,
        acr: row.try_get(13)?,
        is_new: false,
    })
}

impl<Mode> Repository<'_, Families, Mode> {
    pub async fn find(&mut self, origin_jti: &str) -> Result<Option<TokenFamily>> {
        let row = sqlx::query(
            "SELECT origin_jti, pool_id, client_id, sub, scope, auth_time, expires_at, generation, rotated_at, revoked_at, resource, device_key, amr, acr \
             FROM token_families WHERE origin_jti = $1",
        )
        .bind(origin_jti)
        .fetch_optional(&mut *self.conn)
        .await?;
        row.as_ref().map(family).transpose()
    }
}

macro_rules! insert {
    () => {
        "INSERT INTO token_families (origin_jti, pool_id, client_id, sub, scope, auth_time, expires_at, generation, rotated_at, revoked_at, resource, device_key, amr, acr) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
    };
}

type Query = sqlx::query::Query<'static, Sqlite, SqliteArguments>;

/// The parameters of `insert!`.
fn bind(query: Query, family: &TokenFamily) -> Query {
    query
        .bind(family.origin_jti.clone())
        .bind(family.pool_id.clone())
        .bind(family.client_id.clone())
        .bind(family.sub.clone())
        .bind(family.scope.clone())
        .bind(family.auth_time.0)
        .bind(family.expires_at.0)
        .bind(family.generation)
        .bind(family.rotated_at.map(|at| at.0))
        .bind(family.revoked_at.map(|at| at.0))
        .bind(family.resource.clone())
        .bind(family.device_key.clone())
        .bind(family.methods.column())
        .bind(family.acr.clone())
}

impl Store {
    /// Begins a family with something that may be used once, given by its id and until when it
    /// could be: both or nothing, and of two racing uses one gets through. A transaction that makes
    /// one trip to the connection's thread, not four.
    pub async fn insert_family_once(
        &self,
        family: &TokenFamily,
        (used, expires_at): (&str, Timestamp),
    ) -> Result<()> {
        let mut writer = self.lock_writer().await?;
        // Set first: whoever is dropped on the way, or refused, leaves a transaction to roll back.
        writer.abandoned = true;
        let query = sqlx::query(concat!(
            "BEGIN IMMEDIATE; ",
            "INSERT INTO spent_sessions (id, expires_at) VALUES ($15, $16); ",
            insert!(),
            "; COMMIT"
        ));
        let query = bind(query, family).bind(used.to_owned()).bind(expires_at.0);
        match query.execute(&mut writer.connection).await {
            Ok(_) => {
                writer.abandoned = false;
                Ok(())
            }
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
                Err(Error::SessionSpent)
            }
            Err(error) => Err(or_gone(error)),
        }
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
        let query = sqlx::query(concat!(insert!(), " ON CONFLICT (origin_jti) DO NOTHING"));
        let done = bind(query, family).execute(&mut *self.conn).await;
        Ok(done.map_err(or_gone)?.rows_affected() == 1)
    }

    /// Makes the next generation of refresh token the valid one.
    pub async fn rotate(&mut self, origin_jti: &str, now: Timestamp) -> Result<()> {
        sqlx::query("UPDATE token_families SET generation = generation + 1, rotated_at = $2 WHERE origin_jti = $1")
            .bind(origin_jti)
            .bind(now.0)
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }

    /// Ends one family; an ended one stays as it is.
    pub async fn revoke(&mut self, origin_jti: &str, now: Timestamp) -> Result<()> {
        sqlx::query("UPDATE token_families SET revoked_at = $2 WHERE origin_jti = $1 AND revoked_at IS NULL")
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
            "UPDATE token_families SET revoked_at = $3 WHERE sub = $1 AND device_key = $2 AND revoked_at IS NULL",
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
