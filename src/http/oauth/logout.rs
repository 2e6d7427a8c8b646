//! `GET /logout`: ends the browser's session, and sends the browser to one of the client's sign-out
//! URLs or to sign in again: by way of the SAML provider through which it came, where that is to
//! sign out, too.
//!
//! Tokens live on, as on AWS. Not here: the way back from a provider (`saml_logout.rs`), OpenID
//! Connect's `post_logout_redirect_uri` and `id_token_hint`, which the service does not take.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{RawQuery, State};
use axum::response::Response;

use super::authorization_error::{AuthorizationError, outcome};
use super::browser::Browser;
use super::finish::with_cookie;
use super::providers::{self, SAML_LOGOUT};
use super::redirect::redirect;
use super::request::{AuthorizeRequest, logout_uri};
use crate::app::{App, Ctx};
use crate::boxed::boxed;
use crate::flows::federate::saml_logout::{self, LogoutState};
use crate::flows::federate::state::RoundTrip;
use crate::http::hosts;
use crate::http::log::log;
use crate::http::request_head::RequestHead;
use crate::store::Pool;

pub async fn logout(
    State(app): State<Arc<App>>,
    head: RequestHead,
    RawQuery(query): RawQuery,
) -> Result<Response, AuthorizationError> {
    let started = Instant::now();
    let ctx = Ctx::new(app, "Logout", None);
    let result = boxed(end(&ctx, &head, &query.unwrap_or_default())).await;
    log(&ctx, outcome(&ctx, &result), started);
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
    let trip_cookie = providers::cookie_or_new(ctx, head);
    let by_provider = by_provider(ctx, head, &pool, &browser, &location, &trip_cookie).await?;
    let cookie = browser.sign_out(ctx, &pool).await?;
    let response = match by_provider {
        Some(address) => {
            let mut response = redirect(&address);
            providers::remember(head, &mut response, &trip_cookie);
            response
        }
        None => redirect(&location),
    };
    Ok(with_cookie(response, cookie))
}

/// The address at the SAML provider that let the user in, where signing out is to sign out there,
/// too. (unsure) A provider that cannot be asked keeps nobody here: the log says why.
async fn by_provider(
    ctx: &Ctx,
    head: &RequestHead,
    pool: &Pool,
    browser: &Browser,
    location: &str,
    trip_cookie: &str,
) -> crate::error::Result<Option<String>> {
    let Some(session) = browser.saml_session(ctx, pool).await? else {
        return Ok(None);
    };
    let found = {
        let mut read = ctx.store().read().await?;
        read.identity_providers()
            .find(&pool.id, &session.provider)
            .await?
    };
    let Some(provider) = found.filter(saml_logout::signs_out) else {
        return Ok(None);
    };
    let state = LogoutState {
        trip: RoundTrip::begin(ctx, trip_cookie),
        pool_id: pool.id.clone(),
        provider: provider.name.clone(),
        address: format!("{}{SAML_LOGOUT}", hosts::origin(ctx, head)),
        location: location.to_owned(),
    };
    match saml_logout::request_url(ctx, &provider, &session, &state).await {
        Ok(address) => Ok(address),
        Err(fault) => {
            fault.log(ctx, &provider);
            Ok(None)
        }
    }
}
