//! `GET /_mocknito/credentials/{access key id}`: for whom AWS credentials were made, for those who
//! play another service and want to know whose request they got.
//!
//! Never the secret key or the session token, of which nothing is kept
//! (`keys::CredentialKeys`). Not here: GetCallerIdentity (`http::sts`).

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::refusal::Refusal;
use crate::domain::assumed_roles::{self, RoleName};
use crate::http::state::ServerState;

/// Whose they are. Expired ones are as unknown as others.
pub async fn whose(
    State(server): State<ServerState>,
    Path(access_key_id): Path<String>,
) -> Result<Json<Value>, Refusal> {
    let now = server.app.clock.now();
    let mut read = server.app.store.read().await?;
    let found = read.credentials().find(&access_key_id, now).await?;
    drop(read);
    let found = found.ok_or_else(|| Refusal {
        status: StatusCode::NOT_FOUND,
        error: "not_found",
        message: "No credentials with this access key id were made here, or they have expired."
            .to_owned(),
    })?;
    let assumed = RoleName::parse(&found.role_arn);
    let assumed = assumed.map(|role| role.session_arn(&found.session_name));
    let provider = assumed_roles::login_provider(&found.amr);
    Ok(Json(json!({
        "access_key_id": found.access_key_id,
        "identity_id": found.identity_id,
        "identity_pool_id": found.identity_pool_id,
        "role_arn": found.role_arn,
        "assumed_role_arn": assumed,
        "authenticated": provider.is_some(),
        "login_provider": provider,
        "amr": found.amr,
        "principal_tags": found.principal_tags,
        "issued_at": found.issued_at.rfc3339(),
        "expires_at": found.expires_at.rfc3339(),
    })))
}
