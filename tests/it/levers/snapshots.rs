//! Saving the whole store and going back to it.

use serde_json::{Value, json};

use crate::support::{PASSWORD, Server, each, text, with_password};

async fn own(server: &Server, method: &str, path: &str, body: Value) -> Value {
    let (status, answer) = server.own(method, path, body).await;
    assert_eq!(status, 200, "{path}: {answer}");
    answer
}

async fn users(server: &Server, pool: &str) -> Vec<String> {
    let listed = server.ok("ListUsers", json!({ "UserPoolId": pool })).await;
    let mut names = each(&listed["Users"], "Username");
    names.sort();
    names
}

async fn goes_back(server: &Server) {
    let world = server.world().await;
    let pool = world.pool.as_str();
    let before = world.tokens().await;
    let saved = own(server, "POST", "snapshots", json!({ "name": "one" })).await;
    assert_eq!(
        (&saved["users"], &saved["user_pools"]),
        (&json!(1), &json!(1))
    );

    // Everything changes.
    server.user(pool, "bert", &[]).await;
    let named = json!({ "UserPoolId": pool, "Username": "alice" });
    server.ok("AdminDeleteUser", named.clone()).await;
    let renamed = json!({ "UserPoolId": pool, "ClientId": world.client, "ClientName": "other" });
    server.ok("UpdateUserPoolClient", renamed).await;
    let other = server.pool(json!({})).await;
    server
        .ok("GetUserPoolMfaConfig", json!({ "UserPoolId": other }))
        .await;
    assert_eq!(users(server, pool).await, ["bert"]);

    for _ in 0..2 {
        own(server, "POST", "snapshots/one/restore", Value::Null).await;
        assert_eq!(users(server, pool).await, ["alice"]);
        let gone = json!({ "UserPoolId": other });
        server.refused("DescribeUserPool", gone).await;
        let described = json!({ "UserPoolId": pool, "ClientId": world.client });
        let described = server.ok("DescribeUserPoolClient", described).await;
        assert_ne!(described["UserPoolClient"]["ClientName"], "other");
        // Tokens of before are good, and the keys are those that signed them.
        server
            .ok("GetUser", json!({ "AccessToken": before["AccessToken"] }))
            .await;
        let tokens = world.tokens().await;
        server
            .ok("GetUser", json!({ "AccessToken": tokens["AccessToken"] }))
            .await;
        // Rows still refer to each other: a user's are deleted with it.
        server.ok("AdminDeleteUser", named.clone()).await;
        server
            .refused("GetUser", json!({ "AccessToken": tokens["AccessToken"] }))
            .await;
    }

    // Under the same name, in the place of the first.
    own(server, "POST", "snapshots", json!({ "name": "one" })).await;
    own(server, "POST", "reset", Value::Null).await;
    let listed = own(server, "GET", "snapshots", Value::Null).await;
    assert_eq!(each(&listed["snapshots"], "name"), ["one"]);
    own(server, "POST", "snapshots/one/restore", Value::Null).await;
    assert_eq!(users(server, pool).await, Vec::<String>::new());
    own(server, "DELETE", "snapshots/one", Value::Null).await;
    for (method, path) in [
        ("DELETE", "snapshots/one"),
        ("POST", "snapshots/one/restore"),
    ] {
        assert_eq!(server.own(method, path, Value::Null).await.0, 404);
    }
    for name in ["", "a/b", "ä", &"x".repeat(65)] {
        let refused = server
            .own("POST", "snapshots", json!({ "name": name }))
            .await;
        assert_eq!(refused.0, 400, "{name}");
    }
}

#[tokio::test]
async fn a_store_in_memory_goes_back_to_what_was_saved() {
    goes_back(&Server::start().await).await;
}

#[tokio::test]
async fn a_store_in_a_file_goes_back_to_what_was_saved() {
    goes_back(&Server::in_a_folder().await).await;
}

