//! `POST /oauth2/revoke` (RFC 7009): ends a refresh token and all tokens of its family.

use std::sync::Arc;
use std::time::Instant;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::client::{self, OAuthForm, internal};
use super::error::{OAuthError, unauthorized};
use crate::app::{App, Ctx};
use crate::boxed::boxed;
use crate::error::Error;
use crate::flows::sign_out;
use crate::http::log::log;

/// How a client may prove who it is (RFC 6749 §5.2). (unsure) What the service says.
const BASIC: HeaderValue = HeaderValue::from_static("Basic realm=\"oauth2\"");

pub async fn revoke(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let started = Instant::now();
    let ctx = Ctx::new(app, "RevokeEndpoint", None);
    let result = match body {
        Ok(body) => boxed(end(&ctx, &headers, &body)).await,
        Err(_) => {
            ctx.note_reason("the body is too large or broken off");
            Err(OAuthError::InvalidRequest)
        }
    };
    let outcome = result.as_ref().map_or_else(|error| error.code(), |()| "ok");
    log(&ctx, outcome, started);
    match result {
        // (unsure) The type of a body that is empty: clients look for JSON before they look inside.
        Ok(()) => (
            StatusCode::OK,
            [(header::CONTENT_TYPE, "application/json;charset=UTF-8")],
        )
            .into_response(),
        // Other than at the token endpoint.
        Err(OAuthError::InvalidClient) => {
            unauthorized(OAuthError::InvalidClient.into_response(), BASIC)
        }
        Err(error) => error.into_response(),
    }
}

/// Says nothing of whether the token was any good.
async fn end(ctx: &Ctx, headers: &HeaderMap, body: &[u8]) -> Result<(), OAuthError> {
    let form = OAuthForm::read(ctx, headers, body)?;
    let (_, client) = client::authenticate(ctx, headers, &form).await?;
    let token = form.require("token")?;
    sign_out::revoke(ctx, &client, token)
        .await
        .inspect_err(|error| {
            ctx.note_reason(error.situation());
            ctx.note_refusal(error);
        })
        .map_err(|error| match error {
            Error::RevocationDisabled => OAuthError::InvalidRequest,
            Error::RevokeOtherClient => OAuthError::UnauthorizedClient,
            Error::TokenTypeUnsupported => OAuthError::UnsupportedTokenType,
            other => internal(&other),
        })
}
