//! `/login`, and the steps after it.

use axum::http::StatusCode;
use serde_json::json;

use super::{Browser, Place};
use crate::support::{PASSWORD, text};

#[tokio::test]
async fn the_page_asks_for_name_and_password_and_tells_password_managers_so() {
    let place = Place::with_alice(json!({})).await;
    let page = place.browser().get(&place.at("/login")).await;
    assert_eq!(page.status, StatusCode::OK);
    for part in [
        "<html lang=\"en\"",
        "name=\"username\" type=\"text\" value=\"\" autocomplete=\"username\"",
        "name=\"password\" type=\"password\" value=\"\" autocomplete=\"current-password\"",
        "<label class=\"label-customizable\" for=\"username\">",
        "data-testid=\"link-sign-up\"",
        "data-testid=\"link-forgot-password\"",
    ] {
        assert!(page.html.contains(part), "{part} in {}", page.html);
    }
    assert!(!page.html.contains("<script"), "it needs no JavaScript");
    assert!(!page.html.contains("style=\""), "nothing inline");
}

#[tokio::test]
async fn a_page_loads_nothing_from_elsewhere_stands_in_no_frame_and_is_kept_by_nobody() {
    let place = Place::with_alice(json!({})).await;
    let page = place.browser().get(&place.at("/login")).await;
    let policy = page.header("content-security-policy");
    for part in [
        "default-src 'none'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "form-action 'self' http: https:",
    ] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(page.header("cache-control"), "no-store");
    assert_eq!(page.header("x-frame-options"), "DENY");
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    assert_eq!(page.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn a_right_password_leads_back_to_the_client_with_a_code() {
    let place = Place::with_alice(json!({})).await;
    let browser = place.browser();
    let page = browser.get(&place.at("/login")).await;
    let done = browser
        .submit(
            &page,
            &place.at("/login"),
            &[("username", " alice "), ("password", PASSWORD)],
        )
        .await;
    let code = done.code();
    let (status, tokens) = place
        .server
        .token_endpoint(
            None,
            &[
                ("grant_type", "authorization_code"),
                ("client_id", &place.client),
                ("code", &code),
                ("redirect_uri", super::CALLBACK),
            ],
        )
        .await;
    assert_eq!(status, StatusCode::OK, "{tokens}");
    assert_eq!(
        crate::support::claims(&tokens["access_token"])["username"],
        "alice"
    );
}

#[tokio::test]
async fn a_wrong_password_is_told_and_the_name_stays() {
    let place = Place::with_alice(json!({})).await;
    let browser = place.browser();
    let page = browser.get(&place.at("/login")).await;
    let wrong = browser
        .submit(
            &page,
            &place.at("/login"),
            &[("username", "alice"), ("password", "Wr0ng!pass")],
        )
        .await;
    assert_eq!(wrong.status, StatusCode::OK);
    wrong.refuses("Incorrect username or password.");
    assert!(wrong.html.contains("role=\"alert\""));
    assert!(
        wrong
            .html
            .contains("name=\"username\" type=\"text\" value=\"alice\"")
    );
    assert!(
        !wrong.html.contains("Wr0ng!pass"),
        "no password is repeated"
    );
    let unknown = browser
        .submit(
            &wrong,
            &place.at("/login"),
            &[("username", "mallory"), ("password", PASSWORD)],
        )
        .await;
    unknown.refuses("User does not exist.");
    let empty = browser
        .submit(&unknown, &place.at("/login"), &[("username", "alice")])
        .await;
    empty.refuses("Please fill in every field.");
}

#[tokio::test]
async fn somebody_who_is_signed_in_goes_on_or_signs_in_as_somebody_else() {
    let place = Place::with_alice(json!({})).await;
    let browser = place.browser();
    let page = browser.get(&place.at("/login")).await;
    let login = place.at("/login");
    let fields = [("username", "alice"), ("password", PASSWORD)];
    browser.submit(&page, &login, &fields).await.code();

    let again = browser.get(&login).await;
    assert!(again.html.contains("You are signed in as alice."));
    assert!(again.has("continue") && again.has("link-other-user"));
    browser.get(&place.at("/oauth2/authorize")).await.code();
    let other = browser.get(&format!("{login}&prompt=login")).await;
    assert!(other.has("sign-in-form"));
    // Another browser knows nobody.
    let stranger = place.browser().get(&login).await;
    assert!(stranger.has("sign-in-form"));
}

#[tokio::test]
async fn a_temporary_password_is_replaced_with_what_the_pool_requires() {
    let place = Place::new(json!({
        "Schema": [{ "Name": "given_name", "Required": true, "Mutable": true }],
    }))
    .await;
    let input = json!({
        "UserPoolId": place.pool, "Username": "carol", "TemporaryPassword": "Temp0rary!", "MessageAction": "SUPPRESS",
    });
    place.server.ok("AdminCreateUser", input).await;
    let (browser, login) = (place.browser(), place.at("/login"));
    let page = browser.get(&login).await;
    let asked = browser
        .submit(
            &page,
            &login,
            &[("username", "carol"), ("password", "Temp0rary!")],
        )
        .await;
    assert!(asked.has("new-password-form"), "{}", asked.html);
    assert!(
        asked
            .html
            .contains("name=\"requiredAttributes[given_name]\"")
    );
    assert!(asked.html.contains("autocomplete=\"new-password\""));
    assert!(asked.has("password-rules"));

    let change = place.at("/changePassword");
    let differ = [
        ("password", PASSWORD),
        ("confirm_password", "Other1!pass"),
        ("requiredAttributes[given_name]", "Carol"),
    ];
    let differ = browser.submit(&asked, &change, &differ).await;
    differ.refuses("The passwords do not match.");
    let weak = [
        ("password", "weak"),
        ("confirm_password", "weak"),
        ("requiredAttributes[given_name]", "Carol"),
    ];
    let weak = browser.submit(&differ, &change, &weak).await;
    weak.refuses("Password did not conform with policy: Password not long enough");
    let without = [("password", PASSWORD), ("confirm_password", PASSWORD)];
    let without = browser.submit(&weak, &change, &without).await;
    without.refuses("Invalid attributes given, given_name is missing");
    let right = [
        ("password", PASSWORD),
        ("confirm_password", PASSWORD),
        ("requiredAttributes[given_name]", "Carol"),
    ];
    browser.submit(&without, &change, &right).await.code();
    // The step was answered: it cannot be answered again.
    let again = browser.submit(&without, &change, &right).await;
    assert!(again.has("sign-in-form"), "{}", again.html);
    again.refuses("Invalid session for the user, session can only be used once.");
    let user = place.server.described_user(&place.pool, "carol").await;
    assert_eq!(text(&user["UserStatus"]), "CONFIRMED");
}

#[tokio::test]
async fn a_step_that_is_asked_for_by_its_address_begins_at_the_beginning() {
    let place = Place::with_alice(json!({})).await;
    for path in ["/mfa", "/changePassword", "/resendcode"] {
        let page = place.browser().get(&place.at(path)).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{path}");
        assert_eq!(page.location(), place.at("/login"), "{path}");
    }
}

#[tokio::test]
async fn providers_have_buttons_and_an_app_without_local_users_has_no_form() {
    let place = Place::with_alice(json!({})).await;
    let provider = json!({
        "UserPoolId": place.pool, "ProviderName": "Corp&Co", "ProviderType": "OIDC",
        "ProviderDetails": {
            "client_id": "x", "client_secret": "y", "authorize_scopes": "openid", "oidc_issuer": "https://idp.example.com",
            "attributes_request_method": "GET",
        },
    });
    place.server.ok("CreateIdentityProvider", provider).await;
    let settings = json!({ "SupportedIdentityProviders": ["COGNITO", "Corp&Co"] });
    let both = super::web_client(&place.server, &place.pool, settings).await;
    let page = place.browser().get(&super::at("/login", &both)).await;
    assert!(page.has("sign-in-form"));
    assert!(
        page.html
            .contains("href=\"/oauth2/authorize?identity_provider=Corp%26Co&#38;client_id="),
        "{}",
        page.html
    );
    assert!(page.html.contains("Continue with Corp&#38;Co"));

    let settings = json!({ "SupportedIdentityProviders": ["Corp&Co"] });
    let only = super::web_client(&place.server, &place.pool, settings).await;
    let browser = place.browser();
    let page = browser.get(&super::at("/login", &only)).await;
    assert!(!page.has("sign-in-form") && !page.has("link-sign-up"));
    // What has no form has no way in either.
    let with_form = browser.get(&super::at("/login", &both)).await;
    let fields = [("username", "alice"), ("password", PASSWORD)];
    let refused = browser
        .submit(&with_form, &super::at("/login", &only), &fields)
        .await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn login_hint_fills_in_the_name() {
    let place = Place::with_alice(json!({})).await;
    let path = format!("{}&login_hint=alice%40example.com", place.at("/login"));
    let page = Browser::new(&place.server).get(&path).await;
    assert!(page.html.contains("value=\"alice@example.com\""));
}
