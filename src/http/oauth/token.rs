//! `POST /oauth2/token`: authorization_code (RFC 6749 §4.1.3, RFC 7636 §4.5), client_credentials
//! (RFC 6749 §4.4) and refresh_token (§6).
//!
//! Not here: how the client proves itself (`client.rs`), what a code is checked against
//! (`flows::authorize`).

use std::sync::Arc;
use std::time::Instant;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::client::{self, Form, internal};
use super::{OAuthError, is_resource, json};
use crate::app::{App, CallerData, Ctx};
use crate::error::Error;
use crate::flows::issue_tokens::{self, Issuance, Tokens};
use crate::flows::{authorize, refresh};
use crate::store::{Client, Pool};
use crate::wire::user_pools::OAuthFlowType;

/// The answer (RFC 6749 §5.1), its members in the order in which the service writes them.
#[derive(Serialize)]
struct Answer {
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
    access_token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    expires_in: i64,
    token_type: &'static str,
}

impl Answer {
    fn new(tokens: Tokens, refresh_token: Option<String>) -> Self {
        Self {
            id_token: tokens.id,
            access_token: tokens.access,
            refresh_token,
            expires_in: tokens.expires_in,
            token_type: "Bearer",
        }
    }
}

pub async fn token(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let started = Instant::now();
    let ctx = Ctx::new(app, "TokenEndpoint", None);
    crate::http::note_agent(&ctx, &headers);
    let result = match body {
        Ok(body) => answer(&ctx, &headers, &body).await,
        // Too large, or broken off.
        Err(_) => Err(OAuthError::InvalidRequest),
    };
    let outcome = result.as_ref().map_or_else(|error| error.code(), |_| "ok");
    crate::http::log(&ctx, outcome, started);
    match result {
        Ok(answer) => match serde_json::to_string(&answer) {
            Ok(body) => json(StatusCode::OK, body),
            Err(_) => OAuthError::ServerError.into_response(),
        },
        Err(error) => error.into_response(),
    }
}

async fn answer(ctx: &Ctx, headers: &HeaderMap, body: &[u8]) -> Result<Answer, OAuthError> {
    let form = Form::read(headers, body)?;
    let grant_type = form.require("grant_type")?;
    let (pool, client) = client::authenticate(ctx, headers, &form).await?;
    match grant_type {
        "authorization_code" => authorization_code(ctx, &pool, &client, &form).await,
        "client_credentials" => {
            note_client_metadata(ctx, form.get("aws_client_metadata"))?;
            client_credentials(ctx, &pool, &client, form.get("scope"), form.get("resource")).await
        }
        "refresh_token" => refresh_token(ctx, &pool, &client, &form).await,
        _ => Err(OAuthError::UnsupportedGrantType),
    }
}

async fn refresh_token(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    form: &Form,
) -> Result<Answer, OAuthError> {
    let token = form.require("refresh_token")?;
    let open = refresh::open(ctx, pool, client, token)
        .await
        .map_err(|error| grant_error(&error))?;
    let of_api = !open.hosted;
    // There is no way to name the device here.
    if of_api && pool.tracks_devices() {
        return Err(OAuthError::InvalidGrant);
    }
    let issuance = Issuance::TokenEndpoint { of_api };
    let (tokens, rotated) = refresh::refresh_and_rotate(ctx, pool, client, open, issuance)
        .await
        .map_err(|error| grant_error(&error))?;
    Ok(Answer::new(tokens, rotated))
}

