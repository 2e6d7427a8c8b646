//! What there is to be said of a token: whose it is, whether it still counts, and why not. For a
//! developer who holds it in their hands; nothing is allowed by it.
//!
//! Not here: what operations accept (`access_token.rs`, `refresh.rs`), what gateways do
//! (`authorizers`, asked by `gateways.rs`).

mod gateways;
mod inspection;

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::app::Ctx;
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::flows::access_token::{self, ADMIN_SCOPE, unverified_part};
use crate::flows::refresh;
use crate::keys::{TokenFault, TokenUse};
use crate::store::{Client, Pool, TokenFamily, User};
use crate::wire::user_pools::UserStatusType;
use inspection::TokenForm;
pub use inspection::TokenInspection;

/// Takes a token apart.
pub async fn inspect(ctx: &Ctx, token: &str) -> Result<TokenInspection> {
    let parts: Vec<&str> = token.split('.').collect();
    match parts.as_slice() {
        [header, payload, _signature] => {
            let header: Option<Map<String, Value>> = unverified_part(header);
            let claims: Option<Map<String, Value>> = unverified_part(payload);
            match (header, claims) {
                (Some(header), Some(claims)) => jwt(ctx, token, header, claims).await,
                _ => Ok(unreadable(
                    "It has the three parts of a JWT, but header or claims are no base64url of a \
                     JSON object: it was cut off or changed on its way.",
                )),
            }
        }
        [_, _, _, _, _] => refresh_token(ctx, token).await,
        _ => Ok(unreadable(&format!(
            "A JWT has three parts with a dot between them, a refresh token five; this has {}. \
             Sessions and authorization codes are no tokens.",
            parts.len()
        ))),
    }
}

fn unreadable(text: &str) -> TokenInspection {
    let mut inspection = TokenInspection::new(TokenForm::Unreadable);
    inspection.find("form", false, text);
    inspection
}

async fn jwt(
    ctx: &Ctx,
    token: &str,
    header: Map<String, Value>,
    claims: Map<String, Value>,
) -> Result<TokenInspection> {
    let token_use = text(&claims, "token_use");
    let form = match token_use {
        Some("id") => TokenForm::IdToken,
        Some("access") => TokenForm::AccessToken,
        _ => TokenForm::OtherJwt,
    };
    let mut inspection = TokenInspection::new(form);
    let client_id = text(&claims, "client_id").or_else(|| text(&claims, "aud"));
    inspection.client_id = client_id.map(str::to_owned);
    let username = text(&claims, "username").or_else(|| text(&claims, "cognito:username"));
    inspection.username = username.map(str::to_owned);

    let pool = find_issuer(ctx, &mut inspection, &claims).await?;
    if let Some(pool) = &pool {
        inspection.user_pool_id = Some(pool.id.clone());
        find_signature(ctx, &mut inspection, pool, token, &header).await?;
    } else if text(&claims, "iss").is_some_and(|issuer| ctx.app.is_openid_issuer(issuer)) {
        let key = ctx.app.openid_key().await?;
        let verified = key.verify::<Map<String, Value>>(token).is_ok();
        let made = "The key of this server's identity pools made it.";
        let not = "The key of this server's identity pools did not make it.";
        inspection.find("signature", verified, if verified { made } else { not });
    } else {
        let why = "Only its issuer's keys can say so, and this server has no such pool.";
        inspection.find("signature", None, why);
    }
    find_times(ctx.now, &mut inspection, &claims);
    if let Some(pool) = &pool {
        let client = find_client(ctx, &mut inspection, pool).await?;
        find_user(ctx, &mut inspection, pool, &claims).await?;
        if client.is_some() || form == TokenForm::AccessToken {
            ask_cognito(ctx, &mut inspection, token, form).await;
        }
        let scopes: Vec<&str> = text(&claims, "scope").map_or(Vec::new(), |scopes| {
            scopes.split_ascii_whitespace().collect()
        });
        inspection.gateways = gateways::ask(ctx, &pool.id, &inspection, token, &scopes).await?;
    }
    inspection.header = Some(header);
    inspection.claims = Some(claims);
    Ok(inspection)
}

