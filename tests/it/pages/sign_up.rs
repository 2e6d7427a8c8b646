//! `/signup`, `/confirmUser`, `/resendcode`.

use axum::http::StatusCode;
use serde_json::json;

use super::Place;
use crate::support::{PASSWORD, text};

const BOB: [(&str, &str); 4] = [
    ("username", "bob"),
    ("password", PASSWORD),
    ("confirm_password", PASSWORD),
    ("requiredAttributes[email]", "bob@example.com"),
];

async fn place() -> Place {
    Place::with_alice(json!({
        "AutoVerifiedAttributes": ["email"],
        "Schema": [{ "Name": "email", "Required": true, "Mutable": true }],
    }))
    .await
}

#[tokio::test]
async fn somebody_signs_up_confirms_and_signs_in() {
    let place = place().await;
    let (browser, login) = (place.browser(), place.at("/login"));
    let page = browser.get(&place.at("/signup")).await;
    assert!(page.html.contains("autocomplete=\"email\""));
    assert!(page.html.contains("<li>at least 8 characters</li>"));
    let asked = browser.submit(&page, &place.at("/signup"), &BOB).await;
    assert!(asked.has("confirm-form"), "{}", asked.html);
    assert!(asked.html.contains("We have sent a code to b***@e***."));
    assert!(asked.html.contains("autocomplete=\"one-time-code\""));

    let confirm = place.at("/confirmUser");
    let wrong = browser
        .submit(&asked, &confirm, &[("code", "000000")])
        .await;
    wrong.refuses("Invalid verification code provided, please try again.");
    let resent = browser.submit(&wrong, &place.at("/resendcode"), &[]).await;
    assert_eq!(
        resent.says("notice").as_deref(),
        Some("A new code was sent to b***@e***.")
    );
    let code = place.server.code("bob@example.com").await;
    let done = browser.submit(&resent, &confirm, &[("code", &code)]).await;
    let page = if done.status == StatusCode::OK {
        done
    } else {
        browser.get(&format!("{login}&prompt=login")).await
    };
    let fields = [("username", "bob"), ("password", PASSWORD)];
    browser.submit(&page, &login, &fields).await.code();
    let user = place.server.described_user(&place.pool, "bob").await;
    assert_eq!(text(&user["UserStatus"]), "CONFIRMED");
}

#[tokio::test]
async fn what_is_wrong_is_told_and_what_was_typed_stays_but_the_passwords() {
    let place = place().await;
    let (browser, path) = (place.browser(), place.at("/signup"));
    let page = browser.get(&path).await;
    for (name, value, sentence) in [
        ("username", "alice", "User already exists"),
        ("username", "", "Please fill in every field."),
        (
            "confirm_password",
            "Other1!pass",
            "The passwords do not match.",
        ),
        (
            "requiredAttributes[email]",
            "no address",
            "Invalid email address format.",
        ),
        (
            "requiredAttributes[email]",
            "",
            "Attributes did not conform to the schema: email: The attribute is required",
        ),
    ] {
        let fields = BOB.map(|(field, kept)| (field, if field == name { value } else { kept }));
        let refused = browser.submit(&page, &path, &fields).await;
        refused.refuses(sentence);
        assert!(!refused.html.contains(PASSWORD));
        if name == "confirm_password" {
            assert!(refused.html.contains("value=\"bob@example.com\""));
        }
    }
    let weak = BOB.map(|(field, kept)| (field, if kept == PASSWORD { "passw0rd!" } else { kept }));
    let refused = browser.submit(&page, &path, &weak).await;
    refused
        .refuses("Password did not conform with policy: Password must have uppercase characters");
    assert!(place.server.inbox("").await.is_empty(), "nobody was made");
}

