//! What the pool domain's endpoints answer instead of what was asked for, to programs as JSON.
//!
//! Not here: what browsers are told (`authorization_error.rs`).

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// What an endpoint answers instead of what was asked for (RFC 6749 §4.1.2.1 and §5.2, RFC 6750
/// §3.1, RFC 7009 §2.2.1, RFC 7591 §3.2.2, OIDC Core §3.1.2.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OAuthError {
    InvalidRequest,
    InvalidClient,
    InvalidClientMetadata,
    InvalidGrant,
    InvalidRedirectUri,
    InvalidScope,
    InsufficientScope,
    InvalidToken,
    LoginRequired,
    /// Cognito's own: the address is none of the client's.
    RedirectMismatch,
    ServerError,
    TooManyRequests,
    UnauthorizedClient,
    UnsupportedGrantType,
    UnsupportedResponseType,
    UnsupportedTokenType,
}

impl OAuthError {
    pub fn code(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidClientMetadata => "invalid_client_metadata",
            Self::InvalidRedirectUri => "invalid_redirect_uri",
            Self::InsufficientScope => "insufficient_scope",
            Self::InvalidGrant => "invalid_grant",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidToken => "invalid_token",
            Self::LoginRequired => "login_required",
            Self::RedirectMismatch => "redirect_mismatch",
            Self::ServerError => "server_error",
            // (unsure) What the service says at this endpoint beyond its rate.
            Self::TooManyRequests => "too_many_requests",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::UnsupportedTokenType => "unsupported_token_type",
        }
    }
}

impl IntoResponse for OAuthError {
    /// Only `{"error":"…"}`, as the service answers; 400 even for an unknown client.
    fn into_response(self) -> Response {
        let status = match self {
            Self::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
            Self::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            _ => StatusCode::BAD_REQUEST,
        };
        json(status, format!(r#"{{"error":"{}"}}"#, self.code()))
    }
}

/// A refusal with a sentence about it (RFC 6749 §5.2).
pub fn explained(status: StatusCode, code: &str, description: &str) -> Response {
    let body = serde_json::json!({ "error": code, "error_description": description });
    json(status, body.to_string())
}

/// Makes a refusal a 401. The challenge says how to prove who one is (RFC 9110 §15.5.2): the JDK's
/// HttpURLConnection throws at a 401 without one, before its caller sees the status.
pub fn unauthorized(mut response: Response, challenge: HeaderValue) -> Response {
    *response.status_mut() = StatusCode::UNAUTHORIZED;
    let headers = response.headers_mut();
    headers.insert(header::WWW_AUTHENTICATE, challenge);
    response
}

/// A JSON answer that nobody may keep (RFC 6749 §5.1).
pub fn json(status: StatusCode, body: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json;charset=UTF-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::PRAGMA, "no-cache"),
    ];
    (status, headers, body).into_response()
}
