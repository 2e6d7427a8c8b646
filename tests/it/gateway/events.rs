//! Events that functions get, whole: field by field what API Gateway sends.

use axum::body::Body;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{call, gateway, get, id_token, request, told};

const APIS: &str = "
Functions: { echo: 'TARGET' }
Apis:
  - Name: orders
    Type: REST
    StageVariables: { table: orders-dev }
    BinaryMediaTypes: ['image/*']
    Authorizers:
      - { Name: pool, Type: COGNITO_USER_POOLS, ProviderARNs: [us-east-1_Shop00001] }
    Routes:
      - { Route: 'POST /orders/{id}/{proxy+}', Authorizer: pool, Target: echo }
      - { Route: 'ANY /plain', Target: 'arn:aws:lambda:eu-west-1:123456789012:function:echo' }
  - Name: shop
    Type: HTTP
    StageVariables: { table: orders-dev }
    Authorizers:
      - { Name: jwt, Type: JWT, Issuer: us-east-1_Shop00001, Audience: [shopclient0000000000000001] }
    Routes:
      - { Route: 'POST /orders/{id}', Authorizer: jwt, Target: echo }
      - { Route: 'POST /old/{id}', Authorizer: jwt, Target: echo, PayloadFormatVersion: '1.0' }
      - { Route: $default, Target: echo }
  - Name: staged
    Type: HTTP
    Stage: v1
    PayloadFormatVersion: 1.0
    Routes: [{ Route: 'ANY /{proxy+}', Target: echo }]
";

const REST: &str = "orders.execute-api.localhost:9339";
const HTTP: &str = "shop.execute-api.localhost:9339";

/// An event with what is drawn anew for each request, and the token, taken out.
fn steady(mut event: Value) -> Value {
    const TRACE: &str = "Root=1-6955b900-[0-9a-f]{24}";
    const UUID: &str = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";
    const EXTENDED: &str = "[A-Za-z0-9]{15}=";
    let drawn: Vec<(&str, &str)> = match event["version"].as_str() {
        Some("2.0") => vec![
            ("/headers/x-amzn-trace-id", TRACE),
            ("/headers/authorization", "eyJ.*"),
            ("/requestContext/requestId", EXTENDED),
        ],
        version => vec![
            ("/headers/X-Amzn-Trace-Id", TRACE),
            ("/multiValueHeaders/X-Amzn-Trace-Id/0", TRACE),
            ("/headers/Authorization", "eyJ.*"),
            ("/multiValueHeaders/Authorization/0", "eyJ.*"),
            ("/requestContext/extendedRequestId", EXTENDED),
            (
                "/requestContext/requestId",
                if version.is_none() { UUID } else { EXTENDED },
            ),
        ],
    };
    for (pointer, form) in drawn {
        let value = event.pointer_mut(pointer).expect(pointer);
        let text = value.as_str().unwrap().to_owned();
        let form = regex::Regex::new(&format!("^{form}$")).unwrap();
        assert!(form.is_match(&text), "{pointer}: {text}");
        *value = json!("drawn");
    }
    event
}

