//! The token endpoint: who may ask, in which form, and what is refused. The grants themselves are
//! also tried in `operations/tokens.rs`.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::{Reply, Server, World, claims, keys, text};

/// A machine's client of a pool with the scopes `api/read` and `api/write`, as (id, secret).
async fn machine(server: &Server, pool: &str) -> (String, String) {
    let scope = |name: &str| json!({ "ScopeName": name, "ScopeDescription": name });
    server
        .ok(
            "CreateResourceServer",
            json!({ "UserPoolId": pool, "Identifier": "api", "Name": "api", "Scopes": [scope("read"), scope("write")] }),
        )
        .await;
    let client = server
        .client(
            pool,
            json!({
                "GenerateSecret": true,
                "AllowedOAuthFlowsUserPoolClient": true,
                "AllowedOAuthFlows": ["client_credentials"],
                "AllowedOAuthScopes": ["api/read", "api/write"],
            }),
        )
        .await;
    (text(&client["ClientId"]), text(&client["ClientSecret"]))
}

async fn post(server: &Server, headers: &[(&str, &str)], body: impl Into<Body>) -> Reply {
    let mut request = Request::post("/oauth2/token");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    server.send(request.body(body.into()).unwrap()).await
}

/// That the answer is nothing but this error.
#[track_caller]
fn is_error(reply: &Reply, error: &str) {
    assert_eq!(
        (reply.status, reply.json()),
        (StatusCode::BAD_REQUEST, json!({ "error": error }))
    );
    assert!(
        reply.headers["content-type"]
            .to_str()
            .unwrap()
            .starts_with("application/json")
    );
}

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

#[tokio::test]
async fn an_answer_is_json_that_nobody_keeps() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let (id, secret) = machine(&server, &pool).await;
    let basic = format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
    let reply = post(
        &server,
        &[
            (
                "content-type",
                "application/x-www-form-urlencoded; charset=UTF-8",
            ),
            ("authorization", &basic),
            ("origin", "https://app.example.com"),
        ],
        "grant_type=client_credentials&scope=api%2Fwrite+api%2Fread",
    )
    .await;
    assert_eq!(reply.status, 200);
    assert_eq!(
        reply.headers["content-type"],
        "application/json;charset=UTF-8"
    );
    assert_eq!(reply.headers["cache-control"], "no-store");
    assert_eq!(reply.headers["access-control-allow-origin"], "*");
    let answer = reply.json();
    assert_eq!(
        (&answer["token_type"], &answer["expires_in"]),
        (&json!("Bearer"), &json!(3_600))
    );
    let token = claims(&answer["access_token"]);
    assert_eq!(token["scope"], "api/write api/read");
    assert_eq!(token["client_id"], id.as_str());
    assert_eq!(token["token_use"], "access");
}

#[tokio::test]
async fn a_form_that_is_none_is_an_invalid_request() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let (id, secret) = machine(&server, &pool).await;
    let basic = format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
    let authorized = ("authorization", basic.as_str());
    let good = "grant_type=client_credentials";
    for (content_type, body) in [
        ("application/json", r#"{"grant_type":"client_credentials"}"#),
        ("application/json", good),
        ("text/plain", good),
        ("multipart/form-data", good),
        (FORM.1, ""),
        (FORM.1, "grant_type="),
        (
            FORM.1,
            "grant_type=client_credentials&grant_type=client_credentials",
        ),
        (
            FORM.1,
            "grant_type=client_credentials&scope=api/read&scope=api/write",
        ),
        (FORM.1, "scope=api/read"),
        (FORM.1, "grant_type=refresh_token"),
    ] {
        let reply = post(&server, &[("content-type", content_type), authorized], body).await;
        is_error(&reply, "invalid_request");
    }
    let reply = post(&server, &[authorized], good).await;
    is_error(&reply, "invalid_request");
    let reply = post(
        &server,
        &[FORM, authorized],
        b"grant_type=\xff\xfe".to_vec(),
    )
    .await;
    is_error(&reply, "invalid_request");
    let large = format!("{good}&x={}", "a".repeat(10 << 20));
    let reply = post(&server, &[FORM, authorized], large).await;
    is_error(&reply, "invalid_request");
    let reply = post(&server, &[FORM, authorized], good).await;
    assert_eq!(reply.status, 200);
}

