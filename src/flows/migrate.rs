//! Migrates users from another directory: they are created when they first sign in, with the
//! password that they typed.
//!
//! Not here: calling the pool's function (`triggers`), users whom administrators create
//! (`operations::users`).

use super::deliver::{self, Invitation};
use super::triggers::{self, Migrated, MigrationMoment};
use super::{passwords as password_flow, users};
use crate::app::Ctx;
use crate::domain::attributes;
use crate::domain::usernames::{self, Chosen};
use crate::error::{Error, Result};
use crate::store::{Client, Pool, User};
use crate::wire::user_pools::{AttributeType, UserStatusType};

/// The attribute in which a function returns the user name if an alias was typed.
const USERNAME: &str = "username";

/// Looks for the user whose name and password were typed at a sign-in. None if the pool has no
/// function for that.
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
        // Reported: a user name that the pool does not accept is refused in its own words.
        Error::UsernameLooksLikeEmail | Error::UsernameLooksLikePhone => error,
        _ => Error::MigrationFailed {
            client: client.id.clone(),
        },
    })
}

/// Looks for a user who has forgotten the password. Reported: the client learns that the function
/// refused. (unsure) Unless the client hides which users exist: then it is answered as for an
/// unknown user.
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
            | Error::FunctionOutput
            | Error::FunctionOutputNotJson),
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
        // The client learns little about it, but the author of the function should see it.
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
    // Documented: without CONFIRMED the user must set a new password, and the one that was typed
    // need not satisfy the policy.
    user.status = match migrated.confirmed {
        true => UserStatusType::Confirmed,
        false => UserStatusType::ResetRequired,
    };
    user.mfa.sms = migrated.enables_sms_mfa;
    let password = match moment {
        MigrationMoment::Authentication(password) => Some(password),
        MigrationMoment::ForgotPassword => {
            // Documented: resetting the password confirms the user.
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

    // (unsure) The documentation calls it the welcome message. Whoever resets a password gets a
    // code anyway.
    if let Some(password) = password.filter(|_| !migrated.suppresses_message) {
        let invitation = Invitation {
            username: name,
            password,
            desired: migrated.mediums.as_deref(),
        };
        deliver::invite(ctx, pool, &user, invitation).await?;
    }
    Ok(user)
}
