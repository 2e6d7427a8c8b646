//! What gateways make of the answers of functions, and of functions that fail.

use axum::body::Body;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{call, gateway, get, request, says};
use crate::functions::serve;
use crate::support::{Reply, Server};

const APIS: &str = "
Functions: { answers: 'TARGET/answers', fails: 'TARGET/fails', hangs: 'TARGET/hangs' }
Apis:
  - Name: orders
    Type: REST
    BinaryMediaTypes: ['image/*']
    Routes:
      - { Route: 'POST /answers', Target: answers }
      - { Route: 'POST /fails', Target: fails }
      - { Route: 'POST /hangs', Target: hangs, TimeoutInMillis: 200 }
      - { Route: 'POST /nowhere', Target: nowhere }
  - Name: shop
    Type: HTTP
    Routes:
      - { Route: 'POST /answers', Target: answers }
      - { Route: 'POST /old', Target: answers, PayloadFormatVersion: '1.0' }
      - { Route: 'POST /fails', Target: fails }
      - { Route: 'POST /hangs', Target: hangs, TimeoutInMillis: 200 }
      - { Route: 'POST /nowhere', Target: nowhere }
";

const REST: &str = "orders.execute-api.localhost";
const HTTP: &str = "shop.execute-api.localhost";

/// A function that answers with the document in the event's body.
async fn functions() -> String {
    let answers = async |Json(event): Json<Value>| {
        let body = event["body"].as_str().unwrap_or_default();
        Json(serde_json::from_str::<Value>(body).unwrap())
    };
    let fails = async || {
        Json(json!({ "errorMessage": "the secret of ada", "errorType": "Error", "trace": [] }))
    };
    let hangs = async || std::future::pending::<()>().await;
    let router = Router::new()
        .route("/answers", post(answers))
        .route("/fails", post(fails))
        .route("/hangs", post(hangs));
    serve(router).await.0
}

async fn answered(server: &Server, host: &str, path: &str, answer: &Value) -> Reply {
    let headers = [
        ("content-type", "application/json"),
        ("accept", "image/png"),
    ];
    call(server, "POST", host, path, &headers, &answer.to_string()).await
}