#[tokio::test]
async fn a_rest_apis_event_is_whole() {
    let server = gateway(APIS, &told().await).await;
    let token = id_token(&server).await;
    let headers = [
        ("authorization", token.as_str()),
        ("content-type", "application/json"),
        ("user-agent", "test/1"),
        ("x-list", "a"),
        ("x-list", "b"),
        ("cookie", "a=1"),
        ("x-mocknito-sub", "forged"),
    ];
    let path = "/prod/orders/a%20b/c/d?q=1&q=%C3%A4+x&e";
    let reply = call(&server, "POST", REST, path, &headers, r#"{"n":1}"#).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.headers["content-type"], "application/json");
    let mut event = steady(reply.json());
    let claims = event["requestContext"]["authorizer"]["claims"].take();
    // REST has commas.
    assert_eq!(claims["cognito:groups"], "admins,buyers");
    assert_eq!(claims["email_verified"], "true");
    let resource = event["requestContext"]["resourceId"].take();
    assert_eq!(resource.as_str().unwrap().len(), 6);
    let deployment = event["requestContext"]["deploymentId"].take();
    assert_eq!(deployment.as_str().unwrap().len(), 6);
    let expected = json!({
        "resource": "/orders/{id}/{proxy+}",
        "path": "/orders/a%20b/c/d",
        "httpMethod": "POST",
        "headers": {
            "Authorization": "drawn",
            "Content-Type": "application/json",
            "Cookie": "a=1",
            "Host": "orders.execute-api.localhost:9339",
            "User-Agent": "test/1",
            "X-Amzn-Trace-Id": "drawn",
            "X-Forwarded-For": "127.0.0.1",
            "X-Forwarded-Port": "9339",
            "X-Forwarded-Proto": "http",
            "X-List": "b",
        },
        "multiValueHeaders": {
            "Authorization": ["drawn"],
            "Content-Type": ["application/json"],
            "Cookie": ["a=1"],
            "Host": ["orders.execute-api.localhost:9339"],
            "User-Agent": ["test/1"],
            "X-Amzn-Trace-Id": ["drawn"],
            "X-Forwarded-For": ["127.0.0.1"],
            "X-Forwarded-Port": ["9339"],
            "X-Forwarded-Proto": ["http"],
            "X-List": ["a", "b"],
        },
        "queryStringParameters": { "q": "ä x", "e": "" },
        "multiValueQueryStringParameters": { "q": ["1", "ä x"], "e": [""] },
        "requestContext": {
            "resourceId": null,
            "authorizer": { "claims": null },
            "resourcePath": "/orders/{id}/{proxy+}",
            "httpMethod": "POST",
            "extendedRequestId": "drawn",
            "requestTime": "01/Jan/2026:00:00:00 +0000",
            "path": "/prod/orders/a%20b/c/d",
            "accountId": "123456789012",
            "protocol": "HTTP/1.1",
            "stage": "prod",
            "domainPrefix": "orders",
            "requestTimeEpoch": 1_767_225_600_000_i64,
            "requestId": "drawn",
            "identity": {
                "cognitoIdentityPoolId": null,
                "accountId": null,
                "cognitoIdentityId": null,
                "caller": null,
                "sourceIp": "127.0.0.1",
                "principalOrgId": null,
                "accessKey": null,
                "cognitoAuthenticationType": null,
                "cognitoAuthenticationProvider": null,
                "userArn": null,
                "userAgent": "test/1",
                "user": null,
            },
            "domainName": "orders.execute-api.localhost",
            "deploymentId": null,
            "apiId": "orders",
        },
        "pathParameters": { "id": "a b", "proxy": "c/d" },
        "stageVariables": { "table": "orders-dev" },
        "body": "{\"n\":1}",
        "isBase64Encoded": false,
    });
    assert_eq!(event, expected);
}

#[tokio::test]
async fn what_a_rest_request_does_not_have_is_null() {
    let server = gateway(APIS, &told().await).await;
    let event = get(&server, REST, "/prod/plain").await.json();
    for member in [
        "queryStringParameters",
        "multiValueQueryStringParameters",
        "pathParameters",
        "body",
    ] {
        assert!(event[member].is_null(), "{member}");
        assert!(event.as_object().unwrap().contains_key(member), "{member}");
    }
    assert!(event["requestContext"].get("authorizer").is_none());
    // What the owner calls binary comes as base64.
    for (kind, is_binary) in [
        ("image/png", true),
        ("IMAGE/gif; x=y", true),
        ("text/html", false),
    ] {
        let mut request = request("PUT", REST, "/prod/plain", Body::from(vec![0xff, 0x00]));
        let headers = request.headers_mut();
        headers.insert("content-type", kind.parse().unwrap());
        let answer = server.router().oneshot(request).await.unwrap();
        let body = axum::body::to_bytes(answer.into_body(), 1 << 20)
            .await
            .unwrap();
        let event: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(event["isBase64Encoded"], is_binary, "{kind}");
        let body = if is_binary { "/wA=" } else { "\u{fffd}\0" };
        assert_eq!(event["body"], body, "{kind}");
    }
}

#[tokio::test]
async fn an_http_apis_event_is_whole() {
    let server = gateway(APIS, &told().await).await;
    let token = id_token(&server).await;
    let headers = [
        ("authorization", token.as_str()),
        ("content-type", "application/x-www-form-urlencoded"),
        ("user-agent", "test/1"),
        ("x-list", "a"),
        ("x-list", "b"),
        ("cookie", "a=1; b=2"),
    ];
    let path = "/orders/a%20b?q=1&q=%C3%A4+x";
    let reply = call(&server, "POST", HTTP, path, &headers, "n=1").await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.headers["content-type"], "text/plain;charset=UTF-8");
    let mut event = steady(reply.json());
    let claims = event["requestContext"]["authorizer"]["jwt"]["claims"].take();
    // HTTP has brackets.
    assert_eq!(claims["cognito:groups"], "[admins buyers]");
    let expected = json!({
        "version": "2.0",
        "routeKey": "POST /orders/{id}",
        "rawPath": "/orders/a b",
        "rawQueryString": "q=1&q=%C3%A4+x",
        "cookies": ["a=1", "b=2"],
        "headers": {
            "authorization": "drawn",
            "content-type": "application/x-www-form-urlencoded",
            "host": "shop.execute-api.localhost:9339",
            "user-agent": "test/1",
            "x-amzn-trace-id": "drawn",
            "x-forwarded-for": "127.0.0.1",
            "x-forwarded-port": "9339",
            "x-forwarded-proto": "http",
            "x-list": "a,b",
        },
        "queryStringParameters": { "q": "1,ä x" },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "shop",
            "authorizer": { "jwt": { "claims": null, "scopes": null } },
            "domainName": "shop.execute-api.localhost",
            "domainPrefix": "shop",
            "http": {
                "method": "POST",
                "path": "/orders/a b",
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": "test/1",
            },
            "requestId": "drawn",
            "routeKey": "POST /orders/{id}",
            "stage": "$default",
            "time": "01/Jan/2026:00:00:00 +0000",
            "timeEpoch": 1_767_225_600_000_i64,
        },
        "body": "bj0x",
        "pathParameters": { "id": "a b" },
        "isBase64Encoded": true,
        "stageVariables": { "table": "orders-dev" },
    });
    assert_eq!(event, expected);
}

