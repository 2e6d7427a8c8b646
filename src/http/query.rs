//! Requests in AWS's Query protocol (`Action=…` in a form, XML back), as `sts` and `iam` have it:
//! `AWS_ENDPOINT_URL` sends them here together with Cognito's. None is served, and each is told so
//! in XML, which its client can read.
//!
//! Not here: the JSON protocol of Cognito's APIs (`aws.rs`).

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::body;
use crate::app::Ctx;

const FORM: &str = "application/x-www-form-urlencoded";
const XML: HeaderValue = HeaderValue::from_static("text/xml");

/// The longest name of an action that is repeated.
const LONGEST_ACTION: usize = 128;

/// The services whose version of the protocol is known, with the namespace of their answers.
const NAMESPACES: [(&str, &str); 2] = [
    ("2011-06-15", "https://sts.amazonaws.com/doc/2011-06-15/"),
    ("2010-05-08", "https://iam.amazonaws.com/doc/2010-05-08/"),
];

/// Whether the request is a form, which no operation of Cognito's API is.
pub fn is_query(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|media_type| media_type.trim().eq_ignore_ascii_case(FORM))
}

/// Refuses the action, whichever it is.
pub async fn refuse(ctx: &Ctx, headers: &HeaderMap, body: Body) -> Response {
    let form = body::read(headers, body).await.unwrap_or_default();
    let value = |name: &str| {
        form_urlencoded::parse(&form)
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    };
    // Actions are words: nothing else can get into the document.
    let action = value("Action").filter(|action| {
        (1..=LONGEST_ACTION).contains(&action.len())
            && action.bytes().all(|b| b.is_ascii_alphanumeric())
    });
    let version = value("Version");
    let namespace = NAMESPACES
        .iter()
        .find(|(known, _)| version.as_deref() == Some(*known))
        .map_or_else(String::new, |(_, name)| format!(" xmlns=\"{name}\""));
    let what = action.map_or_else(
        || "This request".to_owned(),
        |action| format!("The action {action}"),
    );
    let document = format!(
        "<ErrorResponse{namespace}><Error><Type>Sender</Type><Code>InvalidAction</Code>\
         <Message>{what} is not served here: this is Mocknito, which serves Amazon Cognito. \
         Set AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER in place of AWS_ENDPOINT_URL to send it \
         nothing else.</Message></Error><RequestId>{}</RequestId></ErrorResponse>",
        ctx.request_id
    );
    (
        StatusCode::BAD_REQUEST,
        [(header::CONTENT_TYPE, XML)],
        document,
    )
        .into_response()
}
