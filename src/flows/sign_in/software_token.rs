//! SOFTWARE_TOKEN_MFA: a code of the user's authenticator app. Not here: how it is checked
//! (`flows::software_tokens`).

use super::challenges::{Challenge, NextChallenge};
use super::record;
use super::request::{Required, SignInRequest};
use super::session::{PendingChallenge, Progress, Session};
use super::turn::{Turn, Verified};
use crate::error::{Error, Result};
use crate::flows::software_tokens;
use crate::store::{Method, User};
use crate::wire::user_pools::ChallengeName;

pub(super) async fn ask(
    request: SignInRequest<'_>,
    user: &User,
    progress: Progress,
) -> Result<NextChallenge> {
    let token = software_tokens::find(request.ctx, user).await?;
    let challenge = Challenge::SoftwareToken {
        username: user.username.clone(),
        friendly_name: token.and_then(|token| token.name),
    };
    let session = Session::begin(request, user, PendingChallenge::SoftwareToken, progress)?;
    Ok(NextChallenge::new(challenge, session))
}

/// A wrong code leaves the session valid.
pub(super) async fn answer(
    request: SignInRequest<'_>,
    session: &Required,
    code: &Required,
) -> Result<Turn> {
    let session = Session::of_answer(request, session).await?;
    if session.pending != PendingChallenge::SoftwareToken {
        return Err(Error::SessionInvalid);
    }
    let code = code.get()?;
    let user = session.user(request).await?;
    let progress = session.progress.on_device(request);
    let taken = software_tokens::take(request.ctx, request.pool, &user, code, &session.once).await;
    if let Err(Error::SoftwareTokenMismatch) = taken {
        record::failure(request, &user, ChallengeName::Mfa, progress.event.clone()).await?;
    }
    taken?;
    let progress = progress.with_second(Method::SoftwareToken)?;
    Ok(Turn::Proved(Verified::second(user, progress, None)))
}
