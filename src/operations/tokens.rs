//! Tokens after the sign-in: refresh with rotation, revoke, sign out everywhere.

use crate::app::Ctx;
use crate::error::{Error, Result};
use crate::flows::issue_tokens::{self, Door};
use crate::flows::{access_token, authenticate_client, refresh, sign_out, users};
use crate::wire::Sensitive;
use crate::wire::user_pools::{
    AdminUserGlobalSignOutRequest, AdminUserGlobalSignOutResponse,
    GetTokensFromRefreshTokenRequest, GetTokensFromRefreshTokenResponse, GlobalSignOutRequest,
    GlobalSignOutResponse, RevokeTokenRequest, RevokeTokenResponse,
};

fn text(secret: Option<&Sensitive<String>>) -> Option<&str> {
    secret.map(|secret| secret.expose().as_str())
}

pub async fn get_tokens_from_refresh_token(
    ctx: &Ctx,
    input: GetTokensFromRefreshTokenRequest,
) -> Result<GetTokensFromRefreshTokenResponse> {
    let (pool, client) = ctx.client(input.client_id.expose()).await?;
    if !authenticate_client::is_secret(&client, text(input.client_secret.as_ref())) {
        return Err(Error::ClientSecretWrong {
            client: client.id.clone(),
        });
    }
    let open = refresh::open(ctx, &pool, &client, input.refresh_token.expose()).await?;
    refresh::check_device(&pool, &open, input.device_key.as_deref())?;
    let (tokens, rotated) =
        refresh::refresh_and_rotate(ctx, &pool, &client, open, Door::Api).await?;
    Ok(GetTokensFromRefreshTokenResponse {
        authentication_result: Some(issue_tokens::result(tokens, rotated)),
    })
}

/// `RevokeAssociatedSessions` has no effect: no session is tracked, so a token has no parent session.
pub async fn revoke_token(ctx: &Ctx, input: RevokeTokenRequest) -> Result<RevokeTokenResponse> {
    // This operation declares neither ResourceNotFound nor NotAuthorized: an unknown client is an unauthorized one.
    let (_, client) = ctx
        .client(input.client_id.expose())
        .await
        .map_err(|error| match error {
            Error::ClientNotFound { .. } => Error::ClientUnauthorized,
            other => other,
        })?;
    if !authenticate_client::is_secret(&client, text(input.client_secret.as_ref())) {
        return Err(Error::ClientUnauthorized);
    }
    sign_out::revoke(ctx, &client, input.token.expose()).await?;
    Ok(RevokeTokenResponse::default())
}

pub async fn global_sign_out(
    ctx: &Ctx,
    input: GlobalSignOutRequest,
) -> Result<GlobalSignOutResponse> {
    // (unsure) The model lists no UserNotFoundException for this operation: a deleted user's tokens are as good as revoked.
    let gone = |error| match error {
        Error::UserNotFound => Error::AccessTokenRevoked,
        other => other,
    };
    let caller = access_token::authorize(ctx, input.access_token.expose())
        .await
        .map_err(gone)?;
    sign_out::everywhere(ctx, &caller.user)
        .await
        .map_err(gone)?;
    Ok(GlobalSignOutResponse::default())
}

pub async fn admin_user_global_sign_out(
    ctx: &Ctx,
    input: AdminUserGlobalSignOutRequest,
) -> Result<AdminUserGlobalSignOutResponse> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    let user = users::find(ctx, &pool, input.username.expose())
        .await?
        .ok_or(Error::UserNotFound)?;
    sign_out::everywhere(ctx, &user).await?;
    Ok(AdminUserGlobalSignOutResponse::default())
}
