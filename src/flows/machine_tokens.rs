//! Tokens of clients that act for themselves: which scopes they may have, and what their tokens may
//! be bound to.
//!
//! Not here: the wire of `/oauth2/token` (`http::oauth::token`) and of GetClientToken
//! (`operations::tokens`), what a token says (`issue_tokens`).

use crate::app::Ctx;
use crate::domain::oauth_settings;
use crate::error::Result;
use crate::flows::issue_tokens::{self, Tokens};
use crate::store::{Client, Pool, ResourceServer};
use crate::wire::user_pools::OAuthFlowType;

/// Why a machine gets no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MachineRefusal {
    /// The client does not have the flow.
    Flow,
    /// Nothing that was asked for is the client's, or the client has no OAuth at all.
    Scope,
    Resource,
}

/// The grant `client_credentials` (RFC 6749 §4.4), for a client that has proved who it is. Of the
/// scopes that it asks for it gets those that it has, without any all that it has.
pub async fn grant(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    scope: Option<&str>,
    resource: Option<&str>,
) -> Result<Result<Tokens, MachineRefusal>> {
    let scopes = match granted(client, scope) {
        Ok(scopes) => scopes,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if let Some(resource) = resource
        && !is_resource(ctx, pool, resource).await?
    {
        return Ok(Err(MachineRefusal::Resource));
    }
    issue_tokens::sign_for_machine(ctx, pool, client, &scopes, resource)
        .await
        .map(Ok)
}

/// The scopes that the client gets by it.
pub fn granted(client: &Client, scope: Option<&str>) -> Result<String, MachineRefusal> {
    if client.settings.allowed_oauth_flows_user_pool_client != Some(true) {
        return Err(MachineRefusal::Scope);
    }
    if !client.allows_grant(OAuthFlowType::ClientCredentials) || client.secrets.is_empty() {
        return Err(MachineRefusal::Flow);
    }
    let allowed = client.settings.allowed_oauth_scopes.as_deref();
    let allowed = allowed.unwrap_or_default();
    let mut scopes: Vec<&str> = Vec::new();
    match scope {
        None => scopes.extend(allowed.iter().map(String::as_str)),
        Some(asked) => {
            for scope in asked.split_ascii_whitespace() {
                let is_own = allowed.iter().any(|one| one == scope);
                if is_own && !scopes.contains(&scope) {
                    scopes.push(scope);
                }
            }
            if scopes.is_empty() {
                return Err(MachineRefusal::Scope);
            }
        }
    }
    Ok(scopes.join(" "))
}

/// Whether a resource server of the pool defines this scope.
pub async fn is_custom_scope(ctx: &Ctx, pool: &Pool, scope: &str) -> Result<bool> {
    let Some((identifier, _)) = scope.rsplit_once('/') else {
        return Ok(false);
    };
    let server = resource_server(ctx, pool, identifier).await?;
    Ok(oauth_settings::defines(server.as_slice(), scope))
}

/// Whether the pool's tokens may be bound to this resource.
pub async fn is_resource(ctx: &Ctx, pool: &Pool, resource: &str) -> Result<bool> {
    if oauth_settings::is_resource(&[], resource) {
        return Ok(true);
    }
    let server = resource_server(ctx, pool, resource).await?;
    Ok(oauth_settings::is_resource(server.as_slice(), resource))
}

async fn resource_server(
    ctx: &Ctx,
    pool: &Pool,
    identifier: &str,
) -> Result<Option<ResourceServer>> {
    let mut read = ctx.store().read().await?;
    read.resource_servers().find(&pool.id, identifier).await
}
