//! The development strip: who sees it, and who may use it.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::json;

use super::{Page, Place, at, web_client};
use crate::support::totp::App;
use crate::support::{Server, text};

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

/// Twenty users, of whom six have a button.
async fn crowd() -> Place {
    let place = Place::new(json!({})).await;
    for number in 1..=20 {
        let email = format!("Mail{number:02}@example.com");
        let attributes = [
            ("email", email.as_str()),
            ("name", "<img src=x onerror=alert(1)>"),
        ];
        let name = format!("user{number:02}");
        place.server.user(&place.pool, &name, &attributes).await;
    }
    place
}

/// Whom the strip offers to sign in as.
fn buttons(page: &Page) -> Vec<&str> {
    let parts = page.html.split("data-testid=\"sign-in-as-").skip(1);
    parts.filter_map(|part| part.split('"').next()).collect()
}

#[tokio::test]
async fn among_many_users_one_is_found_by_the_beginning_of_a_name() {
    let place = crowd().await;
    let browser = place.browser();
    let page = browser.get(&place.at("/login")).await;
    assert!(
        page.has("find-user") && buttons(&page).len() == 6,
        "{}",
        page.html
    );
    let search = async |typed: &str| {
        browser
            .submit(&page, &place.at(AS), &[("who", typed)])
            .await
    };
    for (typed, count, beginning) in [
        ("user1", 6, "user1"),
        ("mail17@", 1, "user17"),
        ("USER20", 1, "user20"),
        ("<IMG", 6, "user"),
    ] {
        let found = search(typed).await;
        assert_eq!(found.status, StatusCode::OK, "{typed}: {}", found.html);
        let shown = buttons(&found);
        assert_eq!(shown.len(), count, "{typed}: {shown:?}");
        assert!(
            shown.iter().all(|name| name.starts_with(beginning)),
            "{shown:?}"
        );
        assert!(
            !found.html.contains("<img") && !found.html.contains("<IMG"),
            "{typed}"
        );
    }
    // All of a name is enough.
    search("user20").await.code();
    let nobody = search("\"><script>alert(1)</script>").await;
    assert!(nobody.has("nobody-found") && !nobody.html.contains("<script>alert"));
    assert!(nobody.has("find-user"), "one may search again");
    // Whoever is found can be signed in as.
    let found = search("mail17@").await;
    let sub = place.server.sub_of(&place.pool, "user17").await;
    let fields = [("sub", sub.as_str()), ("who", "mail17@")];
    browser.submit(&found, &place.at(AS), &fields).await.code();
}

#[tokio::test]
async fn where_the_first_of_many_cannot_sign_in_others_are_found() {
    let place = Place::new(json!({})).await;
    for number in 0..24 {
        let input = json!({ "UserPoolId": place.pool, "Username": format!("guest{number}"), "MessageAction": "SUPPRESS" });
        place.server.ok("AdminCreateUser", input).await;
    }
    let browser = place.browser();
    let page = browser.get(&place.at("/login")).await;
    assert!(
        page.has("find-user") && buttons(&page).is_empty(),
        "{}",
        page.html
    );
    assert!(!page.has("nobody-found"), "nobody was searched for");
}

#[tokio::test]
async fn whom_the_application_expects_comes_first() {
    let place = crowd().await;
    let browser = place.browser();
    for name in ["user03", "user17"] {
        let hinted = format!("{}&login_hint={name}", place.at("/login"));
        let page = browser.get(&hinted).await;
        let shown = buttons(&page);
        assert_eq!((shown.len(), shown[0]), (6, name), "{shown:?}");
        assert_eq!(shown.iter().filter(|one| **one == name).count(), 1);
    }
    let nobody = format!("{}&login_hint=nobody", place.at("/login"));
    assert_eq!(buttons(&browser.get(&nobody).await).len(), 6);
    let stranger = browser.get_with(&nobody, "host", "evil.example").await;
    assert!(buttons(&stranger).is_empty());
}

