//! The record of a sign-in's steps, in pools that keep one. Not here: how it is kept
//! (`flows::auth_events`).

use super::request::SignInRequest;
use super::session::Progress;
use crate::domain::risk::{Assessment, Finding};
use crate::error::Result;
use crate::flows::auth_events::{self, Event};
use crate::store::User;
use crate::wire::user_pools::{ChallengeName, ChallengeResponse, EventResponseType};

/// A wrong answer, in the sign-in that has this record already.
pub(super) async fn failure(
    request: SignInRequest<'_>,
    user: &User,
    challenge: ChallengeName,
    of: Option<String>,
) -> Result<()> {
    let event = Event::sign_in(
        of,
        EventResponseType::Fail,
        challenge,
        ChallengeResponse::Failure,
    );
    auth_events::record(request.ctx, request.pool, request.client, user, event).await?;
    Ok(())
}

/// A right answer, with which the sign-in is at its end, goes on, or is stopped for what was
/// judged.
pub(super) async fn success(
    request: SignInRequest<'_>,
    user: &User,
    challenge: ChallengeName,
    progress: &mut Progress,
    response: EventResponseType,
    judged: Option<&Assessment>,
    found: Finding,
) -> Result<()> {
    let of = progress.event.take();
    let event = Event::sign_in(of, response, challenge, ChallengeResponse::Success);
    let event = event.judged(judged).with_password(found);
    progress.event =
        auth_events::record(request.ctx, request.pool, request.client, user, event).await?;
    Ok(())
}
