//! `POST /_mocknito/tokens`: tokens without a sign-in, real ones and such as a verifier must
//! refuse.
//!
//! Not here: how they are made (`flows::mint`).

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::refusal::Refusal;
use super::request::{decode, instant, step};
use crate::app::Ctx;
use crate::boxed::boxed;
use crate::error::Error;
use crate::flows::mint::{MintRefusal, Minting};
use crate::http::state::ServerState;
use crate::keys::TokenDefect;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MintRequest {
    client_id: String,
    username: Option<String>,
    scopes: Option<Vec<String>>,
    #[serde(default)]
    claims: OwnClaims,
    expires_in: Option<Value>,
    issued_at: Option<String>,
    defect: Option<TokenDefect>,
}

/// What a test has the tokens say. A null takes a claim away.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct OwnClaims {
    id: Map<String, Value>,
    access: Map<String, Value>,
}

/// `POST /_mocknito/tokens`: tokens for a user or a client, without a sign-in.
pub async fn mint_tokens(
    State(server): State<ServerState>,
    request: Request,
) -> Result<Json<Value>, Refusal> {
    let asked: MintRequest = decode(request).await?;
    let expires_in = asked.expires_in.as_ref();
    let issued_at = asked.issued_at.as_deref();
    let minting = Minting {
        client_id: asked.client_id,
        username: asked.username,
        scopes: asked.scopes,
        id_claims: asked.claims.id,
        access_claims: asked.claims.access,
        expires_in: expires_in
            .map(|text| step("expires_in", text))
            .transpose()?,
        issued_at: issued_at
            .map(|text| instant("issued_at", text))
            .transpose()?,
        defect: asked.defect,
    };
    let ctx = Ctx::new(server.app.clone(), "MintTokens", None);
    let tokens = boxed(minting.mint(&ctx)).await?;
    Ok(Json(serde_json::to_value(tokens).map_err(Error::from)?))
}

impl From<MintRefusal> for Refusal {
    fn from(refusal: MintRefusal) -> Self {
        match refusal {
            MintRefusal::Service(error) => error.into(),
            MintRefusal::Impossible(message) => Self {
                status: StatusCode::BAD_REQUEST,
                error: "impossible_token",
                message,
            },
        }
    }
}
