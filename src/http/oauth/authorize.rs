//! `/oauth2/authorize`: whoever is signed in already goes straight back to the client, everybody
//! else to a page or an identity provider.
//!
//! Not here: what is refused (`request.rs`), the pages (`http::pages`).

use std::sync::Arc;
use std::time::Instant;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::authorization_error::{AuthorizationError, outcome};
use super::browser::Browser;
use super::error::OAuthError;
use super::finish::resume;
use super::providers;
use super::redirect::redirect;
use super::request::AuthorizeRequest;
use crate::app::{App, Ctx};
use crate::boxed::boxed;
use crate::error::Error;
use crate::http::log::log;
use crate::http::request_head::RequestHead;

/// `GET /oauth2/authorize`
pub async fn authorize(
    State(app): State<Arc<App>>,
    head: RequestHead,
    RawQuery(query): RawQuery,
) -> Result<Response, AuthorizationError> {
    let started = Instant::now();
    let ctx = Ctx::new(app, "Authorize", None);
    let result = boxed(decide(&ctx, &head, &query.unwrap_or_default())).await;
    log(&ctx, outcome(&ctx, &result), started);
    result
}

/// `POST /oauth2/authorize` (OIDC Core §3.1.2.1): the form's fields are the parameters. The browser
/// is sent to the same address with them, since another site's form brings no cookies along.
pub async fn authorize_by_form(
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, AuthorizationError> {
    let form = body.ok().and_then(|body| {
        let pairs = form_urlencoded::parse(&body);
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish();
        (query.len() <= super::request::LONGEST_QUERY).then_some(query)
    });
    let query = form.ok_or_else(|| {
        AuthorizationError::page(OAuthError::InvalidRequest, "The request is too long.")
    })?;
    let mut response = redirect(&format!("/oauth2/authorize?{query}"));
    // So that the browser asks by GET.
    *response.status_mut() = StatusCode::SEE_OTHER;
    Ok(response)
}

async fn decide(
    ctx: &Ctx,
    head: &RequestHead,
    query: &str,
) -> Result<Response, AuthorizationError> {
    let request = AuthorizeRequest::read(ctx, head, query).await?;
    let browser = Browser::of(ctx, head);
    let session = browser
        .session(ctx, &request.pool, &request.client)
        .await?
        .filter(|session| request.takes(session, ctx.now));
    let Some(session) = session else {
        return ask(ctx, head, &request).await;
    };
    match request.is_met_by(ctx, &session).await {
        Ok(true) => Ok(resume(ctx, &request, &session).await),
        Ok(false) => ask(ctx, head, &request).await,
        // A provider may reach what the pool's own factors do not.
        Err(Error::LevelNotReachable) if providers::wants_provider(&request) => {
            ask(ctx, head, &request).await
        }
        // (unsure) The documentation has no word for it.
        Err(error) => Err(providers::refuse(&request, &error)),
    }
}

/// Nobody is signed in, or they are to sign in again, or to prove more.
async fn ask(
    ctx: &Ctx,
    head: &RequestHead,
    request: &AuthorizeRequest,
) -> Result<Response, AuthorizationError> {
    if request.prompt.none {
        return Err(request.refuse(OAuthError::LoginRequired, None));
    }
    if providers::wants_provider(request) {
        return providers::begin(ctx, head, request).await;
    }
    Ok(redirect(&format!("/login?{}", request.query)))
}
