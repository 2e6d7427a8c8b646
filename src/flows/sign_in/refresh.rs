//! REFRESH_TOKEN_AUTH: new tokens, the refresh token stays. No sign-in, but asked for as if it were
//! one.

use super::allowed_flows;
use super::request::{Required, SignInRequest};
use crate::error::{Error, Result};
use crate::flows::issue_tokens::{self, Issuance};
use crate::flows::{authenticate_client, refresh};
use crate::wire::user_pools::{AuthFlowType, AuthenticationResultType};

/// The secret hash is that of the user's real name or sub.
pub async fn refresh_tokens(
    request: SignInRequest<'_>,
    flow: AuthFlowType,
    token: &Required,
) -> Result<AuthenticationResultType> {
    let SignInRequest {
        ctx,
        pool,
        client,
        sender,
        ..
    } = request;
    allowed_flows::allow(request, flow)?;
    if client.rotation().is_some() {
        return Err(Error::RefreshTokenInvalid);
    }
    // What is wrong with the token is told before what is wrong with the hash.
    let open = refresh::open(ctx, pool, client, token.get()?).await?;
    // A public client's hash is ignored.
    if !client.secrets.is_empty() {
        let id = || client.id.clone();
        let hash = sender.secret_hash.as_deref();
        let hash = hash.ok_or_else(|| Error::SecretHashMissing { client: id() })?;
        let names = [&open.user.username, &open.user.sub];
        if !names
            .into_iter()
            .any(|name| authenticate_client::is_secret_hash(client, name, hash))
        {
            return Err(Error::SecretHashWrongAtRefresh { client: id() });
        }
    }
    refresh::check_device(ctx, pool, &open, sender.device_key.as_deref()).await?;
    let tokens = refresh::refresh(ctx, pool, client, &open, Issuance::Api).await?;
    Ok(issue_tokens::result(tokens, None))
}
