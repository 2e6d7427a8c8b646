//! `POST /oauth2/revoke` (RFC 7009): ends a refresh token and all tokens of its family.

use std::sync::Arc;
use std::time::Instant;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::client::{self, OAuthForm, internal};
use super::error::OAuthError;
use crate::app::{App, Ctx};
use crate::error::Error;
use crate::flows::sign_out;
use crate::http::log::log;

pub async fn revoke(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let started = Instant::now();
    let ctx = Ctx::new(app, "RevokeEndpoint", None);
    let result = match body {
        Ok(body) => end(&ctx, &headers, &body).await,
        Err(_) => Err(OAuthError::InvalidRequest),
    };
    let outcome = result.as_ref().map_or_else(|error| error.code(), |()| "ok");
    log(&ctx, outcome, started);
    match result {
        Ok(()) => StatusCode::OK.into_response(),
        Err(OAuthError::InvalidClient) => {
            let mut response = OAuthError::InvalidClient.into_response();
            // Other than at the token endpoint.
            *response.status_mut() = StatusCode::UNAUTHORIZED;
            response
        }
        Err(error) => error.into_response(),
    }
}

/// Says nothing of whether the token was any good.
async fn end(ctx: &Ctx, headers: &HeaderMap, body: &[u8]) -> Result<(), OAuthError> {
    let form = OAuthForm::read(headers, body)?;
    let (_, client) = client::authenticate(ctx, headers, &form).await?;
    let token = form.require("token")?;
    sign_out::revoke(ctx, &client, token)
        .await
        .map_err(|error| match error {
            Error::RevocationDisabled => OAuthError::InvalidRequest,
            Error::RevokeOtherClient => OAuthError::UnauthorizedClient,
            Error::TokenTypeUnsupported => OAuthError::UnsupportedTokenType,
            other => internal(&other),
        })
}
