//! The steps after a right password, and the choice of the first factor.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{Browser, Page, Place};
use crate::support::totp::App;
use crate::support::{PASSWORD, merge};

/// A pool with second factors and alice, who has an address and a number.
async fn place(mfa: &str, factors: Value) -> Place {
    let place = Place::new(json!({
        "AutoVerifiedAttributes": ["email"],
        "SmsConfiguration": { "SnsCallerArn": "arn:aws:iam::123456789012:role/sms" },
        "EmailConfiguration": {
            "EmailSendingAccount": "DEVELOPER",
            "SourceArn": "arn:aws:ses:us-east-1:123456789012:identity/a@example.com",
        },
    }))
    .await;
    let mut input = json!({ "UserPoolId": place.pool, "MfaConfiguration": mfa });
    merge(&mut input, factors);
    place.server.ok("SetUserPoolMfaConfig", input).await;
    place
}

fn software_tokens() -> Value {
    json!({ "SoftwareTokenMfaConfiguration": { "Enabled": true } })
}

fn everything() -> Value {
    json!({
        "SoftwareTokenMfaConfiguration": { "Enabled": true },
        "SmsMfaConfiguration": { "SmsAuthenticationMessage": "SMS {####}" },
        "EmailMfaConfiguration": { "Message": "Mail {####}", "Subject": "Code" },
    })
}

async fn begin(place: &Place, browser: &Browser<'_>) -> Page {
    let login = place.at("/login");
    let page = browser.get(&format!("{login}&prompt=login")).await;
    let fields = [("username", "alice"), ("password", PASSWORD)];
    browser.submit(&page, &login, &fields).await
}

#[tokio::test]
async fn an_app_is_set_up_by_its_picture_or_key_and_asked_for_from_then_on() {
    let place = place("ON", software_tokens()).await;
    place.server.user(&place.pool, "alice", &[]).await;
    let (browser, mfa) = (place.browser(), place.at("/mfa"));
    let asked = begin(&place, &browser).await;
    assert!(asked.has("totp-setup-form"), "{}", asked.html);
    assert!(asked.html.contains("<svg") && !asked.html.contains("<?xml"));
    let secret = asked.says("secret").unwrap();
    let app = App::new(&json!(secret));

    let wrong = browser.submit(&asked, &mfa, &[("code", "000000")]).await;
    wrong.refuses("Code mismatch and fail enable Software Token MFA");
    assert_eq!(wrong.says("secret"), Some(secret), "the key stays");
    let fields = [
        ("code", app.code(0)),
        ("device_name", "<my phone>".to_owned()),
    ];
    let fields = fields
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    browser.submit(&wrong, &mfa, &fields).await.code();
    // The set-up has ended: nobody sets up another app with what was left open.
    let again = browser.submit(&wrong, &mfa, &fields).await;
    assert!(again.has("sign-in-form"), "{}", again.html);

    let other = place.browser();
    let asked = begin(&place, &other).await;
    assert!(asked.has("code-form"), "{}", asked.html);
    let wrong = other.submit(&asked, &mfa, &[("code", "000000")]).await;
    wrong.refuses("Invalid code received for user");
    let used = app.code(0);
    let used = other.submit(&wrong, &mfa, &[("code", &used)]).await;
    used.refuses("Your software token has already been used once.");
    let code = app.code(1);
    other.submit(&used, &mfa, &[("code", &code)]).await.code();
}

