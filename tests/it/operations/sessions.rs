//! Sessions: listed, ended, evicted, and refused to everybody else.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Server, World, each, keys, text, with_refresh_token};

const UNKNOWN: &str = "ResourceNotFoundException: Session does not exist.";
const NOT_TRACKED: &str =
    "InvalidParameterException: Session tracking is not enabled for the user pool.";
const REVOKED: &str = "NotAuthorizedException: Access Token has been revoked";

async fn track(server: &Server, pool: &str, most: i32) {
    let input = json!({ "UserPoolId": pool, "UserSessionTracking": "ENABLED", "TokenSession": { "MaxPerUser": most } });
    server.ok("SetUserPoolSessionConfiguration", input).await;
}

async fn sessions(world: &World<'_>) -> Value {
    let input = json!({ "UserPoolId": world.pool, "Username": "alice" });
    world.server.ok("AdminListUserSessions", input).await["Sessions"].clone()
}

fn of(tokens: &Value) -> Value {
    json!({ "AccessToken": tokens["AccessToken"] })
}

#[tokio::test]
async fn sign_ins_are_sessions_once_the_pool_tracks_them() {
    let server = Server::start().await;
    let world = server.world().await;
    let before = world.tokens().await;
    for input in [of(&before)] {
        server.refuses("ListUserSessions", input, NOT_TRACKED).await;
    }
    track(&server, &world.pool, 20).await;
    assert_eq!(sessions(&world).await, json!([]));
    // A sign-in of before does not become a session by refreshing.
    server
        .ok(
            "InitiateAuth",
            with_refresh_token(&world.client, &before["RefreshToken"]),
        )
        .await;
    assert_eq!(sessions(&world).await, json!([]));

    let target = "AWSCognitoIdentityProviderService.InitiateAuth";
    let mut request =
        crate::support::with_password(&world.client, "alice", crate::support::PASSWORD);
    request["UserContextData"] = json!({ "IpAddress": "192.0.2.7" });
    let agent = [("user-agent", "Boto3/1.44.5 md/Botocore#1.44.5")];
    let reply = server.post_with(target, &agent, request.to_string()).await;
    let one = reply.json()["AuthenticationResult"].clone();
    server.advance(Duration::from_secs(60));
    let two = world.tokens().await;

    let listed = server.ok("ListUserSessions", of(&one)).await;
    let listed = &listed["Sessions"];
    assert_eq!(listed.as_array().unwrap().len(), 2);
    let mine = &listed[1];
    assert_eq!(
        keys(mine),
        [
            "ClientId",
            "CreateDate",
            "DeviceType",
            "IsCurrentSession",
            "LastActiveDate",
            "LastIPAddress",
            "SessionId",
            "SessionType"
        ]
    );
    let id = text(&mine["SessionId"]);
    assert!(id.starts_with("tkn") && id.len() == 28, "{id}");
    assert_eq!(mine["SessionType"], "TOKEN");
    assert_eq!(mine["ClientId"], json!(world.client));
    assert_eq!(mine["DeviceType"], "Boto3/1.44.5");
    assert_eq!(mine["LastIPAddress"], "192.0.2.7");
    assert_eq!(mine["IsCurrentSession"], true);
    assert_eq!(listed[0]["IsCurrentSession"], false);
    assert_eq!(listed[0]["DeviceType"], "unknown");
    // An administrator has no session of their own, and refreshing makes one the last that was
    // active.
    server.advance(Duration::from_secs(60));
    server
        .ok(
            "InitiateAuth",
            with_refresh_token(&world.client, &one["RefreshToken"]),
        )
        .await;
    let listed = sessions(&world).await;
    assert_eq!(listed[0]["SessionId"], json!(id));
    assert_eq!(listed[0]["IsCurrentSession"], false);
    assert_eq!(
        listed[0]["LastActiveDate"].as_i64().unwrap() - listed[0]["CreateDate"].as_i64().unwrap(),
        120
    );
    drop(two);
}

