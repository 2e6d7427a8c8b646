//! Which route a request belongs to, and who is let in.

use super::{call, echo, gateway, get, id_token, says, tokens};
use crate::support::text;

const APIS: &str = "
Apis:
  - Name: orders
    Type: REST
    Stage: dev
    Authorizers:
      - { Name: pool, Type: COGNITO_USER_POOLS, ProviderARNs: [us-east-1_Shop00001] }
      - { Type: AWS_IAM }
    Routes:
      - { Route: 'POST /signed', Authorizer: AWS_IAM, Target: 'TARGET' }
      - { Route: 'GET /orders/{id}', Authorizer: pool, Target: 'TARGET' }
      - { Route: 'GET /scoped', Authorizer: pool, AuthorizationScopes: [orders/read], Target: 'TARGET' }
      - { Route: 'ANY /admin', Authorizer: pool, Target: 'TARGET' }
      - { Route: 'ANY /admin/{proxy+}', Authorizer: pool, Target: 'TARGET' }
      - { Route: 'GET /health', Target: 'TARGET' }
      - { Route: 'GET /moved/{id}/{proxy+}', Target: 'TARGET/new/{proxy}/of/{id}' }
      - { Route: 'ANY /open/{proxy+}', Target: 'TARGET' }
  - Name: shop
    Type: HTTP
    Authorizers:
      - { Name: jwt, Type: JWT, Issuer: us-east-1_Shop00001, Audience: [shopclient0000000000000001] }
      - { Name: signed, Type: AWS_IAM }
    Routes:
      - { Route: 'POST /signed', Authorizer: signed, Target: 'TARGET' }
      - { Route: 'GET /orders/{id}', Authorizer: jwt, Target: 'TARGET' }
      - { Route: 'GET /health', Target: 'TARGET' }
  - Name: staged
    Type: HTTP
    Stage: v1
    Routes: [{ Route: 'GET /health', Target: 'TARGET' }]
";

const REST: &str = "orders.execute-api.localhost";
const HTTP: &str = "shop.execute-api.localhost";

#[tokio::test]
async fn a_route_that_nobody_has_is_refused_in_each_gateways_words() {
    let server = gateway(APIS, &echo().await).await;
    for (method, path) in [
        ("GET", "/dev/nothing"),
        ("POST", "/dev/health"),
        ("OPTIONS", "/dev/health"),
        ("GET", "/dev"),
    ] {
        let reply = call(&server, method, REST, path, &[], "").await;
        says(&reply, 403, "Missing Authentication Token");
        let error = &reply.headers["x-amzn-errortype"];
        assert_eq!(error, "MissingAuthenticationTokenException");
        assert!(reply.headers.contains_key("x-amzn-requestid"));
        assert!(reply.headers.contains_key("x-amz-apigw-id"));
    }
    says(&get(&server, REST, "/health").await, 403, "Forbidden");
    for path in ["/nothing", "/health/", "/dev/health"] {
        let reply = get(&server, HTTP, path).await;
        says(&reply, 404, "Not Found");
        assert!(reply.headers.contains_key("apigw-requestid"));
    }
    assert_eq!(get(&server, REST, "/dev/health/").await.status, 200);
    let staged = "staged.execute-api.localhost";
    says(&get(&server, staged, "/health").await, 404, "Not Found");
    assert_eq!(
        get(&server, staged, "/v1/health").await.json()["uri"],
        "/health"
    );
}

#[tokio::test]
async fn only_a_token_opens_a_guarded_route() {
    let server = gateway(APIS, &echo().await).await;
    says(
        &get(&server, REST, "/dev/orders/7").await,
        401,
        "Unauthorized",
    );
    says(&get(&server, HTTP, "/orders/7").await, 401, "Unauthorized");
    let tokens = tokens(&server).await;
    let (id, access) = (text(&tokens["IdToken"]), text(&tokens["AccessToken"]));
    let with = |token: &str| [("authorization", token.to_owned())];

    for (host, path, token, status) in [
        (REST, "/dev/orders/7", &id, 200),
        (REST, "/dev/orders/7", &access, 401),
        (REST, "/dev/scoped", &id, 401),
        (REST, "/dev/scoped", &access, 401),
        (HTTP, "/orders/7", &id, 200),
        (HTTP, "/orders/7", &access, 200),
    ] {
        let [(name, token)] = with(token);
        let headers = [(name, token.as_str())];
        let reply = call(&server, "GET", host, path, &headers, "").await;
        assert_eq!(reply.status.as_u16(), status, "{host}{path}");
        let has_reason = reply.headers.contains_key("x-mocknito-reason");
        assert_eq!(has_reason, status != 200, "{host}{path}");
    }
    let two = [
        ("authorization", id.as_str()),
        ("authorization", id.as_str()),
    ];
    let reply = call(&server, "GET", REST, "/dev/orders/7", &two, "").await;
    assert_eq!(reply.status, 401);
}

