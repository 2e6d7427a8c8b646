//! `/oauth2/authorize`: whoever is signed in already goes straight back to the client, everybody
//! else to a page or an identity provider.
//!
//! Not here: what is refused (`request.rs`), the pages (`http::pages`).

use std::sync::Arc;
use std::time::Instant;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::browser::Browser;
use super::finish::resume;
use super::refusal::{Refusal, redirect};
use super::request::AuthorizeRequest;
use super::{OAuthError, providers};
use crate::app::{App, Ctx};
use crate::error::Error;

/// `GET /oauth2/authorize`
pub async fn authorize(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let started = Instant::now();
    let ctx = Ctx::new(app, "Authorize", None);
    let asked = query.as_deref();
    let (outcome, response) = match decide(&ctx, &headers, asked.unwrap_or_default()).await {
        Ok(response) => ("ok", response),
        Err(refusal) => (refusal.outcome(), refusal.respond(&headers, asked)),
    };
    crate::http::log(&ctx, outcome, started);
    response
}

/// `POST /oauth2/authorize` (OIDC Core §3.1.2.1): the form's fields are the parameters. The browser
/// is sent to the same address with them, since another site's form brings no cookies along.
pub async fn authorize_by_form(
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let form = body.ok().and_then(|body| {
        let pairs = form_urlencoded::parse(&body);
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish();
        (query.len() <= super::request::LONGEST_QUERY).then_some(query)
    });
    match form {
        Some(query) => {
            let location = format!("/oauth2/authorize?{query}");
            let mut response = redirect(&location);
            // So that the browser asks by GET.
            *response.status_mut() = StatusCode::SEE_OTHER;
            response
        }
        None => Refusal::page(OAuthError::InvalidRequest, "The request is too long.")
            .respond(&headers, None),
    }
}

async fn decide(ctx: &Ctx, headers: &HeaderMap, query: &str) -> Result<Response, Refusal> {
    let request = AuthorizeRequest::read(ctx, headers, query).await?;
    let browser = Browser::of(ctx, headers);
    let session = browser
        .session(ctx, &request.pool, &request.client)
        .await?
        .filter(|session| request.takes(session, ctx.now));
    let Some(session) = session else {
        return ask(ctx, headers, &request).await;
    };
    match request.is_met_by(ctx, &session).await {
        Ok(true) => Ok(resume(ctx, &request, &session).await),
        Ok(false) => ask(ctx, headers, &request).await,
        // A provider may reach what the pool's own factors do not.
        Err(Error::LevelNotReachable) if providers::wants_provider(&request) => {
            ask(ctx, headers, &request).await
        }
        // (unsure) The documentation has no word for it.
        Err(error) => Err(providers::refuse(&request, &error)),
    }
}

/// Nobody is signed in, or they are to sign in again, or to prove more.
async fn ask(
    ctx: &Ctx,
    headers: &HeaderMap,
    request: &AuthorizeRequest,
) -> Result<Response, Refusal> {
    if request.prompt.none {
        return Err(request.refuse(OAuthError::LoginRequired, None));
    }
    if providers::wants_provider(request) {
        return providers::begin(ctx, headers, request).await;
    }
    Ok(redirect(&format!("/login?{}", request.query)))
}
