//! Signing in: from a first factor to tokens or the next challenge, for the API, its admin twin and
//! the hosted pages alike.
//!
//! A sign-in is a walk from step to step. Each factor has its file, which asks for it and checks
//! the answer; when a factor was right it hands over to `next`, the one place that decides what
//! follows what. What was reached so far travels in the `Session` (`session`), sealed, so that a
//! step can be answered once, by the client, user and entrance it was made for, and never skipped.
//! Not here: what tokens say (`issue_tokens`), the wire (`operations::sign_in`), the pages
//! (`http::pages`).

mod choice;
mod custom;
mod device;
mod flows;
mod mfa;
mod new_password;
mod next;
mod one_time_code;
mod passkey;
mod password;
mod record;
mod refresh;
mod session;
mod set_up;
mod sign_up;
mod software_token;
mod srp;
mod step_up;
mod who;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use set_up::{associate_software_token, verify_software_token};
pub use sign_up::{check_sign_up_session, session_after_sign_up};
pub use step_up::Elevation;

use super::authenticate_client;
use crate::app::Ctx;
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::store::{Client, Methods, Pool};
use crate::wire::Sensitive;
use crate::wire::user_pools::{AuthFlowType, AuthenticationResultType, ChallengeNameType};

/// By which entrance somebody signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Entrance {
    /// InitiateAuth and RespondToAuthChallenge.
    Api,
    /// Their admin twins.
    Admin,
    /// The hosted pages, which are the pool's own: they need no flow that the client enables, and
    /// no SECRET_HASH.
    Pages,
}

impl Entrance {
    /// Whether what was begun at `self` may go on at `other`. (unsure) The API and its admin twin
    /// may be mixed, as is done in practice.
    fn leads_to(self, other: Self) -> bool {
        (self == Self::Pages) == (other == Self::Pages)
    }
}

/// `AuthParameters` or `ChallengeResponses`: what the model leaves untyped.
#[derive(Default)]
pub struct Parameters(BTreeMap<String, String>);

impl From<BTreeMap<String, String>> for Parameters {
    fn from(given: BTreeMap<String, String>) -> Self {
        Self(given)
    }
}

impl From<Option<Sensitive<BTreeMap<String, String>>>> for Parameters {
    fn from(given: Option<Sensitive<BTreeMap<String, String>>>) -> Self {
        Self(given.map(Sensitive::into_inner).unwrap_or_default())
    }
}

impl Parameters {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A parameter that must be there; an empty one is as good as none.
    pub fn require(&self, name: &str) -> Result<&str> {
        self.get(name)
            .filter(|value| !value.is_empty())
            .ok_or_else(|| Error::MissingParameter {
                name: name.to_owned(),
            })
    }
}

/// What a step of a sign-in leads to.
pub enum Outcome {
    /// The end, at the API.
    Tokens(AuthenticationResultType),
    /// The end, at the pages.
    Authenticated(Authenticated),
    /// One step more.
    Challenge {
        name: ChallengeNameType,
        parameters: BTreeMap<String, String>,
        session: Option<String>,
        /// What USER_AUTH lets the user choose from.
        available: Vec<ChallengeNameType>,
    },
}

/// Who has signed in at the pages: what a browser session is opened for, and a code is issued on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authenticated {
    pub sub: String,
    pub auth_time: Timestamp,
    pub device_key: Option<String>,
    /// How they proved who they are.
    pub methods: Methods,
}

/// One request of a sign-in: who asks, by which entrance, and what they sent.
#[derive(Clone, Copy)]
struct Visit<'a> {
    ctx: &'a Ctx,
    pool: &'a Pool,
    client: &'a Client,
    entrance: Entrance,
    given: &'a Parameters,
}

impl<'a> Visit<'a> {
    /// The user name that was sent, once the client has proved itself with the hash of it.
    fn username(&self) -> Result<&'a str> {
        let username = self.given.require("USERNAME")?;
        if self.entrance != Entrance::Pages {
            let hash = self.given.get("SECRET_HASH");
            authenticate_client::check_secret_hash(self.client, username, hash)?;
        }
        Ok(username)
    }
}

/// The first request of a sign-in. Only USER_AUTH takes a session along: that of ConfirmSignUp.
pub async fn initiate(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    entrance: Entrance,
    flow: AuthFlowType,
    parameters: &Parameters,
    session: Option<&str>,
) -> Result<Outcome> {
    let visit = Visit {
        ctx,
        pool,
        client,
        entrance,
        given: parameters,
    };
    flows::allow(visit, flow)?;
    match flow {
        AuthFlowType::UserPasswordAuth
        | AuthFlowType::AdminUserPasswordAuth
        | AuthFlowType::AdminNoSrpAuth => password::begin(visit).await,
        AuthFlowType::UserSrpAuth => srp::begin(visit).await,
        AuthFlowType::RefreshTokenAuth | AuthFlowType::RefreshToken => refresh::begin(visit).await,
        AuthFlowType::UserAuth => choice::begin(visit, session).await,
        AuthFlowType::CustomAuth => custom::begin(visit).await,
    }
}

/// The answer to a challenge.
pub async fn respond(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    entrance: Entrance,
    name: ChallengeNameType,
    session: Option<&str>,
    responses: &Parameters,
) -> Result<Outcome> {
    let visit = Visit {
        ctx,
        pool,
        client,
        entrance,
        given: responses,
    };
    match name {
        ChallengeNameType::SelectChallenge => choice::answer(visit, session).await,
        ChallengeNameType::Password => password::answer(visit, session).await,
        ChallengeNameType::PasswordSrp => srp::answer_choice(visit, session).await,
        ChallengeNameType::PasswordVerifier => srp::answer(visit).await,
        ChallengeNameType::WebAuthn => passkey::answer(visit, session).await,
        ChallengeNameType::NewPasswordRequired => new_password::answer(visit, session).await,
        ChallengeNameType::DeviceSrpAuth => device::answer(visit, session).await,
        ChallengeNameType::DevicePasswordVerifier => device::answer_verifier(visit).await,
        ChallengeNameType::EmailOtp | ChallengeNameType::SmsOtp | ChallengeNameType::SmsMfa => {
            one_time_code::answer(visit, name, session).await
        }
        ChallengeNameType::SoftwareTokenMfa => software_token::answer(visit, session).await,
        ChallengeNameType::SelectMfaType => mfa::answer_which(visit, session).await,
        ChallengeNameType::MfaSetup => set_up::answer(visit, session).await,
        ChallengeNameType::CustomChallenge => custom::answer(visit, session).await,
        // In the model's list, but never asked.
        ChallengeNameType::AdminNoSrpAuth => Err(Error::SessionInvalid),
    }
}
