//! `POST /_mocknito/demo`: what `--demo` brings along, for a server that was started without it.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::refusal::Refusal;
use crate::fixtures::Fixtures;
use crate::http::state::ServerState;

/// `POST /_mocknito/demo`: makes the demo's pools and users, as far as they are not there.
pub async fn load(State(server): State<ServerState>) -> Result<Json<Value>, Refusal> {
    let _alone = server.resetting.lock().await;
    let demo = Fixtures::read(true, &[])?;
    let loaded = demo.load(&server.app).await?;
    let pools: Vec<&str> = loaded.pools.iter().map(|pool| pool.id.as_str()).collect();
    Ok(Json(json!({ "status": "ok", "user_pools": pools })))
}
