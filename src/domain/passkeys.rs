//! A pool's passkeys: for which relying party they are made, where they may be used, and the
//! options that a browser needs to make or use one.
//!
//! Not here: what an authenticator signed (`keys::webauthn`), challenges and passkeys in the store
//! (`flows::passkeys`).

use std::time::Duration;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::keys::webauthn::{ALGORITHMS, HANDLE};
use crate::store::{Domain, Passkey, Pool, User};
use crate::wire::user_pools::{
    AuthFactorType, UserVerificationType, WebAuthnConfigurationType, WebAuthnCredentialDescription,
    WebAuthnFactorConfigurationType,
};

/// How many passkeys a user may have.
pub const MOST: i64 = 20;

/// How long the user may take; the browser is told.
const TO_REGISTER: Duration = Duration::from_secs(60);
const TO_SIGN_IN: Duration = Duration::from_secs(180);

/// (unsure) How long a registration can be completed: the longest time that WebAuthn recommends to
/// wait for a user who is verified.
pub const REGISTRATION_LASTS: Duration = Duration::from_secs(300);

/// (unsure) How the service names a passkey. Captured are `Android` and, for a security key,
/// `Roaming passkey`; the others are the makers' own names. By AAGUID.
const MAKERS: [(&str, &str); 7] = [
    (
        "ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4",
        "Google Password Manager",
    ),
    ("b93fd961-f2e6-462f-b122-82002247de78", "Android"),
    ("fbfc3007-154e-4ecc-8c0b-6e020557d7bd", "iCloud Keychain"),
    ("adce0002-35bc-c60a-648b-0b25f1f05503", "Chrome on Mac"),
    ("08987058-cadc-4b81-b6e1-30de50dcbe96", "Windows Hello"),
    ("9ddd1817-af5a-4672-a2b9-3e3dd95000a9", "Windows Hello"),
    ("6028b017-b1d4-4c02-b4b3-afcdafc96bb2", "Windows Hello"),
];

/// Whether users of the pool may sign in with a passkey.
pub fn are_enabled(pool: &Pool) -> bool {
    let policies = pool.settings.policies.as_ref();
    policies
        .and_then(|policies| policies.sign_in_policy.as_ref())
        .and_then(|policy| policy.allowed_first_auth_factors.as_deref())
        .unwrap_or_default()
        .contains(&AuthFactorType::WebAuthn)
}

fn configuration(pool: &Pool) -> Option<&WebAuthnConfigurationType> {
    pool.factors.web_authn.as_ref()
}

/// The relying party that is configured for the pool.
pub fn configured_relying_party(pool: &Pool) -> Option<String> {
    configuration(pool)?
        .relying_party_id
        .as_deref()
        .map(str::to_ascii_lowercase)
}

/// The relying party of a pool for which none is configured: its custom domain, or else the name
/// under which its prefix domain is served here.
pub fn default_relying_party(domains: &[Domain]) -> Option<String> {
    let domain = domains
        .iter()
        .find(|domain| domain.custom)
        .or_else(|| domains.first())?;
    Some(if domain.custom {
        domain.name.to_ascii_lowercase()
    } else {
        format!("{}.auth.localhost", domain.name)
    })
}

/// Whether the authenticator must have verified the user. Only then can a passkey count as two
/// factors.
pub fn verifies_user(pool: &Pool) -> bool {
    configuration(pool).is_some_and(|configuration| {
        configuration.user_verification == Some(UserVerificationType::Required)
            || configuration.factor_configuration
                == Some(WebAuthnFactorConfigurationType::MultiFactorWithUserVerification)
    })
}

/// Whether an answer for this relying party may come from this origin: from its own host and the
/// hosts below it, at any port, by HTTPS; for the machine itself also by HTTP, as browsers allow.
///
/// (unsure) Android's apps show the digest of their certificate in place of an origin. The system
/// has already checked that the relying party's host names the app, and the service has no list to
/// compare it with, so any is accepted.
pub fn allows_origin(relying_party: &str, origin: &str) -> bool {
    if let Some(digest) = origin.strip_prefix("android:apk-key-hash:") {
        return digest.len() == 43 && digest.bytes().all(is_base64url);
    }
    let Some((scheme, authority)) = origin.split_once("://") else {
        return false;
    };
    let host = match authority.split_once(':') {
        None => authority,
        Some((host, port)) if is_port(port) => host,
        Some(_) => return false,
    };
    let below = host
        .strip_suffix(relying_party)
        .is_some_and(|rest| rest.is_empty() || (rest.ends_with('.') && rest.bytes().all(is_host)));
    let local = host == "localhost" || host.ends_with(".localhost");
    below && (scheme == "https" || (scheme == "http" && local))
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok()
}

fn is_base64url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

fn is_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}

