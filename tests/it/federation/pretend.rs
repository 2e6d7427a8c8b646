//! The pretend providers: whole walks for each kind, who is remembered, and what the page refuses.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{Browser, Federated, field, google, location, oidc, parameters, told};
use crate::support::{Server, attribute, claims, text, with_password};

const ANN: &[(&str, &str)] = &[("email", "ann@example.com"), ("name", "Ann Lee")];

fn social(name: &str, details: Value) -> Value {
    json!({
        "ProviderName": name,
        "ProviderType": name,
        "ProviderDetails": details,
        "AttributeMapping": { "email": "email", "name": "name" },
    })
}

#[tokio::test]
async fn a_tester_comes_back_as_a_google_user() {
    let server = Server::start().await;
    let world = Federated::google(&server).await;
    let tokens = world.sign_in(ANN).await;
    let said = claims(&tokens["id_token"]);
    let username = text(&said["cognito:username"]);
    let digits = username.strip_prefix("Google_").unwrap();
    assert!(
        digits.len() == 21 && digits.bytes().all(|b| b.is_ascii_digit()),
        "{username}"
    );
    assert_eq!(said["email"], "ann@example.com");
    assert_eq!(said["name"], "Ann Lee");
    let identity = &said["identities"][0];
    assert_eq!(identity["userId"], digits);
    assert_eq!(identity["providerName"], "Google");
    assert_eq!(identity["primary"], "true");

    // The same address is the same person, whoever asks.
    assert_eq!(world.id_claims(ANN).await["sub"], said["sub"]);
    let other = world.id_claims(&[("email", "bob@example.com")]).await;
    assert_ne!(other["sub"], said["sub"]);
    // Refreshing works as for everybody.
    assert!(tokens["refresh_token"].is_string());
}

#[tokio::test]
async fn every_social_network_has_its_own_forms() {
    let server = Server::start().await;
    let secret = json!({ "client_id": "x", "client_secret": "y", "authorize_scopes": "email" });
    for (name, details, form) in [
        ("Facebook", secret.clone(), "Facebook_"),
        ("LoginWithAmazon", secret, "LoginWithAmazon_amzn1.account."),
        (
            "SignInWithApple",
            json!({ "client_id": "x", "team_id": "T", "key_id": "K", "private_key": "none", "authorize_scopes": "email name" }),
            "SignInWithApple_00",
        ),
    ] {
        let pool = server.pool(json!({})).await;
        let world = Federated::with(&server, pool, social(name, details)).await;
        let mut browser = Browser::new(&server);
        let provider = world.begin(&mut browser).await;
        let page = browser.get(&provider).await;
        let request = field(&page, "request");
        let mut form_fields = vec![("request", request.as_str())];
        form_fields.extend(ANN);
        let answered = browser.post(&provider, &form_fields).await;
        let back = if name == "SignInWithApple" {
            // Apple answers by a form of its own page, without the cookies of ours.
            let fields =
                ["code", "user", "state"].map(|name| (name, unescaped(&field(&answered, name))));
            let fields: Vec<(&str, &str)> = fields
                .iter()
                .map(|(name, value)| (*name, value.as_str()))
                .collect();
            let mut apples = Browser::new(&server);
            let once_more = apples.post("/oauth2/idpresponse", &fields).await;
            assert_eq!(once_more.status, StatusCode::SEE_OTHER);
            location(&once_more)
        } else {
            location(&answered)
        };
        let tokens = world.tokens(&browser.get(&back).await).await;
        let said = claims(&tokens["id_token"]);
        assert!(text(&said["cognito:username"]).starts_with(form), "{said}");
        assert_eq!(said["email"], "ann@example.com", "{name}");
        assert_eq!(said["name"], "Ann Lee", "{name}");
        assert_eq!(said["identities"][0]["providerType"], name);
    }
}

fn unescaped(text: &str) -> String {
    text.replace("&#34;", "\"").replace("&quot;", "\"")
}

#[tokio::test]
async fn a_providers_at_a_reserved_address_is_pretended_and_has_the_testers_claims() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let mut corp = oidc("R+D/1", "https://idp.example.com", json!({}));
    corp["AttributeMapping"] = json!({ "email": "email", "nickname": "department" });
    let world = Federated::with(&server, pool, corp).await;
    let said = world
        .id_claims(&[
            ("email", "ann@example.com"),
            ("id", "u-1"),
            (
                "claims",
                r#"{"department": ["a", "b"], "iss": "https://evil.test", "sub": "u-2"}"#,
            ),
        ])
        .await;
    assert_eq!(said["cognito:username"], "R+D/1_u-1");
    assert_eq!(said["nickname"], "[a, b]");
}

