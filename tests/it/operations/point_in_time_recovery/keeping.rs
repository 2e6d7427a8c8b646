//! The history: from when to when it is kept, what is swept, and what an interruption leaves.

use std::path::Path;
use std::sync::Arc;

use mocknito::clock::{Clock, Timestamp};
use mocknito::flows::point_in_time_recovery;
use mocknito::store::Location;
use mocknito::wire::user_pools::RestoreStatusType;
use serde_json::json;

use super::{DAY, HOUR, Kept, MINUTE};
use crate::support::{Folder, START, Server};

impl Kept {
    async fn images(&self) -> i64 {
        let mut read = self.server.app.store.read().await.unwrap();
        read.history().count_images().await.unwrap()
    }

    /// The same pool after a restart, at the same time.
    async fn reopened(self, folder: &Path, with_history: bool) -> Self {
        let clock = self.server.app.clock.clone();
        self.server.app.store.close().await;
        drop(self.server);
        let location = Location::Folder(folder.to_owned());
        Self {
            server: Server::with_clock(location, clock, with_history).await,
            pool: self.pool,
            client: self.client,
        }
    }

    async fn in_folder(folder: &Path) -> Self {
        let clock = Arc::new(Clock::frozen_at(Timestamp::from_seconds(START)));
        let location = Location::Folder(folder.to_owned());
        let server = Server::with_clock(location, clock, true).await;
        let pool = server.pool(json!({ "UserPoolTier": "PLUS" })).await;
        let client = server.client_id(&pool, json!({})).await;
        server
            .user(&pool, "alice", &[("email", "alice@example.com")])
            .await;
        Self {
            server,
            pool,
            client,
        }
    }
}

#[tokio::test]
async fn old_images_are_swept_and_the_earliest_moment_can_still_be_had() {
    let kept = Kept::start().await;
    for number in 0..20 {
        kept.later(HOUR);
        kept.set_email("alice", &format!("{number}@example.com"))
            .await;
    }
    kept.server.user(&kept.pool, "gone", &[]).await;
    kept.server.ok("AdminDeleteUser", kept.user("gone")).await;
    let all = kept.images().await;
    kept.later(DAY - HOUR);
    kept.server.app.sweep().await.unwrap();
    let swept = kept.images().await;
    assert!(swept < all, "{swept} of {all}");
    // Alice, as she was at the begin of the day that can be had.
    let day = DAY as i64;
    kept.recover(kept.now() - day).await;
    assert_eq!(kept.email("alice").await.as_deref(), Some("18@example.com"));
    kept.later(3 * DAY);
    kept.server.app.sweep().await.unwrap();
    // One image of her, of each of her names, and nothing of who is gone.
    assert_eq!(kept.images().await, 3);
    kept.recover(kept.now() - day).await;
    assert_eq!(kept.users().await, ["alice"]);
}

#[tokio::test]
async fn what_an_active_recovery_needs_is_not_swept() {
    let kept = Kept::start().await;
    let then = kept.now();
    kept.later(16 * MINUTE);
    kept.set_email("alice", "broken@example.com").await;
    kept.later(DAY - 16 * MINUTE);
    let id = kept.initiate(then).await;
    kept.later(DAY - 1);
    kept.server.app.sweep().await.unwrap();
    kept.apply(&id).await;
    assert_eq!(
        kept.email("alice").await.as_deref(),
        Some("alice@example.com")
    );
}

#[tokio::test]
async fn an_expired_preview_keeps_nothing_from_being_swept() {
    let kept = Kept::start().await;
    let then = kept.now();
    kept.later(HOUR);
    kept.initiate(then).await;
    kept.later(DAY + HOUR);
    for number in 0..5 {
        kept.set_email("alice", &format!("{number}@example.com"))
            .await;
        kept.later(HOUR);
    }
    kept.later(2 * DAY);
    kept.server.app.sweep().await.unwrap();
    // One image of her, and of each of her names.
    assert_eq!(kept.images().await, 3);
}

#[tokio::test]
async fn the_history_of_a_pool_ends_with_it() {
    let kept = Kept::start().await;
    assert!(kept.images().await > 0);
    let then = kept.now();
    kept.later(HOUR);
    let id = kept.initiate(then).await;
    // A pool that is being recovered is deleted by a reset only.
    let input = json!({ "UserPoolId": kept.pool });
    kept.server
        .refuses_as("DeleteUserPool", input.clone(), "PausedByRecovery")
        .await;
    kept.server
        .ok("CancelPointInTimeRecovery", kept.named(&id))
        .await;
    kept.server.ok("DeleteUserPool", input).await;
    assert_eq!(kept.images().await, 0);
}

