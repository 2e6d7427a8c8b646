//! Who may use `/_mocknito/`: the person at the machine and their programs, but no web page that
//! happens to be open in the browser.
//!
//! A page on another site can make the browser send requests here. It is told apart by its
//! `Origin`; and where it hides behind a name that it made point here (DNS rebinding), by the
//! `Host` that it had to call.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::app::{App, Settings};
use crate::http::answers::refusal;
use crate::http::hosts::{host_of_url, is_loopback, is_never_public, without_port};

/// Refuses requests that a foreign web page may have caused.
pub async fn no_foreign_pages(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Response {
    let public_host = host_of_url(&app.settings.public_url).unwrap_or_default();
    if !host_is_ours(request.headers(), public_host) {
        return refusal(
            StatusCode::FORBIDDEN,
            "forbidden_host",
            "Call /_mocknito/ by localhost, an IP address, a container's name or the host of --public-url.",
        );
    }
    if !origin_is_ours(request.headers(), public_host) {
        return refusal(
            StatusCode::FORBIDDEN,
            "forbidden_origin",
            "Web pages of other origins may not use /_mocknito/.",
        );
    }
    next.run(request).await
}

/// Whether the request is one that [`no_foreign_pages`] lets pass.
pub fn admits(headers: &HeaderMap, settings: &Settings) -> bool {
    let public_host = host_of_url(&settings.public_url).unwrap_or_default();
    host_is_ours(headers, public_host) && origin_is_ours(headers, public_host)
}

/// Whether this host can only be this server: no stranger can make the name point here.
pub fn is_our_host(host: &str, public_url: &str) -> bool {
    let public_host = host_of_url(public_url).unwrap_or_default();
    is_loopback(host) || is_never_public(host) || host.eq_ignore_ascii_case(public_host)
}

/// A browser always says which host it called; who says nothing is no browser.
fn host_is_ours(headers: &HeaderMap, public_host: &str) -> bool {
    let Some(host) = headers.get(header::HOST) else {
        return true;
    };
    let Ok(authority) = host.to_str() else {
        return false;
    };
    let host = without_port(authority);
    is_address(host) || is_never_public(host) || host.eq_ignore_ascii_case(public_host)
}

/// Pages of this machine and of the server itself may call; who sends no origin is no page of
/// another one.
fn origin_is_ours(headers: &HeaderMap, public_host: &str) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return true;
    };
    origin
        .to_str()
        .ok()
        .and_then(host_of_url)
        .is_some_and(|host| is_loopback(host) || host.eq_ignore_ascii_case(public_host))
        || is_own_page(headers, origin)
}

/// A page that this server sent, by whatever name it was called: the host was looked at before.
fn is_own_page(headers: &HeaderMap, origin: &HeaderValue) -> bool {
    let authority = |value: &HeaderValue| value.to_str().ok().map(str::to_owned);
    let from = authority(origin);
    let from = from.as_deref().and_then(|origin| {
        origin
            .strip_prefix("http://")
            .or_else(|| origin.strip_prefix("https://"))
    });
    from.is_some() && from == headers.get(header::HOST).and_then(authority).as_deref()
}

fn is_address(host: &str) -> bool {
    host.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderName;

    use super::*;

    fn with(name: HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().unwrap())])
    }

    #[test]
    fn the_host_is_local_a_container_or_the_public_one() {
        for ours in [
            "localhost:9339",
            "demo.auth.localhost",
            "127.0.0.1",
            "[::1]:9339",
            "192.168.1.7:9339",
            "mocknito:9339",
            "host.docker.internal:9339",
            "mocknito.ci.svc.cluster.local",
            "Auth.Example.com",
        ] {
            assert!(
                host_is_ours(&with(header::HOST, ours), "auth.example.com"),
                "{ours}"
            );
        }
        for foreign in [
            "evil.example",
            "evil.example:9339",
            "evil.example.",
            "::",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
        ] {
            assert!(
                !host_is_ours(&with(header::HOST, foreign), "auth.example.com"),
                "{foreign}"
            );
        }
        assert!(host_is_ours(&HeaderMap::new(), ""));
    }

    #[test]
    fn the_origin_is_this_machine_or_the_server() {
        for ours in [
            "http://localhost:3000",
            "http://127.0.0.1:3000",
            "https://auth.example.com",
        ] {
            assert!(
                origin_is_ours(&with(header::ORIGIN, ours), "auth.example.com"),
                "{ours}"
            );
        }
        for foreign in [
            "https://evil.example",
            "null",
            "http://10.0.0.8",
            "https://localhost.evil.example",
            "file://",
        ] {
            assert!(
                !origin_is_ours(&with(header::ORIGIN, foreign), "auth.example.com"),
                "{foreign}"
            );
        }
        assert!(origin_is_ours(&HeaderMap::new(), ""));
    }
}
