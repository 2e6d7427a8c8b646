//! Signing in: from a first factor to tokens or the next challenge, for the API, its admin twin and the hosted pages alike.
//!
//! A sign-in is a walk from step to step. Each factor has its file, which asks for it and checks the answer; when a factor was right it hands
//! over to `next`, the one place that decides what follows what. What was reached so far travels in the `Session` (`session`), sealed, so that
//! a step can be answered once, by the client, user and entrance it was made for, and never skipped.
//! Not here: what tokens say (`issue_tokens`), the wire (`operations::sign_in`), the pages (`http::pages`).

mod custom;
mod flows;
mod new_password;
mod next;
mod password;
mod refresh;
mod session;
mod srp;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::authenticate_client;
use super::triggers;
use crate::app::Ctx;
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::store::{Client, Pool, User};
use crate::wire::Sensitive;
use crate::wire::user_pools::{
    AuthFlowType, AuthenticationResultType, ChallengeNameType, UserStatusType,
};

/// By which entrance somebody signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Entrance {
    /// InitiateAuth and RespondToAuthChallenge.
    Api,
    /// Their admin twins.
    Admin,
    /// The hosted pages, which are the pool's own: they need no flow that the client enables, and no SECRET_HASH.
    Pages,
}

impl Entrance {
    /// Whether what was begun at `self` may go on at `other`. (unsure) The API and its admin twin may be mixed, as is done in practice.
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

/// The first request of a sign-in.
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
    // Only USER_AUTH takes a session along, that of ConfirmSignUp.
    let _session = session;
    match flow {
        AuthFlowType::UserPasswordAuth
        | AuthFlowType::AdminUserPasswordAuth
        | AuthFlowType::AdminNoSrpAuth => password::begin(visit).await,
        AuthFlowType::UserSrpAuth => srp::begin(visit).await,
        AuthFlowType::RefreshTokenAuth | AuthFlowType::RefreshToken => refresh::begin(visit).await,
        AuthFlowType::UserAuth => not_yet(flow.as_str()),
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
        ChallengeNameType::NewPasswordRequired => new_password::answer(visit, session).await,
        ChallengeNameType::CustomChallenge => custom::answer(visit, session).await,
        ChallengeNameType::PasswordVerifier => srp::answer(visit).await,
        other => not_yet(other.as_str()),
    }
}

fn not_yet(what: &str) -> Result<Outcome> {
    Err(Error::NotAvailable {
        operation: what.to_owned(),
    })
}

/// How an unknown user is refused: openly, or like a wrong password.
fn unknown_user(client: &Client) -> Error {
    if client.hides_unknown_users() {
        Error::BadCredentials
    } else {
        Error::UserNotFound
    }
}

/// Whether the user may go on, with a first factor that was right or wrong: in the order in which the service reveals things. A client
/// that hides which users exist tells nothing of their state before the factor was right.
fn check_user(client: &Client, user: &User, right: bool) -> Result<()> {
    let hides = client.hides_unknown_users();
    match user.status {
        _ if !user.enabled && !hides => Err(Error::UserDisabled),
        UserStatusType::ResetRequired if !right && !hides => Err(Error::PasswordResetRequired),
        _ if !right => Err(Error::BadCredentials),
        _ if !user.enabled => Err(Error::UserDisabled),
        UserStatusType::Unconfirmed => Err(Error::UserNotConfirmed),
        UserStatusType::ResetRequired => Err(Error::PasswordResetRequired),
        _ => Ok(()),
    }
}

/// The function that may refuse a sign-in before anything is proved: it is asked by each first factor, for somebody who does not exist only
/// where the client hides that.
async fn before_first_factor(visit: Visit<'_>, user: Option<&User>) -> Result<()> {
    let Visit {
        ctx, pool, client, ..
    } = visit;
    match user {
        Some(user) => triggers::pre_authentication(ctx, pool, client, user).await,
        None if client.hides_unknown_users() => {
            let typed = visit.given.require("USERNAME")?;
            triggers::pre_authentication_of_unknown(ctx, pool, client, typed).await
        }
        None => Ok(()),
    }
}
