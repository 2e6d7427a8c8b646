//! Token exchange (RFC 8693): a user's token for one with other scopes, for another audience, or in
//! the hands of another service.
//!
//! Of other providers, ID and access tokens of OpenID Connect and SAML assertions are accepted. Not
//! here: who may ask (`operations::tokens`), what tokens say (`issue_tokens`).

use serde::Deserialize;
use serde_json::{Value, json};

use super::access_token::is_revoked;
use super::federate::{self, relying_party, saml};
use super::issue_tokens::{self, Exchanged};
use crate::app::Ctx;
use crate::clock::Timestamp;
use crate::domain::authentication_levels::Level;
use crate::domain::federation;
use crate::error::{Error, Result};
use crate::keys::TokenUse;
use crate::store::{Client, Method, Methods, Pool, TokenFamily, User};
use crate::wire::user_pools::{
    IdentityProviderTypeType, IssuedTokenTypeIdentifierType, TokenTypeIdentifierType,
};

/// A token that the request contains, and what the request says about it.
pub struct Given<'a> {
    /// The request's member, which a refusal names.
    pub member: &'static str,
    pub token: &'a str,
    pub kind: TokenTypeIdentifierType,
    /// Who issued it, if not the pool.
    pub provider: Option<&'a str>,
}

/// What the new token is to be.
pub struct Asked<'a> {
    pub kind: IssuedTokenTypeIdentifierType,
    pub scopes: Option<&'a [String]>,
    pub audience: Option<&'a str>,
}

/// The new token.
pub struct Issued {
    pub token: String,
    pub expires_in: i64,
    pub scopes: Vec<String>,
}

/// The claims that matter here, of ID and access tokens.
#[derive(Deserialize)]
struct SubjectClaims {
    iss: String,
    sub: String,
    token_use: String,
    /// The client: in an access token …
    client_id: Option<String>,
    /// … and in an ID token.
    aud: Option<Value>,
    #[serde(default)]
    scope: String,
    iat: i64,
    exp: i64,
    auth_time: i64,
    origin_jti: Option<String>,
    acr: Option<String>,
    #[serde(default)]
    amr: Vec<String>,
    act: Option<Value>,
    may_act: Option<Value>,
}

/// Issues a token for the user of `subject`. With an actor it says in `act` who acts for the user,
/// and who did so before.
pub async fn exchange(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    subject: &Given<'_>,
    actor: Option<&Given<'_>>,
    asked: &Asked<'_>,
) -> Result<Issued> {
    let (claims, user) = open(ctx, pool, subject).await?;
    // A machine's token names no user on whose behalf one could act. The person in a provider's
    // token must have signed in before.
    let user = user.ok_or_else(|| match subject.provider {
        Some(_) => Error::UserNotFound,
        None => invalid(subject),
    })?;
    let actor = match actor {
        Some(actor) => Some(open(ctx, pool, actor).await?.0.sub),
        None => None,
    };
    check_may_act(&claims, actor.as_deref())?;
    let scopes = scopes(client, &claims, asked.scopes)?;
    let family = TokenFamily {
        resource: None,
        // With it, revoking the old token revokes the new one.
        origin_jti: claims.origin_jti.clone().unwrap_or_default(),
        pool_id: pool.id.clone(),
        client_id: client.id.clone(),
        sub: user.sub.clone(),
        scope: scopes.join(" "),
        auth_time: Timestamp::from_seconds(claims.auth_time),
        expires_at: ctx.now,
        generation: 0,
        rotated_at: None,
        revoked_at: None,
        device_key: None,
        // (unsure) Passed on like `auth_time`: how the user signed in does not depend on who acts
        // for them.
        methods: Methods::named(claims.amr.iter().map(String::as_str)),
        acr: claims.acr,
        metadata_url: None,
        is_new: false,
    };
    let exchanged = Exchanged {
        act: act(actor, claims.act),
        audience: asked.audience.map(str::to_owned),
    };
    let signed =
        issue_tokens::sign_exchanged(ctx, pool, client, &user, &family, &exchanged).await?;
    let is_id = asked.kind == IssuedTokenTypeIdentifierType::IdToken;
    let token = match signed.id {
        Some(id) if is_id => id,
        _ => signed.access,
    };
    let validity = if is_id {
        client.id_token_validity()
    } else {
        client.access_token_validity()
    };
    Ok(Issued {
        token,
        expires_in: i64::try_from(validity.as_secs()).unwrap_or(i64::MAX),
        scopes,
    })
}

