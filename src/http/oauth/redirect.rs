//! Sending browsers elsewhere, and the addresses that they are sent to.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// Sends the browser there, once: nobody may keep the answer.
pub fn redirect(location: &str) -> Response {
    let Ok(location) = HeaderValue::try_from(visible_ascii(location)) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let headers = [
        (header::LOCATION, location),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (
            header::REFERRER_POLICY,
            HeaderValue::from_static("no-referrer"),
        ),
    ];
    (StatusCode::FOUND, headers).into_response()
}

/// Addresses may be registered with letters that a header cannot carry.
fn visible_ascii(url: &str) -> String {
    let mut ascii = String::with_capacity(url.len());
    for byte in url.bytes() {
        if byte.is_ascii_graphic() {
            ascii.push(char::from(byte));
        } else {
            ascii.push_str(&format!("%{byte:02X}"));
        }
    }
    ascii
}

/// The address with these parameters behind those that it has.
pub fn with_query(uri: &str, parameters: &[(&str, &str)]) -> String {
    let separator = match uri.split_once('?') {
        None => "?",
        Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
        Some(_) => "&",
    };
    format!("{uri}{separator}{}", encode(parameters))
}

/// The address with these parameters as its fragment.
pub fn with_fragment(uri: &str, parameters: &[(&str, &str)]) -> String {
    format!("{uri}#{}", encode(parameters))
}

fn encode(parameters: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_follow_those_that_the_address_has() {
        let parameters = [("code", "a b"), ("state", "&#=")];
        for (uri, expected) in [
            (
                "https://a.example/",
                "https://a.example/?code=a+b&state=%26%23%3D",
            ),
            (
                "https://a.example/?",
                "https://a.example/?code=a+b&state=%26%23%3D",
            ),
            (
                "https://a.example/?x=1",
                "https://a.example/?x=1&code=a+b&state=%26%23%3D",
            ),
            (
                "myapp://callback",
                "myapp://callback?code=a+b&state=%26%23%3D",
            ),
        ] {
            assert_eq!(with_query(uri, &parameters), expected);
        }
        assert_eq!(
            with_fragment("https://a.example/?x=1", &[("a", "b")]),
            "https://a.example/?x=1#a=b"
        );
    }

    #[test]
    fn an_address_cannot_break_out_of_its_header() {
        let response = redirect("https://a.example/\r\nset-cookie: x=1/é");
        assert_eq!(
            response.headers()[header::LOCATION],
            "https://a.example/%0D%0Aset-cookie:%20x=1/%C3%A9"
        );
    }
}
