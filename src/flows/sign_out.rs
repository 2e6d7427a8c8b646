//! Revokes one token family by its refresh token, or all families of a user.

use super::refresh;
use crate::app::Ctx;
use crate::error::{Error, Result};
use crate::store::{Client, User};

/// Revokes a refresh token with all tokens of its family. An expired or unknown token counts as
/// revoked already.
pub async fn revoke(ctx: &Ctx, client: &Client, token: &str) -> Result<()> {
    if !client.revokes_tokens() {
        return Err(Error::RevocationDisabled);
    }
    let Some(claims) = refresh::claims(ctx, token) else {
        // Five parts make a refresh token, three an ID or access token.
        return if token.split('.').count() == 5 {
            Ok(())
        } else {
            Err(Error::TokenTypeUnsupported)
        };
    };
    let mut write = ctx.store().write().await?;
    let Some(family) = write.families().find(&claims.origin_jti).await? else {
        return Ok(());
    };
    if family.client_id != client.id {
        return Err(Error::RevokeOtherClient);
    }
    write.families().revoke(&family.origin_jti, ctx.now).await?;
    write.commit().await
}

/// Signs the user out everywhere.
pub async fn everywhere(ctx: &Ctx, user: &User) -> Result<()> {
    let mut write = ctx.store().write().await?;
    let mut user = write
        .users()
        .find_by_sub(&user.pool_id, &user.sub)
        .await?
        .ok_or(Error::UserNotFound)?;
    write.families().revoke_all(&user.sub, ctx.now).await?;
    user.signed_out_at = Some(ctx.now);
    write.users().update(&user).await?;
    write.commit().await
}
