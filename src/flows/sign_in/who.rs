//! Who wants to sign in: a user, or somebody who does not exist and, where the client hides that,
//! must not learn it.

use super::Visit;
use super::record;
use crate::error::{Error, Result};
use crate::flows::{attempts, triggers, users};
use crate::store::{Client, User};
use crate::wire::user_pools::{ChallengeName, UserStatusType};

/// Who a name names.
pub(super) enum Who {
    Known(Box<User>),
    /// Only where the client hides who exists.
    Unknown {
        typed: String,
        /// Made up, always the same for the name.
        sub: String,
    },
}

impl Who {
    /// Nobody, made up.
    pub fn unknown(visit: Visit<'_>, typed: &str) -> Self {
        Self::Unknown {
            typed: typed.to_owned(),
            sub: users::simulated_sub(visit.ctx, visit.pool, typed),
        }
    }

    /// The sub, and whether it is a user's.
    pub fn subject(&self) -> (&str, bool) {
        match self {
            Self::Known(user) => (&user.sub, true),
            Self::Unknown { sub, .. } => (sub, false),
        }
    }

    pub fn user(&self) -> Option<&User> {
        match self {
            Self::Known(user) => Some(user),
            Self::Unknown { .. } => None,
        }
    }
}

/// Who the name names. A client that hides nobody is told that there is nobody.
pub(super) fn known_or_hidden(visit: Visit<'_>, found: Option<User>, typed: &str) -> Result<Who> {
    match found {
        Some(user) => Ok(Who::Known(Box::new(user))),
        None if visit.client.hides_unknown_users() => Ok(Who::unknown(visit, typed)),
        None => Err(Error::UserNotFound),
    }
}

/// To be asked by each first factor before it is checked: the function that may refuse a sign-in.
/// It is shown somebody who does not exist, too, where the client hides that.
pub(super) async fn before_first_factor(visit: Visit<'_>, who: &Who) -> Result<()> {
    let Visit {
        ctx, pool, client, ..
    } = visit;
    match who {
        Who::Known(user) => triggers::pre_authentication(ctx, pool, client, user).await,
        Who::Unknown { typed, .. } => {
            triggers::pre_authentication_of_unknown(ctx, pool, client, typed).await
        }
    }
}

/// Settles a password that was right or wrong, sent or proved: counts it, and gives the user who
/// may go on. Nobody's is wrong.
pub(super) async fn settle_password(visit: Visit<'_>, who: Who, right: bool) -> Result<User> {
    let (subject, exists) = who.subject();
    let right = right && exists;
    attempts::settle_sign_in(visit.ctx, visit.pool, subject, right).await?;
    let Who::Known(user) = who else {
        return Err(Error::BadCredentials);
    };
    if !right {
        record::failure(visit, &user, ChallengeName::Password, None).await?;
    }
    check_user(visit.client, &user, right)?;
    Ok(*user)
}

/// Whether the user may go on, with a first factor that was right or wrong: in the order in which
/// the service reveals things. A client that hides which users exist tells nothing of their state
/// before the factor was right.
pub(super) fn check_user(client: &Client, user: &User, right: bool) -> Result<()> {
    let hides = client.hides_unknown_users();
    match user.status {
        _ if !user.enabled && !hides => Err(Error::UserDisabled),
        UserStatusType::ResetRequired if !right && !hides => Err(Error::PasswordResetRequired),
        _ if !right => Err(Error::BadCredentials),
        _ if !user.enabled => Err(Error::UserDisabled),
        UserStatusType::Unconfirmed => Err(Error::UserNotConfirmed),
        UserStatusType::ResetRequired => Err(Error::PasswordResetRequired),
        _ => Ok(()),
    }
}
