//! Point-in-time recovery: initiate, describe, list, start and cancel.
//!
//! Not here: when a recovery is allowed (`domain::point_in_time_recovery`), what is done in the
//! background and what is paused (`flows::point_in_time_recovery`).

use std::sync::Arc;

use super::paging::Paging;
use super::pools;
use crate::app::Ctx;
use crate::clock::Timestamp;
use crate::domain::point_in_time_recovery::{
    COUNTED, EXPIRES_AFTER, check_limits, check_plan, check_plans, check_point, status,
};
use crate::error::{Error, Result};
use crate::flows::point_in_time_recovery as flow;
use crate::store::{EntityChanges, Pool, Recovery, Write};
use crate::wire::user_pools::{
    CancelPointInTimeRecoveryRequest, CancelPointInTimeRecoveryResponse,
    DescribePointInTimeRecoveryRequest, DescribePointInTimeRecoveryResponse,
    InitiatePointInTimeRecoveryRequest, InitiatePointInTimeRecoveryResponse,
    ListPointInTimeRecoveriesRequest, ListPointInTimeRecoveriesResponse,
    RestorationDescriptionType, RestorationType, RestorePreviewType, RestoreStatusType,
    StartPointInTimeRecoveryRequest, StartPointInTimeRecoveryResponse,
};

const PAGE: usize = 60;

pub async fn initiate_point_in_time_recovery(
    ctx: &Ctx,
    input: InitiatePointInTimeRecoveryRequest,
) -> Result<InitiatePointInTimeRecoveryResponse> {
    let point = input.restore_timestamp;
    let (mut write, pool) = to_change(ctx, &input.user_pool_id).await?;
    check_point(&pool, point, ctx.now)?;
    let step = step_at(&mut write, &pool, point).await?;
    let plans = write.history().plans_since(&pool.id, step).await?;
    check_plans(&plans, point, ctx.now)?;
    let counted = ctx.now.minus(COUNTED);
    let recoveries = write.recoveries().list_since(counted).await?;
    check_limits(&pool.id, &recoveries, ctx.now)?;
    if write.import_jobs().is_running(&pool.id).await? {
        return Err(Error::RecoveryDuringImport);
    }
    let recovery = Recovery {
        number: 0,
        id: ctx.uuid(),
        pool_id: pool.id.clone(),
        status: RestoreStatusType::PreviewGenerating,
        restore_at: point,
        step,
        initiated_at: ctx.now,
        expires_at: ctx.now.plus(EXPIRES_AFTER),
        completed_at: None,
        preview: None,
    };
    write.recoveries().insert(&recovery).await?;
    write.commit().await?;
    Ok(InitiatePointInTimeRecoveryResponse {
        restoration: Some(worked_on(ctx, recovery)),
    })
}

pub async fn describe_point_in_time_recovery(
    ctx: &Ctx,
    input: DescribePointInTimeRecoveryRequest,
) -> Result<DescribePointInTimeRecoveryResponse> {
    let pool = to_read(ctx, &input.user_pool_id).await?;
    let mut read = ctx.store().read().await?;
    let found = read.recoveries().find(&pool.id, &input.restore_id).await?;
    let recovery = found.ok_or(Error::RecoveryNotFound {
        id: input.restore_id,
    })?;
    Ok(DescribePointInTimeRecoveryResponse {
        restoration: Some(described(ctx, recovery)),
    })
}

/// Newest first, without previews.
pub async fn list_point_in_time_recoveries(
    ctx: &Ctx,
    input: ListPointInTimeRecoveriesRequest,
) -> Result<ListPointInTimeRecoveriesResponse> {
    let pool = to_read(ctx, &input.user_pool_id).await?;
    let paging = Paging::new(ctx, &[&pool.id], input.max_results, PAGE);
    let before: Option<i64> = paging.start(input.next_token.as_deref())?;
    let mut read = ctx.store().read().await?;
    let mut recoveries = read
        .recoveries()
        .list(&pool.id, before.unwrap_or(i64::MAX), paging.fetch())
        .await?;
    let next_token = paging.cut(&mut recoveries, |one| one.number)?;
    let listed = recoveries
        .into_iter()
        .map(|one| RestorationDescriptionType {
            restore_status: Some(status(&one, ctx.now)),
            restore_id: Some(one.id),
            restore_timestamp: Some(one.restore_at),
        });
    Ok(ListPointInTimeRecoveriesResponse {
        restorations: Some(listed.collect()),
        next_token,
    })
}