#[tokio::test]
async fn a_session_that_was_answered_before_the_snapshot_stays_answered_after_it() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let client = text(&server.client(&pool, json!({})).await["ClientId"]);
    let input = json!({
        "UserPoolId": pool, "Username": "alice", "TemporaryPassword": PASSWORD,
    });
    server.ok("AdminCreateUser", input).await;
    let asked = server
        .ok("InitiateAuth", with_password(&client, "alice", PASSWORD))
        .await;
    own(&server, "POST", "snapshots", json!({ "name": "asked" })).await;
    let answer = json!({
        "ClientId": client,
        "ChallengeName": "NEW_PASSWORD_REQUIRED",
        "Session": asked["Session"],
        "ChallengeResponses": { "USERNAME": "alice", "NEW_PASSWORD": "N3w-Passw0rd!" },
    });
    server.ok("RespondToAuthChallenge", answer.clone()).await;
    own(&server, "POST", "snapshots", json!({ "name": "answered" })).await;
    server
        .refused("RespondToAuthChallenge", answer.clone())
        .await;
    own(&server, "POST", "snapshots/asked/restore", Value::Null).await;
    // Nobody has answered yet.
    server.ok("RespondToAuthChallenge", answer.clone()).await;
    own(&server, "POST", "snapshots/answered/restore", Value::Null).await;
    server.refused("RespondToAuthChallenge", answer).await;
}

#[tokio::test]
async fn a_history_goes_back_with_the_store_and_goes_on() {
    let server = Server::keeping_history().await;
    let world = server.world().await;
    let pool = world.pool.as_str();
    own(&server, "POST", "snapshots", json!({ "name": "one" })).await;
    server.user(pool, "bert", &[]).await;
    own(&server, "POST", "snapshots/one/restore", Value::Null).await;
    assert_eq!(users(&server, pool).await, ["alice"]);
    // Its triggers listen again.
    server.user(pool, "carl", &[]).await;
    let at = server.app.clock.now();
    server.advance(std::time::Duration::from_secs(60));
    server
        .ok(
            "AdminDeleteUser",
            json!({ "UserPoolId": pool, "Username": "carl" }),
        )
        .await;
    let input = json!({ "UserPoolId": pool, "RestoreTimestamp": at.seconds() });
    let begun = server.ok("InitiatePointInTimeRecovery", input).await;
    let named = json!({ "UserPoolId": pool, "RestoreId": begun["Restoration"]["RestoreId"] });
    let mut turns = tokio::time::interval(std::time::Duration::from_millis(10));
    for _ in 0..500 {
        turns.tick().await;
        let described = server
            .ok("DescribePointInTimeRecovery", named.clone())
            .await;
        if described["Restoration"]["RestoreStatus"] == "PREVIEW_GENERATED" {
            break;
        }
    }
    server.ok("StartPointInTimeRecovery", named).await;
    for _ in 0..500 {
        turns.tick().await;
        if users(&server, pool).await.len() == 2 {
            break;
        }
    }
    assert_eq!(users(&server, pool).await, ["alice", "carl"]);
}

#[tokio::test]
async fn whoever_works_while_the_store_goes_back_is_safe() {
    let server = std::sync::Arc::new(Server::in_a_folder().await);
    let world = server.world().await;
    own(&server, "POST", "snapshots", json!({ "name": "one" })).await;
    let mut busy = tokio::task::JoinSet::new();
    for number in 0..4 {
        let (server, client, pool) = (server.clone(), world.client.clone(), world.pool.clone());
        busy.spawn(async move {
            for round in 0..10 {
                let input = with_password(&client, "alice", PASSWORD);
                let reply = server.call("InitiateAuth", input).await;
                assert!(reply.status.as_u16() < 500, "{:?}", reply.status);
                let name = format!("user{number}x{round}");
                let input = json!({ "UserPoolId": pool, "Username": name });
                let reply = server.call("AdminCreateUser", input).await;
                assert!(reply.status.as_u16() < 500, "{:?}", reply.status);
            }
        });
    }
    for _ in 0..10 {
        own(&server, "POST", "snapshots/one/restore", Value::Null).await;
    }
    while let Some(done) = busy.join_next().await {
        done.unwrap();
    }
    own(&server, "POST", "snapshots/one/restore", Value::Null).await;
    assert_eq!(users(&server, &world.pool).await, ["alice"]);
}
