//! Identity pools: create, describe, update, delete and list; and their tags by ARN.
//!
//! Not here: what may be set (`domain::identity_pools`), roles and principal tags
//! (`identity_roles.rs`), the identities in a pool (`identities.rs`).

use std::collections::BTreeMap;

use super::paging::Paging;
use super::pools;
use crate::app::Ctx;
use crate::domain::{identity_pools, tags};
use crate::error::{Error, Result};
use crate::ids;
use crate::store::{PoolRoles, StoredIdentityPool, Write};
use crate::wire::NoOutput;
use crate::wire::identity_pools::{
    CreateIdentityPoolInput, DeleteIdentityPoolInput, DescribeIdentityPoolInput, IdentityPool,
    IdentityPoolShortDescription, ListIdentityPoolsInput, ListIdentityPoolsResponse,
    ListTagsForResourceInput, ListTagsForResourceResponse, TagResourceInput, TagResourceResponse,
    UntagResourceInput, UntagResourceResponse,
};

pub async fn create_identity_pool(
    ctx: &Ctx,
    input: CreateIdentityPoolInput,
) -> Result<IdentityPool> {
    let asked = input.identity_pool_tags.clone().unwrap_or_default();
    let fixed = tags::fixed_identity_pool_id(&asked, ctx.region())?;
    create_identity_pool_with_id(ctx, input, fixed).await
}

/// CreateIdentityPool with an id of the caller's choice, which was checked.
pub async fn create_identity_pool_with_id(
    ctx: &Ctx,
    input: CreateIdentityPoolInput,
    fixed: Option<String>,
) -> Result<IdentityPool> {
    let region = ctx.region().to_owned();
    let id = fixed.unwrap_or_else(|| ctx.draw(|rng| ids::identity(&region, rng)));
    ctx.note_pool(&id);
    let created = identity_pools::created(id.clone(), input);
    let pool = StoredIdentityPool {
        id,
        region,
        settings: identity_pools::settled(created, |place| ctx.app.is_here(place))?,
        roles: PoolRoles::default(),
        tag_maps: BTreeMap::new(),
        created_at: ctx.now,
        updated_at: ctx.now,
    };
    let mut write = ctx.store().write().await?;
    if write.identity_pools().find(&pool.id).await?.is_some() {
        return Err(Error::IdentityPoolIdTaken { id: pool.id });
    }
    write.identity_pools().insert(&pool).await?;
    write.commit().await?;
    Ok(pool.settings)
}

pub async fn describe_identity_pool(
    ctx: &Ctx,
    input: DescribeIdentityPoolInput,
) -> Result<IdentityPool> {
    let pool = ctx.identity_pool(&input.identity_pool_id).await?;
    Ok(pool.settings.clone())
}

pub async fn update_identity_pool(ctx: &Ctx, input: IdentityPool) -> Result<IdentityPool> {
    let mut write = ctx.store().write().await?;
    let mut pool = to_change(ctx, &mut write, &input.identity_pool_id).await?;
    pool.settings = identity_pools::updated(&pool, input, |place| ctx.app.is_here(place))?;
    pool.updated_at = ctx.now;
    write.identity_pools().update(&pool).await?;
    write.commit().await?;
    Ok(pool.settings)
}

/// Deletes the identity pool with its identities. Credentials that they were given stay valid until
/// they expire, as on AWS.
pub async fn delete_identity_pool(ctx: &Ctx, input: DeleteIdentityPoolInput) -> Result<NoOutput> {
    let mut write = ctx.store().write().await?;
    let pool = to_change(ctx, &mut write, &input.identity_pool_id).await?;
    write.identity_pools().delete(&pool.id).await?;
    write.commit().await?;
    Ok(NoOutput {})
}

pub async fn list_identity_pools(
    ctx: &Ctx,
    input: ListIdentityPoolsInput,
) -> Result<ListIdentityPoolsResponse> {
    let paging = Paging::new(ctx, &[ctx.region()], Some(input.max_results), 60);
    let after = pools::start(&paging, input.next_token.as_deref())?;
    let after = after.as_ref().map(|(at, id)| (*at, id.as_str()));
    let mut read = ctx.store().read().await?;
    let mut found = read
        .identity_pools()
        .list(ctx.region(), after, paging.fetch())
        .await?;
    let next_token = paging.cut(&mut found, |pool| (pool.created_at.0, pool.id.clone()))?;
    let described = found.into_iter().map(|pool| IdentityPoolShortDescription {
        identity_pool_id: Some(pool.id),
        identity_pool_name: Some(pool.settings.identity_pool_name),
    });
    Ok(ListIdentityPoolsResponse {
        identity_pools: Some(described.collect()),
        next_token,
    })
}

pub async fn tag_resource(ctx: &Ctx, input: TagResourceInput) -> Result<TagResourceResponse> {
    change_tags(ctx, &input.resource_arn, |kept| {
        kept.extend(input.tags);
        tags::check(kept)
    })
    .await?;
    Ok(TagResourceResponse {})
}

pub async fn untag_resource(ctx: &Ctx, input: UntagResourceInput) -> Result<UntagResourceResponse> {
    change_tags(ctx, &input.resource_arn, |kept| {
        kept.retain(|key, _| !input.tag_keys.contains(key));
        Ok(())
    })
    .await?;
    Ok(UntagResourceResponse {})
}

pub async fn list_tags_for_resource(
    ctx: &Ctx,
    input: ListTagsForResourceInput,
) -> Result<ListTagsForResourceResponse> {
    let named = tags::identity_pool_of_arn(&input.resource_arn)?;
    let pool = ctx.identity_pool(named.pool).await?;
    check_named(ctx, &named, &pool)?;
    let tags = pool.settings.identity_pool_tags.clone();
    Ok(ListTagsForResourceResponse {
        tags: Some(tags.unwrap_or_default()),
    })
}

async fn change_tags(
    ctx: &Ctx,
    arn: &str,
    change: impl FnOnce(&mut BTreeMap<String, String>) -> Result<()>,
) -> Result<()> {
    let named = tags::identity_pool_of_arn(arn)?;
    let mut write = ctx.store().write().await?;
    let mut pool = to_change(ctx, &mut write, named.pool).await?;
    check_named(ctx, &named, &pool)?;
    change(pool.settings.identity_pool_tags.get_or_insert_default())?;
    write.identity_pools().update(&pool).await?;
    write.commit().await
}

/// An identity pool in another Region or account does not exist here.
fn check_named(ctx: &Ctx, named: &tags::PoolArn, pool: &StoredIdentityPool) -> Result<()> {
    if named.region == pool.region && named.account == ctx.app.settings.account_id {
        Ok(())
    } else {
        Err(Error::IdentityPoolNotFound {
            id: pool.id.clone(),
        })
    }
}

/// The identity pool, read in this transaction. Every operation that changes one begins with this.
pub(super) async fn to_change(
    ctx: &Ctx,
    write: &mut Write<'_>,
    id: &str,
) -> Result<StoredIdentityPool> {
    let found = write.identity_pools().find(id).await?;
    let pool = found.ok_or_else(|| Error::IdentityPoolNotFound { id: id.to_owned() })?;
    ctx.check_identity_pool(&pool)?;
    Ok(pool)
}
