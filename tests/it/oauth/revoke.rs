//! The revocation endpoint: what it ends, and for whom.

use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use super::web::{Web, get_with, web_client};
use crate::support::text;

/// Status and error of an answer; a good one has no body.
async fn revoke(web: &Web, form: &[(&str, &str)]) -> (StatusCode, Value) {
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form)
        .finish();
    let request = Request::post("/oauth2/revoke")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body.into())
        .unwrap();
    let reply = web.server.send(request).await;
    let error = if reply.body.is_empty() {
        // Clients look for JSON before they look inside.
        let kind = reply.headers["content-type"].to_str().unwrap();
        assert!(kind.starts_with("application/json"), "{kind}");
        Value::Null
    } else {
        reply.json()["error"].clone()
    };
    (reply.status, error)
}

#[tokio::test]
async fn a_refresh_token_ends_with_all_that_came_of_it() {
    let web = Web::start().await;
    let tokens = web.tokens(json!({})).await;
    let token = text(&tokens["refresh_token"]);
    let form = [("token", token.as_str()), ("client_id", &web.client)];
    let gone = (StatusCode::OK, Value::Null);
    assert_eq!(revoke(&web, &form).await, gone);
    let bearer = format!("Bearer {}", text(&tokens["access_token"]));
    let headers = [("authorization", bearer.as_str())];
    assert_eq!(
        get_with(&web.server, &headers, "/oauth2/userInfo")
            .await
            .status,
        401
    );
    // Again, or one that nobody knows: as good as done.
    assert_eq!(revoke(&web, &form).await, gone);
    let unknown = [("token", "a.b.c.d.e"), ("client_id", &web.client)];
    assert_eq!(revoke(&web, &unknown).await, gone);
}

#[tokio::test]
async fn nobody_ends_what_is_not_theirs() {
    let web = Web::start().await;
    let tokens = web.tokens(json!({})).await;
    let token = text(&tokens["refresh_token"]);
    let other = web_client(&web.server, &web.pool, json!({})).await;
    let keeps = web_client(
        &web.server,
        &web.pool,
        json!({ "EnableTokenRevocation": false }),
    )
    .await;
    let access = text(&tokens["access_token"]);
    let mine = web.client.as_str();
    for (form, status, error) in [
        (
            vec![("token", token.as_str()), ("client_id", other.as_str())],
            400,
            "unauthorized_client",
        ),
        (
            vec![("token", &token), ("client_id", "nobody")],
            401,
            "invalid_client",
        ),
        (
            vec![
                ("token", &token),
                ("client_id", mine),
                ("client_secret", "x"),
            ],
            401,
            "invalid_client",
        ),
        (vec![("token", &token)], 400, "invalid_request"),
        (vec![("client_id", mine)], 400, "invalid_request"),
        (
            vec![("token", &token), ("token", &token), ("client_id", mine)],
            400,
            "invalid_request",
        ),
        (
            vec![("token", &access), ("client_id", mine)],
            400,
            "unsupported_token_type",
        ),
        (
            vec![("token", &token), ("client_id", &keeps)],
            400,
            "invalid_request",
        ),
    ] {
        let (got, why) = revoke(&web, &form).await;
        assert_eq!((got.as_u16(), why), (status, json!(error)), "{form:?}");
    }
    // A token that nobody knows is revoked already.
    let malformed = format!("{access}.");
    for unknown in ["unknown", "a.b.c.d.e", "a.b", "a.b.c", "..", &malformed] {
        let (status, _) = revoke(&web, &[("token", unknown), ("client_id", mine)]).await;
        assert_eq!(status, 200, "{unknown}");
    }
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", mine),
        ("refresh_token", token.as_str()),
    ];
    assert_eq!(web.server.token_endpoint(None, &form).await.0, 200);
}
