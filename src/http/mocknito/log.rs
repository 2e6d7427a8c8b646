//! The log's line for requests to `/_mocknito/`.

use std::time::Instant;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;

use crate::http::gateway::fault::REASON;

/// Writes the line. Health checks come every few seconds and are of no interest.
pub async fn log(request: Request, next: Next) -> Response {
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
    let reason = response.headers().get(REASON);
    let reason = reason.and_then(|reason| reason.to_str().ok());
    if path == "/health" {
        tracing::debug!(operation, outcome, duration_ms, "request");
    } else {
        tracing::info!(operation, outcome, reason, duration_ms, "request");
    }
    response
}
