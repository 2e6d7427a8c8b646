//! `acr_values` and `max_age`: a browser's session that is too weak or too old for a client.

use std::time::Duration;

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{Browser, CALLBACK, Page, at, web_client};
use crate::operations::authentication_levels::{NOTHING, World, level, named};
use crate::support::{PASSWORD, claims};

const ONE: &str = "urn:cognito:loa:1";
const THREE: &str = "urn:cognito:loa:3";
const FOUR: &str = "urn:cognito:loa:4";

/// A pool with every factor, a web app, and alice.
struct Site {
    world: World,
    client: String,
}

impl Site {
    async fn start(pool: Value, client: Value) -> Self {
        let world = World::start(pool).await;
        let client = web_client(&world.server, &world.pool, client).await;
        Self { world, client }
    }

    fn browser(&self) -> Browser<'_> {
        Browser::new(&self.world.server)
    }

    /// A path with a request for this, beside what every request has.
    fn at(&self, path: &str, more: &[(&str, &str)]) -> String {
        let more = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(more)
            .finish();
        format!("{}&{more}", at(path, &self.client))
    }

    async fn authorize(&self, browser: &Browser<'_>, more: &[(&str, &str)]) -> Page {
        browser.get(&self.at("/oauth2/authorize", more)).await
    }

    /// Follows the request to the page, which must be there.
    async fn ask(&self, browser: &Browser<'_>, more: &[(&str, &str)]) -> Page {
        let sent = self.authorize(browser, more).await;
        assert!(
            sent.location().starts_with("/login?"),
            "{}",
            sent.location()
        );
        let page = browser.get(sent.location()).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.html);
        page
    }

    /// Sends alice's name and password by this page.
    async fn password(&self, browser: &Browser<'_>, page: &Page, more: &[(&str, &str)]) -> Page {
        let fields = [("username", "alice"), ("password", PASSWORD)];
        browser
            .submit(page, &self.at("/login", more), &fields)
            .await
    }

    /// Signs alice in with her password, for who asks for no more.
    async fn sign_in(&self, browser: &Browser<'_>) {
        let page = self.ask(browser, &[]).await;
        self.password(browser, &page, &[]).await.code();
    }

    /// What the tokens tell that the browser's code leads to.
    async fn told(&self, done: &Page) -> (Value, Value) {
        let code = done.code();
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", &self.client),
            ("redirect_uri", CALLBACK),
            ("code", &code),
        ];
        let (status, tokens) = self.world.server.token_endpoint(None, &form).await;
        assert_eq!(status, StatusCode::OK, "{tokens}");
        let [id, access] = ["id_token", "access_token"].map(|name| claims(&tokens[name]));
        for name in ["acr", "amr"] {
            assert_eq!(id.get(name), access.get(name), "{name}");
        }
        (id["acr"].clone(), id["amr"].clone())
    }
}

fn wants(levels: &str) -> [(&str, &str); 1] {
    [("acr_values", levels)]
}

