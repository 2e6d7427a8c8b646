//! When a recovery is allowed, its statuses, and how recoveries are listed.

use serde_json::{Value, json};

use super::{DAY, HOUR, Kept, MINUTE};
use crate::support::{each, text};

const UNKNOWN: &str = "00000000-0000-4000-8000-000000000000";

impl Kept {
    async fn refuses_point(&self, point: i64, situation: &str) {
        self.server
            .refuses_as("InitiatePointInTimeRecovery", self.to(point), situation)
            .await;
    }

    async fn refuses(&self, operation: &'static str, restore: &str, situation: &str) {
        self.server
            .refuses_as(operation, self.named(restore), situation)
            .await;
    }

    async fn cancel(&self, restore: &str) -> Value {
        let cancelled = self
            .server
            .ok("CancelPointInTimeRecovery", self.named(restore))
            .await;
        cancelled["Restoration"].clone()
    }

    async fn list(&self, more: Value) -> Value {
        let mut input = json!({ "UserPoolId": self.pool });
        crate::support::merge(&mut input, more);
        self.server.ok("ListPointInTimeRecoveries", input).await
    }

    async fn have_plan(&self, plan: &str) {
        let input = json!({ "UserPoolId": self.pool, "UserPoolTier": plan });
        self.server.ok("UpdateUserPool", input).await;
    }

    /// The recovery point a quarter of an hour ago.
    fn recently(&self) -> i64 {
        self.now() - 15 * MINUTE as i64
    }
}

#[tokio::test]
async fn a_preview_is_applied_or_cancelled_and_neither_twice() {
    let kept = Kept::start().await;
    let then = kept.now();
    kept.later(HOUR);
    let first = kept.initiate(then).await;
    let described = kept.describe(&first).await;
    assert_eq!(described["RestoreTimestamp"], json!(then));
    assert_eq!(described["TriggerTimestamp"], json!(kept.now()));
    let cancelled = kept.cancel(&first).await;
    assert_eq!(cancelled["RestoreStatus"], "PREVIEW_CANCELLED");
    // Documented: the preview is discarded.
    assert_eq!(cancelled["RestorePreview"], Value::Null);
    kept.refuses(
        "CancelPointInTimeRecovery",
        &first,
        "RecoveryNotCancellable",
    )
    .await;
    kept.refuses("StartPointInTimeRecovery", &first, "RecoveryNotStartable")
        .await;
    kept.set_email("alice", "now@example.com").await;

    let second = kept.initiate(then).await;
    kept.apply(&second).await;
    kept.refuses(
        "CancelPointInTimeRecovery",
        &second,
        "RecoveryNotCancellable",
    )
    .await;
    kept.refuses("StartPointInTimeRecovery", &second, "RecoveryNotStartable")
        .await;
    assert_eq!(kept.preview(&second, "Users").await, [0, 1, 0]);
    kept.set_email("alice", "again@example.com").await;
}

#[tokio::test]
async fn a_preview_can_be_cancelled_before_it_is_made() {
    let kept = Kept::start().await;
    let then = kept.now();
    kept.later(HOUR);
    let begun = kept
        .server
        .ok("InitiatePointInTimeRecovery", kept.to(then))
        .await;
    let id = text(&begun["Restoration"]["RestoreId"]);
    kept.cancel(&id).await;
    // Nor afterwards: the work in the background may just be about to end.
    let mut described = Value::Null;
    let mut turns = tokio::time::interval(std::time::Duration::from_millis(10));
    for _ in 0..6 {
        turns.tick().await;
        described = kept.describe(&id).await;
        assert_eq!(described["RestoreStatus"], "PREVIEW_CANCELLED");
    }
    assert_eq!(described["RestorePreview"], Value::Null);
}

#[tokio::test]
async fn a_preview_expires_after_a_day_and_writes_go_on() {
    let kept = Kept::start().await;
    let then = kept.now();
    kept.later(HOUR);
    let id = kept.initiate(then).await;
    kept.later(DAY - 1);
    assert_eq!(
        kept.describe(&id).await["RestoreStatus"],
        "PREVIEW_GENERATED"
    );
    kept.later(1);
    assert_eq!(kept.describe(&id).await["RestoreStatus"], "PREVIEW_EXPIRED");
    let listed = kept.list(json!({})).await;
    assert_eq!(
        listed["Restorations"][0]["RestoreStatus"],
        "PREVIEW_EXPIRED"
    );
    kept.refuses("StartPointInTimeRecovery", &id, "RecoveryNotStartable")
        .await;
    kept.refuses("CancelPointInTimeRecovery", &id, "RecoveryNotCancellable")
        .await;
    kept.set_email("alice", "now@example.com").await;
    kept.initiate(kept.recently()).await;
}

