//! What the server says about itself: what it is and where to go on, that it answers, and the
//! certificate by which TLS clients know it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::console::{self, ConsolePage};
use super::refusal::Refusal;
use crate::app::App;
use crate::http::state::ServerState;

/// `GET /`: to the console for browsers; programs learn what this is, and where to go on.
pub async fn root(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let vary = (header::VARY, "accept");
    if console::is_wanted(&headers) {
        let home = (header::LOCATION, console::HOME);
        return (StatusCode::FOUND, [vary, home]).into_response();
    }
    ([vary], Json(about(&app))).into_response()
}

/// `GET /_mocknito/`: where the console begins. Programs get the same as at `/`.
pub async fn home(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    if console::is_wanted(&headers) {
        return console::page(ConsolePage::Overview);
    }
    ([(header::VARY, "accept")], Json(about(&app))).into_response()
}

/// `GET /_mocknito`: the same without its slash.
pub async fn lead_home() -> Response {
    let home = (header::LOCATION, console::HOME);
    (StatusCode::PERMANENT_REDIRECT, [home]).into_response()
}

fn about(app: &App) -> Value {
    let url = app.address();
    let below = |path: &str| format!("{url}/_mocknito/{path}");
    json!({
        "name": "mocknito",
        "version": env!("CARGO_PKG_VERSION"),
        "endpoint": url,
        "links": {
            "console": below(""),
            "health": below("health"),
            "pools": below("pools"),
            "requests": below("requests"),
            "functions": below("functions"),
            "inbox": below("inbox"),
            "clock": below("clock"),
            "coverage": below("coverage"),
            "metrics": below("metrics"),
            "openapi": below("openapi.json"),
        },
    })
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
