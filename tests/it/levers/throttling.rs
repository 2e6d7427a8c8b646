//! Rates of requests, where the server is told to have some: by the server's clock.

use std::time::Duration;

use axum::http::Method;
use mocknito::throttle::ThrottleRule;
use serde_json::{Value, json};

use crate::support::{PASSWORD, Server, text, with_password};

fn category(name: &str, rate: u32) -> ThrottleRule {
    ThrottleRule::Category {
        name: name.to_owned(),
        rate,
    }
}

#[tokio::test]
async fn beyond_the_rate_of_a_category_requests_are_refused_until_time_has_passed() {
    let server = Server::throttled(&[category("UserRead", 2)]).await;
    let world = server.world().await;
    let named = json!({ "UserPoolId": world.pool, "Username": "alice" });
    for _ in 0..2 {
        server.ok("AdminGetUser", named.clone()).await;
    }
    server
        .refuses_as("AdminGetUser", named.clone(), "RateExceeded")
        .await;
    // Before anything else is looked at, and for all operations of the category.
    server
        .refuses_as("GetUser", json!({ "AccessToken": "x.y.z" }), "RateExceeded")
        .await;
    // Others are not limited.
    for _ in 0..10 {
        server
            .ok("ListUsers", json!({ "UserPoolId": world.pool }))
            .await;
    }
    server.advance(Duration::from_millis(500));
    server.ok("AdminGetUser", named.clone()).await;
    server
        .refuses_as("AdminGetUser", named.clone(), "RateExceeded")
        .await;
    // Each Region has its own.
    let elsewhere = server.call_in("eu-west-1", "AdminGetUser", named).await;
    elsewhere.is_refused_as("PoolNotFound", "AdminGetUser");
}

#[tokio::test]
async fn rates_are_awss_and_update_provisioned_limit_changes_them() {
    let server = Server::throttled(&[ThrottleRule::Aws]).await;
    let world = server.world().await;
    let describe = json!({ "UserPoolId": world.pool, "ClientId": world.client });
    server.advance(Duration::from_secs(1));
    // Of these each operation may be called five times for each pool.
    for _ in 0..5 {
        server.ok("DescribeUserPoolClient", describe.clone()).await;
    }
    server
        .refuses_as("DescribeUserPoolClient", describe.clone(), "RateExceeded")
        .await;
    server
        .ok("ListUserPoolClients", json!({ "UserPoolId": world.pool }))
        .await;

    let list = json!({ "UserPoolId": world.pool, "Limit": 1 });
    let most = async |most: u32| {
        server.advance(Duration::from_secs(5));
        for _ in 0..most {
            server.ok("ListUsers", list.clone()).await;
        }
        server
            .refuses_as("ListUsers", list.clone(), "RateExceeded")
            .await;
    };
    most(30).await;
    let limit = json!({
        "LimitDefinition": {
            "LimitClass": "API_CATEGORY",
            "Attributes": { "Category": "UserList" },
        },
        "RequestedLimitValue": 40,
    });
    server.ok("UpdateProvisionedLimit", limit).await;
    most(40).await;
}

#[tokio::test]
async fn challenges_have_three_times_the_rate_of_sign_ins() {
    let server = Server::throttled(&[category("UserAuthentication", 1)]).await;
    let world = server.world().await;
    let input = with_password(&world.client, "alice", PASSWORD);
    server.ok("InitiateAuth", input.clone()).await;
    server
        .refuses_as("InitiateAuth", input, "RateExceeded")
        .await;
    let answer = json!({
        "ChallengeName": "SMS_MFA", "ClientId": world.client, "Session": "x".repeat(20),
        "ChallengeResponses": { "USERNAME": "alice", "SMS_MFA_CODE": "123456" },
    });
    for _ in 0..3 {
        let reply = server.call("RespondToAuthChallenge", answer.clone()).await;
        assert_ne!(reply.situation, Some("RateExceeded"));
    }
    server
        .refuses_as("RespondToAuthChallenge", answer, "RateExceeded")
        .await;
}

#[tokio::test]
async fn machines_at_the_token_endpoint_are_told_so_by_a_429() {
    let server = Server::throttled(&[category("ClientAuthentication", 1)]).await;
    let pool = server.pool(json!({})).await;
    let scope = json!({ "ScopeName": "read", "ScopeDescription": "read" });
    let input = json!({
        "UserPoolId": pool, "Identifier": "api", "Name": "api", "Scopes": [scope],
    });
    server.ok("CreateResourceServer", input).await;
    let settings = json!({
        "GenerateSecret": true,
        "AllowedOAuthFlowsUserPoolClient": true,
        "AllowedOAuthFlows": ["client_credentials"],
        "AllowedOAuthScopes": ["api/read"],
    });
    let client = server.client(&pool, settings).await;
    let body = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}",
        text(&client["ClientId"]),
        text(&client["ClientSecret"])
    );
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let ask = async || {
        server
            .ask(Method::POST, "/oauth2/token", &form, &body)
            .await
    };
    assert_eq!(ask().await.status, 200);
    let refused = ask().await;
    let expected: Value = json!({ "error": "too_many_requests" });
    assert_eq!((refused.status.as_u16(), refused.json()), (429, expected));
    server.advance(Duration::from_secs(1));
    assert_eq!(ask().await.status, 200);
}
