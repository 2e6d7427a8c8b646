//! CUSTOM_AUTH: the pool's own functions say which challenge comes next, make it, and judge its
//! answer.
//!
//! Round by round: DefineAuthChallenge sees what was answered so far and decides; its own
//! challenges are made by CreateAuthChallenge and judged by VerifyAuthChallengeResponse, and the
//! password is proved by SRP where it asks for that. What was answered is kept in the store and
//! named by the sealed session, which each answer uses up, right or wrong: no round can be tried
//! twice, and none left out. A remembered device shows itself afterwards; nobody asks for another
//! factor. Not here: what the functions are told (`flows::triggers`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::next::{self, Reached};
use super::session::{Asked, First, Progress, Session};
use super::who::{Who, before_first_factor, check_user, known_or_hidden};
use super::{Outcome, Visit, srp};
use crate::error::{Error, Result};
use crate::flows::triggers::{self, ChallengeRecord, Decision, Subject};
use crate::flows::users;
use crate::store::User;
use crate::wire::user_pools::ChallengeNameType;

/// How far such a sign-in has come.
#[derive(Default, Serialize, Deserialize)]
struct State {
    history: Vec<ChallengeRecord>,
    /// The client's A, where it began with one: the password can be asked for.
    srp_a: Option<String>,
    /// What the present challenge's answer is held against, and what was said of it.
    private: BTreeMap<String, String>,
    metadata: Option<String>,
}

impl State {
    fn record(&mut self, name: &str, right: bool, metadata: Option<String>) {
        self.history.push(ChallengeRecord {
            challenge_name: name.to_owned(),
            challenge_result: right,
            challenge_metadata: metadata,
        });
    }

    /// Keeps this step; gives the name under which it is found again.
    async fn keep(&self, visit: Visit<'_>) -> Result<String> {
        let Visit {
            ctx, pool, client, ..
        } = visit;
        let id = ctx.uuid();
        let state = serde_json::to_string(self)?;
        let expires_at = ctx.now.plus(client.session_validity());
        let mut write = ctx.store().write().await?;
        let mut steps = write.custom_sign_ins();
        steps.insert(&pool.id, &id, &state, expires_at).await?;
        write.commit().await?;
        Ok(id)
    }

    async fn find(visit: Visit<'_>, id: &str) -> Result<Self> {
        let mut read = visit.ctx.store().read().await?;
        let state = read.custom_sign_ins().find(&visit.pool.id, id).await?;
        Ok(serde_json::from_str(&state.ok_or(Error::SessionInvalid)?)?)
    }
}

/// Who the functions are told of.
fn subject(who: &Who) -> Subject<'_> {
    match who {
        Who::Known(user) => Subject::Known(user),
        Who::Unknown { typed, .. } => Subject::Unknown(typed),
    }
}

pub(super) async fn begin(visit: Visit<'_>) -> Result<Outcome> {
    let Visit {
        ctx,
        pool,
        client,
        given,
        ..
    } = visit;
    if !triggers::has_custom_auth(pool) {
        return Err(Error::CustomAuthNotConfigured);
    }
    let username = visit.username()?;
    let found = users::find(ctx, pool, username).await?;
    let who = known_or_hidden(visit, found, username)?;
    let is_disabled = who.user().is_some_and(|user| !user.enabled);
    if is_disabled && !client.hides_unknown_users() {
        return Err(Error::UserDisabled);
    }
    let mut state = State::default();
    if given.get("CHALLENGE_NAME") == Some("SRP_A") {
        let client_key = given.require("SRP_A")?;
        srp::check_client_key(client_key)?;
        state.srp_a = Some(client_key.to_owned());
        state.record("SRP_A", true, None);
    }
    before_first_factor(visit, &who).await?;
    go_on(visit, who, state, Progress::of(visit)).await
}

