//! `GET /logout`: ends the browser's session, and sends the browser to one of the client's sign-out
//! URLs or to sign in again.
//!
//! Tokens live on, as on AWS. Not here: OpenID Connect's `post_logout_redirect_uri` and
//! `id_token_hint`, which the service does not take.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{RawQuery, State};
use axum::response::Response;

use super::authorization_error::{AuthorizationError, outcome};
use super::browser::Browser;
use super::finish::with_cookie;
use super::redirect::redirect;
use super::request::{AuthorizeRequest, logout_uri};
use crate::app::{App, Ctx};
use crate::http::log::log;
use crate::http::request_head::RequestHead;

pub async fn logout(
    State(app): State<Arc<App>>,
    head: RequestHead,
    RawQuery(query): RawQuery,
) -> Result<Response, AuthorizationError> {
    let started = Instant::now();
    let ctx = Ctx::new(app, "Logout", None);
    let result = end(&ctx, &head, &query.unwrap_or_default()).await;
    log(&ctx, outcome(&result), started);
    result
}

/// `logout_uri` wins where both are given. A request that is refused signs nobody out.
async fn end(ctx: &Ctx, head: &RequestHead, query: &str) -> Result<Response, AuthorizationError> {
    let (pool, location) = match logout_uri(ctx, head, query).await? {
        Some((pool, location)) => (pool, location),
        None => {
            let request = AuthorizeRequest::read(ctx, head, query).await?;
            (request.pool.clone(), format!("/login?{query}"))
        }
    };
    let browser = Browser::of(ctx, head);
    let cookie = browser.sign_out(ctx, &pool).await?;
    Ok(with_cookie(redirect(&location), cookie))
}