#[tokio::test]
async fn several_factors_are_a_choice_and_codes_are_sent_by_the_chosen_way() {
    let place = place("OPTIONAL", everything()).await;
    let attributes = [
        ("email", "alice@example.com"),
        ("email_verified", "true"),
        ("phone_number", "+12065559934"),
    ];
    place.server.user(&place.pool, "alice", &attributes).await;
    let on = json!({ "Enabled": true });
    let input = json!({ "UserPoolId": place.pool, "Username": "alice", "SMSMfaSettings": on, "EmailMfaSettings": on });
    place.server.ok("AdminSetUserMFAPreference", input).await;
    let (browser, mfa) = (place.browser(), place.at("/mfa"));
    for (answer, to, destination) in [
        ("SMS_MFA", "+12065559934", "+*******9934"),
        ("EMAIL_OTP", "alice@example.com", "a***@e***"),
    ] {
        let asked = begin(&place, &browser).await;
        assert!(asked.has("choose-SMS_MFA") && asked.has("choose-EMAIL_OTP"));
        assert!(!asked.has("choose-SOFTWARE_TOKEN_MFA"));
        let none = browser.submit(&asked, &mfa, &[]).await;
        none.refuses("Please choose one of these.");
        let code_page = browser.submit(&asked, &mfa, &[("answer", answer)]).await;
        assert!(code_page.html.contains(destination), "{}", code_page.html);
        let code = place.server.code(to).await;
        assert_eq!(code_page.says("last-code"), Some(code.clone()));
        let wrong = browser.submit(&code_page, &mfa, &[("code", "x")]).await;
        wrong.refuses("Invalid code or auth state for the user.");
        browser
            .submit(&wrong, &mfa, &[("code", &code)])
            .await
            .code();
    }
}

#[tokio::test]
async fn an_address_can_be_set_up_where_a_second_factor_is_demanded() {
    let place = place("ON", everything()).await;
    place.server.user(&place.pool, "alice", &[]).await;
    let (browser, mfa) = (place.browser(), place.at("/mfa"));
    let asked = begin(&place, &browser).await;
    assert!(asked.has("setup-choice-form"), "{}", asked.html);
    assert!(
        !asked.has("choose-SMS_MFA"),
        "a number cannot be set up here"
    );
    let form = browser
        .submit(&asked, &mfa, &[("answer", "EMAIL_OTP")])
        .await;
    assert!(form.has("email-setup-form"), "{}", form.html);
    let sent = browser
        .submit(&form, &mfa, &[("email", "alice@example.com")])
        .await;
    assert!(sent.has("code-form"), "{}", sent.html);
    let code = place.server.code("alice@example.com").await;
    browser.submit(&sent, &mfa, &[("code", &code)]).await.code();
}

#[tokio::test]
async fn a_session_that_has_ended_begins_anew() {
    let place = place("ON", software_tokens()).await;
    place.server.user(&place.pool, "alice", &[]).await;
    let browser = place.browser();
    let asked = begin(&place, &browser).await;
    place.server.advance(std::time::Duration::from_secs(181));
    let late = browser
        .submit(&asked, &place.at("/mfa"), &[("code", "123456")])
        .await;
    assert!(late.has("sign-in-form"), "{}", late.html);
    late.refuses("Invalid session for the user, session is expired.");
}

#[tokio::test]
async fn a_session_of_the_api_is_none_of_the_pages() {
    let place = place("ON", software_tokens()).await;
    place.server.user(&place.pool, "alice", &[]).await;
    let browser = place.browser();
    let asked = begin(&place, &browser).await;
    // The sealed step is the pages' own: the API's session in its place is none.
    let input = crate::support::with_password(&place.client, "alice", PASSWORD);
    let api = place.server.ok("InitiateAuth", input).await;
    let session = crate::support::text(&api["Session"]);
    let token = asked.hidden("_csrf");
    let fields = [
        ("_csrf", token.as_str()),
        ("state", &session),
        ("code", "1"),
    ];
    let refused = browser.post(&place.at("/mfa"), &fields).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}

/// A pool and a client that let users choose, and alice.
async fn choosing() -> Place {
    let place = Place::with_client(
        json!({
            "AutoVerifiedAttributes": ["email"],
            "Policies": { "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"] } },
        }),
        json!({ "ExplicitAuthFlows": ["ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"] }),
    )
    .await;
    place.alice().await;
    place
}