/// What a browser brought from the authorize endpoint, for tokens.
async fn authorization_code(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    form: &Form,
) -> Result<Answer, OAuthError> {
    let code = form.require("code")?;
    let redirect_uri = form.require("redirect_uri")?;
    let settings = &client.settings;
    let flows = settings.allowed_oauth_flows.as_deref().unwrap_or_default();
    let registered = settings.callback_urls.as_deref().unwrap_or_default();
    if settings.allowed_oauth_flows_user_pool_client != Some(true)
        || !flows.contains(&OAuthFlowType::Code)
        || !registered.iter().any(|url| url == redirect_uri)
    {
        return Err(OAuthError::UnauthorizedClient);
    }
    let verifier = form.get("code_verifier");
    let redeemed = authorize::redeem(ctx, pool, client, code, redirect_uri, verifier)
        .await
        .map_err(|error| grant_error(&error))?
        .ok_or(OAuthError::InvalidGrant)?;
    let issuance = Issuance::Hosted {
        nonce: redeemed.nonce.as_deref(),
    };
    let user = (&redeemed.user, Some(redeemed.groups));
    let tokens = issue_tokens::sign(ctx, pool, client, user, &redeemed.family, issuance)
        .await
        .map_err(|error| grant_error(&error))?;
    let refresh_token = issue_tokens::refresh_token(ctx, &redeemed.family, true)
        .map_err(|error| internal(&error))?;
    Ok(Answer::new(tokens, Some(refresh_token)))
}

/// What a machine's client tells the pool's function: a JSON object of texts. (unsure what becomes
/// of anything else)
fn note_client_metadata(ctx: &Ctx, metadata: Option<&str>) -> Result<(), OAuthError> {
    let Some(metadata) = metadata else {
        return Ok(());
    };
    let client_metadata = serde_json::from_str(metadata).map_err(|_| OAuthError::InvalidRequest)?;
    ctx.note_caller_data(CallerData {
        client_metadata: Some(client_metadata),
        ..CallerData::default()
    });
    Ok(())
}

async fn client_credentials(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    scope: Option<&str>,
    resource: Option<&str>,
) -> Result<Answer, OAuthError> {
    let settings = &client.settings;
    let granted = settings.allowed_oauth_flows_user_pool_client == Some(true)
        && settings
            .allowed_oauth_flows
            .as_deref()
            .unwrap_or_default()
            .contains(&OAuthFlowType::ClientCredentials)
        && !client.secrets.is_empty();
    if !granted {
        return Err(OAuthError::UnauthorizedClient);
    }
    let allowed = settings.allowed_oauth_scopes.as_deref().unwrap_or_default();
    let mut scopes: Vec<&str> = Vec::new();
    match scope {
        // Without a scope the token carries all that the client has.
        None => scopes.extend(allowed.iter().map(String::as_str)),
        Some(asked) => {
            for scope in asked.split_ascii_whitespace() {
                if !allowed.iter().any(|one| one == scope) {
                    // A scope that exists but is not the client's is an invalid grant, says the
                    // documentation.
                    let exists = exists(ctx, pool, scope)
                        .await
                        .map_err(|error| internal(&error))?;
                    return Err(if exists {
                        OAuthError::InvalidGrant
                    } else {
                        OAuthError::InvalidScope
                    });
                }
                if !scopes.contains(&scope) {
                    scopes.push(scope);
                }
            }
        }
    }
    if let Some(resource) = resource {
        let known = is_resource(ctx, pool, resource)
            .await
            .map_err(|error| internal(&error))?;
        if !known {
            return Err(OAuthError::InvalidRequest);
        }
    }
    let tokens = issue_tokens::sign_for_machine(ctx, pool, client, &scopes.join(" "), resource)
        .await
        .map_err(|error| internal(&error))?;
    Ok(Answer::new(tokens, None))
}

/// Whether a resource server of the pool defines this scope.
async fn exists(ctx: &Ctx, pool: &Pool, scope: &str) -> crate::error::Result<bool> {
    let Some((identifier, name)) = scope.rsplit_once('/') else {
        return Ok(false);
    };
    let server = ctx
        .store()
        .read()
        .await?
        .resource_servers()
        .find(&pool.id, identifier)
        .await?;
    Ok(server.is_some_and(|server| server.scopes.iter().any(|one| one.scope_name == name)))
}

/// A refused refresh token is an invalid grant, whatever is wrong with it.
fn grant_error(error: &Error) -> OAuthError {
    match error {
        Error::Internal(_) | Error::NotAvailable { .. } => internal(error),
        _ => OAuthError::InvalidGrant,
    }
}
