//! `GET /_mocknito/metrics`: numbers for Prometheus. Not here: what is counted (`crate::journal`).

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::refusal::Refusal;
use crate::error::Error;
use crate::http::state::ServerState;

/// The format that the numbers are in.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

pub async fn read(State(server): State<ServerState>) -> Result<Response, Refusal> {
    let app = &server.app;
    let size = app.store.size().await?;
    let text = app.journal.metrics.text(size);
    let text = text.map_err(|error| Error::Internal(anyhow::Error::new(error)))?;
    Ok(([(header::CONTENT_TYPE, OPEN_METRICS)], text).into_response())
}
