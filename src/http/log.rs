//! The one line that the log has for each request, and what is remembered of who calls.

use std::time::Instant;

use axum::http::{HeaderMap, header};

use crate::app::Ctx;
use crate::error::Result;

/// Remembers what calls, for the user's sessions and record.
pub fn note_agent(ctx: &Ctx, headers: &HeaderMap) {
    if let Some(agent) = headers.get(header::USER_AGENT) {
        ctx.note_agent(agent.to_str().unwrap_or_default());
    }
}

/// The one line that the log has for each request. `outcome` is `ok`, or what the answer's error is
/// called; the client and the reason of a refusal stand there where they were noted.
pub fn log(ctx: &Ctx, outcome: &str, started: Instant) {
    tracing::info!(
        operation = ctx.operation,
        pool = ctx.noted_pool(),
        identity = ctx.noted_identity(),
        client = ctx.noted_client(),
        outcome,
        reason = ctx.noted_reason(),
        duration_ms = started.elapsed().as_micros() as f64 / 1_000.0,
        request_id = ctx.request_id,
        "request"
    );
}

/// The same of what a link in a message led to.
pub fn log_result(ctx: &Ctx, result: &Result<()>, started: Instant) {
    let outcome = result
        .as_ref()
        .map_or_else(|error| error.code().as_str(), |()| "ok");
    log(ctx, outcome, started);
}