#[tokio::test]
async fn a_recovery_is_known_to_its_pool_only() {
    let kept = Kept::start().await;
    let then = kept.now();
    let other = kept.server.pool(json!({})).await;
    kept.later(HOUR);
    let id = kept.initiate(then).await;
    for operation in [
        "CancelPointInTimeRecovery",
        "DescribePointInTimeRecovery",
        "StartPointInTimeRecovery",
    ] {
        kept.refuses(operation, UNKNOWN, "RecoveryNotFound").await;
        let input = json!({ "UserPoolId": other, "RestoreId": id });
        kept.server
            .refuses_as(operation, input, "RecoveryNotFound")
            .await;
        let input = json!({ "UserPoolId": "us-east-1_nobody", "RestoreId": id });
        kept.server
            .refuses_as(operation, input, "PoolNotFound")
            .await;
    }
    let listed = kept
        .server
        .ok("ListPointInTimeRecoveries", json!({ "UserPoolId": other }))
        .await;
    assert_eq!(listed["Restorations"], json!([]));
}

#[tokio::test]
async fn recoveries_are_listed_newest_first_by_page_and_without_previews() {
    let kept = Kept::start().await;
    let then = kept.now();
    kept.later(HOUR);
    let mut made = Vec::new();
    for _ in 0..3 {
        let id = kept.initiate(then).await;
        kept.cancel(&id).await;
        made.insert(0, id);
    }
    let listed = kept.list(json!({})).await;
    assert_eq!(each(&listed["Restorations"], "RestoreId"), made);
    assert_eq!(listed["NextToken"], Value::Null);
    assert_eq!(
        listed["Restorations"][0],
        json!({ "RestoreId": made[0], "RestoreStatus": "PREVIEW_CANCELLED", "RestoreTimestamp": then })
    );
    let page = kept.list(json!({ "MaxResults": 2 })).await;
    assert_eq!(each(&page["Restorations"], "RestoreId"), made[..2]);
    let more = json!({ "MaxResults": 2, "NextToken": page["NextToken"] });
    let last = kept.list(more).await;
    assert_eq!(each(&last["Restorations"], "RestoreId"), made[2..]);
    assert_eq!(last["NextToken"], Value::Null);
    for wrong in [0, 61] {
        let input = json!({ "UserPoolId": kept.pool, "MaxResults": wrong });
        let words = kept
            .server
            .refused("ListPointInTimeRecoveries", input)
            .await;
        assert!(words.contains("'maxResults'"), "{words}");
    }
    let input = json!({ "UserPoolId": kept.pool, "NextToken": "x" });
    kept.server
        .refuses_as("ListPointInTimeRecoveries", input, "InvalidPagination")
        .await;
}

#[tokio::test]
async fn the_recovery_point_is_neither_too_recent_nor_too_old() {
    let kept = Kept::start().await;
    kept.later(HOUR);
    kept.refuses_point(kept.recently() + 1, "RecoveryPointTooRecent")
        .await;
    kept.refuses_point(kept.now() + 10, "RecoveryPointTooRecent")
        .await;
    let made = kept.now() - HOUR as i64;
    kept.refuses_point(made - 1, "RecoveryPointBeforePool")
        .await;
    let id = kept.initiate(made).await;
    kept.cancel(&id).await;
    let id = kept.initiate(kept.recently()).await;
    kept.cancel(&id).await;
    kept.later(3 * DAY);
    let day = DAY as i64;
    kept.refuses_point(kept.now() - day - 1, "RecoveryPointTooOld")
        .await;
    kept.initiate(kept.now() - day).await;
}

