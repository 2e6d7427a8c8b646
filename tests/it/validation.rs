//! Every constraint of every input of both services, through the wire: each top-level member of
//! each operation is broken in every way that its shape forbids, and the answer must name it.

use mocknito::wire::{Facts, Kind, Shape, identity_pools, user_pools};
use serde_json::{Value, json};

use crate::support::Server;

fn operations() -> impl Iterator<Item = (&'static str, &'static Facts)> {
    let user_pools = user_pools::OperationName::ALL
        .iter()
        .map(|name| (user_pools::TARGET_PREFIX, name.facts()));
    let identity_pools = identity_pools::OperationName::ALL
        .iter()
        .map(|name| (identity_pools::TARGET_PREFIX, name.facts()));
    user_pools.chain(identity_pools)
}

fn members(shape: &'static Shape) -> &'static [mocknito::wire::Member] {
    match &shape.kind {
        Kind::Structure(members) => members,
        _ => &[],
    }
}

/// The member's name as messages have it.
fn path(name: &str) -> String {
    name[..1].to_lowercase() + &name[1..]
}

/// Values that break one constraint of the shape, each with the words that must follow.
fn violations(shape: &Shape) -> Vec<(Value, String)> {
    let mut found = Vec::new();
    let long = |length: i64| "a".repeat(usize::try_from(length).unwrap());
    match &shape.kind {
        Kind::String => {
            if let Some(max) = shape.max {
                found.push((
                    json!(long(max + 1)),
                    format!("Member must have length less than or equal to {max}"),
                ));
            }
            if let Some(min) = shape.min.filter(|min| *min > 0) {
                found.push((
                    json!(long(min - 1)),
                    format!("Member must have length greater than or equal to {min}"),
                ));
            }
            if let Some(pattern) = shape.pattern
                && let Some(text) = ["\u{0} \n", "a\u{0}", "", "\n"]
                    .into_iter()
                    .find(|text| !pattern.matches(text))
            {
                found.push((
                    json!(text),
                    format!(
                        "Member must satisfy regular expression pattern: {}",
                        pattern.text()
                    ),
                ));
            }
            if !shape.values.is_empty() {
                found.push((
                    json!("NO_SUCH_VALUE"),
                    format!(
                        "Member must satisfy enum value set: [{}]",
                        shape.values.join(", ")
                    ),
                ));
            }
        }
        Kind::Integer | Kind::Long => {
            if let Some(max) = shape.max.filter(|max| *max < i64::from(i32::MAX)) {
                found.push((
                    json!(max + 1),
                    format!("Member must have value less than or equal to {max}"),
                ));
            }
            if let Some(min) = shape.min {
                found.push((
                    json!(min - 1),
                    format!("Member must have value greater than or equal to {min}"),
                ));
            }
        }
        Kind::List(_) => {
            if let Some(min) = shape.min.filter(|min| *min > 0) {
                found.push((
                    json!([]),
                    format!("Member must have length greater than or equal to {min}"),
                ));
            }
        }
        _ => {}
    }
    found
}

/// A value of another JSON type than the shape's.
fn wrong_type(shape: &Shape) -> Option<Value> {
    match shape.kind {
        Kind::String | Kind::Integer | Kind::Long | Kind::Boolean => Some(json!({ "a": 1 })),
        Kind::List(_) | Kind::Map(..) | Kind::Structure(_) => Some(json!("text")),
        Kind::Blob | Kind::Timestamp | Kind::Document => None,
    }
}

async fn refusal(
    server: &Server,
    service: &str,
    operation: &str,
    input: Value,
) -> (String, String) {
    let reply = server
        .post(&format!("{service}.{operation}"), input.to_string())
        .await;
    let text = String::from_utf8_lossy(&reply.body);
    assert_eq!(reply.status, 400, "{operation} {input}: {text}");
    let error = reply.json();
    (
        error["__type"].as_str().unwrap().to_owned(),
        error["message"].as_str().unwrap_or_default().to_owned(),
    )
}

#[tokio::test]
async fn every_missing_required_member_is_named_at_once() {
    let server = Server::start().await;
    for (service, facts) in operations() {
        let required: Vec<_> = members(facts.input)
            .iter()
            .filter(|member| member.required)
            .collect();
        if required.is_empty() {
            continue;
        }
        let (code, message) = refusal(&server, service, facts.name, json!({})).await;
        assert_eq!(code, "InvalidParameterException", "{}", facts.name);
        let plural = if required.len() == 1 {
            "error"
        } else {
            "errors"
        };
        assert!(
            message.starts_with(&format!(
                "{} validation {plural} detected: ",
                required.len()
            )),
            "{}: {message}",
            facts.name
        );
        for member in required {
            let item = format!(
                "Value null at '{}' failed to satisfy constraint: Member must not be null",
                path(member.name)
            );
            assert!(message.contains(&item), "{}: {message}", facts.name);
        }
    }
}

#[tokio::test]
async fn every_constraint_of_every_member_is_enforced_in_awss_words() {
    let server = Server::start().await;
    let mut tried = 0;
    for (service, facts) in operations() {
        for member in members(facts.input) {
            for (value, words) in violations(member.shape) {
                let (code, message) =
                    refusal(&server, service, facts.name, json!({ member.name: value })).await;
                assert_eq!(
                    code, "InvalidParameterException",
                    "{}.{}",
                    facts.name, member.name
                );
                let at = format!(
                    "at '{}' failed to satisfy constraint: {words}",
                    path(member.name)
                );
                assert!(
                    message.contains(&at),
                    "{}.{}: {message}",
                    facts.name,
                    member.name
                );
                if member.shape.sensitive {
                    let item = message.split("; ").find(|item| item.contains(&at)).unwrap();
                    assert!(
                        item.contains("Value at '"),
                        "a secret is repeated: {}.{}: {item}",
                        facts.name,
                        member.name
                    );
                }
                tried += 1;
            }
        }
    }
    assert!(tried > 500, "only {tried} constraints were tried");
}

#[tokio::test]
async fn a_wrong_json_type_is_a_serialization_error_before_anything_else() {
    let server = Server::start().await;
    for (service, facts) in operations() {
        for member in members(facts.input) {
            let Some(value) = wrong_type(member.shape) else {
                continue;
            };
            let (code, _) =
                refusal(&server, service, facts.name, json!({ member.name: value })).await;
            assert_eq!(
                code, "SerializationException",
                "{}.{}",
                facts.name, member.name
            );
        }
    }
}

#[tokio::test]
async fn a_body_that_is_no_json_object_is_refused_by_every_operation() {
    let server = Server::start().await;
    for (service, facts) in operations() {
        for body in ["{", "[]", "\"text\"", "nonsense", "{\"a\":}"] {
            let reply = server
                .post(&format!("{service}.{}", facts.name), body)
                .await;
            assert_eq!(
                (reply.status.as_u16(), &reply.json()["__type"]),
                (400, &json!("SerializationException")),
                "{} {body}",
                facts.name
            );
        }
    }
}
