//! What the journal withholds: passwords, secrets, codes, sessions and tokens.
//!
//! In the AWS APIs by the type that the model gives a member, wherever it stands, and in the few
//! maps that mix such things with others by key. At OAuth's endpoints, in pages' forms and in
//! addresses only parameters are shown that are known to be harmless. All lists are in this file.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::wire::{Kind, Shape};

/// What stands for a secret.
pub const WITHHELD: &str = "(withheld)";

/// What stands for parameters whose names are not shown.
const OTHERS: &str = "(others)";

/// Shapes that the model calls sensitive because they name somebody. Nobody gets in with them, and
/// a journal without them would say nothing.
const SHOWN: &[&str] = &[
    "AttributeValueType",
    "ClientIdType",
    "SessionIpAddressType",
    "UserContextDataType",
    "UsernameType",
];

/// Shapes that the model does not call sensitive, and with which somebody gets in.
const ALSO_WITHHELD: &[&str] = &[
    "ConfirmationCodeType",
    "DeviceSecretVerifierConfigType",
    "PreSignedUrlType",
    "SessionTokenString",
];

/// What an identity provider is told of, and proves nothing.
const PROVIDER_DETAILS: &[&str] = &[
    "ActiveEncryptionCertificate",
    "EncryptedResponses",
    "IDPInit",
    "IDPSignout",
    "MetadataURL",
    "RequestSigningAlgorithm",
    "SLORedirectBindingURI",
    "SSORedirectBindingURI",
    "api_version",
    "attributes_request_method",
    "attributes_url",
    "attributes_url_add_attributes",
    "authorize_scopes",
    "authorize_url",
    "client_id",
    "jwks_uri",
    "key_id",
    "oidc_issuer",
    "team_id",
    "token_request_method",
    "token_url",
];

/// What is shown of a map whose keys decide.
enum ShownKeys {
    Only(&'static [&'static str]),
    AllBut(&'static [&'static str]),
}

/// Such maps, by the name of their shape.
const MAPS: &[(&str, ShownKeys)] = &[
    ("AuthParametersType", ShownKeys::Only(PARAMETERS)),
    ("ChallengeResponsesType", ShownKeys::Only(PARAMETERS)),
    (
        "ChallengeParametersType",
        ShownKeys::AllBut(&["SECRET_BLOCK"]),
    ),
    // Any other may be a slip of client_secret.
    ("ProviderDetailsType", ShownKeys::Only(PROVIDER_DETAILS)),
];

/// Parameters of a sign-in that prove nothing.
const PARAMETERS: &[&str] = &[
    "CHALLENGE_NAME",
    "DEVICE_GROUP_KEY",
    "DEVICE_KEY",
    "MAX_AGE",
    "PREFERRED_CHALLENGE",
    "TARGET_ACR_VALUES",
    "TIMESTAMP",
    "USERNAME",
];

/// Answers that choose a factor, where `ANSWER` is no secret.
const CHOICES: &[&str] = &[
    "EMAIL_OTP",
    "PASSWORD",
    "PASSWORD_SRP",
    "SMS_MFA",
    "SMS_OTP",
    "SOFTWARE_TOKEN_MFA",
    "WEB_AUTHN",
];

/// Parameters of queries and forms that prove nothing: OAuth's, the pages', STS's.
const HARMLESS: &[&str] = &[
    "AccessKeyId",
    "Action",
    "DurationSeconds",
    "ProviderId",
    "RoleArn",
    "RoleSessionName",
    "Version",
    "acr_values",
    "client_id",
    "code_challenge_method",
    "email",
    "error",
    "error_description",
    "grant_type",
    "identity_provider",
    "idp_identifier",
    "lang",
    "login_hint",
    "logout_uri",
    "max_age",
    "name",
    "phone_number",
    "post_logout_redirect_uri",
    "prompt",
    "redirect_uri",
    "resource",
    "response_mode",
    "response_type",
    "scope",
    "token_type_hint",
    "user_name",
    "username",
];