async fn find_issuer(
    ctx: &Ctx,
    inspection: &mut TokenInspection,
    claims: &Map<String, Value>,
) -> Result<Option<Arc<Pool>>> {
    let Some(issuer) = text(claims, "iss") else {
        inspection.find(
            "issuer",
            false,
            "It has no `iss`: nobody says to have made it.",
        );
        return Ok(None);
    };
    let id = issuer.rsplit('/').next().unwrap_or_default();
    let pool = match ctx.store().pool(id).await {
        Ok(pool) => pool,
        Err(Error::PoolNotFound { .. }) => {
            let (ok, whose) = if ctx.app.is_openid_issuer(issuer) {
                (Some(true), "of this server's identity pools")
            } else {
                (None, "of no user pool of this server")
            };
            inspection.find("issuer", ok, format!("`{issuer}` is the issuer {whose}."));
            return Ok(None);
        }
        Err(other) => return Err(other),
    };
    let ours = ctx.app.issuer(&pool);
    let name = &pool.name;
    if issuer == ours {
        let text = format!("The user pool “{name}” ({id}) of this server.");
        inspection.find("issuer", true, text);
    } else if ctx.app.is_issuer(&pool, issuer) {
        let text = format!(
            "The user pool “{name}” ({id}), by the address at which the token was asked for. At \
             this one the server calls it `{ours}`, and verifiers compare to the letter."
        );
        inspection.find("issuer", true, text);
    } else if ctx.app.is_issuer_of_any_mode(&pool, issuer) {
        let text = format!(
            "The user pool “{name}” ({id}), by its name in the other mode of --issuer. This server \
             calls it `{ours}` now, and verifiers compare to the letter."
        );
        inspection.find("issuer", false, text);
    } else {
        let text = format!(
            "It ends as the user pool “{name}” ({id}), but this server calls that `{ours}`, and \
             verifiers compare to the letter: another host, port or --public-url made it."
        );
        inspection.find("issuer", false, text);
    }
    Ok(Some(pool))
}

async fn find_signature(
    ctx: &Ctx,
    inspection: &mut TokenInspection,
    pool: &Pool,
    token: &str,
    header: &Map<String, Value>,
) -> Result<()> {
    let algorithm = text(header, "alg").unwrap_or("none");
    if algorithm != "RS256" {
        let text = format!(
            "`{algorithm}`: user pools sign with RS256 alone. A verifier that takes the header's \
             word for it can be deceived."
        );
        inspection.find("algorithm", false, text);
    }
    let keys = ctx.keys(pool).await?;
    let verified = |token_use| keys.verify::<Map<String, Value>>(token, token_use);
    let kid = text(header, "kid").unwrap_or("none");
    let expected = match inspection.form {
        TokenForm::AccessToken => TokenUse::Access,
        _ => TokenUse::Id,
    };
    let other = match expected {
        TokenUse::Access => TokenUse::Id,
        TokenUse::Id => TokenUse::Access,
    };
    let of = |token_use: TokenUse| token_use.as_str();
    let (ok, text) = match (verified(expected), verified(other)) {
        (Ok(_), _) => (
            true,
            format!(
                "The pool's key for {} tokens made it, `{kid}`.",
                of(expected)
            ),
        ),
        (_, Ok(_)) => (
            false,
            format!(
                "The pool's key for {} tokens made it, `{kid}`; `token_use` says it is another \
                 kind.",
                of(other)
            ),
        ),
        (Err(TokenFault::Forged), _) if !is_in(&keys.jwks(), kid) => (
            false,
            format!("The pool has no key `{kid}`: another pool, another server or another seed."),
        ),
        _ => (
            false,
            format!("The key `{kid}` of the pool did not make this signature."),
        ),
    };
    inspection.find("signature", ok, text);
    Ok(())
}

