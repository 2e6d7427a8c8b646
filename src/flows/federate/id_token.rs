//! Whether an ID token was really made by the provider, for this pool, for this sign-in, and still
//! counts (OpenID Connect Core §3.1.3.7).

use aws_lc_rs::signature::{ECDSA_P521_SHA512_FIXED, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use serde_json::Value;

use super::CLOCK_SKEW;
use crate::clock::Timestamp;
use crate::domain::federation::{Claims, plain_words};
use crate::error::{Error, Result};

/// How a token is signed: by what the service takes (RSA, ECDSA, HMAC). EdDSA is not among it,
/// and nothing unsigned. Which of the two kinds of key counts follows from the algorithm, so that a
/// public key is never used as a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SignedBy {
    /// By a key of the provider's key set.
    Key(Algorithm),
    /// The same, with the one algorithm that the library does not have.
    Es512,
    /// By the client's secret at the provider.
    Secret(Algorithm),
}

impl SignedBy {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "RS256" => Self::Key(Algorithm::RS256),
            "RS384" => Self::Key(Algorithm::RS384),
            "RS512" => Self::Key(Algorithm::RS512),
            "PS256" => Self::Key(Algorithm::PS256),
            "PS384" => Self::Key(Algorithm::PS384),
            "PS512" => Self::Key(Algorithm::PS512),
            "ES256" => Self::Key(Algorithm::ES256),
            "ES384" => Self::Key(Algorithm::ES384),
            "ES512" => Self::Es512,
            "HS256" => Self::Secret(Algorithm::HS256),
            "HS384" => Self::Secret(Algorithm::HS384),
            "HS512" => Self::Secret(Algorithm::HS512),
            _ => return None,
        })
    }
}

/// What counts of a token's header.
#[derive(Deserialize)]
struct JwsHeader {
    alg: String,
    kid: Option<String>,
}

/// A token whose signature is still to be checked.
pub struct Unverified<'t> {
    token: &'t str,
    kid: Option<String>,
    signed: SignedBy,
}

