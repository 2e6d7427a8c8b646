//! `/_mocknito/user`: what is kept of a user that no AWS operation shows to an administrator, and
//! ending it piece by piece.
//!
//! Not here: the same by AWS calls (`operations::users`), the page (`console`).

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::refusal::Refusal;
use crate::app::Ctx;
use crate::error::Error;
use crate::flows::user_record::{self, UserRecord};
use crate::flows::users;
use crate::http::state::ServerState;
use crate::ids;
use crate::store::{BrowserSession, Methods, Passkey, Pool, TokenFamily, User};

/// Which user, by the name or an alias.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserQuery {
    user_pool_id: String,
    username: String,
}

type Asked = Result<Query<UserQuery>, QueryRejection>;

/// `GET /_mocknito/user`: the authenticator's current code, passkeys and sign-ins that count.
pub async fn show(State(server): State<ServerState>, query: Asked) -> Result<Json<Value>, Refusal> {
    let ctx = Ctx::new(server.app.clone(), "ShowUser", None);
    let (_, user) = find(&ctx, query).await?;
    let record = user_record::of(&ctx, &user).await?;
    let risk = server.app.risks.of(&user.sub);
    let UserRecord {
        app,
        passkeys,
        families,
        browsers,
    } = record;
    let app = app.map(|app| json!({ "name": app.name, "code": app.code }));
    let families = families.iter().map(family);
    let sessions: Vec<Value> = families.chain(browsers.iter().map(browser)).collect();
    Ok(Json(json!({
        "username": user.username,
        "sub": user.sub,
        "has_password": user.password.is_some(),
        "password_set_at": user.password.as_ref().map(|password| password.set_at.rfc3339()),
        "signed_out_at": user.signed_out_at.map(|at| at.rfc3339()),
        "risk": risk,
        "software_token": app,
        "passkeys": passkeys.iter().map(passkey).collect::<Vec<_>>(),
        "sessions": sessions,
    })))
}

/// `DELETE /_mocknito/user/sessions/{id}`: ends a sign-in with its tokens, or a browser's session.
pub async fn end_session(
    State(server): State<ServerState>,
    Path(id): Path<String>,
    query: Asked,
) -> Result<Json<Value>, Refusal> {
    let ctx = Ctx::new(server.app.clone(), "EndSession", None);
    let (pool, user) = find(&ctx, query).await?;
    user_record::end_session(&ctx, &pool, &user, &id).await?;
    Ok(Json(json!({ "ended": id })))
}

/// `DELETE /_mocknito/user/passkeys/{id}`: takes a passkey from its user.
pub async fn delete_passkey(
    State(server): State<ServerState>,
    Path(id): Path<String>,
    query: Asked,
) -> Result<Json<Value>, Refusal> {
    let ctx = Ctx::new(server.app.clone(), "DeletePasskey", None);
    let (pool, user) = find(&ctx, query).await?;
    user_record::delete_passkey(&ctx, &pool, &user, &id).await?;
    Ok(Json(json!({ "deleted": id })))
}

async fn find(ctx: &Ctx, query: Asked) -> Result<(Arc<Pool>, User), Refusal> {
    let Query(UserQuery {
        user_pool_id,
        username,
    }) = query?;
    let pool = ctx.pool(&user_pool_id).await?;
    let user = users::find(ctx, &pool, &username).await?;
    Ok((pool, user.ok_or(Error::UserNotFound)?))
}

fn passkey(passkey: &Passkey) -> Value {
    json!({
        "id": passkey.id,
        "name": passkey.name,
        "relying_party_id": passkey.relying_party_id,
        "attachment": passkey.attachment,
        "transports": passkey.transports,
        "user_verified": passkey.user_verified,
        "created_at": passkey.created_at.rfc3339(),
    })
}

fn family(family: &TokenFamily) -> Value {
    json!({
        "id": family.origin_jti,
        "kind": "tokens",
        "client_id": family.client_id,
        "scope": family.scope,
        "methods": names(&family.methods),
        "device_key": family.device_key,
        "began_at": family.auth_time.rfc3339(),
        "expires_at": family.expires_at.rfc3339(),
    })
}

/// The name that users see: by the session's own id a cookie would find it.
fn browser(session: &BrowserSession) -> Value {
    json!({
        "id": ids::sso_session(&session.id),
        "kind": "browser",
        "client_id": session.client_id,
        "methods": names(&session.methods),
        "device_key": session.device_key,
        "began_at": session.auth_time.rfc3339(),
        "expires_at": session.expires_at.rfc3339(),
    })
}

fn names(methods: &Methods) -> Vec<&'static str> {
    methods
        .as_slice()
        .iter()
        .map(|method| method.as_str())
        .collect()
}
