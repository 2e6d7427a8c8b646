//! Reading requests to `/_mocknito/`: JSON bodies, and how long a question waits.

use std::time::Duration;

use axum::extract::Request;
use serde::de::DeserializeOwned;

use super::refusal::Refusal;
use crate::clock::parse_duration;
use crate::http::body;

/// The longest that a question waits for something to happen.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// How long to wait, as the query's `wait` says it.
pub fn wait(text: &str) -> Result<Duration, Refusal> {
    let wait = parse_duration(text).ok_or_else(|| Refusal::duration("wait"))?;
    Ok(wait.min(LONGEST_WAIT))
}

/// The request's JSON, in whatever content type it comes: foreign pages are refused by their
/// origin.
pub async fn decode<T: DeserializeOwned>(request: Request) -> Result<T, Refusal> {
    let (head, body) = request.into_parts();
    let bytes = body::read(&head.headers, body).await?;
    serde_json::from_slice(&bytes).map_err(|error| Refusal::invalid(&error.to_string()))
}