#[tokio::test]
async fn a_search_signs_in_nobody_who_could_not_be_and_tells_strangers_nothing() {
    let place = crowd().await;
    let server = &place.server;
    let dave = json!({ "UserPoolId": place.pool, "Username": "user19" });
    server.ok("AdminDisableUser", dave).await;
    let browser = place.browser();
    let page = browser.get(&place.at("/login")).await;
    let fields = [("who", "user19")];
    let refused = browser.submit(&page, &place.at(AS), &fields).await;
    refused.refuses("User is disabled.");
    let fields = [("who", "mail19@")];
    let nobody = browser.submit(&page, &place.at(AS), &fields).await;
    assert!(nobody.has("nobody-found"), "{}", nobody.html);
    let none = browser.submit(&page, &place.at(AS), &[("who", "")]).await;
    assert!(buttons(&none).len() == 6 && !none.has("error"));
    let token = page.hidden("_csrf");
    let request = Request::post(place.at(AS))
        .header("content-type", "application/x-www-form-urlencoded")
        .header("host", "evil.example");
    let refused = browser
        .send(request, Body::from(format!("who=user&_csrf={token}")))
        .await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(!refused.html.contains("user0"));
}

/// A pool whose users may have an app, and alice, who has one.
async fn with_app() -> (Place, App) {
    let place = Place::with_alice(json!({})).await;
    let server = &place.server;
    let input = json!({
        "UserPoolId": place.pool, "MfaConfiguration": "OPTIONAL",
        "SoftwareTokenMfaConfiguration": { "Enabled": true },
    });
    server.ok("SetUserPoolMfaConfig", input).await;
    let client = server.client(&place.pool, json!({})).await;
    let client = text(&client["ClientId"]);
    let access = server.sign_in(&client, "alice").await;
    let access = &access["AccessToken"];
    let input = json!({ "AccessToken": access });
    let drawn = server.ok("AssociateSoftwareToken", input).await;
    let app = App::new(&drawn["SecretCode"]);
    let input = json!({ "AccessToken": access, "UserCode": app.code(-1) });
    server.ok("VerifySoftwareToken", input).await;
    let input = json!({
        "AccessToken": access,
        "SoftwareTokenMfaSettings": { "Enabled": true, "PreferredMfa": true },
    });
    server.ok("SetUserMFAPreference", input).await;
    (place, app)
}

#[tokio::test]
async fn asked_to_it_stops_at_the_second_factor_and_shows_the_apps_code() {
    let (place, app) = with_app().await;
    let (server, browser) = (&place.server, place.browser());
    let page = browser.get(&place.at("/login")).await;
    assert!(page.has("stop-at-mfa"), "{}", page.html);
    let sub = server.sub_of(&place.pool, "alice").await;
    let fields = [("sub", sub.as_str()), ("mfa", "ask")];
    let asked = browser.submit(&page, &place.at(AS), &fields).await;
    assert!(asked.has("code-form"), "{}", asked.html);
    assert_eq!(asked.says("app-code"), Some(app.code(0)));
    assert!(asked.has("link-user"), "{}", asked.html);
    let again = browser.get(&place.at("/login")).await;
    assert!(again.has("sign-in-form"), "nobody is signed in yet");
    let wrong = browser
        .submit(&asked, &place.at("/mfa"), &[("code", "000000")])
        .await;
    assert!(wrong.has("error") && wrong.has("app-code"));
    let code = app.code(0);
    let done = browser
        .submit(&wrong, &place.at("/mfa"), &[("code", &code)])
        .await;
    done.code();
    // A code counts once: the next one is shown.
    let other = place.browser();
    let page = other.get(&place.at("/login")).await;
    let asked = other.submit(&page, &place.at(AS), &fields).await;
    assert_eq!(asked.says("app-code"), Some(app.code(1)));
    let code = app.code(1);
    let done = other
        .submit(&asked, &place.at("/mfa"), &[("code", &code)])
        .await;
    done.code();
    // Without being asked to it goes all the way.
    let page = other
        .get(&format!("{}&prompt=login", place.at("/login")))
        .await;
    other
        .submit(&page, &place.at(AS), &[("sub", &sub)])
        .await
        .code();
}

