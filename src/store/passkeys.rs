//! Passkeys and the challenges of registrations that are under way. Not here: what makes one valid
//! (`keys::webauthn`).

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{Repository, Writing};
use crate::clock::Timestamp;
use crate::error::Result;

/// A passkey as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    pub pool_id: String,
    /// The credential id, base64url.
    pub id: String,
    pub sub: String,
    pub relying_party_id: String,
    pub name: String,
    /// `platform` or `cross-platform`.
    pub attachment: Option<String>,
    pub transports: Vec<String>,
    /// As `keys::webauthn` encodes it.
    pub public_key: Vec<u8>,
    pub sign_count: u32,
    pub user_verified: bool,
    pub backup: Backup,
    pub created_at: Timestamp,
}

/// Whether a passkey is bound to its device or may be copied to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backup {
    NotEligible,
    Eligible,
    Exists,
}

impl Backup {
    fn column(self) -> i64 {
        match self {
            Self::NotEligible => 0,
            Self::Eligible => 1,
            Self::Exists => 2,
        }
    }

    fn from_column(value: i64) -> Result<Self> {
        match value {
            0 => Ok(Self::NotEligible),
            1 => Ok(Self::Eligible),
            2 => Ok(Self::Exists),
            other => Err(
                anyhow::anyhow!("unknown backup state {other} of a passkey in the store").into(),
            ),
        }
    }
}

/// A registration that was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeyChallenge {
    /// base64url.
    pub challenge: String,
    pub sub: String,
    pub client_id: String,
    pub relying_party_id: String,
    pub expires_at: Timestamp,
}

/// The tables of passkeys and of their challenges.
pub enum Passkeys {}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT pool_id, id, sub, relying_party_id, name, attachment, transports, \
             public_key, sign_count, user_verified, backup, \
             created_at FROM passkeys ",
            $rest
        )
    };
}

fn passkey(row: &SqliteRow) -> Result<Passkey> {
    Ok(Passkey {
        pool_id: row.try_get("pool_id")?,
        id: row.try_get("id")?,
        sub: row.try_get("sub")?,
        relying_party_id: row.try_get("relying_party_id")?,
        name: row.try_get("name")?,
        attachment: row.try_get("attachment")?,
        transports: serde_json::from_str(row.try_get("transports")?)?,
        public_key: row.try_get("public_key")?,
        sign_count: row.try_get("sign_count")?,
        user_verified: row.try_get::<i64, _>("user_verified")? != 0,
        backup: Backup::from_column(row.try_get("backup")?)?,
        created_at: Timestamp(row.try_get("created_at")?),
    })
}

impl<Mode> Repository<'_, Passkeys, Mode> {
    pub async fn find(&mut self, pool: &str, id: &str) -> Result<Option<Passkey>> {
        let row = sqlx::query(select!("WHERE pool_id = $1 AND id = $2"))
            .bind(pool)
            .bind(id)
            .fetch_optional(&mut *self.conn)
            .await?;
        row.as_ref().map(passkey).transpose()
    }

    /// A page of a user's passkeys by creation, after the one named by (creation, id).
    pub async fn list(
        &mut self,
        sub: &str,
        after: Option<(Timestamp, &str)>,
        limit: i64,
    ) -> Result<Vec<Passkey>> {
        let (at, id) = after.unwrap_or((Timestamp(i64::MIN), ""));
        let rows = sqlx::query(select!(
            "WHERE sub = $1 AND (created_at, id) > ($2, $3) ORDER BY created_at, id LIMIT $4"
        ))
        .bind(sub)
        .bind(at.0)
        .bind(id)
        .bind(limit)
        .fetch_all(&mut *self.conn)
        .await?;
        rows.iter().map(passkey).collect()
    }

    /// All passkeys that a user has for a relying party, by creation.
    pub async fn of_relying_party(&mut self, sub: &str, id: &str) -> Result<Vec<Passkey>> {
        let rows = sqlx::query(select!(
            "WHERE sub = $1 AND relying_party_id = $2 ORDER BY created_at, id"
        ))
        .bind(sub)
        .bind(id)
        .fetch_all(&mut *self.conn)
        .await?;
        rows.iter().map(passkey).collect()
    }

    /// The passkeys of these users (a JSON list of subs), each user's by creation.
    pub async fn of_users(&mut self, subs: &str) -> Result<Vec<Passkey>> {
        let rows = sqlx::query(select!(
            "WHERE sub IN (SELECT value FROM json_each($1)) ORDER BY sub, created_at, id"
        ))
        .bind(subs)
        .fetch_all(&mut *self.conn)
        .await?;
        rows.iter().map(passkey).collect()
    }

    /// How many passkeys a user has, whatever they are for.
    pub async fn count(&mut self, sub: &str) -> Result<i64> {
        Ok(
            sqlx::query_scalar("SELECT count(*) FROM passkeys WHERE sub = $1")
                .bind(sub)
                .fetch_one(&mut *self.conn)
                .await?,
        )
    }

    pub async fn find_challenge(&mut self, challenge: &str) -> Result<Option<PasskeyChallenge>> {
        let row = sqlx::query(
            "SELECT challenge, sub, client_id, relying_party_id, expires_at FROM \
             passkey_challenges WHERE challenge = $1",
        )
        .bind(challenge)
        .fetch_optional(&mut *self.conn)
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(PasskeyChallenge {
            challenge: row.try_get("challenge")?,
            sub: row.try_get("sub")?,
            client_id: row.try_get("client_id")?,
            relying_party_id: row.try_get("relying_party_id")?,
            expires_at: Timestamp(row.try_get("expires_at")?),
        }))
    }
}

