//! `POST /_mocknito/import`: all or nothing, no code, and not for foreign pages.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::{Value, json};

use crate::support::Server;

const TEMPLATE: &str = "Resources:\n  \
    Pool: {Type: AWS::Cognito::UserPool, Properties: {UserPoolName: sent}}\n\
    Outputs: {PoolId: {Value: !Ref Pool}}\n";

async fn send(server: &Server, query: &str, body: &str) -> (StatusCode, Value) {
    let path = format!("/_mocknito/import{query}");
    let reply = server.ask(Method::POST, &path, &[], body).await;
    (reply.status, reply.json())
}

#[tokio::test]
async fn a_template_is_taken_into_the_running_server() {
    let server = Server::start().await;
    let query = "?name=t.yaml&parameter.Pool=us-east-1_Sent00001";
    let (status, answer) = send(&server, query, TEMPLATE).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(answer["user_pools"][0]["id"], "us-east-1_Sent00001");
    assert_eq!(answer["outputs"][0]["value"], "us-east-1_Sent00001");
    let described = json!({ "UserPoolId": "us-east-1_Sent00001" });
    assert_eq!(
        server.ok("DescribeUserPool", described).await["UserPool"]["Name"],
        "sent"
    );
}

#[tokio::test]
async fn of_several_files_all_are_taken_or_none() {
    let server = Server::start().await;
    let own = "UserPools: [{PoolName: own, Users: [{Username: u, Password: short}]}]";
    let files = |own: &str| {
        let template = json!({ "name": "t.yaml", "text": TEMPLATE });
        json!({ "files": [template, { "name": "own.yaml", "text": own }] })
    };
    let (status, answer) = send(&server, "", &files(own).to_string()).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(answer["error"], "broken_fixture");
    let message = answer["message"].as_str().unwrap();
    assert!(
        message.starts_with("own.yaml:1:37: UserPools[0].Users[0] (u)"),
        "{message}"
    );
    let pools = server
        .ok("ListUserPools", json!({ "MaxResults": 10 }))
        .await;
    assert_eq!(pools["UserPools"], json!([]));
    let good = own.replace("short", "Passw0rd!");
    let (status, _) = send(&server, "", &files(&good).to_string()).await;
    assert_eq!(status, StatusCode::OK);
    let pools = server
        .ok("ListUserPools", json!({ "MaxResults": 10 }))
        .await;
    assert_eq!(pools["UserPools"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn who_reaches_the_port_does_not_choose_what_is_run() {
    let server = Server::start().await;
    let code = "UserPools: [{PoolName: code, LambdaConfig: {PreSignUp: /tmp/evil.mjs}}]\n\
                Functions: {other: /tmp/other.py}\n";
    let (status, answer) = send(&server, "", code).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let notes = answer["notes"].as_array().unwrap();
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(
        notes[0].as_str().unwrap().contains("is not run"),
        "{notes:?}"
    );
    assert!(!server.app.functions.has_any());
    // A template leads to no files either: neither to a nested one nor to code.
    let nested = "Resources:\n  Pool: {Type: AWS::Cognito::UserPool}\n  N: {Type: \
        AWS::CloudFormation::Stack, Properties: {TemplateURL: /etc/passwd}}\n";
    let (status, answer) = send(&server, "", nested).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert!(!answer.to_string().contains("passwd"), "{answer}");
}

#[tokio::test]
async fn foreign_pages_may_not_send_anything() {
    let server = Server::start().await;
    let request = Request::post("http://localhost:9339/_mocknito/import")
        .header("origin", "https://evil.example")
        .body(Body::from(TEMPLATE))
        .unwrap();
    let reply = server.send(request).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    let request = Request::post("http://evil.example/_mocknito/import")
        .header("host", "evil.example")
        .body(Body::from(TEMPLATE))
        .unwrap();
    let reply = server.send(request).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    let pools = server
        .ok("ListUserPools", json!({ "MaxResults": 10 }))
        .await;
    assert_eq!(pools["UserPools"], json!([]));
}

#[tokio::test]
async fn what_is_nothing_of_the_kind_is_refused() {
    let server = Server::start().await;
    for (query, body) in [
        ("", "no: fixture"),
        ("", "\u{0}"),
        ("?color=red", TEMPLATE),
        ("", "[1"),
        ("", ""),
    ] {
        let (status, answer) = send(&server, query, body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{body}: {answer}");
    }
}
