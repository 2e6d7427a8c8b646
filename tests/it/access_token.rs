//! What every operation refuses that an access token authorises.

use std::time::Duration;

use mocknito::wire::user_pools::UserStatusType;
use serde_json::{Value, json};

use crate::support::{PASSWORD, Server, altered, claims, merge, text};

const NO_USER: &str = "UserNotFoundException: User does not exist.";

const DEVICE: &str = "us-east-1_01234567-89ab-cdef-0123-456789abcdef";

fn user(pool: &str, name: &str) -> Value {
    json!({ "UserPoolId": pool, "Username": name })
}

/// Every available operation that an access token authorises, with the rest of its input.
fn token_operations() -> Vec<(&'static str, Value)> {
    vec![
        ("GetUser", json!({})),
        (
            "UpdateUserAttributes",
            json!({ "UserAttributes": [{ "Name": "name", "Value": "x" }] }),
        ),
        (
            "DeleteUserAttributes",
            json!({ "UserAttributeNames": ["name"] }),
        ),
        (
            "ChangePassword",
            json!({ "PreviousPassword": PASSWORD, "ProposedPassword": "An0ther!pass" }),
        ),
        ("ListUserSessions", json!({})),
        (
            "RevokeUserSession",
            json!({ "SessionId": format!("tkn{}", "a".repeat(25)) }),
        ),
        ("ListDevices", json!({})),
        ("GetDevice", json!({ "DeviceKey": DEVICE })),
        (
            "UpdateDeviceStatus",
            json!({ "DeviceKey": DEVICE, "DeviceRememberedStatus": "remembered" }),
        ),
        ("ConfirmDevice", json!({ "DeviceKey": DEVICE })),
        ("ForgetDevice", json!({ "DeviceKey": DEVICE })),
        ("GlobalSignOut", json!({})),
        ("DeleteUser", json!({})),
    ]
}

async fn every_operation_refuses(server: &Server, token: &Value, expected: &str) {
    for (operation, more) in token_operations() {
        let mut input = json!({ "AccessToken": token });
        merge(&mut input, more);
        server.refuses(operation, input, expected).await;
    }
}

#[tokio::test]
async fn no_operation_takes_anything_but_a_good_access_token() {
    let server = Server::start().await;
    let world = server.world().await;
    let tokens = world.tokens().await;
    let invalid = "NotAuthorizedException: Invalid Access Token";
    for wrong in [
        tokens["IdToken"].clone(),
        tokens["RefreshToken"].clone(),
        json!("garbage"),
        json!("a.b.c"),
        json!("eyJhbGciOiJub25lIn0.e30."),
    ] {
        every_operation_refuses(&server, &wrong, invalid).await;
    }
    let access = text(&tokens["AccessToken"]);
    let (rest, signature) = access.rsplit_once('.').unwrap();
    let forged = format!("{rest}.{}", text(&altered(&json!(signature))));
    every_operation_refuses(
        &server,
        &json!(forged),
        "NotAuthorizedException: Could not verify signature for Access Token",
    )
    .await;
    for missing in [Value::Null, json!("")] {
        for (operation, more) in token_operations() {
            let mut input = json!({ "AccessToken": missing });
            merge(&mut input, more);
            if missing.is_null() && matches!(operation, "GetDevice" | "ForgetDevice") {
                // The model does not require it of these two.
                server.refuses(operation, input, invalid).await;
                continue;
            }
            let answer = server.refused(operation, input).await;
            assert!(
                answer.starts_with("InvalidParameterException: 1 validation error detected: "),
                "{operation}: {answer}"
            );
        }
    }
    // After all this Alice is as she was.
    server
        .ok("GetUser", json!({ "AccessToken": tokens["AccessToken"] }))
        .await;
    world.tokens().await;
}

#[tokio::test]
async fn every_operation_refuses_expired_revoked_and_signed_out_tokens() {
    let server = Server::start().await;
    let world = server.world().await;
    let old = world.tokens().await;
    server.advance(Duration::from_secs(3_600));
    every_operation_refuses(
        &server,
        &old["AccessToken"],
        "NotAuthorizedException: Access Token has expired",
    )
    .await;

    let revoked = "NotAuthorizedException: Access Token has been revoked";
    let one = world.tokens().await;
    let input = json!({ "ClientId": world.client, "Token": one["RefreshToken"] });
    server.ok("RevokeToken", input).await;
    every_operation_refuses(&server, &one["AccessToken"], revoked).await;
    let two = world.tokens().await;
    server
        .ok("AdminUserGlobalSignOut", user(&world.pool, "alice"))
        .await;
    every_operation_refuses(&server, &two["AccessToken"], revoked).await;
}

#[tokio::test]
async fn every_operation_refuses_users_who_are_disabled_or_must_reset() {
    let server = Server::start().await;
    let world = server.world().await;
    let tokens = world.tokens().await;
    server
        .set_status(&world.pool, "alice", UserStatusType::ResetRequired)
        .await;
    every_operation_refuses(
        &server,
        &tokens["AccessToken"],
        "PasswordResetRequiredException: Password reset required for the user",
    )
    .await;
    server
        .ok("AdminDisableUser", user(&world.pool, "alice"))
        .await;
    every_operation_refuses(
        &server,
        &tokens["AccessToken"],
        "NotAuthorizedException: User is disabled.",
    )
    .await;
}

#[tokio::test]
async fn every_operation_but_sign_out_says_that_a_deleted_user_does_not_exist() {
    let server = Server::start().await;
    let world = server.world().await;
    let tokens = world.tokens().await;
    server
        .ok("AdminDeleteUser", user(&world.pool, "alice"))
        .await;
    for (operation, more) in token_operations() {
        let mut input = json!({ "AccessToken": tokens["AccessToken"] });
        merge(&mut input, more);
        if operation == "GlobalSignOut" {
            // The model lists no UserNotFoundException for it.
            let revoked = "NotAuthorizedException: Access Token has been revoked";
            server.refuses(operation, input, revoked).await;
        } else {
            server.refuses(operation, input, NO_USER).await;
        }
    }
}

#[tokio::test]
async fn every_operation_refuses_a_machines_token() {
    let server = Server::start().await;
    let world = server.world().await;
    server
        .ok(
            "CreateResourceServer",
            json!({ "UserPoolId": world.pool, "Identifier": "api", "Name": "api", "Scopes": [{ "ScopeName": "read", "ScopeDescription": "r" }] }),
        )
        .await;
    let client = server
        .client(
            &world.pool,
            json!({
                "GenerateSecret": true,
                "AllowedOAuthFlowsUserPoolClient": true,
                "AllowedOAuthFlows": ["client_credentials"],
                "AllowedOAuthScopes": ["api/read"],
            }),
        )
        .await;
    let basic = (text(&client["ClientId"]), text(&client["ClientSecret"]));
    let grant = [("grant_type", "client_credentials")];
    let (_, answer) = server
        .token_endpoint(Some((&basic.0, &basic.1)), &grant)
        .await;
    assert_eq!(claims(&answer["access_token"])["scope"], "api/read");
    every_operation_refuses(
        &server,
        &answer["access_token"],
        "NotAuthorizedException: Access Token does not have required scopes",
    )
    .await;
}
