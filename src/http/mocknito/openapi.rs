//! `GET /_mocknito/openapi.json`: everything below `/_mocknito/` as OpenAPI describes it. A test
//! holds the document against `http/routes.rs`.

use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::fixtures;

const DOCUMENT: &str = include_str!("openapi.json");

pub async fn document() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], DOCUMENT).into_response()
}

/// `GET /_mocknito/schema.json`: the JSON Schema of fixtures.
pub async fn fixture_schema() -> Response {
    let kind = [(header::CONTENT_TYPE, "application/schema+json")];
    (kind, fixtures::schema().to_string()).into_response()
}
