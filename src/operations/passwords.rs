//! Passwords: set by an administrator, changed by the user, or forgotten. Not here: the first own
//! password of a user whom an administrator created (`flows::sign_in`).

use crate::app::Ctx;
use crate::error::{Error, Result};
use crate::flows::access_token::authorize;
use crate::flows::auth_events::{self, Event};
use crate::flows::authenticate_client::check_secret_hash;
use crate::flows::{attempts, passwords, recover, risk, users};
use crate::wire::user_pools::*;

/// Possible in every status. A permanent password confirms the user; a temporary one must be
/// changed at the next sign-in.
pub async fn admin_set_user_password(
    ctx: &Ctx,
    input: AdminSetUserPasswordRequest,
) -> Result<AdminSetUserPasswordResponse> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    let user = users::find(ctx, &pool, input.username.expose())
        .await?
        .ok_or(Error::UserNotFound)?;
    let new = passwords::prepare(ctx, &pool, &user, input.password.expose()).await?;

    let mut write = ctx.store().write().await?;
    let found = write.users().find_by_sub(&pool.id, &user.sub).await?;
    let mut user = found.ok_or(Error::UserNotFound)?;
    passwords::replace(ctx, &mut write, &pool, &mut user, new).await?;
    user.status = if input.permanent.unwrap_or(false) {
        UserStatusType::Confirmed
    } else {
        UserStatusType::ForceChangePassword
    };
    user.updated_at = ctx.now;
    write.users().update(&user).await?;
    write.commit().await?;
    Ok(AdminSetUserPasswordResponse {})
}

/// Users without a password leave the previous one out.
pub async fn change_password(
    ctx: &Ctx,
    input: ChangePasswordRequest,
) -> Result<ChangePasswordResponse> {
    let caller = authorize(ctx, input.access_token.expose()).await?;
    let (pool, user) = (&caller.pool, &caller.user);
    if user.status == UserStatusType::ExternalProvider {
        // (unsure) Documented only: such a user has no password here.
        return Err(Error::BadCredentials);
    }
    if user.password.is_some() {
        let Some(previous) = &input.previous_password else {
            return Err(Error::MissingParameter {
                name: "OldPassword".to_owned(),
            });
        };
        let right = passwords::is_right(ctx, user, previous.expose()).await?;
        attempts::settle_change_password(ctx, pool, &user.sub, right).await?;
        if !right {
            let event = Event::new(EventType::PasswordChange, EventResponseType::Fail);
            auth_events::record(ctx, pool, &caller.client, user, event).await?;
            return Err(Error::BadCredentials);
        }
    } else if input.previous_password.is_some() {
        return Err(Error::BadCredentials);
    }
    let proposed = input.proposed_password.expose();
    let new = passwords::prepare(ctx, pool, user, proposed).await?;
    let compromised = risk::check_new_password(ctx, pool, &caller.client, user, proposed).await?;

    let mut write = ctx.store().write().await?;
    let found = write.users().find_by_sub(&pool.id, &user.sub).await?;
    let mut now = found.ok_or(Error::UserNotFound)?;
    if now.password != user.password {
        // Another request was faster, and the previous password is no longer the present one.
        return Err(Error::BadCredentials);
    }
    passwords::replace(ctx, &mut write, pool, &mut now, new).await?;
    now.updated_at = ctx.now;
    write.users().update(&now).await?;
    write.commit().await?;
    let event = Event::new(EventType::PasswordChange, EventResponseType::Pass);
    let event = event.with_password(compromised);
    auth_events::record(ctx, pool, &caller.client, user, event).await?;
    Ok(ChangePasswordResponse {})
}

pub async fn forgot_password(
    ctx: &Ctx,
    input: ForgotPasswordRequest,
) -> Result<ForgotPasswordResponse> {
    let (pool, client) = ctx.client(input.client_id.expose()).await?;
    let username = input.username.expose();
    let hash = input.secret_hash.as_ref().map(|one| one.expose().as_str());
    check_secret_hash(ctx, &client, username, hash)?;
    let details = recover::begin(ctx, &pool, &client, username).await?;
    Ok(ForgotPasswordResponse {
        code_delivery_details: Some(details),
    })
}

pub async fn confirm_forgot_password(
    ctx: &Ctx,
    input: ConfirmForgotPasswordRequest,
) -> Result<ConfirmForgotPasswordResponse> {
    let (pool, client) = ctx.client(input.client_id.expose()).await?;
    let username = input.username.expose();
    let hash = input.secret_hash.as_ref().map(|one| one.expose().as_str());
    check_secret_hash(ctx, &client, username, hash)?;
    let (code, password) = (&input.confirmation_code, input.password.expose());
    recover::finish(ctx, &pool, &client, username, code, password).await?;
    Ok(ConfirmForgotPasswordResponse {})
}

pub async fn admin_reset_user_password(
    ctx: &Ctx,
    input: AdminResetUserPasswordRequest,
) -> Result<AdminResetUserPasswordResponse> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    let found = users::find(ctx, &pool, input.username.expose()).await?;
    let user = found.ok_or(Error::UserNotFound)?;
    recover::by_administrator(ctx, &pool, &user).await?;
    Ok(AdminResetUserPasswordResponse {})
}
