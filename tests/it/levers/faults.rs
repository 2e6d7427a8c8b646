//! Faults that a test orders: operations, paths, messages and functions that fail or take long.

use std::time::{Duration, Instant};

use axum::http::Method;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::{PASSWORD, Server, text, with_password};

async fn order(server: &Server, fault: Value) -> u64 {
    let (status, answer) = server.own("POST", "faults", fault.clone()).await;
    assert_eq!(status, 200, "{fault}: {answer}");
    answer["id"].as_u64().unwrap()
}

#[tokio::test]
async fn an_operation_fails_as_it_was_ordered_and_then_works() {
    let server = Server::start().await;
    let world = server.world().await;
    let named = json!({ "UserPoolId": world.pool, "Username": "alice" });
    for (fault, status, code) in [
        (json!({ "status": 503 }), 503, "InternalErrorException"),
        (json!({ "status": 429 }), 429, "TooManyRequestsException"),
        (
            json!({ "error": "TooManyRequestsException" }),
            400,
            "TooManyRequestsException",
        ),
        (
            json!({ "error": "InternalErrorException" }),
            500,
            "InternalErrorException",
        ),
    ] {
        let mut fault = fault;
        fault["operation"] = "AdminGetUser".into();
        fault["times"] = 2.into();
        order(&server, fault.clone()).await;
        let input = json!({ "UserPoolId": world.pool });
        server.ok("DescribeUserPool", input).await;
        for _ in 0..2 {
            let target = "AWSCognitoIdentityProviderService.AdminGetUser";
            let headers = [("x-amz-target", target)];
            let reply = server
                .ask(Method::POST, "/", &headers, &named.to_string())
                .await;
            assert_eq!(
                (reply.status.as_u16(), &reply.json()["__type"]),
                (status, &json!(code))
            );
        }
        server.ok("AdminGetUser", named.clone()).await;
    }
    let (_, listed) = server.own("GET", "faults", Value::Null).await;
    let listed = listed["faults"].as_array().unwrap().clone();
    assert!(
        listed
            .iter()
            .all(|fault| fault["struck"] == 2 && fault["times"] == 0)
    );
    let (status, _) = server
        .own(
            "DELETE",
            &format!("faults/{}", listed[0]["id"]),
            Value::Null,
        )
        .await;
    assert_eq!(status, 200);
    for gone in [listed[0]["id"].to_string(), "x".to_owned()] {
        let deleted = server
            .own("DELETE", &format!("faults/{gone}"), Value::Null)
            .await;
        assert_eq!(deleted.0, 404);
    }
    let (_, answer) = server.own("DELETE", "faults", Value::Null).await;
    assert_eq!(answer["deleted"], 3);
}

#[tokio::test]
async fn pool_user_and_chance_narrow_a_fault() {
    let server = Server::start().await;
    let world = server.world().await;
    server.user(&world.pool, "bert", &[]).await;
    let fault = json!({
        "operation": "InitiateAuth",
        "user_pool_id": world.pool,
        "username": "bert",
        "error": "NotAuthorizedException",
    });
    order(&server, fault).await;
    server.sign_in(&world.client, "alice").await;
    let input = with_password(&world.client, "bert", PASSWORD);
    let refusal = server.refused("InitiateAuth", input).await;
    assert!(refusal.starts_with("NotAuthorizedException"), "{refusal}");
    let other = server.pool(json!({})).await;
    let client = server.client_id(&other, json!({})).await;
    server.user(&other, "bert", &[]).await;
    server.sign_in(&client, "bert").await;
    // By the token, too.
    let token = world.tokens().await["AccessToken"].clone();
    order(
        &server,
        json!({ "operation": "GetUser", "user_pool_id": other, "status": 500 }),
    )
    .await;
    server.ok("GetUser", json!({ "AccessToken": token })).await;

    // The seed decides, in every run alike.
    let run = async || {
        let server = Server::start().await;
        let world = server.world().await;
        let fault = json!({ "operation": "DescribeUserPool", "status": 400, "probability": 0.5 });
        order(&server, fault).await;
        let mut struck = String::new();
        for _ in 0..40 {
            let input = json!({ "UserPoolId": world.pool });
            let reply = server.call("DescribeUserPool", input).await;
            struck.push(if reply.status == 200 { '.' } else { 'x' });
        }
        struck
    };
    let (first, second) = (run().await, run().await);
    assert_eq!(first, second);
    let hits = first.matches('x').count();
    assert!((8..32).contains(&hits), "{first}");
}

