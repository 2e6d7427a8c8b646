//! `/_mocknito/requests`: the journal of what functions were given and gave, as JSON for programs
//! and as a page for people.
//!
//! Not here: what is kept of an invocation (`triggers::journal`), the page (`console::requests`),
//! who may call (`guard`).

use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::console;
use super::listen::Closing;
use super::mocknito::{LONGEST_WAIT, Refusal};
use crate::app::App;
use crate::clock::parse_duration;
use crate::triggers::journal::Wanted;

/// How many are shown when nobody says how many.
const USUALLY: usize = 100;

#[derive(Clone)]
struct Own {
    app: Arc<App>,
    closing: Closing,
}

/// The path under `/_mocknito` and what its page loads.
pub(super) fn routes(app: Arc<App>, closing: Closing) -> Router {
    Router::new()
        .route("/requests", get(list).delete(clear))
        .with_state(Own { app, closing })
        .merge(console::requests::routes())
}

/// Which invocations, and how long to wait for another version of the journal.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JournalQuery {
    user_pool_id: Option<String>,
    trigger: Option<String>,
    limit: Option<usize>,
    since: Option<u64>,
    wait: Option<String>,
}

/// `GET /_mocknito/requests`: the newest invocations that match, newest first; for browsers, the
/// page that shows them.
async fn list(
    State(own): State<Own>,
    headers: HeaderMap,
    query: Result<Query<JournalQuery>, QueryRejection>,
) -> Result<Response, Refusal> {
    if console::is_wanted(&headers) {
        return Ok(console::requests::page());
    }
    let Query(query) = query?;
    let journal = &own.app.functions.journal;
    if let Some(text) = &query.wait {
        let wait = parse_duration(text).ok_or_else(|| Refusal::duration("wait"))?;
        let since = query.since.unwrap_or_else(|| journal.version());
        wait_for(&own, since, wait.min(LONGEST_WAIT)).await;
    }
    let version = journal.version();
    let limit = query.limit.unwrap_or(USUALLY);
    let requests = journal.list(&query.wanted(), limit);
    let document = json!({ "requests": requests, "version": version });
    Ok(([(header::VARY, "accept")], Json(document)).into_response())
}

async fn wait_for(own: &Own, since: u64, wait: Duration) {
    let mut closing = own.closing.clone();
    tokio::select! {
        () = own.app.functions.journal.other_than(since, wait) => {}
        () = closing.wait() => {}
    }
}

/// `DELETE /_mocknito/requests`: forgets those that match, or all.
async fn clear(
    State(own): State<Own>,
    query: Result<Query<JournalQuery>, QueryRejection>,
) -> Result<Json<Value>, Refusal> {
    let Query(query) = query?;
    let deleted = own.app.functions.journal.clear(&query.wanted());
    Ok(Json(json!({ "deleted": deleted })))
}

impl JournalQuery {
    fn wanted(self) -> Wanted {
        Wanted {
            pool_id: self.user_pool_id,
            trigger: self.trigger,
        }
    }
}
