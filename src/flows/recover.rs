//! Forgotten passwords: a code is sent to a verified address and exchanged for a new password.
//!
//! If the client hides which users exist, the answer for unknown and disabled users, and for users
//! without a verified address, looks as if a code had been sent. Not here: passwords that a user
//! changes or an administrator sets (`operations::passwords`).

use super::auth_events::{self, Event};
use super::codes::{self, CodeOwner};
use super::deliver::{self, Occasion};
use super::triggers::{self, Caller, Confirmation};
use super::{migrate, passwords as password_flow, users};
use crate::app::Ctx;
use crate::domain::destinations::{self, Destination};
use crate::domain::{mfa, passwords, usernames};
use crate::error::{Error, Result};
use crate::store::{Client, CodePurpose, Pool, User};
use crate::wire::user_pools::{
    CodeDeliveryDetailsType, EventResponseType, EventType, UserStatusType, VerifiedAttributeType,
};

/// Sends a code with which the user may set a new password.
pub async fn begin(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    typed: &str,
) -> Result<CodeDeliveryDetailsType> {
    let found = match users::find(ctx, pool, typed).await? {
        None => migrate::at_forgotten_password(ctx, pool, client, typed).await?,
        known => known,
    };
    let found = users::visible(client, found)?;
    let order = destinations::recovery_order(pool).ok_or(Error::RecoveryByAdminOnly)?;
    let found = match found {
        None => None,
        Some(user) => match destination(pool, &user, &order) {
            Err(Error::NoRecoveryAddress) if client.hides_unknown_users() => None,
            to => Some((to?, user)),
        },
    };
    let Some((to, user)) = found else {
        let order = destinations::simulated_recovery_order(pool, &order);
        return deliver::simulate_code(ctx, pool, typed, &order, CodePurpose::ResetPassword).await;
    };
    let mut write = ctx.store().write().await?;
    codes::refuse_exhausted(ctx, &mut write, &user.sub, CodePurpose::ResetPassword).await?;
    let code = codes::draw(ctx, &user, CodePurpose::ResetPassword, to.address);
    write.codes().put(&code).await?;
    write.commit().await?;
    let event = Event::new(EventType::ForgotPassword, EventResponseType::Pass);
    auth_events::record(ctx, pool, client, &user, event).await?;
    deliver::send_code(
        ctx,
        pool,
        &user,
        Occasion::ForgotPassword(Some(client)),
        to.attribute,
        code,
    )
    .await
}

/// Where the code goes, if the user may have one at all. The medium of the user's second factor is
/// skipped: otherwise one message could serve as both.
fn destination(pool: &Pool, user: &User, order: &[VerifiedAttributeType]) -> Result<Destination> {
    match user.status {
        UserStatusType::Confirmed | UserStatusType::ResetRequired => {
            let mut order = order.to_vec();
            order.retain(|way| !mfa::serves(pool, user, *way));
            destinations::of_recovery(&order, &user.attributes).ok_or(Error::NoRecoveryAddress)
        }
        // Such a user has no verified address.
        UserStatusType::Unconfirmed => Err(Error::NoRecoveryAddress),
        _ => Err(Error::PasswordNotResettable),
    }
}

/// Sets a new password for the code that was sent, which proves the address, too.
pub async fn finish(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    typed: &str,
    code: &str,
    password: &str,
) -> Result<()> {
    let found = users::find_for_client(ctx, pool, client, typed).await?;
    passwords::check(&pool.password_policy(), password)?;
    let owner = CodeOwner {
        user: found.as_ref(),
        simulated_sub: users::simulated_sub(ctx, pool, typed),
        hides: client.hides_unknown_users(),
    };
    // Before the new password is prepared, which takes a while: that would tell who exists.
    codes::check(ctx, pool, &owner, CodePurpose::ResetPassword, code).await?;
    let user = found.ok_or(Error::CodeExpired)?;
    let new = password_flow::prepare(ctx, pool, &user, password).await?;

    let mut write = ctx.store().write().await?;
    let found = write.users().find_by_sub(&pool.id, &user.sub).await?;
    let mut user = found.ok_or(Error::CodeExpired)?;
    let kept;
    (write, kept) =
        codes::redeem(ctx, write, pool, &user, CodePurpose::ResetPassword, code).await?;
    let may = matches!(
        user.status,
        UserStatusType::Confirmed | UserStatusType::ResetRequired
    );
    if !may {
        return Err(Error::PasswordNotResettable);
    }
    password_flow::replace(ctx, &mut write, pool, &mut user, new).await?;
    let held_before = usernames::held(pool, &user);
    destinations::mark_verified(&mut user.attributes, kept.value.as_ref());
    user.status = UserStatusType::Confirmed;
    user.updated_at = ctx.now;
    users::save(&mut write, pool, &held_before, &user).await?;
    write.commit().await?;
    let event = Event::new(EventType::PasswordChange, EventResponseType::Pass);
    auth_events::record(ctx, pool, client, &user, event).await?;
    let (caller, confirmation) = (Caller::Client(client), Confirmation::ForgotPassword);
    triggers::post_confirmation(ctx, pool, caller, confirmation, &user).await
}

/// AdminResetUserPassword: invalidates the user's password and sends the code for a new one.
pub async fn by_administrator(ctx: &Ctx, pool: &Pool, user: &User) -> Result<()> {
    if !user.enabled {
        return Err(Error::UserDisabled);
    }
    // Documented: the pool must allow users to recover their accounts themselves. (unsure) The
    // words are not known.
    let order = destinations::recovery_order(pool).ok_or(Error::RecoveryByAdminOnly)?;
    if user.status != UserStatusType::Confirmed {
        return Err(Error::PasswordNotResettable);
    }
    let to = destination(pool, user, &order)?;
    let mut write = ctx.store().write().await?;
    let found = write.users().find_by_sub(&pool.id, &user.sub).await?;
    let mut user = found.ok_or(Error::UserNotFound)?;
    user.status = UserStatusType::ResetRequired;
    user.updated_at = ctx.now;
    write.users().update(&user).await?;
    let code = codes::draw(ctx, &user, CodePurpose::ResetPassword, to.address);
    write.codes().put(&code).await?;
    write.commit().await?;
    let (occasion, attribute) = (Occasion::ForgotPassword(None), to.attribute);
    deliver::send_code(ctx, pool, &user, occasion, attribute, code).await?;
    Ok(())
}
