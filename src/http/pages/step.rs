//! What a form carries from one page to the next: sealed to the pool and client, so that it can be
//! neither read nor altered, nor used elsewhere.
//!
//! It proves nothing by itself: how far a sign-in has come is in the challenge session inside,
//! which the sign-in checks. A code or a password is asked for in any case.

use serde::{Deserialize, Serialize};

use crate::app::Ctx;
use crate::domain::first_factors::FirstFactor;
use crate::error::Result;
use crate::flows::sign_in::Challenge;
use crate::keys::Purpose;
use crate::store::{Client, MfaFactor, Pool};
use crate::wire::user_pools::{CodeDeliveryDetailsType, DeliveryMediumType};

/// A page's place in what the visitor does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    pub at: At,
    /// As it was typed, or as the challenge names the user.
    pub username: String,
    /// The challenge session.
    pub session: Option<String>,
    /// The factors to choose from.
    pub available: Vec<FirstFactor>,
    /// The way of a code that was sent outside of a sign-in.
    pub sent: Option<Sent>,
}

/// What the visitor is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum At {
    Challenge(Challenge),
    /// The password, picked of several first factors.
    PickedPassword,
    /// The set-up of a second factor, picked of these.
    SetUpMfa {
        factors: Vec<MfaFactor>,
        picked: MfaFactor,
        /// The key that was made for an app.
        secret: Option<String>,
    },
    /// The code that confirms a sign-up.
    Confirm {
        /// The visitor has signed up in this browser, or knows the password: the code then signs
        /// them in, too.
        proved: bool,
    },
    /// The code and the new password after a forgotten one.
    Reset,
    /// A new passkey.
    AddPasskey,
    /// Somebody who is signed in is to prove more.
    StepUp,
}

/// The way of a code that was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// The address, masked.
    pub destination: String,
    pub medium: Option<DeliveryMediumType>,
}

impl Step {
    pub fn new(at: At, username: &str) -> Self {
        Self {
            at,
            username: username.to_owned(),
            session: None,
            available: Vec::new(),
            sent: None,
        }
    }

    /// With a code that was sent.
    pub fn sent(self, details: &CodeDeliveryDetailsType) -> Self {
        Self {
            sent: Some(Sent {
                destination: details.destination.clone().unwrap_or_default(),
                medium: details.delivery_medium,
            }),
            ..self
        }
    }

    /// By which way the step's code was sent.
    pub fn medium(&self) -> Option<DeliveryMediumType> {
        match &self.at {
            At::Challenge(
                Challenge::FirstCode(delivery) | Challenge::SecondCode { delivery, .. },
            ) => Some(delivery.medium),
            _ => self.sent.as_ref().and_then(|sent| sent.medium),
        }
    }

    /// The session of a challenge, which every step of one has.
    pub fn session(&self) -> Result<&str> {
        self.session
            .as_deref()
            .ok_or_else(|| anyhow::anyhow!("a challenge's page has no session").into())
    }

    pub fn seal(&self, ctx: &Ctx, pool: &Pool, client: &Client) -> Result<String> {
        let plain = serde_json::to_vec(self)?;
        let context = context(pool, client);
        Ok(ctx.seal(Purpose::HostedPage, &context, &plain))
    }

    /// None for a text that was not sealed here, or for another pool or client.
    pub fn open(ctx: &Ctx, pool: &Pool, client: &Client, sealed: &str) -> Option<Self> {
        let seal = &ctx.app.keys.seal;
        let plain = seal.open(Purpose::HostedPage, &context(pool, client), sealed)?;
        serde_json::from_slice(&plain).ok()
    }
}

fn context(pool: &Pool, client: &Client) -> String {
    format!("{}/{}", pool.id, client.id)
}
