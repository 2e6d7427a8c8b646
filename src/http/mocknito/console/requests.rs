//! The page that shows what functions were given and gave. What it shows comes as JSON and is put
//! into it as text.

use axum::response::Response;

use super::page::{file, html};

const PAGE: &str = include_str!("requests.html");
const SCRIPT: &str = include_str!("requests.js");

/// Nothing from elsewhere, and no markup's own styles.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

/// What the page loads, beside the inbox's style. The page itself shares its address with the JSON.
pub async fn script() -> Response {
    file("text/javascript; charset=utf-8", SCRIPT)
}

pub async fn stylesheet() -> Response {
    file("text/css; charset=utf-8", include_str!("inbox.css"))
}

pub fn page() -> Response {
    html(PAGE, POLICY)
}