#[tokio::test]
async fn who_may_choose_says_first_who_they_are() {
    let place = choosing().await;
    let (browser, login) = (place.browser(), place.at("/login"));
    let page = browser.get(&login).await;
    assert!(!page.html.contains("name=\"password\""));
    let asked = browser
        .submit(&page, &login, &[("username", "alice")])
        .await;
    assert!(
        asked.has("choose-PASSWORD") && asked.has("choose-EMAIL_OTP"),
        "{}",
        asked.html
    );

    let form = browser
        .submit(&asked, &login, &[("answer", "PASSWORD")])
        .await;
    assert!(form.has("password-form"), "{}", form.html);
    let wrong = browser
        .submit(&form, &login, &[("password", "Wr0ng!pass")])
        .await;
    wrong.refuses("Incorrect username or password.");
    assert!(wrong.has("password-form"));
    // Another way, after all.
    let state = wrong.html.rsplit("name=\"state\" value=\"").next().unwrap();
    let state = state.split('"').next().unwrap().to_owned();
    let token = wrong.hidden("_csrf");
    let back = [("_csrf", token.as_str()), ("state", &state), ("answer", "")];
    let choice = browser.post(&login, &back).await;
    assert!(choice.has("choose-EMAIL_OTP"), "{}", choice.html);
    let sent = browser
        .submit(&choice, &login, &[("answer", "EMAIL_OTP")])
        .await;
    assert!(sent.html.contains("a***@e***"), "{}", sent.html);
    let code = place.server.code("alice@example.com").await;
    browser
        .submit(&sent, &place.at("/mfa"), &[("code", &code)])
        .await
        .code();
}

#[tokio::test]
async fn the_code_of_a_sign_up_signs_in_who_signed_up_in_this_browser_only() {
    let place = choosing().await;
    let (browser, path) = (place.browser(), place.at("/signup"));
    let page = browser.get(&path).await;
    let fields = [
        ("username", "bob"),
        ("password", PASSWORD),
        ("confirm_password", PASSWORD),
        ("requiredAttributes[email]", "bob@example.com"),
    ];
    let asked = browser.submit(&page, &path, &fields).await;
    let code = place.server.code("bob@example.com").await;
    let confirm = place.at("/confirmUser");
    browser
        .submit(&asked, &confirm, &[("code", &code)])
        .await
        .code();
    // The step is not good for a second time: the user is confirmed.
    let again = browser.submit(&asked, &confirm, &[("code", &code)]).await;
    assert!(
        again.has("confirm-form") && again.has("error"),
        "{}",
        again.html
    );
}

#[tokio::test]
async fn a_passkey_is_added_by_who_is_signed_in_and_by_nobody_else() {
    let place = Place::new(json!({
        "Policies": { "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"] } },
    }))
    .await;
    place.alice().await;
    let input = json!({ "UserPoolId": place.pool, "WebAuthnConfiguration": { "RelyingPartyId": "localhost" } });
    place.server.ok("SetUserPoolMfaConfig", input).await;
    // Without response_type, as the service documents it.
    let path = place.at("/passkeys/add").replace("&response_type=code", "");
    let browser = place.browser();
    let sent_away = browser.get(&path).await;
    assert_eq!(sent_away.status, StatusCode::FOUND);
    assert!(sent_away.location().starts_with("/login?"));

    begin(&place, &browser).await.code();
    let page = browser.get(&path).await;
    assert!(page.has("passkey-form"), "{}", page.html);
    assert!(page.html.contains("data-passkey=\"create\""));
    assert!(page.html.contains("<script src=\"/_mocknito/pages/"));
    let stranger = place.browser();
    let theirs = stranger.get(&place.at("/login")).await.hidden("_csrf");
    let state = page.hidden("state");
    let fields = [
        ("_csrf", theirs.as_str()),
        ("state", &state),
        ("credential", "{}"),
    ];
    let refused = stranger.post(&place.at("/passkeys/add"), &fields).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let nonsense = browser
        .submit(&page, &place.at("/passkeys/add"), &[("credential", "{}")])
        .await;
    assert!(
        nonsense.has("error") && nonsense.has("passkey-form"),
        "{}",
        nonsense.html
    );
}
