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

use super::client::{self, OAuthForm, internal};
use super::console_callback;
use super::error::{OAuthError, json};
use crate::app::{App, CallerData, Ctx};
use crate::boxed::boxed;
use crate::domain::redirect_mismatch::RedirectMismatch;
use crate::error::Error;
use crate::flows::issue_tokens::{Issuance, Tokens};
use crate::flows::machine_tokens::{self, MachineRefusal};
use crate::flows::{authorize, refresh};
use crate::http::log::{log, note_agent};
use crate::operations::throttling;
use crate::store::{Client, Pool};
use crate::wire::user_pools::OAuthFlowType;

/// The answer (RFC 6749 §5.1), its members in the order in which the service writes them.
#[derive(Serialize)]
struct TokenResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
    access_token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    expires_in: i64,
    token_type: &'static str,
}

impl TokenResponse {
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
    note_agent(&ctx, &headers);
    let result = match body {
        Ok(body) => boxed(answer(&ctx, &headers, &body)).await,
        Err(_) => {
            ctx.note_reason("the body is too large or broken off");
            Err(OAuthError::InvalidRequest)
        }
    };
    let outcome = result.as_ref().map_or_else(|error| error.code(), |_| "ok");
    log(&ctx, outcome, started);
    match result {
        Ok(answer) => match serde_json::to_string(&answer) {
            Ok(body) => json(StatusCode::OK, body),
            Err(_) => OAuthError::ServerError.into_response(),
        },
        Err(error) => error.into_response(),
    }
}

async fn answer(ctx: &Ctx, headers: &HeaderMap, body: &[u8]) -> Result<TokenResponse, OAuthError> {
    let form = OAuthForm::read(ctx, headers, body)?;
    let grant_type = form.require("grant_type")?;
    let (pool, client) = client::authenticate(ctx, headers, &form).await?;
    match grant_type {
        "authorization_code" => authorization_code(ctx, headers, &pool, &client, &form).await,
        "client_credentials" => client_credentials(ctx, &pool, &client, &form).await,
        "refresh_token" => refresh_token(ctx, &pool, &client, &form).await,
        _ => {
            ctx.note_reason("nobody knows this grant_type");
            ctx.note_why(
                "grant_type must be authorization_code, refresh_token or client_credentials.",
            );
            Err(OAuthError::UnsupportedGrantType)
        }
    }
}

async fn refresh_token(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    form: &OAuthForm<'_>,
) -> Result<TokenResponse, OAuthError> {
    let token = form.require("refresh_token")?;
    let open = refresh::open(ctx, pool, client, token)
        .await
        .map_err(|error| grant_error(ctx, &error))?;
    let of_api = !open.hosted;
    // There is no way to name the device here.
    if of_api && pool.tracks_devices() {
        ctx.note_reason("the pool tracks devices, and the token is of a sign-in at the API");
        ctx.note_why(
            "The user pool tracks devices, and the refresh token is of a sign-in at the API: use \
             InitiateAuth with REFRESH_TOKEN_AUTH, where the device can be named.",
        );
        return Err(OAuthError::InvalidGrant);
    }
    let issuance = Issuance::TokenEndpoint { of_api };
    let (tokens, rotated) = refresh::refresh_and_rotate(ctx, pool, client, open, issuance)
        .await
        .map_err(|error| grant_error(ctx, &error))?;
    Ok(TokenResponse::new(tokens, rotated))
}

/// What a browser brought from the authorize endpoint, for tokens.
async fn authorization_code(
    ctx: &Ctx,
    headers: &HeaderMap,
    pool: &Pool,
    client: &Client,
    form: &OAuthForm<'_>,
) -> Result<TokenResponse, OAuthError> {
    let code = form.require("code")?;
    let redirect_uri = form.require("redirect_uri")?;
    let is_registered = client.registers(redirect_uri)
        || console_callback::is_at(&ctx.app.access, headers, redirect_uri).await;
    if !client.allows_grant(OAuthFlowType::Code) || !is_registered {
        ctx.note_reason("the client has no code grant, or another redirect_uri");
        ctx.note_why(if client.allows_grant(OAuthFlowType::Code) {
            let registered = client.settings.callback_urls.as_deref();
            RedirectMismatch::of_callback(redirect_uri, registered).sentence()
        } else {
            why_no_grant(client, "code")
        });
        return Err(OAuthError::UnauthorizedClient);
    }
    let verifier = form.get("code_verifier");
    let exchanged = authorize::exchange_code(ctx, pool, client, code, redirect_uri, verifier)
        .await
        .map_err(|error| grant_error(ctx, &error))?
        .ok_or(OAuthError::InvalidGrant)?;
    Ok(TokenResponse::new(
        exchanged.tokens,
        Some(exchanged.refresh_token),
    ))
}

