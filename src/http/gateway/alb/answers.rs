//! What a load balancer answers itself when it signs nobody in.
//!
//! The page does not say what was wrong; the header `x-mocknito-reason` and the log do.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::app::Ctx;
use crate::domain::load_balancers::own_page;
use crate::flows::authenticate_cognito::AuthFault;
use crate::http::gateway::fault::{REASON, told};

/// "HTTP 561: Unauthorized", for an identity provider that answered with an error.
const PROVIDER_REFUSED: u16 = 561;

/// The answer to a sign-in that failed. (unsure) AWS documents 401 for a sign-in that takes too
/// long or yields no ID token, 500 for claims that are too large, and 561; that a state of another
/// browser is 401, too, and that a parameter that is missing is 400, is a guess.
pub fn refuse(ctx: &Ctx, fault: &AuthFault) -> Response {
    let (status, words) = match fault {
        AuthFault::MissingState | AuthFault::MissingCode => (400, "Bad Request"),
        AuthFault::InvalidState | AuthFault::NoIdToken => (401, "Authorization Required"),
        AuthFault::ProviderRefused { .. }
        | AuthFault::InvalidGrant
        | AuthFault::UserInfoRefused => (PROVIDER_REFUSED, "Unauthorized"),
        AuthFault::ClaimsTooLarge | AuthFault::Configuration(_) | AuthFault::Internal(_) => {
            (500, "Internal Server Error")
        }
    };
    if let AuthFault::Internal(error) = fault {
        tracing::error!(?error, "a load balancer");
    }
    let reason = format!("{}: {}", fault.code(), fault.sentence());
    page(ctx, status, words, reason)
}

/// OnUnauthenticatedRequest is `deny`.
pub fn deny(ctx: &Ctx) -> Response {
    let reason = "nobody is signed in, and OnUnauthenticatedRequest is deny";
    page(ctx, 401, "Authorization Required", reason.to_owned())
}

fn page(ctx: &Ctx, status: u16, words: &str, reason: String) -> Response {
    let html = own_page(&format!("{status} {words}"));
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = [
        (header::SERVER, HeaderValue::from_static("awselb/2.0")),
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    let mut response = (status, headers, html).into_response();
    response.headers_mut().insert(REASON, told(&reason));
    ctx.note_reason(reason);
    response
}
