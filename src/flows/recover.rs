//! Forgotten passwords: a code to a verified address, and a new password for it.
//!
//! A client that hides which users exist is answered for unknown and disabled users, and for those
//! without a verified address, as if a code had been sent. Not here: passwords that a user changes
//! or an administrator sets (`operations::passwords`).

use super::auth_events::{self, Event};
use super::codes;
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
        let subject = users::simulated_sub(ctx, pool, typed);
        codes::simulate(ctx, pool, &subject, CodePurpose::ResetPassword).await?;
        let noise = users::simulated_bytes(ctx, pool, typed);
        let to = destinations::simulated(&order, typed, noise);
        return Ok(deliver::details(&to));
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

/// Where the code goes, if the user may have one at all. A way that serves the user's second factor
/// is skipped: one message would be both.
fn destination(pool: &Pool, user: &User, order: &[VerifiedAttributeType]) -> Result<Destination> {
    match user.status {
        UserStatusType::Confirmed | UserStatusType::ResetRequired => {
            let mut order = order.to_vec();
            order.retain(|way| !mfa::serves(pool, user, *way));
            destinations::of_recovery(&order, &user.attributes).ok_or(Error::NoRecoveryAddress)
        }
        // Nothing of such a user is verified.
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
    let user = match found {
        // One who got no code although the client was told so is refused like somebody who does not
        // exist.
        Some(user) if !client.hides_unknown_users() || has_code(ctx, &user).await? => user,
        _ => {
            let subject = users::simulated_sub(ctx, pool, typed);
            let purpose = CodePurpose::ResetPassword;
            return Err(codes::refuse_simulated(ctx, pool, &subject, purpose).await?);
        }
    };
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

async fn has_code(ctx: &Ctx, user: &User) -> Result<bool> {
    let purpose = CodePurpose::ResetPassword;
    let mut read = ctx.store().read().await?;
    let code = read.codes().find(&user.sub, purpose).await?;
    Ok(code.is_some())
}

/// Takes the user's password out of use and sends the code for a new one: an administrator's
/// ForgotPassword.
pub async fn by_administrator(ctx: &Ctx, pool: &Pool, user: &User) -> Result<()> {
    if !user.enabled {
        return Err(Error::UserDisabled);
    }
    // Documented: the pool must let users recover their accounts themselves. (unsure how it words
    // that)
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
