//! `/oauth2/userInfo` (OIDC Core §5.3): the user's attributes for an access token with the scope
//! `openid`.
//!
//! Not here: which attributes (`flows::user_info`).

use std::sync::Arc;
use std::time::Instant;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::Value;

use super::client::internal;
use super::error::{OAuthError, explained, json, unauthorized};
use crate::app::{App, Ctx};
use crate::error::Error;
use crate::flows::access_token::{self, TokenHolder};
use crate::flows::user_info::{SCOPE, claims};
use crate::http::hosts;
use crate::http::log::log;

/// `GET` and `POST /oauth2/userInfo`
pub async fn user_info(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let started = Instant::now();
    let ctx = Ctx::new(app, "UserInfo", None);
    let result = caller(&ctx, &headers).await;
    let outcome = match &result {
        Ok(_) => "ok",
        Err(refusal) => refusal.error.code(),
    };
    log(&ctx, outcome, started);
    match result {
        Ok(caller) => json(StatusCode::OK, Value::Object(claims(&caller)).to_string()),
        Err(refusal) => refusal.response(),
    }
}

struct UserInfoError {
    status: StatusCode,
    error: OAuthError,
    description: &'static str,
    /// Whose token it is, where that is known.
    realm: Option<String>,
}

impl UserInfoError {
    fn token(description: &'static str, realm: Option<String>) -> Self {
        Self {
            status: StatusCode::UNAUTHORIZED,
            error: OAuthError::InvalidToken,
            description,
            realm,
        }
    }

    fn internal(error: &Error) -> Self {
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            error: internal(error),
            description: "Something went wrong",
            realm: None,
        }
    }

    fn response(self) -> Response {
        let response = explained(self.status, self.error.code(), self.description);
        if self.status != StatusCode::UNAUTHORIZED {
            return response;
        }
        let realm = self.realm.map(|realm| format!("realm={realm}, "));
        let challenge = format!("Bearer {}error=INVALID_TOKEN", realm.unwrap_or_default());
        let challenge = HeaderValue::try_from(challenge);
        unauthorized(
            response,
            challenge.unwrap_or(HeaderValue::from_static("Bearer error=INVALID_TOKEN")),
        )
    }
}

/// The user whom the bearer token (RFC 6750 §2.1) speaks for.
async fn caller(ctx: &Ctx, headers: &HeaderMap) -> Result<TokenHolder, UserInfoError> {
    let token = bearer(headers).ok_or_else(|| {
        ctx.note_why("The request has no header Authorization: Bearer with an access token.");
        UserInfoError {
            status: StatusCode::BAD_REQUEST,
            error: OAuthError::InvalidRequest,
            description: "Bad OAuth2 request at UserInfo Endpoint",
            realm: None,
        }
    })?;
    let realm = access_token::claimed_pool(ctx, token)
        .await
        .map(|pool| ctx.app.issuer(&pool));
    let ended = |realm| {
        UserInfoError::token(
            "Access token is expired or user has globally signed out, disabled, or been deleted",
            realm,
        )
    };
    let caller = access_token::authorize_for(ctx, token, SCOPE)
        .await
        .inspect_err(|error| ctx.note_refusal(error))
        .map_err(|error| match error {
            Error::Internal(_) => UserInfoError::internal(&error),
            // (unsure) Whether it is 401 or 403.
            Error::AccessTokenScopes => UserInfoError::token(
                "Access token does not contain the 'openid' scope",
                realm.clone(),
            ),
            Error::AccessTokenInvalid => {
                UserInfoError::token("Access token format is not valid", None)
            }
            _ => ended(realm.clone()),
        })?;
    match hosts::serves(ctx, headers, &caller.pool).await {
        Ok(true) => Ok(caller),
        // The token of another pool than the host's.
        Ok(false) => Err(ended(realm)),
        Err(error) => Err(UserInfoError::internal(&error)),
    }
}

pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}
