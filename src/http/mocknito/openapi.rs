//! `GET /_mocknito/openapi.json`: everything below `/_mocknito/` as OpenAPI describes it. A test holds
//! the document against `http/routes.rs`.

use axum::http::header;
use axum::response::{IntoResponse, Response};

const DOCUMENT: &str = include_str!("openapi.json");

pub async fn document() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], DOCUMENT).into_response()
}
