//! Whether an ID token was really made by the provider, for this pool, for this sign-in, and still
//! counts (OpenID Connect Core §3.1.3.7).

use jsonwebtoken::jwk::{Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::Value;

use crate::clock::Timestamp;
use crate::domain::federation::Claims;
use crate::error::{Error, Result};

/// What providers may sign with. Above all: nothing that a public key could be used as a secret
/// for, and nothing unsigned.
const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// How far the provider's clock may be ahead, in seconds.
const AHEAD: f64 = 300.0;

/// What the token must say.
pub struct Expected<'e> {
    pub issuer: &'e str,
    /// The pool's client id at the provider. None where a token for anybody will do, because the
    /// caller looks at whom it is for.
    pub audience: Option<&'e str>,
    /// None where nobody was sent to the provider: the token was handed in.
    pub nonce: Option<&'e str>,
    pub now: Timestamp,
}

/// The claims of a token that holds.
pub fn verify(token: &str, keys: &[Jwk], expected: &Expected<'_>) -> Result<Claims> {
    let claims = check_signature(token, keys)?;
    check_claims(&claims, expected)?;
    Ok(claims)
}

/// A provider's key set, without the keys that mean nothing here.
pub fn key_set(document: &Value) -> Vec<Jwk> {
    let keys = document["keys"].as_array().into_iter().flatten();
    keys.filter_map(|key| serde_json::from_value(key.clone()).ok())
        .collect()
}

fn check_signature(token: &str, keys: &[Jwk]) -> Result<Claims> {
    // Unknown algorithms, `none` among them, have no name here.
    let header = jsonwebtoken::decode_header(token).map_err(|_| refused("it is malformed"))?;
    if !ALGORITHMS.contains(&header.alg) {
        return Err(refused("its algorithm is not accepted"));
    }
    let mut validation = Validation::new(header.alg);
    // The library would ask the machine's clock; ours may have been moved.
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    let fits = |key: &&Jwk| {
        let common = &key.common;
        (header.kid.is_none() || common.key_id == header.kid)
            && !matches!(common.public_key_use, Some(PublicKeyUse::Encryption))
            && common
                .key_algorithm
                .is_none_or(|algorithm| algorithm == KeyAlgorithm::from(header.alg))
    };
    for key in keys.iter().filter(fits) {
        let Ok(key) = DecodingKey::from_jwk(key) else {
            continue;
        };
        if let Ok(data) = jsonwebtoken::decode::<Claims>(token, &key, &validation) {
            return Ok(data.claims);
        }
    }
    Err(refused("its signature is not the provider's"))
}

fn check_claims(claims: &Claims, expected: &Expected<'_>) -> Result<()> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let number = |name: &str| claims.get(name).and_then(Value::as_f64);
    let now = expected.now.0 as f64 / 1e6;
    match text("iss") {
        Some(issuer) if issuer == expected.issuer => {}
        other => {
            return Err(Error::IdTokenIssuer {
                issuer: other.unwrap_or_default().to_owned(),
            });
        }
    }
    if let Some(audience) = expected.audience {
        check_audience(claims, audience)?;
    }
    if number("exp").is_none_or(|expires| expires <= now) {
        return Err(refused("it has expired"));
    }
    if number("nbf").is_some_and(|begins| begins > now + AHEAD)
        || number("iat").is_none_or(|issued| issued > now + AHEAD)
    {
        return Err(refused("it is not valid yet"));
    }
    if expected.nonce.is_some() && text("nonce") != expected.nonce {
        return Err(refused("its nonce is not the one that was sent"));
    }
    if text("sub").is_none_or(str::is_empty) {
        return Err(refused("it names nobody"));
    }
    Ok(())
}

fn check_audience(claims: &Claims, expected: &str) -> Result<()> {
    let (ours, several) = match claims.get("aud") {
        Some(Value::String(audience)) => (audience == expected, false),
        Some(Value::Array(audiences)) => (
            audiences.iter().any(|one| one == expected),
            audiences.len() > 1,
        ),
        _ => (false, false),
    };
    if !ours {
        return Err(refused("it is for another audience"));
    }
    match claims.get("azp").and_then(Value::as_str) {
        Some(party) if party != expected => Err(refused("it was made for another party")),
        None if several => Err(refused("it does not say which party it was made for")),
        _ => Ok(()),
    }
}

fn refused(reason: &str) -> Error {
    Error::IdTokenRefused {
        reason: reason.to_owned(),
    }
}
