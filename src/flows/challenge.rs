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

/// What can be used once: remembered from its first use until it would have expired anyway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OneTime {
    id: String,
    expires_at: i64,
}

impl OneTime {
    /// Something that this client may use once, as long as its challenges last.
    pub fn new(ctx: &Ctx, client: &Client) -> Self {
        Self {
            id: ids::uuid(&mut ctx.rng()),
            expires_at: ctx.now.plus(client.session_validity()).0,
        }
    }

    /// Refuses what has expired or was used before.
    pub async fn check(&self, ctx: &Ctx) -> Result<()> {
        if self.expires_at <= ctx.now.0 {
            return Err(Error::SessionExpired);
        }
        let spent = ctx
            .store()
            .read()
            .await?
            .sessions()
            .is_spent(&self.id)
            .await?;
        if spent {
            Err(Error::SessionSpent)
        } else {
            Ok(())
        }
    }

    /// Uses it, as part of what its use changes. Of two racing uses one gets through.
    pub async fn spend(&self, write: &mut Write<'_>) -> Result<()> {
        let first = write
            .sessions()
            .spend(&self.id, Timestamp(self.expires_at))
            .await?;
        if first {
            Ok(())
        } else {
            Err(Error::SessionSpent)
        }
    }
}

/// What a `Session` string holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    pub once: OneTime,
    pub sub: String,
    challenge: String,
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
            once: OneTime::new(ctx, client),
            sub: sub.to_owned(),
            challenge: challenge.as_str().to_owned(),
        };
        let plain = serde_json::to_vec(&session)?;
        let seal = &ctx.app.keys.seal;
        Ok(seal.seal(Purpose::Session, &context(client), &plain, &mut ctx.rng()))
    }

    /// Opens a session that answers this challenge. Refuses what was made elsewhere, for another client or challenge, has expired or was
    /// answered before.
    pub async fn open(
        ctx: &Ctx,
        client: &Client,
        sealed: &str,
        challenge: ChallengeNameType,
    ) -> Result<Self> {
        let seal = &ctx.app.keys.seal;
        let plain = seal
            .open(Purpose::Session, &context(client), sealed)
            .ok_or(Error::SessionInvalid)?;
        let session: Self = serde_json::from_slice(&plain).map_err(|_| Error::SessionInvalid)?;
        if session.challenge != challenge.as_str() {
            return Err(Error::SessionInvalid);
        }
        session.once.check(ctx).await?;
        Ok(session)
    }
}

/// What a challenge is sealed to.
pub fn context(client: &Client) -> String {
    format!("{}/{}", client.pool_id, client.id)
}
