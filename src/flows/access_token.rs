//! The caller of an operation that is authorised by an access token.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::app::Ctx;
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::keys::{TokenFault, TokenUse};
use crate::store::{Client, Pool, User};
use crate::wire::user_pools::UserStatusType;

/// The scope that an access token needs for the user pools API.
pub const ADMIN_SCOPE: &str = "aws.cognito.signin.user.admin";

/// The claims of an access token that matter here.
#[derive(Debug, Clone, Deserialize)]
pub struct AccessClaims {
    pub iss: String,
    pub sub: String,
    pub client_id: String,
    pub token_use: String,
    #[serde(default)]
    pub scope: String,
    pub iat: i64,
    pub exp: i64,
    /// When the user signed in.
    pub auth_time: i64,
    /// Absent for clients without token revocation.
    pub origin_jti: Option<String>,
    /// Absent in a machine's token.
    pub username: Option<String>,
    /// The device that signed in, or whose key came with the sign-in.
    pub device_key: Option<String>,
    /// The level that the sign-in reached, and by which methods: see `issue_tokens`.
    pub acr: Option<String>,
    #[serde(default)]
    pub amr: Vec<String>,
}

/// The holder of a valid access token.
#[derive(Debug)]
pub struct TokenHolder {
    pub pool: Arc<Pool>,
    pub client: Arc<Client>,
    pub user: User,
    pub claims: AccessClaims,
}

/// Checks an access token as the self-service operations do: signature, expiry, client, revocation,
/// scope, user.
pub async fn authorize(ctx: &Ctx, token: &str) -> Result<TokenHolder> {
    authorize_for(ctx, token, ADMIN_SCOPE).await
}

/// As [`authorize`], with another scope.
pub async fn authorize_for(ctx: &Ctx, token: &str, needed: &str) -> Result<TokenHolder> {
    let ValidToken {
        pool,
        client,
        user,
        claims,
    } = valid(ctx, token, needed).await?;
    let user = user.ok_or(Error::UserNotFound)?;
    Ok(TokenHolder {
        pool,
        client,
        user,
        claims,
    })
}

/// Checks an access token of which counts what its client may do: a user may stand behind it, or
/// nobody, where the client acts for itself. Gives the token's pool.
pub async fn authorize_client(ctx: &Ctx, token: &str, needed: &str) -> Result<Arc<Pool>> {
    let valid = valid(ctx, token, needed).await?;
    let claims = &valid.claims;
    let is_machines = claims.username.is_none() && claims.sub == claims.client_id;
    if valid.user.is_some() || is_machines {
        Ok(valid.pool)
    } else {
        Err(Error::UserNotFound)
    }
}

/// A token that is valid, and what it is about.
struct ValidToken {
    pool: Arc<Pool>,
    client: Arc<Client>,
    user: Option<User>,
    claims: AccessClaims,
}

/// What every access token must be, with this scope: of a user who may sign in, if it is a user's.
async fn valid(ctx: &Ctx, token: &str, needed: &str) -> Result<ValidToken> {
    let (pool, claims) = verify(ctx, token).await?;
    if claims.exp <= ctx.now.seconds() {
        let why = format!(
            "The access token was issued at {} and expired at {}; by the server's clock it is {}.",
            Timestamp::from_seconds(claims.iat).rfc3339(),
            Timestamp::from_seconds(claims.exp).rfc3339(),
            ctx.now.rfc3339()
        );
        return Err(ctx.explain(Error::AccessTokenExpired, why));
    }
    // Deleting a client deletes its token families, and disabling a user revokes them. Both are
    // refused in their own words.
    let client = ctx.store().client(&claims.client_id).await?;
    ctx.note_client(&client.id);
    if client.pool_id != pool.id {
        return Err(Error::AccessTokenInvalid);
    }
    let found = find_user(ctx, &pool, &claims).await?;
    if let Some((user, family_revoked)) = &found {
        ctx.note_username(&user.username);
        if !user.enabled {
            return Err(Error::UserDisabled);
        }
        if is_revoked(
            ctx.now,
            user,
            claims.origin_jti.as_deref(),
            claims.iat,
            *family_revoked,
        ) {
            let why = format!(
                "The sign-in of the user \"{}\" with which the access token came was ended: by \
                 RevokeToken, by GlobalSignOut, or because the user was disabled.",
                user.username
            );
            return Err(ctx.explain(Error::AccessTokenRevoked, why));
        }
    }
    if !claims.scope.split(' ').any(|scope| scope == needed) {
        let why = format!(
            "The access token has the scopes \"{}\", and this needs {needed}: tokens of the \
             API's sign-ins have it, those of the hosted pages if the app client asks for it.",
            claims.scope
        );
        return Err(ctx.explain(Error::AccessTokenScopes, why));
    }
    let user = found.map(|(user, _)| user);
    if user
        .as_ref()
        .is_some_and(|user| user.status == UserStatusType::ResetRequired)
    {
        return Err(Error::PasswordResetRequired);
    }
    Ok(ValidToken {
        pool,
        client,
        user,
        claims,
    })
}

