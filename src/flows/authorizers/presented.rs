//! What a caller presents: the head of the request, and the body where a signature covers it.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderName, Method, Uri};

use super::refusal::{RefusalKind, TokenRefusal};

/// A request, as far as authorizers look at it.
#[derive(Debug, Clone, Copy)]
pub struct Presented<'a> {
    pub method: &'a Method,
    /// Path and query, as the client sent them.
    pub uri: &'a Uri,
    pub headers: &'a HeaderMap,
    pub body: PresentedBody<'a>,
    /// Where the caller is, if anybody told.
    pub source_ip: Option<IpAddr>,
}

/// The request's body, which only a signature covers.
#[derive(Debug, Clone, Copy)]
pub enum PresentedBody<'a> {
    Read(&'a [u8]),
    /// It is somewhere else, with the proxy that asks.
    Elsewhere,
}

impl<'a> Presented<'a> {
    /// The token in this header, without the scheme that may stand before it.
    pub(super) fn token(&self, name: &HeaderName) -> Result<PresentedToken<'a>, TokenRefusal> {
        PresentedToken::read(self.value(name)?, name.as_str())
    }

    /// The one value of a header that must be there.
    pub(super) fn value(&self, name: &HeaderName) -> Result<&'a str, TokenRefusal> {
        let refused = |kind, what: &str| {
            let name = name.as_str();
            Err(TokenRefusal::new(kind, format!("the header {name} {what}")))
        };
        let mut values = self.headers.get_all(name).iter();
        let Some(value) = values.next() else {
            return refused(RefusalKind::Missing, "is missing");
        };
        if values.next().is_some() {
            // Who reads the first and who reads the last would see different callers.
            return refused(RefusalKind::Malformed, "is there more than once");
        }
        match value.to_str().map(str::trim) {
            Ok("") => refused(RefusalKind::Missing, "is empty"),
            Ok(text) => Ok(text),
            Err(_) => refused(RefusalKind::Malformed, "holds what no header should"),
        }
    }
}

/// What stands where a token is expected.
#[derive(Debug, Clone, Copy)]
pub(super) struct PresentedToken<'a> {
    pub token: &'a str,
    /// `Bearer` stood before it.
    pub is_bearer: bool,
}

impl<'a> PresentedToken<'a> {
    /// Reads the value of `place`.
    pub fn read(value: &'a str, place: &str) -> Result<Self, TokenRefusal> {
        const BEARER: &str = "bearer";
        let (scheme, rest) = value.split_once(' ').unwrap_or((value, ""));
        if !scheme.eq_ignore_ascii_case(BEARER) {
            return Ok(Self {
                token: value,
                is_bearer: false,
            });
        }
        match rest.trim() {
            "" => Err(TokenRefusal::new(
                RefusalKind::Missing,
                format!("there is no token after Bearer in {place}"),
            )),
            token => Ok(Self {
                token,
                is_bearer: true,
            }),
        }
    }
}