#[tokio::test]
async fn a_reset_forgets_the_history_also_during_a_recovery() {
    let kept = Kept::start().await;
    let then = kept.now();
    kept.later(HOUR);
    kept.initiate(then).await;
    let (status, _) = kept.server.own("POST", "reset", json!({})).await;
    assert_eq!(status, 200);
    assert_eq!(kept.images().await, 0);
    let pool = kept.server.pool(json!({})).await;
    kept.server.user(&pool, "alice", &[]).await;
}

#[tokio::test]
async fn a_restart_goes_on_with_the_history() {
    let folder = Folder::new();
    let kept = Kept::in_folder(&folder.0).await;
    let then = kept.now();
    kept.later(HOUR);
    kept.set_email("alice", "broken@example.com").await;
    let kept = kept.reopened(&folder.0, true).await;
    kept.recover(then).await;
    assert_eq!(
        kept.email("alice").await.as_deref(),
        Some("alice@example.com")
    );
}

#[tokio::test]
async fn a_start_without_the_flag_ends_the_history() {
    let folder = Folder::new();
    let kept = Kept::in_folder(&folder.0).await;
    let then = kept.now();
    kept.later(HOUR);
    let id = kept.initiate(then).await;
    let kept = kept.reopened(&folder.0, false).await;
    // Nothing is paused, and nothing is written down.
    kept.set_email("alice", "unseen@example.com").await;
    let kept = kept.reopened(&folder.0, true).await;
    assert_eq!(
        kept.describe(&id).await["RestoreStatus"],
        "PREVIEW_CANCELLED"
    );
    let begun = kept.now();
    kept.later(HOUR);
    let (gap, point) = (kept.to(begun - 1), kept.to(then));
    for input in [gap, point] {
        let refused = "RecoveryPointNotKept";
        kept.server
            .refuses_as("InitiatePointInTimeRecovery", input, refused)
            .await;
    }
    kept.set_email("alice", "broken@example.com").await;
    kept.recover(begun).await;
    assert_eq!(
        kept.email("alice").await.as_deref(),
        Some("unseen@example.com")
    );
}

#[tokio::test]
async fn an_interrupted_recovery_is_done_at_the_next_start() {
    let folder = Folder::new();
    let mut kept = Kept::in_folder(&folder.0).await;
    let then = kept.now();
    kept.later(HOUR);
    kept.set_email("alice", "broken@example.com").await;
    let id = kept.initiate(then).await;
    for (status, reached) in [
        (RestoreStatusType::PreviewGenerating, "PREVIEW_GENERATED"),
        (RestoreStatusType::Restoring, "RESTORE_COMPLETED"),
    ] {
        // As the server leaves it that is killed before the work was committed.
        let mut write = kept.server.app.store.write().await.unwrap();
        let mut recovery = write
            .recoveries()
            .find(&kept.pool, &id)
            .await
            .unwrap()
            .unwrap();
        recovery.status = status;
        write.recoveries().update(&recovery).await.unwrap();
        write.commit().await.unwrap();
        kept = kept.reopened(&folder.0, true).await;
        assert_eq!(
            kept.email("alice").await.as_deref(),
            Some("broken@example.com")
        );
        point_in_time_recovery::resume(&kept.server.app)
            .await
            .unwrap();
        kept.reaches(&id, reached).await;
    }
    assert_eq!(
        kept.email("alice").await.as_deref(),
        Some("alice@example.com")
    );
}

#[tokio::test]
async fn a_clock_that_is_moved_back_is_believed() {
    let kept = Kept::start().await;
    let start = kept.server.app.clock.now();
    kept.later(30 * DAY);
    kept.server.ok("AdminDeleteUser", kept.user("alice")).await;
    // What was done a month later is not what stands an hour from now.
    kept.server.app.clock.set(start);
    kept.later(HOUR);
    kept.server.user(&kept.pool, "bob", &[]).await;
    let then = kept.now();
    kept.later(HOUR);
    kept.server.ok("AdminDeleteUser", kept.user("bob")).await;
    kept.recover(then).await;
    assert_eq!(kept.users().await, ["bob"]);
}

#[tokio::test]
async fn a_change_that_was_rolled_back_is_not_in_the_history() {
    let kept = Kept::start().await;
    let images = kept.images().await;
    let sub = kept.server.sub_of(&kept.pool, "alice").await;
    let mut write = kept.server.app.store.write().await.unwrap();
    write.users().delete(&sub).await.unwrap();
    drop(write);
    assert_eq!(kept.images().await, images);
    // Signing in leaves no image either.
    kept.server.sign_in(&kept.client, "alice").await;
    assert_eq!(kept.images().await, images);
}
