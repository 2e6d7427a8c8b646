//! WEB_AUTHN: a passkey as the first factor of USER_AUTH. Not here: how it is checked
//! (`flows::passkeys`).

use super::challenges::{Challenge, NextChallenge};
use super::first_factor::pre_authentication;
use super::request::{Required, SignInRequest};
use super::session::{FirstProof, PendingChallenge, Progress, Session};
use super::subject::{Subject, check_user};
use super::turn::{Turn, Verified};
use super::{offers, record};
use crate::domain::first_factors::FirstFactor;
use crate::error::{Error, Result};
use crate::flows::challenge::SingleUse;
use crate::flows::passkeys;
use crate::wire::user_pools::ChallengeName;

pub(super) async fn ask(
    request: SignInRequest<'_>,
    subject: &Subject,
    progress: Progress,
    available: Vec<FirstFactor>,
    used: Option<&SingleUse>,
) -> Result<Turn> {
    let user = subject.user().ok_or(Error::BadCredentials)?;
    pre_authentication(request, subject).await?;
    let begun = passkeys::begin_assertion(request.ctx, request.pool, user).await?;
    if let Some(used) = used {
        used.spend_alone(request.ctx).await?;
    }
    let pending = PendingChallenge::Passkey(begun.remembered);
    Ok(Turn::Asked(NextChallenge {
        challenge: Challenge::Passkey {
            options: begun.options,
        },
        session: Some(Session::begin(request, user, pending, progress)?),
        available,
    }))
}

pub(super) async fn answer(
    request: SignInRequest<'_>,
    session: &Required,
    credential: &Required,
) -> Result<Turn> {
    let session = Session::of_answer(request, session).await?;
    let PendingChallenge::Passkey(remembered) = &session.pending else {
        return Err(Error::SessionInvalid);
    };
    let credential = credential.get()?;
    let subject = session.subject(request).await?;
    let user = subject.user().ok_or(Error::BadCredentials)?;
    let (ctx, pool) = (request.ctx, request.pool);
    let verified = passkeys::verify_assertion(ctx, pool, user, remembered, credential).await;
    if let Err(Error::BadCredentials) = verified {
        record::failure(request, user, ChallengeName::Password, None).await?;
    }
    let method = verified?;
    let factor = FirstFactor::WebAuthn;
    offers::check_still_offered(request, user, &session.progress, factor).await?;
    check_user(request.client, user, true)?;
    let progress = session.progress.on_device(request);
    let progress = progress.with_first(FirstProof::Passkey(method));
    let verified = Verified::first(user.clone(), progress, Some(session.once));
    Ok(Turn::Proved(verified))
}