#[tokio::test]
async fn plus_reaches_fourteen_days_back_and_lite_nowhere() {
    let kept = Kept::with(json!({ "UserPoolTier": "PLUS" })).await;
    kept.later(20 * DAY);
    let days = 14 * DAY as i64;
    kept.refuses_point(kept.now() - days - 1, "RecoveryPointTooOld")
        .await;
    let id = kept.initiate(kept.now() - days).await;
    kept.cancel(&id).await;
    kept.have_plan("LITE").await;
    kept.refuses_point(kept.recently(), "RecoveryNotInTier")
        .await;
    for operation in [
        "CancelPointInTimeRecovery",
        "DescribePointInTimeRecovery",
        "StartPointInTimeRecovery",
    ] {
        kept.refuses(operation, &id, "RecoveryNotInTier").await;
    }
    let input = json!({ "UserPoolId": kept.pool });
    kept.server
        .refuses_as("ListPointInTimeRecoveries", input, "RecoveryNotInTier")
        .await;
}

#[tokio::test]
async fn the_pool_had_the_plan_all_the_time_since() {
    let kept = Kept::with(json!({ "UserPoolTier": "LITE" })).await;
    kept.later(HOUR);
    kept.have_plan("ESSENTIALS").await;
    kept.later(HOUR);
    let hour = HOUR as i64;
    kept.refuses_point(kept.now() - hour - 1, "RecoveryPointNotInTier")
        .await;
    let id = kept.initiate(kept.now() - hour).await;
    kept.cancel(&id).await;
    // Plus since now: what lies further back than Essentials reached is not to be had.
    kept.later(2 * DAY);
    kept.have_plan("PLUS").await;
    kept.later(HOUR);
    kept.refuses_point(kept.now() - DAY as i64 - hour, "RecoveryPointNotInTier")
        .await;
    let id = kept.initiate(kept.now() - DAY as i64).await;
    kept.cancel(&id).await;
    // There and back.
    kept.have_plan("LITE").await;
    kept.later(HOUR);
    kept.have_plan("PLUS").await;
    kept.later(HOUR);
    kept.refuses_point(kept.now() - 3 * hour, "RecoveryPointNotInTier")
        .await;
}

#[tokio::test]
async fn one_is_active_three_are_made_in_a_day_and_ten_in_a_month() {
    let kept = Kept::start().await;
    kept.later(HOUR);
    let mut made = 0;
    while made < 10 {
        for _ in 0..3.min(10 - made) {
            let id = kept.initiate(kept.recently()).await;
            kept.refuses_point(kept.recently(), "RecoveryIsActive")
                .await;
            kept.cancel(&id).await;
            made += 1;
        }
        if made < 10 {
            kept.refuses_point(kept.recently(), "TooManyPreviewsInADay")
                .await;
            kept.later(DAY);
        }
    }
    kept.refuses_point(kept.recently(), "TooManyPreviewsInAMonth")
        .await;
    kept.later(28 * DAY);
    kept.initiate(kept.recently()).await;
}

#[tokio::test]
async fn a_pool_is_recovered_once_a_day() {
    let kept = Kept::start().await;
    kept.later(HOUR);
    kept.recover(kept.recently()).await;
    kept.later(DAY - 1);
    kept.refuses_point(kept.recently(), "RecoveryCompletedToday")
        .await;
    kept.later(1);
    kept.recover(kept.recently()).await;
}

#[tokio::test]
async fn the_account_has_limits_of_its_own() {
    let kept = Kept::start().await;
    let mut pools = vec![kept.pool.clone()];
    for _ in 0..5 {
        pools.push(kept.server.pool(json!({})).await);
    }
    kept.later(HOUR);
    let to = |pool: &str| json!({ "UserPoolId": pool, "RestoreTimestamp": kept.recently() });
    let mut begun = Vec::new();
    for pool in &pools[..5] {
        let answer = kept
            .server
            .ok("InitiatePointInTimeRecovery", to(pool))
            .await;
        begun.push((pool, text(&answer["Restoration"]["RestoreId"])));
    }
    let refuses = |situation| {
        kept.server
            .refuses_as("InitiatePointInTimeRecovery", to(&pools[5]), situation)
    };
    refuses("TooManyActiveRecoveries").await;
    for round in 0..2 {
        for (pool, id) in &mut begun {
            let named = json!({ "UserPoolId": pool, "RestoreId": id });
            kept.server.ok("CancelPointInTimeRecovery", named).await;
            if round == 0 {
                let answer = kept
                    .server
                    .ok("InitiatePointInTimeRecovery", to(pool))
                    .await;
                *id = text(&answer["Restoration"]["RestoreId"]);
            }
        }
    }
    refuses("TooManyPreviewsOfAccount").await;
}
