//! `/_mocknito/`: everything that Cognito itself does not have. JSON in and out, for tests and for
//! the person at the machine.
//!
//! Not here: who may call (`guard.rs`), what the inbox keeps (`outbox`), how time moves (`clock`),
//! what fixtures are (`fixtures`).

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::listen::Closing;
use super::{body, console, guard, images, import, pages, pretend, refusal, requests};
use crate::app::{App, Ctx};
use crate::clock::{Reading, Timestamp, parse_duration};
use crate::error::Error;
use crate::fixtures::Fixtures;
use crate::flows::{mint, users};
use crate::store::{Message, MessageFilter};
use crate::wire::ErrorCode;
use crate::wire::user_pools::RiskLevelType;

/// The longest that a question to the inbox waits.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// The last instant that RFC 3339 can write; the clock goes no further.
const END_OF_TIME: Timestamp = Timestamp(253_402_300_799_000_000);

struct Own {
    app: Arc<App>,
    fixtures: Fixtures,
    closing: Closing,
    /// One reset at a time, or two would load the same fixtures side by side.
    resetting: Mutex<()>,
}

/// The paths under `/_mocknito`.
pub(super) fn routes(app: Arc<App>, fixtures: Fixtures, closing: Closing) -> Router {
    let own = Arc::new(Own {
        app: app.clone(),
        fixtures,
        closing: closing.clone(),
        resetting: Mutex::new(()),
    });
    let guarded = Router::new()
        .route("/inbox", get(read_inbox).delete(empty_inbox))
        .route("/clock", get(read_clock).post(move_clock))
        .route("/reset", post(reset))
        .route("/tokens", post(mint_tokens))
        .route("/risk", post(set_risk))
        .route("/ca.pem", get(authority))
        .merge(console::inbox::routes())
        .with_state(own)
        .merge(import::routes(app.clone()))
        .merge(requests::routes(app.clone(), closing))
        .merge(pages::strip::routes(app.clone()))
        .merge(pretend::routes(app.clone()))
        .fallback(super::nothing_here)
        .method_not_allowed_fallback(super::wrong_method)
        .layer(from_fn_with_state(app.clone(), guard::no_foreign_pages));
    Router::new()
        .route("/health", get(health))
        .merge(guarded)
        // Pages show them to everybody.
        .route(
            "/images/{pool}/{client}",
            get(images::logo).with_state(app.clone()),
        )
        .merge(pages::assets(app))
        .layer(from_fn(log))
}

type Answer = Result<Json<Value>, Refusal>;

/// `GET /_mocknito/health`: the server answers.
async fn health() -> Json<Value> {
    Json(json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") }))
}

/// `GET /_mocknito/ca.pem`: the certificate by which TLS clients know this server.
async fn authority(State(own): State<Arc<Own>>) -> Result<Response, Refusal> {
    let authority = own.app.keys.authority(&own.app.store).await?;
    let content_type = [(header::CONTENT_TYPE, "application/x-pem-file")];
    Ok((content_type, authority.pem()).into_response())
}

/// Which messages, and how long to wait for the first.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InboxQuery {
    user_pool_id: Option<String>,
    to: Option<String>,
    kind: Option<String>,
    /// Wait for another version of the inbox than this, and not for the first message.
    since: Option<u64>,
    wait: Option<String>,
}

impl InboxQuery {
    fn wait(&self) -> Result<Duration, Refusal> {
        let Some(text) = &self.wait else {
            return Ok(Duration::ZERO);
        };
        let wait = parse_duration(text).ok_or_else(|| Refusal::duration("wait"))?;
        Ok(wait.min(LONGEST_WAIT))
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
async fn read_inbox(
    State(own): State<Arc<Own>>,
    headers: HeaderMap,
    query: Result<Query<InboxQuery>, QueryRejection>,
) -> Result<Response, Refusal> {
    if console::is_wanted(&headers) {
        return Ok(console::inbox::page());
    }
    let Query(query) = query?;
    let (wait, since) = (query.wait()?, query.since);
    let filter = query.filter();
    let (app, mut closing) = (&own.app, own.closing.clone());
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
    let messages: Vec<Value> = messages.iter().map(message).collect();
    let mut document = json!({ "messages": messages });
    if let Some(version) = version {
        document["version"] = version.into();
    }
    Ok(([(header::VARY, "accept")], Json(document)).into_response())
}

fn message(message: &Message) -> Value {
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
    })
}

