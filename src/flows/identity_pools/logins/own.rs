//! A login by the token that a developer's back end got from GetOpenIdTokenForDeveloperIdentity.

use super::super::openid_token::{self, OpenIdClaims};
use crate::app::Ctx;
use crate::error::{Error, Result};
use crate::keys::TokenFault;
use crate::store::StoredIdentityPool;

/// The claims of a token that was made for this pool's developer provider.
pub(super) async fn verify(
    ctx: &Ctx,
    pool: &StoredIdentityPool,
    token: &str,
) -> Result<OpenIdClaims> {
    let claims = openid_token::verify(ctx, token).await?;
    let claims = claims.map_err(|fault| match fault {
        TokenFault::Malformed => Error::LoginMalformed,
        TokenFault::Forged | TokenFault::NoKey => Error::LoginSignature,
    })?;
    if claims.aud != pool.id {
        return Err(Error::LoginNotSupported);
    }
    if ctx.now.seconds() >= claims.exp {
        return Err(Error::LoginExpired {
            now: ctx.now.seconds(),
            expires: claims.exp,
        });
    }
    // The token of GetOpenIdToken is for STS only: that of a guest would make an authenticated
    // identity of them.
    let developer = pool.settings.developer_provider_name.as_ref();
    if developer.is_none_or(|developer| !claims.amr.contains(developer)) {
        return Err(Error::LoginNotSupported);
    }
    Ok(claims)
}
