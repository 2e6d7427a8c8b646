//! The domains of pools: prefixes and the customers' own host names.
//!
//! Not here: which names may be taken (`domain::domains`), what is served under them (`http`).

use super::pools;
use crate::app::Ctx;
use crate::domain::domains;
use crate::error::{Error, Result};
use crate::wire::user_pools::{
    CreateUserPoolDomainRequest, CreateUserPoolDomainResponse, DeleteUserPoolDomainRequest,
    DeleteUserPoolDomainResponse, DescribeUserPoolDomainRequest, DescribeUserPoolDomainResponse,
    DomainDescriptionType, UpdateUserPoolDomainRequest, UpdateUserPoolDomainResponse,
};

pub async fn create_user_pool_domain(
    ctx: &Ctx,
    input: CreateUserPoolDomainRequest,
) -> Result<CreateUserPoolDomainResponse> {
    let mut write = ctx.store().write().await?;
    let pool = pools::to_change(ctx, &mut write, &input.user_pool_id).await?;
    let domain = domains::created(input, &pool, ctx.now)?;
    let taken = write.domains().find(&domain.name, &pool.region).await?;
    if taken.is_some() {
        return Err(Error::DomainTaken);
    }
    let of_pool = write.domains().of_pool(&pool.id).await?;
    if of_pool.iter().any(|other| other.custom == domain.custom) {
        return Err(Error::PoolHasDomainAlready);
    }
    write.domains().insert(&domain).await?;
    write.commit().await?;
    Ok(CreateUserPoolDomainResponse {
        managed_login_version: domain.settings.managed_login_version,
        cloud_front_domain: domain.custom.then(|| domain.distribution()),
        routing: domain.settings.routing,
    })
}

/// A domain that is not there is described as nothing, without an error.
pub async fn describe_user_pool_domain(
    ctx: &Ctx,
    input: DescribeUserPoolDomainRequest,
) -> Result<DescribeUserPoolDomainResponse> {
    let mut read = ctx.store().read().await?;
    let mut description = DomainDescriptionType::default();
    // Who signs nothing finds it wherever it is.
    let found = match &ctx.signed_region {
        Some(region) => read.domains().find(&input.domain, region).await?,
        None => read.domains().find_anywhere(&input.domain).await?,
    };
    if let Some(domain) = found
        && let Some(pool) = read.pools().find(&domain.pool_id).await?
        && ctx.check_region(&pool).is_ok()
    {
        ctx.note_pool(&pool.id);
        description = domain.described(&pool.region, &ctx.app.settings.account_id);
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
    let pool = pools::to_change(ctx, &mut write, &input.user_pool_id).await?;
    let found = write.domains().find(&input.domain, &pool.region).await?;
    let mut domain = found.ok_or(Error::DomainToUpdateNotFound)?;
    if domain.pool_id != pool.id {
        return Err(Error::DomainOfAnotherPool);
    }
    domains::change(&mut domain, input, &pool)?;
    write.domains().update(&domain).await?;
    write.commit().await?;
    Ok(UpdateUserPoolDomainResponse {
        managed_login_version: domain.settings.managed_login_version,
        cloud_front_domain: domain.custom.then(|| domain.distribution()),
        routing: domain.settings.routing,
    })
}

pub async fn delete_user_pool_domain(
    ctx: &Ctx,
    input: DeleteUserPoolDomainRequest,
) -> Result<DeleteUserPoolDomainResponse> {
    let mut write = ctx.store().write().await?;
    // Whatever is missing, the service says the same.
    let pool = match pools::to_change(ctx, &mut write, &input.user_pool_id).await {
        Err(Error::PoolNotFound { .. }) => return Err(Error::DomainNotFound),
        pool => pool?,
    };
    let found = write.domains().find(&input.domain, &pool.region).await?;
    let domain = found
        .filter(|domain| domain.pool_id == pool.id)
        .ok_or(Error::DomainNotFound)?;
    write.domains().delete(&domain).await?;
    write.commit().await?;
    Ok(DeleteUserPoolDomainResponse {})
}
