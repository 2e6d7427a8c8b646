//! What a client carries between two steps of a sign-in: the `Session`, and in it how far the
//! sign-in has come.
//!
//! A session is sealed; it names its pool, client, entrance, user and challenge, expires, and can
//! be answered with success once.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::one_time_code::SentCode;
use super::set_up::SetUp;
use super::who::Who;
use super::{Entrance, Visit};
use crate::app::Ctx;
use crate::domain::authentication_levels::Level;
use crate::error::{Error, Result};
use crate::flows::challenge::OneTime;
use crate::flows::triggers::TokenSource;
use crate::flows::users;
use crate::keys::Purpose;
use crate::store::{Method, Methods, MfaFactor, User};

/// What has been proved so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Progress {
    /// The first factor, once it was right.
    pub first: Option<First>,
    /// The second factor was right.
    pub second: bool,
    /// In which ways all that was proved, some of it perhaps at another time.
    pub methods: Methods,
    /// The level that is to be reached, or nobody gets in.
    pub target: Option<Level>,
    /// The key of the device that the client says it is on.
    pub device_key: Option<String>,
    /// The device has proved itself.
    pub device: Option<DeviceProof>,
    /// The step that a sign-in by the pool's own challenges has come to: see `custom`.
    pub custom: Option<String>,
    /// Why tokens will be made, as the pool's function is told.
    pub source: TokenSource,
    /// The record of this sign-in, in pools that keep one.
    pub event: Option<String>,
    /// It was judged how risky this sign-in is.
    pub judged: bool,
    /// It is so risky that a second factor is asked for, chosen or not.
    pub at_risk: bool,
}

/// A first factor that was right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum First {
    Password,
    /// A one-time password, by e-mail or SMS.
    Code(Method),
    /// A passkey, of one kind or the other.
    Passkey(Method),
    /// The code that has just confirmed a sign-up.
    SignUp,
    /// The challenges of the pool's own functions.
    Custom,
    /// What was proved at another time: see `step_up`.
    Before,
}

impl First {
    /// What it adds to `amr`. The answers that a pool's own functions took are of no known kind,
    /// and a code that confirmed a sign-up says that an address can be read, not who signs in
    /// (unsure).
    pub fn method(self) -> Option<Method> {
        match self {
            Self::Password => Some(Method::Password),
            Self::Code(method) | Self::Passkey(method) => Some(method),
            Self::SignUp | Self::Custom | Self::Before => None,
        }
    }
}

/// What a device's proof is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum DeviceProof {
    /// It takes the second factor's place.
    ReplacesMfa,
    BesideMfa,
}

impl Progress {
    /// Where a sign-in begins: nothing is proved yet.
    pub fn of(visit: Visit<'_>) -> Self {
        Self::default().on_device(visit)
    }

    /// With the device that this request names, if it does. A device that has proved itself stays
    /// the one.
    pub fn on_device(mut self, visit: Visit<'_>) -> Self {
        if self.device.is_none()
            && let Some(key) = visit.given.get("DEVICE_KEY")
        {
            self.device_key = Some(key.to_owned());
        }
        self
    }
}

/// Which challenge a session answers, with what its answer is checked against.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Asked {
    /// USER_AUTH: which first factor.
    Choice,
    Password,
    PasswordSrp,
    /// The proof itself is checked against SECRET_BLOCK.
    PasswordVerifier,
    /// A code that was sent, as the first or the second factor.
    Code(SentCode),
    /// What `flows::passkeys` has to know again.
    Passkey(Value),
    NewPassword,
    /// Its answer is judged by the pool's function.
    Custom,
    Device,
    /// The proof itself is checked against SECRET_BLOCK.
    DeviceVerifier,
    SoftwareToken,
    MfaChoice(Vec<MfaFactor>),
    SetUp(SetUp),
    /// No challenge: what SignUp and ConfirmSignUp give.
    SignUp {
        confirmed: bool,
    },
}

impl Asked {
    /// Whether it asks for a first factor that the user may exchange for another one.
    pub fn is_exchangeable(&self) -> bool {
        match self {
            Self::Choice | Self::Password | Self::PasswordSrp | Self::Passkey(_) => true,
            Self::Code(code) => code.is_first_factor(),
            _ => false,
        }
    }
}

/// What a `Session` string holds.
#[derive(Serialize, Deserialize)]
pub(super) struct Session {
    pub once: OneTime,
    pool_id: String,
    client_id: String,
    entrance: Entrance,
    /// Made up for a user who does not exist.
    sub: String,
    exists: bool,
    pub asked: Asked,
    pub progress: Progress,
}