/// Whether a key set has a key of this name.
fn is_in(jwks: &[u8], kid: &str) -> bool {
    let keys: Value = serde_json::from_slice(jwks).unwrap_or_default();
    let keys = keys["keys"].as_array();
    keys.is_some_and(|keys| keys.iter().any(|key| key["kid"] == kid))
}

fn find_times(now: Timestamp, inspection: &mut TokenInspection, claims: &Map<String, Value>) {
    let instant = |name: &str| claims.get(name).and_then(Value::as_i64);
    match instant("exp") {
        None => inspection.find("expiry", false, "It has no `exp`."),
        Some(end) => find_expiry(now, inspection, Timestamp::from_seconds(end)),
    }
    for name in ["nbf", "iat"] {
        if let Some(begin) = instant(name).filter(|begin| *begin > now.seconds()) {
            let text = format!(
                "`{name}` lies ahead: {}; the clock here says {}.",
                Timestamp::from_seconds(begin).rfc3339(),
                now.rfc3339()
            );
            inspection.find("beginning", false, text);
        }
    }
}

fn find_expiry(now: Timestamp, inspection: &mut TokenInspection, end: Timestamp) {
    let (expired, at) = (end <= now, end.rfc3339());
    let text = if expired {
        format!("It expired at {at}; the clock here says {}.", now.rfc3339())
    } else {
        format!("It is valid until {at}.")
    };
    inspection.find("expiry", !expired, text);
}

async fn find_client(
    ctx: &Ctx,
    inspection: &mut TokenInspection,
    pool: &Pool,
) -> Result<Option<Arc<Client>>> {
    let Some(id) = inspection.client_id.clone() else {
        inspection.find("client", false, "It names no app client.");
        return Ok(None);
    };
    match ctx.store().client(&id).await {
        Ok(client) if client.pool_id == pool.id => {
            let text = format!("It is the app client “{}”.", client.name);
            inspection.find("client", true, text);
            Ok(Some(client))
        }
        Ok(_) => {
            inspection.find(
                "client",
                false,
                format!("`{id}` is a client of another pool."),
            );
            Ok(None)
        }
        Err(Error::Internal(cause)) => Err(Error::Internal(cause)),
        Err(_) => {
            let text = format!("The pool has no app client `{id}`; it may have been deleted.");
            inspection.find("client", false, text);
            Ok(None)
        }
    }
}

async fn find_user(
    ctx: &Ctx,
    inspection: &mut TokenInspection,
    pool: &Pool,
    claims: &Map<String, Value>,
) -> Result<()> {
    let sub = text(claims, "sub").unwrap_or_default();
    if Some(sub) == inspection.client_id.as_deref() {
        inspection.find(
            "user",
            true,
            "A machine's token: its client acts for itself.",
        );
        return Ok(());
    }
    let origin_jti = text(claims, "origin_jti");
    let family = origin_jti.unwrap_or_default();
    let mut read = ctx.store().read().await?;
    let found = read.users().find_by_token(&pool.id, sub, family).await?;
    let family = read.families().find(family).await?;
    drop(read);
    let Some((user, family_revoked)) = found else {
        let text = format!("The pool has no user with the sub `{sub}`; it may have been deleted.");
        inspection.find("user", false, text);
        return Ok(());
    };
    find_standing(inspection, &user);
    let iat = claims.get("iat").and_then(Value::as_i64).unwrap_or(0);
    let revoked = access_token::is_revoked(ctx.now, &user, origin_jti, iat, family_revoked);
    let when = family.and_then(|family| family.revoked_at);
    let (ok, text) = match (revoked, when, origin_jti) {
        (false, _, Some(_)) => (true, "Its token family is not revoked.".to_owned()),
        (false, _, None) => (
            true,
            "Its client has no token revocation, and the user was not signed out since.".to_owned(),
        ),
        (true, Some(at), _) => (
            false,
            format!("Its family was revoked at {}.", at.rfc3339()),
        ),
        (true, None, Some(_)) => (false, "Its token family is not known here.".to_owned()),
        (true, None, None) => (
            false,
            "The user was signed out everywhere since.".to_owned(),
        ),
    };
    let offline = "Whoever verifies offline does not see this.";
    let text = if ok {
        text
    } else {
        format!("{text} {offline}")
    };
    inspection.find("revocation", ok, text);
    Ok(())
}

