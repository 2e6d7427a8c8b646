//! Where the endpoints are: at the shared host for every pool, and at a pool's domain for that pool
//! alone.

use serde_json::{Value, json};

use super::web::{Web, is_error_page, location, web_client};
use crate::support::{Server, merge, text};

const PREFIX: [&str; 4] = [
    "mine.auth.localhost",
    "mine.auth.localhost:9339",
    "MINE.auth.localhost",
    "mine.auth.us-east-1.amazoncognito.com",
];
const CUSTOM: [&str; 2] = ["auth.example.com", "auth.example.com:9339"];
const SHARED: [&str; 6] = [
    "localhost:9339",
    "127.0.0.1:9339",
    "[::1]:9339",
    "mocknito:9339",
    "auth.localhost",
    "somewhere.example.com",
];
const NOBODYS: [&str; 3] = [
    "other.auth.localhost",
    "mine.auth.eu-west-1.amazoncognito.com",
    "auth.example.com.auth.localhost",
];

/// A web app whose pool has both domains, and another one without any.
async fn two() -> (Web, String) {
    let web = Web::start().await;
    let domain = |more: Value| {
        let mut input = json!({ "UserPoolId": web.pool });
        merge(&mut input, more);
        input
    };
    let arn = "arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f";
    for input in [
        domain(json!({ "Domain": "mine" })),
        domain(
            json!({ "Domain": "auth.example.com", "CustomDomainConfig": { "CertificateArn": arn } }),
        ),
    ] {
        web.server.ok("CreateUserPoolDomain", input).await;
    }
    let other = web.server.pool(json!({})).await;
    let stranger = web_client(&web.server, &other, json!({})).await;
    (web, stranger)
}

#[tokio::test]
async fn a_pools_domain_serves_that_pool_alone() {
    let (web, stranger) = two().await;
    for host in SHARED.iter().chain(&PREFIX).chain(&CUSTOM) {
        let reply = web.authorize_with(&[("host", host)], json!({})).await;
        assert!(location(&reply).starts_with("/login?"), "{host}");
    }
    for host in SHARED {
        let asked = json!({ "client_id": stranger });
        let reply = web.authorize_with(&[("host", host)], asked).await;
        assert!(location(&reply).starts_with("/login?"), "{host}");
    }
    for host in PREFIX.iter().chain(&CUSTOM) {
        let asked = json!({ "client_id": stranger });
        let reply = web.authorize_with(&[("host", host)], asked).await;
        is_error_page(&reply, "invalid_request");
    }
    for host in NOBODYS {
        let reply = web.authorize_with(&[("host", host)], json!({})).await;
        is_error_page(&reply, "invalid_request");
    }
}

/// Status and error of a form at an endpoint of a host.
async fn post(server: &Server, host: &str, path: &str, body: String) -> (u16, String) {
    let request = axum::http::Request::post(path)
        .header("host", host)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body.into())
        .unwrap();
    let reply = server.send(request).await;
    let error = match reply.body.as_slice() {
        [] => String::new(),
        _ => reply.json()["error"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
    };
    (reply.status.as_u16(), error)
}

#[tokio::test]
async fn programs_meet_the_same_rule() {
    let (web, stranger) = two().await;
    let tokens = web.tokens(json!({})).await;
    let bearer = format!("Bearer {}", text(&tokens["access_token"]));
    let form = |client: &str| {
        let token = text(&tokens["refresh_token"]);
        format!("grant_type=refresh_token&client_id={client}&refresh_token={token}&token={token}")
    };
    for host in ["localhost:9339", PREFIX[0], CUSTOM[0]] {
        let headers = [("host", host), ("authorization", bearer.as_str())];
        let reply = super::web::get_with(&web.server, &headers, "/oauth2/userInfo").await;
        assert_eq!(reply.status, 200, "{host}");
        let answer = post(&web.server, host, "/oauth2/token", form(&web.client)).await;
        assert_eq!(answer, (200, String::new()), "{host}");
    }
    let other = web.server.ok("CreateUserPoolDomain", {
        let client = web.server.app.store.client(&stranger).await.unwrap();
        json!({ "UserPoolId": client.pool_id, "Domain": "theirs" })
    });
    other.await;
    for host in ["theirs.auth.localhost", NOBODYS[0]] {
        let headers = [("host", host), ("authorization", bearer.as_str())];
        let reply = super::web::get_with(&web.server, &headers, "/oauth2/userInfo").await;
        assert_eq!(reply.status, 401, "{host}");
        for (path, status) in [("/oauth2/token", 400), ("/oauth2/revoke", 401)] {
            let answer = post(&web.server, host, path, form(&web.client)).await;
            assert_eq!(
                answer,
                (status, "invalid_client".to_owned()),
                "{host} {path}"
            );
        }
    }
}
