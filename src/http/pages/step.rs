//! What a form carries from one page to the next: sealed to the pool and client, so that it can be
//! neither read nor altered, nor used elsewhere.
//!
//! It proves nothing by itself. Who has come how far stands in the challenge session inside, which
//! the sign-in checks; a code or a password is asked for in any case.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::app::Ctx;
use crate::error::Result;
use crate::keys::Purpose;
use crate::store::{Client, Pool};
use crate::wire::user_pools::ChallengeNameType;

/// A page's place in what the visitor does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    pub at: At,
    /// As it was typed, or as the challenge names the user.
    pub username: String,
    /// The challenge session.
    pub session: Option<String>,
    /// Of the challenge, or what later pages show.
    pub parameters: BTreeMap<String, String>,
    /// The factors to choose from.
    pub available: Vec<ChallengeNameType>,
}

/// What the visitor is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum At {
    Challenge(ChallengeNameType),
    /// The code that confirms a sign-up.
    Confirm,
    /// The code and the new password after a forgotten one.
    Reset,
    /// A new passkey.
    AddPasskey,
    /// Somebody who is signed in is to prove more.
    StepUp,
}

impl Step {
    pub fn new(at: At, username: &str) -> Self {
        Self {
            at,
            username: username.to_owned(),
            session: None,
            parameters: BTreeMap::new(),
            available: Vec::new(),
        }
    }

    /// With something that the next page shows.
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.parameters.insert(name.to_owned(), value.into());
        self
    }

    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }

    pub fn seal(&self, ctx: &Ctx, pool: &Pool, client: &Client) -> Result<String> {
        let plain = serde_json::to_vec(self)?;
        let context = context(pool, client);
        Ok(ctx.seal(Purpose::HostedPage, &context, &plain))
    }

    /// None for what is not ours, or of another pool or client.
    pub fn open(ctx: &Ctx, pool: &Pool, client: &Client, sealed: &str) -> Option<Self> {
        let seal = &ctx.app.keys.seal;
        let plain = seal.open(Purpose::HostedPage, &context(pool, client), sealed)?;
        serde_json::from_slice(&plain).ok()
    }
}

fn context(pool: &Pool, client: &Client) -> String {
    format!("{}/{}", pool.id, client.id)
}
