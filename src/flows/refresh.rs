//! New tokens for a refresh token, with and without rotation, at the API and at the token endpoint.

use super::access_token::ADMIN_SCOPE;
use super::issue_tokens::{self, Issuance, RefreshClaims, TokenOwner, TokenRequest, Tokens};
use super::triggers::TokenSource;
use crate::app::Ctx;
use crate::error::{Error, Result};
use crate::store::{Client, Pool, Read, TokenFamily, User};

/// A refresh token that may be used, with its user and its family.
pub struct Refreshable {
    pub family: TokenFamily,
    pub user: User,
    /// Whether the sign-in was one in a browser.
    pub hosted: bool,
    generation: i64,
}

/// Checks a refresh token: it was made here for this client, is neither expired nor revoked, and
/// its user may sign in.
pub async fn open(ctx: &Ctx, pool: &Pool, client: &Client, token: &str) -> Result<Refreshable> {
    let claims = claims(ctx, token).ok_or_else(|| {
        let why = match token.split('.').count() {
            3 => "This has the three parts of an ID or access token; a refresh token has five.",
            _ => {
                "No refresh token of this server reads so: it was altered or cut off, or it was \
                 made by a server with another data folder."
            }
        };
        ctx.explain(Error::RefreshTokenInvalid, why)
    })?;
    let mut read = ctx.store().read().await?;
    let Some(family) = read.families().find(&claims.origin_jti).await? else {
        let owner = claims.owner.filter(|owner| owner.pool_id == pool.id);
        return Err(match owner {
            Some(owner) if is_gone(&mut read, &owner).await? => Error::RefreshTokenUserDeleted,
            _ => Error::RefreshTokenInvalid,
        });
    };
    if family.pool_id != pool.id {
        let why = format!(
            "The refresh token is of the user pool {}, and the app client {} is of {}.",
            family.pool_id, client.id, pool.id
        );
        return Err(ctx.explain(Error::RefreshTokenInvalid, why));
    }
    if !family.is_of(client) {
        let why = format!(
            "The refresh token was issued to the app client {}, and the request comes from {}.",
            family.client_id, client.id
        );
        return Err(ctx.explain(Error::RefreshTokenOtherClient, why));
    }
    if family.expires_at <= ctx.now {
        let why = format!(
            "The refresh token expired at {}, and by the server's clock it is {}: the app \
             client's RefreshTokenValidity says how long it lasts.",
            family.expires_at.rfc3339(),
            ctx.now.rfc3339()
        );
        return Err(ctx.explain(Error::RefreshTokenExpired, why));
    }
    let user = read
        .users()
        .find_by_sub(&pool.id, &family.sub)
        .await?
        .ok_or(Error::RefreshTokenUserDeleted)?;
    // Disabling a user revokes their tokens; a disabled user is told that they are disabled.
    ctx.note_username(&user.username);
    if !user.enabled {
        return Err(Error::UserDisabled);
    }
    if let Some(at) = family.revoked_at {
        let why = format!(
            "The sign-in of the user \"{}\" with which the refresh token came was ended at {}: by \
             RevokeToken, by a global sign-out, or because the user was disabled.",
            user.username,
            at.rfc3339()
        );
        return Err(ctx.explain(Error::RefreshTokenRevoked, why));
    }
    check_generation(ctx, client, &family, claims.generation)?;
    // Older tokens do not say where they are from; the API grants its own scope and no other.
    let hosted = match claims.owner {
        Some(owner) => owner.hosted,
        None => family.scope != ADMIN_SCOPE,
    };
    Ok(Refreshable {
        family,
        user,
        hosted,
        generation: claims.generation,
    })
}

async fn is_gone(read: &mut Read<'_>, owner: &TokenOwner) -> Result<bool> {
    let user = read.users().find_by_sub(&owner.pool_id, &owner.sub).await?;
    Ok(user.is_none())
}

/// At the API, a token that a device signed in with works with that device's key only, and once the
/// device is confirmed, as long as the pool tracks devices. A forgotten device's token is revoked.
pub async fn check_device(
    ctx: &Ctx,
    pool: &Pool,
    open: &Refreshable,
    given: Option<&str>,
) -> Result<()> {
    let Some(key) = open.family.device_key.as_deref() else {
        return Ok(());
    };
    if !pool.tracks_devices() {
        return Ok(());
    }
    let mut read = ctx.store().read().await?;
    let confirmed = read.devices().find(&open.user.sub, key).await?.is_some();
    if given == Some(key) && confirmed {
        Ok(())
    } else {
        Err(Error::RefreshTokenOfOtherDevice)
    }
}

/// What the token says, if it was sealed here.
pub fn claims(ctx: &Ctx, token: &str) -> Option<RefreshClaims> {
    let plain = ctx.app.keys.seal.open_refresh_token(token)?;
    serde_json::from_slice(&plain).ok()
}

/// A token that was rotated out may be used again within the grace period.
fn check_generation(
    ctx: &Ctx,
    client: &Client,
    family: &TokenFamily,
    generation: i64,
) -> Result<()> {
    if generation == family.generation {
        return Ok(());
    }
    let grace_ends = family
        .rotated_at
        .zip(client.rotation())
        .map(|(rotated_at, grace)| rotated_at.plus(grace));
    let is_retry =
        generation + 1 == family.generation && grace_ends.is_some_and(|end| ctx.now < end);
    // (unsure) Whether reuse ends the whole family is not documented: only the reuse is refused.
    if is_retry {
        Ok(())
    } else {
        Err(Error::RefreshTokenReused)
    }
}

/// New tokens, without a new refresh token.
pub async fn refresh(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    open: &Refreshable,
    issuance: Issuance<'_>,
) -> Result<Tokens> {
    let request = TokenRequest {
        source: TokenSource::RefreshTokens,
        ..TokenRequest::new(&open.user, &open.family, issuance)
    };
    issue_tokens::sign(ctx, pool, client, request).await
}

/// New tokens; with rotation also a new refresh token, which ends the old one when the grace period
/// is over.
pub async fn refresh_and_rotate(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    mut open: Refreshable,
    issuance: Issuance<'_>,
) -> Result<(Tokens, Option<String>)> {
    // Tokens are signed first: if the pool's function refuses them, nothing is rotated.
    let tokens = refresh(ctx, pool, client, &open, issuance).await?;
    let rotated = match client.rotation() {
        Some(_) => {
            rotate(ctx, client, &mut open).await?;
            Some(issue_tokens::refresh_token(ctx, &open.family, open.hosted)?)
        }
        None => None,
    };
    Ok((tokens, rotated))
}

/// Rotates the family's refresh token. A retry within the grace period finds that done and gets the
/// current token again.
async fn rotate(ctx: &Ctx, client: &Client, open: &mut Refreshable) -> Result<()> {
    let mut write = ctx.store().write().await?;
    // Read again inside the transaction: if two refreshes race, one rotates and the other counts as
    // its retry.
    let mut family = write
        .families()
        .find(&open.family.origin_jti)
        .await?
        .ok_or(Error::RefreshTokenInvalid)?;
    if family.revoked_at.is_some() {
        return Err(Error::RefreshTokenRevoked);
    }
    check_generation(ctx, client, &family, open.generation)?;
    if family.generation == open.generation {
        write.families().rotate(&family.origin_jti, ctx.now).await?;
        family.generation += 1;
        family.rotated_at = Some(ctx.now);
    }
    write.commit().await?;
    open.family = family;
    Ok(())
}
