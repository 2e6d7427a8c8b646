//! `GET /_mocknito/apis`: the APIs of the fixtures, with their addresses.
//!
//! Not here: the APIs themselves (`http::gateway`).

use axum::Json;
use axum::extract::State;
use serde_json::Value;

use crate::http::state::ServerState;

pub async fn list(State(server): State<ServerState>) -> Json<Value> {
    Json(server.gateway.list(&server.app))
}
