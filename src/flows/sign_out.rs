//! Revokes one token family by its refresh token, or all families of a user.

use serde_json::{Map, Value};

use super::access_token::unverified_part;
use super::{refresh, user_sessions};
use crate::app::Ctx;
use crate::error::{Error, Result};
use crate::store::{Client, Pool, User};

/// Revokes a refresh token with all tokens of its family. An expired or unknown token counts as
/// revoked already.
pub async fn revoke(ctx: &Ctx, client: &Client, token: &str) -> Result<()> {
    end_family(ctx, client, token, None).await
}

/// As [`revoke`], and ends the browser's session through which the tokens came. (unsure) Refused in
/// pools that do not track sessions, which cannot know it.
pub async fn revoke_linked(ctx: &Ctx, pool: &Pool, client: &Client, token: &str) -> Result<()> {
    user_sessions::check_tracking(pool)?;
    end_family(ctx, client, token, Some(pool)).await
}

async fn end_family(ctx: &Ctx, client: &Client, token: &str, linked: Option<&Pool>) -> Result<()> {
    if !client.revokes_tokens() {
        return Err(Error::RevocationDisabled);
    }
    let Some(claims) = refresh::claims(ctx, token) else {
        // An ID or access token is of another kind. Anything else nobody knows, and is revoked
        // already (RFC 7009 §2.2). (unsure) Malformed tokens, too.
        return if is_signed_jwt(token) {
            Err(Error::TokenTypeUnsupported)
        } else {
            Ok(())
        };
    };
    let mut write = ctx.store().write().await?;
    let Some(family) = write.families().find(&claims.origin_jti).await? else {
        return Ok(());
    };
    if !family.is_of(client) {
        return Err(Error::RevokeOtherClient);
    }
    if let Some(pool) = linked {
        user_sessions::end_browser_of(ctx, &mut write, pool, &family).await?;
    }
    write.families().revoke(&family.origin_jti, ctx.now).await?;
    write.commit().await
}

/// Whether it has the three parts of a signed JWT (RFC 7515 §7.1), the first two of which are JSON.
fn is_signed_jwt(token: &str) -> bool {
    let parts: Vec<&str> = token.split('.').collect();
    let is_object = |part: &str| unverified_part::<Map<String, Value>>(part).is_some();
    matches!(parts[..], [header, payload, _signature] if is_object(header) && is_object(payload))
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
