//! REFRESH_TOKEN_AUTH: new tokens, the refresh token stays. No sign-in, but asked for as if it were
//! one.

use super::{Outcome, Visit};
use crate::error::{Error, Result};
use crate::flows::issue_tokens::{self, Door};
use crate::flows::{authenticate_client, refresh};

/// SECRET_HASH is that of the user's real name or sub.
pub(super) async fn begin(visit: Visit<'_>) -> Result<Outcome> {
    let Visit {
        ctx,
        pool,
        client,
        given,
        ..
    } = visit;
    if client.rotation().is_some() {
        return Err(Error::RefreshTokenInvalid);
    }
    let hash = given.get("SECRET_HASH");
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
    let open = refresh::open(ctx, pool, client, given.require("REFRESH_TOKEN")?).await?;
    if let Some(hash) = hash {
        let names = [&open.user.username, &open.user.sub];
        if !names
            .into_iter()
            .any(|name| authenticate_client::is_secret_hash(client, name, hash))
        {
            return Err(Error::SecretHashWrongAtRefresh { client: id() });
        }
    }
    refresh::check_device(pool, &open, given.get("DEVICE_KEY"))?;
    let tokens = refresh::refresh(ctx, pool, client, &open, Door::Api).await?;
    Ok(Outcome::Tokens(issue_tokens::result(tokens, None)))
}
