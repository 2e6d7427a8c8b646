//! `POST /_mocknito/risk`: how risky a user's sign-ins are from now on.
//!
//! Not here: what threat protection makes of it (`flows::risk`).

use axum::Json;
use axum::extract::{Request, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::refusal::Refusal;
use super::request::decode;
use crate::app::Ctx;
use crate::error::Error;
use crate::flows::users;
use crate::http::state::ServerState;
use crate::wire::user_pools::RiskLevelType;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RiskRequest {
    user_pool_id: String,
    username: String,
    level: Option<RiskLevelType>,
}

/// `POST /_mocknito/risk`: how risky a user's sign-ins are from now on, for pools with threat
/// protection. Without a level they are not.
pub async fn set_risk(
    State(server): State<ServerState>,
    request: Request,
) -> Result<Json<Value>, Refusal> {
    let RiskRequest {
        user_pool_id,
        username,
        level,
    } = decode(request).await?;
    let ctx = Ctx::new(server.app.clone(), "SetRisk", None);
    let pool = ctx.pool(&user_pool_id).await?;
    let user = users::find(&ctx, &pool, &username).await?;
    let user = user.ok_or(Error::UserNotFound)?;
    server.app.risks.set(&user.sub, level);
    Ok(Json(json!({ "username": user.username, "level": level })))
}
