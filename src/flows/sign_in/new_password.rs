//! NEW_PASSWORD_REQUIRED: a temporary password proves who it is, and must be replaced before
//! anything follows.

use super::challenges::{Challenge, NextChallenge};
use super::request::{Required, SignInRequest};
use super::session::{FirstProof, PendingChallenge, Progress, Session};
use super::turn::{Turn, Verified};
use crate::domain::{attributes, usernames};
use crate::error::{Error, Result};
use crate::flows::auth_events::{self, Event};
use crate::flows::triggers::TokenSource;
use crate::flows::{passwords, risk, users};
use crate::store::{Client, Pool, User};
use crate::wire::user_pools::{EventResponseType, EventType, UserStatusType};

/// Refuses a temporary password that is too old to be replaced.
pub(super) fn check_not_expired(request: SignInRequest<'_>, user: &User) -> Result<()> {
    let set_at = user
        .password
        .as_ref()
        .map_or(user.created_at, |password| password.set_at);
    if set_at.plus(request.pool.temporary_password_validity()) <= request.ctx.now {
        let why = format!(
            "The temporary password of the user \"{}\" was set at {} and expired at {}: \
             AdminCreateUser with MessageAction RESEND makes another, AdminSetUserPassword sets \
             one.",
            user.username,
            set_at.rfc3339(),
            set_at
                .plus(request.pool.temporary_password_validity())
                .rfc3339()
        );
        let expired = Error::TemporaryPasswordExpired;
        return Err(request.ctx.explain(expired, why));
    }
    Ok(())
}

/// Asks for a new password.
pub(super) fn ask(
    request: SignInRequest<'_>,
    user: &User,
    progress: Progress,
) -> Result<NextChallenge> {
    let challenge = Challenge::NewPassword {
        username: user.username.clone(),
        missing: attributes::missing_required(request.pool, user),
        attributes: user.attributes.clone(),
    };
    let session = Session::begin(request, user, PendingChallenge::NewPassword, progress)?;
    Ok(NextChallenge::new(challenge, session))
}

/// The answer to NEW_PASSWORD_REQUIRED: a password that conforms, with the required attributes that
/// were missing.
pub(super) async fn answer(
    request: SignInRequest<'_>,
    session: &Required,
    password: &Required,
    attributes: &[(String, String)],
) -> Result<Turn> {
    let SignInRequest {
        ctx, pool, client, ..
    } = request;
    let session = Session::of_answer(request, session).await?;
    if session.pending != PendingChallenge::NewPassword {
        return Err(Error::SessionInvalid);
    }
    let user = session.user(request).await?;
    let plain = password.get()?;
    let password = passwords::prepare(ctx, pool, &user, plain).await?;
    let found = risk::check_new_password(ctx, pool, client, &user, plain).await?;

    let mut write = ctx.store().write().await?;
    session.once.spend(&mut write).await?;
    // Read again: somebody may have changed the user since.
    let mut user = write
        .users()
        .find_by_sub(&pool.id, &user.sub)
        .await?
        .ok_or(Error::SessionInvalid)?;
    if user.status != UserStatusType::ForceChangePassword || !user.enabled {
        return Err(Error::SessionInvalid);
    }
    let held_before = usernames::held(pool, &user);
    write_attributes(pool, client, &mut user, attributes)?;
    user.status = UserStatusType::Confirmed;
    passwords::replace(ctx, &mut write, pool, &mut user, password).await?;
    user.updated_at = ctx.now;
    users::save(&mut write, pool, &held_before, &user).await?;
    write.commit().await?;
    let event = Event::new(EventType::PasswordChange, EventResponseType::Pass);
    auth_events::record(ctx, pool, client, &user, event.with_password(found)).await?;
    let progress = Progress {
        source: TokenSource::NewPasswordChallenge,
        ..session.progress.on_device(request)
    };
    let progress = progress.with_first(FirstProof::Password);
    Ok(Turn::Proved(Verified::first(user, progress, None)))
}

/// Sets the attributes of the answer. What has a value cannot be given anew, not even the same one;
/// what is not required may still be given (unsure).
fn write_attributes(
    pool: &Pool,
    client: &Client,
    user: &mut User,
    given: &[(String, String)],
) -> Result<()> {
    let is_provided = |name: &String| {
        let kept = user.attributes.get(name);
        client.writes(name) && kept.is_some_and(|kept| !kept.is_empty())
    };
    if let Some((name, _)) = given.iter().find(|(name, _)| is_provided(name)) {
        return Err(Error::AlreadyProvided { name: name.clone() });
    }
    attributes::apply_user_writes(pool, client, user, given.iter().cloned())?;
    match attributes::missing_required(pool, user).into_iter().next() {
        Some(name) => Err(Error::NewAttributeMissing { name }),
        None => Ok(()),
    }
}