#[tokio::test]
async fn a_revoked_session_ends_with_all_its_tokens_and_no_other_does() {
    let server = Server::start().await;
    let world = server.world().await;
    track(&server, &world.pool, 20).await;
    let (one, two) = (world.tokens().await, world.tokens().await);
    let listed = server.ok("ListUserSessions", of(&one)).await;
    let find = |current: bool| {
        let sessions = listed["Sessions"].as_array().unwrap();
        let found = sessions
            .iter()
            .find(|session| session["IsCurrentSession"] == current);
        found.unwrap()["SessionId"].clone()
    };
    let revoke =
        |session: &Value| json!({ "AccessToken": one["AccessToken"], "SessionId": session });
    server
        .refuses(
            "RevokeUserSession",
            revoke(&find(true)),
            "InvalidParameterException: The current session cannot be revoked.",
        )
        .await;
    server.ok("RevokeUserSession", revoke(&find(false))).await;
    server.refuses("GetUser", of(&two), REVOKED).await;
    server
        .refuses(
            "InitiateAuth",
            with_refresh_token(&world.client, &two["RefreshToken"]),
            "NotAuthorizedException: Refresh Token has been revoked",
        )
        .await;
    server.ok("GetUser", of(&one)).await;
    server
        .refuses("RevokeUserSession", revoke(&find(false)), UNKNOWN)
        .await;

    // An administrator ends the last one, too.
    let input = json!({ "UserPoolId": world.pool, "Username": "alice", "SessionId": find(true) });
    server.ok("AdminRevokeUserSession", input).await;
    server.refuses("ListUserSessions", of(&one), REVOKED).await;
    assert_eq!(sessions(&world).await, json!([]));
}

#[tokio::test]
async fn nobody_ends_another_users_session() {
    let server = Server::start().await;
    let world = server.world().await;
    track(&server, &world.pool, 20).await;
    server.user(&world.pool, "mallory", &[]).await;
    let alice = world.tokens().await;
    let mallory = server.sign_in(&world.client, "mallory").await;
    let id = sessions(&world).await[0]["SessionId"].clone();
    let mine = json!({ "AccessToken": mallory["AccessToken"], "SessionId": id });
    server.refuses("RevokeUserSession", mine, UNKNOWN).await;
    let wrong_user = json!({ "UserPoolId": world.pool, "Username": "mallory", "SessionId": id });
    server
        .refuses("AdminRevokeUserSession", wrong_user, UNKNOWN)
        .await;
    let other_pool = server.pool(json!({})).await;
    track(&server, &other_pool, 20).await;
    server.user(&other_pool, "alice", &[]).await;
    let wrong_pool = json!({ "UserPoolId": other_pool, "Username": "alice", "SessionId": id });
    server
        .refuses("AdminRevokeUserSession", wrong_pool, UNKNOWN)
        .await;
    let nobody = json!({ "UserPoolId": world.pool, "Username": "bob", "SessionId": id });
    let unknown = "UserNotFoundException: User does not exist.";
    server
        .refuses("AdminRevokeUserSession", nobody, unknown)
        .await;
    server.ok("GetUser", of(&alice)).await;
}

#[tokio::test]
async fn a_user_with_too_many_sessions_loses_the_one_that_was_active_longest_ago() {
    let server = Server::start().await;
    let world = server.world().await;
    track(&server, &world.pool, 2).await;
    let one = world.tokens().await;
    server.advance(Duration::from_secs(1));
    let two = world.tokens().await;
    server.advance(Duration::from_secs(1));
    server
        .ok(
            "InitiateAuth",
            with_refresh_token(&world.client, &one["RefreshToken"]),
        )
        .await;
    server.advance(Duration::from_secs(1));
    let three = world.tokens().await;
    server.refuses("GetUser", of(&two), REVOKED).await;
    for lives in [&one, &three] {
        server.ok("GetUser", of(lives)).await;
    }
    assert_eq!(each(&sessions(&world).await, "SessionId").len(), 2);

    // A lower limit counts from the next sign-in, and an end of tracking hides what there is.
    track(&server, &world.pool, 1).await;
    assert_eq!(each(&sessions(&world).await, "SessionId").len(), 2);
    server.advance(Duration::from_secs(1));
    let four = world.tokens().await;
    for ended in [&one, &three] {
        server.refuses("GetUser", of(ended), REVOKED).await;
    }
    let off = json!({ "UserPoolId": world.pool, "UserSessionTracking": "DISABLED", "TokenSession": { "MaxPerUser": 1 } });
    server.ok("SetUserPoolSessionConfiguration", off).await;
    server
        .refuses("ListUserSessions", of(&four), NOT_TRACKED)
        .await;
    world.tokens().await;
    server.ok("GetUser", of(&four)).await;
}
