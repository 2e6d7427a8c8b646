//! Resource servers and their custom scopes.
//!
//! Not here: which scopes a client may have (`domain::oauth_settings`). Clients keep a scope whose
//! resource server is changed or deleted.

use super::paging::Paging;
use super::pools;
use crate::app::Ctx;
use crate::error::{Error, Result};
use crate::store::ResourceServer;
use crate::wire::NoOutput;
use crate::wire::user_pools::{
    CreateResourceServerRequest, CreateResourceServerResponse, DeleteResourceServerRequest,
    DescribeResourceServerRequest, DescribeResourceServerResponse, ListResourceServersRequest,
    ListResourceServersResponse, ResourceServerScopeType, ResourceServerType,
    UpdateResourceServerRequest, UpdateResourceServerResponse,
};

/// The most resource servers of one pool, and the size of a page of them.
const MOST: usize = 25;
const PAGE: usize = 50;

pub async fn create_resource_server(
    ctx: &Ctx,
    input: CreateResourceServerRequest,
) -> Result<CreateResourceServerResponse> {
    let mut write = ctx.store().write().await?;
    let pool = pools::to_change(ctx, &mut write, &input.user_pool_id).await?;
    let server = ResourceServer {
        pool_id: pool.id,
        identifier: input.identifier,
        name: input.name,
        scopes: distinct(input.scopes)?,
        created_at: ctx.now,
    };
    let existing = write.resource_servers().all(&server.pool_id).await?;
    if existing
        .iter()
        .any(|one| one.identifier == server.identifier)
    {
        return Err(Error::ResourceServerExists {
            identifier: server.identifier,
            pool: server.pool_id,
        });
    }
    if existing.len() >= MOST {
        return Err(Error::ResourceServerLimit);
    }
    write.resource_servers().insert(&server).await?;
    write.commit().await?;
    Ok(CreateResourceServerResponse {
        resource_server: Some(described(server)),
    })
}

pub async fn describe_resource_server(
    ctx: &Ctx,
    input: DescribeResourceServerRequest,
) -> Result<DescribeResourceServerResponse> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    let mut read = ctx.store().read().await?;
    let found = read
        .resource_servers()
        .find(&pool.id, &input.identifier)
        .await?;
    let server = found.ok_or_else(|| not_found(&input.identifier))?;
    Ok(DescribeResourceServerResponse {
        resource_server: Some(described(server)),
    })
}

/// Replaces name and scopes. Scopes that are left out are removed.
pub async fn update_resource_server(
    ctx: &Ctx,
    input: UpdateResourceServerRequest,
) -> Result<UpdateResourceServerResponse> {
    let mut write = ctx.store().write().await?;
    let pool = pools::to_change(ctx, &mut write, &input.user_pool_id).await?;
    let found = write
        .resource_servers()
        .find(&pool.id, &input.identifier)
        .await?;
    let mut server = found.ok_or_else(|| not_found(&input.identifier))?;
    server.name = input.name;
    server.scopes = distinct(input.scopes)?;
    write.resource_servers().update(&server).await?;
    write.commit().await?;
    Ok(UpdateResourceServerResponse {
        resource_server: Some(described(server)),
    })
}

pub async fn delete_resource_server(
    ctx: &Ctx,
    input: DeleteResourceServerRequest,
) -> Result<NoOutput> {
    let mut write = ctx.store().write().await?;
    let pool = pools::to_change(ctx, &mut write, &input.user_pool_id).await?;
    let found = write
        .resource_servers()
        .find(&pool.id, &input.identifier)
        .await?;
    let server = found.ok_or_else(|| not_found(&input.identifier))?;
    write
        .resource_servers()
        .delete(&pool.id, &server.identifier)
        .await?;
    write.commit().await?;
    Ok(NoOutput {})
}

pub async fn list_resource_servers(
    ctx: &Ctx,
    input: ListResourceServersRequest,
) -> Result<ListResourceServersResponse> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    let paging = Paging::new(ctx, &[&pool.id], input.max_results, PAGE);
    let after: Option<String> = paging.start(input.next_token.as_deref())?;
    let mut read = ctx.store().read().await?;
    let mut servers = read
        .resource_servers()
        .list(&pool.id, after.as_deref().unwrap_or(""), paging.fetch())
        .await?;
    let next_token = paging.cut(&mut servers, |server| server.identifier.clone())?;
    Ok(ListResourceServersResponse {
        resource_servers: Some(servers.into_iter().map(described).collect()),
        next_token,
    })
}

/// The scopes of a request. Refuses a list that has one twice.
fn distinct(asked: Option<Vec<ResourceServerScopeType>>) -> Result<Vec<ResourceServerScopeType>> {
    let scopes = asked.unwrap_or_default();
    for (index, scope) in scopes.iter().enumerate() {
        if scopes[..index]
            .iter()
            .any(|other| other.scope_name == scope.scope_name)
        {
            return Err(Error::ScopeRepeated {
                scope: scope.scope_name.clone(),
            });
        }
    }
    Ok(scopes)
}

/// (unsure) A resource server without scopes is described with an empty list.
fn described(server: ResourceServer) -> ResourceServerType {
    ResourceServerType {
        user_pool_id: Some(server.pool_id),
        identifier: Some(server.identifier),
        name: Some(server.name),
        scopes: Some(server.scopes),
        managed_by: None,
    }
}

fn not_found(identifier: &str) -> Error {
    Error::ResourceServerNotFound {
        identifier: identifier.to_owned(),
    }
}
