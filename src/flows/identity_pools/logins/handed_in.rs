//! A token that somebody has handed in: what it says before anybody has verified it, to find who
//! can, and to refuse it in the service's words.
//!
//! Nothing that is read here may be believed: what counts are the claims that come with a verified
//! signature.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::clock::Timestamp;
use crate::domain::federation::Claims;
use crate::error::{Error, Result};

/// What a token says of itself.
pub struct HandedIn(Claims);

impl HandedIn {
    pub fn read(token: &str) -> Result<Self> {
        let parts: Vec<&str> = token.split('.').collect();
        let [_header, payload, _signature] = parts[..] else {
            return Err(Error::LoginMalformed);
        };
        let payload = URL_SAFE_NO_PAD.decode(payload).ok();
        payload
            .and_then(|payload| serde_json::from_slice(&payload).ok())
            .map(Self)
            .ok_or(Error::LoginMalformed)
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    /// The client: `azp` where the token has one, else its only audience. An access token has
    /// neither.
    pub fn client(&self) -> Result<&str> {
        let audience = match self.0.get("aud") {
            Some(Value::Array(audiences)) => match audiences.as_slice() {
                [only] => only.as_str(),
                _ => None,
            },
            Some(audience) => audience.as_str(),
            None => {
                return Err(Error::LoginClaimMissing { claim: "aud" });
            }
        };
        self.text("azp").or(audience).ok_or(Error::LoginMalformed)
    }

    /// Refuses a token of another issuer than these.
    pub fn check_issuer(&self, is_right: impl Fn(&str) -> bool) -> Result<()> {
        match self.text("iss") {
            Some(issuer) if is_right(issuer) => Ok(()),
            _ => Err(Error::LoginIssuer),
        }
    }

    /// Refuses a token that has expired.
    ///
    /// (unsure) No skew is granted, and the larger number stands first: field reports have it so.
    pub fn check_expiry(&self, now: Timestamp) -> Result<()> {
        let expires = self.0.get("exp").and_then(Value::as_f64);
        let expires = expires.ok_or(Error::LoginClaimMissing { claim: "exp" })? as i64;
        if now.seconds() >= expires {
            return Err(Error::LoginExpired {
                now: now.seconds(),
                expires,
            });
        }
        Ok(())
    }
}
