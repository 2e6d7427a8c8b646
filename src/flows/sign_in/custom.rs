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

use super::challenges::{Challenge, NextChallenge};
use super::first_factor::pre_authentication;
use super::request::{Required, SignInRequest};
use super::session::{FirstProof, PendingChallenge, Progress, Session};
use super::srp::{self, ProvedPassword};
use super::srp_handshake::client_key;
use super::subject::{Subject, check_user, known_or_hidden};
use super::turn::{Turn, Verified};
use crate::error::{Error, Result};
use crate::flows::triggers::{self, ChallengeRecord, CustomAuthUser, Decision};
use crate::flows::users;
use crate::store::{Method, User};
use crate::wire::user_pools::ChallengeNameType;

/// What the functions are told was answered by a client that begins with SRP's A.
const SRP_A: &str = "SRP_A";

/// How far such a sign-in has come.
#[derive(Default, Serialize, Deserialize)]
struct Rounds {
    history: Vec<ChallengeRecord>,
    /// The client's A, where it began with one: the password can be asked for.
    client_key: Option<String>,
    /// What the present challenge's answer is held against, and what was said of it.
    private: BTreeMap<String, String>,
    metadata: Option<String>,
}

impl Rounds {
    fn record(&mut self, name: &str, right: bool, metadata: Option<String>) {
        self.history.push(ChallengeRecord {
            challenge_name: name.to_owned(),
            challenge_result: right,
            challenge_metadata: metadata,
        });
    }

    /// Keeps these rounds; gives the name under which they are found again.
    async fn keep(&self, request: SignInRequest<'_>) -> Result<String> {
        let SignInRequest {
            ctx, pool, client, ..
        } = request;
        let id = ctx.uuid();
        let rounds = serde_json::to_string(self)?;
        let expires_at = ctx.now.plus(client.session_validity());
        let mut write = ctx.store().write().await?;
        let mut steps = write.custom_sign_ins();
        steps.insert(&pool.id, &id, &rounds, expires_at).await?;
        write.commit().await?;
        Ok(id)
    }

    /// Those that were kept under this name, unless they have been swept away.
    async fn find(request: SignInRequest<'_>, id: &str) -> Result<Self> {
        let mut read = request.ctx.store().read().await?;
        let rounds = read.custom_sign_ins().find(&request.pool.id, id).await?;
        Ok(serde_json::from_str(&rounds.ok_or(Error::SessionInvalid)?)?)
    }
}

/// Whom the functions are told of.
fn told(subject: &Subject) -> CustomAuthUser<'_> {
    match subject {
        Subject::Known(user) => CustomAuthUser::Known(user),
        Subject::Unknown { typed, .. } => CustomAuthUser::Unknown(typed),
    }
}

pub(super) async fn begin(request: SignInRequest<'_>, key: Option<&Required>) -> Result<Turn> {
    let SignInRequest {
        ctx, pool, client, ..
    } = request;
    if !triggers::has_custom_auth(pool) {
        return Err(Error::CustomAuthNotConfigured);
    }
    let username = request.username()?;
    let found = users::find(ctx, pool, username).await?;
    let subject = known_or_hidden(request, found, username)?;
    subject.check_enabled(client)?;
    let mut rounds = Rounds::default();
    if let Some(key) = key {
        let key = key.get()?;
        client_key(key)?;
        rounds.client_key = Some(key.to_owned());
        rounds.record(SRP_A, true, None);
    }
    pre_authentication(request, &subject).await?;
    go_on(request, subject, rounds, Progress::of(request)).await
}

/// The next round.
async fn go_on(
    request: SignInRequest<'_>,
    subject: Subject,
    mut rounds: Rounds,
    progress: Progress,
) -> Result<Turn> {
    let SignInRequest {
        ctx, pool, client, ..
    } = request;
    let (user, history) = (told(&subject), &rounds.history);
    let decision = triggers::define_auth_challenge(ctx, pool, client, user, history).await?;
    let name = match decision {
        Decision::Challenge(name) => name,
        Decision::Failure => return Err(Error::BadCredentials),
        Decision::Tokens => match subject {
            Subject::Known(user) => return finish(request, *user, progress).await,
            // Whatever the function says, there is nobody to give tokens to.
            Subject::Unknown { .. } => return Err(Error::BadCredentials),
        },
    };
    if name == ChallengeNameType::PasswordVerifier.as_str() {
        // (unsure) Without the client's A the challenge cannot be given.
        let key = rounds.client_key.clone().ok_or(Error::FunctionOutput)?;
        let kept = rounds.keep(request).await?;
        return srp::offer_in_custom(request, &subject, &key, progress, kept).await;
    }
    // (unsure) The other challenges that a function may name follow from a password or a device,
    // not from it.
    if name != ChallengeNameType::CustomChallenge.as_str() {
        return Err(Error::FunctionOutput);
    }
    let made = triggers::create_auth_challenge(ctx, pool, client, user, &name, history).await?;
    let challenge = Challenge::Custom {
        username: subject.username().to_owned(),
        parameters: made.public,
    };
    rounds.private = made.private;
    rounds.metadata = made.metadata;
    let pending = PendingChallenge::Custom {
        rounds: rounds.keep(request).await?,
    };
    let session = Session::begin_for(request, &subject, pending, progress)?;
    Ok(Turn::Asked(NextChallenge::new(challenge, session)))
}

/// The answer to a challenge of the functions' own.
pub(super) async fn answer(
    request: SignInRequest<'_>,
    session: &Required,
    answer: &Required,
) -> Result<Turn> {
    let SignInRequest {
        ctx, pool, client, ..
    } = request;
    let session = Session::of_answer(request, session).await?;
    let PendingChallenge::Custom { rounds } = &session.pending else {
        return Err(Error::SessionInvalid);
    };
    let answer = answer.get()?;
    let mut rounds = Rounds::find(request, rounds).await?;
    let subject = session.subject(request).await?;
    // Before the function is asked: of answers sent at once only one is judged, and a wrong one is
    // on the record.
    session.once.spend_alone(ctx).await?;
    let (user, private) = (told(&subject), &rounds.private);
    let right =
        triggers::verify_auth_challenge_response(ctx, pool, client, user, private, answer).await?;
    let metadata = rounds.metadata.take();
    rounds.record(ChallengeNameType::CustomChallenge.as_str(), right, metadata);
    let progress = session.progress.on_device(request);
    go_on(request, subject, rounds, progress).await
}

/// The password was proved where a function had asked for it: what now? `rounds` names those before
/// it.
pub(super) async fn after_password(
    request: SignInRequest<'_>,
    proved: ProvedPassword,
    rounds: &str,
) -> Result<Turn> {
    let mut rounds = Rounds::find(request, rounds).await?;
    if let Some(used) = &proved.used {
        used.spend_alone(request.ctx).await?;
    }
    rounds.record(ChallengeNameType::PasswordVerifier.as_str(), true, None);
    let mut progress = proved.progress;
    progress.methods.add(Method::Password);
    let subject = Subject::Known(Box::new(proved.user));
    go_on(request, subject, rounds, progress).await
}

async fn finish(request: SignInRequest<'_>, user: User, progress: Progress) -> Result<Turn> {
    // Somebody may have changed the user while the functions ran.
    let found = {
        let mut read = request.ctx.store().read().await?;
        read.users()
            .find_by_sub(&request.pool.id, &user.sub)
            .await?
    };
    let user = found.ok_or(Error::SessionInvalid)?;
    check_user(request.client, &user, true)?;
    let progress = progress.with_first(FirstProof::Custom);
    Ok(Turn::Proved(Verified::first(user, progress, None)))
}
