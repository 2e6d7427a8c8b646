//! The one interpreter of the constraint tables: raw JSON in, AWS's own refusal out. It runs before
//! every operation, so it allocates nothing while nothing is wrong (but for blobs, which are
//! decoded to see whether they can be).
//!
//! Two kinds of refusal, as on AWS: a wrong JSON type is found while decoding and ends there;
//! everything else is collected, and one message names all of it. Rules that the model does not
//! state belong to the operations.

use std::fmt::{self, Write as _};

use serde_json::{Map, Value};

use super::shape::{Kind, Member, Pattern, Shape};
use json_type::check_type;
use path::Path;
pub use rejection::Rejection;

mod json_type;
mod path;
mod rejection;

/// Holds a request's body against its shape.
///
/// # Errors
/// With the first wrong JSON type, or else with all violations of the model's constraints.
pub fn validate(shape: &'static Shape, body: &Value) -> Result<(), Rejection> {
    let violations = violations(shape, body)?;
    match violations.as_slice() {
        [] => Ok(()),
        [one] => Err(Rejection::Validation(one.alone())),
        many => {
            let texts: Vec<&str> = many.iter().map(|one| one.text.as_str()).collect();
            Err(Rejection::Validation(format!(
                "{} validation errors detected: {}",
                many.len(),
                texts.join("; ")
            )))
        }
    }
}

/// All violations of the model's constraints, each with its place.
///
/// # Errors
/// With the first wrong JSON type.
pub fn violations(shape: &'static Shape, body: &Value) -> Result<Vec<Violation>, Rejection> {
    let mut violations = Vec::new();
    check(shape, body, &Path::Root, false, &mut violations)?;
    Ok(violations)
}

/// A constraint that a body violates.
#[derive(Debug)]
pub struct Violation {
    /// The member, as it is called in JSON: `UserAttributes[0].Name`.
    pub place: String,
    /// AWS's words.
    text: String,
}

impl Violation {
    /// AWS's words where it is the only one.
    pub fn alone(&self) -> String {
        format!("1 validation error detected: {}", self.text)
    }
}

type Violations = Vec<Violation>;

/// Checks a value that is there against its shape: its type, its own constraints, then what is in
/// it. `withheld` says that something above is sensitive.
fn check(
    shape: &Shape,
    value: &Value,
    path: &Path<'_>,
    withheld: bool,
    out: &mut Violations,
) -> Result<(), Rejection> {
    check_type(shape, value, path)?;
    for rule in rules(shape) {
        if !rule.holds(shape, value) {
            out.push(item(shape, value, path, withheld, &rule));
        }
    }
    check_contents(shape, value, path, withheld, out)
}

/// Checks what a container holds. What is wrong with scalars in a list or a map is said once, about
/// the container; what is wrong in a structure is said about its member.
fn check_contents(
    shape: &Shape,
    value: &Value,
    path: &Path<'_>,
    withheld: bool,
    out: &mut Violations,
) -> Result<(), Rejection> {
    let withheld = withheld || shape.sensitive;
    match (&shape.kind, value) {
        (Kind::Structure(members), Value::Object(object)) => {
            check_members(members, object, path, withheld, out)
        }
        (Kind::List(element), Value::Array(list)) => {
            for (index, inner) in list.iter().enumerate().filter(|(_, v)| !v.is_null()) {
                let inner_path = Path::Element(path, index + 1);
                check_type(element, inner, &inner_path)?;
                check_contents(element, inner, &inner_path, withheld, out)?;
            }
            check_inner(
                "Member",
                element,
                list.iter(),
                (shape, value, path, withheld),
                out,
            );
            Ok(())
        }
        (Kind::Map(key_shape, value_shape), Value::Object(map)) => {
            for (key, inner) in map.iter().filter(|(_, v)| !v.is_null()) {
                let inner_path = Path::Entry(path, key);
                check_type(value_shape, inner, &inner_path)?;
                check_contents(value_shape, inner, &inner_path, withheld, out)?;
            }
            if map
                .keys()
                .any(|key| rules(key_shape).any(|rule| !rule.holds_for_text(key)))
            {
                let rule = Constraint::Inner("Map keys", key_shape, false);
                out.push(item(shape, value, path, withheld, &rule));
            }
            // A null entry is none: `tidy.rs` takes them away before the body is decoded.
            check_inner(
                "Map value",
                value_shape,
                map.values().filter(|v| !v.is_null()),
                (shape, value, path, withheld),
                out,
            );
            Ok(())
        }
        _ => Ok(()),
    }
}