/// The user handle that the authenticator stores: the sub in its usual form. None for a sub that is
/// not a UUID.
pub fn user_handle(user: &User) -> Option<[u8; HANDLE]> {
    let sub = Uuid::try_parse(&user.sub).ok()?;
    let mut text = [0; HANDLE];
    sub.hyphenated().encode_lower(&mut text);
    Some(text)
}

/// `PublicKeyCredentialCreationOptionsJSON`: what the browser needs to make a passkey. `challenge`
/// and `handle` are base64url.
pub fn creation_options(
    relying_party: &str,
    user: &User,
    handle: &str,
    challenge: &str,
    existing: &[Passkey],
    verifies_user: bool,
) -> Value {
    let algorithms: Vec<Value> = ALGORITHMS
        .iter()
        .map(|algorithm| json!({ "type": "public-key", "alg": algorithm }))
        .collect();
    json!({
        "rp": { "id": relying_party, "name": relying_party },
        "user": { "id": handle, "name": user.username, "displayName": user.username },
        "challenge": challenge,
        "pubKeyCredParams": algorithms,
        "timeout": milliseconds(TO_REGISTER),
        "excludeCredentials": descriptors(existing),
        "authenticatorSelection": {
            "requireResidentKey": true,
            "residentKey": "required",
            "userVerification": verification(verifies_user),
        },
    })
}

/// `PublicKeyCredentialRequestOptionsJSON`: what the browser needs to use a passkey.
pub fn request_options(
    relying_party: &str,
    challenge: &str,
    allowed: &[Passkey],
    verifies_user: bool,
) -> Value {
    json!({
        "challenge": challenge,
        "timeout": milliseconds(TO_SIGN_IN),
        "rpId": relying_party,
        "allowCredentials": descriptors(allowed),
        "userVerification": verification(verifies_user),
    })
}

fn milliseconds(duration: Duration) -> u64 {
    duration.as_secs() * 1_000
}

fn verification(required: bool) -> &'static str {
    if required { "required" } else { "preferred" }
}

fn descriptors(passkeys: &[Passkey]) -> Vec<Value> {
    passkeys
        .iter()
        .map(|passkey| {
            let mut descriptor = json!({ "type": "public-key", "id": passkey.id });
            if !passkey.transports.is_empty() {
                descriptor["transports"] = json!(passkey.transports);
            }
            descriptor
        })
        .collect()
}

/// FriendlyCredentialName, which depends on the authenticator's model and attachment.
pub fn friendly_name(aaguid: [u8; 16], attachment: Option<&str>) -> String {
    let model = Uuid::from_bytes(aaguid).to_string();
    let made = MAKERS.iter().find(|(id, _)| *id == model);
    match (made, attachment) {
        (Some((_, name)), _) => *name,
        (None, Some("cross-platform")) => "Roaming passkey",
        (None, _) => "Passkey",
    }
    .to_owned()
}

pub fn describe(passkey: Passkey) -> WebAuthnCredentialDescription {
    WebAuthnCredentialDescription {
        credential_id: Some(passkey.id),
        friendly_credential_name: Some(passkey.name),
        relying_party_id: Some(passkey.relying_party_id),
        authenticator_attachment: passkey.attachment,
        authenticator_transports: Some(passkey.transports),
        created_at: Some(passkey.created_at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_belongs_to_the_relying_party_or_is_refused() {
        for (relying_party, origin) in [
            ("example.com", "https://example.com"),
            ("example.com", "https://example.com:8443"),
            ("example.com", "https://a.b.example.com"),
            ("localhost", "http://localhost:3000"),
            ("localhost", "https://localhost"),
            ("demo.auth.localhost", "http://demo.auth.localhost:9339"),
            (
                "example.com",
                "android:apk-key-hash:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            ),
        ] {
            assert!(allows_origin(relying_party, origin), "{origin}");
        }
        for (relying_party, origin) in [
            ("example.com", "http://example.com"),
            ("example.com", "https://notexample.com"),
            ("example.com", "https://example.com.evil.org"),
            ("example.com", "https://evil.org/.example.com"),
            ("example.com", "https://evil.org?.example.com"),
            ("example.com", "https://user@.example.com"),
            ("example.com", "https://example.com:99999"),
            ("example.com", "https://example.com:"),
            ("example.com", "https://example.com:80:80"),
            ("example.com", "example.com"),
            ("example.com", "http://localhost:3000"),
            ("a.example.com", "https://example.com"),
            ("demo.auth.localhost", "http://other.auth.localhost:9339"),
            ("demo.auth.localhost", "http://localhost:9339"),
            ("example.com", "android:apk-key-hash:short"),
            ("example.com", "null"),
            ("example.com", ""),
        ] {
            assert!(!allows_origin(relying_party, origin), "{origin}");
        }
    }
}
