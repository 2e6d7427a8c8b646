//! Documents and tokens as tests write, read, alter and compare them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// The text of a JSON string.
#[track_caller]
pub fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("no text: {value}"))
        .to_owned()
}

/// A list of `{Name, Value}`.
pub fn attribute_list(attributes: &[(&str, &str)]) -> Value {
    attributes
        .iter()
        .map(|(name, value)| json!({ "Name": name, "Value": value }))
        .collect()
}

/// The members with this name of a list of documents.
pub fn each(list: &Value, member: &str) -> Vec<String> {
    list.as_array()
        .unwrap_or_else(|| panic!("no list: {list}"))
        .iter()
        .map(|one| text(&one[member]))
        .collect()
}

/// A document with every text in it replaced by its form, so that two of them are equal if they
/// differ in their values alone: names of challenges and media stay, of others stays which
/// characters are letters or digits, and of all the length.
pub fn shape(document: &Value) -> Value {
    let shaped = |text: &str| -> String {
        let letters = text.chars();
        letters
            .map(|one| if one.is_alphanumeric() { 'x' } else { one })
            .collect()
    };
    match document {
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| {
                let told = ["ChallengeName", "AvailableChallenges", "__type", "message"];
                let is_told = told.contains(&name.as_str()) || name.ends_with("MEDIUM");
                let value = if is_told { value.clone() } else { shape(value) };
                (name.clone(), value)
            })
            .collect(),
        Value::Array(list) => list.iter().map(shape).collect(),
        // What is sealed has letters of its own.
        Value::String(text) if text.len() > 512 => json!(text.len()),
        Value::String(text) => json!(shaped(text)),
        other => other.clone(),
    }
}

/// A sealed text with one character in its middle replaced: what nobody made.
pub fn altered(sealed: &Value) -> Value {
    let sealed = text(sealed);
    let at = sealed.len() / 2;
    let other = if &sealed[at..=at] == "A" { "B" } else { "A" };
    json!(format!("{}{other}{}", &sealed[..at], &sealed[at + 1..]))
}

/// USER_PASSWORD_AUTH with this password.
pub fn with_password(client: &str, username: &str, password: &str) -> Value {
    json!({
        "AuthFlow": "USER_PASSWORD_AUTH",
        "ClientId": client,
        "AuthParameters": { "USERNAME": username, "PASSWORD": password },
    })
}

/// REFRESH_TOKEN_AUTH with this token.
pub fn with_refresh_token(client: &str, token: &Value) -> Value {
    json!({
        "AuthFlow": "REFRESH_TOKEN_AUTH",
        "ClientId": client,
        "AuthParameters": { "REFRESH_TOKEN": token },
    })
}

/// Writes the members of `more` over those of `base`.
pub fn merge(base: &mut Value, more: Value) {
    if let (Value::Object(base), Value::Object(more)) = (base, more) {
        base.extend(more);
    }
}

/// As [`merge`]; null takes a member away.
pub fn amend(base: &mut Value, more: Value) {
    merge(base, more);
    let members = base.as_object_mut().unwrap();
    members.retain(|_, value| !value.is_null());
}

/// The value of an attribute in a list of `{Name, Value}`.
pub fn attribute(list: &Value, name: &str) -> Option<String> {
    list.as_array()?.iter().find(|one| one["Name"] == name)?["Value"]
        .as_str()
        .map(str::to_owned)
}

/// A token's claims, unverified.
pub fn claims(token: &Value) -> Value {
    part(token, 1)
}

/// A token's header.
pub fn header(token: &Value) -> Value {
    part(token, 0)
}

fn part(token: &Value, index: usize) -> Value {
    let part = token.as_str().unwrap().split('.').nth(index).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// The keys of a document, sorted.
pub fn keys(document: &Value) -> Vec<String> {
    let mut keys: Vec<String> = document.as_object().unwrap().keys().cloned().collect();
    keys.sort();
    keys
}