#[tokio::test]
async fn people_are_remembered_and_can_be_picked() {
    let server = Server::start().await;
    let world = Federated::google(&server).await;
    let first = world.id_claims(ANN).await;
    let mut browser = Browser::new(&server);
    let provider = world.begin(&mut browser).await;
    let page = browser.get(&provider).await;
    let shown = String::from_utf8(page.body.clone()).unwrap();
    assert!(
        shown.contains("Ann Lee") && shown.contains("ann@example.com"),
        "{shown}"
    );
    let (request, subject) = (field(&page, "request"), field(&page, "subject"));
    let answered = browser
        .post(&provider, &[("request", &request), ("subject", &subject)])
        .await;
    let tokens = world.tokens(&browser.get(&location(&answered)).await).await;
    assert_eq!(claims(&tokens["id_token"])["sub"], first["sub"]);

    // Nobody else's provider knows them.
    let other = Federated::google(&server).await;
    let mut browser = Browser::new(&server);
    let provider = other.begin(&mut browser).await;
    let page = browser.get(&provider).await;
    assert!(
        !String::from_utf8(page.body.clone())
            .unwrap()
            .contains("ann@example.com")
    );
    let request = field(&page, "request");
    let answered = browser
        .post(&provider, &[("request", &request), ("subject", &subject)])
        .await;
    assert_eq!(answered.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn markup_in_claims_is_shown_as_text_and_kept_as_it_is() {
    let server = Server::start().await;
    let world = Federated::google(&server).await;
    let name = "<script>alert(1)</script>\"'&";
    let said = world
        .id_claims(&[("email", "ann@example.com"), ("name", name)])
        .await;
    assert_eq!(said["name"], name);
    let mut browser = Browser::new(&server);
    let provider = world.begin(&mut browser).await;
    let hinted = format!("{provider}&login_hint=%22%3E%3Cb%3E");
    for url in [provider, hinted] {
        let page = browser.get(&url).await;
        let shown = String::from_utf8(page.body.clone()).unwrap();
        assert!(
            !shown.contains("<script>alert") && !shown.contains("<b>"),
            "{shown}"
        );
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none';"), "{policy}");
    }
}

#[tokio::test]
async fn the_page_asks_again_for_what_cannot_be_a_person() {
    let server = Server::start().await;
    let world = Federated::google(&server).await;
    let mut browser = Browser::new(&server);
    let provider = world.begin(&mut browser).await;
    let request = field(&browser.get(&provider).await, "request");
    for (fields, reason) in [
        (&[("email", "nobody")][..], "Type an e-mail address"),
        (&[], "Type an e-mail address"),
        (
            &[("email", "a@b.c"), ("claims", "[]")],
            "The claims must be a JSON object.",
        ),
        (
            &[("email", "a@b.c"), ("claims", "{")],
            "The claims must be a JSON object.",
        ),
        (&[("email", "a@b.c"), ("id", "a b")], "An id has no spaces."),
        (
            &[("subject", "gone")],
            "This person is not remembered any more.",
        ),
    ] {
        let mut form = vec![("request", request.as_str())];
        form.extend(fields);
        let page = browser.post(&provider, &form).await;
        let shown = String::from_utf8(page.body.clone()).unwrap();
        assert_eq!(page.status, StatusCode::BAD_REQUEST);
        assert!(shown.contains(reason), "{shown}");
    }
    // A form that is none of the page's own, or another provider's.
    let other = Federated::google(&server).await;
    let elsewhere = other.begin(&mut browser).await;
    let foreign = field(&browser.get(&elsewhere).await, "request");
    for wrong in ["", "x", foreign.as_str()] {
        let page = browser
            .post(&provider, &[("request", wrong), ("email", "a@b.c")])
            .await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST);
    }
    let cancelled = browser
        .post(&provider, &[("request", &request), ("cancel", "1")])
        .await;
    assert_eq!(
        told(&browser.get(&location(&cancelled)).await),
        "access_denied: User did not authenticate"
    );
}

#[tokio::test]
async fn the_provider_answers_its_own_client_and_sends_people_nowhere_else() {
    let server = Server::start().await;
    let world = Federated::google(&server).await;
    let mut browser = Browser::new(&server);
    let good = world.begin(&mut browser).await;
    let home = "redirect_uri=http%3A%2F%2Flocalhost%3A9339%2Foauth2%2Fidpresponse";
    assert!(good.contains(home), "{good}");
    for (right, wrong) in [
        (
            home,
            "redirect_uri=https%3A%2F%2Fevil.test%2Foauth2%2Fidpresponse",
        ),
        (
            home,
            "redirect_uri=http%3A%2F%2Flocalhost%3A9339%2Fcallback",
        ),
        (
            home,
            "redirect_uri=http%3A%2F%2Flocalhost%40evil.com%2Foauth2%2Fidpresponse",
        ),
        (
            home,
            "redirect_uri=http%3A%2F%2Fevil.com%2Foauth2%2Fidpresponse",
        ),
        (home, "redirect_uri=javascript%3Aalert(1)"),
        (home, "x=1"),
        ("client_id=g-id", "client_id=other"),
        ("response_type=code", "response_type=token"),
        ("code_challenge_method=S256", "code_challenge_method=plain"),
        ("client_id=g-id", "client_id=g-id&client_id=g-id"),
    ] {
        let page = browser.get(&good.replace(right, wrong)).await;
        let page_is_refused = page.status == StatusCode::BAD_REQUEST;
        assert!(page_is_refused || wrong.contains("evil.test"), "{wrong}");
    }
    for nobody in [
        good.replace("/Google/", "/Nobody/"),
        good.replace(&world.pool, "us-east-1_Nobody"),
    ] {
        assert_eq!(browser.get(&nobody).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn real_providers_have_no_pretend_pages() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let mut own = google();
    own["ProviderDetails"]["authorize_url"] = json!("http://localhost:8080/authorize");
    own["ProviderDetails"]["oidc_issuer"] = json!("http://localhost:8080");
    let world = Federated::with(&server, pool, own).await;
    let page = format!("/_mocknito/providers/{}/Google/authorize", world.pool);
    assert_eq!(server.get(&page).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_federated_user_has_no_password_to_lose() {
    let server = Server::start().await;
    let world = Federated::google(&server).await;
    let tokens = {
        let mut browser = Browser::new(&server);
        let start = format!(
            "{}+aws.cognito.signin.user.admin",
            world
                .start()
                .replace("&state", "&x")
                .replace("&x=app-state", "")
        );
        let start = start.replace(
            "&identity_provider=Google+aws.cognito.signin.user.admin",
            "&state=app-state&identity_provider=Google",
        );
        let start = start.replace(
            "scope=openid+email+profile",
            "scope=openid+aws.cognito.signin.user.admin",
        );
        let provider = location(&browser.get(&start).await);
        let request = field(&browser.get(&provider).await, "request");
        let form = [
            ("request", request.as_str()),
            ("email", "ann@example.com"),
            ("id", "1234"),
        ];
        let answered = browser.post(&provider, &form).await;
        world.tokens(&browser.get(&location(&answered)).await).await
    };
    let named = json!({ "UserPoolId": world.pool, "Username": "Google_1234" });
    assert_eq!(
        server.refused("AdminResetUserPassword", named).await,
        "NotAuthorizedException: User password cannot be reset in the current state."
    );
    assert_eq!(
        server
            .refused(
                "InitiateAuth",
                with_password(&world.client, "Google_1234", "Passw0rd!")
            )
            .await,
        "NotAuthorizedException: Incorrect username or password."
    );
    assert_eq!(
        server
            .refused(
                "ForgotPassword",
                json!({ "ClientId": world.client, "Username": "Google_1234" })
            )
            .await,
        "NotAuthorizedException: User password cannot be reset in the current state."
    );
    for input in [
        json!({ "AccessToken": tokens["access_token"], "ProposedPassword": "N3w-passw0rd" }),
        json!({ "AccessToken": tokens["access_token"], "ProposedPassword": "N3w-passw0rd", "PreviousPassword": "Passw0rd!" }),
    ] {
        assert_eq!(
            server.refused("ChangePassword", input).await,
            "NotAuthorizedException: Incorrect username or password."
        );
    }
    // The user itself is there, with the access token that it has.
    let user = server
        .ok("GetUser", json!({ "AccessToken": tokens["access_token"] }))
        .await;
    assert_eq!(user["Username"], "Google_1234");
    assert!(
        attribute(&user["UserAttributes"], "identities")
            .unwrap()
            .contains("1234")
    );
    // An administrator may give it a password: it is a user like others then, and still comes by
    // Google, too.
    server
        .ok(
            "AdminSetUserPassword",
            json!({ "UserPoolId": world.pool, "Username": "Google_1234", "Password": "Passw0rd!", "Permanent": true }),
        )
        .await;
    let again = world
        .id_claims(&[("email", "ann@example.com"), ("id", "1234")])
        .await;
    assert_eq!(again["sub"], claims(&tokens["access_token"])["sub"]);
}

#[tokio::test]
async fn an_address_that_somebody_has_is_no_reason_to_refuse_somebody_else() {
    let server = Server::start().await;
    let pool = server
        .pool(json!({ "UsernameAttributes": ["email"] }))
        .await;
    let world = Federated::with(&server, pool, google()).await;
    let local = server.user(&world.pool, "ann@example.com", &[]).await;
    let said = world.id_claims(ANN).await;
    assert_ne!(said["sub"], json!(local));
    assert!(text(&said["cognito:username"]).starts_with("Google_"));
    // By the address the pool's own user is found, as before.
    assert_eq!(server.sub_of(&world.pool, "ann@example.com").await, local);
}

#[tokio::test]
async fn pools_that_fold_names_keep_federated_names_folded() {
    let server = Server::start().await;
    let pool = server
        .pool(json!({ "UsernameConfiguration": { "CaseSensitive": false } }))
        .await;
    let world = Federated::with(&server, pool, google()).await;
    let said = world
        .id_claims(&[("email", "ann@example.com"), ("id", "AbC")])
        .await;
    assert_eq!(said["cognito:username"], "google_abc");
    assert_eq!(said["identities"][0]["userId"], "AbC");
    // The provider's ids count letter by letter: another one is another person, whose name is
    // taken.
    assert_eq!(
        world
            .refusal(&[("email", "abc@example.com"), ("id", "aBc")])
            .await,
        "invalid_request: Already found an entry for username google_abc"
    );
}

#[tokio::test]
async fn the_pretend_endpoints_answer_other_programs_too() {
    let server = Server::start().await;
    let world = Federated::google(&server).await;
    let base = format!("/_mocknito/providers/{}/Google", world.pool);
    let published = server
        .get(&format!("{base}/.well-known/openid-configuration"))
        .await
        .json();
    assert_eq!(published["issuer"], "https://accounts.google.com");
    assert_eq!(
        published["jwks_uri"],
        json!(format!("http://localhost:9339{base}/jwks.json"))
    );
    let keys = server.get(&format!("{base}/jwks.json")).await.json();
    assert_eq!(keys["keys"][0]["alg"], "RS256");
    assert_eq!(
        server.get(&format!("{base}/userinfo")).await.status,
        StatusCode::UNAUTHORIZED
    );

    let mut browser = Browser::new(&server);
    let provider = world.begin(&mut browser).await;
    let request = field(&browser.get(&provider).await, "request");
    let form = [("request", request.as_str()), ("email", "ann@example.com")];
    let back = parameters(&location(&browser.post(&provider, &form).await));
    let redeem = async |secret: &str, code: &str| {
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", "g-id"),
            ("client_secret", secret),
            ("redirect_uri", "http://localhost:9339/oauth2/idpresponse"),
            ("code", code),
        ];
        let reply = Browser::new(&server)
            .post(&format!("{base}/token"), &form)
            .await;
        text(&reply.json()["error"])
    };
    assert_eq!(redeem("wrong", &back["code"]).await, "invalid_client");
    assert_eq!(redeem("g-secret", "x").await, "invalid_grant");
    // Right in everything but the verifier, which only the round has.
    assert_eq!(redeem("g-secret", &back["code"]).await, "invalid_grant");
}

#[tokio::test]
async fn a_federated_user_gets_no_code_to_sign_in_with() {
    let server = Server::start().await;
    let pool = server
        .pool(json!({ "Policies": { "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"] } } }))
        .await;
    let world = Federated::with(&server, pool, google()).await;
    let settings = json!({ "ExplicitAuthFlows": ["ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"] });
    let client = server.client_id(&world.pool, settings).await;
    world
        .id_claims(&[("email", "ann@example.com"), ("id", "1234")])
        .await;
    let input = json!({
        "AuthFlow": "USER_AUTH",
        "ClientId": client,
        "AuthParameters": { "USERNAME": "Google_1234", "PREFERRED_CHALLENGE": "EMAIL_OTP" },
    });
    server
        .refuses_as("InitiateAuth", input, "NoFirstFactor")
        .await;
    assert_eq!(server.inbox("to=ann@example.com").await, [] as [Value; 0]);
}

#[tokio::test]
async fn a_providers_word_is_a_way_of_its_own_and_of_the_lowest_level() {
    let server = Server::start().await;
    let pool = server
        .pool(json!({ "AcrConfiguration": { "Level1": { "AcrValue": "weak" } } }))
        .await;
    let world = Federated::with(&server, pool, google()).await;
    let said = world.id_claims(ANN).await;
    assert_eq!(said["acr"], "weak");
    assert_eq!(said["amr"], json!(["fed"]));
}
