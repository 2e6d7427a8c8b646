//! Who may read the export, and what it leaves out.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use mocknito::fixtures::Fixtures;
use mocknito::fixtures::export::Export;
use serde_json::{Value, json};

use super::{exported, exported_by, loaded};
use crate::support::Server;

#[tokio::test]
async fn foreign_pages_read_nothing() {
    let server = Server::demo().await;
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("host", "evil.example"),
        ("sec-fetch-site", "cross-site"),
    ] {
        let request = Request::get("http://localhost:9339/_mocknito/export")
            .header(name, value)
            .body(Body::empty())
            .unwrap();
        let reply = server.send(request).await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{name}: {value}");
        let text = String::from_utf8(reply.body).unwrap();
        assert!(!text.contains("Verifier"), "{name}: {text}");
        assert!(!reply.headers.contains_key("access-control-allow-origin"));
    }
}

#[tokio::test]
async fn what_is_asked_for_must_be_there() {
    let server = Server::demo().await;
    for (query, status) in [
        ("?user_pool_id=us-east-1_Nobody", 404),
        ("?format=xml", 400),
        ("?color=red", 400),
    ] {
        let path = format!("export{query}");
        let (answered, answer) = server.own("GET", &path, Value::Null).await;
        assert_eq!(answered, status, "{query}: {answer}");
    }
}

#[tokio::test]
async fn one_pool_comes_alone() {
    let server = Server::demo().await;
    server
        .ok("CreateUserPool", json!({ "PoolName": "other" }))
        .await;
    let all = exported(&server).await;
    assert!(all.contains("PoolName: other") && all.contains("IdentityPools:"));
    let one = exported_by(&server, "?user_pool_id=us-east-1_Mocknito1").await;
    assert!(!one.contains("PoolName: other") && !one.contains("IdentityPools:"));
    assert!(one.contains("Username: alice"));
    let second = loaded(&one).await;
    assert_eq!(exported(&second).await, one);
}

#[tokio::test]
async fn nothing_is_a_fixture_too() {
    let server = Server::start().await;
    let nothing = exported(&server).await;
    assert!(nothing.ends_with("UserPools: []\n"), "{nothing}");
    assert_eq!(exported(&loaded(&nothing).await).await, nothing);
}

#[tokio::test]
async fn what_is_lost_is_told_at_the_head() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let resource = json!({
        "UserPoolId": pool, "Identifier": "a", "Name": "a",
        "Scopes": [{ "ScopeName": "b", "ScopeDescription": "b" }],
    });
    server.ok("CreateResourceServer", resource).await;
    let client = json!({
        "AllowedOAuthFlows": ["client_credentials"], "AllowedOAuthScopes": ["a/b"],
        "AllowedOAuthFlowsUserPoolClient": true, "GenerateSecret": true,
    });
    let client = server.client_id(&pool, client).await;
    let gone = json!({ "UserPoolId": pool, "Identifier": "a" });
    server.ok("DeleteResourceServer", gone).await;
    let text = exported(&server).await;
    for note in [
        format!("# Not here either: client {client}: its scope a/b is gone\n"),
        format!("# Not here either: client {client}: OAuth, for which it has no scope left\n"),
    ] {
        assert!(text.contains(&note), "{text}");
    }
    // What is told to be lost is lost, and the rest is there.
    let second = exported(&loaded(&text).await).await;
    let body = |text: &str| text.lines().filter(|line| !line.starts_with('#')).count();
    assert_eq!(body(&second), body(&text));
}

#[tokio::test]
async fn other_tools_are_given_no_secrets_of_users() {
    let server = Server::demo().await;
    let nothing = Fixtures::default();
    let export = Export::gather(&server.app, &nothing, None).await.unwrap();
    let document = export.document().await.unwrap();
    let users = document["UserPools"][0]["Users"].as_array().unwrap();
    assert_eq!(users.len(), 3);
    let text = document.to_string();
    for secret in [
        "PasswordVerifier",
        "Salt",
        "Passkeys",
        "Devices",
        "SoftwareTokenSecret",
    ] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    assert_eq!(users[0]["UserStatus"], "CONFIRMED");
    assert!(document["IdentityPools"].is_array());
}
