//! Domains of pools: prefix domains and custom domains.
//!
//! Not here: which names may be taken (`domain::domains`), what is served under them (`http`).

use super::pools;
use crate::app::Ctx;
use crate::domain::domains;
use crate::error::{Error, Result};
use crate::ids;
use crate::store::{Domain, Pool, Write};
use crate::wire::user_pools::{
    CreateUserPoolDomainRequest, CreateUserPoolDomainResponse, DeleteUserPoolDomainRequest,
    DeleteUserPoolDomainResponse, DescribeUserPoolDomainRequest, DescribeUserPoolDomainResponse,
    DomainDescriptionType, UpdateUserPoolDomainRequest, UpdateUserPoolDomainResponse,
};

pub async fn create_user_pool_domain(
    ctx: &Ctx,
    input: CreateUserPoolDomainRequest,
) -> Result<CreateUserPoolDomainResponse> {
    let distribution = ids::distribution(&mut ctx.rng());
    let mut write = ctx.store().write().await?;
    let pool = pools::to_change(ctx, &mut write, &input.user_pool_id).await?;
    let domain = domains::created(input, &pool, distribution, ctx.now)?;
    if write.domains().find(&domain.name).await?.is_some() {
        return Err(Error::DomainTaken);
    }
    let of_pool = write.domains().of_pool(&pool.id).await?;
    if let Some(other) = of_pool.iter().find(|other| other.custom == domain.custom) {
        return Err(Error::PoolHasDomainAlready {
            pool: pool.id,
            domain: other.name.clone(),
        });
    }
    write.domains().insert(&domain).await?;
    write.settings_change();
    write.commit().await?;
    Ok(CreateUserPoolDomainResponse {
        managed_login_version: domain.settings.managed_login_version,
        cloud_front_domain: domain.settings.cloud_front_distribution,
        routing: domain.settings.routing,
    })
}

/// For a domain that does not exist the description is empty; that is not an error.
pub async fn describe_user_pool_domain(
    ctx: &Ctx,
    input: DescribeUserPoolDomainRequest,
) -> Result<DescribeUserPoolDomainResponse> {
    let mut read = ctx.store().read().await?;
    let mut description = DomainDescriptionType::default();
    if let Some(domain) = read.domains().find(&input.domain).await?
        && let Some(pool) = read.pools().find(&domain.pool_id).await?
        && ctx.check_region(&pool).is_ok()
    {
        ctx.note_pool(&pool.id);
        description = domain.described(&ctx.app.settings.account_id);
    }
    Ok(DescribeUserPoolDomainResponse {
        domain_description: Some(description),
    })
}

pub async fn update_user_pool_domain(
    ctx: &Ctx,
    input: UpdateUserPoolDomainRequest,
) -> Result<UpdateUserPoolDomainResponse> {
    let mut write = ctx.store().write().await?;
    let (pool, mut domain) = to_change(ctx, &mut write, &input.user_pool_id, &input.domain).await?;
    domains::change(&mut domain, input, &pool)?;
    write.domains().update(&domain).await?;
    write.settings_change();
    write.commit().await?;
    Ok(UpdateUserPoolDomainResponse {
        managed_login_version: domain.settings.managed_login_version,
        cloud_front_domain: domain.settings.cloud_front_distribution,
        routing: domain.settings.routing,
    })
}

pub async fn delete_user_pool_domain(
    ctx: &Ctx,
    input: DeleteUserPoolDomainRequest,
) -> Result<DeleteUserPoolDomainResponse> {
    let mut write = ctx.store().write().await?;
    let (_, domain) = to_change(ctx, &mut write, &input.user_pool_id, &input.domain).await?;
    write.domains().delete(&domain.name).await?;
    write.settings_change();
    write.commit().await?;
    Ok(DeleteUserPoolDomainResponse {})
}

/// The domain and its pool, read in this transaction. The service gives the same answer whichever
/// of them is missing. (unsure) For updates, too.
async fn to_change(
    ctx: &Ctx,
    write: &mut Write<'_>,
    pool: &str,
    domain: &str,
) -> Result<(Pool, Domain)> {
    let pool = match pools::to_change(ctx, write, pool).await {
        Err(Error::PoolNotFound { .. }) => return Err(Error::DomainNotFound),
        pool => pool?,
    };
    let found = write.domains().find(domain).await?;
    match found.filter(|domain| domain.pool_id == pool.id) {
        Some(domain) => Ok((pool, domain)),
        None => Err(Error::DomainNotFound),
    }
}
