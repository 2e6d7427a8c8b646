//! Which claims a function may change, and how its changes are applied to a token.
//!
//! Changes that are not allowed are ignored: as on AWS, an attempt is not an error. Not here:
//! calling the function (`flows::triggers`), what a token says without it (`flows::issue_tokens`).

use serde_json::{Map, Value};

/// What a function wants changed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Overrides {
    pub id: Changes,
    pub access: Changes,
    pub scopes_to_add: Vec<String>,
    pub scopes_to_suppress: Vec<String>,
    /// None keeps the user's groups.
    pub groups: Option<GroupOverride>,
}

/// Claims of one token. What is both added and suppressed is suppressed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Changes {
    pub add: Map<String, Value>,
    pub suppress: Vec<String>,
}

/// The groups of a token, and the roles that come with them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupOverride {
    pub groups: Vec<String>,
    pub roles: Vec<String>,
    pub preferred_role: Option<String>,
}

const GROUPS: &str = "cognito:groups";
const ROLES: &str = "cognito:roles";
const PREFERRED_ROLE: &str = "cognito:preferred_role";

/// Claims that no function can set in any token.
const PROTECTED: &[&str] = &[
    "acr",
    "amr",
    "at_hash",
    "auth_time",
    "azp",
    "exp",
    "iat",
    "identities",
    "iss",
    "jti",
    "nbf",
    "nonce",
    "origin_jti",
    "sub",
    "token_use",
];

/// Claims that no function can set in access tokens either. (unsure) `scope` is listed because
/// there are other members for scopes.
const PROTECTED_IN_ACCESS: &[&str] = &[
    "client_id",
    "device_key",
    "event_id",
    "scope",
    "username",
    "version",
];

impl Overrides {
    /// How many claims and scopes are to be changed.
    pub fn len(&self) -> usize {
        let claims = |changes: &Changes| changes.add.len() + changes.suppress.len();
        let scopes = self.scopes_to_add.len() + self.scopes_to_suppress.len();
        claims(&self.id) + claims(&self.access) + scopes
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0 && self.groups.is_none()
    }

    /// Changes an ID token.
    pub fn change_id(&self, claims: &mut Map<String, Value>) {
        if let Some(groups) = &self.groups {
            put(claims, GROUPS, groups.groups.as_slice().into());
            put(claims, ROLES, groups.roles.as_slice().into());
            put(claims, PREFERRED_ROLE, groups.preferred_role.clone().into());
        }
        let may = |name: &str, _value: &Value| !PROTECTED.contains(&name) && name != "aud";
        change(claims, &self.id, may);
    }

    /// Changes an access token of this client.
    pub fn change_access(&self, claims: &mut Map<String, Value>, client_id: &str) {
        if let Some(groups) = &self.groups {
            put(claims, GROUPS, groups.groups.as_slice().into());
        }
        let may = |name: &str, value: &Value| match name {
            "aud" => value == client_id,
            _ => !PROTECTED.contains(&name) && !PROTECTED_IN_ACCESS.contains(&name),
        };
        change(claims, &self.access, may);
        self.change_scope(claims);
    }

    fn change_scope(&self, claims: &mut Map<String, Value>) {
        if self.scopes_to_add.is_empty() && self.scopes_to_suppress.is_empty() {
            return;
        }
        let scope = claims.get("scope").and_then(Value::as_str);
        let scope = scope.unwrap_or_default().to_owned();
        let mut scopes: Vec<&str> = scope.split_ascii_whitespace().collect();
        for scope in &self.scopes_to_add {
            if !scopes.contains(&scope.as_str()) {
                scopes.push(scope);
            }
        }
        scopes.retain(|scope| !self.scopes_to_suppress.iter().any(|one| one == scope));
        claims.insert("scope".to_owned(), scopes.join(" ").into());
    }
}

/// Applies changes. `may` says whether a claim may be added or, without a value, suppressed.
fn change(claims: &mut Map<String, Value>, changes: &Changes, may: impl Fn(&str, &Value) -> bool) {
    for (name, value) in &changes.add {
        // The service's own claims follow from groups, and developers' attributes can only be
        // suppressed.
        let reserved = name.starts_with("cognito:") || name.starts_with("dev:");
        if !reserved && may(name, value) {
            claims.insert(name.clone(), value.clone());
        }
    }
    for name in &changes.suppress {
        match name.as_str() {
            // Documented: the roles go with the groups.
            GROUPS => {
                for name in [GROUPS, ROLES, PREFERRED_ROLE] {
                    claims.shift_remove(name);
                }
            }
            ROLES | PREFERRED_ROLE => {
                claims.shift_remove(name);
            }
            name if !name.starts_with("cognito:") && may(name, &Value::Null) => {
                claims.shift_remove(name);
            }
            _ => {}
        }
    }
}