/// Checks a token of this pool as an operation does that is authorised by one. A machine's token
/// has no user.
async fn open(ctx: &Ctx, pool: &Pool, given: &Given<'_>) -> Result<(SubjectClaims, Option<User>)> {
    if let Some(name) = given.provider {
        return open_of_provider(ctx, pool, given, name).await;
    }
    let token_use = match given.kind {
        TokenTypeIdentifierType::AccessToken => TokenUse::Access,
        TokenTypeIdentifierType::IdToken => TokenUse::Id,
        TokenTypeIdentifierType::Saml2 => {
            return Err(Error::MissingParameter {
                name: format!("{}ProviderName", given.member),
            });
        }
    };
    let keys = ctx.keys(pool).await?;
    let claims: SubjectClaims = keys
        .verify(given.token, token_use)
        .map_err(|_| invalid(given))?;
    let is_ours = ctx.app.is_issuer(pool, &claims.iss);
    if !is_ours || claims.token_use != token_use.as_str() {
        return Err(invalid(given));
    }
    if claims.exp <= ctx.now.seconds() {
        return Err(Error::ExchangeTokenExpired {
            member: given.member,
        });
    }
    let issued_to = claims
        .client_id
        .as_deref()
        .or_else(|| claims.aud.as_ref().and_then(Value::as_str))
        .ok_or_else(|| invalid(given))?;
    if token_use == TokenUse::Access && claims.sub == issued_to {
        let client = ctx.store().client(issued_to).await?;
        return if client.pool_id == pool.id {
            Ok((claims, None))
        } else {
            Err(invalid(given))
        };
    }
    let origin_jti = claims.origin_jti.as_deref();
    let found = ctx
        .store()
        .read()
        .await?
        .users()
        .find_by_token(&pool.id, &claims.sub, origin_jti.unwrap_or_default())
        .await?;
    let (user, family_revoked) = found.ok_or(Error::UserNotFound)?;
    if !user.enabled {
        return Err(Error::UserDisabled);
    }
    if is_revoked(ctx.now, &user, origin_jti, claims.iat, family_revoked) {
        return Err(Error::ExchangeTokenRevoked {
            member: given.member,
        });
    }
    Ok((claims, Some(user)))
}

