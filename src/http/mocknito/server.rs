//! What the server says about itself: what it is and where to go on, that it answers, and the certificate by which TLS clients
//! know it.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::console;
use super::refusal::Refusal;
use crate::http::state::ServerState;

/// `GET /`: what this is and where to go on; browsers go to the console.
pub async fn about(State(server): State<ServerState>, headers: HeaderMap) -> Response {
    let vary = (header::VARY, "accept");
    if console::is_wanted(&headers) {
        let location = (header::LOCATION, "/_mocknito/");
        return (StatusCode::FOUND, [vary, location]).into_response();
    }
    let url = &server.app.settings.public_url;
    let link = |path: &str| format!("{url}/_mocknito/{path}");
    let document = json!({
        "name": "Mocknito",
        "version": env!("CARGO_PKG_VERSION"),
        "endpoint": url,
        "links": {
            "console": link(""),
            "health": link("health"),
            "requests": link("requests"),
            "functions": link("functions"),
            "inbox": link("inbox"),
            "clock": link("clock"),
            "coverage": link("coverage"),
            "metrics": link("metrics"),
            "openapi": link("openapi.json"),
        },
    });
    ([vary], Json(document)).into_response()
}

/// `GET /_mocknito/health`: the server answers.
pub async fn health() -> Json<Value> {
    Json(json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") }))
}

/// `GET /_mocknito/ca.pem`: the certificate by which TLS clients know this server.
pub async fn authority(State(server): State<ServerState>) -> Result<Response, Refusal> {
    let authority = server.app.keys.authority(&server.app.store).await?;
    let content_type = [(header::CONTENT_TYPE, "application/x-pem-file")];
    Ok((content_type, authority.pem()).into_response())
}
