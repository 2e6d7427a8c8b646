//! The head of a request, as far as pages and the pool domain's endpoints look at it: its headers,
//! and whether it came by TLS.

use std::convert::Infallible;
use std::net::IpAddr;
use std::ops::Deref;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;

/// The mark of requests that came by TLS. It is set where the connection is accepted
/// (`listen.rs`); nothing that a client sends becomes an extension.
#[derive(Debug, Clone, Copy)]
pub struct ByTls;

/// Who is at the other end of the connection. Set where it is accepted, as [`ByTls`] is.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

/// A request's headers, and how it came.
#[derive(Debug, Clone)]
pub struct RequestHead {
    headers: HeaderMap,
    pub by_tls: bool,
}

/// Most who look at a request look at its headers.
impl Deref for RequestHead {
    type Target = HeaderMap;

    fn deref(&self) -> &HeaderMap {
        &self.headers
    }
}

impl RequestHead {
    pub fn new(headers: HeaderMap, by_tls: bool) -> Self {
        Self { headers, by_tls }
    }
}

/// As by plain HTTP.
impl From<HeaderMap> for RequestHead {
    fn from(headers: HeaderMap) -> Self {
        Self::new(headers, false)
    }
}

impl<S: Sync> FromRequestParts<S> for RequestHead {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self {
            headers: parts.headers.clone(),
            by_tls: parts.extensions.get::<ByTls>().is_some(),
        })
    }
}