/// The error that the client is told.
fn error(page: &Page) -> String {
    let (_, query) = page.location().split_once('?').unwrap_or_default();
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    let found = pairs.find(|(name, _)| name == "error");
    found
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

#[tokio::test]
async fn who_is_signed_in_proves_only_what_is_missing() {
    let site = Site::start(json!({}), json!({})).await;
    let app = site.world.with_app().await;
    let browser = site.browser();
    site.sign_in(&browser).await;
    assert_eq!(
        site.told(&site.authorize(&browser, &wants(ONE)).await)
            .await,
        level(ONE, &["pwd"])
    );
    // First the user says that they go on: nothing is asked or sent before.
    let page = site.ask(&browser, &wants(FOUR)).await;
    assert!(page.has("step-up-form") && page.has("link-other-user"));
    assert!(page.html.contains("You are signed in as alice."));
    let asked = browser
        .submit(&page, &site.at("/login", &wants(FOUR)), &[])
        .await;
    assert!(asked.has("code-form"), "{}", asked.html);
    let mfa = site.at("/mfa", &wants(FOUR));
    let wrong = browser.submit(&asked, &mfa, &[("code", "000000")]).await;
    wrong.refuses("Invalid code received for user");
    let code = app.code(1);
    let done = browser.submit(&wrong, &mfa, &[("code", &code)]).await;
    let strong = level(FOUR, &["pwd", "otp", "mfa"]);
    assert_eq!(site.told(&done).await, strong);
    // The session is as strong from now on, and tells it to who asks.
    for levels in [FOUR, THREE, ONE] {
        let done = site.authorize(&browser, &wants(levels)).await;
        assert_eq!(site.told(&done).await, strong);
    }
    let done = site.authorize(&browser, &[]).await;
    assert_eq!(site.told(&done).await, NOTHING);
}

#[tokio::test]
async fn a_sign_in_from_the_start_reaches_the_level_or_nobody_gets_in() {
    let site = Site::start(named(), json!({})).await;
    let browser = site.browser();
    let strong = "urn:example:strong";
    // Without an app there is no way.
    let page = site.ask(&browser, &wants(strong)).await;
    let refused = site.password(&browser, &page, &wants(strong)).await;
    refused.refuses("The user has no factors that satisfy a requested authentication level.");
    let app = site.world.with_app().await;
    let page = site.ask(&browser, &wants(strong)).await;
    let login = site.at("/login", &wants(strong));
    let fields = [("username", "alice"), ("password", "Wrong0ne!")];
    let wrong = browser.submit(&page, &login, &fields).await;
    wrong.refuses("Incorrect username or password.");
    let asked = site.password(&browser, &wrong, &wants(strong)).await;
    assert!(asked.has("code-form"), "{}", asked.html);
    // The password alone has signed nobody in.
    let again = site.authorize(&browser, &[]).await;
    assert!(again.location().starts_with("/login?"));
    // Nor does it in a request that wants less, which the form is sent to.
    let code = app.code(1);
    let mfa = site.at("/mfa", &[]);
    let done = browser.submit(&asked, &mfa, &[("code", &code)]).await;
    let expected = level(strong, &["pwd", "otp", "mfa"]);
    assert_eq!(site.told(&done).await, expected);
}

#[tokio::test]
async fn a_session_that_is_too_old_begins_anew() {
    let site = Site::start(json!({}), json!({})).await;
    let app = site.world.with_app().await;
    let browser = site.browser();
    site.sign_in(&browser).await;
    site.world.server.advance(Duration::from_secs(61));
    let young = [("acr_values", ONE), ("max_age", "61")];
    let done = site.authorize(&browser, &young).await;
    assert_eq!(site.told(&done).await, level(ONE, &["pwd"]));
    let old = [("acr_values", FOUR), ("max_age", "60")];
    let page = site.ask(&browser, &old).await;
    assert!(page.has("sign-in-form") && !page.has("step-up-form"));
    let asked = site.password(&browser, &page, &old).await;
    let code = app.code(2);
    let mfa = site.at("/mfa", &old);
    let done = browser.submit(&asked, &mfa, &[("code", &code)]).await;
    assert_eq!(site.told(&done).await, level(FOUR, &["pwd", "otp", "mfa"]));
    // A page that was open meanwhile does not go on from a session that has become too old.
    let page = site.ask(&browser, &[("prompt", "login")]).await;
    assert!(page.has("sign-in-form"));
}

#[tokio::test]
async fn the_client_is_told_what_cannot_be_reached_or_asked() {
    let site = Site::start(json!({}), json!({})).await;
    let browser = site.browser();
    site.sign_in(&browser).await;
    let refused = site.authorize(&browser, &wants(FOUR)).await;
    assert_eq!(error(&refused), "invalid_request", "{}", refused.location());
    let silently = [("acr_values", THREE), ("prompt", "none")];
    let refused = site.authorize(&browser, &silently).await;
    assert_eq!(error(&refused), "login_required");
    // What is no level of the pool is passed over.
    let done = site.authorize(&browser, &wants("mfa Level4")).await;
    assert_eq!(site.told(&done).await, NOTHING);
    // The first that can be reached counts.
    let both = format!("{FOUR} {ONE}");
    let done = site.authorize(&browser, &wants(&both)).await;
    assert_eq!(site.told(&done).await, level(ONE, &["pwd"]));
}

#[tokio::test]
async fn a_step_up_belongs_to_the_browser_that_is_signed_in() {
    let site = Site::start(json!({}), json!({})).await;
    let app = site.world.with_app().await;
    let browser = site.browser();
    site.sign_in(&browser).await;
    let page = site.ask(&browser, &wants(FOUR)).await;
    let login = site.at("/login", &wants(FOUR));
    // Another site's form, and another browser with a copy of the page's state.
    let state = page.hidden("state");
    let forged = browser.post(&login, &[("state", &state)]).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
    let stranger = site.browser();
    let theirs = stranger.get(&login).await;
    let token = theirs.hidden("_csrf");
    let fields = [("state", state.as_str()), ("_csrf", &token)];
    let copied = stranger.post(&login, &fields).await;
    assert!(copied.has("sign-in-form"), "{}", copied.html);
    // Somebody who signed out meanwhile signs in again.
    let asked = browser.submit(&page, &login, &[]).await;
    assert!(asked.has("code-form"));
    let out = "https://app.example.com/goodbye";
    let urls = json!({
        "UserPoolId": site.world.pool, "ClientId": site.client, "LogoutURLs": [out], "CallbackURLs": [CALLBACK],
        "AllowedOAuthFlowsUserPoolClient": true, "AllowedOAuthFlows": ["code"],
        "AllowedOAuthScopes": ["openid", "email"], "SupportedIdentityProviders": ["COGNITO"],
    });
    site.world.server.ok("UpdateUserPoolClient", urls).await;
    let path = format!("/logout?client_id={}&logout_uri={out}", site.client);
    assert_eq!(browser.get(&path).await.location(), out);
    let page = site.ask(&browser, &wants(FOUR)).await;
    assert!(page.has("sign-in-form"));
    // A user who was switched off gets no further.
    let input = json!({ "UserPoolId": site.world.pool, "Username": "alice" });
    site.world.server.ok("AdminDisableUser", input).await;
    let code = app.code(1);
    let mfa = site.at("/mfa", &wants(FOUR));
    let refused = browser.submit(&asked, &mfa, &[("code", &code)]).await;
    assert_eq!(refused.status, StatusCode::OK);
    assert!(refused.has("sign-in-form"), "{}", refused.html);
}

#[tokio::test]
async fn who_may_choose_is_offered_what_leads_there() {
    let flows = json!({ "ExplicitAuthFlows": ["ALLOW_USER_AUTH"] });
    let site = Site::start(json!({}), flows).await;
    let browser = site.browser();
    let page = site.ask(&browser, &wants(THREE)).await;
    let login = site.at("/login", &wants(THREE));
    let named = [("username", "alice")];
    let choices = browser.submit(&page, &login, &named).await;
    assert!(!choices.has("choose-EMAIL_OTP"), "{}", choices.html);
    assert!(choices.has("choose-PASSWORD"));
    let picked = [("answer", "PASSWORD")];
    let password = browser.submit(&choices, &login, &picked).await;
    let typed = [("password", PASSWORD)];
    let codes = browser.submit(&password, &login, &typed).await;
    assert!(codes.has("choose-EMAIL_OTP"), "{}", codes.html);
    let mfa = site.at("/mfa", &wants(THREE));
    let sent = browser
        .submit(&codes, &mfa, &[("answer", "EMAIL_OTP")])
        .await;
    let code = site.world.server.code("alice@example.com").await;
    let done = browser.submit(&sent, &mfa, &[("code", &code)]).await;
    let expected = level(THREE, &["pwd", "email_otp", "mfa"]);
    assert_eq!(site.told(&done).await, expected);
}

#[tokio::test]
async fn the_cheapest_plan_passes_over_levels() {
    let world = World::start(json!({})).await;
    let pool = world.server.pool(json!({ "UserPoolTier": "LITE" })).await;
    world.server.user(&pool, "alice", &[]).await;
    let client = web_client(&world.server, &pool, json!({})).await;
    let site = Site { world, client };
    let browser = site.browser();
    let page = site.ask(&browser, &wants(FOUR)).await;
    let done = site.password(&browser, &page, &wants(FOUR)).await;
    assert_eq!(site.told(&done).await, NOTHING);
}
