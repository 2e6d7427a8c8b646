//! Somebody who is signed in at a browser, and is to prove more for a client that wants a level.
//! Not here: how the level is reached (`step_up`).

use super::attempt::ChoiceAttempt;
use super::choice;
use super::request::{Entrance, Sender, SignInRequest};
use super::step_up::{self, EarlierProof, Route, WantedLevels};
use super::steps::{self, SignInOutcome};
use super::subject::Subject;
use crate::app::Ctx;
use crate::domain::authentication_levels::Level;
use crate::error::{Error, Result};
use crate::store::{BrowserSession, Client, Pool};

/// A browser's session, and the levels of which a client wants one.
pub struct Elevation<'a> {
    pub ctx: &'a Ctx,
    pub pool: &'a Pool,
    pub client: &'a Client,
    pub session: &'a BrowserSession,
    pub levels: &'a [Level],
}

impl Elevation<'_> {
    /// Whether the session is as much as is wanted. Refused where the user cannot reach any of the
    /// levels.
    pub async fn is_needless(&self) -> Result<bool> {
        let sender = Sender::default();
        let (request, subject) = (self.request(&sender), self.subject().await?);
        let plan = step_up::plan(request, subject, self.wanted(), None).await?;
        Ok(matches!(plan.route, Route::AlreadyReached(_)))
    }

    /// Asks for what is missing.
    pub async fn begin(&self) -> Result<SignInOutcome> {
        let sender = Sender::default();
        let (request, subject) = (self.request(&sender), self.subject().await?);
        let first_step = step_up::begin(request, subject, self.wanted(), None).await?;
        let attempt = ChoiceAttempt::default();
        let turn = choice::enter(request, first_step, None, &attempt).await?;
        steps::follow(request, turn).await
    }

    fn request<'r>(&'r self, sender: &'r Sender) -> SignInRequest<'r> {
        SignInRequest {
            ctx: self.ctx,
            pool: self.pool,
            client: self.client,
            entrance: Entrance::Pages,
            sender,
        }
    }

    async fn subject(&self) -> Result<Subject> {
        let mut read = self.ctx.store().read().await?;
        let (pool, sub) = (&self.pool.id, &self.session.sub);
        let user = read.users().find_by_sub(pool, sub).await?;
        let user = user.ok_or(Error::SessionInvalid)?;
        Ok(Subject::Known(Box::new(user)))
    }

    fn wanted(&self) -> WantedLevels {
        WantedLevels {
            levels: self.levels.to_vec(),
            earlier: Some(EarlierProof {
                sub: self.session.sub.clone(),
                methods: self.session.methods.clone(),
                device_key: self.session.device_key.clone(),
                is_stale: false,
            }),
        }
    }
}
