//! `/_mocknito/inbox`: what would have been sent, for tests and for the person at the machine.
//!
//! Not here: what the inbox keeps (`outbox`), the page that shows it (`console`).

use std::time::Duration;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::console::{self, ConsolePage};
use super::refusal::Refusal;
use super::request::wait;
use crate::app::App;
use crate::error::Error;
use crate::flows::deliver;
use crate::http::state::ServerState;
use crate::store::{Message, MessageFilter};

/// Which messages, and how long to wait for the first.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InboxQuery {
    user_pool_id: Option<String>,
    to: Option<String>,
    kind: Option<String>,
    /// Wait for another version of the inbox than this, and not for the first message.
    since: Option<u64>,
    wait: Option<String>,
}

impl InboxQuery {
    fn wait(&self) -> Result<Duration, Refusal> {
        self.wait.as_deref().map_or(Ok(Duration::ZERO), wait)
    }

    fn filter(self) -> MessageFilter {
        MessageFilter {
            pool_id: self.user_pool_id,
            recipient: self.to,
            kind: self.kind,
        }
    }
}

/// `GET /_mocknito/inbox`: what would have been sent, newest first; for browsers, the page that
/// shows it.
pub async fn read(
    State(server): State<ServerState>,
    headers: HeaderMap,
    query: Result<Query<InboxQuery>, QueryRejection>,
) -> Result<Response, Refusal> {
    if console::is_wanted(&headers) {
        return Ok(console::page(ConsolePage::Inbox));
    }
    let Query(query) = query?;
    let (wait, since) = (query.wait()?, query.since);
    let filter = query.filter();
    let (app, mut closing) = (&server.app, server.closing.clone());
    let found = async {
        match since {
            Some(since) => {
                let (messages, version) = app
                    .outbox
                    .list_since(&app.store, &filter, since, wait)
                    .await?;
                Ok::<_, Error>((messages, Some(version)))
            }
            None => Ok((app.outbox.list(&app.store, &filter, wait).await?, None)),
        }
    };
    let (messages, version) = tokio::select! {
        found = found => found?,
        () = closing.wait() => (Vec::new(), since),
    };
    let mut shown = Vec::new();
    for one in &messages {
        shown.push(message(app, one).await);
    }
    let mut document = json!({ "messages": shown });
    if let Some(version) = version {
        document["version"] = version.into();
    }
    Ok(([(header::VARY, "accept")], Json(document)).into_response())
}

async fn message(app: &App, message: &Message) -> Value {
    // Of a pool that is gone nothing can be used any more.
    let pool = app.store.pool(&message.pool_id).await.ok();
    let validity = pool.and_then(|pool| deliver::validity(&message.kind, &pool));
    let expires_at = validity.map(|validity| message.created_at.plus(validity).rfc3339());
    json!({
        "id": message.id,
        "user_pool_id": message.pool_id,
        "to": message.recipient,
        "medium": message.medium,
        "kind": message.kind,
        "code": message.code,
        "subject": message.subject,
        "body": message.body,
        "created_at": message.created_at.rfc3339(),
        "expires_at": expires_at,
    })
}

/// `GET /_mocknito/inbox/code`: the code in the newest message that matches, as text. 404 where
/// none came.
pub async fn code(
    State(server): State<ServerState>,
    query: Result<Query<InboxQuery>, QueryRejection>,
) -> Result<Response, Refusal> {
    let Query(query) = query?;
    let wait = query.wait()?;
    if query.since.is_some() {
        return Err(Refusal::invalid(
            "since is the inbox's: a code is that of the newest message",
        ));
    }
    let filter = query.filter();
    let (app, mut closing) = (&server.app, server.closing.clone());
    let found = tokio::select! {
        found = app.outbox.newest_code(&app.store, &filter, wait) => found?,
        () = closing.wait() => None,
    };
    let code = found.ok_or_else(|| Refusal {
        status: StatusCode::NOT_FOUND,
        error: "not_found",
        message: "No message with a code came.".to_owned(),
    })?;
    Ok(plain(code).into_response())
}

/// A text that is of this moment.
pub(super) fn plain(text: String) -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, text)
}

/// `DELETE /_mocknito/inbox`: forgets the messages that match, or all.
pub async fn empty(
    State(server): State<ServerState>,
    query: Result<Query<InboxQuery>, QueryRejection>,
) -> Result<Json<Value>, Refusal> {
    let Query(query) = query?;
    let deleted = server
        .app
        .outbox
        .clear(&server.app.store, &query.filter())
        .await?;
    Ok(Json(json!({ "deleted": deleted })))
}
