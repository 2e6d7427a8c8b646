//! The one line that the log has for each request, what the journal is told of it, and what is
//! remembered of who calls.

use std::time::Instant;

use axum::http::{HeaderMap, header};

use crate::app::{Ctx, NamedByRequest};
use crate::error::{Error, Result};
use crate::journal::{self, Feature, Noted};
use crate::operations::Called;
use crate::wire::Facts;

/// Remembers what calls, for the user's sessions and record.
pub fn note_agent(ctx: &Ctx, headers: &HeaderMap) {
    if let Some(agent) = headers.get(header::USER_AGENT) {
        ctx.note_agent(agent.to_str().unwrap_or_default());
    }
}

/// The one line that the log has for each request. `outcome` is `ok`, or what the answer's error is
/// called; the client and the reason of a refusal stand there where they were noted.
pub fn log(ctx: &Ctx, outcome: &'static str, started: Instant) {
    let error = (outcome != "ok").then_some(outcome);
    write(ctx, outcome, started);
    count(ctx, Feature::Endpoint);
    journal::note(|| noted(ctx, None, error));
}

/// The same of an operation of the two APIs, which a refusal of the catalogue ended or nothing.
pub fn log_operation(ctx: &Ctx, called: Option<Called>, error: Option<&Error>, started: Instant) {
    if let Some(error) = error {
        ctx.note_refusal(error);
    }
    write(ctx, error.map_or("ok", Error::situation), started);
    match called {
        Some(Called::UserPools(_)) => count(ctx, Feature::Operation),
        Some(Called::IdentityPools(_)) => count(ctx, Feature::IdentityPoolOperation),
        // No operation that exists, or a document.
        None if ctx.operation == "-" => {}
        None => count(ctx, Feature::Endpoint),
    }
    let facts = called.map(Called::facts);
    journal::note(|| noted(ctx, facts, error.map(|error| error.code().as_str())));
}

/// The same of what a link in a message led to.
pub fn log_result(ctx: &Ctx, result: &Result<()>, started: Instant) {
    let outcome = match result {
        Ok(()) => "ok",
        Err(error) => {
            ctx.note_refusal(error);
            error.code().as_str()
        }
    };
    log(ctx, outcome, started);
}

/// Counts what was called and, where the catalogue refuses it, as what. What the console only looks
/// at is nothing that a run has used.
fn count(ctx: &Ctx, feature: Feature) {
    if !journal::is_recorded() {
        return;
    }
    let coverage = &ctx.app.journal.coverage;
    coverage.count(feature, ctx.operation);
    if let Some(refusal) = ctx.noted_refusal() {
        coverage.count(Feature::Refusal, refusal.situation);
    }
}

fn write(ctx: &Ctx, outcome: &str, started: Instant) {
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
    if outcome != "ok"
        && let Some(why) = why(ctx)
    {
        let (request_id, why) = (&ctx.request_id, journal::without_values(why));
        tracing::debug!(request_id, %why, "refused");
    }
}

/// The sentence for the request's developer.
fn why(ctx: &Ctx) -> Option<&str> {
    let refusal = ctx.noted_refusal().map(|why| why.sentence.as_str());
    ctx.noted_why().or(refusal).or(ctx.noted_reason())
}

/// What the journal is told.
fn noted(ctx: &Ctx, facts: Option<&'static Facts>, error: Option<&'static str>) -> Noted {
    let refusal = ctx.noted_refusal().filter(|_| error.is_some());
    let why = why(ctx).filter(|_| error.is_some());
    let unnamed = NamedByRequest::default();
    let named = ctx.named().unwrap_or(&unnamed);
    let owned =
        |found: Option<&str>, named: &Option<String>| found.or(named.as_deref()).map(str::to_owned);
    let pool = Some(ctx.noted_pool()).filter(|pool| *pool != "-");
    Noted {
        operation: ctx.operation,
        facts,
        at: ctx.now,
        request_id: ctx.request_id.clone(),
        user_pool_id: owned(pool, &named.user_pool_id),
        client_id: owned(ctx.noted_client(), &named.client_id),
        username: ctx.noted_username().map(str::to_owned),
        named: named.username.clone(),
        error,
        situation: refusal.map(|why| why.situation),
        why: why.map(str::to_owned),
        messages: ctx.noted_messages(),
    }
}
