//! Where a refused browser goes: back to the client with an error (RFC 6749 §4.1.2.1), or, when
//! nobody says that the address is the client's, to a page here.
//!
//! Not here: what is refused (`request.rs`), the page's looks (`http::pages`).

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::OAuthError;
use crate::error::Error;
use crate::http::pages::message;

/// Why a browser gets no further.
#[derive(Debug)]
pub enum Refusal {
    /// Shown here: the client is unknown, or the address is not the client's.
    Page(Fault),
    /// Told to the client: the whole address, with the error in it.
    Redirect(String),
}

/// What an error page says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub status: StatusCode,
    pub error: OAuthError,
    /// A sentence. It may repeat what the browser sent: show it as text.
    pub description: String,
}

impl Fault {
    pub fn new(error: OAuthError, description: impl Into<String>) -> Self {
        let status = if error == OAuthError::ServerError {
            StatusCode::INTERNAL_SERVER_ERROR
        } else {
            StatusCode::BAD_REQUEST
        };
        Self {
            status,
            error,
            description: description.into(),
        }
    }
}

impl Refusal {
    pub fn page(error: OAuthError, description: impl Into<String>) -> Self {
        Self::Page(Fault::new(error, description))
    }

    /// The answer to a request with these headers and this query, which say in which language the
    /// page is to be.
    pub fn respond(self, headers: &HeaderMap, query: Option<&str>) -> Response {
        match self {
            Self::Redirect(location) => redirect(&location),
            Self::Page(fault) => message::fault(headers, query, &fault),
        }
    }

    /// What the log calls it.
    pub fn outcome(&self) -> &'static str {
        match self {
            Self::Page(fault) => fault.error.code(),
            Self::Redirect(_) => "refused",
        }
    }
}

/// Our own fault: the cause goes to the log.
impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        tracing::error!(?error, "authorization");
        Self::page(OAuthError::ServerError, "Something went wrong")
    }
}

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