#[tokio::test]
async fn a_client_proves_itself_in_one_way_and_without_contradiction() {
    let server = Server::start().await;
    let world = server.world().await;
    let (id, secret) = machine(&server, &world.pool).await;
    let basic =
        |id: &str, secret: &str| format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
    let right = basic(&id, &secret);
    for (authorization, more) in [
        (basic(&id, "wrong"), String::new()),
        (basic(&id, ""), String::new()),
        (basic(&id, &secret[..50]), String::new()),
        (basic("nobody", &secret), String::new()),
        ("Basic %%%".to_owned(), String::new()),
        ("Basic".to_owned(), String::new()),
        ("Bearer x".to_owned(), String::new()),
        (right.clone(), "&client_id=other".to_owned()),
        (right.clone(), format!("&client_id={}", world.client)),
        (right.clone(), format!("&client_secret={secret}")),
        (right.clone(), "&client_secret=wrong".to_owned()),
        // A public client has no secret to show.
        (basic(&world.client, "secret"), String::new()),
    ] {
        let reply = post(
            &server,
            &[FORM, ("authorization", &authorization)],
            format!("grant_type=client_credentials{more}"),
        )
        .await;
        is_error(&reply, "invalid_client");
    }
    for body in [
        format!("client_id={id}"),
        format!("client_id={id}&client_secret=wrong"),
        "client_id=nobody&client_secret=x".to_owned(),
        format!("client_id={}&client_secret=x", world.client),
    ] {
        let body = format!("grant_type=client_credentials&{body}");
        let reply = post(&server, &[FORM], body).await;
        is_error(&reply, "invalid_client");
    }
    for (authorization, body) in [
        (Some(&right), String::new()),
        (Some(&right), format!("&client_id={id}")),
        (None, format!("&client_id={id}&client_secret={secret}")),
    ] {
        let mut headers = vec![FORM];
        headers.extend(authorization.map(|value| ("authorization", value.as_str())));
        let body = format!("grant_type=client_credentials{body}");
        assert_eq!(post(&server, &headers, body).await.status, 200);
    }
}

#[tokio::test]
async fn a_client_uses_only_the_grants_that_it_has() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let (id, secret) = machine(&server, &pool).await;
    let code = server
        .client(
            &pool,
            json!({
                "GenerateSecret": true,
                "AllowedOAuthFlowsUserPoolClient": true,
                "AllowedOAuthFlows": ["code"],
                "AllowedOAuthScopes": ["openid"],
                "CallbackURLs": ["https://example.com/"],
            }),
        )
        .await;
    let plain = server
        .client(&pool, json!({ "GenerateSecret": true }))
        .await;
    // One without the flow, and one without OAuth at all.
    for (client, error) in [(code, "invalid_grant"), (plain, "invalid_scope")] {
        let basic = (text(&client["ClientId"]), text(&client["ClientSecret"]));
        let (_, answer) = server
            .token_endpoint(
                Some((&basic.0, &basic.1)),
                &[("grant_type", "client_credentials")],
            )
            .await;
        assert_eq!(answer, json!({ "error": error }));
    }
    for unknown in ["password", "implicit", "client-credentials", "urn:x"] {
        let (status, answer) = server
            .token_endpoint(Some((&id, &secret)), &[("grant_type", unknown)])
            .await;
        assert_eq!(
            (status.as_u16(), answer),
            (400, json!({ "error": "unsupported_grant_type" }))
        );
    }
}

fn refresh<'f>(client: &'f str, token: &'f str) -> [(&'f str, &'f str); 3] {
    [
        ("grant_type", "refresh_token"),
        ("client_id", client),
        ("refresh_token", token),
    ]
}

