//! Which headers go through a gateway, and which end at it.
//!
//! What only a gateway says of a caller, no client can say: such headers are gone before anything
//! else looks at a request. Not here: what the target is told (`proxy.rs`).

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// What begins a name that only a gateway sets.
const ONLY_OURS: [&str; 2] = ["x-mocknito-", "x-amzn-oidc-"];

/// Headers of one connection (RFC 9110 §7.6.1), and what the next one makes anew.
const OF_A_CONNECTION: [HeaderName; 8] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// Takes away what only a gateway says: in any spelling that a target could take for it, since CGI,
/// WSGI and PHP make no difference between a hyphen and an underscore, and some servers none
/// between a hyphen and other signs. HTTP/2's pieces of a cookie become one header.
pub fn clean(headers: &mut HeaderMap) {
    let is_ours = |name: &HeaderName| {
        let name = name.as_str();
        let name = name.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        ONLY_OURS.iter().any(|start| name.starts_with(start))
    };
    let ours: Vec<HeaderName> = headers
        .keys()
        .filter(|name| is_ours(name))
        .cloned()
        .collect();
    for name in ours {
        headers.remove(name);
    }
    if headers.get_all(header::COOKIE).iter().nth(1).is_some() {
        let pieces: Vec<&[u8]> = headers
            .get_all(header::COOKIE)
            .iter()
            .map(HeaderValue::as_bytes)
            .collect();
        if let Ok(whole) = HeaderValue::from_bytes(&pieces.join(&b"; "[..])) {
            headers.insert(header::COOKIE, whole);
        }
    }
}

/// Takes away what is for this connection alone, and what `Connection` lists.
pub fn end_of_connection(headers: &mut HeaderMap) {
    let listed: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in listed {
        // Where the request goes and how long it is are not for a client to hide.
        if name != header::HOST && name != header::CONTENT_LENGTH {
            headers.remove(name);
        }
    }
    for name in OF_A_CONNECTION {
        headers.remove(name);
    }
}

pub fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// A header's value as text, whatever its bytes are.
pub fn lossy(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}

/// Sets a header to text, where a header can hold it.
pub fn set(headers: &mut HeaderMap, name: HeaderName, text: &str) {
    if let Ok(value) = HeaderValue::from_str(text) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(list: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in list {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn nobody_speaks_for_the_gateway() {
        let mut headers = map(&[
            ("x-mocknito-sub", "forged"),
            ("x_mocknito_sub", "forged"),
            ("x-amzn_oidc-data", "forged"),
            ("x-amzn-oidc-identity", "forged"),
            ("x-amzn-trace-id", "mine"),
            ("cookie", "a=1"),
            ("cookie", "b=2"),
        ]);
        clean(&mut headers);
        assert_eq!(
            headers,
            map(&[("x-amzn-trace-id", "mine"), ("cookie", "a=1; b=2")])
        );
    }

    #[test]
    fn what_a_connection_lists_ends_with_it() {
        let mut headers = map(&[
            ("connection", "close, X-Secret"),
            ("connection", "host"),
            ("x-secret", "1"),
            ("transfer-encoding", "chunked"),
            ("upgrade", "h2c"),
            ("host", "a"),
            ("accept", "*/*"),
        ]);
        end_of_connection(&mut headers);
        assert_eq!(headers, map(&[("host", "a"), ("accept", "*/*")]));
    }
}