#[tokio::test]
async fn a_rest_api_takes_its_form_and_no_other() {
    let server = gateway(APIS, &functions().await).await;
    let path = "/prod/answers";
    let reply = answered(
        &server,
        REST,
        path,
        &json!({
            "statusCode": "201",
            "headers": { "X-One": "a", "x-number": 1, "x-both": "b", "WWW-Authenticate": "Basic",
                "Content-Length": "999", "Transfer-Encoding": "chunked", "Connection": "close" },
            "multiValueHeaders": { "X-Both": ["a", "b"], "Set-Cookie": ["a=1", "b=2"] },
            "body": "{}",
        }),
    )
    .await;
    assert_eq!(reply.status, 201);
    assert_eq!(reply.body, b"{}");
    assert_eq!(reply.headers["x-number"], "1");
    let all = |name: &str| {
        let all = reply.headers.get_all(name).iter();
        all.map(|value| value.to_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(all("x-both"), ["b", "a"]);
    assert_eq!(all("set-cookie"), ["a=1", "b=2"]);
    assert_eq!(reply.headers["x-amzn-remapped-www-authenticate"], "Basic");
    assert!(!reply.headers.contains_key("transfer-encoding"));

    // Nothing is mandatory.
    let reply = answered(&server, REST, path, &json!({})).await;
    assert_eq!((reply.status.as_u16(), reply.body.len()), (200, 0));
    let reply = answered(
        &server,
        REST,
        path,
        &json!({ "headers": null, "body": "x" }),
    )
    .await;
    assert_eq!((reply.status.as_u16(), &*reply.body), (200, &b"x"[..]));

    for malformed in [
        json!("text"),
        json!(null),
        json!([1]),
        json!({ "statusCode": 200, "body": { "a": 1 } }),
        json!({ "statusCode": 200, "cookies": [] }),
        json!({ "statusCode": "many" }),
        json!({ "statusCode": 99 }),
        json!({ "statusCode": 1_000_000 }),
        json!({ "headers": ["a"] }),
        json!({ "headers": { "a": {} } }),
        json!({ "headers": { "a b": "c" } }),
        json!({ "headers": { "a": "b\r\nset-cookie: c=d" } }),
        json!({ "multiValueHeaders": { "a": "b" } }),
        json!({ "isBase64Encoded": "true" }),
        json!({ "isBase64Encoded": true, "body": "%" }),
    ] {
        let reply = answered(&server, REST, path, &malformed).await;
        says(&reply, 502, "Internal server error");
        let reason = reply.headers["x-mocknito-reason"].to_str().unwrap();
        assert!(reason.contains("malformed"), "{reason}");
    }
}

#[tokio::test]
async fn base64_is_decoded_for_who_accepts_the_apis_binary_types() {
    let server = gateway(APIS, &functions().await).await;
    let answer = json!({ "isBase64Encoded": true, "body": "/wA=" });
    let reply = answered(&server, REST, "/prod/answers", &answer).await;
    assert_eq!(reply.body, [0xff, 0x00]);
    let reply = call(
        &server,
        "POST",
        REST,
        "/prod/answers",
        &[],
        &answer.to_string(),
    )
    .await;
    assert_eq!(reply.body, b"/wA=");
    let answer = json!({ "statusCode": 200, "isBase64Encoded": true, "body": "/wA=" });
    let headers = [("content-type", "application/json")];
    let reply = call(
        &server,
        "POST",
        HTTP,
        "/answers",
        &headers,
        &answer.to_string(),
    )
    .await;
    assert_eq!(reply.body, [0xff, 0x00]);
}

#[tokio::test]
async fn an_http_api_infers_what_a_simple_answer_means() {
    let server = gateway(APIS, &functions().await).await;
    for (answer, body) in [
        (json!("hello"), "hello"),
        (json!({ "message": "hello" }), r#"{"message":"hello"}"#),
        (json!([1, 2]), "[1,2]"),
        (json!(7), "7"),
        (json!(null), "null"),
    ] {
        let reply = answered(&server, HTTP, "/answers", &answer).await;
        assert_eq!(reply.status, 200, "{answer}");
        assert_eq!(reply.headers["content-type"], "application/json");
        assert_eq!(String::from_utf8_lossy(&reply.body), body);
    }
    let reply = answered(
        &server,
        HTTP,
        "/answers",
        &json!({
            "statusCode": 302,
            "headers": { "location": "https://app.example.com" },
            "cookies": ["a=1; HttpOnly", "b=2"],
        }),
    )
    .await;
    assert_eq!(reply.status, 302);
    assert_eq!(reply.headers["location"], "https://app.example.com");
    let cookies: Vec<_> = reply.headers.get_all("set-cookie").iter().collect();
    assert_eq!(cookies, ["a=1; HttpOnly", "b=2"]);

    for malformed in [
        json!({ "statusCode": "x" }),
        json!({ "statusCode": 200, "body": {} }),
        json!({ "statusCode": 200, "headers": { "a": "b\nc" } }),
        json!({ "statusCode": 200, "cookies": "a=1" }),
        json!({ "statusCode": 200, "isBase64Encoded": true, "body": "?" }),
    ] {
        let reply = answered(&server, HTTP, "/answers", &malformed).await;
        says(&reply, 500, "Internal Server Error");
    }
    // The older form infers nothing.
    says(
        &answered(&server, HTTP, "/old", &json!("x")).await,
        500,
        "Internal Server Error",
    );
    let reply = answered(
        &server,
        HTTP,
        "/old",
        &json!({ "statusCode": 200, "body": "x" }),
    )
    .await;
    assert_eq!(reply.body, b"x");
}

#[tokio::test]
async fn a_function_that_fails_is_told_in_the_gateways_words() {
    let server = gateway(APIS, &functions().await).await;
    let rest = async |path: &str| call(&server, "POST", REST, path, &[], "").await;
    let http = async |path: &str| call(&server, "POST", HTTP, path, &[], "").await;
    let reply = rest("/prod/fails").await;
    says(&reply, 502, "Internal server error");
    // What it says of its users is for the journal.
    let reason = reply.headers["x-mocknito-reason"].to_str().unwrap();
    assert!(!reason.contains("ada"), "{reason}");
    says(&http("/fails").await, 500, "Internal Server Error");
    says(
        &rest("/prod/hangs").await,
        504,
        "Endpoint request timed out",
    );
    says(&http("/hangs").await, 503, "Service Unavailable");
    let reply = rest("/prod/nowhere").await;
    says(&reply, 500, "Internal server error");
    let reason = reply.headers["x-mocknito-reason"].to_str().unwrap();
    assert!(reason.contains("--trigger"), "{reason}");
    says(&http("/nowhere").await, 500, "Internal Server Error");
}

#[tokio::test]
async fn a_body_is_as_large_as_a_function_can_take_it() {
    let server = gateway(APIS, &functions().await).await;
    for (host, path, message) in [
        (REST, "/prod/answers", "Request Too Long"),
        (HTTP, "/answers", "Request Entity Too Large"),
    ] {
        for size in [11 << 20, 7 << 20] {
            let body = Body::from(vec![b'x'; size]);
            let answer = server
                .router()
                .oneshot(request("POST", host, path, body))
                .await;
            let answer = answer.unwrap();
            assert_eq!(answer.status(), 413, "{host} {size}");
            let body = axum::body::to_bytes(answer.into_body(), 1 << 10)
                .await
                .unwrap();
            assert!(String::from_utf8_lossy(&body).contains(message));
        }
    }
}

#[tokio::test]
async fn the_journal_shows_what_a_function_was_told_without_what_opens_doors() {
    let server = gateway(APIS, &functions().await).await;
    let headers = [
        ("authorization", "eyJsecret"),
        ("cookie", "session=eyJsecret"),
        ("content-type", "application/json"),
    ];
    let body =
        r#"{"statusCode":200,"headers":{"set-cookie":"a=eyJsecret"},"password":"eyJsecret"}"#;
    call(&server, "POST", HTTP, "/answers", &headers, body).await;
    let (_, journal) = server.own("GET", "functions", json!(null)).await;
    let entry = &journal["requests"][0];
    assert_eq!(entry["api"], "shop");
    assert_eq!(entry["route"], "POST /answers");
    assert_eq!(entry["version"], "2.0");
    let shown = entry.to_string();
    assert!(!shown.contains("eyJsecret"), "{shown}");
    assert!(shown.contains("answers"), "{shown}");
}

#[tokio::test]
async fn a_handler_file_answers_a_route() {
    let folder = std::env::temp_dir().join(format!("mocknito-gateway-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("orders.mjs");
    let code = "export const handler = async (event) => ({ id: event.pathParameters.id });";
    std::fs::write(&file, code).unwrap();
    let apis = format!(
        "
Apis:
  - Name: shop
    Type: HTTP
    Routes: [{{ Route: 'GET /orders/{{id}}', Target: {} }}]
",
        file.display()
    );
    let server = gateway(&apis, "").await;
    let reply = get(&server, HTTP, "/orders/7").await;
    assert_eq!(reply.json(), json!({ "id": "7" }));
    server.app.functions.stop();
    std::fs::remove_dir_all(folder).unwrap();
}
