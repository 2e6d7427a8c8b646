//! Signing out of the browser: both forms, and where nobody is sent.

use serde_json::json;

use super::web::{CALLBACK, SIGNED_OUT, Web, get_with, is_error_page, location, parameter};

async fn logout(web: &Web, cookie: &str, query: &[(&str, &str)]) -> crate::support::Reply {
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(query)
        .finish();
    let path = format!("/logout?{query}");
    get_with(&web.server, &[("cookie", cookie)], &path).await
}

/// Whether the browser with this cookie is signed in.
async fn is_signed_in(web: &Web, cookie: &str) -> bool {
    let asked = json!({ "prompt": "none" });
    let reply = web.authorize_with(&[("cookie", cookie)], asked).await;
    parameter(&location(&reply), "code").is_some()
}

#[tokio::test]
async fn a_session_ends_and_the_browser_goes_where_the_client_registered() {
    let web = Web::start().await;
    let (_, cookie) = web.sign_in(json!({})).await;
    let tokens = web.tokens(json!({})).await;
    assert!(is_signed_in(&web, &cookie).await);
    let query = [
        ("client_id", web.client.as_str()),
        ("logout_uri", SIGNED_OUT),
    ];
    let reply = logout(&web, &cookie, &query).await;
    assert_eq!(location(&reply), SIGNED_OUT);
    let ended = reply.headers["set-cookie"].to_str().unwrap();
    assert!(
        ended.starts_with("cognito=;") && ended.contains("Max-Age=0"),
        "{ended}"
    );
    // Whoever kept the cookie has nothing: the session is gone here, too.
    assert!(!is_signed_in(&web, &cookie).await);
    // The tokens live on, as on AWS.
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", web.client.as_str()),
        ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
    ];
    assert_eq!(web.server.token_endpoint(None, &form).await.0, 200);
    // Somebody who is not signed in is sent there, too.
    assert_eq!(location(&logout(&web, "", &query).await), SIGNED_OUT);
}

#[tokio::test]
async fn a_browser_can_be_sent_to_sign_in_again() {
    let web = Web::start().await;
    let (_, cookie) = web.sign_in(json!({})).await;
    let query = web.query(json!({ "scope": "openid" }));
    let path = format!("/logout?{query}");
    let reply = get_with(&web.server, &[("cookie", &cookie)], &path).await;
    assert_eq!(location(&reply), format!("/login?{query}"));
    assert!(!is_signed_in(&web, &cookie).await);
}

#[tokio::test]
async fn nobody_is_sent_elsewhere_or_signed_out_by_a_bad_request() {
    let web = Web::start().await;
    let (_, cookie) = web.sign_in(json!({})).await;
    let client = ("client_id", web.client.as_str());
    let long = "x".repeat(8_192);
    for (query, error) in [
        (vec![], "invalid_request"),
        (vec![client], "invalid_request"),
        (
            vec![("client_id", "nobody"), ("logout_uri", SIGNED_OUT)],
            "invalid_request",
        ),
        (vec![client, ("logout_uri", CALLBACK)], "redirect_mismatch"),
        (vec![client, ("logout_uri", "")], "redirect_mismatch"),
        (
            vec![client, ("logout_uri", "https://evil.example/")],
            "redirect_mismatch",
        ),
        (
            vec![client, ("logout_uri", "https://app.example.com/goodbye/")],
            "redirect_mismatch",
        ),
        (
            vec![client, ("logout_uri", "javascript:alert(1)")],
            "redirect_mismatch",
        ),
        (vec![client, ("logout_uri", &long)], "invalid_request"),
        (
            vec![
                client,
                ("logout_uri", SIGNED_OUT),
                ("logout_uri", SIGNED_OUT),
            ],
            "redirect_mismatch",
        ),
        (
            vec![
                client,
                ("logout_uri", "https://evil.example/"),
                ("redirect_uri", CALLBACK),
            ],
            "redirect_mismatch",
        ),
        (
            vec![
                client,
                ("redirect_uri", "https://evil.example/"),
                ("response_type", "code"),
            ],
            "redirect_mismatch",
        ),
        (
            vec![client, ("post_logout_redirect_uri", SIGNED_OUT)],
            "invalid_request",
        ),
    ] {
        let reply = logout(&web, &cookie, &query).await;
        is_error_page(&reply, error);
        assert!(!reply.headers.contains_key("set-cookie"), "{query:?}");
    }
    assert!(is_signed_in(&web, &cookie).await);
}