/// `DELETE /_mocknito/inbox`: forgets the messages that match, or all.
async fn empty_inbox(
    State(own): State<Arc<Own>>,
    query: Result<Query<InboxQuery>, QueryRejection>,
) -> Answer {
    let Query(query) = query?;
    let deleted = own
        .app
        .outbox
        .clear(&own.app.store, &query.filter())
        .await?;
    Ok(Json(json!({ "deleted": deleted })))
}

/// `GET /_mocknito/clock`: what time it is for the server.
async fn read_clock(State(own): State<Arc<Own>>) -> Json<Value> {
    Json(reading(own.app.clock.read()))
}

fn reading(reading: Reading) -> Value {
    json!({
        "now": reading.now.rfc3339(),
        "offset": offset(reading.offset_micros),
        "frozen": reading.frozen,
    })
}

/// As durations are written everywhere here, with a sign: `90s`, `-1h`. Exact to the millisecond.
fn offset(micros: i64) -> String {
    const UNITS: [(u64, &str); 4] = [
        (86_400_000, "d"),
        (3_600_000, "h"),
        (60_000, "m"),
        (1_000, "s"),
    ];
    let sign = if micros < 0 { "-" } else { "" };
    let milliseconds = (micros.unsigned_abs() + 500) / 1_000;
    match UNITS
        .iter()
        .find(|(unit, _)| milliseconds.is_multiple_of(*unit))
    {
        _ if milliseconds == 0 => "0s".to_owned(),
        Some((unit, name)) => format!("{sign}{}{name}", milliseconds / unit),
        None => format!("{sign}{milliseconds}ms"),
    }
}

/// What a test may do to time. Several at once happen in this order.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ClockChange {
    reset: bool,
    frozen: Option<bool>,
    now: Option<String>,
    advance: Option<String>,
}

/// `POST /_mocknito/clock`: moves, stops or resets the server's time.
async fn move_clock(State(own): State<Arc<Own>>, request: Request) -> Answer {
    let change: ClockChange = decode(request).await?;
    // Everything is read before anything is done.
    let now = match &change.now {
        Some(text) => Some(
            Timestamp::parse_rfc3339(text)
                .filter(|now| (Timestamp(0)..=END_OF_TIME).contains(now))
                .ok_or_else(|| {
                    Refusal::invalid("now must be an instant such as 2026-01-01T00:00:00Z")
                })?,
        ),
        None => None,
    };
    let advance = match &change.advance {
        Some(text) => Some(parse_duration(text).ok_or_else(|| Refusal::duration("advance"))?),
        None => None,
    };
    if !change.reset && change.frozen.is_none() && now.is_none() && advance.is_none() {
        return Err(Refusal::invalid(
            r#"Say one of {"advance": "90s"}, {"now": "2026-01-01T00:00:00Z"}, {"frozen": true}, {"reset": true}"#,
        ));
    }
    let clock = &own.app.clock;
    let start = now.unwrap_or_else(|| clock.now());
    if advance.is_some_and(|by| start.plus(by) > END_OF_TIME) {
        return Err(Refusal::invalid("advance would leave the year 9999"));
    }

    if change.reset {
        clock.reset();
    }
    if let Some(frozen) = change.frozen {
        clock.freeze(frozen);
    }
    if let Some(now) = now {
        clock.set(now);
    }
    if let Some(by) = advance {
        clock.advance(by);
    }
    Ok(Json(reading(clock.read())))
}

