//! Users whom another directory knows: made here at the moment at which they are missed, with the
//! password that they typed.
//!
//! Not here: what the pool's function is asked (`triggers`), users that administrators make
//! (`operations::users`).

use super::triggers::{self, Caller, Migrated, MigrationMoment};
use super::{deliver, passwords as password_flow, users};
use crate::app::Ctx;
use crate::domain::attributes;
use crate::domain::usernames::{self, Chosen};
use crate::error::{Error, Result};
use crate::store::{Client, Pool, User};
use crate::wire::user_pools::{AttributeType, UserStatusType};

/// The name under which a function may tell a user's own name, where an alias was typed.
const USERNAME: &str = "username";

/// Looks for somebody whose name and password were typed at a sign-in. None where the pool has no
/// function for it.
pub async fn at_sign_in(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    typed: &str,
    password: &str,
) -> Result<Option<User>> {
    let moment = MigrationMoment::Authentication(password);
    let made = migrate(ctx, pool, client, typed, moment).await;
    made.map_err(|error| match error {
        Error::Internal(cause) => Error::Internal(cause),
        _ if client.hides_unknown_users() => Error::BadCredentials,
        // Reported: a name that the pool does not take is told as what it is.
        Error::UsernameLooksLikeEmail | Error::UsernameLooksLikePhone => error,
        _ => Error::MigrationFailed {
            client: client.id.clone(),
        },
    })
}

/// Looks for somebody who has forgotten the password. Reported: what the function refuses is told.
/// (unsure) A client that hides who exists is not told, but answered like for somebody who does
/// not.
pub async fn at_forgotten_password(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    typed: &str,
) -> Result<Option<User>> {
    let made = migrate(ctx, pool, client, typed, MigrationMoment::ForgotPassword).await;
    match made {
        Err(Error::Internal(cause)) => Err(Error::Internal(cause)),
        Err(_) if client.hides_unknown_users() => Ok(None),
        Err(
            error @ (Error::FunctionFailed { .. }
            | Error::FunctionNotInvoked { .. }
            | Error::FunctionOutput),
        ) => Err(error),
        Err(_) => Err(Error::MigrationFailed {
            client: client.id.clone(),
        }),
        made => made,
    }
}

async fn migrate(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    typed: &str,
    moment: MigrationMoment<'_>,
) -> Result<Option<User>> {
    let Some(migrated) = triggers::user_migration(ctx, pool, client, typed, moment).await? else {
        return Ok(None);
    };
    let made = make(ctx, pool, typed, moment, migrated).await;
    if let Err(error) = &made {
        // The client learns little of it; who wrote the function should know.
        let reason = error.situation();
        tracing::warn!(pool = pool.id, reason, "a migrated user was not made");
    }
    made.map(Some)
}

async fn make(
    ctx: &Ctx,
    pool: &Pool,
    typed: &str,
    moment: MigrationMoment<'_>,
    mut migrated: Migrated,
) -> Result<User> {
    let own_name = migrated
        .attributes
        .iter()
        .position(|(name, _)| name == USERNAME)
        .map(|at| migrated.attributes.remove(at).1);
    let name = own_name.as_deref().unwrap_or(typed);
    let chosen = usernames::choose(pool, name)?;
    let named = match chosen {
        Chosen::Username => None,
        Chosen::Attribute(attribute) => Some((attribute, name)),
    };
    let given = migrated.attributes.into_iter();
    let given = given.map(|(name, value)| AttributeType {
        name,
        value: Some(value.into()),
    });
    let attributes = attributes::at_creation(pool, named, given.collect())?;
    let mut user = users::new(ctx, pool, (name, chosen), attributes, None);
    // Documented: without CONFIRMED the user must set a new password, and the policy is not asked
    // about the one that was typed.
    user.status = match migrated.confirmed {
        true => UserStatusType::Confirmed,
        false => UserStatusType::ResetRequired,
    };
    user.mfa.sms = migrated.enables_sms_mfa;
    let password = match moment {
        MigrationMoment::Authentication(password) => Some(password),
        MigrationMoment::ForgotPassword => {
            // Documented: whoever resets the password now is confirmed by it.
            user.status = UserStatusType::ResetRequired;
            None
        }
    };
    if let Some(password) = password {
        user.password = Some(password_flow::make(ctx, &user, password).await?);
    }
    let names = usernames::held(pool, &user);
    let mut write = ctx.store().write().await?;
    for name in &names {
        users::claim(ctx, &mut write, pool, name, migrated.force_alias_creation).await?;
    }
    write.users().insert(&user, &names).await?;
    write.commit().await?;

    // (unsure) The documentation calls it the welcome message; who resets a password gets a code
    // anyway.
    if let Some(password) = password.filter(|_| !migrated.suppresses_message) {
        let via = (pool, Caller::Administrator);
        let mediums = migrated.mediums.as_deref();
        deliver::invite(ctx, via, &user, name, password, mediums).await?;
    }
    Ok(user)
}