/// The pool that a token claims to be of, unverified, if there is one.
pub async fn claimed_pool(ctx: &Ctx, token: &str) -> Option<Arc<Pool>> {
    let issuer = unverified_issuer(token)?;
    let pool = ctx.store().pool(issuer.rsplit('/').next()?).await;
    pool.ok()
}

/// Checks signature, issuer and use: whether the token was made here, even if it is not valid any
/// more.
async fn verify(ctx: &Ctx, token: &str) -> Result<(Arc<Pool>, AccessClaims)> {
    let issuer = unverified_issuer(token)
        .ok_or_else(|| ctx.explain(Error::AccessTokenInvalid, why_invalid(token)))?;
    let pool_id = issuer.rsplit('/').next().unwrap_or_default();
    // A pool that does not exist cannot have signed the token.
    let pool = ctx
        .store()
        .pool(pool_id)
        .await
        .map_err(|error| match error {
            Error::PoolNotFound { .. } => {
                let why = format!(
                    "The access token's issuer is {issuer}, and there is no such user pool here."
                );
                ctx.explain(Error::AccessTokenForged, why)
            }
            other => other,
        })?;
    ctx.note_pool(&pool.id);
    let keys = ctx.keys(&pool).await?;
    let claims: AccessClaims =
        keys.verify(token, TokenUse::Access)
            .map_err(|fault| match fault {
                TokenFault::Malformed => ctx.explain(Error::AccessTokenInvalid, why_invalid(token)),
                TokenFault::Forged => Error::AccessTokenForged,
                TokenFault::NoKey => {
                    ctx.note_reason("made by /_mocknito/tokens to test others with: no key here");
                    Error::AccessTokenInvalid
                }
            })?;
    if !ctx.app.is_issuer(&pool, &claims.iss) {
        let issuer = ctx.app.issuer(&pool);
        let why = format!(
            "The access token's issuer is {}, and that of the user pool is {issuer}: the server \
             was started with another --issuer or --public-url when the token was made.",
            claims.iss
        );
        return Err(ctx.explain(Error::AccessTokenInvalid, why));
    }
    if claims.token_use != TokenUse::Access.as_str() {
        return Err(Error::AccessTokenInvalid);
    }
    Ok((pool, claims))
}

/// For the developer: what the token is instead of an access token.
fn why_invalid(token: &str) -> String {
    #[derive(Deserialize)]
    struct Kind {
        token_use: Option<String>,
    }
    let parts = token.split('.').count();
    if parts == 5 {
        return "This has the five parts of a refresh token; an access token has three.".to_owned();
    }
    let payload = token.split('.').nth(1);
    let kind: Option<Kind> = payload.and_then(unverified_part);
    match kind.and_then(|kind| kind.token_use).as_deref() {
        Some("id") => {
            "This is an ID token; the API takes the access token that came with it.".to_owned()
        }
        Some(_) => "This looks like an access token, but its header names no key of the user pool."
            .to_owned(),
        None => "This is no JWT of a user pool: three parts, the second of which has token_use."
            .to_owned(),
    }
}

async fn find_user(
    ctx: &Ctx,
    pool: &Pool,
    claims: &AccessClaims,
) -> Result<Option<(User, Option<bool>)>> {
    let mut read = ctx.store().read().await?;
    read.users()
        .find_by_token(
            &pool.id,
            &claims.sub,
            claims.origin_jti.as_deref().unwrap_or_default(),
        )
        .await
}

/// A token with `origin_jti` is revoked with its family. One without ends with the user's global
/// sign-out, which is compared with `iat` to the second. A sign-out in the future, of before a test
/// moved the clock back, has not happened: it would end the tokens of all new sign-ins.
pub(super) fn is_revoked(
    now: Timestamp,
    user: &User,
    origin_jti: Option<&str>,
    iat: i64,
    family_revoked: Option<bool>,
) -> bool {
    match origin_jti {
        Some(_) => family_revoked.unwrap_or(true),
        None => user
            .signed_out_at
            .is_some_and(|at| at <= now && iat <= at.seconds()),
    }
}

/// The issuer that the token claims, unverified: it only says whose keys to verify with.
pub fn unverified_issuer(token: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Issuer {
        iss: String,
    }
    let claims: Issuer = unverified_part(token.split('.').nth(1)?)?;
    Some(claims.iss)
}

/// The header or the payload of a signed JWT (RFC 7515 §7.1), whoever signed it.
pub fn unverified_part<T: DeserializeOwned>(part: &str) -> Option<T> {
    let json = URL_SAFE_NO_PAD.decode(part).ok()?;
    serde_json::from_slice(&json).ok()
}
