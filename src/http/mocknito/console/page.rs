//! How the console's pages are asked for and sent.

use axum::http::{HeaderMap, HeaderName, header};
use axum::response::{Html, IntoResponse, Response};

/// Nothing from elsewhere, no script or style but the console's files, and no form that leads
/// away: what pages do, their scripts do.
pub const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
                          img-src 'self' data:; connect-src 'self'; base-uri 'none'; \
                          form-action 'none'; frame-ancestors 'none'";

/// As [`POLICY`], and a mail's own `style` attributes are allowed, since its frame inherits the
/// page's policy. Scripts are the console's alone.
pub const POLICY_OF_INBOX: &str = "default-src 'none'; script-src 'self'; \
                                   style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                                   connect-src 'self'; base-uri 'none'; form-action 'none'; \
                                   frame-ancestors 'none'";

const NO_CACHE: (HeaderName, &str) = (header::CACHE_CONTROL, "no-cache");
const NO_SNIFFING: (HeaderName, &str) = (header::X_CONTENT_TYPE_OPTIONS, "nosniff");

/// Whether a person's browser asks, and not a program: only browsers name `text/html`.
pub fn is_wanted(headers: &HeaderMap) -> bool {
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

/// A page with its policy.
pub fn html(page: impl Into<String>, policy: &'static str) -> Response {
    let headers = [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::VARY, "accept"),
        NO_CACHE,
        NO_SNIFFING,
    ];
    (headers, Html(page.into())).into_response()
}

/// What a page loads.
pub fn file(kind: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, kind), NO_CACHE, NO_SNIFFING], text).into_response()
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
