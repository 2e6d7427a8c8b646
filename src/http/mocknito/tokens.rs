//! `POST /_mocknito/tokens`: tokens for a user, without a sign-in.
//!
//! Not here: how they are made (`flows::mint`).

use axum::Json;
use axum::extract::{Request, State};
use serde::Deserialize;
use serde_json::Value;

use super::refusal::Refusal;
use super::request::decode;
use crate::app::Ctx;
use crate::error::Error;
use crate::flows::mint;
use crate::http::state::ServerState;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MintRequest {
    client_id: String,
    username: String,
}

/// `POST /_mocknito/tokens`: tokens for a user, without a sign-in.
pub async fn mint_tokens(
    State(server): State<ServerState>,
    request: Request,
) -> Result<Json<Value>, Refusal> {
    let MintRequest {
        client_id,
        username,
    } = decode(request).await?;
    let ctx = Ctx::new(server.app.clone(), "MintTokens", None);
    let tokens = mint::mint_for_user(&ctx, &client_id, &username).await?;
    Ok(Json(serde_json::to_value(tokens).map_err(Error::from)?))
}
