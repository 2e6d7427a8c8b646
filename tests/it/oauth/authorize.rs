//! Authorization requests: which are answered, which are told to the client, and which only on a
//! page.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use super::web::{
    CALLBACK, CHALLENGE, Web, get_with, is_error_page, location, parameter, web_client,
};

use crate::support::{claims, text};

#[tokio::test]
async fn whoever_is_not_signed_in_is_sent_to_the_login_page_with_the_whole_request() {
    let web = Web::start().await;
    let query = web.query(json!({ "state": "a b&c=ü", "login_hint": "alice", "lang": "de" }));
    let reply = web.server.get(&format!("/oauth2/authorize?{query}")).await;
    assert_eq!(location(&reply), format!("/login?{query}"));
    assert_eq!(reply.headers["cache-control"], "no-store");
    // A script of another site has no business here.
    let origin = [("origin", "https://evil.example")];
    let reply = web.authorize_with(&origin, json!({})).await;
    assert!(!reply.headers.contains_key("access-control-allow-origin"));
}

#[tokio::test]
async fn a_redirect_uri_is_registered_to_the_letter_or_nobody_is_redirected() {
    let web = Web::start().await;
    for altered in [
        "",
        "https://app.example.com/callback/",
        "https://app.example.com/callback?",
        "https://app.example.com/callback?x=1",
        "https://app.example.com/callback#x",
        "https://app.example.com/callback#",
        "https://app.example.com/Callback",
        "https://app.example.com/callback%2f",
        "https://app.example.com/%63allback",
        "https://app.example.com/other",
        "https://app.example.com/other?tenant=2",
        "https://app.example.com/",
        "https://app.example.com",
        "https://app.example.com:443/callback",
        "https://app.example.com.evil.example/callback",
        "https://app.example.com@evil.example/callback",
        "https://evil.example/callback",
        "http://app.example.com/callback",
        "HTTPS://app.example.com/callback",
        " https://app.example.com/callback",
        "https://app.example.com/callback ",
        "https://app.example.com/callback\n",
        "https://app.example.com\\@evil.example/callback",
        "//app.example.com/callback",
        "/callback",
        "callback",
        "javascript:alert(1)",
        "JavaScript:alert(1)//https://app.example.com/callback",
        "data:text/html,<script>alert(1)</script>",
        "myapp://callback/",
        "myapp://callbackx",
        SIGNED_OUT_IS_NO_CALLBACK,
    ] {
        let reply = web.authorize(json!({ "redirect_uri": altered })).await;
        is_error_page(&reply, "redirect_mismatch");
    }
    for registered in [
        CALLBACK,
        "https://app.example.com/other?tenant=1",
        "myapp://callback",
    ] {
        let reply = web.authorize(json!({ "redirect_uri": registered })).await;
        assert!(location(&reply).starts_with("/login?"), "{registered}");
    }
}

const SIGNED_OUT_IS_NO_CALLBACK: &str = super::web::SIGNED_OUT;

#[tokio::test]
async fn who_asks_must_be_known_and_say_it_once() {
    let web = Web::start().await;
    let client = web.client.as_str();
    for unknown in [
        Value::Null,
        json!(""),
        json!("nobody"),
        json!("<script>alert(1)</script>"),
        json!(format!("{client} ")),
        json!(client.to_uppercase()),
        json!("x".repeat(8_192)),
    ] {
        let reply = web.authorize(json!({ "client_id": unknown })).await;
        is_error_page(&reply, "invalid_request");
        let page = String::from_utf8_lossy(&reply.body);
        assert!(!page.contains("<script>"), "{page}");
    }
    let reply = web.authorize(json!({ "redirect_uri": null })).await;
    is_error_page(&reply, "invalid_request");
    for repeated in ["client_id=other", "redirect_uri=https://evil.example/"] {
        let query = web.query(json!({}));
        for path in [
            format!("/oauth2/authorize?{query}&{repeated}"),
            format!("/oauth2/authorize?{repeated}&{query}"),
        ] {
            is_error_page(&web.server.get(&path).await, "invalid_request");
        }
    }
    let path = format!(
        "/oauth2/authorize?{}&x={}",
        web.query(json!({})),
        "y".repeat(20_000)
    );
    is_error_page(&web.server.get(&path).await, "invalid_request");
    is_error_page(
        &web.server.get("/oauth2/authorize").await,
        "invalid_request",
    );
}

#[tokio::test]
async fn a_client_may_have_a_default_address() {
    let web = Web::start().await;
    let client = web_client(
        &web.server,
        &web.pool,
        json!({ "DefaultRedirectURI": CALLBACK }),
    )
    .await;
    let asked = json!({ "client_id": client, "redirect_uri": null, "prompt": "none" });
    let back = location(&web.authorize(asked).await);
    assert_eq!(back, format!("{CALLBACK}?error=login_required&state=xyz"));
    let asked = json!({ "client_id": client, "redirect_uri": "" });
    is_error_page(&web.authorize(asked).await, "redirect_mismatch");
}

