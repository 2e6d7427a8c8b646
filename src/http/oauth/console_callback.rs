//! The one address to send browsers back to that no client registers: the console's page of tokens,
//! where *Sign in in the browser* ends.
//!
//! It is this server's own, by the name that the browser has called, so nobody else gets a code by
//! it. What must come together for it is listed at [`leads`]; everything else is a mismatch as
//! ever. Not here: how the page gets its tokens (`mocknito::console`).

use axum::http::{HeaderMap, HeaderValue, header};
use url::Url;

use crate::access::Access;
use crate::http::mocknito::guard;

/// The page's path.
const PATH: &str = "/_mocknito/tokens";

/// Whether a request may end at the console: a code, bound to who asked for it (RFC 7636), and the
/// address is the console's.
pub(super) async fn leads(
    access: &Access,
    headers: &HeaderMap,
    asked: &str,
    (response_type, challenge_method): (Option<&str>, Option<&str>),
) -> bool {
    response_type == Some("code")
        && challenge_method == Some("S256")
        && is_at(access, headers, asked).await
}

/// Whether this is the console's address, to the letter, at the host that was called, and whoever
/// calls it may use the console.
pub(super) async fn is_at(access: &Access, headers: &HeaderMap, asked: &str) -> bool {
    let host = headers.get(header::HOST).map(HeaderValue::to_str);
    let Some(Ok(host)) = host else {
        return false;
    };
    let is_ours = ["http", "https"].iter().any(|scheme| {
        let own = format!("{scheme}://{host}{PATH}");
        // As written and as read: a host with a user or a path in it is none.
        asked == own && Url::parse(asked).is_ok_and(|url| url.as_str() == own)
    });
    is_ours && guard::admits(headers, access).await
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn at(host: &str, asked: &str) -> bool {
        let access = Access::new("http://localhost:9339", false, &[], &[]);
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::try_from(host).unwrap());
        is_at(&access, &headers, asked).await
    }

    #[tokio::test]
    async fn only_the_page_at_the_host_that_was_called_is_meant() {
        assert!(at("localhost:9339", "http://localhost:9339/_mocknito/tokens").await);
        assert!(at("127.0.0.1:9339", "https://127.0.0.1:9339/_mocknito/tokens").await);
        for asked in [
            "http://localhost:9340/_mocknito/tokens",
            "http://127.0.0.1:9339/_mocknito/tokens",
            "http://evil.example.com/_mocknito/tokens",
            "http://localhost:9339@evil.example.com/_mocknito/tokens",
            "http://localhost:9339/_mocknito/tokens/",
            "http://localhost:9339/_mocknito/tokens?next=//evil.example.com",
            "http://localhost:9339/_mocknito/tokens#x",
            "http://localhost:9339/_mocknito/../_mocknito/tokens",
            "http://localhost:9339/_mocknito/providers/x/y/authorize",
            "HTTP://localhost:9339/_mocknito/tokens",
            "javascript://localhost:9339/_mocknito/tokens",
        ] {
            assert!(!at("localhost:9339", asked).await, "{asked}");
        }
    }

    #[tokio::test]
    async fn a_host_that_is_not_ours_is_not_believed() {
        for host in [
            "rebound.example.com",
            "localhost:9339@evil.example.com",
            "evil.example.com/x#",
        ] {
            let asked = format!("http://{host}/_mocknito/tokens");
            assert!(!at(host, &asked).await, "{host}");
        }
    }
}
