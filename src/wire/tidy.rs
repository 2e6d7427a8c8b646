//! What a request may contain beside what its shape knows: entries of maps that are null, which are
//! as good as none, and members that the model does not have, which are dropped.
//!
//! Not here: what is refused (`validate.rs`).

use serde_json::Value;

use super::shape::{Kind, Shape};

/// Takes away the entries of maps that are null. Browsers send `"DEVICE_KEY": null` among the
/// AuthParameters of every refresh. Captured for AuthParameters and ChallengeResponses; (unsure)
/// the same for every other map, as ClientMetadata, tags and ProviderDetails.
pub fn drop_null_entries(shape: &'static Shape, value: &mut Value) {
    match (&shape.kind, value) {
        (Kind::Structure(members), Value::Object(object)) => {
            for member in *members {
                if let Some(inner) = object.get_mut(member.name) {
                    drop_null_entries(member.shape, inner);
                }
            }
        }
        (Kind::List(element), Value::Array(list)) => {
            for inner in list {
                drop_null_entries(element, inner);
            }
        }
        (Kind::Map(_, of_values), Value::Object(map)) => {
            map.retain(|_, inner| !inner.is_null());
            for (_, inner) in map.iter_mut() {
                drop_null_entries(of_values, inner);
            }
        }
        _ => {}
    }
}

/// The members of the body that its shape does not know, by their paths: `UserAttributes.Nme`.
pub fn unknown_members(shape: &'static Shape, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    collect(shape, value, "", &mut found);
    found
}

fn collect(shape: &'static Shape, value: &Value, path: &str, found: &mut Vec<String>) {
    match (&shape.kind, value) {
        (Kind::Structure(members), Value::Object(object)) => {
            for (name, inner) in object {
                let known = members.iter().find(|member| member.name == name);
                match known {
                    Some(member) if has_members(inner) => {
                        collect(member.shape, inner, &below(path, name), found);
                    }
                    Some(_) => {}
                    None => found.push(below(path, name)),
                }
            }
        }
        (Kind::List(element), Value::Array(list)) => {
            for inner in list {
                collect(element, inner, path, found);
            }
        }
        (Kind::Map(_, of_values), Value::Object(map)) => {
            for inner in map.values() {
                collect(of_values, inner, path, found);
            }
        }
        _ => {}
    }
}

/// Whether anything can be inside: most members are scalars, whose paths nobody needs.
fn has_members(value: &Value) -> bool {
    value.is_object() || value.is_array()
}

fn below(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::wire::user_pools::OperationName;

    #[test]
    fn null_entries_of_maps_are_taken_away_and_nothing_else() {
        let shape = OperationName::InitiateAuth.input();
        let mut body = json!({
            "AuthFlow": null,
            "AuthParameters": { "REFRESH_TOKEN": "x", "DEVICE_KEY": null },
            "Unknown": { "a": null },
        });
        drop_null_entries(shape, &mut body);
        assert_eq!(
            body,
            json!({
                "AuthFlow": null,
                "AuthParameters": { "REFRESH_TOKEN": "x" },
                "Unknown": { "a": null },
            })
        );
    }

    #[test]
    fn unknown_members_are_found_at_every_depth() {
        let shape = OperationName::SignUp.input();
        let body = json!({
            "ClientId": "c",
            "New": { "deep": 1 },
            "UserAttributes": [{ "Name": "email", "Nme": "x" }],
            "ClientMetadata": { "any": "name" },
        });
        assert_eq!(unknown_members(shape, &body), ["New", "UserAttributes.Nme"]);
        assert!(unknown_members(shape, &json!({ "ClientId": "c" })).is_empty());
    }
}
