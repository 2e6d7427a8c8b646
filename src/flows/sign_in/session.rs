//! What a client carries between two steps of a sign-in: the `Session`, and in it how far the sign-in has come.
//!
//! A session is sealed; it names its pool, client, entrance, user and challenge, expires, and can be answered with success once.

use serde::{Deserialize, Serialize};

use super::{Entrance, Visit};
use crate::error::{Error, Result};
use crate::flows::challenge::OneTime;
use crate::flows::triggers::TokenSource;
use crate::flows::users;
use crate::keys::Purpose;
use crate::store::User;

/// What has been proved so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Progress {
    /// The key of the device that the client says it is on.
    pub device_key: Option<String>,
    /// The step that a sign-in by the pool's own challenges has come to: see `custom`.
    pub custom: Option<String>,
    /// Why tokens will be made, as the pool's function is told.
    pub source: TokenSource,
}

impl Progress {
    /// Where a sign-in begins: nothing is proved yet.
    pub fn of(visit: Visit<'_>) -> Self {
        Self::default().on_device(visit)
    }

    /// With the device that this request names, if it does.
    pub fn on_device(mut self, visit: Visit<'_>) -> Self {
        if let Some(key) = visit.given.get("DEVICE_KEY") {
            self.device_key = Some(key.to_owned());
        }
        self
    }
}

/// Which challenge a session answers, with what its answer is checked against.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Asked {
    NewPassword,
    Custom,
}

/// What a `Session` string holds.
#[derive(Serialize, Deserialize)]
pub(super) struct Session {
    pub once: OneTime,
    pool_id: String,
    client_id: String,
    entrance: Entrance,
    pub sub: String,
    pub asked: Asked,
    pub progress: Progress,
}

/// All sessions are sealed to the same context: some operations get nothing else, so whose it is stands inside.
const CONTEXT: &str = "sign-in";

impl Session {
    /// A new session for this user's next challenge, sealed.
    pub fn begin(visit: Visit<'_>, sub: &str, asked: Asked, progress: Progress) -> Result<String> {
        let session = Self {
            once: OneTime::new(visit.ctx, visit.client),
            pool_id: visit.pool.id.clone(),
            client_id: visit.client.id.clone(),
            entrance: visit.entrance,
            sub: sub.to_owned(),
            asked,
            progress,
        };
        let plain = serde_json::to_vec(&session)?;
        let seal = &visit.ctx.app.keys.seal;
        Ok(seal.seal(Purpose::Session, CONTEXT, &plain, &mut visit.ctx.rng()))
    }

    /// Opens the session of an answer. Refuses what was made elsewhere, for another client or entrance, has expired or was answered before.
    pub async fn open(visit: Visit<'_>, sealed: Option<&str>) -> Result<Self> {
        // (unsure) The words for a missing session come from field reports.
        let sealed = sealed.ok_or_else(|| Error::MissingParameter {
            name: "Session".to_owned(),
        })?;
        let seal = &visit.ctx.app.keys.seal;
        let plain = seal
            .open(Purpose::Session, CONTEXT, sealed)
            .ok_or(Error::SessionInvalid)?;
        let session: Self = serde_json::from_slice(&plain).map_err(|_| Error::SessionInvalid)?;
        let is_ours = session.pool_id == visit.pool.id
            && session.client_id == visit.client.id
            && session.entrance.leads_to(visit.entrance);
        if !is_ours {
            return Err(Error::SessionInvalid);
        }
        session.once.check(visit.ctx).await?;
        Ok(session)
    }

    /// The user whom the session is about. They may be named by any of their names, but must be the one who was asked.
    pub async fn user(&self, visit: Visit<'_>) -> Result<User> {
        let username = visit.username()?;
        let user = users::find(visit.ctx, visit.pool, username)
            .await?
            .filter(|user| user.sub == self.sub)
            .ok_or(Error::SessionInvalid)?;
        if user.enabled {
            Ok(user)
        } else {
            Err(Error::UserDisabled)
        }
    }
}
