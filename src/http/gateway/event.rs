//! What both forms of a function's event are made of.
//!
//! Not here: the forms (`event_1.rs`, `event_2.rs`), how the function is called (`functions.rs`).

use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use indexmap::IndexMap;
use serde_json::{Map, Value};
use time::macros::format_description;

use super::arrived::ApiRequest;
use super::headers::{lossy, text};
use crate::clock::Timestamp;
use crate::domain::api_routes::decode;
use crate::domain::apis::RouteMatch;
use crate::flows::authorizers::Allowed;

/// All that an event tells of.
pub struct EventSource<'a> {
    pub request: &'a ApiRequest<'a>,
    pub found: &'a RouteMatch<'a>,
    pub allowed: Option<&'a Allowed>,
    pub body: &'a [u8],
}

/// The pairs of a query, decoded.
pub fn query_pairs(query: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect()
}

/// The values of each name, in the order in which the names appear.
pub fn grouped(pairs: Vec<(String, String)>) -> IndexMap<String, Vec<String>> {
    let mut grouped: IndexMap<String, Vec<String>> = IndexMap::new();
    for (name, value) in pairs {
        grouped.entry(name).or_default().push(value);
    }
    grouped
}

/// The values of each header, by names as `spell` writes them.
pub fn header_values(
    headers: &HeaderMap,
    spell: impl Fn(&str) -> String,
) -> IndexMap<String, Vec<String>> {
    let pairs = headers
        .iter()
        .map(|(name, value)| (spell(name.as_str()), lossy(value)));
    let mut grouped = grouped(pairs.collect());
    grouped.sort_unstable_keys();
    grouped
}

/// A mapping of texts as JSON.
pub fn object<'a, V: Into<Value>>(pairs: impl IntoIterator<Item = (&'a String, V)>) -> Value {
    let members = pairs
        .into_iter()
        .map(|(name, value)| (name.clone(), value.into()));
    Value::Object(members.collect::<Map<String, Value>>())
}

/// `null` in place of an empty mapping.
pub fn or_null(value: Value) -> Value {
    match &value {
        Value::Object(members) if members.is_empty() => Value::Null,
        _ => value,
    }
}

/// `09/Apr/2015:12:34:56 +0000`
pub fn request_time(now: Timestamp) -> String {
    let form =
        format_description!("[day]/[month repr:short]/[year]:[hour]:[minute]:[second] +0000");
    now.written(form).unwrap_or_default()
}

/// Milliseconds.
pub fn epoch(now: Timestamp) -> i64 {
    now.0.div_euclid(1_000)
}

/// The media type of a header such as `Content-Type`, without its parameters and in lower case.
pub fn media_type(headers: &HeaderMap, name: header::HeaderName) -> Option<String> {
    let value = text(headers, name)?;
    let kind = value.split([',', ';']).next().unwrap_or_default();
    Some(kind.trim().to_ascii_lowercase()).filter(|kind| !kind.is_empty())
}

/// The body as an event has it.
pub fn body_text(body: &[u8], is_binary: bool) -> String {
    if is_binary {
        STANDARD.encode(body)
    } else {
        String::from_utf8_lossy(body).into_owned()
    }
}

impl EventSource<'_> {
    /// What the route's parameters stand for, decoded. (unsure) Whether a REST API decodes them,
    /// too; it leaves `path` as it was sent.
    pub fn path_parameters(&self) -> IndexMap<String, String> {
        let parameters = self.found.parameters.iter();
        parameters
            .map(|(name, value)| (name.clone(), decode(value)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_as_in_an_access_log() {
        let at = Timestamp::from_seconds(1_428_582_896);
        assert_eq!(request_time(at), "09/Apr/2015:12:34:56 +0000");
    }

    #[test]
    fn values_of_one_name_stay_together() {
        let grouped = grouped(query_pairs("a=1&b=%C3%A4+x&a=2&c"));
        assert_eq!(grouped["a"], ["1", "2"]);
        assert_eq!(grouped["b"], ["ä x"]);
        assert_eq!(grouped["c"], [""]);
    }
}
