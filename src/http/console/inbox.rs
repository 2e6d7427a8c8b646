//! The inbox page and its two companions. What a message holds reaches the page as JSON and is put
//! into it as text; rendered mail stands in a frame that may run nothing and load nothing.

use axum::Router;
use axum::response::Response;
use axum::routing::get;

use super::{file, html};

const PAGE: &str = include_str!("inbox.html");
const SCRIPT: &str = include_str!("inbox.js");
const STYLE: &str = include_str!("inbox.css");

/// Nothing from elsewhere. A mail's own `style` attributes are allowed, since its frame inherits
/// this policy; scripts are ours alone.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src data:; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What the page loads, under `/_mocknito`. The page itself shares its path with the JSON.
pub(in crate::http) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route(
            "/inbox.js",
            get(|| file("text/javascript; charset=utf-8", SCRIPT)),
        )
        .route("/inbox.css", get(|| file("text/css; charset=utf-8", STYLE)))
}

pub(in crate::http) fn page() -> Response {
    html(PAGE, POLICY)
}
