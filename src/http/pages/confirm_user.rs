//! `GET /confirmUser`: the link in a sign-up's e-mail. Opening it confirms the user, and a small
//! page says so. Without a code it is the page that asks for one.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{RawQuery, State};
use axum::response::Response;

use super::page_request::PageRequest;
use super::strip::Strip;
use super::{message, sign_up as page};
use crate::app::{App, Ctx};
use crate::boxed::boxed;
use crate::error::{Error, Result};
use crate::flows::{point_in_time_recovery, sign_up};
use crate::http::log::log_result;
use crate::http::request_head::RequestHead;

pub async fn confirm_user(
    State(app): State<Arc<App>>,
    head: RequestHead,
    RawQuery(query): RawQuery,
) -> Response {
    let get = |name| message::parameter(query.as_deref(), name);
    let code = get("confirmation_code");
    if code.is_none() && get("redirect_uri").is_some() {
        return boxed(ask_for_code(app, &head, query.as_deref())).await;
    }
    let started = Instant::now();
    let ctx = Ctx::new(app, "ConfirmUser", None);
    let result = match (get("client_id"), get("user_name"), code) {
        (Some(client), Some(username), Some(code)) => {
            boxed(confirm(&ctx, &client, &username, &code)).await
        }
        _ => Err(Error::CodeExpired),
    };
    log_result(&ctx, &result, started);
    let strip = Strip::of_page(&ctx.app, &head).await;
    message::confirmed(&head, query.as_deref(), strip, &result)
}

async fn confirm(ctx: &Ctx, client: &str, username: &str, code: &str) -> Result<()> {
    let (pool, client) = ctx.client(client).await?;
    point_in_time_recovery::check_not_paused(ctx, &pool.id).await?;
    sign_up::confirm(ctx, &pool, &client, username, code, false).await
}

/// `GET /confirmUser` without the code of an e-mail's link: the form that asks for it.
async fn ask_for_code(app: Arc<App>, head: &RequestHead, query: Option<&str>) -> Response {
    let ctx = Ctx::new(app, "ConfirmUser", None);
    match PageRequest::open(ctx, head, query).await {
        Ok(visit) => {
            let response = page::get_confirm(&visit).await;
            visit.end(response)
        }
        Err(page) => page,
    }
}