#[tokio::test]
async fn who_needs_no_second_factor_is_not_stopped_and_who_needs_one_sets_it_up() {
    let (place, _) = with_app().await;
    let server = &place.server;
    let bob = server.user(&place.pool, "bob", &[]).await;
    let browser = place.browser();
    let page = browser.get(&place.at("/login")).await;
    let fields = [("sub", bob.as_str()), ("mfa", "ask")];
    browser.submit(&page, &place.at(AS), &fields).await.code();
    let input = json!({ "UserPoolId": place.pool, "MfaConfiguration": "ON",
        "SoftwareTokenMfaConfiguration": { "Enabled": true } });
    server.ok("SetUserPoolMfaConfig", input).await;
    let other = place.browser();
    let page = other.get(&place.at("/login")).await;
    let asked = other.submit(&page, &place.at(AS), &fields).await;
    assert!(asked.has("totp-setup-form"), "{}", asked.html);
    let app = App::new(&json!(asked.says("secret").unwrap()));
    assert_eq!(asked.says("app-code"), Some(app.code(0)));
    let code = app.code(0);
    let done = other
        .submit(&asked, &place.at("/mfa"), &[("code", &code)])
        .await;
    done.code();
}

#[tokio::test]
async fn an_apps_code_is_shown_to_no_stranger() {
    let (place, app) = with_app().await;
    let browser = place.browser();
    let page = browser.get(&place.at("/login")).await;
    let (token, code) = (page.hidden("_csrf"), app.code(0));
    let request = Request::post(place.at("/login"))
        .header("content-type", "application/x-www-form-urlencoded")
        .header("host", "evil.example");
    let form = format!("username=alice&password=Passw0rd!&_csrf={token}");
    let asked = browser.send(request, Body::from(form)).await;
    assert!(asked.has("code-form"), "{}", asked.html);
    assert!(!asked.has("dev-strip") && !asked.html.contains(&code));
}

#[tokio::test]
async fn an_address_that_is_not_registered_is_explained_on_this_machine_only() {
    let place = Place::with_client(
        json!({}),
        json!({ "LogoutURLs": ["https://app.example.com/<b>bye</b>"] }),
    )
    .await;
    let browser = place.browser();
    let sent = "https://app.example.com/callback/";
    let asked = place
        .at("/oauth2/authorize")
        .replace("callback&", "callback%2F&");
    let page = browser.get(&asked).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    page.refuses("The redirect_uri is none of the client's callback URLs.");
    assert_eq!(page.says("sent").as_deref(), Some(sent), "{}", page.html);
    assert_eq!(page.says("registered").as_deref(), Some(super::CALLBACK));
    let difference = format!(
        "It differs from {} by the slash at its end.",
        super::CALLBACK
    );
    assert_eq!(page.says("difference"), Some(difference));
    let sign_out = format!("/logout?client_id={}&logout_uri=%3Cscript%3E", place.client);
    let page = browser.get(&sign_out).await;
    assert_eq!(page.says("sent").as_deref(), Some("<script>"));
    assert!(page.html.contains("bye") && !page.html.contains("<b>"));
    assert!(!page.html.contains("<script>"));
    for (path, name, value) in [
        (&asked, "host", "evil.example"),
        (&sign_out, "host", "evil.example"),
        (&asked, "origin", "https://evil.example"),
    ] {
        let page = browser.get_with(path, name, value).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{value}");
        assert!(page.has("error") && !page.has("dev-strip"), "{value}");
        for secret in [super::CALLBACK, "bye"] {
            assert!(!page.html.contains(secret), "{value}: {}", page.html);
        }
    }
}

#[tokio::test]
async fn error_pages_have_its_links() {
    let place = Place::with_alice(json!({})).await;
    let browser = place.browser();
    for path in [
        "/error?error=invalid_request",
        "/oauth2/authorize?client_id=nobody",
        "/confirmUser?client_id=a&user_name=b&confirmation_code=c",
        "/feedback",
    ] {
        let page = browser.get(path).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{path}");
        assert!(page.has("dev-strip"), "{path}: {}", page.html);
        for link in ["/_mocknito/", "/_mocknito/requests", "/_mocknito/inbox"] {
            assert!(
                page.html.contains(&format!("href=\"{link}\"")),
                "{path}: {link}"
            );
        }
        let stranger = browser.get_with(path, "host", "evil.example").await;
        assert!(!stranger.has("dev-strip"), "{path}");
    }
    let off = Server::without_dev_strip().await;
    let page = super::Browser::new(&off).get("/error").await;
    assert!(!page.has("dev-strip"));
}
