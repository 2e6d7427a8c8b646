//! Users' software tokens: drawing a secret, verifying it by a first code, and checking codes at a
//! sign-in. Secrets are sealed to their user.
//!
//! Not here: computing codes (`keys::totp`), setting up an app during a sign-in (`sign_in`).

use super::challenge::clients_times;
use super::{attempts, challenge::SingleUse};
use crate::app::Ctx;
use crate::error::{Error, Result};
use crate::keys::{Purpose, totp};
use crate::store::{Pool, SoftwareToken, User, Write};

/// The secret that an authenticator app shares with the server.
pub type Secret = [u8; totp::SECRET];

/// Refuses in pools whose users cannot have software tokens.
pub fn check_enabled(pool: &Pool) -> Result<()> {
    if pool.factors.software_token == Some(true) {
        Ok(())
    } else {
        Err(Error::SoftwareTokenNotEnabled)
    }
}

/// A new secret.
pub fn draw(ctx: &Ctx) -> Secret {
    ctx.bytes()
}

/// Whether the user has an app that was verified by a code.
pub async fn has_one(ctx: &Ctx, sub: &str) -> Result<bool> {
    let mut read = ctx.store().read().await?;
    let token = read.software_tokens().find(sub).await?;
    Ok(token.is_some_and(|token| token.secret.is_some()))
}

/// The user's software token, verified or not.
pub async fn find(ctx: &Ctx, user: &User) -> Result<Option<SoftwareToken>> {
    let mut read = ctx.store().read().await?;
    read.software_tokens().find(&user.sub).await
}

/// Begins to set up an app for a signed-in user. An app that is there already stays valid until the
/// new one has shown a code.
pub async fn associate(ctx: &Ctx, pool: &Pool, user: &User) -> Result<String> {
    check_enabled(pool)?;
    let secret = draw(ctx);
    let sealed = seal(ctx, user, &secret);
    let mut write = ctx.store().write().await?;
    write
        .software_tokens()
        .put_pending(&user.sub, &sealed)
        .await?;
    write.commit().await?;
    Ok(totp::text(&secret))
}

/// Completes what [`associate`] began, with a first code.
pub async fn verify(
    ctx: &Ctx,
    pool: &Pool,
    user: &User,
    code: &str,
    name: Option<&str>,
) -> Result<()> {
    check_enabled(pool)?;
    let pending = find(ctx, user).await?.and_then(|token| token.pending);
    let pending = pending.ok_or(Error::SoftwareTokenNotSetUp)?;
    let step = first_step(ctx, pool, user, &open(ctx, user, &pending)?, code).await?;
    let mut write = ctx.store().write().await?;
    // The user may have begun again meanwhile: then the code was for another secret.
    let now = write.software_tokens().find(&user.sub).await?;
    if now.and_then(|token| token.pending) != Some(pending.clone()) {
        return Err(Error::SoftwareTokenSetUpFailed);
    }
    write
        .software_tokens()
        .put_verified(&user.sub, &pending, name, step, ctx.now)
        .await?;
    write.commit().await
}

/// The time step of a code that is to verify a new secret. Wrong ones count.
pub async fn first_step(
    ctx: &Ctx,
    pool: &Pool,
    user: &User,
    secret: &Secret,
    code: &str,
) -> Result<i64> {
    let step = step(ctx, secret, code);
    attempts::settle_code(ctx, pool, &user.sub, step.is_some()).await?;
    step.ok_or(Error::SoftwareTokenSetUpFailed)
}

/// Stores a secret that was verified by a code of this step.
pub async fn keep(
    ctx: &Ctx,
    write: &mut Write<'_>,
    user: &User,
    secret: &Secret,
    name: Option<&str>,
    step: i64,
) -> Result<()> {
    let sealed = seal(ctx, user, secret);
    write
        .software_tokens()
        .put_verified(&user.sub, &sealed, name, step, ctx.now)
        .await
}

