//! App clients on their way into the store: settings checked against what is around the client, and
//! the pool's quota.
//!
//! Not here: what may be set (`domain::client_settings`), who asks for it (`operations::clients`,
//! `register_client`).

use crate::app::Ctx;
use crate::domain::client_settings::{self, MOST_CLIENTS, Surroundings};
use crate::error::{Error, Result};
use crate::store::{Client, Pool, Write};
use crate::wire::user_pools::UserPoolClientType;

/// Gives the client the requested settings, after checking them against the pool, its resource
/// servers and its identity providers.
pub async fn apply(
    ctx: &Ctx,
    write: &mut Write<'_>,
    pool: &Pool,
    client: &mut Client,
    asked: UserPoolClientType,
) -> Result<()> {
    let surroundings = Surroundings {
        pool,
        resource_servers: &write.resource_servers().all(&pool.id).await?,
        identity_providers: &write.identity_providers().names(&pool.id).await?,
        account: &ctx.app.settings.account_id,
    };
    client_settings::apply(client, asked, &surroundings)
}

/// A new client, within the pool's quota.
pub async fn insert(write: &mut Write<'_>, client: &Client) -> Result<()> {
    if write.clients().count(&client.pool_id).await? >= MOST_CLIENTS {
        return Err(Error::ClientTooMany);
    }
    if write.clients().find(&client.id).await?.is_some() {
        return Err(Error::ClientIdTaken {
            id: client.id.clone(),
        });
    }
    write.clients().insert(client).await
}
