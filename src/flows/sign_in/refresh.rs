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
    let hash = sender.secret_hash.as_deref();
    let id = || client.id.clone();
    match hash {
        None if !client.secrets.is_empty() => {
            return Err(Error::SecretHashMissing { client: id() });
        }
        Some(_) if client.secrets.is_empty() => {
            return Err(Error::SecretHashUnexpected { client: id() });
        }
        _ => {}
    }
    let open = refresh::open(ctx, pool, client, token.get()?).await?;
    if let Some(hash) = hash {
        let names = [&open.user.username, &open.user.sub];
        if !names
            .into_iter()
            .any(|name| authenticate_client::is_secret_hash(client, name, hash))
        {
            return Err(Error::SecretHashWrongAtRefresh { client: id() });
        }
    }
    refresh::check_device(pool, &open, sender.device_key.as_deref())?;
    let tokens = refresh::refresh(ctx, pool, client, &open, Issuance::Api).await?;
    Ok(issue_tokens::result(tokens, None))
}
