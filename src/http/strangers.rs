//! Whose page a request comes from, as far as a browser tells.
//!
//! Not here: whose an origin and a host are (`crate::access`), what strangers' pages may not do
//! (`foreign_pages.rs`, `mocknito::guard`).

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::access::Access;

/// Where the browser says from how far away the request comes.
pub const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whose page a request may come from. With a request that is let in nevertheless, it says that
/// what looks like a signature is none: nobody checks them here, so a page could make one up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stranger {
    /// It was sent to a name that a stranger can make point here.
    Host,
    /// It comes from a page of another origin.
    Origin,
}

/// Whether a stranger's page may have caused this request.
pub async fn stranger(access: &Access, headers: &HeaderMap) -> Option<Stranger> {
    let authority = match headers.get(header::HOST).map(HeaderValue::to_str) {
        None => None,
        Some(Ok(authority)) => Some(authority),
        Some(Err(_)) => return Some(Stranger::Host),
    };
    if let Some(authority) = authority
        && !access.is_our_host(authority).await
    {
        return Some(Stranger::Host);
    }
    match headers.get(header::ORIGIN).map(HeaderValue::to_str) {
        None => None,
        Some(Ok(origin)) if access.is_our_origin(origin, authority).await => None,
        Some(_) => Some(Stranger::Origin),
    }
}
