//! AWS's Query protocol: `Action=…` in a form, XML back.
//!
//! Not here: what is served in it (`sts.rs`), the JSON protocol of Cognito's APIs (`aws.rs`).

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::aws_json::TARGET;
use crate::domain::xml::escape;

const FORM: &str = "application/x-www-form-urlencoded";
const XML: HeaderValue = HeaderValue::from_static("text/xml");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// The longest name of an action that is repeated.
const LONGEST_ACTION: usize = 128;

/// STS's version of the protocol, and the namespace of its answers.
pub const STS_VERSION: &str = "2011-06-15";
pub const STS_NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// The services whose version of the protocol is known, with the namespace of their answers.
const NAMESPACES: [(&str, &str); 2] = [
    (STS_VERSION, STS_NAMESPACE),
    ("2010-05-08", "https://iam.amazonaws.com/doc/2010-05-08/"),
];

/// The parameters of a request.
pub struct QueryForm(Vec<(String, String)>);

impl QueryForm {
    pub fn parse(body: &[u8]) -> Self {
        Self(form_urlencoded::parse(body).into_owned().collect())
    }

    /// The first value of a parameter.
    pub fn value(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Actions are words: nothing else can get into a document.
    pub fn action(&self) -> Option<&str> {
        self.value("Action").filter(|action| {
            (1..=LONGEST_ACTION).contains(&action.len())
                && action.bytes().all(|b| b.is_ascii_alphanumeric())
        })
    }
}

/// An error of the protocol.
pub struct QueryError<'e> {
    pub status: StatusCode,
    pub code: &'e str,
    pub message: &'e str,
}

/// Whether the request is a form and names no operation in its headers, as those of Cognito's API
/// do.
pub fn is_query(headers: &HeaderMap) -> bool {
    let media_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next());
    !headers.contains_key(TARGET)
        && media_type.is_some_and(|media_type| media_type.trim().eq_ignore_ascii_case(FORM))
}

/// An error as the answer of a request.
pub fn refuse(form: &QueryForm, error: &QueryError<'_>, request_id: &str) -> Response {
    respond(
        request_id,
        error.status,
        error_document(form, error, request_id),
    )
}

/// An error as it is sent.
fn error_document(form: &QueryForm, error: &QueryError<'_>, request_id: &str) -> String {
    let version = form.value("Version");
    let namespace = NAMESPACES
        .iter()
        .find(|(known, _)| version == Some(*known))
        .map_or_else(String::new, |(_, name)| format!(" xmlns=\"{name}\""));
    let who = if error.status.is_server_error() {
        "Receiver"
    } else {
        "Sender"
    };
    let message = escape(error.message);
    format!(
        "<ErrorResponse{namespace}><Error><Type>{who}</Type><Code>{}</Code>\
         <Message>{message}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>",
        error.code
    )
}

/// A document as the answer of a request.
pub fn respond(request_id: &str, status: StatusCode, document: String) -> Response {
    let mut response = (status, [(header::CONTENT_TYPE, XML)], document).into_response();
    if let Ok(id) = HeaderValue::try_from(request_id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}
