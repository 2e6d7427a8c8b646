//! `POST /oauth2/token`: client_credentials (RFC 6749 §4.4) and refresh_token (§6), with the client authenticated by
//! `client_secret_basic` or `client_secret_post` (§2.3.1).

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use super::{OAuthError, json};
use crate::app::{App, CallerData, Ctx};
use crate::error::Error;
use crate::flows::issue_tokens::{self, Door, Tokens};
use crate::flows::{authenticate_client, refresh};
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
    let form = form(headers, body)?;
    let get = |name: &str| {
        form.get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    };
    let grant_type = get("grant_type").ok_or(OAuthError::InvalidRequest)?;
    let (pool, client) = client(ctx, headers, get("client_id"), get("client_secret")).await?;
    match grant_type {
        "client_credentials" => {
            // (unsure) Resource binding (RFC 8707) comes with the other endpoints: a token without the audience would be a lie.
            if get("resource").is_some() {
                return Err(OAuthError::InvalidRequest);
            }
            note_client_metadata(ctx, get("aws_client_metadata"))?;
            client_credentials(ctx, &pool, &client, get("scope")).await
        }
        "refresh_token" => {
            let token = get("refresh_token").ok_or(OAuthError::InvalidRequest)?;
            let open = refresh::open(ctx, &pool, &client, token)
                .await
                .map_err(|error| grant_error(&error))?;
            let (tokens, rotated) =
                refresh::refresh_and_rotate(ctx, &pool, &client, open, Door::TokenEndpoint)
                    .await
                    .map_err(|error| grant_error(&error))?;
            Ok(Answer::new(tokens, rotated))
        }
        _ => Err(OAuthError::UnsupportedGrantType),
    }
}

/// The form's parameters; each at most once (RFC 6749 §3.2).
fn form(headers: &HeaderMap, body: &[u8]) -> Result<HashMap<String, String>, OAuthError> {
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded")
        || std::str::from_utf8(body).is_err()
    {
        return Err(OAuthError::InvalidRequest);
    }
    let mut form = HashMap::new();
    for (name, value) in form_urlencoded::parse(body) {
        if form.insert(name.into_owned(), value.into_owned()).is_some() {
            return Err(OAuthError::InvalidRequest);
        }
    }
    Ok(form)
}

/// Who asks: the client of the `Authorization` header or of the body, with its secret. The two may not disagree.
async fn client(
    ctx: &Ctx,
    headers: &HeaderMap,
    body_id: Option<&str>,
    body_secret: Option<&str>,
) -> Result<(Arc<Pool>, Arc<Client>), OAuthError> {
    let basic = match headers.get(header::AUTHORIZATION) {
        Some(value) => Some(basic(value.as_bytes()).ok_or(OAuthError::InvalidClient)?),
        None => None,
    };
    let (id, secret) = match &basic {
        Some((id, _)) if body_id.is_some_and(|other| other != id) => {
            return Err(OAuthError::InvalidClient);
        }
        Some(_) if body_secret.is_some() => return Err(OAuthError::InvalidClient),
        Some((id, secret)) => (id.as_str(), Some(secret.as_str())),
        None => (body_id.ok_or(OAuthError::InvalidRequest)?, body_secret),
    };
    let (pool, client) = ctx.client(id).await.map_err(|error| match error {
        Error::ClientNotFound { .. } => OAuthError::InvalidClient,
        other => internal(&other),
    })?;
    if authenticate_client::is_secret(&client, secret) {
        Ok((pool, client))
    } else {
        Err(OAuthError::InvalidClient)
    }
}

/// Client id and secret of `Basic …` (RFC 7617).
fn basic(authorization: &[u8]) -> Option<(String, String)> {
    let (scheme, credentials) = std::str::from_utf8(authorization).ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(credentials.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}

/// What a machine's client tells the pool's function: a JSON object of texts. (unsure what becomes of anything else)
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
                    // A scope that exists but is not the client's is an invalid grant, says the documentation.
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
    let tokens = issue_tokens::sign_for_machine(ctx, pool, client, &scopes.join(" "))
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

/// Something that is no fault of the client: the cause goes to the log.
fn internal(error: &Error) -> OAuthError {
    tracing::error!(?error, "token endpoint");
    OAuthError::ServerError
}