/// What a token's signature is checked with.
pub enum TokenKeys<'v> {
    Keys(&'v [Jwk]),
    Secret(&'v str),
}

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

impl<'t> Unverified<'t> {
    pub fn read(token: &'t str) -> Result<Self> {
        let parts: Vec<&str> = token.split('.').collect();
        let header: Option<JwsHeader> = URL_SAFE_NO_PAD
            .decode(parts[0])
            .ok()
            .and_then(|header| serde_json::from_slice(&header).ok());
        let header = header.ok_or_else(|| refused("it is malformed"))?;
        // RFC 7516 §3.1
        if parts.len() == 5 {
            return Err(refused("it is encrypted"));
        }
        if parts.len() != 3 {
            return Err(refused("it is malformed"));
        }
        let signed = SignedBy::named(&header.alg).ok_or_else(|| {
            refused(format!(
                "its algorithm {} is not accepted",
                plain_words(&header.alg)
            ))
        })?;
        Ok(Self {
            token,
            kid: header.kid,
            signed,
        })
    }

    /// Whether it is signed by the client's secret, so that no keys are needed.
    pub fn is_by_secret(&self) -> bool {
        matches!(self.signed, SignedBy::Secret(_))
    }

    /// The claims, once the signature holds.
    pub fn verified(&self, with: &TokenKeys<'_>) -> Result<Claims> {
        let claims = match (self.signed, with) {
            (SignedBy::Secret(algorithm), TokenKeys::Secret(secret)) if !secret.is_empty() => {
                self.decoded(algorithm, &DecodingKey::from_secret(secret.as_bytes()))
            }
            (SignedBy::Key(algorithm), TokenKeys::Keys(keys)) => {
                let named = KeyAlgorithm::from(algorithm);
                let fits = |key: &&Jwk| {
                    let says = key.common.key_algorithm;
                    says.is_none_or(|says| says == named) && self.may_be(key)
                };
                keys.iter().filter(fits).find_map(|key| {
                    let key = DecodingKey::from_jwk(key).ok()?;
                    self.decoded(algorithm, &key)
                })
            }
            (SignedBy::Es512, TokenKeys::Keys(keys)) => {
                let fits = |key: &&Jwk| self.may_be(key);
                let mut found = keys.iter().filter(fits);
                found.find_map(|key| self.by_p521(key))
            }
            _ => None,
        };
        claims.ok_or_else(|| refused("its signature is not the provider's"))
    }

    fn may_be(&self, key: &Jwk) -> bool {
        let common = &key.common;
        (self.kid.is_none() || common.key_id == self.kid)
            && !matches!(common.public_key_use, Some(PublicKeyUse::Encryption))
            // A secret in a public key set is none.
            && !matches!(key.algorithm, AlgorithmParameters::OctetKey(_))
    }

    fn decoded(&self, algorithm: Algorithm, key: &DecodingKey) -> Option<Claims> {
        let mut validation = Validation::new(algorithm);
        // The library would ask the machine's clock; ours may have been moved.
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        let data = jsonwebtoken::decode::<Claims>(self.token, key, &validation).ok()?;
        Some(data.claims)
    }

    /// RFC 7518 §3.4.
    fn by_p521(&self, key: &Jwk) -> Option<Claims> {
        const COORDINATE: usize = 66;
        let AlgorithmParameters::EllipticCurve(parameters) = &key.algorithm else {
            return None;
        };
        if parameters.curve != EllipticCurve::P521 {
            return None;
        }
        let mut point = vec![4];
        for coordinate in [&parameters.x, &parameters.y] {
            let coordinate = URL_SAFE_NO_PAD.decode(coordinate).ok()?;
            if coordinate.len() != COORDINATE {
                return None;
            }
            point.extend(coordinate);
        }
        let (message, signature) = self.token.rsplit_once('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        UnparsedPublicKey::new(&ECDSA_P521_SHA512_FIXED, point)
            .verify(message.as_bytes(), &signature)
            .ok()?;
        let (_, payload) = message.split_once('.')?;
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
    }
}

/// A provider's key set, without the keys that mean nothing here.
pub fn key_set(document: &Value) -> Vec<Jwk> {
    let keys = document["keys"].as_array().into_iter().flatten();
    keys.filter_map(|key| serde_json::from_value(key.clone()).ok())
        .collect()
}

/// Whether verified claims are those of an ID token for this sign-in.
pub fn check_claims(claims: &Claims, expected: &Expected<'_>) -> Result<()> {
    check_issuer(claims, expected.issuer)?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    if let Some(audience) = expected.audience {
        check_audience(claims, audience)?;
    }
    check_times(claims, expected.now)?;
    if expected.nonce.is_some() && text("nonce") != expected.nonce {
        return Err(refused("its nonce is not the one that was sent"));
    }
    if text("sub").is_none_or(str::is_empty) {
        return Err(refused("it names nobody"));
    }
    Ok(())
}

fn check_audience(claims: &Claims, expected: &str) -> Result<()> {
    let audience = claims.get("aud");
    if !audience.is_some_and(|audience| names(audience, expected)) {
        return Err(refused("it is for another audience"));
    }
    let audiences = audience.and_then(Value::as_array);
    let several = audiences.is_some_and(|audiences| audiences.len() > 1);
    match claims.get("azp").and_then(Value::as_str) {
        Some(party) if party != expected => Err(refused("it was made for another party")),
        None if several => Err(refused("it does not say which party it was made for")),
        _ => Ok(()),
    }
}

/// Whether a claim is this party, or a list with it.
pub fn names(claim: &Value, party: &str) -> bool {
    match claim {
        Value::String(one) => one == party,
        Value::Array(several) => several.iter().any(|one| one == party),
        _ => false,
    }
}

/// Whether the issuer is this one.
pub fn check_issuer(claims: &Claims, expected: &str) -> Result<()> {
    match claims.get("iss").and_then(Value::as_str) {
        Some(issuer) if issuer == expected => Ok(()),
        other => Err(Error::IdTokenIssuer {
            issuer: other.unwrap_or_default().to_owned(),
        }),
    }
}

/// Whether a token counts already and still.
pub fn check_times(claims: &Claims, now: Timestamp) -> Result<()> {
    let number = |name: &str| claims.get(name).and_then(Value::as_f64);
    let seconds = |at: Timestamp| at.0 as f64 / 1e6;
    let soon = seconds(now.plus(CLOCK_SKEW));
    if number("exp").is_none_or(|expires| expires <= seconds(now)) {
        return Err(refused("it has expired"));
    }
    if number("nbf").is_some_and(|begins| begins > soon)
        || number("iat").is_none_or(|issued| issued > soon)
    {
        return Err(refused("it is not valid yet"));
    }
    Ok(())
}

pub fn refused(reason: impl Into<String>) -> Error {
    Error::IdTokenRefused {
        reason: reason.into(),
    }
}