/// The error that the client is told of, in the query or in the fragment.
async fn told(web: &Web, more: Value) -> (String, String) {
    let reply = web.authorize(more.clone()).await;
    let location = location(&reply);
    assert!(location.starts_with(CALLBACK), "{more}: {location}");
    let part = location.trim_start_matches(CALLBACK)[..1].to_owned();
    let error = parameter(&location, "error").unwrap_or_else(|| panic!("{more}: {location}"));
    assert_eq!(
        parameter(&location, "state").as_deref(),
        Some("xyz"),
        "{location}"
    );
    (part, error)
}

#[tokio::test]
async fn everything_else_that_is_wrong_is_told_to_the_client() {
    let web = Web::start().await;
    let invalid = "invalid_request";
    for (more, error) in [
        (json!({ "response_type": null }), invalid),
        (json!({ "response_type": "" }), invalid),
        (
            json!({ "response_type": "id_token" }),
            "unsupported_response_type",
        ),
        (
            json!({ "response_type": "code token" }),
            "unsupported_response_type",
        ),
        (json!({ "scope": "openid nothing" }), invalid),
        (json!({ "scope": "OPENID" }), invalid),
        (json!({ "code_challenge": CHALLENGE }), invalid),
        (
            json!({ "code_challenge": CHALLENGE, "code_challenge_method": "plain" }),
            invalid,
        ),
        (
            json!({ "code_challenge": CHALLENGE, "code_challenge_method": "s256" }),
            invalid,
        ),
        (json!({ "code_challenge_method": "S256" }), invalid),
        (
            json!({ "code_challenge": "short", "code_challenge_method": "S256" }),
            invalid,
        ),
        (
            json!({ "code_challenge": format!("{CHALLENGE}="), "code_challenge_method": "S256" }),
            invalid,
        ),
        (json!({ "prompt": "never" }), invalid),
        (json!({ "prompt": "none login" }), invalid),
        (json!({ "prompt": "none" }), "login_required"),
        (json!({ "max_age": "soon" }), invalid),
        (json!({ "max_age": "-1" }), invalid),
        (json!({ "identity_provider": "Google" }), invalid),
        (json!({ "resource": "not an address" }), invalid),
        (json!({ "resource": "relative/address" }), invalid),
        (
            json!({ "resource": "https://api.example.com/#fragment" }),
            invalid,
        ),
        (json!({ "nonce": "n".repeat(8_192) }), invalid),
    ] {
        assert_eq!(
            told(&web, more.clone()).await,
            ("?".to_owned(), error.to_owned()),
            "{more}"
        );
    }
    for (more, error) in [
        (json!({ "scope": "nothing" }), invalid),
        (
            json!({ "code_challenge": CHALLENGE, "code_challenge_method": "S256" }),
            invalid,
        ),
        (json!({ "prompt": "none" }), "login_required"),
    ] {
        let mut token = json!({ "response_type": "token" });
        crate::support::merge(&mut token, more);
        assert_eq!(told(&web, token).await, ("#".to_owned(), error.to_owned()));
    }
    for repeated in [
        "scope=openid&scope=openid",
        "nonce=1&nonce=2",
        "prompt=login&prompt=none",
    ] {
        let path = format!("/oauth2/authorize?{}&{repeated}", web.query(json!({})));
        let location = location(&web.server.get(&path).await);
        assert_eq!(
            parameter(&location, "error").as_deref(),
            Some(invalid),
            "{location}"
        );
    }
}

#[tokio::test]
async fn a_scope_is_described_and_a_wrong_challenge_is_not() {
    let web = Web::start().await;
    for (more, description) in [
        (json!({ "scope": "openid nothing" }), Some("invalid_scope")),
        (json!({ "code_challenge": CHALLENGE }), None),
        (
            json!({ "code_challenge": CHALLENGE, "code_challenge_method": "plain" }),
            None,
        ),
    ] {
        let mut asked = json!({ "state": "s" });
        crate::support::merge(&mut asked, more);
        let path = format!("/oauth2/authorize?{}", web.query(asked));
        let location = location(&web.server.get(&path).await);
        let get = |name: &str| parameter(&location, name);
        assert_eq!(get("error").as_deref(), Some("invalid_request"));
        assert_eq!(get("error_description").as_deref(), description);
        assert_eq!(get("state").as_deref(), Some("s"));
    }
}

#[tokio::test]
async fn scopes_that_mean_claims_are_granted_without_openid() {
    let web = Web::start().await;
    for scope in ["email", "phone", "profile"] {
        let tokens = web.tokens(json!({ "scope": scope })).await;
        assert_eq!(claims(&tokens["access_token"])["scope"], scope);
        assert!(tokens["id_token"].is_null(), "{scope}");
        let header = format!("Bearer {}", text(&tokens["access_token"]));
        let headers = [("authorization", header.as_str())];
        let reply = get_with(&web.server, &headers, "/oauth2/userInfo").await;
        assert_eq!(
            reply.json()["error_description"],
            "Access token does not contain the 'openid' scope"
        );
    }
}

