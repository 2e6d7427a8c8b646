//! `/_mocknito/requests`: every call of every door, with what was answered and why, as JSON for
//! programs and as a page for people.
//!
//! Not here: what is kept and what is withheld (`crate::journal`), what functions were told
//! (`functions.rs`, which answers here to `trigger`, as it did first), who may call (`guard`).

use axum::Json;
use axum::extract::{Query, RawQuery, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::console::{self, ConsolePage};
use super::functions::{self, FunctionsQuery};
use super::refusal::Refusal;
use super::request::wait;
use crate::http::state::ServerState;
use crate::journal::{Door, JournalFilter, RequestOutcome};

/// How many are shown when nobody says how many.
const USUALLY: usize = 100;

/// Which requests, and how long to wait for one: with `since`, for news since that version of the
/// journal; without, for the first that matches.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestsQuery {
    operation: Option<String>,
    user_pool_id: Option<String>,
    client_id: Option<String>,
    username: Option<String>,
    door: Option<Door>,
    outcome: Option<RequestOutcome>,
    limit: Option<usize>,
    since: Option<u64>,
    wait: Option<String>,
}

/// What is asked for: requests, or invocations of a trigger's functions.
enum AskedJournal {
    Requests(RequestsQuery),
    Functions(FunctionsQuery),
}

impl AskedJournal {
    fn read(query: Option<&str>) -> Result<Self, Refusal> {
        let query = query.unwrap_or_default();
        let mut parameters = form_urlencoded::parse(query.as_bytes());
        let uri = format!("/?{query}");
        let uri = uri
            .parse()
            .map_err(|_| Refusal::invalid("The query is malformed."))?;
        if parameters.any(|(name, _)| name == "trigger") {
            let Query(query) = Query::try_from_uri(&uri)?;
            return Ok(Self::Functions(query));
        }
        let Query(query) = Query::try_from_uri(&uri)?;
        Ok(Self::Requests(query))
    }
}

/// `GET /_mocknito/requests`: the newest requests that match, newest first; for browsers, the page
/// that shows them.
pub async fn list(
    State(server): State<ServerState>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    if console::is_wanted(&headers) {
        return Ok(console::page(ConsolePage::Requests));
    }
    let query = match AskedJournal::read(query.as_deref())? {
        AskedJournal::Functions(query) => return functions::document(&server, query).await,
        AskedJournal::Requests(query) => query,
    };
    let (since, limit) = (query.since, query.limit.unwrap_or(USUALLY));
    let waits = query.wait.as_deref().map(wait).transpose()?;
    let filter = query.filter();
    let journal = &server.app.journal;
    if let Some(time) = waits {
        let mut closing = server.closing.clone();
        tokio::select! {
            () = journal.wait_for(&filter, since, time) => {}
            () = closing.wait() => {}
        }
    }
    let (entries, version) = journal.list(&filter, limit);
    let mut caused = server.app.functions.journal.by_request();
    let requests: Vec<Value> = entries
        .iter()
        .map(|entry| {
            let functions = entry.request_id().and_then(|id| caused.remove(id));
            json!(entry.shown(functions.unwrap_or_default()))
        })
        .collect();
    let document = json!({ "requests": requests, "version": version });
    Ok(([(header::VARY, "accept")], Json(document)).into_response())
}

/// `DELETE /_mocknito/requests`: forgets those that match, or all.
pub async fn clear(
    State(server): State<ServerState>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, Refusal> {
    match AskedJournal::read(query.as_deref())? {
        AskedJournal::Functions(query) => Ok(functions::forget(&server, query)),
        AskedJournal::Requests(query) => {
            let deleted = server.app.journal.clear(&query.filter());
            Ok(Json(json!({ "deleted": deleted })))
        }
    }
}

impl RequestsQuery {
    fn filter(self) -> JournalFilter {
        JournalFilter {
            operation: self.operation,
            user_pool_id: self.user_pool_id,
            client_id: self.client_id,
            username: self.username,
            door: self.door,
            outcome: self.outcome,
        }
    }
}