/// `POST /_mocknito/reset`: the store as it was at the start, fixtures loaded. The clock stays: it
/// has a reset of its own.
async fn reset(State(own): State<Arc<Own>>) -> Answer {
    let _alone = own.resetting.lock().await;
    own.app.reset().await?;
    let pools = own
        .fixtures
        .load(&own.app)
        .await
        .map_err(|broken| Refusal {
            status: StatusCode::BAD_REQUEST,
            error: "broken_fixture",
            message: broken.to_string(),
        })?;
    let pools: Vec<&str> = pools.iter().map(|pool| pool.id.as_str()).collect();
    Ok(Json(json!({ "status": "ok", "user_pools": pools })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MintRequest {
    client_id: String,
    username: String,
}

/// `POST /_mocknito/tokens`: tokens for a user, without a sign-in.
async fn mint_tokens(State(own): State<Arc<Own>>, request: Request) -> Answer {
    let MintRequest {
        client_id,
        username,
    } = decode(request).await?;
    let ctx = Ctx::new(own.app.clone(), "MintTokens", None);
    let tokens = mint::mint_for_user(&ctx, &client_id, &username).await?;
    Ok(Json(serde_json::to_value(tokens).map_err(Error::from)?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RiskRequest {
    user_pool_id: String,
    username: String,
    level: Option<RiskLevelType>,
}

/// `POST /_mocknito/risk`: how risky a user's sign-ins are from now on, for pools with threat
/// protection. Without a level they are not.
async fn set_risk(State(own): State<Arc<Own>>, request: Request) -> Answer {
    let RiskRequest {
        user_pool_id,
        username,
        level,
    } = decode(request).await?;
    let ctx = Ctx::new(own.app.clone(), "SetRisk", None);
    let pool = ctx.pool(&user_pool_id).await?;
    let user = users::find(&ctx, &pool, &username).await?;
    let user = user.ok_or(Error::UserNotFound)?;
    own.app.risks.set(&user.sub, level);
    Ok(Json(json!({ "username": user.username, "level": level })))
}

/// The request's JSON, in whatever content type it comes: foreign pages are refused by their
/// origin.
async fn decode<T: DeserializeOwned>(request: Request) -> Result<T, Refusal> {
    let (head, body) = request.into_parts();
    let bytes = body::read(&head.headers, body).await?;
    serde_json::from_slice(&bytes).map_err(|error| Refusal::invalid(&error.to_string()))
}

/// Why nothing was done.
pub(super) struct Refusal {
    pub status: StatusCode,
    pub error: &'static str,
    pub message: String,
}

impl Refusal {
    pub fn invalid(message: &str) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            error: "invalid_request",
            message: message.to_owned(),
        }
    }

    pub fn duration(parameter: &str) -> Self {
        Self::invalid(&format!(
            "{parameter} must be a duration such as 90s, 15m, 1h or 30d"
        ))
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        if let Error::Internal(cause) = &error {
            tracing::error!("internal error: {cause:#}");
        }
        let status = match error.code() {
            ErrorCode::ResourceNotFoundException | ErrorCode::UserNotFoundException => {
                StatusCode::NOT_FOUND
            }
            ErrorCode::InternalErrorException => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        };
        Self {
            status,
            error: error.code().as_str(),
            message: error.message(),
        }
    }
}

impl From<QueryRejection> for Refusal {
    fn from(rejection: QueryRejection) -> Self {
        Self::invalid(&rejection.body_text())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        refusal(self.status, self.error, &self.message)
    }
}

/// The log's line for these paths. Health checks come every few seconds and are of no interest.
async fn log(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let response = next.run(request).await;
    let status = response.status();
    let duration_ms = started.elapsed().as_micros() as f64 / 1_000.0;
    // A path that does not exist may be anything, and the log repeats nothing that a client made
    // up.
    let known = if status == StatusCode::NOT_FOUND {
        "/…"
    } else {
        &path
    };
    let operation = format!("{method} /_mocknito{known}");
    let outcome = match status {
        StatusCode::OK => "ok",
        _ => status.as_str(),
    };
    if path == "/health" {
        tracing::debug!(operation, outcome, duration_ms, "request");
    } else {
        tracing::info!(operation, outcome, duration_ms, "request");
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_is_written_in_its_largest_whole_unit() {
        for (micros, text) in [
            (0, "0s"),
            (90_000_000, "90s"),
            (3_600_000_000, "1h"),
            (-86_400_000_000, "-1d"),
            (1_234_000, "1234ms"),
            (120_000_000, "2m"),
        ] {
            assert_eq!(offset(micros), text);
        }
    }
}