#[tokio::test]
async fn a_token_opens_no_route_that_wants_a_signature() {
    let server = gateway(APIS, &echo().await).await;
    let token = id_token(&server).await;
    for headers in [&[][..], &[("authorization", token.as_str())]] {
        for (host, path) in [(REST, "/dev/signed"), (HTTP, "/signed")] {
            let reply = call(&server, "POST", host, path, headers, "{}").await;
            assert_eq!(reply.status, 403, "{host}");
            assert!(reply.headers.contains_key("x-mocknito-reason"), "{host}");
        }
    }
}

#[tokio::test]
async fn a_disguised_path_gets_nobody_past_an_authorizer() {
    let server = gateway(APIS, &echo().await).await;
    for path in [
        "/dev/%61dmin",
        "/dev/admin/x",
        "/dev/admin/",
        "/d%65v/admin",
        "/dev/adm%69n/x",
    ] {
        says(&get(&server, REST, path).await, 401, "Unauthorized");
    }
    for path in [
        "/dev/open/../admin",
        "/dev/open/%2e%2e/admin",
        "/dev/open/%2E./admin",
        "/dev/open/..%2fadmin",
        "/dev/open/x%2f..%2f..%2fadmin",
        "/dev/open/..%5cadmin",
        "/dev/open/..\\admin",
        "/dev/open//admin",
        "//dev/admin",
        "/dev//admin",
        "/dev/./admin",
    ] {
        let reply = get(&server, REST, path).await;
        says(&reply, 403, "Missing Authentication Token");
    }
    // A slash that is encoded is a letter of its segment, and stays encoded.
    let reply = get(&server, REST, "/dev/open/a%2Fb/%C3%A4?x=%2F").await;
    assert_eq!(reply.json()["uri"], "/open/a%2Fb/%C3%A4?x=%2F");
}

#[tokio::test]
async fn an_address_with_a_path_is_an_integrations_uri() {
    let server = gateway(APIS, &echo().await).await;
    let reply = get(&server, REST, "/dev/moved/a%20b/c/d?e=f").await;
    assert_eq!(reply.json()["uri"], "/new/c/d/of/a%20b?e=f");
}

#[tokio::test]
async fn the_target_is_told_who_calls_and_a_client_cannot_say_it() {
    let server = gateway(APIS, &echo().await).await;
    let token = id_token(&server).await;
    let forged = [
        ("authorization", token.as_str()),
        ("x-mocknito-sub", "forged"),
        ("X_Mocknito_Sub", "forged"),
        ("x-mocknito-anything", "forged"),
        ("x-amzn-oidc-data", "forged"),
        ("x-amzn_oidc_identity", "forged"),
        ("x-forwarded-for", "10.0.0.1"),
        ("x-forwarded-proto", "gopher"),
        ("connection", "x-secret, authorization"),
        ("x-secret", "1"),
        ("te", "trailers"),
        ("upgrade", "h2c"),
        ("proxy-authorization", "Basic x"),
        ("keep-alive", "timeout=5"),
        ("cookie", "a=1"),
        ("cookie", "b=2"),
    ];
    let reply = call(&server, "GET", REST, "/dev/orders/7", &forged, "").await;
    let told = reply.json();
    let headers = told["headers"].as_object().unwrap();
    let mut names: Vec<&str> = headers.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "accept",
            "cookie",
            "host",
            "x-amzn-trace-id",
            "x-forwarded-for",
            "x-forwarded-port",
            "x-forwarded-proto",
            "x-mocknito-claims",
            "x-mocknito-groups",
            "x-mocknito-sub",
            "x-mocknito-username",
        ]
    );
    assert_eq!(
        headers["x-mocknito-sub"],
        "11111111-1111-4111-8111-111111111111"
    );
    assert_eq!(headers["x-mocknito-groups"], "admins,buyers");
    assert_eq!(headers["x-forwarded-for"], "10.0.0.1, 127.0.0.1");
    assert_eq!(headers["x-forwarded-proto"], "http");
    assert_eq!(headers["cookie"], "a=1; b=2");
    assert!(headers["host"].as_str().unwrap().starts_with("127.0.0.1:"));
    // Where nobody is asked for a token, nobody is known.
    let reply = call(&server, "GET", REST, "/dev/health", &forged, "").await;
    assert!(!reply.json()["headers"].to_string().contains("mocknito"));
}
