//! `POST /_mocknito/reset`: the store as it was at the start.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::loading::{self, LeftLoad};
use super::refusal::Refusal;
use crate::config::FixturesMode;
use crate::fixtures::Fixtures;
use crate::http::state::ServerState;

/// Which pool, if not all of them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResetQuery {
    user_pool_id: Option<String>,
}

/// `POST /_mocknito/reset`: the store as it was at the start, fixtures loaded. The clock stays: it
/// has a reset of its own.
///
/// With `user_pool_id` that pool alone, as its fixture describes it.
pub async fn reset(
    State(server): State<ServerState>,
    query: Result<Query<ResetQuery>, QueryRejection>,
) -> Result<Json<Value>, Refusal> {
    let Query(query) = query?;
    let alone = server.resetting.clone().lock_owned().await;
    if let Some(id) = &query.user_pool_id {
        return loading::carried_through(alone, reset_pool(server.clone(), id.clone())).await;
    }
    server.app.reset().await?;
    let fixtures = Fixtures::clone(&server.fixtures.get());
    let how = (FixturesMode::Keep, LeftLoad::GoesOn);
    let loaded = loading::load(&server, alone, fixtures, how).await?;
    let pools: Vec<&str> = loaded.pools.iter().map(|pool| pool.id.as_str()).collect();
    Ok(Json(json!({ "status": "ok", "user_pools": pools })))
}

/// The other pools, and what is said of the server, stay.
async fn reset_pool(server: ServerState, id: String) -> Result<Json<Value>, Refusal> {
    let pool = server.app.store.pool(&id).await?;
    let fixtures = server.fixtures.get();
    if !fixtures.describe(&pool.id, &pool.name) {
        return Err(Refusal {
            status: StatusCode::BAD_REQUEST,
            error: "no_fixture",
            message: "No fixture describes this pool, so there is nothing that it could be again. \
                      Delete it, copy another one, or go back to a snapshot."
                .to_owned(),
        });
    }
    server.app.forget_pool(&pool.id).await?;
    let loaded = fixtures.load_pool(&server.app, &id, &pool.name).await?;
    let pools: Vec<&str> = loaded.iter().map(|pool| pool.id.as_str()).collect();
    Ok(Json(json!({ "status": "ok", "user_pools": pools })))
}
