//! `/_mocknito/functions`: the journal of what functions were given and gave, as JSON for programs
//! and as a page for people.
//!
//! Not here: what is kept of an invocation (`triggers::journal`), the page (`console`), who may
//! call (`guard`), the journal of requests (`requests.rs`), whose address this one had first.

use std::time::Duration;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::console::{self, ConsolePage};
use super::refusal::Refusal;
use super::request::wait;
use crate::http::state::ServerState;
use crate::triggers::journal::Wanted;

/// How many are shown when nobody says how many.
const USUALLY: usize = 100;

/// Which invocations, and how long to wait for another version of the journal.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FunctionsQuery {
    user_pool_id: Option<String>,
    trigger: Option<String>,
    limit: Option<usize>,
    since: Option<u64>,
    wait: Option<String>,
}

/// `GET /_mocknito/functions`: the newest invocations that match, newest first; for browsers, the
/// page that shows them.
pub async fn list(
    State(server): State<ServerState>,
    headers: HeaderMap,
    query: Result<Query<FunctionsQuery>, QueryRejection>,
) -> Result<Response, Refusal> {
    if console::is_wanted(&headers) {
        return Ok(console::page(ConsolePage::Functions));
    }
    let Query(query) = query?;
    document(&server, query).await
}

/// The journal as JSON.
pub async fn document(server: &ServerState, query: FunctionsQuery) -> Result<Response, Refusal> {
    let journal = &server.app.functions.journal;
    if let Some(text) = &query.wait {
        let wait = wait(text)?;
        let since = query.since.unwrap_or_else(|| journal.version());
        wait_for(server, since, wait).await;
    }
    let version = journal.version();
    let limit = query.limit.unwrap_or(USUALLY);
    let requests = journal.list(&query.wanted(), limit);
    let document = json!({ "requests": requests, "version": version });
    Ok(([(header::VARY, "accept")], Json(document)).into_response())
}

async fn wait_for(server: &ServerState, since: u64, wait: Duration) {
    let mut closing = server.closing.clone();
    tokio::select! {
        () = server.app.functions.journal.other_than(since, wait) => {}
        () = closing.wait() => {}
    }
}

/// `DELETE /_mocknito/functions`: forgets those that match, or all.
pub async fn clear(
    State(server): State<ServerState>,
    query: Result<Query<FunctionsQuery>, QueryRejection>,
) -> Result<Json<Value>, Refusal> {
    let Query(query) = query?;
    Ok(forget(&server, query))
}

/// Forgets those that match.
pub fn forget(server: &ServerState, query: FunctionsQuery) -> Json<Value> {
    let deleted = server.app.functions.journal.clear(&query.wanted());
    Json(json!({ "deleted": deleted }))
}

impl FunctionsQuery {
    fn wanted(self) -> Wanted {
        Wanted {
            pool_id: self.user_pool_id,
            trigger: self.trigger,
        }
    }
}