/// The next round.
async fn go_on(
    visit: Visit<'_>,
    who: Who,
    mut state: State,
    mut progress: Progress,
) -> Result<Outcome> {
    let Visit {
        ctx, pool, client, ..
    } = visit;
    let (of, history) = (subject(&who), &state.history);
    let decision = triggers::define_auth_challenge(ctx, pool, client, of, history).await?;
    let name = match decision {
        Decision::Challenge(name) => name,
        Decision::Failure => return Err(Error::BadCredentials),
        Decision::Tokens => match who {
            Who::Known(user) => return finish(visit, *user, progress).await,
            // Whatever the function says, there is nobody to give tokens to.
            Who::Unknown { .. } => return Err(Error::BadCredentials),
        },
    };
    if name == ChallengeNameType::PasswordVerifier.as_str() {
        // (unsure) Without the client's A the challenge cannot be given.
        let client_key = state.srp_a.clone().ok_or(Error::FunctionOutput)?;
        progress.custom = Some(state.keep(visit).await?);
        return srp::offer_with_key(visit, &who, &client_key, progress).await;
    }
    // (unsure) The other challenges that a function may name follow from a password or a device,
    // not from it.
    if name != ChallengeNameType::CustomChallenge.as_str() {
        return Err(Error::FunctionOutput);
    }
    let made = triggers::create_auth_challenge(ctx, pool, client, of, &name, history).await?;
    let username = match &who {
        Who::Known(user) => &user.username,
        Who::Unknown { typed, .. } => typed,
    };
    let mut parameters = made.public;
    parameters.insert("USERNAME".to_owned(), username.clone());
    state.private = made.private;
    state.metadata = made.metadata;
    progress.custom = Some(state.keep(visit).await?);
    let session = Session::begin_for(visit, &who, Asked::Custom, progress)?;
    Ok(Outcome::Challenge {
        name: ChallengeNameType::CustomChallenge,
        parameters,
        session: Some(session),
        available: Vec::new(),
    })
}

/// The answer to a challenge of the functions' own.
pub(super) async fn answer(visit: Visit<'_>, sealed: Option<&str>) -> Result<Outcome> {
    let Visit {
        ctx,
        pool,
        client,
        given,
        ..
    } = visit;
    visit.username()?;
    let session = Session::open(visit, sealed).await?;
    let (Asked::Custom, Some(id)) = (&session.asked, &session.progress.custom) else {
        return Err(Error::SessionInvalid);
    };
    let answer = given.require("ANSWER")?;
    let mut state = State::find(visit, id).await?;
    let who = session.who(visit).await?;
    // Before the function is asked: of answers sent at once only one is judged, and a wrong one is
    // on the record.
    session.once.spend_alone(visit.ctx).await?;
    let (of, private) = (subject(&who), &state.private);
    let right =
        triggers::verify_auth_challenge_response(ctx, pool, client, of, private, answer).await?;
    let metadata = state.metadata.take();
    state.record(ChallengeNameType::CustomChallenge.as_str(), right, metadata);
    let progress = session.progress.on_device(visit);
    go_on(visit, who, state, progress).await
}

/// The password was proved where a function had asked for it: what now?
pub(super) async fn after_password(visit: Visit<'_>, mut reached: Reached) -> Result<Outcome> {
    let id = reached.progress.custom.take();
    let mut state = State::find(visit, &id.ok_or(Error::SessionInvalid)?).await?;
    reached.spend(visit).await?;
    state.record(ChallengeNameType::PasswordVerifier.as_str(), true, None);
    let who = Who::Known(Box::new(reached.user));
    go_on(visit, who, state, reached.progress).await
}

async fn finish(visit: Visit<'_>, user: User, mut progress: Progress) -> Result<Outcome> {
    // Somebody may have changed the user while the functions ran.
    let found = {
        let mut read = visit.ctx.store().read().await?;
        read.users().find_by_sub(&visit.pool.id, &user.sub).await?
    };
    let user = found.ok_or(Error::SessionInvalid)?;
    check_user(visit.client, &user, true)?;
    progress.custom = None;
    let reached = Reached::first(user, First::Custom, progress, None);
    next::proceed(visit, reached).await
}