#[tokio::test]
async fn nobody_signs_up_where_only_administrators_make_users() {
    let place = Place::with_alice(json!({
        "AdminCreateUserConfig": { "AllowAdminCreateUserOnly": true },
    }))
    .await;
    let browser = place.browser();
    let page = browser.get(&place.at("/login")).await;
    assert!(!page.has("link-sign-up"));
    let asked = browser.get(&place.at("/signup")).await;
    assert!(!asked.has("sign-up-form"));
    let refused = browser.submit(&page, &place.at("/signup"), &BOB).await;
    refused.refuses("SignUp is not permitted for this user pool");
}

#[tokio::test]
async fn an_address_can_be_the_user_name() {
    let place = Place::new(json!({
        "UsernameAttributes": ["email"], "AutoVerifiedAttributes": ["email"],
    }))
    .await;
    let browser = place.browser();
    let page = browser.get(&place.at("/signup")).await;
    assert!(page.html.contains("name=\"username\" type=\"email\""));
    assert!(
        !page.html.contains("requiredAttributes[email]"),
        "once is enough"
    );
    let fields = [
        ("username", "bob@example.com"),
        ("password", PASSWORD),
        ("confirm_password", PASSWORD),
    ];
    let asked = browser.submit(&page, &place.at("/signup"), &fields).await;
    assert!(asked.html.contains("b***@e***"), "{}", asked.html);
}

#[tokio::test]
async fn somebody_who_has_not_confirmed_yet_is_asked_for_the_code_at_the_sign_in() {
    let place = place().await;
    let (browser, login) = (place.browser(), place.at("/login"));
    let page = browser.get(&place.at("/signup")).await;
    browser.submit(&page, &place.at("/signup"), &BOB).await;
    let fields = [("username", "bob"), ("password", PASSWORD)];
    let page = place.browser();
    let form = page.get(&login).await;
    let asked = page.submit(&form, &login, &fields).await;
    assert!(asked.has("confirm-form"), "{}", asked.html);
    // A wrong password opens nothing.
    let wrong = [("username", "bob"), ("password", "Wr0ng!pass")];
    let refused = page.submit(&form, &login, &wrong).await;
    assert!(refused.has("sign-in-form"), "{}", refused.html);
}

#[tokio::test]
async fn somebody_with_a_code_can_come_by_themselves() {
    let place = place().await;
    let browser = place.browser();
    let page = browser.get(&place.at("/signup")).await;
    browser.submit(&page, &place.at("/signup"), &BOB).await;
    let code = place.server.code("bob@example.com").await;
    let other = place.browser();
    let form = other.get(&place.at("/confirmUser")).await;
    let fields = [("username", "bob"), ("code", code.as_str())];
    let done = other
        .submit(&form, &place.at("/confirmUser"), &fields)
        .await;
    assert_eq!(
        done.says("notice").as_deref(),
        Some("Your account is confirmed. You can sign in now."),
        "{}",
        done.html
    );
}

#[tokio::test]
async fn terms_are_linked_in_the_visitors_language() {
    let place = place().await;
    for (name, links) in [
        (
            "terms-of-use",
            json!({ "cognito:default": "https://a.example/terms", "cognito:german": "https://a.example/agb" }),
        ),
        (
            "privacy-policy",
            json!({ "cognito:default": "https://a.example/privacy?a=1&b=2" }),
        ),
    ] {
        let input = json!({
            "UserPoolId": place.pool, "ClientId": place.client, "TermsName": name, "TermsSource": "LINK",
            "Enforcement": "NONE", "Links": links,
        });
        place.server.ok("CreateTerms", input).await;
    }
    let browser = place.browser();
    let english = browser.get(&place.at("/signup")).await;
    assert!(english.html.contains("<a href=\"https://a.example/terms\" target=\"_blank\" rel=\"noopener noreferrer\">Terms of use</a>"));
    assert!(
        english
            .html
            .contains("https://a.example/privacy?a=1&#38;b=2")
    );
    let german = browser
        .get(&format!("{}&lang=de", place.at("/signup")))
        .await;
    assert!(german.html.contains("https://a.example/agb"));
    assert!(german.html.contains("Datenschutzerklärung"));
}
