//! Replicas of pools in other Regions. They are only stored and described.
//!
//! Nothing is replicated: a request that is signed for a replica's Region does not find the pool.

use super::paging::Paging;
use super::pools;
use crate::app::Ctx;
use crate::domain::replicas::{self, Replica};
use crate::domain::tags;
use crate::error::{Error, Result};
use crate::ids;
use crate::store::{Kept, Write};
use crate::wire::user_pools::{
    CreateUserPoolReplicaRequest, CreateUserPoolReplicaResponse, DeleteUserPoolReplicaRequest,
    DeleteUserPoolReplicaResponse, ListUserPoolReplicasRequest, ListUserPoolReplicasResponse,
    ReplicaStatusType, UpdateReplicaStatusType, UpdateUserPoolReplicaRequest,
    UpdateUserPoolReplicaResponse, UserPoolReplicaType,
};

const PAGE: usize = 60;

/// Answers CREATING, as the service does, although the replica exists at once.
pub async fn create_user_pool_replica(
    ctx: &Ctx,
    input: CreateUserPoolReplicaRequest,
) -> Result<CreateUserPoolReplicaResponse> {
    let region = input.region_name;
    replicas::check_region(&region)?;
    let tags = input.user_pool_tags.unwrap_or_default();
    tags::check(&tags)?;
    let mut write = ctx.store().write().await?;
    let pool = pools::to_change(ctx, &mut write, &input.user_pool_id).await?;
    replicas::check_replicable(&pool)?;
    let taken = write.documents().find::<Replica>(&pool.id, &region).await?;
    if region == pool.region || taken.is_some() {
        return Err(Error::ReplicaExists { region });
    }
    let kept = Kept {
        pool_id: pool.id.clone(),
        key: region,
        client_id: None,
        document: Replica {
            active: false,
            tags,
        },
        created_at: ctx.now,
        updated_at: ctx.now,
    };
    write.documents().put(&kept).await?;
    write.commit().await?;
    Ok(CreateUserPoolReplicaResponse {
        user_pool_replica: Some(UserPoolReplicaType {
            status: Some(ReplicaStatusType::Creating),
            ..described(ctx, &kept)
        }),
    })
}

pub async fn update_user_pool_replica(
    ctx: &Ctx,
    input: UpdateUserPoolReplicaRequest,
) -> Result<UpdateUserPoolReplicaResponse> {
    let mut write = ctx.store().write().await?;
    let mut kept = to_change(ctx, &mut write, &input.user_pool_id, &input.region_name).await?;
    kept.document.active = input.status == UpdateReplicaStatusType::Active;
    kept.updated_at = ctx.now;
    write.documents().put(&kept).await?;
    write.commit().await?;
    Ok(UpdateUserPoolReplicaResponse {
        user_pool_replica: Some(described(ctx, &kept)),
    })
}

pub async fn delete_user_pool_replica(
    ctx: &Ctx,
    input: DeleteUserPoolReplicaRequest,
) -> Result<DeleteUserPoolReplicaResponse> {
    let mut write = ctx.store().write().await?;
    let kept = to_change(ctx, &mut write, &input.user_pool_id, &input.region_name).await?;
    if kept.document.active {
        return Err(Error::ReplicaActive { region: kept.key });
    }
    write
        .documents()
        .delete::<Replica>(&kept.pool_id, &kept.key)
        .await?;
    write.commit().await?;
    Ok(DeleteUserPoolReplicaResponse {
        user_pool_replica: Some(UserPoolReplicaType {
            status: Some(ReplicaStatusType::Deleting),
            ..described(ctx, &kept)
        }),
    })
}

/// The pool itself is listed first.
pub async fn list_user_pool_replicas(
    ctx: &Ctx,
    input: ListUserPoolReplicasRequest,
) -> Result<ListUserPoolReplicasResponse> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    let paging = Paging::new(ctx, &[&pool.id], None, PAGE);
    let after = pools::start(&paging, input.next_token.as_deref())?;
    let mut listed = Vec::new();
    if after.is_none() {
        listed.push(replicas::primary(&pool, arn(ctx, &pool.region, &pool.id)));
    }
    let after = after.as_ref().map(|(at, region)| (*at, region.as_str()));
    let mut read = ctx.store().read().await?;
    let mut kept = read
        .documents()
        .list(&pool.id, after, paging.fetch())
        .await?;
    let next_token = paging.cut(&mut kept, |one| (one.created_at.0, one.key.clone()))?;
    listed.extend(kept.iter().map(|one| described(ctx, one)));
    Ok(ListUserPoolReplicasResponse {
        user_pool_replicas: Some(listed),
        next_token,
    })
}

async fn to_change(
    ctx: &Ctx,
    write: &mut Write<'_>,
    pool: &str,
    region: &str,
) -> Result<Kept<Replica>> {
    let pool = pools::to_change(ctx, write, pool).await?;
    if region == pool.region {
        return Err(Error::ReplicaIsPrimary);
    }
    let found = write.documents().find(&pool.id, region).await?;
    found.ok_or_else(|| Error::ReplicaNotFound {
        region: region.to_owned(),
    })
}

/// A replica's ARN has the id of its pool and the replica's own Region.
fn described(ctx: &Ctx, kept: &Kept<Replica>) -> UserPoolReplicaType {
    replicas::described(kept, arn(ctx, &kept.key, &kept.pool_id))
}

fn arn(ctx: &Ctx, region: &str, pool: &str) -> String {
    ids::user_pool_arn(region, &ctx.app.settings.account_id, pool)
}