/// Checks a token that one of the pool's identity providers issued for the pool. If it is the
/// actor's token, its subject need not be a user of the pool.
async fn open_of_provider(
    ctx: &Ctx,
    pool: &Pool,
    given: &Given<'_>,
    name: &str,
) -> Result<(SubjectClaims, Option<User>)> {
    let provider = {
        let mut read = ctx.store().read().await?;
        let found = read.identity_providers().find(&pool.id, name).await?;
        found.ok_or_else(|| Error::ProviderNotFound {
            name: name.to_owned(),
            pool: pool.id.clone(),
        })?
    };
    // A SAML provider issues assertions and nothing else, and no other provider issues any.
    let is_saml = provider.kind() == IdentityProviderTypeType::Saml;
    let checked = match given.kind {
        TokenTypeIdentifierType::IdToken if !is_saml => {
            relying_party::check_id_token(ctx, &provider, given.token).await
        }
        TokenTypeIdentifierType::AccessToken if !is_saml => {
            relying_party::check_access_token(ctx, &provider, given.token).await
        }
        TokenTypeIdentifierType::Saml2 if is_saml => {
            let said = saml::check_assertion(ctx, &provider, given.token).await;
            said.map(Some)
        }
        _ => Ok(None),
    };
    let said = match checked.map_err(|fault| fault.log(ctx, &provider)) {
        Ok(said) => said.ok_or_else(|| invalid(given))?,
        Err(
            Error::IdTokenRefused { .. }
            | Error::IdTokenIssuer { .. }
            | Error::SamlResponseRefused { .. }
            | Error::ProviderRefused { .. },
        ) => return Err(invalid(given)),
        Err(error) => return Err(error),
    };
    let user = federate::find(ctx, pool, &provider, &said).await?;
    if user.as_ref().is_some_and(|user| !user.enabled) {
        return Err(Error::UserDisabled);
    }
    let text = |name: &str| said.get(name).and_then(Value::as_str).unwrap_or_default();
    let subject = federation::subject(&provider.settings, &said).ok_or_else(|| invalid(given))?;
    let number = |name: &str| said.get(name).and_then(Value::as_i64);
    let issued = number("iat").unwrap_or_else(|| ctx.now.seconds());
    let claims = SubjectClaims {
        iss: text("iss").to_owned(),
        sub: subject,
        token_use: TokenUse::Id.as_str().to_owned(),
        client_id: None,
        aud: said.get("aud").cloned(),
        // The scopes of the provider mean nothing in the pool.
        scope: String::new(),
        iat: issued,
        exp: number("exp").unwrap_or_default(),
        auth_time: number("auth_time").unwrap_or(issued),
        origin_jti: None,
        // What the provider calls its own levels counts as far as the pool has mapped it.
        acr: pool.told_level(
            &Level::of_provider(&provider.settings, &said).by_provider(),
            false,
        ),
        amr: vec![Method::Federated.as_str().to_owned()],
        act: None,
        may_act: said.get("may_act").cloned(),
    };
    Ok((claims, user))
}

/// `may_act` (RFC 8693 §4.4): if a token names who may act for its user, nobody else may.
fn check_may_act(subject: &SubjectClaims, actor: Option<&str>) -> Result<()> {
    match (&subject.may_act, actor) {
        (Some(may_act), Some(actor)) if may_act["sub"] != actor => Err(Error::ActorNotAllowed),
        _ => Ok(()),
    }
}

/// Who acts, and the chain of who acted before (RFC 8693 §4.1). Without an actor the claim is
/// passed on as it is.
fn act(actor: Option<String>, before: Option<Value>) -> Option<Value> {
    match (actor, before) {
        (Some(actor), Some(before)) => Some(json!({ "sub": actor, "act": before })),
        (Some(actor), None) => Some(json!({ "sub": actor })),
        (None, before) => before,
    }
}

/// What the new token may be used for: no more than the subject token and the client allow, and no
/// more than is asked for. An ID token has no scopes to pass on.
fn scopes(
    client: &Client,
    subject: &SubjectClaims,
    asked: Option<&[String]>,
) -> Result<Vec<String>> {
    let held = subject.scope.split(' ').filter(|scope| !scope.is_empty());
    let Some(asked) = asked else {
        return Ok(held.map(str::to_owned).collect());
    };
    let allowed = client.settings.allowed_oauth_scopes.as_deref();
    let allowed = allowed.unwrap_or_default();
    let granted: Vec<String> = held
        .filter(|scope| asked.iter().any(|one| one == scope))
        .filter(|scope| allowed.iter().any(|one| one == scope))
        .map(str::to_owned)
        .collect();
    // (unsure) The service's words for the case that nothing is left are not documented.
    match asked.first() {
        Some(first) if granted.is_empty() => Err(Error::ScopeNotGranted {
            scope: first.clone(),
        }),
        _ => Ok(granted),
    }
}

fn invalid(given: &Given<'_>) -> Error {
    Error::ExchangeTokenInvalid {
        member: given.member,
    }
}