async fn refused(world: &World<'_>, client: &str, token: &str) -> Value {
    let form = refresh(client, token);
    let (status, answer) = world.server.token_endpoint(None, &form).await;
    assert_eq!(status, 400, "{answer}");
    answer
}

#[tokio::test]
async fn a_refresh_token_that_may_not_be_used_is_an_invalid_grant() {
    let server = Server::start().await;
    let world = server.world().await;
    let invalid = json!({ "error": "invalid_grant" });
    let token = text(&world.tokens().await["RefreshToken"]);
    let other = server.client_id(&world.pool, json!({})).await;
    let elsewhere = server.pool(json!({})).await;
    let stranger = server.client_id(&elsewhere, json!({})).await;
    for client in [&other, &stranger] {
        assert_eq!(refused(&world, client, &token).await, invalid);
    }
    let access = text(&world.tokens().await["AccessToken"]);
    for garbage in ["garbage", "a.b.c.d.e", access.as_str()] {
        assert_eq!(refused(&world, &world.client, garbage).await, invalid);
    }
    let alice = json!({ "UserPoolId": world.pool, "Username": "alice" });
    server.ok("AdminDisableUser", alice.clone()).await;
    assert_eq!(refused(&world, &world.client, &token).await, invalid);
    server.ok("AdminEnableUser", alice.clone()).await;

    let token = text(&world.tokens().await["RefreshToken"]);
    server.ok("AdminUserGlobalSignOut", alice.clone()).await;
    assert_eq!(refused(&world, &world.client, &token).await, invalid);

    let token = text(&world.tokens().await["RefreshToken"]);
    server.advance(Duration::from_secs(30 * 86_400));
    assert_eq!(refused(&world, &world.client, &token).await, invalid);

    let token = text(&world.tokens().await["RefreshToken"]);
    server.ok("AdminDeleteUser", alice).await;
    assert_eq!(refused(&world, &world.client, &token).await, invalid);
    assert_eq!(
        refused(&world, "nobody", &token).await,
        json!({ "error": "invalid_client" })
    );
}

#[tokio::test]
async fn a_rotating_client_gets_a_new_refresh_token_and_the_old_one_ends() {
    let server = Server::start().await;
    let world = server.world().await;
    let client = server
        .client_id(
            &world.pool,
            json!({
                "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"],
                "RefreshTokenRotation": { "Feature": "ENABLED", "RetryGracePeriodSeconds": 0 },
            }),
        )
        .await;
    let first = text(&server.sign_in(&client, "alice").await["RefreshToken"]);
    let (status, answer) = server.token_endpoint(None, &refresh(&client, &first)).await;
    assert_eq!(status, 200);
    assert_eq!(
        keys(&answer),
        [
            "access_token",
            "expires_in",
            "id_token",
            "refresh_token",
            "token_type"
        ]
    );
    assert_eq!(
        refused(&world, &client, &first).await,
        json!({ "error": "invalid_grant" })
    );
    // What the endpoint gave is good for the API, and the family is one.
    let second = &answer["refresh_token"];
    let tokens = server
        .ok(
            "GetTokensFromRefreshToken",
            json!({ "ClientId": client, "RefreshToken": second }),
        )
        .await;
    assert_eq!(
        claims(&tokens["AuthenticationResult"]["AccessToken"])["origin_jti"],
        claims(&answer["access_token"])["origin_jti"]
    );
}

#[tokio::test]
async fn a_machines_token_is_no_users_token() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let (id, secret) = machine(&server, &pool).await;
    let grant = [("grant_type", "client_credentials")];
    let (_, answer) = server.token_endpoint(Some((&id, &secret)), &grant).await;
    let input = json!({ "ClientId": id, "ClientSecret": secret, "Token": answer["access_token"] });
    server
        .refuses_with("RevokeToken", input, "UnsupportedTokenTypeException")
        .await;
    let input =
        json!({ "ClientId": id, "ClientSecret": secret, "RefreshToken": answer["access_token"] });
    server
        .refuses(
            "GetTokensFromRefreshToken",
            input,
            "NotAuthorizedException: Invalid Refresh Token",
        )
        .await;
}
