//! The doors: every URL on one screen, and what is the same for all of them.
//!
//! Not here: what an operation does (`operations`) and how connections are accepted (`listen.rs`).
//! Next: `aws.rs` for the two AWS APIs, `discovery.rs` for key sets and metadata, `oauth` for the
//! pool domain's endpoints, `mocknito.rs` for what Cognito does not have, `console` for its pages,
//! `pages` for those of a pool's domain.

mod aws;
mod body;
mod console;
mod discovery;
mod guard;
pub mod headers;
pub mod hosts;
mod images;
mod import;
mod kms;
pub mod listen;
mod mocknito;
pub mod oauth;
mod pages;
mod pretend;
mod query;
mod requests;
pub mod tls;

use std::any::Any;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::json;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{AllowHeaders, AllowMethods, AllowOrigin, CorsLayer};

use crate::app::{App, Ctx};
use crate::fixtures::Fixtures;
use listen::Closing;

/// Every URL. `fixtures` are loaded again by `/_mocknito/reset`; `closing` ends what waits when the
/// server stops.
pub fn router(app: Arc<App>, fixtures: Fixtures, closing: Closing) -> Router {
    let cognito = Router::new()
        .route("/", post(aws::call))
        .route("/{pool}/.well-known/jwks.json", get(discovery::jwks))
        .route(
            "/{pool}/.well-known/openid-configuration",
            get(discovery::openid_configuration),
        )
        .merge(oauth::routes())
        .fallback(nothing_here)
        .method_not_allowed_fallback(wrong_method)
        .layer(browsers());
    // No CORS here: a script of another site has no business with what browsers are sent to.
    let browsing = oauth::browser_routes().merge(pages::routes());
    // Nor here: a page that somebody happens to visit must not steer the server.
    let own = mocknito::routes(app.clone(), fixtures, closing);

    cognito
        .merge(browsing)
        .with_state(app)
        .nest("/_mocknito", own)
        .layer(DefaultBodyLimit::max(body::LIMIT))
        .layer(CatchPanicLayer::custom(panicked))
}

/// CORS as on AWS: any origin, no credentials, and whatever method and headers a preflight asks
/// for.
fn browsers() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(AllowOrigin::any())
        .allow_methods(AllowMethods::mirror_request())
        .allow_headers(AllowHeaders::mirror_request())
        .max_age(Duration::from_secs(172_800))
        .expose_headers([
            HeaderName::from_static("x-amzn-requestid"),
            HeaderName::from_static("x-amzn-errortype"),
            HeaderName::from_static("x-amzn-errormessage"),
            header::DATE,
        ])
}

/// Remembers what calls, for the user's sessions and record.
fn note_agent(ctx: &Ctx, headers: &HeaderMap) {
    if let Some(agent) = headers.get(header::USER_AGENT) {
        ctx.note_agent(agent.to_str().unwrap_or_default());
    }
}

/// The one line that the log has for each request. `outcome` is `ok`, or what the answer's error is
/// called.
fn log(ctx: &Ctx, outcome: &str, started: Instant) {
    tracing::info!(
        operation = ctx.operation,
        pool = ctx.noted_pool(),
        outcome,
        duration_ms = started.elapsed().as_micros() as f64 / 1_000.0,
        request_id = ctx.request_id,
        "request"
    );
}

/// The same of what a link in a message led to.
fn log_result(ctx: &Ctx, result: &crate::error::Result<()>, started: Instant) {
    let outcome = result
        .as_ref()
        .map_or_else(|error| error.code().as_str(), |()| "ok");
    log(ctx, outcome, started);
}

/// An error in Mocknito's own form, for everything that is not Cognito's.
fn refusal(status: StatusCode, error: &str, message: &str) -> Response {
    (status, Json(json!({ "error": error, "message": message }))).into_response()
}

async fn nothing_here() -> Response {
    refusal(
        StatusCode::NOT_FOUND,
        "not_found",
        "Nothing is served here. The AWS APIs are at POST /.",
    )
}

async fn wrong_method() -> Response {
    refusal(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "This path is not served for this method. The AWS APIs are at POST /.",
    )
}

/// Our own fault, and nobody else's request: the panic's message is on stderr.
fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("a request panicked");
    (
        StatusCode::INTERNAL_SERVER_ERROR,
        [(header::CONTENT_TYPE, aws::CONTENT_TYPE)],
        r#"{"__type":"InternalErrorException","message":"Something went wrong"}"#,
    )
        .into_response()
}