impl Repository<'_, Passkeys, Writing> {
    /// Keeps a passkey; false when the pool has one with this id already, whoever's.
    pub async fn insert(&mut self, passkey: &Passkey) -> Result<bool> {
        let done = sqlx::query(
            "INSERT INTO passkeys (pool_id, id, sub, relying_party_id, name, attachment, \
             transports, public_key, sign_count, \
             user_verified, backup, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, \
             $11, $12) ON CONFLICT DO NOTHING",
        )
        .bind(&passkey.pool_id)
        .bind(&passkey.id)
        .bind(&passkey.sub)
        .bind(&passkey.relying_party_id)
        .bind(&passkey.name)
        .bind(&passkey.attachment)
        .bind(serde_json::to_string(&passkey.transports)?)
        .bind(&passkey.public_key)
        .bind(i64::from(passkey.sign_count))
        .bind(i64::from(passkey.user_verified))
        .bind(passkey.backup.column())
        .bind(passkey.created_at.0)
        .execute(&mut *self.conn)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Notes a use. False when the passkey is gone, or another use has counted as far meanwhile: of
    /// two answers with the same counter one is a copy's.
    pub async fn note_use(&mut self, passkey: &Passkey) -> Result<bool> {
        let done = sqlx::query(
            "UPDATE passkeys SET sign_count = $3, backup = $4 WHERE pool_id = $1 AND id = $2 AND \
             (sign_count < $3 OR sign_count = 0)",
        )
        .bind(&passkey.pool_id)
        .bind(&passkey.id)
        .bind(i64::from(passkey.sign_count))
        .bind(passkey.backup.column())
        .execute(&mut *self.conn)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Deletes a user's passkey; false when they have no such one.
    pub async fn delete(&mut self, sub: &str, id: &str) -> Result<bool> {
        let done = sqlx::query("DELETE FROM passkeys WHERE sub = $1 AND id = $2")
            .bind(sub)
            .bind(id)
            .execute(&mut *self.conn)
            .await?;
        Ok(done.rows_affected() == 1)
    }

    pub async fn insert_challenge(&mut self, challenge: &PasskeyChallenge) -> Result<()> {
        sqlx::query(
            "INSERT INTO passkey_challenges (challenge, sub, client_id, relying_party_id, \
             expires_at) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(&challenge.challenge)
        .bind(&challenge.sub)
        .bind(&challenge.client_id)
        .bind(&challenge.relying_party_id)
        .bind(challenge.expires_at.0)
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }

    pub async fn delete_challenge(&mut self, challenge: &str) -> Result<()> {
        sqlx::query("DELETE FROM passkey_challenges WHERE challenge = $1")
            .bind(challenge)
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }

    /// Forgets the registrations that nobody completed.
    pub async fn sweep(&mut self, now: Timestamp) -> Result<()> {
        sqlx::query("DELETE FROM passkey_challenges WHERE expires_at < $1")
            .bind(now.0)
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }
}