/// All sessions are sealed to the same context: some operations get nothing else, so whose it is
/// stands inside.
const CONTEXT: &str = "sign-in";

impl Session {
    /// A new session for this user's next challenge, sealed.
    pub fn begin(
        visit: Visit<'_>,
        user: &User,
        asked: Asked,
        progress: Progress,
    ) -> Result<String> {
        let once = OneTime::new(visit.ctx, visit.client);
        Self::with(visit, once, (&user.sub, true), asked, progress)
    }

    /// As [`Session::begin`], for somebody who may not exist.
    pub fn begin_for(
        visit: Visit<'_>,
        who: &Who,
        asked: Asked,
        progress: Progress,
    ) -> Result<String> {
        let once = OneTime::new(visit.ctx, visit.client);
        Self::with(visit, once, who.subject(), asked, progress)
    }

    /// As [`Session::begin_for`], used up with something else.
    pub fn with(
        visit: Visit<'_>,
        once: OneTime,
        (sub, exists): (&str, bool),
        asked: Asked,
        progress: Progress,
    ) -> Result<String> {
        let session = Self {
            once,
            pool_id: visit.pool.id.clone(),
            client_id: visit.client.id.clone(),
            entrance: visit.entrance,
            sub: sub.to_owned(),
            exists,
            asked,
            progress,
        };
        let plain = serde_json::to_vec(&session)?;
        Ok(visit.ctx.seal(Purpose::Session, CONTEXT, &plain))
    }

    /// Opens the session of an answer. Refuses what was made elsewhere, for another client or
    /// entrance, has expired or was answered before.
    pub async fn open(visit: Visit<'_>, sealed: Option<&str>) -> Result<Self> {
        // (unsure) The words for a missing session come from field reports.
        let sealed = sealed.ok_or_else(|| Error::MissingParameter {
            name: "Session".to_owned(),
        })?;
        let session = Self::unseal(visit.ctx, sealed)?;
        let is_ours = session.pool_id == visit.pool.id
            && session.client_id == visit.client.id
            && session.entrance.leads_to(visit.entrance);
        if !is_ours {
            return Err(Error::SessionInvalid);
        }
        session.once.check(visit.ctx).await?;
        Ok(session)
    }

    /// What was sealed here. Whether it may be used is still to be checked: [`Session::open`].
    fn unseal(ctx: &Ctx, sealed: &str) -> Result<Self> {
        let seal = &ctx.app.keys.seal;
        let plain = seal
            .open(Purpose::Session, CONTEXT, sealed)
            .ok_or(Error::SessionInvalid)?;
        serde_json::from_slice(&plain).map_err(|_| Error::SessionInvalid)
    }

    /// The client that a session was made for, where nothing else names it.
    pub fn client_id(ctx: &Ctx, sealed: &str) -> Result<String> {
        Ok(Self::unseal(ctx, sealed)?.client_id)
    }

    /// The user whom the session is about, as it is now.
    pub async fn its_user(&self, visit: Visit<'_>) -> Result<User> {
        let mut read = visit.ctx.store().read().await?;
        let user = read.users().find_by_sub(&visit.pool.id, &self.sub).await?;
        enabled(user.ok_or(Error::SessionInvalid)?)
    }

    /// The same. The answer may name the user by any of their names, but it must be the one who was
    /// asked.
    pub async fn user(&self, visit: Visit<'_>) -> Result<User> {
        let username = visit.username()?;
        let user = users::find(visit.ctx, visit.pool, username)
            .await?
            .filter(|user| self.exists && user.sub == self.sub)
            .ok_or(Error::SessionInvalid)?;
        enabled(user)
    }

    /// The same, for challenges that somebody may have got who does not exist.
    pub async fn who(&self, visit: Visit<'_>) -> Result<Who> {
        if self.exists {
            return Ok(Who::Known(Box::new(self.user(visit).await?)));
        }
        let username = visit.username()?;
        if users::simulated_sub(visit.ctx, visit.pool, username) != self.sub {
            return Err(Error::SessionInvalid);
        }
        Ok(Who::Unknown {
            typed: username.to_owned(),
            sub: self.sub.clone(),
        })
    }
}

fn enabled(user: User) -> Result<User> {
    if user.enabled {
        Ok(user)
    } else {
        Err(Error::UserDisabled)
    }
}
