//! Signing up and confirming a sign-up. Not here: the steps (`flows::sign_up`), users whom an
//! administrator creates (`users`).

use crate::app::Ctx;
use crate::error::{Error, Result};
use crate::flows::authenticate_client::check_secret_hash;
use crate::flows::codes;
use crate::flows::sign_in::{self, Entrance};
use crate::flows::sign_up::{self, Registration};
use crate::flows::triggers::{self, Caller, Confirmation};
use crate::flows::users::{existing, find};
use crate::store::CodePurpose;
use crate::wire::Sensitive;
use crate::wire::user_pools::*;

/// Confirms the user. Address and number stay unverified.
pub async fn admin_confirm_sign_up(
    ctx: &Ctx,
    input: AdminConfirmSignUpRequest,
) -> Result<AdminConfirmSignUpResponse> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    let mut write = ctx.store().write().await?;
    let mut user = existing(&mut write, &pool, input.username.expose()).await?;
    if user.status != UserStatusType::Unconfirmed {
        return Err(Error::CannotConfirm {
            status: user.status.as_str().to_owned(),
        });
    }
    user.status = UserStatusType::Confirmed;
    user.updated_at = ctx.now;
    write.users().update(&user).await?;
    codes::forget(&mut write, &user.sub, CodePurpose::SignUp).await?;
    write.commit().await?;
    let (caller, confirmation) = (Caller::Nobody, Confirmation::SignUp);
    triggers::post_confirmation(ctx, &pool, caller, confirmation, &user).await?;
    Ok(AdminConfirmSignUpResponse {})
}

pub async fn sign_up(ctx: &Ctx, input: SignUpRequest) -> Result<SignUpResponse> {
    let (pool, client) = ctx.client(input.client_id.expose()).await?;
    let username = input.username.expose();
    let hash = input.secret_hash.as_ref().map(|one| one.expose().as_str());
    check_secret_hash(ctx, &client, username, hash)?;
    let password = input.password.as_ref().map(|one| one.expose().as_str());
    let asked = Registration {
        username,
        password,
        attributes: input.user_attributes.unwrap_or_default(),
    };
    let (user, details) = sign_up::sign_up(ctx, &pool, &client, asked).await?;
    let entrance = Entrance::Api;
    let session = sign_in::session_after_sign_up(ctx, &pool, &client, entrance, &user, false)?;
    Ok(SignUpResponse {
        user_confirmed: Some(user.status == UserStatusType::Confirmed),
        code_delivery_details: details,
        user_sub: Some(user.sub),
        session: session.map(Sensitive::new),
    })
}

pub async fn confirm_sign_up(
    ctx: &Ctx,
    input: ConfirmSignUpRequest,
) -> Result<ConfirmSignUpResponse> {
    let (pool, client) = ctx.client(input.client_id.expose()).await?;
    let username = input.username.expose();
    let hash = input.secret_hash.as_ref().map(|one| one.expose().as_str());
    check_secret_hash(ctx, &client, username, hash)?;
    let force = input.force_alias_creation.unwrap_or(false);
    let code = &input.confirmation_code;
    if let Some(session) = &input.session {
        let session = session.expose();
        sign_in::check_sign_up_session(ctx, &pool, &client, username, session).await?;
    }
    sign_up::confirm(ctx, &pool, &client, username, code, force).await?;
    let session = match find(ctx, &pool, username).await? {
        Some(user) => {
            let entrance = Entrance::Api;
            sign_in::session_after_sign_up(ctx, &pool, &client, entrance, &user, true)?
        }
        None => None,
    };
    Ok(ConfirmSignUpResponse {
        session: session.map(Sensitive::new),
    })
}

pub async fn resend_confirmation_code(
    ctx: &Ctx,
    input: ResendConfirmationCodeRequest,
) -> Result<ResendConfirmationCodeResponse> {
    let (pool, client) = ctx.client(input.client_id.expose()).await?;
    let username = input.username.expose();
    let hash = input.secret_hash.as_ref().map(|one| one.expose().as_str());
    check_secret_hash(ctx, &client, username, hash)?;
    let details = sign_up::resend(ctx, &pool, &client, username).await?;
    Ok(ResendConfirmationCodeResponse {
        code_delivery_details: Some(details),
    })
}
