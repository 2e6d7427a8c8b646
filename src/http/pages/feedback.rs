//! `GET /feedback`: the links in a notification about a risky sign-in, by which a user says whether
//! it was them. Opening one is enough.
//!
//! (unsure) The service's own address for it is not documented.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;

use super::message;
use super::strip::Strip;
use crate::app::{App, Ctx};
use crate::error::{Error, Result};
use crate::flows::risk;
use crate::http::log::log_result;
use crate::wire::user_pools::FeedbackValueType;

pub async fn feedback(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let started = Instant::now();
    let ctx = Ctx::new(app, "Feedback", None);
    let result = take(&ctx, query.as_deref()).await;
    log_result(&ctx, &result, started);
    let strip = Strip::of_page(&ctx.app, &headers).await;
    message::thanked(&headers, query.as_deref(), strip, &result)
}

async fn take(ctx: &Ctx, query: Option<&str>) -> Result<()> {
    let get = |name| {
        let value = message::parameter(query, name);
        value.ok_or(Error::FeedbackTokenInvalid)
    };
    let pool = ctx.pool(&get("user_pool_id")?).await?;
    let value = FeedbackValueType::from_wire(&get("feedback_value")?);
    let given = (value.ok_or(Error::FeedbackTokenInvalid)?, risk::USER);
    let (username, event, token) = (get("username")?, get("event_id")?, get("feedback_token")?);
    risk::take_feedback(ctx, &pool, &username, &event, given, Some(&token)).await
}
