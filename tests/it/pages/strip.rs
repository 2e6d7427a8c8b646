//! The development strip: who sees it, and who may use it.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::json;

use super::{Place, at, web_client};
use crate::support::Server;

const AS: &str = "/_mocknito/pages/sign-in";

#[tokio::test]
async fn one_click_signs_in_as_a_user_of_the_pool() {
    let place = Place::with_alice(json!({})).await;
    let browser = place.browser();
    let page = browser.get(&place.at("/login")).await;
    assert!(page.has("sign-in-as-alice"), "{}", page.html);
    let sub = place.server.sub_of(&place.pool, "alice").await;
    let done = browser.submit(&page, &place.at(AS), &[("sub", &sub)]).await;
    done.code();
    let again = browser.get(&place.at("/login")).await;
    assert!(again.html.contains("You are signed in as alice."));
}

#[tokio::test]
async fn it_shows_the_users_as_they_are_now() {
    let place = Place::with_alice(json!({})).await;
    let (server, browser) = (&place.server, place.browser());
    let shown = async || {
        let page = browser.get(&place.at("/login")).await;
        ["alice", "bob"].map(|name| page.has(&format!("sign-in-as-{name}")))
    };
    assert_eq!(shown().await, [true, false]);
    server.user(&place.pool, "bob", &[]).await;
    assert_eq!(shown().await, [true, true]);
    let alice = json!({ "UserPoolId": place.pool, "Username": "alice" });
    server.ok("AdminDisableUser", alice.clone()).await;
    assert_eq!(shown().await, [false, true]);
    server.ok("AdminEnableUser", alice.clone()).await;
    assert_eq!(shown().await, [true, true]);
    server.ok("AdminDeleteUser", alice).await;
    assert_eq!(shown().await, [false, true]);
}

#[tokio::test]
async fn it_signs_in_nobody_whom_the_service_would_not_let_in() {
    let place = Place::with_alice(json!({})).await;
    let server = &place.server;
    let other_pool = server.pool(json!({})).await;
    server.user(&other_pool, "eve", &[]).await;
    server.user(&place.pool, "dave", &[]).await;
    let input = json!({ "UserPoolId": place.pool, "Username": "dave" });
    server.ok("AdminDisableUser", input).await;
    let input = json!({ "UserPoolId": place.pool, "Username": "carol", "TemporaryPassword": "Temp0rary!", "MessageAction": "SUPPRESS" });
    server.ok("AdminCreateUser", input).await;
    let browser = place.browser();
    let page = browser.get(&place.at("/login")).await;
    let subs = [
        server.sub_of(&place.pool, "dave").await,
        server.sub_of(&place.pool, "carol").await,
        server.sub_of(&other_pool, "eve").await,
        "alice".to_owned(),
        String::new(),
    ];
    for (sub, name) in subs.iter().zip(["dave", "carol", "eve", "?", "?"]) {
        assert!(!page.has(&format!("sign-in-as-{name}")), "{name}");
        let refused = browser.submit(&page, &place.at(AS), &[("sub", sub)]).await;
        // A page that says why: since it was drawn a test may have changed or reset the users.
        assert_eq!(refused.status, StatusCode::OK, "{name}");
        assert!(refused.has("error"), "{name}: {}", refused.html);
        assert!(refused.has("sign-in-as-alice"), "{name}");
    }
    // And nobody without the form's token.
    let sub = server.sub_of(&place.pool, "alice").await;
    let refused = browser.post(&place.at(AS), &[("sub", &sub)]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn who_is_gone_since_the_page_was_drawn_gets_a_page() {
    let place = Place::with_alice(json!({})).await;
    let (server, browser) = (&place.server, place.browser());
    let sub = server.sub_of(&place.pool, "alice").await;
    let alice = json!({ "UserPoolId": place.pool, "Username": "alice" });
    let page = browser.get(&place.at("/login")).await;
    for (operation, sentence) in [
        ("AdminDisableUser", "disabled"),
        ("AdminEnableUser", ""),
        ("AdminResetUserPassword", "reset"),
        ("AdminDeleteUser", "does not exist"),
    ] {
        server.ok(operation, alice.clone()).await;
        if sentence.is_empty() {
            continue;
        }
        let refused = browser.submit(&page, &place.at(AS), &[("sub", &sub)]).await;
        assert_eq!(refused.status, StatusCode::OK, "{operation}");
        let said = refused.says("error").unwrap_or_default();
        assert!(said.contains(sentence), "{operation}: {said}");
    }
}

#[tokio::test]
async fn a_foreign_host_or_page_neither_sees_nor_uses_it() {
    let place = Place::with_alice(json!({})).await;
    let browser = place.browser();
    for (name, value) in [("host", "evil.example"), ("origin", "https://evil.example")] {
        let page = browser.get_with(&place.at("/login"), name, value).await;
        assert_eq!(page.status, StatusCode::OK, "{name}");
        assert!(!page.has("dev-strip"), "{name}");
        assert!(!page.html.contains("alice"), "{name}");
        let sub = place.server.sub_of(&place.pool, "alice").await;
        let token = page.hidden("_csrf");
        let request = Request::post(place.at(AS))
            .header("content-type", "application/x-www-form-urlencoded")
            .header(name, value);
        let refused = browser
            .send(request, Body::from(format!("sub={sub}&_csrf={token}")))
            .await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{name}");
    }
}

#[tokio::test]
async fn switched_off_it_is_neither_there_nor_usable() {
    let server = Server::without_dev_strip().await;
    let pool = server.pool(json!({})).await;
    let client = web_client(&server, &pool, json!({})).await;
    let sub = server.user(&pool, "alice", &[]).await;
    let browser = super::Browser::new(&server);
    let page = browser.get(&at("/login", &client)).await;
    assert!(!page.has("dev-strip") && !page.html.contains("alice"));
    let refused = browser
        .submit(&page, &at(AS, &client), &[("sub", &sub)])
        .await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_page_that_asks_for_a_code_shows_the_last_one_of_its_user_only() {
    let place = Place::with_alice(json!({ "AutoVerifiedAttributes": ["email"] })).await;
    let browser = place.browser();
    let page = browser.get(&place.at("/forgotPassword")).await;
    let asked = browser
        .submit(
            &page,
            &place.at("/forgotPassword"),
            &[("username", "alice")],
        )
        .await;
    let code = place.server.code("alice@example.com").await;
    assert_eq!(asked.says("last-code"), Some(code.clone()));
    let email = [("email", "bob@example.com"), ("email_verified", "true")];
    place.server.user(&place.pool, "bob", &email).await;
    let bob = browser
        .submit(&page, &place.at("/forgotPassword"), &[("username", "bob")])
        .await;
    assert_ne!(bob.says("last-code"), Some(code));
    let login = browser.get(&place.at("/login")).await;
    assert!(!login.has("last-code"));
}
