//! AWS's Query protocol: `Action=…` in a form, XML back. STS is served in it (`sts.rs`); everything
//! else that `AWS_ENDPOINT_URL` sends here together with Cognito's, such as IAM, is told in XML,
//! which its client can read, that it is not.
//!
//! Not here: the JSON protocol of Cognito's APIs (`aws.rs`).

use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::{body, log, signature, sts};
use crate::app::{App, Ctx};
use crate::domain::xml::escape;

const FORM: &str = "application/x-www-form-urlencoded";
const XML: HeaderValue = HeaderValue::from_static("text/xml");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// The longest name of an action that is repeated.
const LONGEST_ACTION: usize = 128;

/// STS's version of the protocol.
const STS_VERSION: &str = "2011-06-15";

/// The services whose version of the protocol is known, with the namespace of their answers.
const NAMESPACES: [(&str, &str); 2] = [
    (STS_VERSION, sts::NAMESPACE),
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
    fn action(&self) -> Option<&str> {
        self.value("Action").filter(|action| {
            (1..=LONGEST_ACTION).contains(&action.len())
                && action.bytes().all(|b| b.is_ascii_alphanumeric())
        })
    }

    /// The operation of STS that is meant.
    pub fn sts_action(&self) -> Option<sts::StsAction> {
        let is_sts = self.value("Version") == Some(STS_VERSION);
        self.action()
            .filter(|_| is_sts)
            .and_then(sts::StsAction::from_wire)
    }
}

/// An error of the protocol.
pub struct QueryError<'e> {
    pub status: StatusCode,
    pub code: &'e str,
    pub message: &'e str,
}

/// Whether the request is a form, which no operation of Cognito's API is.
pub fn is_query(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|media_type| media_type.trim().eq_ignore_ascii_case(FORM))
}

/// One call, of STS or of something else.
pub async fn call(app: Arc<App>, head: &Parts, body: Body) -> Response {
    let started = Instant::now();
    let region = signature::signed_region(head);
    let form = body::read(&head.headers, body).await.unwrap_or_default();
    let form = QueryForm::parse(&form);
    if let Some(action) = form.sts_action() {
        let ctx = Ctx::new(app, action.name(), region);
        log::note_agent(&ctx, &head.headers);
        return sts::call(&ctx, action, head, &form, started).await;
    }
    let ctx = Ctx::new(app, "-", region);
    let refused = not_served(&ctx, &form);
    log::log(&ctx, "InvalidAction", started);
    refused
}

fn not_served(ctx: &Ctx, form: &QueryForm) -> Response {
    let what = form.action().map_or_else(
        || "This request".to_owned(),
        |action| format!("The action {action}"),
    );
    let message = format!(
        "{what} is not served here: this is Mocknito, which serves Amazon Cognito, and of AWS STS \
         AssumeRoleWithWebIdentity and GetCallerIdentity. Set \
         AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER in place of AWS_ENDPOINT_URL to send it \
         nothing else."
    );
    let error = QueryError {
        status: StatusCode::BAD_REQUEST,
        code: "InvalidAction",
        message: &message,
    };
    refuse(form, &error, &ctx.request_id)
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
