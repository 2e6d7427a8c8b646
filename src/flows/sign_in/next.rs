//! What follows what: the one place that decides which step comes after a factor that was right, and the end.
//!
//! The order is Cognito's: a temporary password is replaced, then the device shows itself, then the second factor, then tokens.
//! Not here: how a factor is asked for and checked (the files beside this one).

use super::session::Progress;
use super::{Authenticated, Entrance, Outcome, Visit, new_password};
use crate::error::{Error, Result};
use crate::flows::access_token;
use crate::flows::challenge::OneTime;
use crate::flows::issue_tokens::{self, Door};
use crate::flows::triggers;
use crate::store::{Group, User};
use crate::wire::user_pools::{UserPoolMfaType, UserStatusType};

/// A user who has come this far.
pub(super) struct Reached {
    pub user: User,
    /// Where somebody has looked them up already.
    pub groups: Option<Vec<Group>>,
    pub progress: Progress,
    /// What led here and may lead here only once: to be spent with the next thing that is written.
    pub used: Option<OneTime>,
}

impl Reached {
    /// Ends what led here, when nothing else is written. Of two racing answers one gets through.
    pub async fn spend(&mut self, visit: Visit<'_>) -> Result<()> {
        if let Some(used) = self.used.take() {
            let mut write = visit.ctx.store().write().await?;
            used.spend(&mut write).await?;
            write.commit().await?;
        }
        Ok(())
    }
}

/// What comes next.
enum Step {
    NewPassword,
    Done,
}

/// Takes the user to the next step, or to the end.
pub(super) async fn proceed(visit: Visit<'_>, reached: Reached) -> Result<Outcome> {
    match next(visit, &reached).await? {
        Step::NewPassword => new_password::ask(visit, reached).await,
        Step::Done => finish(visit, reached).await,
    }
}

/// The end of a sign-in by the pool's own challenges: nobody asks for another factor.
pub(super) async fn after_custom(visit: Visit<'_>, reached: Reached) -> Result<Outcome> {
    // No device can be registered yet, so every device key is unknown.
    if reached.progress.device_key.is_some() {
        return Err(Error::DeviceNotFound);
    }
    finish(visit, reached).await
}

async fn next(visit: Visit<'_>, reached: &Reached) -> Result<Step> {
    if reached.user.status == UserStatusType::ForceChangePassword {
        return Ok(Step::NewPassword);
    }
    // No device can be registered yet, so every device key is unknown.
    if reached.progress.device_key.is_some() {
        return Err(Error::DeviceNotFound);
    }
    match visit.pool.mfa() {
        UserPoolMfaType::On => Err(Error::NotAvailable {
            operation: "Multi-factor authentication".to_owned(),
        }),
        UserPoolMfaType::Off | UserPoolMfaType::Optional => Ok(Step::Done),
    }
}

/// The end: tokens at the API, the user at the pages.
async fn finish(visit: Visit<'_>, mut reached: Reached) -> Result<Outcome> {
    let Visit {
        ctx, pool, client, ..
    } = visit;
    triggers::post_authentication(ctx, pool, client, &reached.user, false).await?;
    if visit.entrance == Entrance::Pages {
        reached.spend(visit).await?;
        return Ok(Outcome::Authenticated(Authenticated {
            sub: reached.user.sub,
            auth_time: ctx.now,
            device_key: reached.progress.device_key,
        }));
    }
    let user = &reached.user;
    let family = issue_tokens::new_family(ctx, client, user, access_token::ADMIN_SCOPE);
    match reached.used {
        None => {
            let mut write = ctx.store().write_once().await?;
            write.families().insert(&family).await?;
        }
        Some(used) => {
            let mut write = ctx.store().write().await?;
            used.spend(&mut write).await?;
            write.families().insert(&family).await?;
            write.commit().await?;
        }
    }
    let tokens = issue_tokens::sign_for(
        ctx,
        pool,
        client,
        (user, reached.groups),
        &family,
        (Door::Api, reached.progress.source),
    )
    .await?;
    let refresh_token = issue_tokens::refresh_token(ctx, &family)?;
    Ok(Outcome::Tokens(issue_tokens::result(
        tokens,
        Some(refresh_token),
    )))
}