fn check_members(
    members: &'static [Member],
    object: &Map<String, Value>,
    path: &Path<'_>,
    withheld: bool,
    out: &mut Violations,
) -> Result<(), Rejection> {
    for member in members {
        let path = Path::Member(path, member.name);
        match object.get(member.name) {
            // A null is as good as nothing.
            None | Some(Value::Null) => {
                if member.required {
                    let text = format!(
                        "Value null at '{path}' failed to satisfy constraint: {}",
                        Constraint::NotNull
                    );
                    let place = path.in_json();
                    out.push(Violation { place, text });
                }
            }
            Some(value) => check(member.shape, value, &path, withheld, out)?,
        }
    }
    Ok(())
}

/// Holds the elements of a container against their own constraints, and says once which ones those
/// are.
fn check_inner<'a>(
    what: &'static str,
    inner: &'static Shape,
    values: impl Iterator<Item = &'a Value> + Clone,
    (shape, value, path, withheld): (&Shape, &Value, &Path<'_>, bool),
    out: &mut Violations,
) {
    let nulls = values.clone().any(Value::is_null);
    let mut present = values.filter(|v| !v.is_null());
    if nulls || present.any(|v| rules(inner).any(|rule| !rule.holds(inner, v))) {
        out.push(item(
            shape,
            value,
            path,
            withheld,
            &Constraint::Inner(what, inner, nulls),
        ));
    }
}

fn item(
    shape: &Shape,
    value: &Value,
    path: &Path<'_>,
    withheld: bool,
    rule: &Constraint,
) -> Violation {
    let text = if withheld || shape.holds_secrets() {
        format!("Value at '{path}' failed to satisfy constraint: {rule}")
    } else {
        format!(
            "Value '{}' at '{path}' failed to satisfy constraint: {rule}",
            Printed(shape, value)
        )
    };
    let place = path.in_json();
    Violation { place, text }
}

/// One constraint, which prints as AWS words it.
enum Constraint {
    MaxLength(i64),
    MinLength(i64),
    MaxValue(i64),
    MinValue(i64),
    Pattern(&'static Pattern),
    Enum(&'static [&'static str]),
    NotNull,
    /// All constraints of what a container holds, and whether a null is among it.
    Inner(&'static str, &'static Shape, bool),
}

/// A shape's own constraints, in the order in which AWS lists them.
fn rules(shape: &Shape) -> impl Iterator<Item = Constraint> + use<> {
    let numeric = matches!(shape.kind, Kind::Integer | Kind::Long);
    let max = shape.max.map(if numeric {
        Constraint::MaxValue
    } else {
        Constraint::MaxLength
    });
    let min = shape.min.map(if numeric {
        Constraint::MinValue
    } else {
        Constraint::MinLength
    });
    let pattern = shape.pattern.map(Constraint::Pattern);
    let values = Some(shape.values)
        .filter(|v| !v.is_empty())
        .map(Constraint::Enum);
    [max, min, pattern, values].into_iter().flatten()
}

