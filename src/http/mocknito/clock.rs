//! `/_mocknito/clock`: what time it is for the server, and moving it.
//!
//! Not here: the clock itself (`crate::clock`).

use axum::Json;
use axum::extract::{Request, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::refusal::Refusal;
use super::request::{END_OF_TIME, decode, instant};
use crate::clock::{ClockReading, ClockStep, Timestamp};
use crate::flows::managed_secrets;
use crate::http::state::ServerState;

/// `GET /_mocknito/clock`: what time it is for the server.
pub async fn read(State(server): State<ServerState>) -> Json<Value> {
    Json(reading(server.app.clock.read()))
}

fn reading(reading: ClockReading) -> Value {
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
pub async fn change(
    State(server): State<ServerState>,
    request: Request,
) -> Result<Json<Value>, Refusal> {
    let change: ClockChange = decode(request).await?;
    // Everything is read before anything is done.
    let now = change.now.as_deref();
    let now = now.map(|text| instant("now", text)).transpose()?;
    let advance = match &change.advance {
        Some(text) => Some(ClockStep::parse(text).ok_or_else(|| Refusal::duration("advance"))?),
        None => None,
    };
    if !change.reset && change.frozen.is_none() && now.is_none() && advance.is_none() {
        return Err(Refusal::invalid(
            r#"Say one of {"advance": "90s"}, {"now": "2026-01-01T00:00:00Z"}, {"frozen": true}, {"reset": true}"#,
        ));
    }
    let clock = &server.app.clock;
    let start = now.unwrap_or_else(|| clock.now());
    if let Some(step) = advance {
        let end = step.from(start);
        if end > END_OF_TIME {
            return Err(Refusal::invalid("advance would leave the year 9999"));
        }
        if end < Timestamp(0) {
            return Err(Refusal::invalid("advance would go back behind 1970"));
        }
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
    if let Some(step) = advance {
        clock.advance(step);
    }
    // What the sweeper does from time to time, a test sees as soon as it has moved the clock.
    managed_secrets::rotate_due(&server.app).await?;
    Ok(Json(reading(clock.read())))
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
