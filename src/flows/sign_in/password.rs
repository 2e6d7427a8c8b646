//! A password in clear, as the first factor: USER_PASSWORD_AUTH, ADMIN_USER_PASSWORD_AUTH, and the
//! PASSWORD of USER_AUTH.

use super::challenges::{Challenge, NextChallenge};
use super::first_factor::{Evidence, pre_authentication, settle_password};
use super::request::{Entrance, Required, SignInRequest};
use super::session::{FirstProof, PendingChallenge, Progress, Session};
use super::subject::{Subject, known_or_hidden};
use super::turn::{Turn, Verified};
use crate::domain::first_factors::FirstFactor;
use crate::domain::risk::Finding;
use crate::error::{Error, Result};
use crate::flows::auth_events::{self, Event};
use crate::flows::challenge::SingleUse;
use crate::flows::{attempts, migrate, passwords, risk, triggers, users};
use crate::keys::Identity;
use crate::store::{Group, User};
use crate::wire::user_pools::{
    ChallengeName, ChallengeResponse, EventFilterType, EventResponseType, UserStatusType,
};

pub(super) async fn begin(request: SignInRequest<'_>, password: &Required) -> Result<Turn> {
    let username = request.username()?;
    let text = password.get()?;
    let found = users::find_with_groups(request.ctx, request.pool, username).await?;
    let (user, groups) = found.unzip();
    let user = or_migrated(request, user, username, text).await?;
    let claim = PasswordClaim {
        subject: known_or_hidden(request, user, username)?,
        groups,
        progress: Progress::of(request),
        used: None,
    };
    claim.check(request, password).await
}

/// USER_AUTH: asks for the password.
pub(super) fn ask(
    request: SignInRequest<'_>,
    subject: &Subject,
    progress: Progress,
    available: Vec<FirstFactor>,
) -> Result<Turn> {
    let session = Session::begin_for(request, subject, PendingChallenge::Password, progress)?;
    Ok(Turn::Asked(NextChallenge {
        challenge: Challenge::Password,
        session: Some(session),
        available,
    }))
}

/// The answer to PASSWORD. A wrong one leaves the session valid (unsure).
pub(super) async fn answer(
    request: SignInRequest<'_>,
    session: &Required,
    password: &Required,
) -> Result<Turn> {
    let session = Session::of_answer(request, session).await?;
    if session.pending != PendingChallenge::Password {
        return Err(Error::SessionInvalid);
    }
    let claim = PasswordClaim {
        subject: session.subject(request).await?,
        groups: None,
        progress: session.progress,
        used: Some(session.once),
    };
    claim.check(request, password).await
}

/// Who is to be signed in by a password.
pub(super) struct PasswordClaim {
    pub subject: Subject,
    /// Of a user who was looked up with them.
    pub groups: Option<Vec<Group>>,
    pub progress: Progress,
    /// What led here and may lead here only once.
    pub used: Option<SingleUse>,
}

impl PasswordClaim {
    /// Checks the password that was sent.
    pub async fn check(self, request: SignInRequest<'_>, password: &Required) -> Result<Turn> {
        let password = password.get()?;
        pre_authentication(request, &self.subject).await?;
        let subject = match self.subject {
            Subject::Unknown { ref typed, .. } => {
                let migrated = migrated(request, typed, password).await?;
                migrated.map_or(self.subject, |user| Subject::Known(Box::new(user)))
            }
            known => known,
        };
        // The pages go on to the confirmation with a right password only.
        if request.entrance != Entrance::Pages {
            subject.check_confirmed(request.client)?;
        }
        let right = is_right(request, &subject, password).await?;
        let mut user = settle_password(request, subject, Evidence::Sent { right }).await?;
        passwords::replace_unfit(request.ctx, &mut user, password).await?;
        let found = look_up(request, &user, password).await?;
        if found == Finding::Blocked {
            return Err(block(request, user, self.progress).await?);
        }
        let progress = self.progress.on_device(request);
        let progress = progress.with_first(FirstProof::Password);
        Ok(Turn::Proved(Verified {
            groups: self.groups,
            found,
            ..Verified::first(user, progress, self.used)
        }))
    }
}

/// Whether the password, which was right, is one that everybody knows. (unsure) A temporary one is
/// not looked up: it is replaced in any case.
async fn look_up(request: SignInRequest<'_>, user: &User, password: &str) -> Result<Finding> {
    let SignInRequest {
        ctx, pool, client, ..
    } = request;
    if user.status == UserStatusType::ForceChangePassword {
        return Ok(Finding::Nothing);
    }
    risk::look_up(ctx, pool, client, EventFilterType::SignIn, password).await
}

/// Documented: the user must set another password before anything else.
async fn block(request: SignInRequest<'_>, user: User, progress: Progress) -> Result<Error> {
    let SignInRequest {
        ctx, pool, client, ..
    } = request;
    let (kind, response) = (ChallengeName::Password, ChallengeResponse::Success);
    let event = Event::sign_in(progress.event, EventResponseType::Fail, kind, response);
    let event = event.with_password(Finding::Blocked);
    auth_events::record(ctx, pool, client, &user, event).await?;
    let mut write = ctx.store().write().await?;
    let found = write.users().find_by_sub(&pool.id, &user.sub).await?;
    if let Some(mut now) = found.filter(|now| now.password == user.password) {
        now.status = UserStatusType::ResetRequired;
        now.updated_at = ctx.now;
        write.users().update(&now).await?;
        write.commit().await?;
    }
    Ok(Error::PasswordFoundCompromised)
}

/// Whether it is the user's password. Where there is no user, or no password, it takes as long; and
/// a wrong one as long as for users with an imported hash, if the client hides which users exist.
async fn is_right(request: SignInRequest<'_>, subject: &Subject, password: &str) -> Result<bool> {
    let SignInRequest { ctx, pool, .. } = request;
    let identity = Identity {
        pool_id: &pool.id,
        username: subject.username(),
    };
    let user = subject.user().filter(|user| user.password.is_some());
    let right = match user {
        Some(user) => passwords::is_right(ctx, user, password).await?,
        None => ctx.app.keys.seal.is_nobodys_password(identity, password),
    };
    let kept = user.and_then(|user| user.password.as_ref());
    if !right && request.client.hides_unknown_users() {
        passwords::work_as_if_imported(ctx, pool, kept, password).await?;
    }
    Ok(right)
}

/// The user who was found, or whom another directory knows. Where the client hides which users
/// exist, that one is asked only after the function that may refuse a sign-in: see
/// [`PasswordClaim::check`].
pub(super) async fn or_migrated(
    request: SignInRequest<'_>,
    found: Option<User>,
    username: &str,
    password: &str,
) -> Result<Option<User>> {
    match found {
        None if !request.client.hides_unknown_users() => {
            migrated(request, username, password).await
        }
        found => Ok(found),
    }
}

/// Somebody whom another directory knows, made here with the password that was typed. What it
/// refuses is counted like a wrong password, so that nobody guesses passwords there without end.
async fn migrated(
    request: SignInRequest<'_>,
    username: &str,
    password: &str,
) -> Result<Option<User>> {
    let SignInRequest {
        ctx, pool, client, ..
    } = request;
    if !triggers::migrates_users(pool) {
        return Ok(None);
    }
    let subject = users::simulated_sub(ctx, pool, username);
    attempts::refuse_locked_out(ctx, &subject).await?;
    let migrated = migrate::at_sign_in(ctx, pool, client, username, password).await;
    if migrated.is_err() {
        attempts::settle_sign_in(ctx, pool, &subject, false).await?;
    }
    migrated
}
