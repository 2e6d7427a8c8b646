//! USER_SRP_AUTH, and the PASSWORD_SRP of USER_AUTH: the password is proved without being sent.
//!
//! USER_SRP_AUTH's first answer carries no `Session`: everything that the second step needs travels
//! in SECRET_BLOCK. Users who do not exist are simulated where the client hides them: the same kind
//! of challenge, stable, and then the same refusal after the same work. Not here: the handshake
//! itself (`srp_handshake`).

use serde::{Deserialize, Serialize};

use super::attempt::SrpProof;
use super::challenges::{Challenge, NextChallenge, UserSrpOffer};
use super::first_factor::{Evidence, pre_authentication, settle_password};
use super::request::{Required, SignInRequest};
use super::session::{FirstProof, PendingChallenge, Progress, Session};
use super::srp_handshake::{self, Verifier, client_key};
use super::subject::{Subject, known_or_hidden};
use super::turn::{Turn, Verified};
use crate::domain::first_factors::FirstFactor;
use crate::error::{Error, Result};
use crate::flows::challenge::{SingleUse, context};
use crate::flows::{passwords, users};
use crate::keys::Identity;
use crate::keys::srp::{self, ClientKey};
use crate::store::{Group, User};

/// What the second step has to know again.
#[derive(Serialize, Deserialize)]
struct SrpState {
    progress: Progress,
    /// None for a simulated user.
    sub: Option<String>,
    /// USER_ID_FOR_SRP, which the client's proof is about.
    user_id: String,
    beside: Beside,
}

/// What the challenge has beside SECRET_BLOCK.
#[derive(Serialize, Deserialize)]
enum Beside {
    /// Nothing: the right proof may come again, as from a client that lost the answer.
    Nothing,
    /// A session, which one answer uses up.
    Session,
    /// The rounds of CUSTOM_AUTH so far, where one of the pool's functions asked for the password.
    CustomRounds(String),
}

/// The first step of USER_SRP_AUTH.
pub(super) async fn begin(request: SignInRequest<'_>, key: &Required) -> Result<Turn> {
    let username = request.username()?;
    let key = key.get()?;
    let found = users::find(request.ctx, request.pool, username).await?;
    let subject = known_or_hidden(request, found, username)?;
    subject.check_may_prove(request.client)?;
    let key = client_key(key)?;
    pre_authentication(request, &subject).await?;
    let once = SingleUse::new(request.ctx, request.client);
    let progress = Progress::of(request);
    let offer = offer(request, &subject, &key, progress, once, Beside::Nothing).await?;
    Ok(Turn::Asked(NextChallenge {
        challenge: Challenge::PasswordVerifier(offer),
        session: None,
        available: Vec::new(),
    }))
}

/// USER_AUTH: asks for the client's A.
pub(super) fn ask(
    request: SignInRequest<'_>,
    subject: &Subject,
    progress: Progress,
    available: Vec<FirstFactor>,
) -> Result<Turn> {
    let session = Session::begin_for(request, subject, PendingChallenge::PasswordSrp, progress)?;
    Ok(Turn::Asked(NextChallenge {
        challenge: Challenge::PasswordSrp,
        session: Some(session),
        available,
    }))
}

/// The answer to PASSWORD_SRP.
pub(super) async fn answer_choice(
    request: SignInRequest<'_>,
    session: &Required,
    key: &Required,
) -> Result<Turn> {
    let session = Session::of_answer(request, session).await?;
    if session.pending != PendingChallenge::PasswordSrp {
        return Err(Error::SessionInvalid);
    }
    let subject = session.subject(request).await?;
    let used = Some(&session.once);
    offer_with_session(request, &subject, key, session.progress, used).await
}

/// The first step in USER_AUTH, where the challenge has a session beside SECRET_BLOCK; one answer
/// uses both up.
pub(super) async fn offer_with_session(
    request: SignInRequest<'_>,
    subject: &Subject,
    key: &Required,
    progress: Progress,
    used: Option<&SingleUse>,
) -> Result<Turn> {
    let key = client_key(key.get()?)?;
    pre_authentication(request, subject).await?;
    let progress = progress.on_device(request);
    let once = SingleUse::new(request.ctx, request.client);
    let (shared, kept) = (once.clone(), progress.clone());
    let offer = offer(request, subject, &key, progress, once, Beside::Session).await?;
    if let Some(used) = used {
        used.spend_alone(request.ctx).await?;
    }
    let pending = PendingChallenge::PasswordVerifier;
    let session = Session::begin_with(request, shared, subject, pending, kept)?;
    let challenge = Challenge::PasswordVerifier(offer);
    Ok(Turn::Asked(NextChallenge::new(challenge, session)))
}

