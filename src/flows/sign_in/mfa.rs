//! The second factor: asked for by what the user has, or chosen by the user (SELECT_MFA_TYPE).
//!
//! Not here: which one it is (`domain::mfa`), the factors themselves (`one_time_code`,
//! `software_token`).

use super::challenges::{Challenge, NextChallenge};
use super::request::{Required, SignInRequest};
use super::session::{PendingChallenge, Progress, Session};
use super::turn::Turn;
use super::{one_time_code, software_token};
use crate::error::{Error, Result};
use crate::store::{MfaFactor, User};

/// Refuses a factor whose codes have nowhere to go to.
pub(super) fn check_reachable(user: &User, factor: MfaFactor) -> Result<()> {
    match factor {
        MfaFactor::SoftwareToken => Ok(()),
        MfaFactor::Sms | MfaFactor::Email => one_time_code::address(user, factor).map(drop),
    }
}

pub(super) async fn ask(
    request: SignInRequest<'_>,
    user: &User,
    progress: Progress,
    factor: MfaFactor,
) -> Result<NextChallenge> {
    match factor {
        MfaFactor::SoftwareToken => software_token::ask(request, user, progress).await,
        MfaFactor::Sms | MfaFactor::Email => {
            one_time_code::ask_second(request, user, progress, factor).await
        }
    }
}

/// Asks which one.
pub(super) fn ask_which(
    request: SignInRequest<'_>,
    user: &User,
    progress: Progress,
    factors: Vec<MfaFactor>,
) -> Result<NextChallenge> {
    let challenge = Challenge::MfaFactor {
        username: user.username.clone(),
        factors: factors.clone(),
    };
    let pending = PendingChallenge::MfaFactor(factors);
    let session = Session::begin(request, user, pending, progress)?;
    Ok(NextChallenge::new(challenge, session))
}

/// The answer to SELECT_MFA_TYPE leads to that factor's challenge.
pub(super) async fn answer_which(
    request: SignInRequest<'_>,
    session: &Required,
    chosen: &Required,
) -> Result<Turn> {
    let session = Session::of_answer(request, session).await?;
    let PendingChallenge::MfaFactor(factors) = &session.pending else {
        return Err(Error::SessionInvalid);
    };
    let chosen = chosen.get()?;
    let factor = MfaFactor::from_name(chosen)
        .filter(|factor| factors.contains(factor))
        .ok_or_else(|| Error::AnswerInvalid {
            answer: chosen.to_owned(),
        })?;
    let user = session.user(request).await?;
    check_reachable(&user, factor)?;
    session.once.spend_alone(request.ctx).await?;
    let progress = session.progress.on_device(request);
    ask(request, &user, progress, factor).await.map(Turn::Asked)
}