impl Constraint {
    fn holds(&self, shape: &Shape, value: &Value) -> bool {
        match self {
            Self::MaxLength(max) => length(shape, value) <= *max,
            Self::MinLength(min) => length(shape, value) >= *min,
            Self::MaxValue(max) => value.as_i64().is_none_or(|number| number <= *max),
            Self::MinValue(min) => value.as_i64().is_none_or(|number| number >= *min),
            Self::Pattern(_) | Self::Enum(_) => {
                value.as_str().is_none_or(|text| self.holds_for_text(text))
            }
            Self::NotNull => !value.is_null(),
            Self::Inner(..) => true,
        }
    }

    fn holds_for_text(&self, text: &str) -> bool {
        match self {
            Self::MaxLength(max) => text_length(text) <= *max,
            Self::MinLength(min) => text_length(text) >= *min,
            Self::Pattern(pattern) => pattern.matches(text),
            Self::Enum(values) => values.contains(&text),
            Self::MaxValue(_) | Self::MinValue(_) | Self::NotNull | Self::Inner(..) => true,
        }
    }
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MaxLength(max) => {
                write!(f, "Member must have length less than or equal to {max}")
            }
            Self::MinLength(min) => {
                write!(f, "Member must have length greater than or equal to {min}")
            }
            Self::MaxValue(max) => write!(f, "Member must have value less than or equal to {max}"),
            Self::MinValue(min) => {
                write!(f, "Member must have value greater than or equal to {min}")
            }
            Self::Pattern(pattern) => write!(
                f,
                "Member must satisfy regular expression pattern: {}",
                pattern.text()
            ),
            Self::Enum(values) => write!(
                f,
                "Member must satisfy enum value set: [{}]",
                values.join(", ")
            ),
            Self::NotNull => f.write_str("Member must not be null"),
            Self::Inner(what, shape, nulls) => {
                write!(f, "{what} must satisfy constraint: [")?;
                let null = nulls.then_some(Self::NotNull);
                for (index, rule) in rules(shape).chain(null).enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    write!(f, "{comma}{rule}")?;
                }
                f.write_char(']')
            }
        }
    }
}

/// A length as Java counts it.
fn length(shape: &Shape, value: &Value) -> i64 {
    match value {
        Value::String(text) if matches!(shape.kind, Kind::Blob) => blob_length(text),
        Value::String(text) => text_length(text),
        Value::Array(list) => saturated(list.len()),
        Value::Object(map) => saturated(map.len()),
        _ => 0,
    }
}

fn text_length(text: &str) -> i64 {
    let units = if text.is_ascii() {
        text.len()
    } else {
        text.encode_utf16().count()
    };
    saturated(units)
}

/// The bytes that a base64 text stands for.
fn blob_length(text: &str) -> i64 {
    let padding = text.bytes().rev().take_while(|b| *b == b'=').count();
    saturated((text.len() / 4 * 3).saturating_sub(padding))
}

fn saturated(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A value as Java prints it: `[a, b]`, `{key=value}`.
struct Printed<'a>(&'a Shape, &'a Value);

impl fmt::Display for Printed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(shape, value) = self;
        match (value, &shape.kind) {
            (Value::String(text), Kind::Blob) => {
                let size = blob_length(text);
                write!(f, "java.nio.HeapByteBuffer[pos=0 lim={size} cap={size}]")
            }
            (Value::String(text), _) => f.write_str(text),
            (Value::Array(list), Kind::List(element)) => {
                f.write_char('[')?;
                for (index, inner) in list.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    write!(f, "{comma}{}", Printed(element, inner))?;
                }
                f.write_char(']')
            }
            (Value::Object(map), kind) => {
                f.write_char('{')?;
                for (index, (key, inner)) in map.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    match kind {
                        Kind::Map(_, shape) => write!(f, "{comma}{key}={}", Printed(shape, inner))?,
                        _ => write!(f, "{comma}{key}={inner}")?,
                    }
                }
                f.write_char('}')
            }
            (other, _) => write!(f, "{other}"),
        }
    }
}

#[cfg(test)]
mod tests;
