//! Whether a JSON value has the type that a shape asks for, and AWS's words where it has not.
//! AWS decodes before it validates, so this is the first thing that can be wrong with a member.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::path::Path;
use super::rejection::Rejection;
use crate::wire::shape::{Kind, Shape};

/// Checks the type of a value that is there; what is in it is not looked at.
pub(super) fn check_type(shape: &Shape, value: &Value, path: &Path<'_>) -> Result<(), Rejection> {
    let fits = match (&shape.kind, value) {
        (Kind::Document, _)
        | (Kind::String, Value::String(_))
        | (Kind::Boolean, Value::Bool(_))
        | (Kind::Timestamp, Value::Number(_))
        | (Kind::List(_), Value::Array(_))
        | (Kind::Map(..) | Kind::Structure(_), Value::Object(_)) => true,
        (Kind::Integer, Value::Number(number)) => {
            number.as_i64().is_some_and(|n| i32::try_from(n).is_ok())
        }
        (Kind::Long, Value::Number(number)) => number.is_i64(),
        (Kind::Blob, Value::String(text)) => STANDARD.decode(text).is_ok(),
        _ => false,
    };
    if fits {
        Ok(())
    } else {
        Err(Rejection::Serialization(complaint(
            &shape.kind,
            value,
            path,
        )))
    }
}

fn complaint(expected: &Kind, value: &Value, path: &Path<'_>) -> String {
    let scalar = match (expected, value) {
        // The lack of a full stop in one of these two is AWS's.
        (_, Value::Array(_)) => return "Start of list found where not expected".to_owned(),
        (_, Value::Object(_)) => {
            return "Start of structure or map found where not expected.".to_owned();
        }
        (Kind::List(_), _) => return "Expected list or null".to_owned(),
        (Kind::Map(..), _) => return "Expected map or null".to_owned(),
        (Kind::Structure(_), _) => {
            let member = matches!(path, Path::Member(..));
            return if member {
                "Expected null"
            } else {
                "Unexpected value type in payload"
            }
            .to_owned();
        }
        (Kind::Blob, Value::String(_)) => {
            return "The value can not be converted to a Blob".to_owned();
        }
        (Kind::String | Kind::Document, _) => "a String",
        (Kind::Integer, _) => "an Integer",
        (Kind::Long, _) => "a Long",
        (Kind::Boolean, _) => "a Boolean",
        (Kind::Blob, _) => "a Blob",
        // (unsure) The other types' words; nobody has captured a text in a timestamp's place.
        (Kind::Timestamp, _) => "a Timestamp",
    };
    let found = match value {
        Value::Bool(true) => "TRUE_VALUE",
        Value::Bool(false) => "FALSE_VALUE",
        Value::Number(number) if number.is_f64() => "DECIMAL_VALUE",
        Value::Number(_) => "NUMBER_VALUE",
        Value::String(_) => "STRING_VALUE",
        Value::Null | Value::Array(_) | Value::Object(_) => "NULL_VALUE",
    };
    format!("{found} can not be converted to {scalar}")
}
