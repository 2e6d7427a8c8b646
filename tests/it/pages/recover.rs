//! `/forgotPassword` and `/confirmForgotPassword`.

use serde_json::json;

use super::Place;
use crate::support::{PASSWORD, Server};

const NEW: &str = "N3w!password";

#[tokio::test]
async fn a_forgotten_password_is_replaced_by_a_code() {
    let place = Place::with_alice(json!({})).await;
    let browser = place.browser();
    let page = browser.get(&place.at("/forgotPassword")).await;
    let asked = browser
        .submit(
            &page,
            &place.at("/forgotPassword"),
            &[("username", "alice")],
        )
        .await;
    assert!(asked.has("reset-password-form"), "{}", asked.html);
    assert!(asked.html.contains("a***@e***"));
    let path = place.at("/confirmForgotPassword");
    let code = place.server.code("alice@example.com").await;
    for (fields, sentence) in [
        (
            [
                ("code", "000000"),
                ("password", NEW),
                ("confirm_password", NEW),
            ],
            "Invalid verification code provided, please try again.",
        ),
        (
            [
                ("code", &code),
                ("password", NEW),
                ("confirm_password", PASSWORD),
            ],
            "The passwords do not match.",
        ),
        (
            [
                ("code", &code),
                ("password", "short"),
                ("confirm_password", "short"),
            ],
            "Password did not conform with policy: Password not long enough",
        ),
        (
            [("code", ""), ("password", NEW), ("confirm_password", NEW)],
            "Please fill in every field.",
        ),
    ] {
        let refused = browser.submit(&asked, &path, &fields).await;
        refused.refuses(sentence);
        assert!(refused.has("reset-password-form"));
    }
    let fields = [
        ("code", code.as_str()),
        ("password", NEW),
        ("confirm_password", NEW),
    ];
    let done = browser.submit(&asked, &path, &fields).await;
    assert_eq!(
        done.says("notice").as_deref(),
        Some("Your password was changed. You can sign in now."),
        "{}",
        done.html
    );
    let login = place.at("/login");
    let old = [("username", "alice"), ("password", PASSWORD)];
    let refused = browser.submit(&done, &login, &old).await;
    refused.refuses("Incorrect username or password.");
    let new = [("username", "alice"), ("password", NEW)];
    browser.submit(&refused, &login, &new).await.code();
}

#[tokio::test]
async fn a_code_can_be_sent_again_and_somebody_with_one_can_come_by_themselves() {
    let place = Place::with_alice(json!({})).await;
    let browser = place.browser();
    let page = browser.get(&place.at("/forgotPassword")).await;
    let asked = browser
        .submit(
            &page,
            &place.at("/forgotPassword"),
            &[("username", "alice")],
        )
        .await;
    let first = place.server.code("alice@example.com").await;
    let again = browser.submit(&asked, &place.at("/resendcode"), &[]).await;
    assert!(again.has("notice") && again.has("reset-password-form"));
    let second = place.server.code("alice@example.com").await;
    assert_ne!(first, second);

    let (other, path) = (place.browser(), place.at("/confirmForgotPassword"));
    let form = other.get(&path).await;
    let fields = |code| {
        [
            ("username", "alice"),
            ("code", code),
            ("password", NEW),
            ("confirm_password", NEW),
        ]
    };
    let old = other.submit(&form, &path, &fields(first.as_str())).await;
    old.refuses("Invalid verification code provided, please try again.");
    let done = other.submit(&form, &path, &fields(second.as_str())).await;
    assert!(done.has("notice"), "{}", done.html);
}

#[tokio::test]
async fn who_must_reset_is_led_there_and_a_hidden_user_looks_like_a_known_one() {
    // The development strip would show the code of who has one.
    let place = Place::at_server(
        Server::without_dev_strip().await,
        json!({}),
        json!({ "PreventUserExistenceErrors": "ENABLED" }),
    )
    .await;
    place.alice().await;
    let browser = place.browser();
    let page = browser.get(&place.at("/forgotPassword")).await;
    let unknown = browser
        .submit(
            &page,
            &place.at("/forgotPassword"),
            &[("username", "mallory@example.com")],
        )
        .await;
    assert!(unknown.has("reset-password-form"), "{}", unknown.html);
    assert!(place.server.inbox("").await.is_empty());
    // To the byte, what it carries along included.
    let mut sizes = Vec::new();
    for name in ["alice", "wendy"] {
        let page = browser.get(&place.at("/forgotPassword")).await;
        let next = place.at("/forgotPassword");
        let told = browser.submit(&page, &next, &[("username", name)]).await;
        assert!(told.has("reset-password-form"), "{}", told.html);
        sizes.push(told.html.len());
    }
    assert_eq!(sizes[0], sizes[1]);

    let input = json!({ "UserPoolId": place.pool, "Username": "alice" });
    place.server.ok("AdminResetUserPassword", input).await;
    let login = place.at("/login");
    let page = browser.get(&login).await;
    let fields = [("username", "alice"), ("password", PASSWORD)];
    let led = browser.submit(&page, &login, &fields).await;
    assert!(led.has("forgot-password-form"), "{}", led.html);
    led.refuses("Password reset required for the user");
}
