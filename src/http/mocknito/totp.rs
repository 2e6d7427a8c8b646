//! `GET /_mocknito/totp`: what the user's authenticator app shows now.
//!
//! Not here: checking a code (`flows::software_tokens`).

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::inbox::plain;
use super::refusal::Refusal;
use crate::app::Ctx;
use crate::error::Error;
use crate::flows::{software_tokens, users};
use crate::http::state::ServerState;

/// Whose app.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TotpQuery {
    user_pool_id: String,
    username: String,
}

/// The six digits as text. They are of the app that is in use, or else of the one that is being
/// set up.
pub async fn code(
    State(server): State<ServerState>,
    query: Result<Query<TotpQuery>, QueryRejection>,
) -> Result<Response, Refusal> {
    let Query(query) = query?;
    let ctx = Ctx::new(server.app.clone(), "Totp", None);
    let pool = ctx.pool(&query.user_pool_id).await?;
    let user = users::find(&ctx, &pool, &query.username).await?;
    let user = user.ok_or(Error::UserNotFound)?;
    let code = software_tokens::code_now(&ctx, &user).await?;
    let code = code.ok_or_else(|| Refusal {
        status: StatusCode::NOT_FOUND,
        error: "not_found",
        message: "The user has no authenticator app.".to_owned(),
    })?;
    Ok(plain(code).into_response())
}
