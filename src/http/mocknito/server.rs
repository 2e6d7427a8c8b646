//! What the server says about itself: that it answers, and the certificate by which TLS clients
//! know it.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::refusal::Refusal;
use crate::http::state::ServerState;

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
