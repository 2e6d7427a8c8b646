//! When a user pool can be recovered to an earlier point in time, and what stands of a recovery.
//!
//! Not here: the history (`store::history`), who does it (`flows::point_in_time_recovery`).

use std::time::Duration;

use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::store::{Pool, Recovery, reach};
use crate::wire::user_pools::{RestoreStatusType as Status, UserPoolTierType as Tier};

const DAY: Duration = Duration::from_secs(86_400);
const MONTH: Duration = Duration::from_secs(30 * 86_400);

/// How long a preview can be started or cancelled, from the begin of the recovery.
pub const EXPIRES_AFTER: Duration = DAY;
/// Recoveries of all pools that were initiated within this time count for the limits.
pub const COUNTED: Duration = MONTH;

/// How far in the past a recovery point must be.
const YOUNGEST_POINT: Duration = Duration::from_secs(15 * 60);
/// Previews of one pool in a day, and in a month.
const PREVIEWS_IN_A_DAY: usize = 3;
const PREVIEWS_IN_A_MONTH: usize = 10;
/// Previews of all pools in a day.
const PREVIEWS_OF_ACCOUNT: usize = 10;
/// Active recoveries of all pools.
const ACTIVE_OF_ACCOUNT: usize = 5;

/// The present status: a preview that nobody started or cancelled in time has expired.
pub fn status(recovery: &Recovery, now: Timestamp) -> Status {
    match recovery.status {
        Status::PreviewGenerating | Status::PreviewGenerated if now >= recovery.expires_at => {
            Status::PreviewExpired
        }
        stored => stored,
    }
}

/// Whether operations that write are paused by it.
pub fn is_active(recovery: &Recovery, now: Timestamp) -> bool {
    matches!(
        status(recovery, now),
        Status::PreviewGenerating | Status::PreviewGenerated | Status::Restoring
    )
}

fn tier(pool: &Pool) -> Tier {
    pool.settings.user_pool_tier.unwrap_or(Tier::Essentials)
}

/// Refuses pools whose plan has no recovery; says how far back it reaches.
pub fn check_plan(pool: &Pool) -> Result<Duration> {
    let tier = tier(pool);
    reach(Some(tier)).ok_or_else(|| Error::RecoveryNotInTier {
        tier: tier.as_str().to_owned(),
    })
}

/// Whether the pool may be put back to this instant, by its plan of today.
pub fn check_point(pool: &Pool, point: Timestamp, now: Timestamp) -> Result<()> {
    let reach = check_plan(pool)?;
    if point > now.minus(YOUNGEST_POINT) {
        return Err(Error::RecoveryPointTooRecent);
    }
    if point < pool.created_at {
        return Err(Error::RecoveryPointBeforePool);
    }
    if point < now.minus(reach) {
        return Err(Error::RecoveryPointTooOld {
            tier: tier(pool).as_str().to_owned(),
            days: reach.as_secs() / DAY.as_secs(),
        });
    }
    Ok(())
}

/// Documented: "to recover your user pool to a point in time 14 days ago, your user pool must have
/// been on the Plus plan for the past 14 days". `plans` are all that the pool had since then.
pub fn check_plans(plans: &[Option<Tier>], point: Timestamp, now: Timestamp) -> Result<()> {
    for plan in plans {
        if reach(*plan).is_none_or(|reach| point < now.minus(reach)) {
            return Err(Error::RecoveryPointNotInTier {
                tier: plan.unwrap_or(Tier::Essentials).as_str().to_owned(),
            });
        }
    }
    Ok(())
}

/// Whether another recovery of this pool may begin; `recoveries` are those of all pools that count.
pub fn check_limits(pool: &str, recoveries: &[Recovery], now: Timestamp) -> Result<()> {
    let of_pool = |one: &&Recovery| one.pool_id == pool;
    if recoveries
        .iter()
        .filter(of_pool)
        .any(|one| is_active(one, now))
    {
        return Err(Error::RecoveryIsActive);
    }
    let active = recoveries.iter().filter(|one| is_active(one, now)).count();
    if active >= ACTIVE_OF_ACCOUNT {
        return Err(Error::TooManyActiveRecoveries {
            limit: ACTIVE_OF_ACCOUNT,
        });
    }
    let day = now.minus(DAY);
    let completed = |one: &Recovery| one.completed_at.is_some_and(|at| at > day);
    if recoveries.iter().filter(of_pool).any(completed) {
        return Err(Error::RecoveryCompletedToday);
    }
    // A preview that failed was none.
    let previews = |since: Timestamp, all: bool| {
        let counts = |one: &&Recovery| {
            one.initiated_at > since
                && (all || one.pool_id == pool)
                && one.status != Status::PreviewGenerationFailed
        };
        recoveries.iter().filter(counts).count()
    };
    if previews(day, false) >= PREVIEWS_IN_A_DAY {
        return Err(Error::TooManyPreviewsInADay {
            limit: PREVIEWS_IN_A_DAY,
        });
    }
    if previews(day, true) >= PREVIEWS_OF_ACCOUNT {
        return Err(Error::TooManyPreviewsOfAccount {
            limit: PREVIEWS_OF_ACCOUNT,
        });
    }
    if previews(now.minus(MONTH), false) >= PREVIEWS_IN_A_MONTH {
        return Err(Error::TooManyPreviewsInAMonth {
            limit: PREVIEWS_IN_A_MONTH,
        });
    }
    Ok(())
}