/// Takes a code at a sign-in, which uses up the session that asked for it. A code works once, in
/// whatever session.
pub async fn take(
    ctx: &Ctx,
    pool: &Pool,
    user: &User,
    code: &str,
    session: &SingleUse,
) -> Result<()> {
    check_enabled(pool)?;
    let secret = find(ctx, user).await?.and_then(|token| token.secret);
    let secret = secret.ok_or(Error::SoftwareTokenNotSetUp)?;
    let step = step(ctx, &open(ctx, user, &secret)?, code);
    attempts::settle_code(ctx, pool, &user.sub, step.is_some()).await?;
    let step = step.ok_or(Error::SoftwareTokenMismatch)?;
    let mut write = ctx.store().write().await?;
    // The app may have been replaced meanwhile.
    let now = write.software_tokens().find(&user.sub).await?;
    if now.and_then(|token| token.secret) != Some(secret) {
        return Err(Error::SoftwareTokenMismatch);
    }
    let latest = step.saturating_add(totp::STEPS_APART);
    let is_first = write
        .software_tokens()
        .take_step(&user.sub, step, latest)
        .await?;
    if !is_first {
        return Err(Error::SoftwareTokenUsed);
    }
    session.spend(&mut write).await?;
    write.commit().await
}

/// As [`fresh_code`]; where no app is in use yet, the code of the one that is being set up.
pub async fn code_now(ctx: &Ctx, user: &User) -> Result<Option<String>> {
    let Some(token) = find(ctx, user).await? else {
        return Ok(None);
    };
    if let Some(code) = shown(ctx, user, &token)? {
        return Ok(Some(code));
    }
    let Some(sealed) = &token.pending else {
        return Ok(None);
    };
    Ok(totp::code(
        &open(ctx, user, sealed)?,
        totp::step_at(ctx.now),
    ))
}

/// The code that the user's app shows now, or, where that was used already, the next one, which
/// counts as well. None without an app. For whoever develops.
pub async fn fresh_code(ctx: &Ctx, user: &User) -> Result<Option<String>> {
    match find(ctx, user).await? {
        Some(token) => shown(ctx, user, &token),
        None => Ok(None),
    }
}

/// As [`fresh_code`], of a token that was found already.
pub fn shown(ctx: &Ctx, user: &User, token: &SoftwareToken) -> Result<Option<String>> {
    let Some(sealed) = &token.secret else {
        return Ok(None);
    };
    let now = totp::step_at(ctx.now);
    let is_used = token.last_step == now;
    let step = if is_used { now.saturating_add(1) } else { now };
    Ok(totp::code(&open(ctx, user, sealed)?, step))
}

/// The code that an app shows now whose key is this, as it was drawn.
pub fn code_of(ctx: &Ctx, key: &str) -> Option<String> {
    totp::code(&totp::secret(key)?, totp::step_at(ctx.now))
}

/// Authenticator apps use the real time, while a test may have moved the server's clock.
fn step(ctx: &Ctx, secret: &Secret, code: &str) -> Option<i64> {
    clients_times(ctx)
        .into_iter()
        .find_map(|now| totp::step(secret, code, now))
}

/// The key of an app that was verified, as it is typed into one: for an export.
pub fn text_of(ctx: &Ctx, user: &User, token: &SoftwareToken) -> Result<Option<String>> {
    let Some(sealed) = &token.secret else {
        return Ok(None);
    };
    Ok(Some(totp::text(&open(ctx, user, sealed)?)))
}

/// Whose a software token is.
#[derive(Clone, Copy)]
pub struct Owner<'a> {
    pub pool_id: &'a str,
    pub sub: &'a str,
}

/// A token that was sealed to one user, sealed to another: for the copy of a pool.
pub fn seal_again(ctx: &Ctx, from: Owner<'_>, to: Owner<'_>, sealed: &[u8]) -> Result<Vec<u8>> {
    let seal = &ctx.app.keys.seal;
    let opened = seal.open_bytes(Purpose::SoftwareToken, &context(from), sealed);
    let plain = opened.ok_or_else(|| anyhow::anyhow!("a software token does not open"))?;
    Ok(ctx.seal_bytes(Purpose::SoftwareToken, &context(to), &plain))
}

fn seal(ctx: &Ctx, user: &User, secret: &Secret) -> Vec<u8> {
    ctx.seal_bytes(Purpose::SoftwareToken, &context(owner(user)), secret)
}

fn open(ctx: &Ctx, user: &User, sealed: &[u8]) -> Result<Secret> {
    let seal = &ctx.app.keys.seal;
    seal.open_bytes(Purpose::SoftwareToken, &context(owner(user)), sealed)
        .and_then(|plain| plain.try_into().ok())
        .ok_or_else(|| anyhow::anyhow!("a software token in the store does not open").into())
}

fn owner(user: &User) -> Owner<'_> {
    Owner {
        pool_id: &user.pool_id,
        sub: &user.sub,
    }
}

fn context(owner: Owner<'_>) -> String {
    format!("{}/{}", owner.pool_id, owner.sub)
}