/// What a machine's client tells the pool's function: a JSON object of texts. (unsure what becomes
/// of anything else)
fn note_client_metadata(ctx: &Ctx, metadata: Option<&str>) -> Result<(), OAuthError> {
    let Some(metadata) = metadata else {
        return Ok(());
    };
    let client_metadata = serde_json::from_str(metadata).map_err(|_| {
        ctx.note_reason("aws_client_metadata is no JSON object of texts");
        OAuthError::InvalidRequest
    })?;
    ctx.note_caller_data(CallerData {
        client_metadata: Some(client_metadata),
        ..CallerData::default()
    });
    Ok(())
}

/// What a machine's client gets for its own secret.
async fn client_credentials(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    form: &OAuthForm<'_>,
) -> Result<TokenResponse, OAuthError> {
    throttling::take(ctx, "ClientAuthentication", 1)
        .await
        .map_err(|error| match error {
            Error::RateExceeded => OAuthError::TooManyRequests,
            other => internal(&other),
        })?;
    note_client_metadata(ctx, form.get("aws_client_metadata"))?;
    let scope = form.get("scope");
    let granted = machine_tokens::grant(ctx, pool, client, scope, form.get("resource")).await;
    match granted.map_err(|error| internal(&error))? {
        Ok(tokens) => Ok(TokenResponse::new(tokens, None)),
        Err(refusal) => {
            let (error, reason) = match refusal {
                MachineRefusal::Flow => (
                    OAuthError::InvalidGrant,
                    "the client has no client_credentials grant, or no secret",
                ),
                MachineRefusal::Scope => (
                    OAuthError::InvalidScope,
                    "none of the scopes is the client's, or it has no OAuth at all",
                ),
                MachineRefusal::Resource => (
                    OAuthError::InvalidRequest,
                    "the resource is no resource server of the pool",
                ),
            };
            ctx.note_reason(reason);
            ctx.note_why(why_no_machine(client, scope, error));
            Err(error)
        }
    }
}

const WITHOUT_OAUTH: &str =
    "The app client has AllowedOAuthFlowsUserPoolClient off, so it has no OAuth at all.";

/// For the developer: why the client has no such grant.
fn why_no_grant(client: &Client, grant: &str) -> String {
    if client.settings.allowed_oauth_flows_user_pool_client == Some(true) {
        format!("The app client's AllowedOAuthFlows does not contain {grant}.")
    } else {
        WITHOUT_OAUTH.to_owned()
    }
}

/// For the developer: what the client lacks.
fn why_no_machine(client: &Client, scope: Option<&str>, error: OAuthError) -> String {
    let settings = &client.settings;
    let allowed = settings.allowed_oauth_scopes.as_deref().unwrap_or_default();
    match error {
        OAuthError::InvalidScope if settings.allowed_oauth_flows_user_pool_client != Some(true) => {
            WITHOUT_OAUTH.to_owned()
        }
        OAuthError::InvalidScope => format!(
            "The request asks for \"{}\", and the app client's AllowedOAuthScopes are \"{}\".",
            scope.unwrap_or_default(),
            allowed.join(" ")
        ),
        OAuthError::InvalidGrant if client.secrets.is_empty() => {
            "The app client has no secret, and client_credentials is for clients that have one."
                .to_owned()
        }
        OAuthError::InvalidGrant => why_no_grant(client, "client_credentials"),
        _ => "resource is neither the identifier of a resource server of the user pool nor a URL."
            .to_owned(),
    }
}

/// A refused refresh token is an invalid grant, whatever is wrong with it.
fn grant_error(ctx: &Ctx, error: &Error) -> OAuthError {
    match error {
        Error::Internal(_) => internal(error),
        _ => {
            ctx.note_reason(error.situation());
            ctx.note_refusal(error);
            OAuthError::InvalidGrant
        }
    }
}
