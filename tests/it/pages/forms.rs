//! Who must not get anywhere: forms without their token, steps of others, requests that are none,
//! markup.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::json;

use super::{Place, at, web_client};
use crate::support::PASSWORD;

const FORMS: [&str; 8] = [
    "/login",
    "/signup",
    "/confirmUser",
    "/resendcode",
    "/forgotPassword",
    "/confirmForgotPassword",
    "/mfa",
    "/changePassword",
];

#[tokio::test]
async fn a_form_without_this_browsers_token_is_refused() {
    let place = Place::with_alice(json!({})).await;
    let (browser, other) = (place.browser(), place.browser());
    let page = browser.get(&place.at("/login")).await;
    let others = other.get(&place.at("/login")).await.hidden("_csrf");
    assert_ne!(page.hidden("_csrf"), others);
    let fields = [("username", "alice"), ("password", PASSWORD)];
    for path in FORMS {
        for token in ["", "x", &others] {
            let fields = [fields[0], fields[1], ("_csrf", token)];
            let refused = browser.post(&place.at(path), &fields).await;
            assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path} {token}");
            refused.refuses("This page was open for too long. Please try again.");
        }
        let refused = browser.post(&place.at(path), &fields).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path}");
    }
    // The right token does not help in another content type, or twice.
    let body = format!(
        "username=alice&password={PASSWORD}&_csrf={}",
        page.hidden("_csrf")
    );
    for (kind, body) in [
        ("text/plain", body.clone()),
        (
            "application/x-www-form-urlencoded",
            format!("{body}&_csrf=x"),
        ),
    ] {
        let request = Request::post(place.at("/login")).header("content-type", kind);
        let refused = browser.send(request, Body::from(body)).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{kind}");
    }
}

/// What a browser holds, after a test has moved the clock back.
#[tokio::test]
async fn forms_and_sessions_of_the_future_are_good() {
    let place = Place::with_alice(json!({})).await;
    let browser = place.browser();
    let page = browser.get(&place.at("/login")).await;
    place.server.turn_back(Duration::from_secs(86_400));
    let fields = [("username", "alice"), ("password", PASSWORD)];
    let done = browser.submit(&page, &place.at("/login"), &fields).await;
    assert_eq!(done.status, StatusCode::FOUND);
    place.server.turn_back(Duration::from_secs(86_400));
    // Signed in already: no page.
    let again = browser.get(&place.at("/oauth2/authorize")).await;
    let location = again.reply.headers["location"].to_str().unwrap();
    assert!(location.starts_with(super::CALLBACK), "{location}");
}

#[tokio::test]
async fn a_step_of_another_client_or_pool_is_none() {
    let place = Place::new(json!({})).await;
    let server = &place.server;
    let other_client = web_client(server, &place.pool, json!({})).await;
    let other_pool = server.pool(json!({})).await;
    let foreign = web_client(server, &other_pool, json!({})).await;
    for pool in [&place.pool, &other_pool] {
        let input = json!({ "UserPoolId": pool, "Username": "carol", "TemporaryPassword": "Temp0rary!", "MessageAction": "SUPPRESS" });
        server.ok("AdminCreateUser", input).await;
    }
    let browser = place.browser();
    let page = browser.get(&place.at("/login")).await;
    let fields = [("username", "carol"), ("password", "Temp0rary!")];
    let asked = browser.submit(&page, &place.at("/login"), &fields).await;
    let answer = [("password", PASSWORD), ("confirm_password", PASSWORD)];
    for client in [&other_client, &foreign] {
        let refused = browser
            .submit(&asked, &at("/changePassword", client), &answer)
            .await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
    }
    // An altered step is none either.
    let state = asked.hidden("state");
    let altered = crate::support::altered(&json!(state));
    let token = asked.hidden("_csrf");
    let fields = [
        answer[0],
        answer[1],
        ("_csrf", token.as_str()),
        ("state", altered.as_str().unwrap()),
    ];
    let refused = browser.post(&place.at("/changePassword"), &fields).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    browser
        .submit(&asked, &place.at("/changePassword"), &answer)
        .await
        .code();
}

