//! The pool domain's endpoints: today the token endpoint (OAuth 2.0, RFC 6749) and the link that confirms a sign-up.
//!
//! Not here: what the tokens say (`flows::issue_tokens`). Next: `token.rs`, `confirm_user.rs`.

mod confirm_user;
mod token;

use std::sync::Arc;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use crate::app::App;

/// The endpoints at the root of the server.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/oauth2/token", post(token::token))
        .route("/confirmUser", get(confirm_user::confirm_user))
}

/// What an endpoint answers instead of tokens (RFC 6749 §5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OAuthError {
    InvalidRequest,
    InvalidClient,
    InvalidGrant,
    UnauthorizedClient,
    UnsupportedGrantType,
    InvalidScope,
    ServerError,
}

impl OAuthError {
    pub fn code(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
            Self::ServerError => "server_error",
        }
    }
}

impl IntoResponse for OAuthError {
    /// Only `{"error":"…"}`, as the service answers; 400 even for an unknown client.
    fn into_response(self) -> Response {
        let status = if self == Self::ServerError {
            StatusCode::INTERNAL_SERVER_ERROR
        } else {
            StatusCode::BAD_REQUEST
        };
        json(status, format!(r#"{{"error":"{}"}}"#, self.code()))
    }
}

/// A JSON answer that nobody may keep (RFC 6749 §5.1).
fn json(status: StatusCode, body: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json;charset=UTF-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::PRAGMA, "no-cache"),
    ];
    (status, headers, body).into_response()
}
