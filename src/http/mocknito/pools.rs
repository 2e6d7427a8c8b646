//! `GET /_mocknito/pools`: the pools of all Regions at once, which no AWS operation lists.
//!
//! Not here: everything else that is to be known of them, which the AWS operations tell.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::refusal::Refusal;
use crate::app::App;
use crate::http::state::ServerState;
use crate::store::{Client, Pool};

/// The most pools, and clients of a pool, that are listed.
const MOST: i64 = 1_000;

/// `GET /_mocknito/pools`: what there is, and where it is reached.
pub async fn list(State(server): State<ServerState>) -> Result<Json<Value>, Refusal> {
    let app = &server.app;
    let mut user_pools = Vec::new();
    let mut read = app.store.read().await?;
    for pool in read.pools().list_all(MOST).await? {
        let users = read.pools().count_users(&pool.id).await?;
        let clients = read.clients().list(&pool.id, None, None, MOST).await?;
        let domains = read.domains().of_pool(&pool.id).await?;
        let domains: Vec<String> = domains.into_iter().map(|domain| domain.name).collect();
        let mut shown = user_pool(app, &pool, &clients);
        shown["users"] = users.into();
        shown["domains"] = domains.into();
        user_pools.push(shown);
    }
    let identity_pools = read.identity_pools().list_all(MOST).await?;
    let identity_pools: Vec<Value> = identity_pools
        .iter()
        .map(|pool| {
            let name = &pool.settings.identity_pool_name;
            json!({ "id": pool.id, "name": name, "region": pool.region })
        })
        .collect();
    Ok(Json(json!({
        "server": {
            "version": env!("CARGO_PKG_VERSION"),
            "public_url": app.address(),
            "region": app.settings.region,
        },
        "user_pools": user_pools,
        "identity_pools": identity_pools,
        "apis": server.gateway.count(),
    })))
}

fn user_pool(app: &App, pool: &Pool, clients: &[Client]) -> Value {
    let settings = &pool.settings;
    let functions = settings.lambda_config.as_ref();
    let clients: Vec<Value> = clients.iter().map(client).collect();
    json!({
        "id": pool.id,
        "name": pool.name,
        "region": pool.region,
        "issuer": app.issuer(pool),
        "mfa": settings.mfa_configuration,
        "tier": settings.user_pool_tier,
        "functions": functions.map(|functions| json!(functions)),
        "clients": clients,
    })
}

fn client(client: &Client) -> Value {
    let settings = &client.settings;
    let oauth = settings.allowed_oauth_flows_user_pool_client == Some(true);
    json!({
        "id": client.id,
        "name": client.name,
        "oauth_flows": settings.allowed_oauth_flows.as_ref().filter(|_| oauth),
        "oauth_scopes": settings.allowed_oauth_scopes.as_ref().filter(|_| oauth),
    })
}
