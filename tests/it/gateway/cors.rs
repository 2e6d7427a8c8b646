//! What web pages of other origins may do: nothing unless the API's owner says so.

use axum::Router;
use axum::http::StatusCode;

use super::{call, echo, gateway, says, serve};

const APIS: &str = "
Apis:
  - Name: plain
    Type: REST
    Authorizers:
      - { Name: pool, Type: COGNITO_USER_POOLS, ProviderARNs: [us-east-1_Shop00001] }
    Routes: [{ Route: 'ANY /x', Authorizer: pool, Target: 'TARGET' }]
  - Name: shaped
    Type: REST
    StageVariables: { team: checkout }
    GatewayResponses:
      DEFAULT_4XX:
        ResponseParameters:
          gatewayresponse.header.Access-Control-Allow-Origin: \"'*'\"
          gatewayresponse.header.x-request: context.requestId
          gatewayresponse.header.x-echo: method.request.header.origin
      UNAUTHORIZED:
        StatusCode: 418
        ResponseParameters: { gatewayresponse.header.x-kind: context.error.responseType }
        ResponseTemplates:
          application/json: >-
            {\"why\":$context.error.messageString,\"of\":\"$stageVariables.team\",
            \"at\":\"${context.path}\",\"cost\":\"$5\"}
    Authorizers:
      - { Name: pool, Type: COGNITO_USER_POOLS, ProviderARNs: [us-east-1_Shop00001] }
    Routes: [{ Route: 'GET /x', Authorizer: pool, Target: 'TARGET' }]
  - Name: shop
    Type: HTTP
    CorsConfiguration:
      AllowOrigins: ['https://app.example.com', 'http://*']
      AllowMethods: [GET, POST]
      AllowHeaders: [authorization]
      ExposeHeaders: [x-total]
      MaxAge: 600
      AllowCredentials: true
    Authorizers:
      - Name: jwt
        Type: JWT
        Issuer: us-east-1_Shop00001
        Audience: [shopclient0000000000000001]
    Routes:
      - { Route: 'ANY /x', Authorizer: jwt, Target: 'TARGET' }
      - { Route: 'ANY /open', Target: 'TARGET' }
";

const PREFLIGHT: [(&str, &str); 2] = [
    ("origin", "https://app.example.com"),
    ("access-control-request-method", "GET"),
];

#[tokio::test]
async fn a_rest_api_says_nothing_of_cors_by_itself() {
    let server = gateway(APIS, &echo().await).await;
    let host = "plain.execute-api.localhost";
    for method in ["GET", "OPTIONS"] {
        let reply = call(&server, method, host, "/prod/x", &PREFLIGHT, "").await;
        says(&reply, 401, "Unauthorized");
        assert!(
            !reply
                .headers
                .keys()
                .any(|name| name.as_str().starts_with("access-control"))
        );
    }
}

#[tokio::test]
async fn an_owner_shapes_the_gateways_own_answers() {
    let server = gateway(APIS, &echo().await).await;
    let host = "shaped.execute-api.localhost";
    let reply = call(&server, "GET", host, "/prod/nothing", &PREFLIGHT, "").await;
    says(&reply, 403, "Missing Authentication Token");
    assert_eq!(reply.headers["access-control-allow-origin"], "*");
    assert_eq!(reply.headers["x-echo"], "https://app.example.com");
    assert_eq!(
        reply.headers["x-request"],
        reply.headers["x-amzn-requestid"]
    );
    let reply = call(&server, "GET", host, "/prod/x", &PREFLIGHT, "").await;
    assert_eq!(reply.status, 418);
    assert_eq!(reply.headers["x-kind"], "UNAUTHORIZED");
    assert_eq!(
        String::from_utf8_lossy(&reply.body),
        r#"{"why":"Unauthorized","of":"checkout", "at":"/prod/x","cost":"$5"}"#
    );
}

#[tokio::test]
async fn an_http_api_answers_preflights_for_the_origins_that_it_allows() {
    let server = gateway(APIS, &echo().await).await;
    let host = "shop.execute-api.localhost";
    let reply = call(&server, "OPTIONS", host, "/x", &PREFLIGHT, "").await;
    assert_eq!(reply.status, 204);
    let origin = &reply.headers["access-control-allow-origin"];
    assert_eq!(origin, "https://app.example.com");
    assert_eq!(reply.headers["access-control-allow-methods"], "GET,POST");
    assert_eq!(
        reply.headers["access-control-allow-headers"],
        "authorization"
    );
    assert_eq!(reply.headers["access-control-allow-credentials"], "true");
    assert_eq!(reply.headers["access-control-max-age"], "600");

    let evil = [("origin", "https://evil.example"), PREFLIGHT[1]];
    let reply = call(&server, "OPTIONS", host, "/x", &evil, "").await;
    assert_eq!(reply.status, 204);
    assert!(!reply.headers.contains_key("access-control-allow-origin"));

    // Without the question of a preflight it is a request like any other.
    let reply = call(&server, "OPTIONS", host, "/x", &PREFLIGHT[..1], "").await;
    says(&reply, 401, "Unauthorized");
    // A refusal can be read by the page, and so can an answer.
    assert_eq!(
        reply.headers["access-control-allow-origin"],
        "https://app.example.com"
    );
    let reply = call(&server, "GET", host, "/open", &PREFLIGHT, "").await;
    assert_eq!(reply.headers["access-control-expose-headers"], "x-total");
    let plain = [("origin", "http://localhost:5173")];
    let reply = call(&server, "GET", host, "/open", &plain, "").await;
    assert_eq!(
        reply.headers["access-control-allow-origin"],
        "http://localhost:5173"
    );
    let reply = call(&server, "GET", host, "/open", &evil, "").await;
    assert!(!reply.headers.contains_key("access-control-allow-origin"));
    assert_eq!(reply.headers["vary"], "origin");
}

#[tokio::test]
async fn a_targets_answer_without_content_can_be_read_by_pages_too() {
    let target = serve(Router::new().fallback(async || StatusCode::NO_CONTENT)).await;
    let server = gateway(APIS, &target.0).await;
    let host = "shop.execute-api.localhost";
    // OPTIONS that is no preflight goes to the target.
    let reply = call(&server, "OPTIONS", host, "/open", &PREFLIGHT[..1], "").await;
    assert_eq!(reply.status, 204);
    let origin = &reply.headers["access-control-allow-origin"];
    assert_eq!(origin, "https://app.example.com");
}
