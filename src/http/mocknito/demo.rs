//! `POST /_mocknito/demo`: what `--demo` brings along, for a server that was started without it.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::refusal::Refusal;
use crate::fixtures::{FixtureError, Fixtures};
use crate::http::state::ServerState;

/// `POST /_mocknito/demo`: makes the demo's pools and users, as far as they are not there.
pub async fn load(State(server): State<ServerState>) -> Result<Json<Value>, Refusal> {
    let broken = |error: FixtureError| Refusal {
        status: StatusCode::BAD_REQUEST,
        error: "broken_fixture",
        message: error.to_string(),
    };
    let _alone = server.resetting.lock().await;
    let demo = Fixtures::read(true, &[]).map_err(broken)?;
    let loaded = demo.load(&server.app).await.map_err(broken)?;
    let pools: Vec<&str> = loaded.pools.iter().map(|pool| pool.id.as_str()).collect();
    Ok(Json(json!({ "status": "ok", "user_pools": pools })))
}
