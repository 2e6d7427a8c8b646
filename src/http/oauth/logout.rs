//! `GET /logout`: ends the browser's session, and sends the browser to one of the client's sign-out
//! URLs or to sign in again.
//!
//! Tokens live on, as on AWS. Not here: OpenID Connect's `post_logout_redirect_uri` and
//! `id_token_hint`, which the service does not take.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;

use super::browser::Browser;
use super::finish::with_cookie;
use super::refusal::{Refusal, redirect};
use super::request::{AuthorizeRequest, logout_uri};
use crate::app::{App, Ctx};

pub async fn logout(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let started = Instant::now();
    let ctx = Ctx::new(app, "Logout", None);
    let asked = query.as_deref();
    let (outcome, response) = match end(&ctx, &headers, asked.unwrap_or_default()).await {
        Ok(response) => ("ok", response),
        Err(refusal) => (refusal.outcome(), refusal.respond(&headers, asked)),
    };
    crate::http::log(&ctx, outcome, started);
    response
}

/// `logout_uri` wins where both are given. A request that is refused signs nobody out.
async fn end(ctx: &Ctx, headers: &HeaderMap, query: &str) -> Result<Response, Refusal> {
    let (pool, location) = match logout_uri(ctx, headers, query).await? {
        Some((pool, location)) => (pool, location),
        None => {
            let request = AuthorizeRequest::read(ctx, headers, query).await?;
            (request.pool.clone(), format!("/login?{query}"))
        }
    };
    let browser = Browser::of(ctx, headers);
    let cookie = browser.sign_out(ctx, &pool).await?;
    Ok(with_cookie(redirect(&location), cookie))
}
