//! Who is signed in at which browser: the sessions behind managed login's cookie.
//!
//! Not here: the cookie (`http::oauth::browser`), how long a client may use a session
//! (`domain::session_settings`).

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{Methods, Repository, Writing, or_gone};
use crate::clock::Timestamp;
use crate::error::Result;

/// A user who is signed in at one browser, in one pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrowserSession {
    pub id: String,
    pub pool_id: String,
    /// Where the user signed in; all clients of the pool may use the session.
    pub client_id: String,
    pub sub: String,
    pub auth_time: Timestamp,
    pub device_key: Option<String>,
    /// How the user proved who they are.
    pub methods: Methods,
    pub used_at: Timestamp,
    pub expires_at: Timestamp,
}

/// The table of browsers' sessions.
pub enum BrowserSessions {}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, pool_id, client_id, sub, auth_time, device_key, used_at, expires_at, amr \
             FROM browser_sessions ",
            $rest
        )
    };
}

fn session(row: &SqliteRow) -> Result<BrowserSession> {
    Ok(BrowserSession {
        id: row.try_get("id")?,
        pool_id: row.try_get("pool_id")?,
        client_id: row.try_get("client_id")?,
        sub: row.try_get("sub")?,
        auth_time: Timestamp(row.try_get("auth_time")?),
        device_key: row.try_get("device_key")?,
        used_at: Timestamp(row.try_get("used_at")?),
        expires_at: Timestamp(row.try_get("expires_at")?),
        methods: Methods::from_column(row.try_get("amr")?)?,
    })
}

impl<Mode> Repository<'_, BrowserSessions, Mode> {
    /// The session with this id, if it is one of this pool.
    pub async fn find(&mut self, pool: &str, id: &str) -> Result<Option<BrowserSession>> {
        let row = sqlx::query(select!("WHERE id = $1 AND pool_id = $2"))
            .bind(id)
            .bind(pool)
            .fetch_optional(&mut *self.conn)
            .await?;
        row.as_ref().map(session).transpose()
    }

    /// A user's sessions, the newest first, expired ones included.
    pub async fn of_user(&mut self, sub: &str) -> Result<Vec<BrowserSession>> {
        let rows = sqlx::query(select!("WHERE sub = $1 ORDER BY auth_time DESC, id"))
            .bind(sub)
            .fetch_all(&mut *self.conn)
            .await?;
        rows.iter().map(session).collect()
    }
}

impl Repository<'_, BrowserSessions, Writing> {
    /// Refused as an unknown user when the user was deleted while signing in.
    pub async fn insert(&mut self, session: &BrowserSession) -> Result<()> {
        let done = sqlx::query(
            "INSERT INTO browser_sessions (id, pool_id, client_id, sub, auth_time, device_key, \
             used_at, expires_at, amr) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(&session.id)
        .bind(&session.pool_id)
        .bind(&session.client_id)
        .bind(&session.sub)
        .bind(session.auth_time.0)
        .bind(&session.device_key)
        .bind(session.used_at.0)
        .bind(session.expires_at.0)
        .bind(session.methods.column())
        .execute(&mut *self.conn)
        .await;
        done.map(drop).map_err(or_gone)
    }

    /// Notes that a client used the session.
    pub async fn touch(&mut self, id: &str, now: Timestamp) -> Result<()> {
        sqlx::query("UPDATE browser_sessions SET used_at = $2 WHERE id = $1")
            .bind(id)
            .bind(now.0)
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }

    /// Ends a session of this pool; false when there was none.
    pub async fn delete(&mut self, pool: &str, id: &str) -> Result<bool> {
        let done = sqlx::query("DELETE FROM browser_sessions WHERE id = $1 AND pool_id = $2")
            .bind(id)
            .bind(pool)
            .execute(&mut *self.conn)
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Ends all sessions of a user.
    pub async fn delete_all(&mut self, sub: &str) -> Result<()> {
        sqlx::query("DELETE FROM browser_sessions WHERE sub = $1")
            .bind(sub)
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }

    /// Forgets sessions that nobody may use any more.
    pub async fn sweep(&mut self, now: Timestamp) -> Result<()> {
        sqlx::query("DELETE FROM browser_sessions WHERE expires_at < $1")
            .bind(now.0)
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }
}
