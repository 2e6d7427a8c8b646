//! The request journal over HTTP: what it shows, what it withholds, and that it is emptied.

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::routing::post;
use serde_json::{Value, json};

use super::{hook_at, invoke, invoke_as, serve};
use crate::support::Server;

#[tokio::test]
async fn every_invocation_is_shown_with_what_it_was_given_and_gave_but_no_password() {
    let (url, _) = serve(Router::new().route("/", post(async |body: String| body))).await;
    let server = Server::with_functions(hook_at(&url)).await;
    let functions = &server.app.functions;
    invoke(functions, json!({ "n": 1 })).await.unwrap();
    invoke_as(
        functions,
        "UserMigration",
        json!({ "password": "Passw0rd!" }),
    )
    .await
    .unwrap();

    let (status, journal) = server.own("GET", "functions", Value::Null).await;
    assert_eq!(status, 200);
    let entries = journal["requests"].as_array().unwrap();
    assert_eq!(entries.len(), 2);
    assert_eq!(entries[0]["trigger"], "UserMigration");
    assert_eq!(entries[0]["event"]["request"]["password"], "(withheld)");
    assert_eq!(entries[0]["answer"]["request"]["password"], "(withheld)");
    assert!(!journal.to_string().contains("Passw0rd!"));
    assert_eq!(entries[1]["trigger_source"], "PreSignUp_SignUp");
    assert_eq!(entries[1]["target"], format!("{url}/"));
    assert_eq!(entries[1]["at"], "2026-01-01T00:00:00Z");
    assert_eq!(entries[1]["error"], Value::Null);
    assert_eq!(entries[1]["attempts"], 1);

    for (query, number) in [
        ("trigger=PreSignUp", 1),
        ("trigger=PreSignup", 0),
        ("user_pool_id=eu-west-1_Pool00001", 2),
        ("user_pool_id=eu-west-1_Pool00002", 0),
        ("limit=1", 1),
    ] {
        let (_, journal) = server
            .own("GET", &format!("functions?{query}"), Value::Null)
            .await;
        assert_eq!(
            journal["requests"].as_array().unwrap().len(),
            number,
            "{query}"
        );
    }
    let (status, _) = server.own("GET", "functions?pool=x", Value::Null).await;
    assert_eq!(status, 400);

    // The address that it had first answers to `trigger`.
    let (_, first) = server
        .own("GET", "requests?trigger=PreSignUp", Value::Null)
        .await;
    assert_eq!(first["requests"].as_array().unwrap().len(), 1);

    let (_, deleted) = server
        .own("DELETE", "requests?trigger=PreSignUp", Value::Null)
        .await;
    assert_eq!(deleted, json!({ "deleted": 1 }));
    server.own("POST", "reset", Value::Null).await;
    let (_, journal) = server.own("GET", "functions", Value::Null).await;
    assert_eq!(journal["requests"], json!([]));
}

#[tokio::test]
async fn a_failure_is_shown_with_its_reason() {
    let server = Server::start().await;
    invoke(&server.app.functions, json!({})).await.unwrap_err();
    let (_, journal) = server.own("GET", "functions", Value::Null).await;
    let error = &journal["requests"][0]["error"];
    assert_eq!(error["kind"], "not_mapped");
    assert!(
        error["message"].as_str().unwrap().contains("--trigger"),
        "{error}"
    );
}

#[tokio::test]
async fn a_browser_gets_a_page_that_runs_nothing_foreign() {
    let server = Server::start().await;
    let request = Request::get("/_mocknito/functions").header("accept", "text/html");
    let page = server.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(page.headers["content-type"], "text/html; charset=utf-8");
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"));
    let script = server.get("/_mocknito/console/functions.js").await;
    assert_eq!(
        script.headers["content-type"],
        "text/javascript; charset=utf-8"
    );
    let text = String::from_utf8(script.body).unwrap();
    assert!(!text.contains("innerHTML"));

    let foreign = Request::get("/_mocknito/functions").header("origin", "https://evil.example");
    let refused = server.send(foreign.body(Body::empty()).unwrap()).await;
    assert_eq!(refused.status, 403);
}
