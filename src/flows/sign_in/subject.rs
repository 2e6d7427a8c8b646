//! Whom a sign-in is about: a user, or somebody who does not exist and, where the client hides
//! that, must not learn it.

use super::request::SignInRequest;
use crate::domain::usernames;
use crate::error::{Error, Result};
use crate::flows::users;
use crate::store::{Client, NameKind, Pool, User};
use crate::wire::user_pools::UserStatusType;

pub(super) enum Subject {
    Known(Box<User>),
    /// Only where the client hides which users exist.
    Unknown {
        typed: String,
        /// Made up, always the same for the name.
        sub: String,
        /// The same, as their user name.
        username: String,
    },
}

impl Subject {
    /// A made-up subject for a name that no user has.
    pub fn unknown(request: SignInRequest<'_>, typed: &str) -> Self {
        let sub = users::simulated_sub(request.ctx, request.pool, typed);
        Self::Unknown {
            typed: typed.to_owned(),
            username: simulated_username(request.pool, typed, &sub),
            sub,
        }
    }

    pub fn sub(&self) -> &str {
        match self {
            Self::Known(user) => &user.sub,
            Self::Unknown { sub, .. } => sub,
        }
    }

    pub fn user(&self) -> Option<&User> {
        match self {
            Self::Known(user) => Some(user),
            Self::Unknown { .. } => None,
        }
    }

    /// What challenges call them: never the alias that was typed.
    pub fn username(&self) -> &str {
        match self {
            Self::Known(user) => &user.username,
            Self::Unknown { username, .. } => username,
        }
    }

    /// Refuses a user who could not sign in whatever the proof, before one is asked for: disabled
    /// or not confirmed. (unsure) A client that hides which users exist is not told.
    pub fn check_may_prove(&self, client: &Client) -> Result<()> {
        self.check_enabled(client)?;
        self.check_confirmed(client)
    }

    /// Refuses a user who has not confirmed, whatever the password is, unless the client hides
    /// which users exist.
    pub fn check_confirmed(&self, client: &Client) -> Result<()> {
        match self.user() {
            Some(user)
                if user.enabled
                    && user.status == UserStatusType::Unconfirmed
                    && !client.hides_unknown_users() =>
            {
                Err(Error::UserNotConfirmed)
            }
            _ => Ok(()),
        }
    }

    /// Refuses a disabled user at once, unless the client hides which users exist.
    pub fn check_enabled(&self, client: &Client) -> Result<()> {
        match self.user() {
            Some(user) if !user.enabled && !client.hides_unknown_users() => {
                Err(Error::UserDisabled)
            }
            _ => Ok(()),
        }
    }
}

/// The user name of somebody who does not exist: what was typed, or a made-up sub where the real
/// one would not be what was typed. (unsure) Whether a real one has capital letters is the choice
/// of its user; most have none.
fn simulated_username(pool: &Pool, typed: &str, sub: &str) -> String {
    let is_alias = usernames::looks_like_email(typed) || usernames::looks_like_phone_number(typed);
    if pool.username_attributes().is_empty() && (pool.alias_attributes().is_empty() || !is_alias) {
        return usernames::fold(pool, NameKind::Username, typed);
    }
    sub.to_owned()
}

/// The user who was found by a name. A client that hides nobody is told when there is none.
pub(super) fn known_or_hidden(
    request: SignInRequest<'_>,
    found: Option<User>,
    typed: &str,
) -> Result<Subject> {
    match found {
        Some(user) => {
            request.ctx.note_username(&user.username);
            Ok(Subject::Known(Box::new(user)))
        }
        None if request.client.hides_unknown_users() => Ok(Subject::unknown(request, typed)),
        None => Err(request
            .ctx
            .explain(Error::UserNotFound, users::why_unknown(request.pool, typed))),
    }
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

pub(super) fn enabled(user: User) -> Result<User> {
    if user.enabled {
        Ok(user)
    } else {
        Err(Error::UserDisabled)
    }
}
