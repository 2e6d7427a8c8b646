//! What an identity provider says of a person, as a user of the pool: the user name and the mapped
//! attributes.
//!
//! Not here: whether the provider really said it (`flows::federate`), who may write which attribute
//! (`attributes`), the attribute `identities` (`identities`).

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::usernames;
use crate::store::{NameKind, Pool};
use crate::wire::user_pools::{IdentityProviderType, IdentityProviderTypeType as Kind};

/// The longest sentence of a provider that is passed on.
const LONGEST_REASON: usize = 200;

/// What a provider says about a person: the claims of the ID token and of the user info, or a
/// social network's profile.
pub type Claims = Map<String, Value>;

/// The longest user name. It also limits the id that a provider may give.
const LONGEST_USERNAME: usize = 128;

/// The user name for a person at a provider. (unsure) In pools that are not case-sensitive it is in
/// lower case: triggers are reported to see `google_1234` there.
pub fn username(pool: &Pool, provider: &str, subject: &str) -> String {
    let name = format!("{provider}_{subject}");
    usernames::fold(pool, NameKind::Username, &name)
}

/// Whether the provider's id of a person can be part of a user name.
pub fn is_subject(provider: &str, subject: &str) -> bool {
    let length = provider.chars().count() + 1 + subject.chars().count();
    !subject.is_empty()
        && length <= LONGEST_USERNAME
        && !subject.contains(|c: char| c.is_whitespace() || c.is_control())
}

/// The claim that is the provider's id of a person.
pub fn subject_claim(settings: &IdentityProviderType) -> &str {
    let mapping = settings.attribute_mapping.as_ref();
    match mapping.and_then(|mapping| mapping.get("username")) {
        Some(claim) => claim,
        None => settings
            .provider_type
            .map_or("sub", |kind| own_subject(kind).unwrap_or(SAML_SUBJECT)),
    }
}

/// The provider's id of the person with these claims, if they have one.
pub fn subject(settings: &IdentityProviderType, claims: &Claims) -> Option<String> {
    claims.get(subject_claim(settings)).and_then(text)
}

/// The claim with a provider's own id of somebody. None for SAML, whose NameID is no claim.
pub fn own_subject(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Saml => None,
        Kind::Facebook => Some("id"),
        Kind::LoginWithAmazon => Some("user_id"),
        Kind::Google | Kind::SignInWithApple | Kind::Oidc => Some("sub"),
    }
}

/// The name of the claim that holds a SAML assertion's NameID.
pub const SAML_SUBJECT: &str = "NameID";

/// The attributes that the claims give values to. Attributes about which the provider says nothing
/// keep their values.
pub fn mapped(settings: &IdentityProviderType, claims: &Claims) -> Vec<(String, String)> {
    mapping(settings)
        .filter_map(|(attribute, claim)| {
            let value = claims.get(claim).and_then(text)?;
            Some((attribute.clone(), value))
        })
        .collect()
}

/// The claims to ask the provider for.
pub fn wanted(settings: &IdentityProviderType) -> Vec<&str> {
    let mut wanted: Vec<&str> = Vec::new();
    for (_, claim) in mapping(settings) {
        if !wanted.contains(&claim.as_str()) {
            wanted.push(claim);
        }
    }
    wanted
}

/// Whether one of the provider's claims is mapped to this attribute.
pub fn maps(settings: &IdentityProviderType, attribute: &str) -> bool {
    mapping(settings).any(|(mapped, _)| mapped == attribute)
}

fn mapping(settings: &IdentityProviderType) -> impl Iterator<Item = (&String, &String)> {
    let mapping: Option<&BTreeMap<String, String>> = settings.attribute_mapping.as_ref();
    mapping
        .into_iter()
        .flatten()
        .filter(|(attribute, _)| *attribute != "username")
}

/// A claim as the value of an attribute: text as it is, several values as `[a, b]`, anything deeper
/// as JSON. Nothing for what is empty.
pub fn text(claim: &Value) -> Option<String> {
    let text = match claim {
        Value::Null => return None,
        Value::String(text) => text.clone(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Array(values) => {
            let values: Vec<String> = values.iter().filter_map(text).map(encoded).collect();
            format!("[{}]", values.join(", "))
        }
        Value::Object(_) => claim.to_string(),
    };
    (!text.is_empty()).then_some(text)
}

/// One of several values: form-encoded when it holds anything but letters, digits and `.-*_`.
fn encoded(value: String) -> String {
    form_urlencoded::byte_serialize(value.as_bytes()).collect()
}

/// A stranger's sentence, cut and without control characters.
pub fn plain_words(words: &str) -> String {
    words
        .chars()
        .filter(|c| !c.is_control())
        .take(LONGEST_REASON)
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn settings(mapping: &[(&str, &str)]) -> IdentityProviderType {
        let mapping = mapping
            .iter()
            .map(|(attribute, claim)| ((*attribute).to_owned(), (*claim).to_owned()));
        IdentityProviderType {
            attribute_mapping: Some(mapping.collect()),
            ..IdentityProviderType::default()
        }
    }

    #[test]
    fn claims_become_text() {
        for (claim, value) in [
            (json!("a b"), Some("a b")),
            (json!(true), Some("true")),
            (json!(17), Some("17")),
            (json!(["a", "b-c"]), Some("[a, b-c]")),
            (json!(["a b", "ä&"]), Some("[a+b, %C3%A4%26]")),
            (json!({ "a": [1] }), Some(r#"{"a":[1]}"#)),
            (json!(null), None),
            (json!(""), None),
        ] {
            assert_eq!(text(&claim).as_deref(), value, "{claim}");
        }
    }

    #[test]
    fn only_mapped_claims_reach_the_user_and_the_user_name_is_none_of_them() {
        let settings = settings(&[("username", "sub"), ("email", "mail"), ("name", "cn")]);
        let claims = json!({ "sub": "1", "mail": "a@b.c", "other": "x" });
        let claims = claims.as_object().unwrap();
        assert_eq!(
            mapped(&settings, claims),
            [("email".to_owned(), "a@b.c".to_owned())]
        );
        assert_eq!(subject_claim(&settings), "sub");
        assert_eq!(wanted(&settings), ["mail", "cn"]);
        assert!(!maps(&settings, "username"));
    }

    #[test]
    fn an_id_of_a_provider_must_fit_into_a_user_name() {
        assert!(is_subject("Google", "1234"));
        assert!(is_subject("Idp", "auth0|x@y.z"));
        for wrong in ["", "a b", "a\n", &"a".repeat(125)] {
            assert!(!is_subject("Idp", wrong), "{wrong:?}");
        }
    }
}
