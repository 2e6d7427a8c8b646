//! `POST /_mocknito/keys`: a pool signs with new keys, or gives its old ones up.
//!
//! Not here: where keys are kept and how long (`keys`, `store::signing_keys`), the key set itself
//! (`http::discovery`).

use axum::Json;
use axum::extract::{Request, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::refusal::Refusal;
use super::request::decode;
use crate::app::Ctx;
use crate::http::state::ServerState;
use crate::keys::PublishedKey;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeysRequest {
    user_pool_id: String,
    action: KeyAction,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum KeyAction {
    /// New keys sign; those before stay in the key set.
    Rotate,
    /// Those before leave the key set, and what they signed is refused.
    Retire,
}

/// `POST /_mocknito/keys`: answers which keys the pool has then.
pub async fn change(
    State(server): State<ServerState>,
    request: Request,
) -> Result<Json<Value>, Refusal> {
    let KeysRequest {
        user_pool_id,
        action,
    } = decode(request).await?;
    let ctx = Ctx::new(server.app.clone(), "ChangeKeys", None);
    let pool = ctx.pool(&user_pool_id).await?;
    let (keys, store) = (&server.app.keys, &server.app.store);
    let of_pool = match action {
        KeyAction::Rotate => keys.rotate(store, &pool.id, ctx.now).await?,
        KeyAction::Retire => keys.retire(store, &pool.id, ctx.now).await?,
    };
    let all: Vec<Value> = of_pool.published().iter().map(described).collect();
    Ok(Json(json!({ "user_pool_id": pool.id, "keys": all })))
}

fn described(key: &PublishedKey<'_>) -> Value {
    json!({
        "kid": key.kid,
        "token_use": key.token_use.as_str(),
        "status": if key.signs { "signing" } else { "replaced" },
    })
}
