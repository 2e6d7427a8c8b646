//! The round trip itself: whose state, which browser, once, in time, and back to nobody else.

use std::time::Duration;

use axum::http::StatusCode;
use serde_json::json;

use super::{Browser, CALLBACK, Federated, application, google, location, oidc, parameters, told};
use crate::support::{Reply, Server, altered, text};

/// The way back from the pretend provider, not gone yet.
async fn way_back(world: &Federated<'_>, browser: &mut Browser<'_>) -> String {
    let provider = world.begin(browser).await;
    let page = browser.get(&provider).await;
    let request = super::field(&page, "request");
    let form = [("request", request.as_str()), ("email", "ann@example.com")];
    location(&browser.post(&provider, &form).await)
}

/// A page that sends the browser nowhere and signs nobody in.
#[track_caller]
fn assert_ends_here(reply: &Reply) {
    let page = String::from_utf8_lossy(&reply.body);
    assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{page}");
    assert!(reply.headers.get("location").is_none());
    assert!(reply.headers.get("set-cookie").is_none());
    assert!(
        page.contains("invalid_request") && !page.contains(CALLBACK),
        "{page}"
    );
}

#[tokio::test]
async fn a_state_is_good_for_one_way_back() {
    let server = Server::start().await;
    let world = Federated::google(&server).await;
    let mut browser = Browser::new(&server);
    let back = way_back(&world, &mut browser).await;
    world.tokens(&browser.get(&back).await).await;
    assert_ends_here(&browser.get(&back).await);
}

#[tokio::test]
async fn an_answer_that_is_refused_leaves_the_round_to_the_right_one() {
    let server = Server::start().await;
    let world = Federated::google(&server).await;
    let mut browser = Browser::new(&server);
    let back = way_back(&world, &mut browser).await;
    let asked = parameters(&back);
    let state = &asked["state"];
    for (wrong, reason) in [
        (format!("code=made-up&state={state}"), "invalid_request"),
        (
            format!("error=access_denied&state={state}"),
            "access_denied",
        ),
        (format!("state={state}"), "invalid_request"),
    ] {
        let told = told(&browser.get(&format!("/oauth2/idpresponse?{wrong}")).await);
        assert!(told.starts_with(reason), "{told}");
    }
    world.tokens(&browser.get(&back).await).await;
    assert_ends_here(&browser.get(&back).await);
}

#[tokio::test]
async fn another_browser_cannot_come_back_with_it() {
    let server = Server::start().await;
    let world = Federated::google(&server).await;
    let mut browser = Browser::new(&server);
    let back = way_back(&world, &mut browser).await;
    // Neither one without a cookie nor one with a round of its own.
    let mut other = Browser::new(&server);
    assert_ends_here(&other.get(&back).await);
    world.begin(&mut other).await;
    assert_ends_here(&other.get(&back).await);
    // Its own browser still can.
    world.tokens(&browser.get(&back).await).await;
}

#[tokio::test]
async fn two_rounds_of_one_browser_do_not_disturb_each_other() {
    let server = Server::start().await;
    let world = Federated::google(&server).await;
    let mut browser = Browser::new(&server);
    let first = way_back(&world, &mut browser).await;
    let second = way_back(&world, &mut browser).await;
    world.tokens(&browser.get(&first).await).await;
    world.tokens(&browser.get(&second).await).await;
}

#[tokio::test]
async fn what_was_not_sealed_here_or_is_too_old_ends_here() {
    let server = Server::start().await;
    let world = Federated::google(&server).await;
    let mut browser = Browser::new(&server);
    let back = way_back(&world, &mut browser).await;
    let asked = parameters(&back);
    let (code, state) = (&asked["code"], &asked["state"]);
    let forged = text(&altered(&json!(state)));
    for wrong in [
        format!("/oauth2/idpresponse?code={code}"),
        format!("/oauth2/idpresponse?code={code}&state="),
        format!("/oauth2/idpresponse?code={code}&state=app-state"),
        format!("/oauth2/idpresponse?code={code}&state={forged}"),
        // What is sealed for something else is no state.
        format!("/oauth2/idpresponse?code={code}&state={code}"),
        format!("/oauth2/idpresponse?code={code}&state={state}&state={state}"),
        format!("/oauth2/idpresponse?error={}", "x".repeat(40_000)),
    ] {
        assert_ends_here(&browser.get(&wrong).await);
    }
    server.advance(Duration::from_secs(300));
    assert_ends_here(&browser.get(&back).await);
}

#[tokio::test]
async fn a_code_of_another_round_is_refused() {
    let server = Server::start().await;
    let world = Federated::google(&server).await;
    let mut browser = Browser::new(&server);
    let first = parameters(&way_back(&world, &mut browser).await);
    let second = parameters(&way_back(&world, &mut browser).await);
    let mixed = format!(
        "/oauth2/idpresponse?code={}&state={}",
        first["code"], second["state"]
    );
    // The verifier is the round's own.
    assert_eq!(
        told(&browser.get(&mixed).await),
        "invalid_request: The code was given for another request."
    );
}

