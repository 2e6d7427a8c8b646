//! `GET /confirmUser`: the link in a sign-up's e-mail. Opening it confirms the user, and a small
//! page says so. Without a code it is the page that asks for one.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;

use crate::app::{App, Ctx};
use crate::error::{Error, Result};
use crate::flows::sign_up;
use crate::http::pages;

pub async fn confirm_user(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let get = |name| pages::message::parameter(query.as_deref(), name);
    let code = get("confirmation_code");
    if code.is_none() && get("redirect_uri").is_some() {
        return pages::confirm_form(app, &headers, query.as_deref()).await;
    }
    let started = Instant::now();
    let ctx = Ctx::new(app, "ConfirmUser", None);
    let result = match (get("client_id"), get("user_name"), code) {
        (Some(client), Some(username), Some(code)) => {
            confirm(&ctx, &client, &username, &code).await
        }
        _ => Err(Error::CodeExpired),
    };
    crate::http::log_result(&ctx, &result, started);
    pages::message::confirmed(&headers, query.as_deref(), &result)
}

async fn confirm(ctx: &Ctx, client: &str, username: &str, code: &str) -> Result<()> {
    let (pool, client) = ctx.client(client).await?;
    sign_up::confirm(ctx, &pool, &client, username, code, false).await
}
