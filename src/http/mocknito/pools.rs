//! `GET /_mocknito/pools`: the pools of all Regions at once, which no AWS operation lists.
//!
//! Not here: everything else that is to be known of them, which the AWS operations tell.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::refusal::Refusal;
use crate::app::App;
use crate::error;
use crate::http::state::ServerState;
use crate::store::{Client, Pool};
use crate::wire::user_pools::ManagedLoginBrandingType;

/// The most pools, and clients of a pool, that are listed.
const MOST: i64 = 1_000;

/// All pools, as they are shown to everybody: worked out once for all pages that ask every few
/// seconds.
struct ListedPools {
    user_pools: Vec<(Pool, Value)>,
    identity_pools: Vec<Value>,
}

/// How many users a pool has: counting 100,000 takes a while.
struct UserCount(i64);

/// `GET /_mocknito/pools`: what there is, and where it is reached.
pub async fn list(State(server): State<ServerState>) -> Result<Json<Value>, Refusal> {
    let app = &server.app;
    let listed = app.store.remember("", async || ListedPools::of(app).await);
    let listed = listed.await?;
    let mut user_pools = Vec::new();
    for (pool, shown) in &listed.user_pools {
        let count = async || {
            let users = app
                .store
                .read()
                .await?
                .pools()
                .count_users(&pool.id)
                .await?;
            Ok(UserCount(users))
        };
        let UserCount(users) = *app.store.remember_of_users(&pool.id, count).await?;
        let mut shown = shown.clone();
        shown["users"] = users.into();
        // It may follow the name by which one asks.
        shown["issuer"] = app.issuer(pool).into();
        user_pools.push(shown);
    }
    Ok(Json(json!({
        "server": {
            "version": env!("CARGO_PKG_VERSION"),
            "public_url": app.address(),
            "region": app.settings.region,
        },
        "user_pools": user_pools,
        "identity_pools": listed.identity_pools,
        "apis": server.gateway.count(),
    })))
}

impl ListedPools {
    async fn of(app: &App) -> error::Result<Self> {
        let mut user_pools = Vec::new();
        let mut read = app.store.read().await?;
        for pool in read.pools().list_all(MOST).await? {
            let clients = read.clients().list(&pool.id, None, None, MOST).await?;
            let domains = read.domains().of_pool(&pool.id).await?;
            let domains: Vec<String> = domains.into_iter().map(|domain| domain.name).collect();
            let mut documents = read.documents();
            let branded = documents
                .clients_with::<ManagedLoginBrandingType>(&pool.id)
                .await?;
            let mut shown = user_pool(&pool, &clients);
            shown["domains"] = domains.into();
            shown["branded_clients"] = branded.into();
            user_pools.push((pool, shown));
        }
        let identity_pools = read.identity_pools().list_all(MOST).await?;
        let identity_pools = identity_pools
            .iter()
            .map(|pool| {
                let name = &pool.settings.identity_pool_name;
                json!({ "id": pool.id, "name": name, "region": pool.region })
            })
            .collect();
        Ok(Self {
            user_pools,
            identity_pools,
        })
    }
}

fn user_pool(pool: &Pool, clients: &[Client]) -> Value {
    let settings = &pool.settings;
    let functions = settings.lambda_config.as_ref();
    let clients: Vec<Value> = clients.iter().map(client).collect();
    json!({
        "id": pool.id,
        "name": pool.name,
        "region": pool.region,
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
