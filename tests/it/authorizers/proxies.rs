//! The address itself: how proxies ask, and what settings may say.

use axum::http::Method;
use serde_json::json;

use super::{ask, ask_with, id_token};
use crate::support::Server;

#[tokio::test]
async fn every_proxy_asks_in_its_own_way() {
    let server = Server::start().await;
    let world = server.world().await;
    let token = id_token(&world).await;
    let query = format!("?type=REST&user_pool_id={}", world.pool);
    let at_root = format!("/_mocknito/authorize{query}");
    let of_client = [
        ("authorization", token.as_str()),
        ("host", "app.example.com"),
        ("origin", "https://app.example.com"),
        ("sec-fetch-site", "cross-site"),
    ];
    // nginx, Traefik and Caddy, whose clients' host and origin come along.
    for told in [
        vec![("x-original-uri", "/a?b=c"), ("x-original-method", "POST")],
        vec![("x-forwarded-method", "PUT"), ("x-forwarded-uri", "/a")],
    ] {
        let headers = [&of_client[..], &told[..]].concat();
        for method in [Method::GET, Method::POST] {
            let reply = server.ask(method, &at_root, &headers, "").await;
            assert_eq!(reply.status, 200);
        }
    }
    // Envoy puts the client's path behind ours and keeps its method.
    let settings = format!("type=REST&user_pool_id={}&scopes=", world.pool);
    for path in [
        "/",
        "/orders/1?type=HTTP&user_pool_id=other",
        "//x/%2e%2e/?a=b",
    ] {
        let path = format!("/_mocknito/authorize/{settings}{path}");
        let headers = [&of_client[..1], &[("x-envoy-internal", "true")]].concat();
        for method in [Method::GET, Method::DELETE, Method::OPTIONS] {
            let reply = server.ask(method, &path, &headers, "").await;
            assert_eq!(reply.status, 200, "{path}");
        }
        let reply = server.ask(Method::GET, &path, &[], "").await;
        assert_eq!(reply.status, 401, "{path}");
    }
    // A setting with a slash is encoded in a path.
    let scoped = format!(
        "/type=REST&user_pool_id={}&scopes=orders%2Fread/x",
        world.pool
    );
    let reply = ask_with(&server, &scoped, &of_client[..1]).await;
    assert!(super::reason(&reply).ends_with("AuthorizationScopes [orders/read]"));
}

#[tokio::test]
async fn a_foreign_page_is_no_proxy() {
    let server = Server::start().await;
    let world = server.world().await;
    let token = id_token(&world).await;
    for path in [
        format!("?type=REST&user_pool_id={}", world.pool),
        format!("/type=REST&user_pool_id={}/x", world.pool),
    ] {
        for stranger in [
            ("origin", "https://evil.example"),
            ("host", "evil.example"),
            ("sec-fetch-site", "cross-site"),
        ] {
            let headers = [("authorization", token.as_str()), stranger];
            let reply = ask_with(&server, &path, &headers).await;
            assert_eq!(reply.status, 403, "{stranger:?}");
            assert!(reply.headers.get("x-mocknito-sub").is_none());
        }
    }
}

#[tokio::test]
async fn settings_that_mean_nothing_are_refused_with_a_sentence() {
    let server = Server::start().await;
    let known = "there are type, user_pool_id, issuer, scopes, audience, header, \
                 identity_validation, ttl, client_id_regex, default_action";
    for (settings, message) in [
        ("", "type must be REST, HTTP, APPSYNC or ALB"),
        ("type=rest", "type must be REST, HTTP, APPSYNC or ALB"),
        ("type=REST&type=HTTP", "type is there more than once"),
        (
            "type=REST&user_pool_id=a_b&user_pool_id=c_d",
            "user_pool_id is there more than once",
        ),
        ("type=REST&pool=x", &format!("unknown setting; {known}")),
        ("type=REST", "user_pool_id must name a user pool"),
        (
            "type=REST&user_pool_id=x",
            "user_pool_id must be the id or the ARN of a user pool",
        ),
        (
            "type=REST&user_pool_id=arn:aws:s3:::bucket_x",
            "user_pool_id must be the id or the ARN of a user pool",
        ),
        (
            "type=REST&user_pool_id=a_b&audience=x",
            "audience is a setting of the types HTTP, ALB only",
        ),
        (
            "type=REST&user_pool_id=a_b&identity_validation=(",
            "identity_validation must be a regular expression",
        ),
        (
            "type=REST&user_pool_id=a_b&ttl=2h",
            "ttl must be a duration of at most 1h, such as 300s",
        ),
        (
            "type=REST&user_pool_id=a_b&header=a%20b",
            "header must be the name of a header",
        ),
        (
            "type=APPSYNC&user_pool_id=a_b,c_d",
            "user_pool_id must name one user pool for the type APPSYNC",
        ),
        (
            "type=APPSYNC&user_pool_id=a_b&default_action=x",
            "default_action must be ALLOW or DENY",
        ),
        (
            "type=HTTP&user_pool_id=a_b&issuer=https://x",
            "user_pool_id and issuer cannot both be given",
        ),
        (
            "type=HTTP&issuer=file:///x",
            "issuer must be an address with http or https",
        ),
    ] {
        let reply = ask(&server, settings, &[]).await;
        assert_eq!(reply.status, 400, "{settings}");
        let expected = json!({ "error": "invalid_request", "message": message });
        assert_eq!(reply.json(), expected, "{settings}");
    }
    let reply = ask_with(&server, "/orders/x", &[]).await;
    assert_eq!(reply.status, 404);
}
