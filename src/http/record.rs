//! Hands every request of a door to the journal: what came, as it is read, and what was answered.
//!
//! Not here: what is learned of a request in between (`http::log`, which notes it), what is kept
//! and shown (`crate::journal`).

use std::sync::Arc;
use std::time::Instant;

use axum::body::{Body, HttpBody};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use bytes::Bytes;
use http_body_util::BodyExt;

use super::aws_json::TARGET;
use super::body::is_of_type;
use crate::app::App;
use crate::journal::{AnswerRecord, Door, JournalEntry, LONGEST, Recording, RequestRecord};

/// By this the console says who it is.
const CONSOLE: HeaderName = HeaderName::from_static("x-mocknito-console");

/// Which door a layer stands before.
#[derive(Clone)]
pub struct Recorder {
    app: Arc<App>,
    door: Door,
}

impl Recorder {
    pub fn new(app: &Arc<App>, door: Door) -> Self {
        Self {
            app: app.clone(),
            door,
        }
    }
}

/// Runs the request and keeps it.
pub async fn record(State(recorder): State<Recorder>, request: Request, next: Next) -> Response {
    // What a browser asks before it asks, and what the console reads to show it.
    if request.method() == Method::OPTIONS || is_a_look(request.headers()) {
        return next.run(request).await;
    }
    let started = Instant::now();
    let app = &recorder.app;
    let recording = Arc::new(Recording::default());
    let mut record = RequestRecord {
        door: recorder.door,
        method: request.method().to_string(),
        path: request.uri().path().to_owned(),
        query: request.uri().query().map(str::to_owned),
        is_form: is_of_type(request.headers(), "application/x-www-form-urlencoded"),
        at: app.clock.now(),
        input: Bytes::new(),
    };
    let request = overhear(request, &recording);
    let response = recording.clone().record(next.run(request)).await;
    let (input, noted) = recording.end();
    record.input = input;
    let (parts, body) = response.into_parts();
    let (body, document) = document(&parts.headers, body).await;
    let location = parts.headers.get(header::LOCATION);
    let answer = AnswerRecord {
        status: parts.status.as_u16(),
        duration: started.elapsed(),
        document,
        location: location
            .and_then(|location| location.to_str().ok())
            .map(str::to_owned),
    };
    app.journal.keep(JournalEntry::new(record, noted, answer));
    Response::from_parts(parts, body)
}

/// Whether the console only looks at something: it would fill the journal with itself. What it
/// changes is kept like anybody's calls.
fn is_a_look(headers: &HeaderMap) -> bool {
    const LOOKS: [&str; 5] = ["AdminGet", "AdminList", "Describe", "Get", "List"];
    let target = headers.get(TARGET).and_then(|target| target.to_str().ok());
    let operation = target.and_then(|target| target.split_once('.'));
    headers.contains_key(CONSOLE)
        && operation.is_some_and(|(_, name)| LOOKS.iter().any(|look| name.starts_with(look)))
}

/// The request, whose body is noted as whoever handles it reads it.
fn overhear(request: Request, recording: &Arc<Recording>) -> Request {
    if request.body().is_end_stream() {
        return request;
    }
    let recording = recording.clone();
    request.map(|body| {
        Body::new(body.inspect_frame(move |frame| {
            if let Some(part) = frame.data_ref() {
                recording.hear(part);
            }
        }))
    })
}

/// The answer's body, and what is kept of it: a JSON document that is there as a whole.
async fn document(headers: &HeaderMap, body: Body) -> (Body, Option<Bytes>) {
    let is_json = is_of_type(headers, "application/x-amz-json-1.1")
        || is_of_type(headers, "application/json");
    let length = body.size_hint().exact();
    let fits = length.is_some_and(|length| (1..=LONGEST as u64).contains(&length));
    if !is_json || !fits {
        return (body, None);
    }
    match body.collect().await {
        Ok(whole) => {
            let bytes = whole.to_bytes();
            (Body::from(bytes.clone()), Some(bytes))
        }
        // A body that is there as a whole does not break off.
        Err(_) => (Body::empty(), None),
    }
}