#[tokio::test]
async fn the_endpoints_have_short_names_too() {
    let web = Web::start().await;
    let code = web.code(json!({})).await;
    let asked = web.query(json!({}));
    let short = web.server.get(&format!("/authorize?{asked}")).await;
    let long = web.server.get(&format!("/oauth2/authorize?{asked}")).await;
    assert_eq!(short.status, long.status);
    assert_eq!(location(&short), location(&long));
    let form = format!(
        "grant_type=authorization_code&client_id={}&code={code}&redirect_uri={}",
        web.client, CALLBACK
    );
    let request = Request::post("/token")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(form))
        .unwrap();
    let tokens = web.server.send(request).await.json();
    let header = format!("Bearer {}", text(&tokens["access_token"]));
    let headers = [("authorization", header.as_str())];
    let reply = get_with(&web.server, &headers, "/userInfo").await;
    assert_eq!(reply.json()["sub"], web.sub.as_str());
    for path in ["/token", "/oauth2/token", "/oauth2/revoke"] {
        let reply = web.server.get(path).await;
        assert_eq!(
            (reply.status.as_u16(), reply.body.len()),
            (405, 0),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_client_uses_only_the_grants_that_it_has() {
    let web = Web::start().await;
    for (flows, asks, refused) in [
        (json!(["code"]), "token", "#"),
        (json!(["implicit"]), "code", "?"),
    ] {
        let client = web_client(
            &web.server,
            &web.pool,
            json!({ "AllowedOAuthFlows": flows }),
        )
        .await;
        let more = json!({ "client_id": client, "response_type": asks });
        let expected = (refused.to_owned(), "unauthorized_client".to_owned());
        assert_eq!(told(&web, more).await, expected);
    }
    let off = json!({ "AllowedOAuthFlowsUserPoolClient": false });
    let client = web_client(&web.server, &web.pool, off).await;
    let (_, error) = told(&web, json!({ "client_id": client })).await;
    assert_eq!(error, "unauthorized_client");
}

#[tokio::test]
async fn state_comes_back_as_it_was_and_one_that_is_too_long_not_at_all() {
    let web = Web::start().await;
    for state in [
        "a b+c%20d&e=f#g",
        "\"><script>",
        "ü\u{0}\r\nset-cookie: x=1",
        "e30=",
    ] {
        let reply = web
            .authorize(json!({ "state": state, "prompt": "none" }))
            .await;
        let location = location(&reply);
        assert_eq!(parameter(&location, "state").as_deref(), Some(state));
        assert!(!reply.headers.contains_key("set-cookie"));
    }
    let long = json!({ "state": "s".repeat(8_192) });
    let location = location(&web.authorize(long).await);
    assert_eq!(
        parameter(&location, "error").as_deref(),
        Some("invalid_request")
    );
    assert_eq!(parameter(&location, "state"), None);
    assert!(location.len() < 1_000);
}

#[tokio::test]
async fn an_addresss_own_query_is_kept() {
    let web = Web::start().await;
    let more =
        json!({ "redirect_uri": "https://app.example.com/other?tenant=1", "prompt": "none" });
    let location = location(&web.authorize(more).await);
    assert_eq!(
        location,
        "https://app.example.com/other?tenant=1&error=login_required&state=xyz"
    );
}

#[tokio::test]
async fn prompt_and_max_age_decide_whether_somebody_signed_in_is_asked_again() {
    let web = Web::start().await;
    let (_, cookie) = web.sign_in(json!({})).await;
    let cookie = [("cookie", cookie.as_str())];
    web.server.advance(std::time::Duration::from_secs(60));
    for more in [
        json!({}),
        json!({ "prompt": "none" }),
        json!({ "max_age": "60" }),
        json!({ "prompt": "consent" }),
    ] {
        let location = location(&web.authorize_with(&cookie, more).await);
        assert!(
            location.starts_with("https://app.example.com/callback?code="),
            "{location}"
        );
        assert_eq!(parameter(&location, "state").as_deref(), Some("xyz"));
    }
    for more in [
        json!({ "prompt": "login" }),
        json!({ "prompt": "select_account" }),
        json!({ "max_age": "59" }),
    ] {
        let location = location(&web.authorize_with(&cookie, more).await);
        assert!(location.starts_with("/login?"), "{location}");
    }
    let both = json!({ "prompt": "none", "max_age": "59" });
    let location = location(&web.authorize_with(&cookie, both).await);
    assert_eq!(
        parameter(&location, "error").as_deref(),
        Some("login_required")
    );
}

#[tokio::test]
async fn a_form_that_is_posted_becomes_a_request_that_brings_the_cookies() {
    let web = Web::start().await;
    let request = Request::post("/oauth2/authorize")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(web.query(json!({}))))
        .unwrap();
    let reply = web.server.send(request).await;
    assert_eq!(reply.status, 303);
    let path = reply.headers["location"].to_str().unwrap().to_owned();
    assert!(path.starts_with("/oauth2/authorize?"));
    let reply = get_with(&web.server, &[], &path).await;
    assert!(location(&reply).starts_with("/login?"));
}