/// Writes a value that is not empty where the claim was, or at the end; removes the claim
/// otherwise.
fn put(claims: &mut Map<String, Value>, name: &str, value: Value) {
    let is_empty = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
    if is_empty {
        claims.shift_remove(name);
    } else {
        claims.insert(name.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    fn changes(add: Value, suppress: &[&str]) -> Changes {
        Changes {
            add: map(add),
            suppress: suppress.iter().map(|&name| name.to_owned()).collect(),
        }
    }

    #[test]
    fn protected_claims_are_neither_changed_nor_taken_away() {
        let mut add = Map::new();
        let mut suppress = Vec::new();
        for name in PROTECTED.iter().chain(PROTECTED_IN_ACCESS) {
            add.insert((*name).to_owned(), json!("forged"));
            suppress.push((*name).to_owned());
        }
        for name in [
            "cognito:username",
            "cognito:groups",
            "cognito:other",
            "dev:x",
            "aud",
        ] {
            add.insert(name.to_owned(), json!("forged"));
        }
        suppress.extend(["cognito:username", "aud"].map(str::to_owned));
        let forged = Changes { add, suppress };
        let overrides = Overrides {
            access: forged,
            ..Overrides::default()
        };
        let before = map(json!({
            "sub": "s", "iss": "i", "client_id": "c", "username": "u", "scope": "a b",
            "cognito:username": "u", "cognito:groups": ["g"], "exp": 1, "token_use": "access",
        }));
        let mut claims = before.clone();
        overrides.change_access(&mut claims, "c");
        assert_eq!(claims, before);
    }

    #[test]
    fn an_access_token_may_have_its_client_as_audience_and_an_id_token_keeps_its_own() {
        let audience = changes(json!({ "aud": "c" }), &["aud"]);
        let overrides = Overrides {
            id: audience.clone(),
            access: changes(json!({ "aud": "c" }), &[]),
            ..Overrides::default()
        };
        let mut claims = Map::new();
        overrides.change_access(&mut claims, "c");
        assert_eq!(claims, map(json!({ "aud": "c" })));
        let mut claims = map(json!({ "aud": "other" }));
        overrides.change_id(&mut claims);
        assert_eq!(claims, map(json!({ "aud": "other" })));
    }

    #[test]
    fn what_is_both_added_and_suppressed_is_suppressed() {
        let overrides = Overrides {
            id: changes(json!({ "a": 1, "b": { "c": [true] } }), &["a", "email"]),
            scopes_to_add: vec!["x/y".to_owned(), "z".to_owned()],
            scopes_to_suppress: vec!["z".to_owned(), "openid".to_owned()],
            ..Overrides::default()
        };
        let mut claims = map(json!({ "email": "e" }));
        overrides.change_id(&mut claims);
        assert_eq!(claims, map(json!({ "b": { "c": [true] } })));
        let mut claims = map(json!({ "scope": "openid email" }));
        overrides.change_access(&mut claims, "c");
        assert_eq!(claims, map(json!({ "scope": "email x/y" })));
    }

    #[test]
    fn groups_take_the_place_of_the_users_and_suppressing_them_takes_the_roles_along() {
        let before = map(json!({
            "cognito:groups": ["a"], "cognito:roles": ["r"], "cognito:preferred_role": "r",
        }));
        let overrides = Overrides {
            groups: Some(GroupOverride {
                groups: vec!["b".to_owned()],
                roles: Vec::new(),
                preferred_role: Some("s".to_owned()),
            }),
            ..Overrides::default()
        };
        let mut claims = before.clone();
        overrides.change_id(&mut claims);
        let expected = json!({ "cognito:groups": ["b"], "cognito:preferred_role": "s" });
        assert_eq!(claims, map(expected));
        let overrides = Overrides {
            id: changes(json!({}), &["cognito:groups"]),
            ..Overrides::default()
        };
        let mut claims = before;
        overrides.change_id(&mut claims);
        assert_eq!(claims, Map::new());
    }
}
