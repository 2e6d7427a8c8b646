//! Claims as API Gateway hands them to a back end: every value is text, and each kind of API has
//! its own.

use serde_json::{Map, Value};
use time::format_description::StaticFormatDescription;
use time::macros::format_description;

use crate::clock::Timestamp;
use crate::domain::federation::Claims;

/// Java's `EEE MMM dd HH:mm:ss 'UTC' yyyy`.
const DATE_TEXT: StaticFormatDescription = format_description!(
    "[weekday repr:short] [month repr:short] [day] [hour]:[minute]:[second] UTC [year]"
);

/// As REST APIs have them: lists joined by commas, and `exp` and `iat` as dates.
pub(super) fn of_rest(claims: &Claims) -> Map<String, Value> {
    let text = |name: &str, value: &Value| match (name, value) {
        ("exp" | "iat", Value::Number(seconds)) => Some(date_text(seconds.as_i64()?)),
        // (unsure) Seen is only the form with commas, in what back ends do with it.
        (_, Value::Array(values)) if !values.iter().any(is_nested) => {
            let texts: Vec<String> = values.iter().filter_map(plain).collect();
            Some(texts.join(","))
        }
        (_, value) => plain(value),
    };
    converted(claims, text)
}

/// As HTTP APIs have them: numbers stay numbers in writing, and lists are `[a b]`.
pub(super) fn of_http(claims: &Claims) -> Map<String, Value> {
    converted(claims, |_, value| match value {
        Value::Array(values) => {
            let texts: Vec<String> = values.iter().filter_map(plain).collect();
            Some(format!("[{}]", texts.join(" ")))
        }
        value => plain(value),
    })
}

/// What is left of the claims, in their order. (unsure) A claim that is null is left out of REST
/// APIs' as well; measured is that of HTTP APIs.
fn converted(claims: &Claims, text: impl Fn(&str, &Value) -> Option<String>) -> Map<String, Value> {
    let texts = claims.iter().filter_map(|(name, value)| {
        let text = text(name, value)?;
        Some((name.clone(), Value::String(text)))
    });
    texts.collect()
}

/// One value: text as it is, anything with parts as JSON.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

fn is_nested(value: &Value) -> bool {
    value.is_object() || value.is_array()
}

fn date_text(seconds: i64) -> String {
    let written = Timestamp::from_seconds(seconds).written(DATE_TEXT);
    written.unwrap_or_else(|| seconds.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims(document: Value) -> Claims {
        document.as_object().unwrap().clone()
    }

    #[test]
    fn every_claim_of_an_http_api_is_text_without_dates() {
        let given = claims(json!({
            "sub": "s", "email_verified": false, "exp": 1_769_000_000, "none": null,
            "cognito:groups": ["admin", "poweruser"], "one": ["x"], "empty": [],
            "address": { "formatted": "x" }, "identities": [{ "userId": "1" }],
        }));
        assert_eq!(
            Value::Object(of_http(&given)),
            json!({
                "sub": "s", "email_verified": "false", "exp": "1769000000",
                "cognito:groups": "[admin poweruser]", "one": "[x]", "empty": "[]",
                "address": "{\"formatted\":\"x\"}", "identities": "[{\"userId\":\"1\"}]",
            })
        );
    }

    #[test]
    fn every_claim_of_a_rest_api_is_text_and_two_are_dates() {
        let given = claims(json!({
            "sub": "s", "email_verified": true, "auth_time": 1_513_492_092,
            "exp": 1_513_495_692, "iat": 1_513_492_092, "cognito:groups": ["admins", "users"],
            "identities": [{ "userId": "1" }], "address": { "formatted": "x" }, "none": null,
        }));
        assert_eq!(
            Value::Object(of_rest(&given)),
            json!({
                "sub": "s", "email_verified": "true", "auth_time": "1513492092",
                "exp": "Sun Dec 17 07:28:12 UTC 2017", "iat": "Sun Dec 17 06:28:12 UTC 2017",
                "cognito:groups": "admins,users", "identities": "[{\"userId\":\"1\"}]",
                "address": "{\"formatted\":\"x\"}",
            })
        );
    }
}