#[tokio::test]
async fn a_providers_refusal_reaches_the_application() {
    let server = Server::start().await;
    let world = Federated::google(&server).await;
    let mut browser = Browser::new(&server);
    let state = parameters(&world.begin(&mut browser).await)["state"].clone();
    let refused = format!(
        "/oauth2/idpresponse?error=access_denied&error_description=User+did+not+authenticate&state={state}"
    );
    assert_eq!(
        told(&browser.get(&refused).await),
        "access_denied: User did not authenticate"
    );
    // A stranger's words stay words, and his.
    let state = parameters(&world.begin(&mut browser).await)["state"].clone();
    let odd = format!("/oauth2/idpresponse?error=%3Cscript%3E%0D%0Aset-cookie&state={state}");
    assert_eq!(told(&browser.get(&odd).await), "<script>\r\nset-cookie: ");
    // A provider that says it is another one (RFC 9207).
    let state = parameters(&world.begin(&mut browser).await)["state"].clone();
    let mixed = format!("/oauth2/idpresponse?code=x&iss=https%3A%2F%2Fevil.test&state={state}");
    assert_eq!(
        told(&browser.get(&mixed).await),
        "invalid_request: Bad id_token issuer https://evil.test"
    );
    let state = parameters(&world.begin(&mut browser).await)["state"].clone();
    assert_eq!(
        told(
            &browser
                .get(&format!("/oauth2/idpresponse?state={state}"))
                .await
        ),
        "invalid_request: The identity provider's answer is not understood: there is no code"
    );
}

#[tokio::test]
async fn only_the_clients_own_providers_let_its_users_in() {
    let server = Server::start().await;
    let world = Federated::google(&server).await;
    let other = server.pool(json!({})).await;
    let mut foreign = oidc("Foreign", "https://idp.example.com", json!({}));
    foreign["UserPoolId"] = json!(other);
    server.ok("CreateIdentityProvider", foreign).await;
    let mut unused = oidc("Unused", "https://idp.example.com", json!({}));
    unused["UserPoolId"] = json!(world.pool);
    unused["IdpIdentifiers"] = json!(["unused.example"]);
    server.ok("CreateIdentityProvider", unused).await;
    let start = |more: &str| world.start().replace("identity_provider=Google", more);
    for more in [
        "identity_provider=Foreign",
        "identity_provider=Unused",
        "identity_provider=google",
        "idp_identifier=nobody.example",
    ] {
        let mut browser = Browser::new(&server);
        let refused = told(&browser.get(&start(more)).await);
        assert!(
            refused.starts_with("invalid_request: "),
            "{more}: {refused}"
        );
    }
    let mut browser = Browser::new(&server);
    let unused = start("idp_identifier=unused.example");
    assert_eq!(
        told(&browser.get(&unused).await),
        "invalid_request: The identity provider Unused is not enabled for this client"
    );
}

#[tokio::test]
async fn a_provider_is_found_by_its_identifier_and_a_clients_only_one_without_asking() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let mut settings = google();
    settings["IdpIdentifiers"] = json!(["example.com"]);
    let world = Federated::with(&server, pool, settings).await;
    let at_google = format!(
        "http://localhost:9339/_mocknito/providers/{}/Google/authorize?",
        world.pool
    );
    let mut browser = Browser::new(&server);
    let start = world
        .start()
        .replace("identity_provider=Google", "idp_identifier=example.com");
    assert!(location(&browser.get(&start).await).starts_with(&at_google));
    let client = server
        .client_id(&world.pool, application(&["Google"]))
        .await;
    let only = world
        .start()
        .replace(&world.client, &client)
        .replace("&identity_provider=Google", "");
    assert!(location(&browser.get(&only).await).starts_with(&at_google));
    // With a directory of its own the client's users choose.
    let choose = world.start().replace("&identity_provider=Google", "");
    assert!(location(&browser.get(&choose).await).starts_with("/login?"));
}

#[tokio::test]
async fn what_changed_during_the_round_counts() {
    let server = Server::start().await;
    let world = Federated::google(&server).await;
    let mut browser = Browser::new(&server);
    let back = way_back(&world, &mut browser).await;
    let mut settings = application(&["COGNITO"]);
    settings["UserPoolId"] = json!(world.pool);
    settings["ClientId"] = json!(world.client);
    server.ok("UpdateUserPoolClient", settings).await;
    assert!(told(&browser.get(&back).await).starts_with("invalid_request: "));
    let users = server
        .ok("ListUsers", json!({ "UserPoolId": world.pool }))
        .await;
    assert_eq!(users["Users"], json!([]));
}

#[tokio::test]
async fn prompt_none_sends_nobody_to_a_provider() {
    let server = Server::start().await;
    let world = Federated::google(&server).await;
    let mut browser = Browser::new(&server);
    let start = format!("{}&prompt=none", world.start());
    assert_eq!(told(&browser.get(&start).await), "login_required: ");
    // Who came by a provider has a session like everybody else.
    world
        .walk(&mut browser, &[("email", "ann@example.com")])
        .await;
    world.tokens(&browser.get(&start).await).await;
}
