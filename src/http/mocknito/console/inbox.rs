//! The inbox page and its two companions. What a message holds reaches the page as JSON and is put
//! into it as text; rendered mail stands in a frame that may run nothing and load nothing.

use axum::response::Response;

use super::page::{file, html};

const PAGE: &str = include_str!("inbox.html");
const SCRIPT: &str = include_str!("inbox.js");
const STYLE: &str = include_str!("inbox.css");

/// Nothing from elsewhere. A mail's own `style` attributes are allowed, since its frame inherits
/// this policy; scripts are ours alone.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                      img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

/// What the page loads. The page itself shares its address with the JSON.
pub async fn script() -> Response {
    file("text/javascript; charset=utf-8", SCRIPT)
}

pub async fn stylesheet() -> Response {
    file("text/css; charset=utf-8", STYLE)
}

pub fn page() -> Response {
    html(PAGE, POLICY)
}
