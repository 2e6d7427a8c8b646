//! Reading requests to `/_mocknito/`: JSON bodies, and how long a question waits.

use std::time::Duration;

use axum::extract::Request;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::refusal::Refusal;
use crate::clock::{ClockStep, Timestamp, parse_duration};
use crate::http::body;

/// The longest that a question waits for something to happen.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// The last instant that RFC 3339 can write; nothing here is later.
pub const END_OF_TIME: Timestamp = Timestamp(253_402_300_799_000_000);

/// How long to wait, as the query's `wait` says it: `5s`, or `5`, which are seconds.
pub fn wait(text: &str) -> Result<Duration, Refusal> {
    let wait = duration(text).ok_or_else(|| Refusal::duration("wait"))?;
    Ok(wait.min(LONGEST_WAIT))
}

/// A duration with its unit, or a bare number of seconds.
pub fn duration(text: &str) -> Option<Duration> {
    match text.parse() {
        Ok(seconds) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some(Duration::from_secs(seconds))
        }
        _ => parse_duration(text),
    }
}

/// The text of a duration in a document, where a number of seconds may be a number.
pub fn duration_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A duration in a document, which may be negative: `"90s"`, `"-1h"`, or a number of seconds.
pub fn step(member: &str, value: &Value) -> Result<ClockStep, Refusal> {
    let text = duration_text(value);
    let step = match text.strip_prefix('-') {
        Some(back) => duration(back).map(ClockStep::Back),
        None => duration(&text).map(ClockStep::On),
    };
    let within = |step: &ClockStep| {
        let (ClockStep::On(by) | ClockStep::Back(by)) = step;
        i64::try_from(by.as_micros()).is_ok_and(|by| by <= END_OF_TIME.0)
    };
    step.filter(within).ok_or_else(|| Refusal::duration(member))
}

/// An instant in a document.
pub fn instant(member: &str, text: &str) -> Result<Timestamp, Refusal> {
    Timestamp::parse_rfc3339(text)
        .filter(|at| (Timestamp(0)..=END_OF_TIME).contains(at))
        .ok_or_else(|| {
            Refusal::invalid(&format!(
                "{member} must be an instant such as 2026-01-01T00:00:00Z"
            ))
        })
}

/// As [`decode`]; nothing at all says nothing.
pub async fn decode_or_default<T: DeserializeOwned + Default>(
    request: Request,
) -> Result<T, Refusal> {
    let (head, body) = request.into_parts();
    let bytes = body::read(&head.headers, body).await?;
    if bytes.is_empty() {
        return Ok(T::default());
    }
    serde_json::from_slice(&bytes).map_err(|error| Refusal::invalid(&error.to_string()))
}

/// The request's JSON, in whatever content type it comes: foreign pages are refused by their
/// origin.
pub async fn decode<T: DeserializeOwned>(request: Request) -> Result<T, Refusal> {
    let (head, body) = request.into_parts();
    let bytes = body::read(&head.headers, body).await?;
    serde_json::from_slice(&bytes).map_err(|error| Refusal::invalid(&error.to_string()))
}
