//! A token as it was presented: header and claims, of which nothing is verified yet; and what can
//! be said of them without any key.
//!
//! Not here: signature and issuer (`issuers.rs`).

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::refusal::{Checked, RefusalKind, TokenRefusal, ago, refuse};
use crate::clock::Timestamp;
use crate::domain::federation::{Claims, plain_words};
use crate::flows::access_token::unverified_part;

/// The longest piece of a token that a reason repeats: a claim's value, never a part of the token.
const LONGEST: usize = 100;

/// A compact JWS (RFC 7515 §7.1) with claims.
#[derive(Debug)]
pub(super) struct PresentedJwt<'t> {
    pub token: &'t str,
    pub algorithm: String,
    pub kid: Option<String>,
    /// Nobody's word until the signature holds.
    pub claims: Claims,
}

#[derive(Deserialize)]
struct JoseHeader {
    alg: String,
    kid: Option<String>,
    /// Of an encrypted token only (RFC 7516 §4.1.2).
    enc: Option<String>,
}

impl<'t> PresentedJwt<'t> {
    /// Reads a token; `expected` says what it should have been.
    pub fn read(token: &'t str, expected: &str) -> Result<Self, TokenRefusal> {
        let malformed = |what: &str| {
            let reason = format!("{what}, where {expected} is expected");
            Err(TokenRefusal::new(RefusalKind::Malformed, reason))
        };
        let parts: Vec<&str> = token.split('.').collect();
        let header: Option<JoseHeader> = unverified_part(parts[0]);
        if parts.len() == 5 && header.as_ref().is_some_and(|header| header.enc.is_some()) {
            return malformed("an encrypted token, as refresh tokens are");
        }
        if parts.len() != 3 {
            let other = ["Basic ", "AWS4-HMAC-SHA256 ", "Digest "];
            let scheme = other.iter().find(|scheme| token.starts_with(*scheme));
            return match scheme {
                Some(scheme) => malformed(&format!("credentials of the kind {}", scheme.trim())),
                None => malformed("what has not the three parts of a JWT"),
            };
        }
        let Some(header) = header else {
            return malformed("a token whose header is no JSON");
        };
        let Some(claims) = unverified_part(parts[1]) else {
            return malformed("a token whose claims are no JSON");
        };
        Ok(Self {
            token,
            algorithm: header.alg,
            kid: header.kid,
            claims,
        })
    }

    /// A claim that is text.
    pub fn text(&self, name: &str) -> Option<&str> {
        text(&self.claims, name)
    }

    /// The issuer that it names.
    pub fn issuer(&self) -> Checked<&str> {
        match self.text("iss") {
            Some(issuer) => Ok(issuer),
            None => refuse(RefusalKind::Issuer, "the token names no issuer (iss)"),
        }
    }
}

/// A claim that is text.
pub(super) fn text<'c>(claims: &'c Claims, name: &str) -> Option<&'c str> {
    claims.get(name).and_then(Value::as_str)
}

/// Whether the token counts still.
pub(super) fn check_expiry(claims: &Claims, now: Timestamp) -> Checked<()> {
    let Some(expires) = seconds(claims, "exp") else {
        return refuse(
            RefusalKind::Malformed,
            "the token does not say when it expires (exp)",
        );
    };
    if expires > now.seconds() {
        return Ok(());
    }
    let at = Timestamp::from_seconds(expires).rfc3339();
    let reason = format!("the token expired at {at}, {}", ago(expires, now));
    refuse(RefusalKind::Expired, reason)
}

/// Whether the token counts already, where it says when it begins. The issuer's clock may be ahead
/// of ours by `skew`.
pub(super) fn check_begin(claims: &Claims, now: Timestamp, skew: Duration) -> Checked<()> {
    for (name, what) in [("nbf", "begins"), ("iat", "was issued")] {
        let Some(at) = seconds(claims, name) else {
            continue;
        };
        if at > now.plus(skew).seconds() {
            let (at, now) = (Timestamp::from_seconds(at).rfc3339(), now.rfc3339());
            let reason = format!("the token {what} in the future, at {at} ({name}); it is {now}");
            return refuse(RefusalKind::NotYet, reason);
        }
    }
    Ok(())
}

/// A claim that is an instant (NumericDate, which may have a fraction).
pub(super) fn seconds(claims: &Claims, name: &str) -> Option<i64> {
    let value = claims.get(name)?;
    let whole = || value.as_f64().map(|seconds| seconds as i64);
    value.as_i64().or_else(whole)
}

/// The values of a claim that is a list of texts.
pub(super) fn texts(claims: &Claims, name: &str) -> Vec<String> {
    match claims.get(name) {
        Some(Value::Array(values)) => {
            let texts = values.iter().filter_map(Value::as_str);
            texts.map(str::to_owned).collect()
        }
        _ => Vec::new(),
    }
}

/// The values of a claim that is a text or a list of texts.
pub(super) fn texts_or_one(claims: &Claims, name: &str) -> Vec<String> {
    match text(claims, name) {
        Some(one) => vec![one.to_owned()],
        None => texts(claims, name),
    }
}

/// The scopes of a token of any issuer: of `scp`, which wins, or of `scope`.
pub(super) fn declared_scopes(claims: &Claims) -> Vec<String> {
    match claims.get("scp") {
        Some(Value::String(scopes)) => scopes.split_whitespace().map(str::to_owned).collect(),
        Some(Value::Array(_)) => texts(claims, "scp"),
        _ => scopes(claims),
    }
}

/// The scopes of an access token.
pub(super) fn scopes(claims: &Claims) -> Vec<String> {
    let scopes = text(claims, "scope").unwrap_or_default();
    scopes.split_whitespace().map(str::to_owned).collect()
}

/// What a stranger's token says, as a reason may repeat it.
pub(super) fn told(words: &str) -> String {
    let words = plain_words(words);
    match words.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &words[..end]),
        None => words,
    }
}
