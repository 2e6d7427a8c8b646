//! The protocol awsJson1.1, as far as it is the same for every service: the target, the answer's
//! headers and the error document.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::Serialize;

use crate::app::Ctx;

pub const CONTENT_TYPE: HeaderValue = HeaderValue::from_static("application/x-amz-json-1.1");
pub const TARGET: HeaderName = HeaderName::from_static("x-amz-target");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// The body of an error answer.
#[derive(Serialize)]
pub struct ErrorDocument<'a> {
    #[serde(rename = "__type")]
    pub code: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub message: &'a str,
}

/// A document as the answer of a request.
pub fn respond(ctx: &Ctx, status: StatusCode, document: Bytes) -> Response {
    let mut response = (status, document).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, CONTENT_TYPE);
    if let Ok(id) = HeaderValue::try_from(&ctx.request_id) {
        headers.insert(REQUEST_ID, id);
    }
    response
}

/// An error as the answer of a request.
pub fn refuse(ctx: &Ctx, status: StatusCode, error: &ErrorDocument<'_>) -> Response {
    respond(ctx, status, document(error))
}

/// An error as it is sent.
pub fn document(error: &ErrorDocument<'_>) -> Bytes {
    // Two strings always serialize.
    serde_json::to_vec(error).unwrap_or_default().into()
}
