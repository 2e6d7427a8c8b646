//! `/_mocknito/snapshots`: saves the whole store under a name, and goes back to it.
//!
//! The clock is no part of it, as it is none of a reset. Not here: how rows are copied
//! (`store::snapshots`).

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::refusal::Refusal;
use super::request::decode;
use crate::http::state::ServerState;
use crate::store::{SnapshotFacts, SnapshotRefusal};

/// The longest name.
const LONGEST: usize = 64;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SaveRequest {
    name: String,
}

/// `POST /_mocknito/snapshots`: saves the present state, in the place of another of this name.
pub async fn save(
    State(server): State<ServerState>,
    request: Request,
) -> Result<Json<Value>, Refusal> {
    let SaveRequest { name } = decode(request).await?;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let is_dots = name.chars().all(|c| c == '.');
    if is_dots || name.len() > LONGEST || !name.chars().all(is_plain) {
        return Err(Refusal::invalid(
            "name must be 1 to 64 letters, digits, hyphens, underscores and dots, not dots alone",
        ));
    }
    let _alone = server.resetting.lock().await;
    let app = &server.app;
    app.store.save_snapshot(&name, app.clock.now()).await??;
    let all = list_all(&server).await?;
    let saved = all.iter().find(|one| one["name"] == name.as_str());
    Ok(Json(saved.cloned().unwrap_or_default()))
}

/// `GET /_mocknito/snapshots`: what there is, by name.
pub async fn list(State(server): State<ServerState>) -> Result<Json<Value>, Refusal> {
    let all = list_all(&server).await?;
    Ok(Json(json!({ "snapshots": all })))
}

async fn list_all(server: &ServerState) -> Result<Vec<Value>, Refusal> {
    let mut read = server.app.store.read().await?;
    let all = read.snapshots().list().await?;
    Ok(all.iter().map(described).collect())
}

/// `POST /_mocknito/snapshots/{name}/restore`: the store as it was when the snapshot was saved.
pub async fn restore(
    State(server): State<ServerState>,
    Path(name): Path<String>,
) -> Result<Json<Value>, Refusal> {
    let _alone = server.resetting.lock().await;
    server.app.restore_snapshot(&name).await??;
    Ok(Json(json!({ "status": "ok", "name": name })))
}

/// `DELETE /_mocknito/snapshots/{name}`
pub async fn delete(
    State(server): State<ServerState>,
    Path(name): Path<String>,
) -> Result<Json<Value>, Refusal> {
    let mut write = server.app.store.write().await?;
    if !write.snapshots().delete(&name).await? {
        return Err(SnapshotRefusal::Unknown.into());
    }
    write.commit().await?;
    Ok(Json(json!({ "deleted": 1 })))
}

fn described(snapshot: &SnapshotFacts) -> Value {
    json!({
        "name": snapshot.name,
        "saved_at": snapshot.saved_at.rfc3339(),
        "user_pools": snapshot.user_pools,
        "users": snapshot.users,
        "bytes": snapshot.bytes,
    })
}

impl From<SnapshotRefusal> for Refusal {
    fn from(refusal: SnapshotRefusal) -> Self {
        let (status, error, message) = match refusal {
            SnapshotRefusal::TooMany => (
                StatusCode::CONFLICT,
                "too_many",
                "There are 100 snapshots: delete one first.",
            ),
            SnapshotRefusal::Unknown => (
                StatusCode::NOT_FOUND,
                "not_found",
                "No snapshot has this name: GET /_mocknito/snapshots lists them.",
            ),
            SnapshotRefusal::OtherHistory => (
                StatusCode::CONFLICT,
                "other_history",
                "The snapshot and the server differ in --point-in-time-recovery: the one has a \
                 history and the other has none.",
            ),
        };
        Self {
            status,
            error,
            message: message.to_owned(),
        }
    }
}
