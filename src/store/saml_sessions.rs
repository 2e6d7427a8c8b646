//! The sessions at SAML providers through which browsers' sessions began.
//!
//! Not here: the browsers' sessions (`browser_sessions.rs`), signing out
//! (`flows::federate::saml_logout`).

use std::fmt;

use sqlx::Row;

use super::{Repository, Writing};
use crate::error::Result;

/// Everything by which a provider knows a session of somebody.
#[derive(Clone, PartialEq, Eq)]
pub struct SamlSession {
    pub provider: String,
    pub name_id: String,
    pub format: Option<String>,
    pub name_qualifier: Option<String>,
    pub sp_name_qualifier: Option<String>,
    pub session_index: Option<String>,
}

impl fmt::Debug for SamlSession {
    /// Without the person's name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SamlSession")
            .field("provider", &self.provider)
            .finish_non_exhaustive()
    }
}

/// The table of sessions at SAML providers.
pub enum SamlSessions {}

impl<Mode> Repository<'_, SamlSessions, Mode> {
    /// That of a browser's session.
    pub async fn find(&mut self, browser_session: &str) -> Result<Option<SamlSession>> {
        let row = sqlx::query(
            "SELECT provider, name_id, format, name_qualifier, sp_name_qualifier, session_index \
             FROM saml_sessions WHERE browser_session = $1",
        )
        .bind(browser_session)
        .fetch_optional(&mut *self.conn)
        .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        Ok(Some(SamlSession {
            provider: row.try_get("provider")?,
            name_id: row.try_get("name_id")?,
            format: row.try_get("format")?,
            name_qualifier: row.try_get("name_qualifier")?,
            sp_name_qualifier: row.try_get("sp_name_qualifier")?,
            session_index: row.try_get("session_index")?,
        }))
    }
}

impl Repository<'_, SamlSessions, Writing> {
    pub async fn insert(&mut self, browser_session: &str, session: &SamlSession) -> Result<()> {
        sqlx::query(
            "INSERT INTO saml_sessions (browser_session, provider, name_id, format, \
             name_qualifier, sp_name_qualifier, session_index) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(browser_session)
        .bind(&session.provider)
        .bind(&session.name_id)
        .bind(&session.format)
        .bind(&session.name_qualifier)
        .bind(&session.sp_name_qualifier)
        .bind(&session.session_index)
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }
}
