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
    // What is wrong with the token is told before what is wrong with the hash.
    let open = refresh::open(ctx, pool, client, given.require("REFRESH_TOKEN")?).await?;
    // A public client's hash is ignored.
    if !client.secrets.is_empty() {
        let id = || client.id.clone();
        let hash = given.get("SECRET_HASH");
        let hash = hash.ok_or_else(|| Error::SecretHashMissing { client: id() })?;
        let names = [&open.user.username, &open.user.sub];
        if !names
            .into_iter()
            .any(|name| authenticate_client::is_secret_hash(client, name, hash))
        {
            return Err(Error::SecretHashWrongAtRefresh { client: id() });
        }
    }
    refresh::check_device(ctx, pool, &open, given.get("DEVICE_KEY")).await?;
    let tokens = refresh::refresh(ctx, pool, client, &open, Door::Api).await?;
    Ok(Outcome::Tokens(issue_tokens::result(tokens, None)))
}
