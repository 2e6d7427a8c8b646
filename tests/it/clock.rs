//! The clock moves everything that has a time, in both directions. How it is moved and what it
//! refuses is in `doors.rs`.

use serde_json::json;

use crate::support::{PASSWORD, START, Server, claims, with_refresh_token};

#[tokio::test]
async fn a_clock_moved_by_http_is_the_clock_that_tokens_see() {
    let server = Server::start().await;
    let world = server.world().await;
    let tokens = world.tokens().await;
    assert_eq!(claims(&tokens["AccessToken"])["iat"], START);
    let get_user = json!({ "AccessToken": tokens["AccessToken"] });
    server.ok("GetUser", get_user.clone()).await;

    server
        .own("POST", "clock", json!({ "advance": "59m" }))
        .await;
    server.ok("GetUser", get_user.clone()).await;
    server
        .own("POST", "clock", json!({ "advance": "1m" }))
        .await;
    let expired = "NotAuthorizedException: Access Token has expired";
    server.refuses("GetUser", get_user.clone(), expired).await;

    // Back in time it is good again.
    server
        .own("POST", "clock", json!({ "now": "2026-01-01T00:30:00Z" }))
        .await;
    server.ok("GetUser", get_user).await;

    server
        .own("POST", "clock", json!({ "advance": "30d" }))
        .await;
    let refresh = with_refresh_token(&world.client, &tokens["RefreshToken"]);
    server
        .refuses(
            "InitiateAuth",
            refresh,
            "NotAuthorizedException: Refresh Token has expired",
        )
        .await;
}

#[tokio::test]
async fn dates_of_records_follow_the_clock() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    server.user(&pool, "alice", &[]).await;
    server
        .own(
            "POST",
            "clock",
            json!({ "now": "2030-05-06T07:08:09.250Z" }),
        )
        .await;
    server
        .ok(
            "AdminSetUserPassword",
            json!({ "UserPoolId": pool, "Username": "alice", "Password": PASSWORD, "Permanent": true }),
        )
        .await;
    let user = server.described_user(&pool, "alice").await;
    assert_eq!(user["UserCreateDate"].as_f64(), Some(START as f64));
    assert_eq!(
        user["UserLastModifiedDate"].as_f64(),
        Some(1_904_281_689.25)
    );
}

#[tokio::test]
async fn a_refused_change_changes_nothing_of_what_it_asked() {
    let server = Server::start().await;
    let (status, _) = server
        .own(
            "POST",
            "clock",
            json!({ "reset": true, "now": "2030-01-01T00:00:00Z", "advance": "never" }),
        )
        .await;
    assert_eq!(status, 400);
    let (_, clock) = server.own("GET", "clock", serde_json::Value::Null).await;
    assert_eq!(clock["now"], "2026-01-01T00:00:00Z");
    assert_eq!(clock["frozen"], true);
}

#[tokio::test]
async fn a_reset_of_the_store_leaves_the_clock_alone() {
    let server = Server::start().await;
    server
        .own("POST", "clock", json!({ "advance": "1h" }))
        .await;
    server.own("POST", "reset", serde_json::Value::Null).await;
    let (_, clock) = server.own("GET", "clock", serde_json::Value::Null).await;
    assert_eq!(clock["now"], "2026-01-01T01:00:00Z");
}
