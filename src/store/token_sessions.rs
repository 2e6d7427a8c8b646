//! Sign-ins as sessions, where a pool tracks them. Not here: whether their tokens still count
//! (`families.rs`).

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{Repository, Writing, or_gone};
use crate::clock::Timestamp;
use crate::error::Result;

/// A session as it is stored, with its family's client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenSession {
    pub id: String,
    pub origin_jti: String,
    pub sub: String,
    pub client_id: String,
    pub created_at: Timestamp,
    pub active_at: Timestamp,
    pub device: String,
    pub ip: Option<String>,
    /// The browser's session through which it came; kept apart, by [`Repository::insert_origin`].
    pub browser_session: Option<String>,
}

/// The table of token sessions.
pub enum TokenSessions {}

fn session(row: &SqliteRow) -> Result<TokenSession> {
    Ok(TokenSession {
        id: row.try_get("id")?,
        origin_jti: row.try_get("origin_jti")?,
        sub: row.try_get("sub")?,
        client_id: row.try_get("client_id")?,
        created_at: Timestamp(row.try_get("created_at")?),
        active_at: Timestamp(row.try_get("active_at")?),
        device: row.try_get("device")?,
        ip: row.try_get("ip")?,
        browser_session: row.try_get("browser_session")?,
    })
}

impl<Mode> Repository<'_, TokenSessions, Mode> {
    /// A user's sessions that neither ended nor were revoked, the one that was active last first.
    pub async fn list(&mut self, sub: &str, now: Timestamp) -> Result<Vec<TokenSession>> {
        let rows = sqlx::query(
            "SELECT s.id, s.origin_jti, s.sub, f.client_id, s.created_at, s.active_at, s.device, \
             s.ip, o.browser_session \
             FROM token_sessions s JOIN token_families f ON f.origin_jti = s.origin_jti \
             LEFT JOIN session_origins o ON o.origin_jti = s.origin_jti \
             WHERE s.sub = $1 AND f.revoked_at IS NULL AND f.expires_at > $2 ORDER BY \
             s.active_at DESC, s.created_at DESC, s.id",
        )
        .bind(sub)
        .bind(now.0)
        .fetch_all(&mut *self.conn)
        .await?;
        rows.iter().map(session).collect()
    }
}

impl Repository<'_, TokenSessions, Writing> {
    pub async fn insert(&mut self, session: &TokenSession) -> Result<()> {
        sqlx::query(
            "INSERT INTO token_sessions (id, origin_jti, sub, created_at, active_at, device, ip) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(&session.id)
        .bind(&session.origin_jti)
        .bind(&session.sub)
        .bind(session.created_at.0)
        .bind(session.active_at.0)
        .bind(&session.device)
        .bind(&session.ip)
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }

    /// Notes that the family's session was active; families without one stay so.
    pub async fn set_active(
        &mut self,
        origin_jti: &str,
        now: Timestamp,
        device: &str,
        ip: Option<&str>,
    ) -> Result<()> {
        sqlx::query(
            "UPDATE token_sessions SET active_at = $2, device = $3, ip = $4 WHERE origin_jti = $1",
        )
        .bind(origin_jti)
        .bind(now.0)
        .bind(device)
        .bind(ip)
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }

    pub async fn delete(&mut self, id: &str) -> Result<()> {
        sqlx::query("DELETE FROM token_sessions WHERE id = $1")
            .bind(id)
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }

    /// Keeps through which browser's session a family comes. Refused as an unknown user when the
    /// user was deleted meanwhile.
    pub async fn insert_origin(
        &mut self,
        origin_jti: &str,
        browser_session: &str,
        sub: &str,
        now: Timestamp,
    ) -> Result<()> {
        let done = sqlx::query(
            "INSERT INTO session_origins (origin_jti, browser_session, sub, created_at) VALUES \
             ($1, $2, $3, $4)",
        )
        .bind(origin_jti)
        .bind(browser_session)
        .bind(sub)
        .bind(now.0)
        .execute(&mut *self.conn)
        .await;
        done.map(drop).map_err(or_gone)
    }

    /// Forgets origins of families that are gone, or that nobody began before `then`.
    pub async fn sweep_origins(&mut self, then: Timestamp) -> Result<()> {
        sqlx::query(
            "DELETE FROM session_origins WHERE created_at < $1 \
             AND NOT EXISTS (SELECT 1 FROM token_families f WHERE f.origin_jti = \
             session_origins.origin_jti)",
        )
        .bind(then.0)
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }
}
