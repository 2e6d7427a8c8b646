//! The journal of requests: every call of every door, with what was answered and why, and without
//! its secrets.

use axum::http::{Method, StatusCode};
use mocknito::wire::user_pools;
use serde_json::{Value, json};

use crate::support::{PASSWORD, Server, with_password};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

async fn requests(server: &Server, query: &str) -> Vec<Value> {
    let path = format!("requests?{query}");
    let (status, document) = server.own("GET", &path, Value::Null).await;
    assert_eq!(status, 200, "{document}");
    document["requests"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_call_is_shown_with_what_came_and_what_was_answered() {
    let server = Server::start().await;
    let world = server.world().await;
    let reply = server
        .call(
            "InitiateAuth",
            with_password(&world.client, "alice", PASSWORD),
        )
        .await;
    let entries = requests(&server, "operation=InitiateAuth").await;
    assert_eq!(entries.len(), 1);
    let entry = &entries[0];
    assert_eq!(entry["door"], "api");
    assert_eq!(entry["at"], "2026-01-01T00:00:00Z");
    assert_eq!(entry["user_pool_id"], json!(world.pool));
    assert_eq!(entry["client_id"], json!(world.client));
    assert_eq!(entry["username"], "alice");
    assert_eq!(entry["status"], 200);
    for none in ["error", "situation", "why"] {
        assert_eq!(entry[none], Value::Null, "{none}");
    }
    assert!(entry["duration_ms"].as_f64().unwrap() > 0.0);
    let id = reply.headers["x-amzn-requestid"].to_str().unwrap();
    assert_eq!(entry["request_id"], id);
    assert_eq!(
        entry["input"],
        json!({
            "AuthFlow": "USER_PASSWORD_AUTH",
            "ClientId": world.client,
            "AuthParameters": { "USERNAME": "alice", "PASSWORD": "(withheld)" },
        })
    );
    let result = &entry["output"]["AuthenticationResult"];
    assert_eq!(result["AccessToken"], "(withheld)");
    assert_eq!(result["TokenType"], "Bearer");
    assert_eq!(entry["functions"], json!([]));
    assert_eq!(entry["messages"], json!([]));
}

#[tokio::test]
async fn a_refusal_says_which_and_why() {
    let server = Server::start().await;
    let world = server.world().await;
    server
        .call(
            "InitiateAuth",
            with_password(&world.client, "alice", "Wrong-passw0rd"),
        )
        .await;
    let entries = requests(&server, "outcome=refused").await;
    let [entry] = &entries[..] else {
        panic!("{entries:?}");
    };
    assert_eq!(entry["status"], 400);
    assert_eq!(entry["error"], "NotAuthorizedException");
    assert_eq!(entry["situation"], "BadCredentials");
    assert!(!entry["why"].as_str().unwrap().is_empty());
    assert_eq!(entry["output"]["__type"], "NotAuthorizedException");
}

#[tokio::test]
async fn every_door_is_recorded() {
    let server = Server::start().await;
    let world = server.world().await;
    server
        .ask(
            Method::POST,
            "/oauth2/token",
            &[FORM],
            &format!(
                "grant_type=refresh_token&client_id={}&refresh_token=s3cret",
                world.client
            ),
        )
        .await;
    server.get("/login?client_id=nobody").await;
    server.get("/nowhere").await;
    let evil = ("origin", "https://evil.example");
    let target = (
        "x-amz-target",
        "AWSCognitoIdentityProviderService.ListUserPools",
    );
    server.ask(Method::POST, "/", &[evil, target], "{}").await;

    let entry = &requests(&server, "door=oauth&operation=TokenEndpoint").await[0];
    assert_eq!(entry["error"], "invalid_grant");
    assert_eq!(entry["client_id"], json!(world.client));
    assert_eq!(
        entry["input"],
        json!({
            "method": "POST",
            "path": "/oauth2/token",
            "form": {
                "grant_type": "refresh_token",
                "client_id": world.client,
                "refresh_token": "(withheld)",
            },
        })
    );
    let entry = &requests(&server, "door=pages").await[0];
    assert_eq!(entry["operation"], "Login");
    assert_eq!(entry["error"], "invalid_request");
    let entry = &requests(&server, "operation=GET%20/nowhere").await[0];
    assert_eq!(entry["status"], 404);
    let entry = &requests(&server, "limit=1").await[0];
    assert_eq!(entry["status"], 403);
    assert!(entry["why"].as_str().unwrap().contains("--allow-origin"));
}

#[tokio::test]
async fn it_is_filtered_and_emptied() {
    let server = Server::start().await;
    let world = server.world().await;
    server
        .ok(
            "AdminGetUser",
            json!({ "UserPoolId": world.pool, "Username": "alice" }),
        )
        .await;
    server
        .refused(
            "AdminGetUser",
            json!({ "UserPoolId": world.pool, "Username": "bob" }),
        )
        .await;
    for (query, number) in [
        ("operation=AdminGetUser", 2),
        ("operation=AdminGetUser&outcome=ok", 1),
        ("operation=AdminGetUser&outcome=refused", 1),
        ("outcome=failed", 0),
        ("username=bob", 1),
        ("user_pool_id=us-east-1_Elsewhere", 0),
        ("door=pages", 0),
        ("limit=1", 1),
    ] {
        assert_eq!(requests(&server, query).await.len(), number, "{query}");
    }
    for query in [
        "door=front",
        "outcome=good",
        "pool=x",
        "since=x",
        "wait=soon",
    ] {
        let path = format!("requests?{query}");
        let (status, refusal) = server.own("GET", &path, Value::Null).await;
        assert_eq!(
            (status, &refusal["error"]),
            (400, &json!("invalid_request")),
            "{query}"
        );
    }
    let path = "requests?username=bob";
    let (_, deleted) = server.own("DELETE", path, Value::Null).await;
    assert_eq!(deleted, json!({ "deleted": 1 }));
    assert_eq!(requests(&server, "operation=AdminGetUser").await.len(), 1);
    server.own("POST", "reset", Value::Null).await;
    assert_eq!(requests(&server, "").await.len(), 0);
}

#[tokio::test]
async fn a_question_waits_for_what_matches() {
    let server = Server::start().await;
    let world = server.world().await;
    let (_, before) = server.own("GET", "requests", Value::Null).await;
    let path = format!(
        "requests?operation=GetUser&since={}&wait=20s",
        before["version"]
    );
    let ask = server.own("GET", &path, Value::Null);
    let call = async {
        // So that the question is asked first.
        tokio::task::yield_now().await;
        let tokens = world.tokens().await;
        let input = json!({ "AccessToken": tokens["AccessToken"] });
        server.ok("GetUser", input).await;
    };
    let ((_, after), ()) = tokio::join!(ask, call);
    assert_eq!(after["requests"][0]["operation"], "GetUser");
    assert_eq!(after["requests"][0]["username"], "alice");
    assert!(after["version"].as_u64() > before["version"].as_u64());
}

#[tokio::test]
async fn messages_that_a_request_causes_are_named() {
    let server = Server::start().await;
    let world = server.world().await;
    let input = json!({ "ClientId": world.client, "Username": "alice" });
    server.ok("ForgotPassword", input).await;
    let message = &server.inbox("to=alice@example.com").await[0];
    let entry = &requests(&server, "operation=ForgotPassword").await[0];
    assert_eq!(entry["messages"], json!([message["id"]]));
}

#[tokio::test]
async fn a_program_that_looks_what_is_here_is_told() {
    let server = Server::start().await;
    let reply = server.get("/").await;
    assert_eq!(reply.status, StatusCode::OK);
    let document = reply.json();
    assert_eq!(document["name"], "mocknito");
    assert_eq!(document["version"], env!("CARGO_PKG_VERSION"));
    let requests = document["links"]["requests"].as_str().unwrap();
    assert!(requests.ends_with("/_mocknito/requests"));
    let html = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
    let reply = server.ask(Method::GET, "/", &[html], "").await;
    assert_eq!(reply.status, StatusCode::FOUND);
    assert_eq!(reply.headers["location"], "/_mocknito/");
    assert_eq!(reply.headers["vary"], "accept");
}

#[tokio::test]
async fn what_a_run_has_used_is_counted() {
    let server = Server::start().await;
    let world = server.world().await;
    world.tokens().await;
    server
        .refused(
            "AdminGetUser",
            json!({ "UserPoolId": world.pool, "Username": "bob" }),
        )
        .await;
    let (_, coverage) = server.own("GET", "coverage", Value::Null).await;
    let operations = &coverage["operations"];
    assert_eq!(operations["names"]["InitiateAuth"], 1);
    assert_eq!(operations["names"]["SignUp"], 0);
    assert_eq!(operations["of"], user_pools::OperationName::ALL.len());
    assert_eq!(coverage["identity_pool_operations"]["used"], 0);
    assert_eq!(coverage["flows"]["names"]["USER_PASSWORD_AUTH"], 1);
    assert_eq!(coverage["flows"]["used"], 1);
    assert_eq!(coverage["refusals"]["names"]["UserNotFound"], 1);
    assert!(coverage["refusals"]["of"].as_u64().unwrap() > 300);

    // A reset is part of a run.
    server.own("POST", "reset", Value::Null).await;
    let (_, coverage) = server.own("GET", "coverage", Value::Null).await;
    assert_eq!(coverage["operations"]["names"]["InitiateAuth"], 1);
    server.own("DELETE", "coverage", Value::Null).await;
    let (_, coverage) = server.own("GET", "coverage", Value::Null).await;
    assert_eq!(coverage["operations"]["used"], 0);
}

#[tokio::test]
async fn numbers_are_there_for_prometheus() {
    let server = Server::start().await;
    let world = server.world().await;
    world.tokens().await;
    let input = json!({ "ClientId": world.client, "Username": "alice" });
    server.ok("ForgotPassword", input).await;
    server.get("/made-up").await;
    let reply = server.get("/_mocknito/metrics").await;
    let kind = reply.headers["content-type"].to_str().unwrap();
    assert!(kind.starts_with("application/openmetrics-text"), "{kind}");
    let text = String::from_utf8(reply.body).unwrap();
    for line in [
        r#"mocknito_requests_total{door="api",operation="InitiateAuth",outcome="ok"} 1"#,
        r#"mocknito_requests_total{door="oauth",operation="-",outcome="refused"} 1"#,
        r#"mocknito_request_duration_seconds_count{door="api",operation="InitiateAuth"} 1"#,
        r#"mocknito_messages_total{medium="EMAIL",kind="forgot_password"} 1"#,
        "# EOF",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert!(text.contains("mocknito_store_bytes "), "{text}");
    assert!(!text.contains("made-up"));
}
