//! `POST /_mocknito/pools/{id}/copy`: a pool once more, under new ids.
//!
//! Not here: what is copied (`flows::copy_pool`).

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::refusal::Refusal;
use super::request::decode_or_default;
use crate::app::Ctx;
use crate::boxed::boxed;
use crate::flows::copy_pool::{self, CopiedPool, CopyRefusal};
use crate::http::state::ServerState;
use crate::operations;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct CopyRequest {
    r#as: Option<String>,
}

/// `POST /_mocknito/pools/{id}/copy`: answers the ids of the copy and of its clients.
pub async fn copy(
    State(server): State<ServerState>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Json<Value>, Refusal> {
    let CopyRequest { r#as: wanted } = decode_or_default(request).await?;
    let ctx = Ctx::new(server.app.clone(), "CopyPool", None);
    let copied = boxed(copy_pool::copy(&ctx, &id, wanted.as_deref())).await?;
    // Where none lay ready, they are made while the answer is read.
    operations::mint_keys(server.app.clone(), copied.pool.id.clone(), ctx.now);
    Ok(Json(described(&server, &id, &copied)))
}

fn described(server: &ServerState, original: &str, copied: &CopiedPool) -> Value {
    let clients: Vec<Value> = copied
        .clients
        .iter()
        .map(|(old, client)| {
            json!({
                "client_id": client.id,
                "client_secret": client.secrets.first().map(|secret| &secret.value),
                "client_name": client.name,
                "copy_of": old,
            })
        })
        .collect();
    json!({
        "user_pool_id": copied.pool.id,
        "user_pool_name": copied.pool.name,
        "copy_of": original,
        "issuer": server.app.issuer(&copied.pool),
        "clients": clients,
        "sign_in_by_srp": copied.by_srp,
    })
}

impl From<CopyRefusal> for Refusal {
    fn from(refusal: CopyRefusal) -> Self {
        match refusal {
            CopyRefusal::Service(error) => error.into(),
            CopyRefusal::IdMalformed => Self::invalid(
                "as must be the original's Region, an underscore and letters and digits, and may \
                 have another underscore with letters and digits: us-east-1_Mocknito1_worker3",
            ),
            CopyRefusal::IdTaken => Self {
                status: StatusCode::CONFLICT,
                error: "taken",
                message: "There is a pool of this id: delete it first, or say another one."
                    .to_owned(),
            },
        }
    }
}
