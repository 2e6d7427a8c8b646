//! Who may use `/_mocknito/`: the person at the machine and their programs, but no web page that
//! happens to be open in the browser.
//!
//! Not here: whose an origin and a host are (`crate::access`).

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::Response;

use crate::access::Access;
use crate::app::App;
use crate::http::answers::refusal;
use crate::http::strangers::{SEC_FETCH_SITE, Stranger, stranger};

const FORBIDDEN_HOST: &str = "forbidden_host";
const BY_WHICH_HOST: &str = "Call /_mocknito/ by localhost, an IP address, the host of \
                             --public-url, or a name that --allow-host gives.";

/// Refuses requests that a foreign web page may have caused.
pub async fn no_foreign_pages(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Response {
    let (error, message) = match stranger(&app.access, request.headers()).await {
        Some(Stranger::Host) => (FORBIDDEN_HOST, BY_WHICH_HOST),
        Some(Stranger::Origin) => (
            "forbidden_origin",
            "Web pages of other origins may not use /_mocknito/, unless --allow-origin names \
             theirs.",
        ),
        None if is_embedded(request.headers()) => (
            "forbidden_site",
            "Web pages of other sites may link to /_mocknito/, but not load anything from there.",
        ),
        None => return next.run(request).await,
    };
    refusal(StatusCode::FORBIDDEN, error, message)
}

/// Refuses a name that a stranger can make point here: its page would be of the same origin as the
/// API behind it. Whose page calls is no matter: an API is there for pages of apps, and says itself
/// which it wants.
pub async fn no_foreign_hosts(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Response {
    if stranger(&app.access, request.headers()).await == Some(Stranger::Host) {
        return refusal(StatusCode::FORBIDDEN, FORBIDDEN_HOST, BY_WHICH_HOST);
    }
    next.run(request).await
}

/// The headers by which proxies tell what they were asked for. A page of another origin cannot send
/// any of them here: that takes a preflight, which nothing below `/_mocknito/` answers.
const OF_PROXIES: [&str; 5] = [
    "x-forwarded-method",
    "x-forwarded-uri",
    "x-original-method",
    "x-original-uri",
    "x-envoy-internal",
];

/// As [`no_foreign_pages`], but for what a proxy asks: host and origin are then those of the
/// request that the proxy was sent, and say nothing of who calls.
pub async fn proxies_or_no_foreign_pages(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Response {
    let headers = request.headers();
    let is_of_proxy = OF_PROXIES.iter().any(|name| headers.contains_key(*name));
    // A page whose name was made to point here needs no preflight: it must not have us fetch the
    // keys of an issuer of its choice.
    let query = request.uri().query().unwrap_or_default();
    let mut asked = form_urlencoded::parse(query.as_bytes());
    let asks_elsewhere = asked.any(|(name, value)| name == "issuer" && value.contains("://"));
    if is_of_proxy && !asks_elsewhere {
        return next.run(request).await;
    }
    no_foreign_pages(State(app), request, next).await
}

/// Whether the request is one that [`no_foreign_pages`] lets pass.
pub async fn admits(headers: &HeaderMap, access: &Access) -> bool {
    stranger(access, headers).await.is_none()
}

/// Whether another site's page loads this: as a picture, a script, a frame. Nobody's page can read
/// what a link leads to; and a page of ours that asks by a script says so in `Origin`.
fn is_embedded(headers: &HeaderMap) -> bool {
    let says = |name: &str, value: &str| headers.get(name).is_some_and(|said| said == value);
    let is_link = says("sec-fetch-mode", "navigate") && says("sec-fetch-dest", "document");
    headers
        .get(SEC_FETCH_SITE)
        .is_some_and(|site| site == "cross-site")
        && !headers.contains_key("origin")
        && !is_link
}
