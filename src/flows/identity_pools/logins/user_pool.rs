//! A login by the ID token of a user pool, of one of the clients that the identity pool names.

use super::handed_in::HandedIn;
use crate::app::Ctx;
use crate::domain::federation::Claims;
use crate::domain::identity_pools::VerifiedLogin;
use crate::error::{Error, Result};
use crate::flows::access_token::is_revoked;
use crate::keys::TokenUse;
use crate::store::Pool;
use crate::wire::identity_pools::IdentityPool;

pub(super) async fn verify(
    ctx: &Ctx,
    settings: &IdentityPool,
    provider: &str,
    user_pool: &str,
    token: &str,
) -> Result<VerifiedLogin> {
    let configured: Vec<_> = settings
        .cognito_identity_providers
        .iter()
        .flatten()
        .filter(|one| one.provider_name.as_deref() == Some(provider))
        .collect();
    if configured.is_empty() {
        return Err(Error::LoginNotSupported);
    }
    let handed_in = HandedIn::read(token)?;
    let client = handed_in.client()?;
    let configured = configured
        .into_iter()
        .find(|one| one.client_id.as_deref() == Some(client))
        .ok_or(Error::LoginNotSupported)?;
    // A pool that is gone has no keys to verify with.
    let pool = match ctx.store().pool(user_pool).await {
        Err(Error::PoolNotFound { .. }) => return Err(Error::LoginNotVerifiable),
        found => found?,
    };
    handed_in.check_issuer(|issuer| ctx.app.is_issuer_of_any_mode(&pool, issuer))?;
    handed_in.check_expiry(ctx.now)?;
    let keys = ctx.keys(&pool).await?;
    let claims: Claims = keys
        .verify(token, TokenUse::Id)
        .map_err(|_fault| Error::LoginSignature)?;
    let text = |name: &str| claims.get(name).and_then(serde_json::Value::as_str);
    if text("token_use") != Some(TokenUse::Id.as_str()) || text("aud") != Some(client) {
        return Err(Error::LoginMalformed);
    }
    let subject = text("sub").ok_or(Error::LoginClaimMissing { claim: "sub" })?;
    let subject = subject.to_owned();
    if configured.server_side_token_check == Some(true) {
        check_user(ctx, &pool, &subject, &claims).await?;
    }
    Ok(VerifiedLogin {
        amr: format!("{provider}:CognitoSignIn:{subject}"),
        mapping: format!("{provider}:{client}"),
        provider: provider.to_owned(),
        subject,
        claims,
    })
}

/// Asks the user pool whether the user is still there, enabled and signed in.
async fn check_user(ctx: &Ctx, pool: &Pool, sub: &str, claims: &Claims) -> Result<()> {
    let origin = claims.get("origin_jti").and_then(serde_json::Value::as_str);
    let issued = claims.get("iat").and_then(serde_json::Value::as_i64);
    let found = {
        let mut read = ctx.store().read().await?;
        let origin = origin.unwrap_or_default();
        read.users().find_by_token(&pool.id, sub, origin).await?
    };
    match found {
        Some((user, family_revoked))
            if user.enabled
                && !is_revoked(
                    ctx.now,
                    &user,
                    origin,
                    issued.unwrap_or_default(),
                    family_revoked,
                ) =>
        {
            Ok(())
        }
        _ => Err(Error::LoginUserGone),
    }
}
