//! userInfo: who is told what, and who is not.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use super::web::{Web, get_with, web_client};
use crate::support::{Reply, altered, text};

async fn ask(web: &Web, authorization: &str) -> Reply {
    let headers = [("authorization", authorization)];
    get_with(&web.server, &headers, "/oauth2/userInfo").await
}

fn bearer(token: &Value) -> String {
    format!("Bearer {}", text(token))
}

#[tokio::test]
async fn a_user_is_described_in_text_as_far_as_the_scopes_go() {
    let web = Web::start().await;
    let tokens = web.tokens(json!({ "scope": "openid" })).await;
    let token = bearer(&tokens["access_token"]);
    let reply = ask(&web, &token).await;
    assert_eq!(
        reply.headers["content-type"],
        "application/json;charset=UTF-8"
    );
    let expected = json!({
        "sub": web.sub,
        "email": "alice@example.com",
        "email_verified": "true",
        "phone_number": "+15550100",
        "given_name": "Alice",
        "username": "alice",
    });
    assert_eq!(reply.json(), expected);
    for (method, path) in [("POST", "/oauth2/userInfo"), ("GET", "/oauth2/userinfo")] {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", &token)
            .header("origin", "https://app.example.com")
            .body(Body::empty())
            .unwrap();
        let reply = web.server.send(request).await;
        assert_eq!(reply.json(), expected);
        assert_eq!(reply.headers["access-control-allow-origin"], "*");
    }
    let tokens = web.tokens(json!({ "scope": "openid phone" })).await;
    let reply = ask(&web, &bearer(&tokens["access_token"])).await;
    assert_eq!(
        reply.json(),
        json!({ "sub": web.sub, "phone_number": "+15550100", "username": "alice" })
    );
    // What the client may not read it is not told.
    let client = web_client(
        &web.server,
        &web.pool,
        json!({ "ReadAttributes": ["given_name"] }),
    )
    .await;
    let (location, _) = web
        .sign_in(json!({ "client_id": client, "response_type": "token" }))
        .await;
    let token = super::web::parameter(&location, "access_token").unwrap();
    let reply = ask(&web, &format!("Bearer {token}")).await;
    assert_eq!(
        reply.json(),
        json!({ "sub": web.sub, "given_name": "Alice", "username": "alice" })
    );
}

#[tokio::test]
async fn only_a_live_access_token_with_openid_is_answered() {
    let web = Web::start().await;
    for odd in ["", "Bearer", "Bearer ", "Basic abc", "token"] {
        let reply = ask(&web, odd).await;
        assert_eq!(
            (reply.status.as_u16(), &reply.json()["error"]),
            (400, &json!("invalid_request")),
            "{odd}"
        );
    }
    let reply = web.server.get("/oauth2/userInfo").await;
    assert_eq!(reply.status, 400);
    let tokens = web.tokens(json!({})).await;
    let api = web.server.sign_in(&web.client, "alice").await;
    for wrong in [
        json!("garbage"),
        json!("a.b.c"),
        tokens["id_token"].clone(),
        tokens["refresh_token"].clone(),
        altered(&tokens["access_token"]),
        // A token of the API has not the scope.
        api["AccessToken"].clone(),
    ] {
        let reply = ask(&web, &bearer(&wrong)).await;
        assert_eq!(
            (reply.status.as_u16(), &reply.json()["error"]),
            (401, &json!("invalid_token")),
            "{wrong}"
        );
        let challenge = reply.headers["www-authenticate"].to_str().unwrap();
        assert!(challenge.starts_with("Bearer "), "{challenge}");
        assert!(challenge.ends_with("error=INVALID_TOKEN"), "{challenge}");
    }
    let says = |reply: Reply| {
        let header = reply.headers["www-authenticate"].to_str().unwrap();
        let description = text(&reply.json()["error_description"]);
        (header.to_owned(), description)
    };
    assert_eq!(
        says(ask(&web, "Bearer garbage").await),
        (
            "Bearer error=INVALID_TOKEN".to_owned(),
            "Access token format is not valid".to_owned()
        )
    );
    let in_realm = format!(
        "Bearer realm=http://localhost:9339/{}, error=INVALID_TOKEN",
        web.pool
    );
    assert_eq!(
        says(ask(&web, &bearer(&api["AccessToken"])).await),
        (
            in_realm.clone(),
            "Access token does not contain the 'openid' scope".to_owned()
        )
    );
    let alice = json!({ "UserPoolId": web.pool, "Username": "alice" });
    assert_eq!(
        ask(&web, &bearer(&tokens["access_token"])).await.status,
        200
    );
    web.server.ok("AdminDisableUser", alice.clone()).await;
    let ended =
        "Access token is expired or user has globally signed out, disabled, or been deleted";
    assert_eq!(
        says(ask(&web, &bearer(&tokens["access_token"])).await),
        (in_realm, ended.to_owned())
    );
    web.server.ok("AdminEnableUser", alice.clone()).await;
    assert_eq!(
        ask(&web, &bearer(&tokens["access_token"])).await.status,
        401
    );
    let tokens = web.tokens(json!({})).await;
    web.server.ok("AdminDeleteUser", alice).await;
    assert_eq!(
        ask(&web, &bearer(&tokens["access_token"])).await.status,
        401
    );
}
