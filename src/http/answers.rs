//! What is answered in Mocknito's own form, for everything that is not Cognito's: no such address,
//! no such method, our own fault.

use std::any::Any;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::aws_json;

/// A code and a sentence.
pub fn refusal(status: StatusCode, error: &str, message: &str) -> Response {
    (status, Json(json!({ "error": error, "message": message }))).into_response()
}

/// A request that could be read in two ways. The connection ends with it.
pub fn malformed(why: &str) -> Response {
    let message = format!("The request is malformed. {why}");
    let mut response = refusal(StatusCode::BAD_REQUEST, "malformed_request", &message);
    let close = HeaderValue::from_static("close");
    response.headers_mut().insert(header::CONNECTION, close);
    response
}

pub async fn nothing_here() -> Response {
    refusal(
        StatusCode::NOT_FOUND,
        "not_found",
        "Nothing is served here. The AWS APIs are at POST /.",
    )
}

pub async fn wrong_method() -> Response {
    refusal(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "This path is not served for this method. The AWS APIs are at POST /.",
    )
}

/// As the service answers at its endpoints for programs: without a word.
pub async fn only_post() -> Response {
    (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "POST")]).into_response()
}

/// Our own fault, and nobody else's request: the panic's message is on stderr.
pub fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("a request panicked");
    (
        StatusCode::INTERNAL_SERVER_ERROR,
        [(header::CONTENT_TYPE, aws_json::CONTENT_TYPE)],
        r#"{"__type":"InternalErrorException","message":"Something went wrong"}"#,
    )
        .into_response()
}