/// The first step where one of the pool's functions asks for the password, with the A that the
/// client sent at the beginning. `rounds` are those of CUSTOM_AUTH so far.
pub(super) async fn offer_in_custom(
    request: SignInRequest<'_>,
    subject: &Subject,
    key: &str,
    progress: Progress,
    rounds: String,
) -> Result<Turn> {
    let once = SingleUse::new(request.ctx, request.client);
    let key = client_key(key)?;
    let beside = Beside::CustomRounds(rounds);
    let offer = offer(request, subject, &key, progress, once, beside).await?;
    Ok(Turn::Asked(NextChallenge {
        challenge: Challenge::PasswordVerifier(offer),
        session: None,
        available: Vec::new(),
    }))
}

async fn offer(
    request: SignInRequest<'_>,
    subject: &Subject,
    key: &ClientKey,
    progress: Progress,
    once: SingleUse,
    beside: Beside,
) -> Result<UserSrpOffer> {
    let SignInRequest {
        ctx, pool, client, ..
    } = request;
    let known_as = subject.user().and_then(passwords::srp_name);
    let user_id = known_as.unwrap_or(subject.username()).to_owned();
    let identity = Identity {
        pool_id: &pool.id,
        username: &user_id,
    };
    // A user without a password is as good as one who does not exist: no proof will fit. Computed
    // in any case, so that it takes everybody as long.
    let simulated = ctx.app.keys.seal.simulated_password(identity);
    let (salt, verifier) = match subject.user().and_then(|user| user.password.as_ref()) {
        Some(password) => (password.salt.clone(), password.verifier.clone()),
        None => simulated,
    };
    let of = Verifier {
        salt: srp::hex(&salt),
        verifier,
        context: context(client),
    };
    let state = SrpState {
        progress,
        sub: subject.user().map(|user| user.sub.clone()),
        user_id: user_id.clone(),
        beside,
    };
    let offer = srp_handshake::offer(request, once, key, of, state).await?;
    Ok(UserSrpOffer { user_id, offer })
}

/// A password that was proved.
pub(super) struct ProvedPassword {
    pub user: User,
    pub groups: Option<Vec<Group>>,
    pub progress: Progress,
    /// None where the proof may come again.
    pub used: Option<SingleUse>,
    /// CUSTOM_AUTH: the rounds so far, where one of the pool's functions asked for it.
    pub custom_rounds: Option<String>,
}

impl ProvedPassword {
    /// As the first factor.
    pub fn into_first_factor(self) -> Turn {
        let progress = self.progress.with_first(FirstProof::Password);
        Turn::Proved(Verified {
            groups: self.groups,
            ..Verified::first(self.user, progress, self.used)
        })
    }
}

/// The second step: the client's proof that it knows the password.
pub(super) async fn answer(request: SignInRequest<'_>, proof: &SrpProof) -> Result<ProvedPassword> {
    let SignInRequest {
        ctx, pool, client, ..
    } = request;
    let username = request.username()?;
    let proof = srp_handshake::open::<SrpState>(request, &context(client), proof)?;
    let state = &proof.state;
    match state.beside {
        Beside::Nothing => proof.once.check_not_expired(ctx)?,
        Beside::Session | Beside::CustomRounds(_) => proof.once.check(ctx).await?,
    }

    // The user may be named by any of their names, but must be the one whom the block is about.
    let found = users::find_with_groups(ctx, pool, username).await?;
    let (user, groups) = found.unzip();
    if user.as_ref().map(|user| user.sub.as_str()) != state.sub.as_deref() {
        return Err(Error::BadCredentials);
    }
    let identity = Identity {
        pool_id: &pool.id,
        username: &state.user_id,
    };
    let kept = user.as_ref().and_then(|user| user.password.as_ref());
    let has_password = kept.is_some();
    let (_, simulated) = ctx.app.keys.seal.simulated_password(identity);
    let verifier = kept.map_or(simulated, |password| password.verifier.clone());
    let right = proof
        .is_right(identity.pool_name(), &state.user_id, verifier)
        .await?
        && has_password;
    let subject = match user {
        Some(user) => Subject::Known(Box::new(user)),
        None => Subject::unknown(request, &state.user_id),
    };
    let user = settle_password(request, subject, Evidence::Proved { right }).await?;
    let (used, custom_rounds) = match proof.state.beside {
        Beside::Nothing => (None, None),
        Beside::Session => (Some(proof.once), None),
        Beside::CustomRounds(rounds) => (Some(proof.once), Some(rounds)),
    };
    Ok(ProvedPassword {
        user,
        groups,
        progress: proof.state.progress.on_device(request),
        used,
        custom_rounds,
    })
}
