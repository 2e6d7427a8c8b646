//! What every HTML page is sent with: nothing foreign is loaded, nothing frames it, nothing keeps
//! it, and no address leaks; and what every answer of `/_mocknito/` is.
//!
//! Not here: the pages (`http::pages`, `http::console`).

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// What a page may do beyond showing itself. Everything that is not named is forbidden.
#[derive(Debug, Clone, Default)]
pub struct Policy<'a> {
    /// Sources of styles, as in `'sha256-…'`, `'nonce-…'` or `'self'`.
    pub style: &'a str,
    /// Sources of scripts.
    pub script: &'a str,
    /// Sources of pictures.
    pub image: &'a str,
    /// Where its scripts may send requests to.
    pub connect: &'a str,
    /// Where its forms may lead. Browsers also hold the redirects that follow against this list: a
    /// form that ends at the app must name the app's origin here.
    pub form: &'a str,
}

impl Policy<'_> {
    fn text(&self) -> String {
        let mut text = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'".to_owned();
        for (directive, sources) in [
            ("style-src", self.style),
            ("script-src", self.script),
            ("img-src", self.image),
            ("connect-src", self.connect),
        ] {
            if !sources.is_empty() {
                text.push_str("; ");
                text.push_str(directive);
                text.push(' ');
                text.push_str(sources);
            }
        }
        text.push_str("; form-action ");
        text.push_str(if self.form.is_empty() {
            "'none'"
        } else {
            self.form
        });
        text
    }
}

/// A page. What would not fit into a header falls back to the strictest policy.
pub fn page(status: StatusCode, policy: &Policy<'_>, html: String) -> Response {
    let strictest = HeaderValue::from_static(
        "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'",
    );
    let policy = HeaderValue::try_from(policy.text()).unwrap_or(strictest);
    let headers: [(HeaderName, HeaderValue); 9] = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/html; charset=utf-8"),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
        (
            header::REFERRER_POLICY,
            HeaderValue::from_static("no-referrer"),
        ),
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            HeaderValue::from_static("same-origin"),
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            HeaderValue::from_static("same-origin"),
        ),
        (
            HeaderName::from_static("x-robots-tag"),
            HeaderValue::from_static("noindex"),
        ),
    ];
    (status, headers, html).into_response()
}

/// Lets no browser guess what an answer is: JSON stays JSON.
pub async fn no_sniffing(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response
        .headers_mut()
        .entry(header::X_CONTENT_TYPE_OPTIONS)
        .or_insert(HeaderValue::from_static("nosniff"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_may_do_nothing_that_is_not_named() {
        let plain = Policy::default().text();
        assert!(plain.starts_with("default-src 'none'; "));
        assert!(plain.contains("frame-ancestors 'none'") && plain.ends_with("form-action 'none'"));
        let policy = Policy {
            style: "'self'",
            form: "'self' https://app.example.com",
            ..Policy::default()
        };
        assert!(policy.text().contains("; style-src 'self'; "));
        assert!(
            policy
                .text()
                .ends_with("form-action 'self' https://app.example.com")
        );
    }
}
