//! What proxies ask for an API of a fixture: the route is found by what the client asked for.

use axum::http::Method;
use serde_json::json;

use super::{ask_with, reason, told};
use crate::gateway::{gateway, id_token, tokens};
use crate::support::{Reply, Server, text};

const APIS: &str = "
Apis:
  - Name: orders
    Type: REST
    Stage: prod
    Authorizers:
      - { Name: pool, Type: COGNITO_USER_POOLS, ProviderARNs: [us-east-1_Shop00001] }
      - { Name: keys, Type: AWS_IAM }
    Routes:
      - { Route: 'GET /orders/{id}', Authorizer: pool, Target: TARGET }
      - Route: 'POST /orders'
        Authorizer: pool
        AuthorizationScopes: [orders/read]
        Target: TARGET
      - { Route: 'GET /health', Target: TARGET }
      - { Route: 'GET /signed', Authorizer: keys, Target: TARGET }
";

async fn server() -> Server {
    gateway(APIS, "http://127.0.0.1:9").await
}

/// By headers, as nginx, Traefik and Caddy ask.
async fn ask_for(server: &Server, method: &str, uri: &str, token: &str) -> Reply {
    let headers = [
        ("x-forwarded-method", method),
        ("x-forwarded-uri", uri),
        ("authorization", token),
    ];
    ask_with(server, "/orders", &headers).await
}

#[tokio::test]
async fn the_route_of_the_original_request_says_what_is_asked_of_its_client() {
    let server = server().await;
    let id = id_token(&server).await;
    let passed = ask_for(&server, "GET", "/orders/1?a=b", &id).await;
    assert_eq!(told(&passed, "x-mocknito-username"), Some("ada"));
    // With the stage, too.
    assert_eq!(
        ask_for(&server, "GET", "/prod/orders/1", &id).await.status,
        200
    );
    let refused = ask_for(&server, "POST", "/orders", &id).await;
    assert_eq!(refused.status, 401);
    assert!(reason(&refused).ends_with("AuthorizationScopes [orders/read]"));
    let access = text(&tokens(&server).await["AccessToken"]);
    assert_eq!(
        ask_for(&server, "GET", "/orders/1", &access).await.status,
        401
    );

    let open = ask_for(&server, "GET", "/health", "nonsense").await;
    assert_eq!(open.answer("authorize"), json!({}));
    for name in ["sub", "username", "groups", "claims"] {
        assert_eq!(told(&open, &format!("x-mocknito-{name}")), Some(""));
    }

    for (method, uri) in [
        ("DELETE", "/orders/1"),
        ("GET", "/other"),
        ("GET", "/orders/%2e%2e"),
        ("GET", "//orders/1"),
        ("GET", "/health/../orders/1"),
    ] {
        let unknown = ask_for(&server, method, uri, &id).await;
        assert_eq!(unknown.status, 403, "{uri}");
        let words = json!({ "message": "Missing Authentication Token" });
        assert_eq!(unknown.json(), words, "{uri}");
        assert!(!reason(&unknown).is_empty());
    }
    let unsigned = ask_for(&server, "GET", "/signed", &id).await;
    assert_eq!(unsigned.status, 403);
    assert!(reason(&unsigned).starts_with("the header authorization holds no signature"));
}

#[tokio::test]
async fn envoy_puts_the_path_behind_the_name() {
    let server = server().await;
    let id = id_token(&server).await;
    let ask = async |method: Method, path: &str, headers: &[(&str, &str)]| {
        let path = format!("/_mocknito/authorize/orders{path}");
        let headers = [&[("authorization", id.as_str())], headers].concat();
        server.ask(method, &path, &headers, "").await
    };
    assert_eq!(ask(Method::GET, "/orders/1?a=b", &[]).await.status, 200);
    assert_eq!(ask(Method::POST, "/orders", &[]).await.status, 401);
    // What the client says in headers does not count here.
    let lies = [("x-forwarded-uri", "/health"), ("x-original-method", "GET")];
    assert_eq!(ask(Method::POST, "/orders", &lies).await.status, 401);
}

#[tokio::test]
async fn what_does_not_say_one_request_is_refused() {
    let server = server().await;
    let ask = async |headers: &[(&str, &str)]| ask_with(&server, "/orders", headers).await;
    let method = ("x-forwarded-method", "GET");
    for (headers, why) in [
        (vec![], "the proxy must tell what it was asked for"),
        (vec![method], "the proxy must tell what it was asked for"),
        (
            vec![
                method,
                ("x-forwarded-uri", "/health"),
                ("x-original-uri", "/orders/1"),
            ],
            "x-forwarded-uri and x-original-uri do not agree",
        ),
        (
            vec![
                method,
                ("x-original-uri", "/health"),
                ("x-original-uri", "/orders/1"),
            ],
            "x-forwarded-uri and x-original-uri do not agree",
        ),
        (
            vec![method, ("x-original-uri", "health")],
            "the proxy's headers must tell a method, and a path",
        ),
    ] {
        let reply = ask(&headers).await;
        assert_eq!(reply.status, 400, "{headers:?}");
        let message = text(&reply.json()["message"]);
        assert!(message.starts_with(why), "{message}");
    }
    let unknown = ask_with(&server, "/nobodys", &[]).await;
    assert_eq!(unknown.status, 404);
}
