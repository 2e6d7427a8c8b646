//! Where the faults that a test has ordered strike requests: at the AWS door and at the paths of
//! the pool's domain.
//!
//! Not here: the orders (`crate::faults`), how they are given (`http::mocknito::faults`), messages
//! and functions that fail (`flows::deliver`, `flows::triggers`), what a failing operation answers
//! (`aws.rs`).

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http_body_util::{Full, Limited};
use serde_json::Value;

use super::body;
use super::oauth::client;
use crate::app::{App, Ctx};
use crate::faults::{FaultEffect, FaultTarget};
use crate::flows::access_token;
use crate::operations;

/// What strikes this operation.
pub async fn of_operation(ctx: &Ctx, name: &str, body: &Value) -> Option<FaultEffect> {
    if !ctx.app.faults.are_ordered() {
        return None;
    }
    let named = operations::named(body);
    let token = body.get("AccessToken").and_then(Value::as_str);
    let pool = match (named.user_pool_id, named.client_id, token) {
        (Some(pool), ..) => Some(pool),
        (None, Some(client), _) => pool_of_client(&ctx.app, &client).await,
        (None, None, Some(token)) => {
            let pool = access_token::claimed_pool(ctx, token).await;
            pool.map(|pool| pool.id.clone())
        }
        _ => None,
    };
    let target = FaultTarget::Operation(name.to_owned());
    ctx.struck(&target, pool.as_deref(), named.username.as_deref())
        .await
}

async fn pool_of_client(app: &App, client: &str) -> Option<String> {
    let client = app.store.client(client).await.ok()?;
    Some(client.pool_id.clone())
}

/// Strikes requests by their path.
pub async fn strike(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    if !app.faults.are_ordered() || request.uri().path() == "/" {
        return next.run(request).await;
    }
    let target = FaultTarget::Path(request.uri().path().to_owned());
    let ctx = Ctx::new(app.clone(), "Fault", None);
    let (pool, request) = pool_of(&app, request).await;
    let Some(effect) = ctx.struck(&target, pool.as_deref(), None).await else {
        return next.run(request).await;
    };
    let usual = if effect.error.is_some() { 400 } else { 500 };
    let status = StatusCode::from_u16(effect.status.unwrap_or(usual));
    let error = effect.error.as_deref().unwrap_or("server_error");
    let status = status.unwrap_or(StatusCode::BAD_REQUEST);
    let headers = [(header::CACHE_CONTROL, "no-store")];
    (status, headers, Json(serde_json::json!({ "error": error }))).into_response()
}

/// The pool that a request is about: by its path, or by the client that it names in the query, the
/// header or the form.
async fn pool_of(app: &App, request: Request) -> (Option<String>, Request) {
    let first = request.uri().path().split('/').nth(1);
    let first = first.unwrap_or_default().to_owned();
    if app.store.pool(&first).await.is_ok() {
        return (Some(first), request);
    }
    let in_query = client_in(request.uri().query().unwrap_or_default().as_bytes());
    let client = in_query.or_else(|| client_in_header(&request));
    if let Some(client) = client {
        return (pool_of_client(app, &client).await, request);
    }
    if !body::is_of_type(request.headers(), "application/x-www-form-urlencoded") {
        return (None, request);
    }
    let (head, body) = request.into_parts();
    let Ok(bytes) = body::read(&head.headers, body).await else {
        // Whoever reads it now hears the same: that it is too large or broke off.
        let unreadable = Limited::new(Full::new(Bytes::from_static(b"-")), 0);
        return (None, Request::from_parts(head, Body::new(unreadable)));
    };
    let pool = match client_in(&bytes) {
        Some(client) => pool_of_client(app, &client).await,
        None => None,
    };
    (pool, Request::from_parts(head, Body::from(bytes)))
}

fn client_in(form: &[u8]) -> Option<String> {
    let mut pairs = form_urlencoded::parse(form);
    pairs
        .find(|(name, _)| name == "client_id")
        .map(|(_, value)| value.into_owned())
}

fn client_in_header(request: &Request) -> Option<String> {
    let value = request.headers().get(header::AUTHORIZATION)?;
    let (id, _secret) = client::basic(value.as_bytes())?;
    Some(id)
}
