//! What a proxy asks for an API of a fixture: the request that it was sent, and the rule of the
//! route that this request belongs to.
//!
//! Not here: the address (`authorize.rs`), how an API itself is served (`http::gateway`).

use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, Method, Uri, header};

use super::refusal::Refusal;
use crate::domain::apis::Api;
use crate::flows::authorizers::Rule;
use crate::http::gateway::fault::GatewayFault;
use crate::http::gateway::{guard, route};

const METHODS: [HeaderName; 2] = [
    HeaderName::from_static("x-forwarded-method"),
    HeaderName::from_static("x-original-method"),
];
const URIS: [HeaderName; 2] = [
    HeaderName::from_static("x-forwarded-uri"),
    HeaderName::from_static("x-original-uri"),
];
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// A request as the proxy was sent it.
pub struct OriginalRequest {
    pub method: Method,
    pub uri: Uri,
    /// With the host that the client called.
    pub headers: HeaderMap,
}

/// The request itself, where it has the client's headers and nobody asks for its route.
impl From<Parts> for OriginalRequest {
    fn from(head: Parts) -> Self {
        Self {
            method: head.method,
            uri: head.uri,
            headers: head.headers,
        }
    }
}

impl OriginalRequest {
    /// Envoy puts the client's path `behind` the API's name and keeps the method; others tell both
    /// in headers.
    pub fn read(head: &Parts, behind: &str) -> Result<Self, Refusal> {
        let (method, uri) = if behind.is_empty() {
            (told(&head.headers, &METHODS)?, told(&head.headers, &URIS)?)
        } else {
            let query = head.uri.query();
            let query = query.map_or(String::new(), |query| format!("?{query}"));
            (head.method.to_string(), format!("{behind}{query}"))
        };
        let method = method.parse();
        let uri: Option<Uri> = uri.starts_with('/').then(|| uri.parse().ok()).flatten();
        let (Ok(method), Some(uri)) = (method, uri) else {
            let message = "the proxy's headers must tell a method, and a path with its query";
            return Err(Refusal::invalid(message));
        };
        let mut headers = head.headers.clone();
        if let Some(host) = headers.get(&FORWARDED_HOST).cloned() {
            headers.insert(header::HOST, host);
        }
        Ok(Self {
            method,
            uri,
            headers,
        })
    }

    /// What the route of this request asks; none lets everybody in.
    pub fn rule(&self, api: &Api) -> Result<Option<Rule>, GatewayFault> {
        let method = self.method.as_str();
        let found = route::with_or_without_stage(api, method, self.uri.path())?;
        guard::rule(api, found.route)
    }
}

/// What the proxy says in one of these headers. A proxy that sets one of them passes on the other
/// as its client sent it, so what does not agree is refused.
fn told(headers: &HeaderMap, names: &[HeaderName; 2]) -> Result<String, Refusal> {
    let values = names.iter().flat_map(|name| headers.get_all(name));
    let values: Option<Vec<&str>> = values.map(|value| value.to_str().ok()).collect();
    let [forwarded, original] = names;
    match values.as_deref() {
        Some([first, rest @ ..]) if rest.iter().all(|one| one == first) => Ok((*first).to_owned()),
        Some([]) => Err(Refusal::invalid(&format!(
            "the proxy must tell what it was asked for, in {forwarded} or in {original}"
        ))),
        _ => Err(Refusal::invalid(&format!(
            "{forwarded} and {original} do not agree: the proxy must replace both"
        ))),
    }
}