/// Those of them that are addresses: what follows the path may be an app's own secret.
const ADDRESSES: &[&str] = &["logout_uri", "post_logout_redirect_uri", "redirect_uri"];

/// Further parameters whose names are shown. Any other name may be what somebody has sent in the
/// wrong form: a body of JSON that is called a form is one long name.
const KNOWN_NAMES: &[&str] = &[
    "RelayState",
    "SAMLRequest",
    "SAMLResponse",
    "WebIdentityToken",
    "_csrf",
    "access_token",
    "answer",
    "claims",
    "client_assertion",
    "client_assertion_type",
    "client_secret",
    "code",
    "code_challenge",
    "code_verifier",
    "confirm_password",
    "confirmation_code",
    "expires_in",
    "id_token",
    "nonce",
    "password",
    "refresh_token",
    "request",
    "request_uri",
    "session",
    "state",
    "token",
    "token_type",
];

/// Members of JSON documents at OAuth's endpoints that are shown, beside [`HARMLESS`] ones: what
/// answers say of themselves, a client's metadata, a user's claims.
const SHOWN_MEMBERS: &[&str] = &[
    "application_type",
    "client_id_issued_at",
    "client_name",
    "client_secret_expires_at",
    "client_uri",
    "contacts",
    "email_verified",
    "expires_in",
    "family_name",
    "given_name",
    "grant_types",
    "issuer",
    "jwks_uri",
    "logo_uri",
    "phone_number_verified",
    "policy_uri",
    "redirect_uris",
    "registration_client_uri",
    "response_types",
    "sub",
    "token_endpoint_auth_method",
    "token_type",
    "tos_uri",
];

/// Members of bodies at the AWS door that no model describes: KMS, Secrets Manager, operations that
/// nobody knows, errors.
const NAMES: &[&str] = &[
    "ARN",
    "Code",
    "EncryptionAlgorithm",
    "KeyId",
    "Message",
    "Name",
    "SecretId",
    "VersionId",
    "VersionStage",
    "__type",
    "message",
];

/// Withholds what is secret by its type. Members that the model does not know are withheld too:
/// nobody knows what they are.
pub fn by_shape(shape: &Shape, value: &mut Value) {
    if value.is_null() {
        return;
    }
    if let Some((_, keys)) = MAPS.iter().find(|(name, _)| *name == shape.name) {
        match value {
            Value::Object(map) => by_key(keys, map),
            other => hide(other),
        }
        return;
    }
    if is_secret(shape) {
        return hide(value);
    }
    match (&shape.kind, value) {
        (Kind::Structure(members), Value::Object(map)) => {
            for (name, value) in map {
                match members.iter().find(|member| member.name == name) {
                    Some(member) => by_shape(member.shape, value),
                    None => hide(value),
                }
            }
        }
        (Kind::List(element), Value::Array(list)) => {
            list.iter_mut().for_each(|value| by_shape(element, value));
        }
        (Kind::Map(_, inner), Value::Object(map)) => {
            map.values_mut().for_each(|value| by_shape(inner, value));
        }
        (Kind::Document, _) => {}
        (Kind::Structure(_) | Kind::List(_) | Kind::Map(..), other) => hide(other),
        (_, value @ (Value::Object(_) | Value::Array(_))) => hide(value),
        _ => {}
    }
}

fn is_secret(shape: &Shape) -> bool {
    ALSO_WITHHELD.contains(&shape.name) || (shape.sensitive && !SHOWN.contains(&shape.name))
}

fn by_key(keys: &ShownKeys, map: &mut Map<String, Value>) {
    for (key, value) in map {
        let is_shown = match keys {
            ShownKeys::Only(shown) => {
                shown.contains(&key.as_str()) || key.starts_with("userAttributes.")
            }
            ShownKeys::AllBut(withheld) => !withheld.iter().any(|name| is_spelt(name, key)),
        };
        let is_choice = key == "ANSWER" && value.as_str().is_some_and(|a| CHOICES.contains(&a));
        // All of them are texts: what stands in their place may be anything.
        let is_text = !value.is_object() && !value.is_array();
        if !is_text || !(is_shown || is_choice) {
            hide(value);
        }
    }
}

