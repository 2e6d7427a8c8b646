//! `POST /_mocknito/tokens/inspect`: what there is to be said of a token.
//!
//! Not here: what is looked at (`flows::inspect_token`), the page that shows it (`console`).

use axum::Json;
use axum::extract::{Request, State};
use serde::Deserialize;

use super::refusal::Refusal;
use super::request::decode;
use crate::app::Ctx;
use crate::boxed::boxed;
use crate::flows::inspect_token::{self, TokenInspection};
use crate::http::state::ServerState;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InspectRequest {
    token: String,
}

/// `POST /_mocknito/tokens/inspect`.
pub async fn inspect(
    State(server): State<ServerState>,
    request: Request,
) -> Result<Json<TokenInspection>, Refusal> {
    let InspectRequest { token } = decode(request).await?;
    let ctx = Ctx::new(server.app.clone(), "InspectToken", None);
    Ok(Json(
        boxed(inspect_token::inspect(&ctx, token.trim())).await?,
    ))
}