#[tokio::test]
async fn a_path_fails_for_the_pool_that_it_is_about() {
    let server = Server::start().await;
    let world = server.world().await;
    let other = server.pool(json!({})).await;
    let fault = json!({
        "path": "/oauth2/*", "user_pool_id": world.pool, "error": "temporarily_unavailable",
        "status": 503,
    });
    order(&server, fault.clone()).await;
    let form = ("content-type", "application/x-www-form-urlencoded");
    let body = format!(
        "grant_type=authorization_code&client_id={}&code=x",
        world.client
    );
    let reply = server
        .ask(Method::POST, "/oauth2/token", &[form], &body)
        .await;
    assert_eq!(
        (reply.status.as_u16(), reply.json()),
        (503, json!({ "error": "temporarily_unavailable" }))
    );
    let path = format!("/oauth2/authorize?client_id={}", world.client);
    assert_eq!(server.get(&path).await.status, 503);
    // By the client's name in the header, in whatever case its scheme is written.
    let basic = format!("bAsIc {}", STANDARD.encode(format!("{}:x", world.client)));
    let headers = [form, ("authorization", basic.as_str())];
    let reply = server
        .ask(Method::POST, "/oauth2/token", &headers, "grant_type=x")
        .await;
    assert_eq!(reply.status, 503);
    // What is too large is refused as ever, and not taken for an empty form.
    let large = format!("grant_type={}", "x".repeat(3 << 20));
    let reply = server
        .ask(Method::POST, "/oauth2/revoke", &[form], &large)
        .await;
    server.own("DELETE", "faults", Value::Null).await;
    let usual = server
        .ask(Method::POST, "/oauth2/revoke", &[form], &large)
        .await;
    assert_eq!((reply.status, reply.body), (usual.status, usual.body));
    // The body is read again by who serves it.
    order(&server, fault).await;
    let client = server.client_id(&other, json!({})).await;
    let body = format!("grant_type=refresh_token&client_id={client}&refresh_token=x");
    let reply = server
        .ask(Method::POST, "/oauth2/token", &[form], &body)
        .await;
    assert_eq!(reply.status, 400);

    order(
        &server,
        json!({ "path": format!("/{other}/.well-known/jwks.json"), "status": 404 }),
    )
    .await;
    let jwks = |pool: &str| format!("/{pool}/.well-known/jwks.json");
    assert_eq!(server.get(&jwks(&other)).await.status, 404);
    assert_eq!(server.get(&jwks(&world.pool)).await.status, 200);
    // A reset takes every order back.
    server.own("POST", "reset", Value::Null).await;
    let (_, listed) = server.own("GET", "faults", Value::Null).await;
    assert_eq!(listed["faults"], json!([]));
}