#[tokio::test]
async fn what_an_http_request_does_not_have_is_absent() {
    let server = gateway(APIS, &told().await).await;
    let event = get(&server, HTTP, "/any/thing").await.json();
    assert_eq!(event["routeKey"], "$default");
    assert_eq!(event["rawQueryString"], "");
    for member in ["cookies", "queryStringParameters", "body", "pathParameters"] {
        assert!(event.get(member).is_none(), "{member}");
    }
    assert!(event["requestContext"].get("authorizer").is_none());
    for (kind, is_binary) in [
        ("application/json; charset=utf-8", false),
        ("application/vnd.api+json", false),
        ("text/csv", false),
        ("application/octet-stream", true),
    ] {
        let headers = [("content-type", kind)];
        let reply = call(&server, "POST", HTTP, "/any", &headers, "x").await;
        assert_eq!(reply.json()["isBase64Encoded"], is_binary, "{kind}");
    }
}

#[tokio::test]
async fn an_http_api_sends_the_older_form_when_it_is_asked_for() {
    let server = gateway(APIS, &told().await).await;
    let token = id_token(&server).await;
    let headers = [("authorization", token.as_str())];
    let event = call(&server, "POST", HTTP, "/old/7", &headers, "")
        .await
        .json();
    let event = steady(event);
    assert_eq!(event["version"], "1.0");
    assert_eq!(event["resource"], "/old/{id}");
    assert_eq!(event["requestContext"]["resourceId"], json!(null));
    let claims = &event["requestContext"]["authorizer"]["claims"];
    assert_eq!(claims["cognito:groups"], "[admins buyers]");

    let staged = "staged.execute-api.localhost";
    let event = get(&server, staged, "/v1/a%20b").await.json();
    assert_eq!(event["path"], "/v1/a b");
    assert_eq!(event["requestContext"]["stage"], "v1");
    assert_eq!(event["requestContext"]["authorizer"], json!(null));
}
