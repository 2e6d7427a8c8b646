//! CUSTOM_AUTH: the pool's own functions say which challenge comes next, make it, and judge its answer.
//!
//! Round by round: DefineAuthChallenge sees what was answered so far and decides; its own challenges are made by CreateAuthChallenge and judged
//! by VerifyAuthChallengeResponse, and the password is proved by SRP where it asks for that. What was answered is kept in the store and named by
//! the sealed session, which each answer uses up, right or wrong: no round can be tried twice, and none left out. Nobody asks for another
//! factor afterwards. Not here: what the functions are told (`flows::triggers`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::next::{self, Reached};
use super::session::{Asked, Progress, Session};
use super::{Outcome, Visit, before_first_factor, check_user, srp, unknown_user};
use crate::error::{Error, Result};
use crate::flows::triggers::{self, ChallengeRecord, Decision, Subject};
use crate::flows::users;
use crate::ids;
use crate::store::User;
use crate::wire::user_pools::ChallengeNameType;

/// How far such a sign-in has come.
#[derive(Default, Serialize, Deserialize)]
struct State {
    history: Vec<ChallengeRecord>,
    /// The client's A, where it began with one: the password can be asked for.
    srp_a: Option<String>,
    /// What was typed for a user who does not exist, where the client hides that.
    unknown: Option<String>,
    /// What the present challenge's answer is held against, and what was said of it.
    private: BTreeMap<String, String>,
    metadata: Option<String>,
}

impl State {
    fn record(&mut self, name: ChallengeNameType, right: bool, metadata: Option<String>) {
        self.history.push(ChallengeRecord {
            challenge_name: name.as_str().to_owned(),
            challenge_result: right,
            challenge_metadata: metadata,
        });
    }

    /// Keeps this step; gives the name under which it is found again.
    async fn keep(&self, visit: Visit<'_>) -> Result<String> {
        let Visit {
            ctx, pool, client, ..
        } = visit;
        let id = ids::uuid(&mut ctx.rng());
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
    let user = users::find(ctx, pool, username).await?;
    let hides = client.hides_unknown_users();
    match &user {
        None if !hides => return Err(unknown_user(client)),
        Some(user) if !user.enabled && !hides => return Err(Error::UserDisabled),
        _ => {}
    }
    let mut state = State::default();
    if given.get("CHALLENGE_NAME") == Some("SRP_A") {
        let client_key = given.require("SRP_A")?;
        srp::check_client_key(client_key)?;
        state.srp_a = Some(client_key.to_owned());
        state.history.push(ChallengeRecord {
            challenge_name: "SRP_A".to_owned(),
            challenge_result: true,
            challenge_metadata: None,
        });
    }
    before_first_factor(visit, user.as_ref()).await?;
    if user.is_none() {
        state.unknown = Some(username.to_owned());
    }
    go_on(visit, user, state, Progress::of(visit)).await
}

/// The next round.
async fn go_on(
    visit: Visit<'_>,
    user: Option<User>,
    mut state: State,
    mut progress: Progress,
) -> Result<Outcome> {
    let Visit {
        ctx, pool, client, ..
    } = visit;
    let typed = state.unknown.clone().unwrap_or_default();
    let subject = user
        .as_ref()
        .map_or(Subject::Unknown(&typed), Subject::Known);
    let history = &state.history;
    let decision = triggers::define_auth_challenge(ctx, pool, client, subject, history).await?;
    let name = match (decision, &user) {
        (Decision::Challenge(name), _) => name,
        (Decision::Tokens, Some(_)) => return finish(visit, user, progress).await,
        // Whatever the function says, there is nobody to give tokens to.
        (Decision::Tokens, None) | (Decision::Failure, _) => return Err(Error::BadCredentials),
    };
    if name == ChallengeNameType::PasswordVerifier.as_str() {
        // (unsure) Without the client's A the challenge cannot be given.
        let client_key = state.srp_a.clone().ok_or(Error::FunctionOutput)?;
        progress.custom = Some(state.keep(visit).await?);
        return srp::ask(visit, user.as_ref(), &typed, &client_key, progress).await;
    }
    // (unsure) The other challenges that a function may name follow from a password or a device, not from it.
    if name != ChallengeNameType::CustomChallenge.as_str() {
        return Err(Error::FunctionOutput);
    }
    let made = triggers::create_auth_challenge(ctx, pool, client, subject, &name, history).await?;
    let mut parameters = made.public;
    parameters.insert(
        "USERNAME".to_owned(),
        match &user {
            Some(user) => user.username.clone(),
            None => typed.clone(),
        },
    );
    state.private = made.private;
    state.metadata = made.metadata;
    let sub = match &user {
        Some(user) => user.sub.clone(),
        None => users::simulated_sub(ctx, pool, &typed),
    };
    progress.custom = Some(state.keep(visit).await?);
    Ok(Outcome::Challenge {
        name: ChallengeNameType::CustomChallenge,
        parameters,
        session: Some(Session::begin(visit, &sub, Asked::Custom, progress)?),
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
    let username = visit.username()?;
    let session = Session::open(visit, sealed).await?;
    let (Asked::Custom, Some(id)) = (&session.asked, &session.progress.custom) else {
        return Err(Error::SessionInvalid);
    };
    let answer = given.require("ANSWER")?;
    let mut state = State::find(visit, id).await?;
    let user = match &state.unknown {
        None => Some(session.user(visit).await?),
        Some(_) if users::simulated_sub(ctx, pool, username) == session.sub => None,
        Some(_) => return Err(Error::SessionInvalid),
    };
    // Before the function is asked: of answers sent at once only one is judged, and a wrong one is on the record.
    let mut write = ctx.store().write().await?;
    session.once.spend(&mut write).await?;
    write.commit().await?;

    let typed = state.unknown.clone().unwrap_or_default();
    let subject = user
        .as_ref()
        .map_or(Subject::Unknown(&typed), Subject::Known);
    let private = &state.private;
    let right =
        triggers::verify_auth_challenge_response(ctx, pool, client, subject, private, answer)
            .await?;
    let metadata = state.metadata.take();
    state.record(ChallengeNameType::CustomChallenge, right, metadata);
    let progress = session.progress.on_device(visit);
    go_on(visit, user, state, progress).await
}

/// The password was proved where a function had asked for it: what now? `used` is what proved it.
pub(super) async fn after_password(visit: Visit<'_>, mut reached: Reached) -> Result<Outcome> {
    let id = reached
        .progress
        .custom
        .take()
        .ok_or(Error::SessionInvalid)?;
    let mut state = State::find(visit, &id).await?;
    reached.spend(visit).await?;
    state.record(ChallengeNameType::PasswordVerifier, true, None);
    go_on(visit, Some(reached.user), state, reached.progress).await
}

async fn finish(visit: Visit<'_>, user: Option<User>, mut progress: Progress) -> Result<Outcome> {
    let user = user.ok_or(Error::BadCredentials)?;
    // Somebody may have changed the user since the first round.
    let found = users::find(visit.ctx, visit.pool, &user.sub).await?;
    let user = found
        .filter(|found| found.sub == user.sub)
        .ok_or(Error::SessionInvalid)?;
    check_user(visit.client, &user, true)?;
    progress.custom = None;
    let reached = Reached {
        user,
        groups: None,
        progress,
        used: None,
    };
    next::after_custom(visit, reached).await
}