#[tokio::test]
async fn messages_and_functions_fail_and_calls_take_as_long_as_was_ordered() {
    let server = Server::start().await;
    let pool = server
        .pool(json!({ "AutoVerifiedAttributes": ["email"] }))
        .await;
    let client = server.client_id(&pool, json!({})).await;
    let sign_up = |name: &str| {
        json!({
            "ClientId": client,
            "Username": name,
            "Password": PASSWORD,
            "UserAttributes": [{ "Name": "email", "Value": format!("{name}@example.com") }],
        })
    };
    let error = "CodeDeliveryFailureException";
    order(
        &server,
        json!({ "delivery": "email", "username": "dora", "error": error }),
    )
    .await;
    server
        .refuses_as("SignUp", sign_up("dora"), "MessageNotDelivered")
        .await;
    assert!(server.inbox("to=dora@example.com").await.is_empty());
    // As on AWS the user is there all the same.
    let named = json!({ "UserPoolId": pool, "Username": "dora" });
    assert_eq!(
        server.ok("AdminGetUser", named).await["UserStatus"],
        "UNCONFIRMED"
    );
    server.ok("SignUp", sign_up("erik")).await;

    let trigger = json!({ "PreSignUp": "arn:aws:lambda:us-east-1:123456789012:function:nobody" });
    let pool = server.pool(json!({ "LambdaConfig": trigger })).await;
    let client = server.client_id(&pool, json!({})).await;
    let input = json!({ "ClientId": client, "Username": "finn", "Password": PASSWORD });
    let fault = json!({ "function": "PreSignUp", "error": "No thanks", "latency": "50ms" });
    order(&server, fault).await;
    let began = Instant::now();
    let refusal = server.refused("SignUp", input).await;
    assert!(
        refusal.contains("PreSignUp failed with error No thanks"),
        "{refusal}"
    );
    assert!(began.elapsed() >= Duration::from_millis(50));
    let (_, listed) = server.own("GET", "faults", Value::Null).await;
    assert_eq!(listed["faults"][1]["latency"], "50ms");

    // Slow and nothing else.
    order(&server, json!({ "operation": "*", "latency": "80ms" })).await;
    let began = Instant::now();
    server.ok("ListUserPools", json!({ "MaxResults": 1 })).await;
    assert!(began.elapsed() >= Duration::from_millis(80));
}

#[tokio::test]
async fn an_order_that_makes_no_sense_is_refused_with_a_sentence() {
    let server = Server::start().await;
    for (fault, said) in [
        (json!({}), "say what is to fail"),
        (
            json!({ "operation": "GetUser", "path": "/login", "status": 500 }),
            "say what is to fail",
        ),
        (json!({ "operation": "GetUser" }), "say what happens"),
        (
            json!({ "operation": "GetUsers", "status": 500 }),
            "operation must be",
        ),
        (
            json!({ "operation": "GetUser", "status": 200 }),
            "status must be",
        ),
        (
            json!({ "operation": "GetUser", "error": "Oops" }),
            "error must be",
        ),
        (
            json!({ "operation": "GetUser", "latency": "2m" }),
            "latency must be",
        ),
        (
            json!({ "operation": "GetUser", "latency": "soon" }),
            "latency must be",
        ),
        (
            json!({ "operation": "GetUser", "status": 500, "times": 0 }),
            "times must be",
        ),
        (
            json!({ "operation": "GetUser", "status": 500, "probability": 1.5 }),
            "probability",
        ),
        (json!({ "path": "login", "status": 500 }), "path must be"),
        (
            json!({ "path": "/_mocknito/clock", "status": 500 }),
            "path must be",
        ),
        (
            json!({ "path": "/login", "status": 500, "username": "alice" }),
            "username goes",
        ),
        (
            json!({ "delivery": "PIGEON", "latency": 1 }),
            "delivery must be",
        ),
        (
            json!({ "delivery": "SMS", "status": 500 }),
            "a delivery fails",
        ),
        (
            json!({ "function": "PreSignIn", "error": "x" }),
            "function must be",
        ),
        (
            json!({ "function": "PreSignUp", "status": 500 }),
            "a function has no status",
        ),
        (
            json!({ "operation": "GetUser", "status": 500, "user": "x" }),
            "unknown field",
        ),
    ] {
        let (status, answer) = server.own("POST", "faults", fault.clone()).await;
        let message = text(&answer["message"]);
        assert_eq!(status, 400, "{fault}");
        assert!(message.starts_with(said), "{fault}: {message}");
    }
}
