//! What all first factors share: the function that may refuse a sign-in before one is checked, and
//! what becomes of a password that was right or wrong.

use super::record;
use super::request::SignInRequest;
use super::subject::{Subject, check_user};
use crate::error::{Error, Result};
use crate::flows::{attempts, triggers, users};
use crate::store::User;
use crate::wire::user_pools::{ChallengeName, UserStatusType};

/// Runs PreAuthentication, which may refuse the sign-in. Every first factor calls it before it
/// checks the answer, also for unknown users when the client hides them.
pub(super) async fn pre_authentication(
    request: SignInRequest<'_>,
    subject: &Subject,
) -> Result<()> {
    let SignInRequest {
        ctx, pool, client, ..
    } = request;
    match subject {
        Subject::Known(user) => triggers::pre_authentication(ctx, pool, client, user).await,
        Subject::Unknown { typed, .. } => {
            triggers::pre_authentication_of_unknown(ctx, pool, client, typed).await
        }
    }
}

/// How a password came, and whether it was the user's.
#[derive(Debug, Clone, Copy)]
pub(super) enum Evidence {
    Sent {
        right: bool,
    },
    /// By SRP, whose proof comes before anything is told of the user.
    Proved {
        right: bool,
    },
}

/// Settles a password that was right or wrong: counts it, and gives the user who may go on. A
/// password sent for an unknown user is always wrong.
pub(super) async fn settle_password(
    request: SignInRequest<'_>,
    subject: Subject,
    evidence: Evidence,
) -> Result<User> {
    let (Evidence::Sent { right } | Evidence::Proved { right }) = evidence;
    let right = right && subject.user().is_some();
    attempts::settle_sign_in(request.ctx, request.pool, subject.sub(), right).await?;
    let user = match subject {
        Subject::Known(user) => user,
        Subject::Unknown { typed, .. } => {
            let hidden = format!(
                "{} The app client {} has PreventUserExistenceErrors ENABLED, so the answer does \
                 not tell.",
                users::why_unknown(request.pool, &typed),
                request.client.id
            );
            return Err(request.ctx.explain(Error::BadCredentials, hidden));
        }
    };
    if !right {
        record::failure(request, &user, ChallengeName::Password, None).await?;
    }
    let wrong = |error| match error {
        Error::BadCredentials => request.ctx.explain(error, why_wrong(&user)),
        other => other,
    };
    if !right && matches!(evidence, Evidence::Proved { .. }) && user.enabled {
        return Err(wrong(Error::BadCredentials));
    }
    check_user(request.client, &user, right).map_err(wrong)?;
    Ok(*user)
}

/// For the developer: what else is to be known where the password is wrong.
fn why_wrong(user: &User) -> String {
    let name = &user.username;
    if user.password.is_none() {
        return format!(
            "The user \"{name}\" has no password: status {}, which AdminSetUserPassword changes.",
            user.status.as_str()
        );
    }
    let which = match user.status {
        UserStatusType::ForceChangePassword => "temporary password",
        _ => "password",
    };
    let disabled = if user.enabled {
        ""
    } else {
        " The user is disabled, too."
    };
    format!(
        "The password is not the {which} of the user \"{name}\" (status {}).{disabled}",
        user.status.as_str()
    )
}
