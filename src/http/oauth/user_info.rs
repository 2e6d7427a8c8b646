//! `/oauth2/userInfo` (OIDC Core §5.3): the user's attributes for an access token with the scope
//! `openid`.
//!
//! Every value is text, the flags too: that is how the service answers, other than in ID tokens.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::client::internal;
use super::error::{OAuthError, json};
use crate::app::{App, Ctx};
use crate::domain::oauth_settings;
use crate::error::Error;
use crate::flows::access_token::{self, Caller};
use crate::http::hosts;
use crate::http::log::log;

const SCOPE: &str = "openid";

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
}

impl UserInfoError {
    fn token(description: &'static str) -> Self {
        Self {
            status: StatusCode::UNAUTHORIZED,
            error: OAuthError::InvalidToken,
            description,
        }
    }

    fn response(self) -> Response {
        let (error, description) = (self.error.code(), self.description);
        let body = json!({ "error": error, "error_description": description });
        let mut response = json(self.status, body.to_string());
        let challenge = format!("error=\"{error}\", error_description=\"{description}\"");
        if self.status == StatusCode::UNAUTHORIZED
            && let Ok(challenge) = HeaderValue::try_from(challenge)
        {
            let name: HeaderName = header::WWW_AUTHENTICATE;
            response.headers_mut().insert(name, challenge);
        }
        response
    }
}

/// The user whom the bearer token (RFC 6750 §2.1) speaks for.
async fn caller(ctx: &Ctx, headers: &HeaderMap) -> Result<Caller, UserInfoError> {
    let token = bearer(headers).ok_or(UserInfoError {
        status: StatusCode::BAD_REQUEST,
        error: OAuthError::InvalidRequest,
        description: "Bad OAuth2 request at UserInfo Endpoint",
    })?;
    let ended = || {
        UserInfoError::token(
            "Access token is expired, disabled, or deleted, or the user has globally signed out.",
        )
    };
    let caller = access_token::authorize_for(ctx, token, SCOPE)
        .await
        .map_err(|error| match error {
            Error::Internal(_) => UserInfoError {
                status: StatusCode::INTERNAL_SERVER_ERROR,
                error: internal(&error),
                description: "Something went wrong",
            },
            // (unsure) Whether it is 401 or 403, and in which words.
            Error::AccessTokenScopes => {
                UserInfoError::token("Access token does not contain openid scope")
            }
            _ => ended(),
        })?;
    match hosts::serves(ctx, headers, &caller.pool).await {
        Ok(true) => Ok(caller),
        // The token of another pool than the host's.
        Ok(false) => Err(ended()),
        Err(error) => Err(UserInfoError {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            error: internal(&error),
            description: "Something went wrong",
        }),
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// What the client may read, as far as the token's scopes go.
fn claims(caller: &Caller) -> Map<String, Value> {
    let mut claims = Map::new();
    claims.insert("sub".to_owned(), caller.user.sub.as_str().into());
    for (name, value) in &caller.user.attributes {
        if !value.is_empty()
            && caller.client.reads(name)
            && oauth_settings::discloses(&caller.claims.scope, name)
        {
            claims.insert(name.clone(), value.as_str().into());
        }
    }
    let username = caller.user.username.as_str().into();
    claims.insert("username".to_owned(), username);
    claims
}
