//! `POST /_mocknito/reset`: the store as it was at the start.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::refusal::Refusal;
use crate::http::state::ServerState;

/// `POST /_mocknito/reset`: the store as it was at the start, fixtures loaded. The clock stays: it
/// has a reset of its own.
pub async fn reset(State(server): State<ServerState>) -> Result<Json<Value>, Refusal> {
    let _alone = server.resetting.lock().await;
    server.app.reset().await?;
    let loaded = server
        .fixtures
        .load(&server.app)
        .await
        .map_err(|broken| Refusal {
            status: StatusCode::BAD_REQUEST,
            error: "broken_fixture",
            message: broken.to_string(),
        })?;
    let pools: Vec<&str> = loaded.pools.iter().map(|pool| pool.id.as_str()).collect();
    Ok(Json(json!({ "status": "ok", "user_pools": pools })))
}