fn find_standing(inspection: &mut TokenInspection, user: &User) {
    let (name, status) = (&user.username, user.status.as_str());
    if !user.enabled {
        inspection.find("user", false, format!("The user {name} is disabled."));
    } else if user.status == UserStatusType::ResetRequired {
        let text = format!("The user {name} must choose a new password first ({status}).");
        inspection.find("user", false, text);
    } else {
        inspection.find("user", true, format!("The user {name}, {status}."));
    }
}

/// What the service's own doors say.
async fn ask_cognito(ctx: &Ctx, inspection: &mut TokenInspection, token: &str, form: TokenForm) {
    if form == TokenForm::AccessToken {
        let operations = access_token::authorize_for(ctx, token, ADMIN_SCOPE).await;
        inspection.answer("GetUser and its like", operations.map(drop));
        let user_info = access_token::authorize_for(ctx, token, "openid").await;
        inspection.answer("userInfo", user_info.map(drop));
    } else if form == TokenForm::IdToken {
        let wrong_kind = access_token::authorize_for(ctx, token, ADMIN_SCOPE).await;
        inspection.answer("GetUser and its like", wrong_kind.map(drop));
    }
}

async fn refresh_token(ctx: &Ctx, token: &str) -> Result<TokenInspection> {
    let Some(claims) = refresh::claims(ctx, token) else {
        return Ok(unreadable(
            "It has the five parts of a refresh token, but this server did not seal it, or it was \
             changed on its way.",
        ));
    };
    let mut inspection = TokenInspection::new(TokenForm::RefreshToken);
    let sealed = "A refresh token that this server sealed. Only the server can read it.";
    inspection.find("form", true, sealed);
    let mut read = ctx.store().read().await?;
    let family = read.families().find(&claims.origin_jti).await?;
    let Some(family) = family else {
        let gone = "Its token family is gone: the user or the client was deleted, or it ended long \
                    ago.";
        inspection.find("revocation", false, gone);
        return Ok(inspection);
    };
    let user = read
        .users()
        .find_by_sub(&family.pool_id, &family.sub)
        .await?;
    drop(read);
    find_family(ctx.now, &mut inspection, &family, claims.generation);
    if let Some(user) = &user {
        inspection.username = Some(user.username.clone());
        find_standing(&mut inspection, user);
    }
    let pool = ctx.store().pool(&family.pool_id).await?;
    inspection.user_pool_id = Some(pool.id.clone());
    inspection.client_id = Some(family.client_id);
    find_client(ctx, &mut inspection, &pool).await?;
    Ok(inspection)
}

fn find_family(
    now: Timestamp,
    inspection: &mut TokenInspection,
    family: &TokenFamily,
    generation: i64,
) {
    find_expiry(now, inspection, family.expires_at);
    match family.revoked_at {
        Some(at) => {
            let text = format!("Its family was revoked at {}.", at.rfc3339());
            inspection.find("revocation", false, text);
        }
        None => inspection.find("revocation", true, "Its token family is not revoked."),
    }
    if generation != family.generation {
        let text = "It was rotated out: a newer refresh token of the same sign-in is in its place.";
        inspection.find("rotation", false, text);
    }
}

fn text<'c>(claims: &'c Map<String, Value>, name: &str) -> Option<&'c str> {
    claims.get(name).and_then(Value::as_str)
}
