//! Point-in-time recovery: what pauses while one is under way, and the work in the background of
//! making its preview and of putting everything back.
//!
//! Everything is put back in one transaction, with which the recovery is completed. A server that
//! is stopped before it was committed begins again at its next start: until then nothing has
//! changed, and nobody could write. Not here: the rows (`store::restore`), the operations.

use std::sync::Arc;

use crate::app::{App, Ctx};
use crate::boxed::spawn;
use crate::clock::Timestamp;
use crate::domain::point_in_time_recovery::is_active;
use crate::error::{Error, Result};
use crate::store::Recovery;
use crate::wire::user_pools::RestoreStatusType as Status;

/// Refuses what writes, while a recovery of the pool is under way.
pub async fn check_not_paused(ctx: &Ctx, pool: &str) -> Result<()> {
    let store = ctx.store();
    if !store.keeps_history() {
        return Ok(());
    }
    // The pool's last recovery, from memory when it was asked for before.
    let load = async || store.read().await?.recoveries().find_last(pool).await;
    let last: Arc<Option<Recovery>> = store.remember(pool, load).await?;
    match &*last {
        Some(recovery) if is_active(recovery, ctx.now) => Err(Error::PausedByRecovery),
        _ => Ok(()),
    }
}

/// Goes on with what was being worked on when the server stopped.
pub async fn resume(app: &Arc<App>) -> Result<()> {
    if !app.store.keeps_history() {
        return Ok(());
    }
    let working = app.store.read().await?.recoveries().list_working().await?;
    for recovery in working {
        tracing::info!(recovery = recovery.id, "a recovery goes on");
        work(app.clone(), recovery);
    }
    Ok(())
}

/// Makes the preview, or puts everything back, in the background.
pub fn work(app: Arc<App>, recovery: Recovery) {
    spawn(async move {
        let (pool, id) = (&recovery.pool_id, &recovery.id);
        let Err(error) = step(&app, pool, id, app.clock.now()).await else {
            return;
        };
        tracing::error!(recovery = id, "a recovery failed: {error:?}");
        if let Err(error) = fall_back(&app, pool, id).await {
            tracing::error!(recovery = id, "it could not be noted: {error:?}");
        }
    });
}

async fn step(app: &App, pool: &str, id: &str, now: Timestamp) -> Result<()> {
    let mut write = app.store.write().await?;
    let Some(mut recovery) = write.recoveries().find(pool, id).await? else {
        return Ok(());
    };
    match recovery.status {
        Status::PreviewGenerating => {
            recovery.preview = Some(write.preview(pool, recovery.step).await?);
            recovery.status = Status::PreviewGenerated;
        }
        Status::Restoring => {
            write.restore(pool, recovery.step, now).await?;
            recovery.status = Status::RestoreCompleted;
            recovery.completed_at = Some(now);
        }
        // Cancelled meanwhile.
        _ => return Ok(()),
    }
    write.recoveries().update(&recovery).await?;
    write.commit().await?;
    tracing::info!(
        pool,
        recovery = id,
        status = recovery.status.as_str(),
        "a recovery came further"
    );
    Ok(())
}

/// Nothing was changed: a preview has failed, and what was to be put back can be started again.
async fn fall_back(app: &App, pool: &str, id: &str) -> Result<()> {
    let mut write = app.store.write().await?;
    let Some(mut recovery) = write.recoveries().find(pool, id).await? else {
        return Ok(());
    };
    recovery.status = match recovery.status {
        Status::PreviewGenerating => Status::PreviewGenerationFailed,
        Status::Restoring => Status::PreviewGenerated,
        other => other,
    };
    write.recoveries().update(&recovery).await?;
    write.commit().await
}
