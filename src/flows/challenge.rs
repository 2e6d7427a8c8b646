//! Challenge sessions: what a client carries between two steps of a sign-in.
//!
//! A session is sealed to its pool and client, names its user and challenge, expires, and can be answered with success once.

use serde::{Deserialize, Serialize};

use crate::app::Ctx;
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::ids;
use crate::keys::Purpose;
use crate::store::{Client, Write};
use crate::wire::user_pools::ChallengeNameType;

/// What a `Session` string holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Its own id, under which it is remembered once answered.
    id: String,
    pub sub: String,
    challenge: String,
    expires_at: i64,
}

impl Session {
    /// A new session for this user's next challenge, sealed for the client.
    pub fn begin(
        ctx: &Ctx,
        client: &Client,
        sub: &str,
        challenge: ChallengeNameType,
    ) -> Result<String> {
        let session = Self {
            id: ids::uuid(&mut ctx.rng()),
            sub: sub.to_owned(),
            challenge: challenge.as_str().to_owned(),
            expires_at: ctx.now.plus(client.session_validity()).0,
        };
        let plain = serde_json::to_vec(&session)?;
        Ok(ctx
            .app
            .keys
            .seal
            .seal(Purpose::Session, &context(client), &plain, &mut ctx.rng()))
    }

    /// Opens a session that answers this challenge. Refuses what was made elsewhere, for another client or challenge, has expired or was
    /// answered before.
    pub async fn open(
        ctx: &Ctx,
        client: &Client,
        sealed: &str,
        challenge: ChallengeNameType,
    ) -> Result<Self> {
        let plain = ctx
            .app
            .keys
            .seal
            .open(Purpose::Session, &context(client), sealed)
            .ok_or(Error::SessionInvalid)?;
        let session: Self = serde_json::from_slice(&plain).map_err(|_| Error::SessionInvalid)?;
        if session.challenge != challenge.as_str() {
            return Err(Error::SessionInvalid);
        }
        if session.expires_at <= ctx.now.0 {
            return Err(Error::SessionExpired);
        }
        if ctx
            .store()
            .read()
            .await?
            .sessions()
            .is_spent(&session.id)
            .await?
        {
            return Err(Error::SessionSpent);
        }
        Ok(session)
    }

    /// Ends the session as part of what its answer changes. Of two racing answers one gets through.
    pub async fn spend(&self, write: &mut Write<'_>) -> Result<()> {
        if write
            .sessions()
            .spend(&self.id, Timestamp(self.expires_at))
            .await?
        {
            Ok(())
        } else {
            Err(Error::SessionSpent)
        }
    }
}

fn context(client: &Client) -> String {
    format!("{}/{}", client.pool_id, client.id)
}