#[tokio::test]
async fn without_a_valid_request_there_is_an_error_page_and_nothing_else() {
    let place = Place::with_alice(json!({})).await;
    let wrong = [
        "/login".to_owned(),
        "/login?client_id=nobody".to_owned(),
        place.at("/signup").replace("callback", "callback%2Fother"),
        place
            .at("/forgotPassword")
            .replace("app.example", "evil.example"),
        format!(
            "/login?client_id={}&redirect_uri=javascript%3Aalert(1)",
            place.client
        ),
    ];
    for path in wrong {
        let page = place.browser().get(&path).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{path}");
        assert!(page.has("error-code"), "{}", page.html);
        assert!(!page.html.contains("<form"), "{path}");
        assert!(!page.html.contains("javascript:"), "{path}");
        let sent = place.browser().post(&path, &[("username", "alice")]).await;
        assert_eq!(sent.status, StatusCode::BAD_REQUEST, "{path}");
    }
    // What the client may be told it is told.
    let scope = place.at("/login").replace("openid+email", "openid+phone");
    let told = place.browser().get(&scope).await;
    assert_eq!(told.status, StatusCode::FOUND);
    assert!(
        told.location()
            .contains("error=invalid_request&error_description=invalid_scope"),
        "{}",
        told.location()
    );
    let page = place.browser().get("/error?error=redirect_mismatch").await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert_eq!(
        page.says("error-code").as_deref(),
        Some("redirect_mismatch")
    );
}

#[tokio::test]
async fn markup_is_shown_as_text_wherever_it_is_typed() {
    const MARKUP: &str = "\"'><script>alert(1)</script><b onx=\"";
    let place = Place::with_alice(json!({ "AutoVerifiedAttributes": ["email"] })).await;
    let browser = place.browser();
    let encoded: String = form_urlencoded::byte_serialize(MARKUP.as_bytes()).collect();
    let mut pages = Vec::new();
    for path in [
        "/login",
        "/signup",
        "/forgotPassword",
        "/confirmUser",
        "/confirmForgotPassword",
    ] {
        let path = format!(
            "{}&login_hint={encoded}&lang={encoded}&nonce={encoded}&{encoded}={encoded}",
            place.at(path).replace("x+y", &encoded)
        );
        let page = browser.get(&path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        let sent = browser
            .submit(
                &page,
                &path,
                &[
                    ("username", MARKUP),
                    ("password", MARKUP),
                    ("confirm_password", MARKUP),
                    ("code", MARKUP),
                    ("requiredAttributes[email]", MARKUP),
                    (&format!("requiredAttributes[{MARKUP}]"), MARKUP),
                ],
            )
            .await;
        pages.extend([page, sent]);
    }
    let error = format!("/error?error={encoded}&error_description={encoded}");
    pages.push(browser.get(&error).await);
    pages.push(browser.get(&format!("/login?client_id={encoded}")).await);
    let link =
        format!("/confirmUser?client_id={encoded}&user_name={encoded}&confirmation_code={encoded}");
    pages.push(browser.get(&link).await);
    for page in pages {
        assert!(!page.html.contains("<script>"), "{}", page.html);
        assert!(!page.html.contains("<b onx"), "{}", page.html);
        assert!(!page.html.contains("\"'>"), "{}", page.html);
    }
}

#[tokio::test]
async fn eight_kilobytes_in_a_parameter_or_field_are_survived() {
    let place = Place::with_alice(json!({})).await;
    let (browser, long) = (place.browser(), "x".repeat(8 << 10));
    let page = browser.get(&place.at("/login")).await;
    for (name, other) in [("username", "password"), ("password", "username")] {
        let sent = browser
            .submit(&page, &place.at("/login"), &[(name, &long), (other, "y")])
            .await;
        assert!(sent.has("error"), "{name}");
    }
    for path in ["/signup", "/forgotPassword", "/confirmUser"] {
        let fields = [
            ("username", long.as_str()),
            ("password", PASSWORD),
            ("confirm_password", PASSWORD),
            ("code", "1"),
        ];
        let sent = browser.submit(&page, &place.at(path), &fields).await;
        assert_eq!(sent.status, StatusCode::OK, "{path}");
        assert!(sent.has("error"), "{path}");
    }
    for name in ["state", "login_hint", "lang", "unknown"] {
        let path = place.at("/login").replace("&state=x+y", "");
        let page = browser.get(&format!("{path}&{name}={long}")).await;
        assert!(page.status.as_u16() < 500, "{name}");
    }
}
