//! AppSync in front of a team's own GraphQL server: who calls, in a header, and subscriptions by a
//! websocket, whose handshake is authorised as AppSync's is.
//!
//! Browsers send no headers with a handshake: what would be in them is an object in the query's
//! `header`, or behind `header-` among the subprotocols. What is said on the open websocket goes
//! through unread, so that the object that each `start` has in `extensions.authorization` is for
//! the server to look at. Not here: what is checked (`flows::authorizers`), the server's answers
//! (`proxy.rs`).

use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use serde_json::{Map, Value};
use tokio::io::copy_bidirectional;

use super::fault::{FaultKind, GatewayFault};
use super::proxy::{Forwarding, ProxyClient};
use crate::boxed::spawn;
use crate::flows::authorizers::{Allowed, Context};
use crate::http::listen::Closing;

/// `identity` as AppSync's resolvers see it: JSON in base64url.
const IDENTITY: HeaderName = HeaderName::from_static("x-mocknito-identity");

/// What comes behind the address of an API for its websockets, where the API has a name of one's
/// own.
const REALTIME: &str = "/realtime";

/// The object with the headers, as a subprotocol.
const HEADER_PROTOCOL: &str = "header-";

/// The server is told of the caller.
pub fn identity(allowed: &Allowed) -> Option<(HeaderName, HeaderValue)> {
    let Context::AppSync(identity) = &allowed.context else {
        return None;
    };
    let encoded = URL_SAFE_NO_PAD.encode(identity.to_string());
    Some((IDENTITY, HeaderValue::try_from(encoded).ok()?))
}

/// Whether it is the handshake of a websocket (RFC 6455 §4.1).
pub fn is_handshake(parts: &Parts) -> bool {
    let upgrade = parts.headers.get(header::UPGRADE);
    let upgrade = upgrade.and_then(|value| value.to_str().ok());
    parts.method == Method::GET
        && upgrade.is_some_and(|protocol| protocol.eq_ignore_ascii_case("websocket"))
        && parts.headers.contains_key(header::SEC_WEBSOCKET_KEY)
}

/// The path of the GraphQL server whose websocket this is.
pub fn server_path(path: &str) -> &str {
    path.strip_suffix(REALTIME)
        .filter(|path| !path.is_empty())
        .unwrap_or(path)
}

/// The headers that a handshake would have if a browser could send them: those that it has, and
/// what is in the object. Headers that are there are not said again.
pub fn presented(parts: &Parts) -> HeaderMap {
    let mut headers = parts.headers.clone();
    let object = in_query(parts).or_else(|| in_protocols(&parts.headers));
    for (name, value) in object.into_iter().flatten() {
        let name = HeaderName::try_from(name.as_str());
        let value = value.as_str().map(HeaderValue::try_from);
        let (Ok(name), Some(Ok(value))) = (name, value) else {
            continue;
        };
        if name == header::AUTHORIZATION {
            // Two of them are refused like two of any request.
            headers.append(name, value);
        }
    }
    headers
}

fn in_query(parts: &Parts) -> Option<Map<String, Value>> {
    let query = parts.uri.query()?;
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    let (_, encoded) = pairs.find(|(name, _)| name == "header")?;
    // A plus sign that nobody escaped has become a blank.
    object(&encoded.replace(' ', "+"))
}

fn in_protocols(headers: &HeaderMap) -> Option<Map<String, Value>> {
    let all = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL).iter();
    let mut protocols = all
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    object(protocols.find_map(|protocol| protocol.trim().strip_prefix(HEADER_PROTOCOL))?)
}

/// base64, of either alphabet and with padding or without.
fn object(encoded: &str) -> Option<Map<String, Value>> {
    let encoded = encoded.trim_end_matches('=');
    let encoded = encoded.replace('+', "-").replace('/', "_");
    let json = URL_SAFE_NO_PAD.decode(encoded).ok()?;
    serde_json::from_slice(&json).ok()
}

/// Opens the websocket at the server as well, and lets everything through in both directions until
/// one of the two ends it.
pub async fn open(
    client: &ProxyClient,
    mut closing: Closing,
    handshake: &Parts,
    mut forwarding: Forwarding,
) -> Result<Response, GatewayFault> {
    let on_upgrade = handshake.extensions.get::<OnUpgrade>().cloned();
    let on_upgrade = on_upgrade.ok_or_else(|| {
        let why = "websockets are opened by HTTP/1.1";
        GatewayFault::new(FaultKind::UnknownRoute, why)
    })?;
    // What the gateway ends like all headers of a connection is what a handshake is about.
    let headers = &mut forwarding.headers;
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    for name in [
        header::SEC_WEBSOCKET_KEY,
        header::SEC_WEBSOCKET_VERSION,
        header::SEC_WEBSOCKET_PROTOCOL,
        header::SEC_WEBSOCKET_EXTENSIONS,
    ] {
        if let Some(value) = handshake.headers.get(&name) {
            headers.insert(name, value.clone());
        }
    }
    let (mut response, target) = client.switch(forwarding).await?;
    let Some(mut target) = target else {
        return Ok(response);
    };
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    spawn(async move {
        let Ok(browser) = on_upgrade.await else {
            return;
        };
        let mut browser = TokioIo::new(browser);
        tokio::select! {
            // How it ended is told to nobody: both ends know.
            _ended = copy_bidirectional(&mut browser, &mut target) => {}
            () = closing.wait() => {}
        }
    });
    Ok(response)
}

#[cfg(test)]
mod tests {
    use axum::http::Request;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    fn parts(uri: &str, headers: &[(&'static str, &str)]) -> Parts {
        let mut request = Request::get(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).expect("a request").into_parts().0
    }

    #[test]
    fn a_browsers_headers_are_in_the_query_or_in_a_subprotocol() {
        let object = r#"{"Authorization":"a.b.c","host":"x","X-Amzn-Oidc-Data":"d"}"#;
        let (padded, bare) = (STANDARD.encode(object), URL_SAFE_NO_PAD.encode(object));
        let escaped: String = form_urlencoded::byte_serialize(padded.as_bytes()).collect();
        let protocols = format!("graphql-ws, header-{bare}");
        for handshake in [
            parts(&format!("/graphql?header={escaped}&payload=e30="), &[]),
            parts(&format!("/graphql?header={padded}"), &[]),
            parts("/graphql", &[("sec-websocket-protocol", &protocols)]),
            parts("/graphql", &[("authorization", "a.b.c")]),
        ] {
            let headers = presented(&handshake);
            assert_eq!(headers[header::AUTHORIZATION], "a.b.c");
            assert!(!headers.contains_key("x-amzn-oidc-data"));
        }
        for nothing in ["/graphql", "/graphql?header=%00", "/graphql?header=e30="] {
            assert!(presented(&parts(nothing, &[])).is_empty(), "{nothing}");
        }
    }

    #[test]
    fn a_websocket_is_at_the_path_of_its_server() {
        for (path, expected) in [
            ("/graphql", "/graphql"),
            ("/graphql/realtime", "/graphql"),
            ("/realtime", "/realtime"),
        ] {
            assert_eq!(server_path(path), expected);
        }
    }
}
