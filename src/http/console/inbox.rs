//! The inbox page and its two companions. What a message holds reaches the page as JSON and is put into it as text; rendered mail stands in
//! a frame that may run nothing and load nothing.

use axum::Router;
use axum::http::{HeaderMap, HeaderName, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;

const PAGE: &str = include_str!("inbox.html");
const SCRIPT: &str = include_str!("inbox.js");
const STYLE: &str = include_str!("inbox.css");

/// Nothing from elsewhere. A mail's own `style` attributes are allowed, since its frame inherits this policy; scripts are ours alone.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src data:; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const NO_CACHE: (HeaderName, &str) = (header::CACHE_CONTROL, "no-cache");
const NO_SNIFFING: (HeaderName, &str) = (header::X_CONTENT_TYPE_OPTIONS, "nosniff");

/// What the page loads, under `/_mocknito`. The page itself shares its path with the JSON.
pub(in crate::http) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route(
            "/inbox.js",
            get(|| file("text/javascript; charset=utf-8", SCRIPT)),
        )
        .route("/inbox.css", get(|| file("text/css; charset=utf-8", STYLE)))
}

/// Whether a person's browser asks, and not a program: only browsers name `text/html`.
pub(in crate::http) fn is_wanted(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|kind| {
            kind.split(';')
                .next()
                .is_some_and(|kind| kind.trim() == "text/html")
        })
}

pub(in crate::http) fn page() -> Response {
    let headers = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::VARY, "accept"),
        NO_CACHE,
        NO_SNIFFING,
    ];
    (headers, Html(PAGE)).into_response()
}

async fn file(kind: &'static str, text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, kind), NO_CACHE, NO_SNIFFING], text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_names_html_gets_the_page() {
        let wanted = |accept: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, accept.parse().unwrap());
            is_wanted(&headers)
        };
        assert!(wanted("text/html,application/xhtml+xml,*/*;q=0.8"));
        assert!(wanted("application/xml, text/html;q=0.9"));
        for other in ["*/*", "application/json", "text/*", "text/htmlx"] {
            assert!(!wanted(other), "{other}");
        }
        assert!(!is_wanted(&HeaderMap::new()));
    }
}