/// Whether this is the name, in whatever case and with whatever between its words: a slip of the
/// name makes the value no less secret.
fn is_spelt(name: &str, key: &str) -> bool {
    let letters = |text: &str| -> String {
        let letters = text.chars().filter(char::is_ascii_alphanumeric);
        letters.map(|c| c.to_ascii_lowercase()).collect()
    };
    letters(name) == letters(key)
}

fn hide(value: &mut Value) {
    if !value.is_null() {
        *value = Value::from(WITHHELD);
    }
}

/// Of a document that no model describes: only what is known to be no secret.
pub fn but_names(document: &mut Value) {
    match document {
        Value::Object(map) => {
            for (key, value) in map {
                if !NAMES.contains(&key.as_str()) || value.is_object() || value.is_array() {
                    hide(value);
                }
            }
        }
        other => hide(other),
    }
}

/// Of a JSON document at one of OAuth's endpoints: what is known to be no secret.
pub fn in_document(document: &mut Value) {
    let is_plain = |value: &Value| !value.is_object() && !value.is_array();
    match document {
        Value::Object(map) => {
            for (key, value) in map {
                let is_known = [HARMLESS, SHOWN_MEMBERS]
                    .iter()
                    .any(|names| names.contains(&key.as_str()));
                let is_flat = match &*value {
                    Value::Array(list) => list.iter().all(is_plain),
                    value => is_plain(value),
                };
                if !is_known || !is_flat {
                    hide(value);
                } else if ADDRESSES.contains(&key.as_str())
                    && let Some(address) = value.as_str()
                {
                    *value = Value::from(without_query(address));
                }
            }
        }
        other => hide(other),
    }
}

/// The parameters of a query or a form.
pub fn parameters(encoded: &[u8]) -> Value {
    let mut shown = Map::new();
    for (name, value) in form_urlencoded::parse(encoded) {
        let is_choice = name == "answer" && CHOICES.contains(&value.as_ref());
        if ADDRESSES.contains(&name.as_ref()) {
            shown.insert(name.into_owned(), Value::from(without_query(&value)));
        } else if HARMLESS.contains(&name.as_ref()) || is_choice {
            shown.insert(name.into_owned(), Value::from(value.as_ref()));
        } else if KNOWN_NAMES.contains(&name.as_ref()) {
            shown.insert(name.into_owned(), Value::from(WITHHELD));
        } else {
            shown.insert(OTHERS.to_owned(), Value::from(WITHHELD));
        }
    }
    Value::Object(shown)
}

/// An address without what it says beside the path: its user, its query, its fragment.
pub fn without_query(address: &str) -> String {
    let (path, rest) = match address.find(['?', '#']) {
        Some(at) => address.split_at(at),
        None => (address, ""),
    };
    let mut shown = match path.split_once("://") {
        Some((scheme, place)) => {
            let (host, path) = place.split_at(place.find('/').unwrap_or(place.len()));
            let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
            format!("{scheme}://{host}{path}")
        }
        None => path.to_owned(),
    };
    if let Some(mark) = rest.chars().next() {
        shown.push(mark);
        shown.push_str(WITHHELD);
    }
    shown
}

/// A sentence about what is wrong with a request, without the values that AWS repeats in it: a code
/// with a blank behind it is still the code.
pub fn without_values(sentence: &str) -> Cow<'_, str> {
    const BEFORE: &str = "Value '";
    const BEHIND: &str = "' at '";
    if !sentence.contains(BEFORE) {
        return Cow::Borrowed(sentence);
    }
    let (mut told, mut rest) = (String::new(), sentence);
    while let Some((before, from)) = rest.split_once(BEFORE) {
        told.push_str(before);
        told.push_str("Value");
        // A value may contain what stands behind it: the last such before the next sentence counts.
        let end = from.find("; Value '").unwrap_or(from.len());
        match from[..end].rfind(BEHIND) {
            Some(at) => {
                told.push_str(" at '");
                rest = &from[at + BEHIND.len()..];
            }
            None => rest = "",
        }
    }
    told.push_str(rest);
    Cow::Owned(told)
}