pub async fn start_point_in_time_recovery(
    ctx: &Ctx,
    input: StartPointInTimeRecoveryRequest,
) -> Result<StartPointInTimeRecoveryResponse> {
    let (mut write, mut recovery) = begun(ctx, &input.user_pool_id, input.restore_id).await?;
    let status = status(&recovery, ctx.now);
    if status != RestoreStatusType::PreviewGenerated {
        return Err(Error::RecoveryNotStartable {
            status: status.as_str().to_owned(),
        });
    }
    recovery.status = RestoreStatusType::Restoring;
    write.recoveries().update(&recovery).await?;
    write.commit().await?;
    Ok(StartPointInTimeRecoveryResponse {
        restoration: Some(worked_on(ctx, recovery)),
    })
}

pub async fn cancel_point_in_time_recovery(
    ctx: &Ctx,
    input: CancelPointInTimeRecoveryRequest,
) -> Result<CancelPointInTimeRecoveryResponse> {
    let (mut write, mut recovery) = begun(ctx, &input.user_pool_id, input.restore_id).await?;
    let status = status(&recovery, ctx.now);
    if !matches!(
        status,
        RestoreStatusType::PreviewGenerating | RestoreStatusType::PreviewGenerated
    ) {
        return Err(Error::RecoveryNotCancellable {
            status: status.as_str().to_owned(),
        });
    }
    recovery.status = RestoreStatusType::PreviewCancelled;
    recovery.preview = None;
    write.recoveries().update(&recovery).await?;
    write.commit().await?;
    Ok(CancelPointInTimeRecoveryResponse {
        restoration: Some(described(ctx, recovery)),
    })
}

/// The pool in a transaction of its own, if a history is kept and the pool's plan has recoveries.
async fn to_change<'c>(ctx: &'c Ctx, pool: &str) -> Result<(Write<'c>, Pool)> {
    check_kept(ctx)?;
    let mut write = ctx.store().write().await?;
    let pool = pools::to_change(ctx, &mut write, pool).await?;
    check_plan(&pool)?;
    Ok((write, pool))
}

/// A recovery of the pool, in the same kind of transaction.
async fn begun<'c>(ctx: &'c Ctx, pool: &str, id: String) -> Result<(Write<'c>, Recovery)> {
    let (mut write, pool) = to_change(ctx, pool).await?;
    let found = write.recoveries().find(&pool.id, &id).await?;
    let recovery = found.ok_or(Error::RecoveryNotFound { id })?;
    Ok((write, recovery))
}

async fn to_read(ctx: &Ctx, pool: &str) -> Result<Arc<Pool>> {
    check_kept(ctx)?;
    let pool = ctx.pool(pool).await?;
    check_plan(&pool)?;
    Ok(pool)
}

fn check_kept(ctx: &Ctx) -> Result<()> {
    if ctx.store().keeps_history() {
        Ok(())
    } else {
        Err(Error::HistoryNotKept)
    }
}

/// The last step of the history that stays, if the history goes back so far.
async fn step_at(write: &mut Write<'_>, pool: &Pool, point: Timestamp) -> Result<i64> {
    let since = write.history().since(&pool.id).await?;
    let since = since.unwrap_or(pool.created_at);
    let step = write.history().step_at(point).await?;
    step.filter(|_| point >= since)
        .ok_or_else(|| Error::RecoveryPointNotKept {
            since: since.rfc3339(),
        })
}

/// Hands a recovery over to the background, and says how it stands.
fn worked_on(ctx: &Ctx, recovery: Recovery) -> RestorationType {
    let restoration = described(ctx, recovery.clone());
    flow::work(ctx.app.clone(), recovery);
    restoration
}

fn described(ctx: &Ctx, recovery: Recovery) -> RestorationType {
    let preview = |changes: EntityChanges| RestorePreviewType {
        entity: Some(changes.entity),
        create_count: Some(changes.created),
        update_count: Some(changes.updated),
        delete_count: Some(changes.deleted),
    };
    RestorationType {
        restore_status: Some(status(&recovery, ctx.now)),
        restore_id: Some(recovery.id),
        restore_timestamp: Some(recovery.restore_at),
        trigger_timestamp: Some(recovery.initiated_at),
        restore_preview: recovery
            .preview
            .map(|preview_list| preview_list.into_iter().map(preview).collect()),
    }
}
