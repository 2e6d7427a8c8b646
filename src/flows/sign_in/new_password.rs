//! NEW_PASSWORD_REQUIRED: a temporary password proves who it is, and must be replaced before
//! anything follows.

use std::collections::BTreeMap;

use super::next::{self, Reached};
use super::session::{Asked, First, Progress, Session};
use super::{Outcome, Parameters, Visit};
use crate::domain::{attributes, usernames};
use crate::error::{Error, Result};
use crate::flows::triggers::TokenSource;
use crate::flows::{passwords, users};
use crate::store::{Client, Pool, User};
use crate::wire::user_pools::{ChallengeNameType, UserStatusType};

/// Asks for a new password, as long as the temporary one may be used.
pub(super) async fn ask(visit: Visit<'_>, mut reached: Reached) -> Result<Outcome> {
    let Visit { ctx, pool, .. } = visit;
    let user = &reached.user;
    let set_at = user
        .password
        .as_ref()
        .map_or(user.created_at, |password| password.set_at);
    if set_at.plus(pool.temporary_password_validity()) <= ctx.now {
        return Err(Error::TemporaryPasswordExpired);
    }
    let missing: Vec<String> = attributes::missing_required(pool, user)
        .iter()
        .map(|name| format!("userAttributes.{name}"))
        .collect();
    let parameters = BTreeMap::from([
        ("USER_ID_FOR_SRP".to_owned(), user.username.clone()),
        (
            "requiredAttributes".to_owned(),
            serde_json::to_string(&missing)?,
        ),
        (
            "userAttributes".to_owned(),
            serde_json::to_string(&user.attributes)?,
        ),
    ]);
    reached.spend(visit).await?;
    let (user, progress) = (&reached.user, reached.progress);
    Ok(Outcome::Challenge {
        name: ChallengeNameType::NewPasswordRequired,
        parameters,
        session: Some(Session::begin(visit, user, Asked::NewPassword, progress)?),
        available: Vec::new(),
    })
}

/// The answer to NEW_PASSWORD_REQUIRED: a password that conforms, with the required attributes that
/// were missing.
pub(super) async fn answer(visit: Visit<'_>, sealed: Option<&str>) -> Result<Outcome> {
    let Visit {
        ctx,
        pool,
        client,
        given,
        ..
    } = visit;
    visit.username()?;
    let session = Session::open(visit, sealed).await?;
    if session.asked != Asked::NewPassword {
        return Err(Error::SessionInvalid);
    }
    let user = session.user(visit).await?;
    let password = given.require("NEW_PASSWORD")?;
    let password = passwords::prepare(ctx, pool, &user, password).await?;

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
    write_attributes(pool, client, &mut user, given)?;
    user.status = UserStatusType::Confirmed;
    passwords::replace(ctx, &mut write, pool, &mut user, password).await?;
    user.updated_at = ctx.now;
    users::save(&mut write, pool, &held_before, &user).await?;
    write.commit().await?;
    let progress = session.progress.on_device(visit);
    let progress = Progress {
        source: TokenSource::NewPasswordChallenge,
        ..progress
    };
    let reached = Reached::first(user, First::Password, progress, None);
    next::proceed(visit, reached).await
}

/// Sets the `userAttributes.<name>` of the answer. What is verified already cannot be given anew.
fn write_attributes(
    pool: &Pool,
    client: &Client,
    user: &mut User,
    given: &Parameters,
) -> Result<()> {
    let given: Vec<(String, String)> = given
        .0
        .iter()
        .filter_map(|(name, value)| {
            name.strip_prefix("userAttributes.")
                .map(|name| (name.to_owned(), value.clone()))
        })
        .collect();
    let is_verified = |flag: &str| {
        user.attributes
            .get(flag)
            .is_some_and(|value| value == "true")
    };
    for (name, value) in &given {
        let provided = user.attributes.get(name).is_some_and(|kept| kept != value);
        match name.as_str() {
            "email" if provided && is_verified("email_verified") => {
                return Err(Error::AlreadyProvidedEmail);
            }
            "phone_number" if provided && is_verified("phone_number_verified") => {
                return Err(Error::AlreadyProvidedPhone);
            }
            _ => {}
        }
    }
    attributes::apply_user_writes(pool, client, user, given)?;
    match attributes::missing_required(pool, user).into_iter().next() {
        Some(name) => Err(Error::NewAttributeMissing { name }),
        None => Ok(()),
    }
}
