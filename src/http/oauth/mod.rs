//! The pool domain's endpoints (OAuth 2.0, RFC 6749; OpenID Connect): authorize, token, userInfo,
//! revoke, logout.
//!
//! Not here: what the tokens say (`flows::issue_tokens`), the pages on which users sign in
//! (`http::pages`). Next: `request.rs` for what a client may ask for, `browser.rs` for who is
//! signed in, `finish.rs` for how a sign-in ends, `token.rs` for what a code becomes.

mod authorize;
mod browser;
mod client;
mod confirm_user;
mod feedback;
mod finish;
mod idp_response;
mod logout;
mod providers;
mod refusal;
mod request;
mod revoke;
mod saml_response;
mod token;
mod user_info;

use std::sync::Arc;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

pub use browser::Browser;
pub use finish::finish;
pub use providers::{IDP_RESPONSE, SAML_RESPONSE};
pub use refusal::{Fault, Refusal, redirect};
pub use request::{AuthorizeRequest, OWN_DIRECTORY, Prompt, ResponseType};

use crate::app::{App, Ctx};
use crate::domain::oauth_settings;
use crate::store::Pool;

/// What programs call, scripts of other sites among them: no cookie counts here.
pub fn routes() -> Router<Arc<App>> {
    let user_info = get(user_info::user_info).post(user_info::user_info);
    Router::new()
        .route("/oauth2/token", post(token::token))
        .route("/oauth2/userInfo", user_info.clone())
        // Both spellings work on AWS.
        .route("/oauth2/userinfo", user_info)
        .route("/oauth2/revoke", post(revoke::revoke))
}

/// Where browsers are sent: no script of another site reads these.
pub fn browser_routes() -> Router<Arc<App>> {
    Router::new()
        .route(
            "/oauth2/authorize",
            get(authorize::authorize).post(authorize::authorize_by_form),
        )
        .route(
            "/oauth2/idpresponse",
            get(idp_response::idp_response).post(idp_response::by_form),
        )
        .route("/saml2/idpresponse", post(saml_response::saml_response))
        .route("/logout", get(logout::logout))
        .route("/confirmUser", get(confirm_user::confirm_user))
        .route("/feedback", get(feedback::feedback))
}

/// What an endpoint answers instead of what was asked for (RFC 6749 §4.1.2.1 and §5.2, RFC 6750
/// §3.1, RFC 7009 §2.2.1, OIDC Core §3.1.2.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OAuthError {
    InvalidRequest,
    InvalidClient,
    InvalidGrant,
    InvalidScope,
    InvalidToken,
    LoginRequired,
    /// Cognito's own: the address is none of the client's.
    RedirectMismatch,
    ServerError,
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
            Self::InvalidGrant => "invalid_grant",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidToken => "invalid_token",
            Self::LoginRequired => "login_required",
            Self::RedirectMismatch => "redirect_mismatch",
            Self::ServerError => "server_error",
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

/// Whether the pool's tokens may be bound to this resource.
async fn is_resource(ctx: &Ctx, pool: &Pool, resource: &str) -> crate::error::Result<bool> {
    if oauth_settings::is_resource(&[], resource) {
        return Ok(true);
    }
    let server = ctx
        .store()
        .read()
        .await?
        .resource_servers()
        .find(&pool.id, resource)
        .await?;
    let servers: Vec<_> = server.into_iter().collect();
    Ok(oauth_settings::is_resource(&servers, resource))
}
