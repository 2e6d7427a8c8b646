//! A user's second factors: what a sign-in has to ask for, and what the user chooses.
//!
//! Not here: the rules (`domain::mfa`), software tokens themselves (`software_tokens`).

use super::software_tokens;
use crate::app::Ctx;
use crate::domain::mfa::{self, Demand, MfaSetting};
use crate::error::{Error, Result};
use crate::store::{MfaFactor, Pool, User, Write};

/// The second factor that the user needs after the first one. Asks the store only if an
/// authenticator app could count.
pub async fn demand(ctx: &Ctx, pool: &Pool, user: &User) -> Result<Demand> {
    let has_token = has_token(ctx, pool, &user.sub).await?;
    Ok(mfa::demand(pool, user, has_token))
}

/// The second factors with which the user can reach a level. Asks the store as rarely as
/// [`demand`].
pub async fn held(ctx: &Ctx, pool: &Pool, user: &User) -> Result<Vec<MfaFactor>> {
    let has_token = has_token(ctx, pool, &user.sub).await?;
    Ok(mfa::held(pool, user, has_token))
}

/// The second factors that the user could be asked for, chosen or not. Asks the store as rarely as
/// [`demand`].
pub async fn possible(ctx: &Ctx, pool: &Pool, user: &User) -> Result<Vec<MfaFactor>> {
    let has_token = has_token(ctx, pool, &user.sub).await?;
    Ok(mfa::possible(pool, user, has_token))
}

/// Whether the user has an authenticator app, where one could count. Somebody who does not exist
/// has none; it takes as long to find out.
pub async fn has_token(ctx: &Ctx, pool: &Pool, sub: &str) -> Result<bool> {
    let could_count = mfa::in_use(pool).contains(&MfaFactor::SoftwareToken);
    Ok(could_count && software_tokens::has_one(ctx, sub).await?)
}

/// Carries out SetUserMFAPreference for a user who was read in this transaction.
pub async fn choose(
    ctx: &Ctx,
    write: &mut Write<'_>,
    pool: &Pool,
    user: &mut User,
    settings: &[MfaSetting],
    web_authn: Option<bool>,
) -> Result<()> {
    let token = write.software_tokens().find(&user.sub).await?;
    let has_token = token.is_some_and(|token| token.secret.is_some());
    mfa::choose(pool, user, settings, web_authn, has_token)?;
    user.updated_at = ctx.now;
    write.users().update(user).await
}

/// Removes the user's software token; the user can set up a new one. (unsure) Without one nothing
/// happens.
pub async fn delete_software_token(
    ctx: &Ctx,
    write: &mut Write<'_>,
    user: &mut User,
) -> Result<()> {
    write.software_tokens().delete(&user.sub).await?;
    user.mfa.set(MfaFactor::SoftwareToken, false);
    user.updated_at = ctx.now;
    write.users().update(user).await
}

/// The user as they are now, to be changed.
pub async fn still_there(write: &mut Write<'_>, pool: &Pool, sub: &str) -> Result<User> {
    write
        .users()
        .find_by_sub(&pool.id, sub)
        .await?
        .ok_or(Error::UserNotFound)
}
