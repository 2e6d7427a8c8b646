//! `POST /_mocknito/demo`: what `--demo` brings along, for a server that was started without it.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::loading::{self, LeftLoad};
use super::refusal::Refusal;
use crate::config::FixturesMode;
use crate::fixtures::Fixtures;
use crate::http::state::ServerState;

/// `POST /_mocknito/demo`: makes the demo's pools and users, as far as they are not there.
pub async fn load(State(server): State<ServerState>) -> Result<Json<Value>, Refusal> {
    let alone = server.resetting.clone().lock_owned().await;
    let demo = Fixtures::read(true, &[])?;
    let how = (FixturesMode::Keep, LeftLoad::GoesOn);
    let loaded = loading::load(&server, alone, demo, how).await?;
    let pools: Vec<&str> = loaded.pools.iter().map(|pool| pool.id.as_str()).collect();
    Ok(Json(json!({ "status": "ok", "user_pools": pools })))
}