/// An address that a browser is sent to.
pub fn location(location: &str) -> Value {
    let (rest, fragment) = match location.split_once('#') {
        Some((rest, fragment)) => (rest, Some(fragment)),
        None => (location, None),
    };
    let (address, query) = match rest.split_once('?') {
        Some((address, query)) => (address, Some(query)),
        None => (rest, None),
    };
    let mut shown = Map::new();
    shown.insert("address".to_owned(), Value::from(address));
    for (name, encoded) in [("query", query), ("fragment", fragment)] {
        if let Some(encoded) = encoded {
            shown.insert(name.to_owned(), parameters(encoded.as_bytes()));
        }
    }
    Value::Object(shown)
}

/// The error that an address tells a client.
pub fn error_in(location: &str) -> Option<String> {
    let (_, error) = told_in(location).find(|(name, _)| name == "error")?;
    Some(error.into_owned())
}

/// The parameters that an address hands to a client, in its query and in its fragment.
pub fn told_in(location: &str) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    // What stands before the first mark is no parameter.
    let parts = location.split(['?', '#']).skip(1);
    parts.flat_map(|part| form_urlencoded::parse(part.as_bytes()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::wire::{Facts, identity_pools, user_pools};

    fn all() -> impl Iterator<Item = &'static Facts> {
        let pools = user_pools::OperationName::ALL.iter().map(|op| op.facts());
        pools.chain(
            identity_pools::OperationName::ALL
                .iter()
                .map(|op| op.facts()),
        )
    }

    fn visit(shape: &'static Shape, seen: &mut Vec<&'static Shape>) {
        if seen.iter().any(|one| std::ptr::eq(*one, shape)) {
            return;
        }
        seen.push(shape);
        match &shape.kind {
            Kind::List(inner) => visit(inner, seen),
            Kind::Map(key, value) => {
                visit(key, seen);
                visit(value, seen);
            }
            Kind::Structure(members) => members.iter().for_each(|m| visit(m.shape, seen)),
            _ => {}
        }
    }

    #[test]
    fn what_is_sent_in_the_wrong_form_is_no_name() {
        let body = br#"{"password":"Passw0rd!","a":"b&Passw0rd!=c"}"#;
        let shown = parameters(body).to_string();
        assert!(!shown.contains("Passw0rd"), "{shown}");
        assert_eq!(
            parameters(b"grant_type=x&code=y&answer=EMAIL_OTP&Passw0rd!"),
            json!({ "grant_type": "x", "code": WITHHELD, "answer": "EMAIL_OTP", OTHERS: WITHHELD })
        );
        let mut document = json!({
            "grant_type": "password", "password": "Passw0rd!", "deep": [{ "Secret": "Passw0rd!" }],
            "redirect_uris": ["https://a/"], "scope": { "x": "Passw0rd!" },
        });
        in_document(&mut document);
        let shown = document.to_string();
        assert!(
            !shown.contains("Passw0rd") && shown.contains("https://a/"),
            "{shown}"
        );
    }

    #[test]
    fn what_stands_in_a_names_place_is_not_shown() {
        let mut map = json!({ "USERNAME": { "PASSWORD": "s3cret" }, "DEVICE_KEY": ["s3cret"] });
        let keys = ShownKeys::Only(PARAMETERS);
        by_key(&keys, map.as_object_mut().unwrap());
        assert_eq!(map, json!({ "USERNAME": WITHHELD, "DEVICE_KEY": WITHHELD }));
        let mut map = json!({ "secretBlock": "s3cret", "SRP_B": "a" });
        let keys = ShownKeys::AllBut(&["SECRET_BLOCK"]);
        by_key(&keys, map.as_object_mut().unwrap());
        assert_eq!(map, json!({ "secretBlock": WITHHELD, "SRP_B": "a" }));
        let mut map = json!({ "client_secert": "s3cret", "client_id": "a" });
        let keys = ShownKeys::Only(PROVIDER_DETAILS);
        by_key(&keys, map.as_object_mut().unwrap());
        assert_eq!(map, json!({ "client_secert": WITHHELD, "client_id": "a" }));
    }

    #[test]
    fn an_apps_own_query_is_not_shown() {
        let sent = "redirect_uri=https%3A%2F%2Fann%3As3cret%40app%2Fcb%3Ftoken%3Ds3cret%23s3cret";
        let shown = parameters(sent.as_bytes());
        assert_eq!(
            shown,
            json!({ "redirect_uri": "https://app/cb?(withheld)" })
        );
        let mut document = json!({ "redirect_uri": "myapp:/cb#s3cret" });
        in_document(&mut document);
        assert_eq!(document, json!({ "redirect_uri": "myapp:/cb#(withheld)" }));
        assert_eq!(
            without_query("http://[::1]:3000/a@b"),
            "http://[::1]:3000/a@b"
        );
    }

    #[test]
    fn values_that_are_repeated_are_cut_out() {
        let told = "2 validation errors detected: Value '394807 ' at 'confirmationCode' failed to \
                    satisfy constraint: X; Value 'it's' at 'b' failed";
        assert_eq!(
            without_values(told),
            "2 validation errors detected: Value at 'confirmationCode' failed to satisfy \
             constraint: X; Value at 'b' failed"
        );
        assert_eq!(without_values("Value '394807 ' at nothing"), "Value");
    }

    /// A newer model may have new ones: somebody has to say what they are.
    #[test]
    fn every_sensitive_shape_was_looked_at() {
        let mut shapes = Vec::new();
        for facts in all() {
            visit(facts.input, &mut shapes);
            visit(facts.output, &mut shapes);
        }
        let mut withheld: Vec<&str> = shapes
            .iter()
            .filter(|shape| shape.sensitive && is_secret(shape))
            .map(|shape| shape.name)
            .collect();
        withheld.sort_unstable();
        withheld.dedup();
        assert_eq!(
            withheld,
            [
                "AuthParametersType",
                "ChallengeResponsesType",
                "ClientSecretType",
                "GetDerivedTokenTokenModelType",
                "IdentityProviderToken",
                "OIDCToken",
                "PasswordType",
                "SecretCodeType",
                "SecretHashType",
                "SecretKeyString",
                "SessionType",
                "SoftwareTokenMFAUserCodeType",
                "TokenModelType",
            ]
        );
        // And none of our own lists names what is not there.
        let named = SHOWN.iter().chain(ALSO_WITHHELD);
        for name in named.copied().chain(MAPS.iter().map(|(name, _)| *name)) {
            assert!(shapes.iter().any(|shape| shape.name == name), "{name}");
        }
    }

    #[test]
    fn a_secret_is_withheld_wherever_it_stands_and_whatever_type_it_has() {
        let input = user_pools::OperationName::InitiateAuth.facts().input;
        let mut body = json!({
            "AuthFlow": "USER_PASSWORD_AUTH",
            "ClientId": "web",
            "AuthParameters": { "USERNAME": "ann", "PASSWORD": "s3cret", "Passwort": "s3cret" },
            "Session": ["s3cret"],
            "password": "s3cret",
            "ClientMetadata": { "a": { "b": "s3cret" } },
        });
        by_shape(input, &mut body);
        assert_eq!(body["AuthParameters"]["USERNAME"], "ann");
        assert_eq!(body["ClientId"], "web");
        assert!(!body.to_string().contains("s3cret"), "{body}");

        let mut body = json!({ "AuthParameters": "s3cret" });
        by_shape(input, &mut body);
        assert_eq!(body["AuthParameters"], WITHHELD);
    }

    #[test]
    fn an_address_keeps_what_is_harmless() {
        let shown = location("https://app.example/cb?code=s3cret&error=x#id_token=s3cret");
        assert_eq!(shown["address"], "https://app.example/cb");
        assert_eq!(shown["query"]["error"], "x");
        assert_eq!(shown["fragment"]["id_token"], WITHHELD);
        assert!(!shown.to_string().contains("s3cret"));
    }
}
