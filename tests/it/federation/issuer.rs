//! A real OIDC provider, over HTTP: what it is asked, what is made of its answers, and which of
//! them are refused.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mocknito::keys::SigningKey;
use serde_json::{Value, json};

use super::provider::Provider;
use super::{Browser, Federated, location, oidc, parameters, told};
use crate::support::{Reply, START, Server, amend, attribute, claims, merge};

pub async fn world<'s>(server: &'s Server, provider: &Provider, details: Value) -> Federated<'s> {
    let pool = server.pool(json!({})).await;
    Federated::with(server, pool, oidc("Corp", &provider.issuer, details)).await
}

/// A sign-in whose ID token says this beside what a good one says; null takes a claim away.
pub async fn come_back(world: &Federated<'_>, provider: &Provider, more: Value) -> Reply {
    let mut browser = Browser::new(world.server);
    let asked = parameters(&world.begin(&mut browser).await);
    let mut claims = provider.claims(&asked["nonce"]);
    amend(&mut claims, more);
    let token = provider.key.sign(&claims).unwrap();
    provider.plan(|plan| {
        plan.id_token = Some(token);
        if plan.user_info.is_none() {
            plan.user_info = Some(json!({ "sub": claims["sub"], "name": "Ann Lee" }));
        }
    });
    browser.get(&way_back(&asked["state"])).await
}

pub fn way_back(state: &str) -> String {
    format!("/oauth2/idpresponse?code=c-1&state={state}")
}

#[tokio::test]
async fn the_round_trips_nonce_is_in_the_id_token_of_an_application_without_its_own() {
    let server = Server::start().await;
    let provider = Provider::start().await;
    let world = world(&server, &provider, json!({})).await;
    for own in [None, Some("app-nonce")] {
        let mut browser = Browser::new(&server);
        let more = own.map_or_else(String::new, |own| format!("&nonce={own}"));
        let start = format!("{}{more}", world.start());
        let asked = parameters(&location(&browser.get(&start).await));
        // Made for the trip, and as long as AWS's.
        assert_eq!(asked["nonce"].len(), 171);
        let token = provider
            .key
            .sign(&provider.claims(&asked["nonce"]))
            .unwrap();
        provider.plan(|plan| {
            plan.id_token = Some(token);
            plan.user_info = Some(json!({ "sub": "u-1", "name": "Ann Lee" }));
        });
        let back = browser.get(&way_back(&asked["state"])).await;
        let tokens = world.tokens(&back).await;
        let expected = own.unwrap_or(&asked["nonce"]);
        assert_eq!(claims(&tokens["id_token"])["nonce"], expected);

        // What is served from the session that is there now has none.
        let start = world.start();
        let (again, _) = start.split_once("&identity_provider").unwrap();
        let tokens = world.tokens(&browser.get(again).await).await;
        assert!(claims(&tokens["id_token"])["nonce"].is_null());
    }
}

#[tokio::test]
async fn somebody_from_a_providers_signs_in_and_every_endpoint_is_asked_as_it_wants() {
    let server = Server::start().await;
    let provider = Provider::start().await;
    let world = world(&server, &provider, json!({})).await;
    let mut browser = Browser::new(&server);
    let start = format!(
        "{}&login_hint=ann%40example.com&prompt=login",
        world.start()
    );
    let url = location(&browser.get(&start).await);
    assert!(
        url.starts_with(&format!("{}/authorize?", provider.issuer)),
        "{url}"
    );
    let asked = parameters(&url);
    for (name, value) in [
        ("client_id", "o-id"),
        ("redirect_uri", "http://localhost:9339/oauth2/idpresponse"),
        ("response_type", "code"),
        ("scope", "openid email"),
        ("code_challenge_method", "S256"),
        ("login_hint", "ann@example.com"),
        ("prompt", "login"),
    ] {
        assert_eq!(asked[name], value, "{name}");
    }
    // The application's own state is nobody else's business.
    assert!(!url.contains("app-state"));
    let token = provider
        .key
        .sign(&provider.claims(&asked["nonce"]))
        .unwrap();
    provider.plan(|plan| {
        plan.id_token = Some(token);
        plan.user_info = Some(json!({ "sub": "u-1", "name": "Ann Lee", "iss": "evil" }));
    });
    let back = browser.get(&way_back(&asked["state"])).await;
    let tokens = world.tokens(&back).await;

    let (form, authorization) = provider.asked();
    let form = parameters(&format!("?{form}"));
    assert_eq!(authorization, None);
    assert_eq!(form["grant_type"], "authorization_code");
    assert_eq!(form["code"], "c-1");
    assert_eq!(form["client_secret"], "o-secret");
    assert_eq!(form["redirect_uri"], asked["redirect_uri"]);
    assert_eq!(form["code_verifier"].len(), 43);

    let said = claims(&tokens["id_token"]);
    assert_eq!(said["cognito:username"], "Corp_u-1");
    assert_eq!(said["email"], "ann@example.com");
    assert_eq!(said["email_verified"], false);
    assert_eq!(said["name"], "Ann Lee");
    assert_eq!(said["identities"][0]["userId"], "u-1");
    assert_eq!(said["identities"][0]["providerType"], "OIDC");
    assert_eq!(claims(&tokens["access_token"])["username"], "Corp_u-1");

    let user = server.described_user(&world.pool, "Corp_u-1").await;
    assert_eq!(user["UserStatus"], "EXTERNAL_PROVIDER");
    assert_eq!(user["Enabled"], true);
    let groups = server
        .ok(
            "AdminListGroupsForUser",
            json!({ "UserPoolId": world.pool, "Username": "Corp_u-1" }),
        )
        .await;
    let group = &groups["Groups"][0];
    assert_eq!(group["GroupName"], json!(format!("{}_Corp", world.pool)));
    assert_eq!(
        group["Description"],
        "Autogenerated group for users who sign in using Corp"
    );
    assert_eq!(said["cognito:groups"], json!([group["GroupName"]]));
}

#[tokio::test]
async fn a_second_sign_in_writes_the_attributes_anew_and_leaves_what_is_not_said() {
    let server = Server::start().await;
    let provider = Provider::start().await;
    let world = world(&server, &provider, json!({})).await;
    let first = world
        .tokens(&come_back(&world, &provider, json!({})).await)
        .await;
    provider.plan(|plan| plan.user_info = Some(json!({ "sub": "u-1", "given_name": "Ann" })));
    let second = come_back(&world, &provider, json!({ "email": "ann@example.org" })).await;
    let second = world.tokens(&second).await;
    let (first, second) = (claims(&first["id_token"]), claims(&second["id_token"]));
    assert_eq!(first["sub"], second["sub"]);
    assert_eq!(second["email"], "ann@example.org");
    assert_eq!(second["name"], "Ann Lee");
    assert!(second.get("given_name").is_none(), "not mapped");
}

#[tokio::test]
async fn what_an_id_token_must_say_it_must_say() {
    let server = Server::start().await;
    let provider = Provider::start().await;
    let world = world(&server, &provider, json!({})).await;
    for (more, reason) in [
        (
            json!({ "iss": "https://evil.test" }),
            "Bad id_token issuer https://evil.test",
        ),
        (json!({ "iss": null }), "Bad id_token issuer"),
        (
            json!({ "aud": "another" }),
            "Bad id_token: it is for another audience",
        ),
        (
            json!({ "aud": null }),
            "Bad id_token: it is for another audience",
        ),
        (
            json!({ "aud": ["o-id", "another"] }),
            "Bad id_token: it does not say which party it was made for",
        ),
        (
            json!({ "aud": ["o-id", "another"], "azp": "another" }),
            "Bad id_token: it was made for another party",
        ),
        (
            json!({ "azp": "another" }),
            "Bad id_token: it was made for another party",
        ),
        (
            json!({ "nonce": "another" }),
            "Bad id_token: its nonce is not the one that was sent",
        ),
        (
            json!({ "nonce": null }),
            "Bad id_token: its nonce is not the one that was sent",
        ),
        (json!({ "exp": START }), "Bad id_token: it has expired"),
        (json!({ "exp": null }), "Bad id_token: it has expired"),
        (json!({ "exp": "never" }), "Bad id_token: it has expired"),
        (
            json!({ "iat": START + 181 }),
            "Bad id_token: it is not valid yet",
        ),
        (json!({ "iat": null }), "Bad id_token: it is not valid yet"),
        (
            json!({ "nbf": START + 181 }),
            "Bad id_token: it is not valid yet",
        ),
        (json!({ "sub": "" }), "Bad id_token: it names nobody"),
        (json!({ "sub": null }), "Bad id_token: it names nobody"),
    ] {
        let back = come_back(&world, &provider, more.clone()).await;
        assert_eq!(told(&back), format!("invalid_request: {reason}"), "{more}");
    }
    // The clocks of others may be ahead by three minutes.
    let good = json!({
        "aud": ["o-id", "another"], "azp": "o-id", "exp": START + 1,
        "iat": START + 180, "nbf": START + 180,
    });
    world
        .tokens(&come_back(&world, &provider, good).await)
        .await;
}

#[tokio::test]
async fn what_the_provider_did_not_sign_is_refused() {
    let server = Server::start().await;
    let provider = Provider::start().await;
    let world = world(&server, &provider, json!({})).await;
    let other = SigningKey::from_pkcs8(include_bytes!("../support/keys/access.pk8")).unwrap();
    let jwk = serde_json::to_value(provider.key.jwk()).unwrap();
    let kid = &jwk["kid"];
    let with_secret = |claims: &Value, secret: &[u8]| {
        let header = json!({ "alg": "HS256", "kid": kid });
        let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let signed = format!("{}.{}", encode(&header), encode(claims));
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let tag = URL_SAFE_NO_PAD.encode(hmac::sign(&key, signed.as_bytes()));
        format!("{signed}.{tag}")
    };
    let modulus = jwk["n"].as_str().unwrap().to_owned();
    type Forge<'f> = Box<dyn Fn(&Value) -> String + 'f>;
    let forgeries: Vec<(&str, Forge<'_>, &str)> = vec![
        (
            "altered claims",
            Box::new(|claims| {
                let good = provider.key.sign(claims).unwrap();
                let mut altered = claims.clone();
                altered["sub"] = json!("u-2");
                let payload = URL_SAFE_NO_PAD.encode(altered.to_string());
                let parts: Vec<&str> = good.split('.').collect();
                format!("{}.{payload}.{}", parts[0], parts[2])
            }),
            "its signature is not the provider's",
        ),
        (
            "another's key",
            Box::new(|claims| other.sign(claims).unwrap()),
            "its signature is not the provider's",
        ),
        (
            "another's key under the provider's name",
            Box::new(|claims| {
                let signed = other.sign(claims).unwrap();
                let rest = signed.split_once('.').unwrap().1;
                let header = json!({ "kid": kid, "alg": "RS256" }).to_string();
                format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header))
            }),
            "its signature is not the provider's",
        ),
        (
            "no signature",
            Box::new(|claims| {
                let token = provider.forged(&json!({ "alg": "none" }), claims);
                format!("{}.", token.rsplit_once('.').unwrap().0)
            }),
            "its algorithm none is not accepted",
        ),
        (
            "the public key as a secret",
            Box::new(|claims| with_secret(claims, modulus.as_bytes())),
            "its signature is not the provider's",
        ),
        (
            "the whole public key as a secret",
            Box::new(|claims| with_secret(claims, jwk.to_string().as_bytes())),
            "its signature is not the provider's",
        ),
        (
            "an empty secret",
            Box::new(|claims| with_secret(claims, b"")),
            "its signature is not the provider's",
        ),
        (
            "no token",
            Box::new(|_| "not.a.token".to_owned()),
            "it is malformed",
        ),
    ];
    for (what, forge, reason) in forgeries {
        let mut browser = Browser::new(&server);
        let asked = parameters(&world.begin(&mut browser).await);
        let token = forge(&provider.claims(&asked["nonce"]));
        provider.plan(|plan| plan.id_token = Some(token));
        let back = browser.get(&way_back(&asked["state"])).await;
        assert_eq!(
            told(&back),
            format!("invalid_request: Bad id_token: {reason}"),
            "{what}"
        );
    }
    let users = server
        .ok("ListUsers", json!({ "UserPoolId": world.pool }))
        .await;
    assert_eq!(users["Users"], json!([]));
}

#[tokio::test]
async fn a_provider_that_answers_otherwise_is_told_to_the_application() {
    let server = Server::start().await;
    let provider = Provider::start().await;
    let world = world(&server, &provider, json!({})).await;

    provider.plan(|plan| plan.user_info = Some(json!({ "sub": "u-2", "name": "Eve" })));
    assert_eq!(
        told(&come_back(&world, &provider, json!({})).await),
        "invalid_request: The identity provider's answer is not understood: the user info is somebody else's"
    );
    provider.plan(|plan| {
        plan.token_status = 400;
        plan.token_answer =
            Some(json!({ "error": "invalid_grant", "error_description": "Too\nlate" }));
    });
    assert_eq!(
        told(&come_back(&world, &provider, json!({})).await),
        "invalid_request: Toolate"
    );
    provider.plan(|plan| {
        plan.token_status = 200;
        plan.token_answer = Some(json!({ "access_token": "at-1" }));
    });
    assert_eq!(
        told(&come_back(&world, &provider, json!({})).await),
        "invalid_request: The identity provider's answer is not understood: there is no id_token"
    );
    // A discovery document that speaks for somebody else.
    provider.plan(|plan| plan.discovery["issuer"] = json!("https://evil.test"));
    let mut browser = Browser::new(&server);
    assert_eq!(
        told(&browser.get(&world.start()).await),
        "invalid_request: The identity provider's answer is not understood: \
         discovery: it is of another issuer, https://evil.test"
    );
}

#[tokio::test]
async fn a_provider_that_is_not_there_is_told_to_the_application() {
    let server = Server::start().await;
    let provider = Provider::start().await;
    // Nobody listens on the discard port.
    let world = world(
        &server,
        &provider,
        json!({ "oidc_issuer": "http://127.0.0.1:9" }),
    )
    .await;
    let mut browser = Browser::new(&server);
    assert_eq!(
        told(&browser.get(&world.start()).await),
        "invalid_request: Unable to contact the identity provider: it cannot be reached"
    );
}

#[tokio::test]
async fn the_secret_goes_where_the_provider_takes_it_and_the_user_info_by_the_chosen_method() {
    let server = Server::start().await;
    let provider = Provider::start().await;
    provider.plan(|plan| {
        plan.discovery["token_endpoint_auth_methods_supported"] = json!(["client_secret_basic"]);
        plan.discovery["code_challenge_methods_supported"] = json!([]);
    });
    let details = json!({ "attributes_request_method": "POST", "client_secret": "s:1 2" });
    let world = world(&server, &provider, details).await;
    world
        .tokens(&come_back(&world, &provider, json!({})).await)
        .await;
    let (form, authorization) = provider.asked();
    // `o-id` and the form-encoded secret.
    let pair = base64::engine::general_purpose::STANDARD.encode("o-id:s%3A1+2");
    assert_eq!(authorization, Some(format!("Basic {pair}")));
    assert!(
        !form.contains("client_secret") && !form.contains("code_verifier"),
        "{form}"
    );
    assert_eq!(provider.info_asked(), ["POST"]);
}

#[tokio::test]
async fn endpoints_that_were_given_are_asked_without_discovery() {
    let server = Server::start().await;
    let provider = Provider::start().await;
    let at = |path: &str| format!("{}{path}", provider.issuer);
    let details = json!({
        "authorize_url": at("/elsewhere?tenant=1"),
        "token_url": at("/token"),
        "jwks_uri": at("/keys"),
    });
    provider.plan(|plan| plan.discovery = json!({}));
    let world = world(&server, &provider, details).await;
    let mut browser = Browser::new(&server);
    let url = world.begin(&mut browser).await;
    assert!(
        url.starts_with(&at("/elsewhere?tenant=1&client_id=o-id&")),
        "{url}"
    );
    // Without an address for it, no user info is asked for.
    let back = come_back(&world, &provider, json!({})).await;
    let said = claims(&world.tokens(&back).await["id_token"]);
    assert_eq!(said["email"], "ann@example.com");
    assert!(said.get("name").is_none() && provider.info_asked().is_empty());
}

#[tokio::test]
async fn claims_become_attributes_by_the_pools_rules() {
    let server = Server::start().await;
    let provider = Provider::start().await;
    let pool = server
        .pool(json!({
            "Schema": [
                { "Name": "email", "AttributeDataType": "String", "Required": true },
                { "Name": "once", "AttributeDataType": "String", "Mutable": false },
                { "Name": "roles", "AttributeDataType": "String", "Mutable": true },
                { "Name": "age", "AttributeDataType": "Number", "Mutable": true },
            ],
        }))
        .await;
    let mut settings = oidc("Corp", &provider.issuer, json!({}));
    settings["AttributeMapping"] = json!({
        "email": "email",
        "email_verified": "email_verified",
        "custom:roles": "roles",
        "custom:age": "age",
        "username": "sub",
    });
    let world = Federated::with(&server, pool, settings).await;
    assert_eq!(
        told(&come_back(&world, &provider, json!({ "email": null })).await),
        "invalid_request: attributes required: [email]"
    );
    assert_eq!(
        told(&come_back(&world, &provider, json!({ "email": "no address" })).await),
        "invalid_request: Invalid email address format."
    );
    assert_eq!(
        told(&come_back(&world, &provider, json!({ "age": "old" })).await),
        "invalid_request: Attributes did not conform to the schema: custom:age: Value is not a number"
    );
    let long = "x".repeat(2049);
    assert_eq!(
        told(&come_back(&world, &provider, json!({ "roles": long })).await),
        "invalid_request: Attributes did not conform to the schema: custom:roles: String attributes cannot have a length of more than 2048"
    );
    let more = json!({ "email_verified": true, "roles": ["a", "b c"], "age": 42 });
    world
        .tokens(&come_back(&world, &provider, more).await)
        .await;
    let user = server.described_user(&world.pool, "Corp_u-1").await;
    let list = &user["UserAttributes"];
    for (name, value) in [
        ("email_verified", "true"),
        ("custom:roles", "[a, b+c]"),
        ("custom:age", "42"),
    ] {
        assert_eq!(attribute(list, name).as_deref(), Some(value), "{name}");
    }

    // An immutable attribute is written once: the second sign-in cannot.
    let input = json!({
        "UserPoolId": world.pool,
        "ProviderName": "Corp",
        "AttributeMapping": { "email": "email", "custom:once": "once" },
    });
    server.ok("UpdateIdentityProvider", input).await;
    let new = json!({ "sub": "u-2", "once": "1" });
    provider.plan(|plan| plan.user_info = Some(json!({ "sub": "u-2" })));
    world
        .tokens(&come_back(&world, &provider, new.clone()).await)
        .await;
    assert_eq!(
        told(&come_back(&world, &provider, new).await),
        "invalid_request: user.custom:once: Attribute cannot be updated."
    );
}

#[tokio::test]
async fn a_client_that_may_not_write_an_attribute_lets_nobody_in_who_has_it_mapped() {
    let server = Server::start().await;
    let provider = Provider::start().await;
    let world = world(&server, &provider, json!({})).await;
    let mut settings = super::application(&["Corp"]);
    settings["WriteAttributes"] = json!(["name"]);
    let narrow = Federated {
        client: server.client_id(&world.pool, settings).await,
        server: &server,
        pool: world.pool.clone(),
        provider: "Corp".to_owned(),
    };
    assert_eq!(
        told(&come_back(&narrow, &provider, json!({})).await),
        "invalid_request: A client attempted to write unauthorized attribute"
    );
}

#[tokio::test]
async fn disabled_and_unusable_people_stay_outside() {
    let server = Server::start().await;
    let provider = Provider::start().await;
    let world = world(&server, &provider, json!({})).await;
    world
        .tokens(&come_back(&world, &provider, json!({})).await)
        .await;
    let named = json!({ "UserPoolId": world.pool, "Username": "Corp_u-1" });
    server.ok("AdminDisableUser", named.clone()).await;
    assert_eq!(
        told(&come_back(&world, &provider, json!({})).await),
        "invalid_request: User is disabled."
    );
    // A deleted one is somebody new; a name that somebody else has cannot be had.
    server.ok("AdminDeleteUser", named).await;
    let taken =
        json!({ "UserPoolId": world.pool, "Username": "Corp_u-1", "MessageAction": "SUPPRESS" });
    server.ok("AdminCreateUser", taken).await;
    assert_eq!(
        told(&come_back(&world, &provider, json!({})).await),
        "invalid_request: Already found an entry for username Corp_u-1"
    );
    provider.plan(|plan| plan.user_info = Some(json!({ "sub": "u 1" })));
    assert_eq!(
        told(&come_back(&world, &provider, json!({ "sub": "u 1" })).await),
        "invalid_request: The identity provider gave no usable user id"
    );
}

#[tokio::test]
async fn a_token_of_another_pool_is_no_ticket_to_this_one() {
    let server = Server::start().await;
    let provider = Provider::start().await;
    let inner = server.world().await;
    let world = world(&server, &provider, json!({ "client_id": inner.client })).await;
    // Signed by a key that the provider publishes, since the test's pools share theirs; and for
    // this audience.
    let token = inner.tokens().await["IdToken"].clone();
    let mut browser = Browser::new(&server);
    let asked = parameters(&world.begin(&mut browser).await);
    provider.plan(|plan| plan.id_token = Some(token.as_str().unwrap().to_owned()));
    let back = browser.get(&way_back(&asked["state"])).await;
    let issuer = format!("http://localhost:9339/{}", inner.pool);
    assert_eq!(
        told(&back),
        format!("invalid_request: Bad id_token issuer {issuer}")
    );
}

#[tokio::test]
async fn an_id_token_of_the_providers_can_be_exchanged_by_who_knows_its_user() {
    let server = Server::start().await;
    let provider = Provider::start().await;
    let world = world(&server, &provider, json!({})).await;
    let service = json!({
        "GenerateSecret": true,
        "ExplicitAuthFlows": ["ALLOW_TOKEN_EXCHANGE_IMPERSONATION", "ALLOW_TOKEN_EXCHANGE_DELEGATION"],
    });
    let service = server.client(&world.pool, service).await;
    let request = |token: &str, more: Value| {
        let mut input = json!({
            "ClientId": service["ClientId"], "ClientSecret": service["ClientSecret"],
            "SubjectToken": token, "SubjectTokenType": "ID_TOKEN", "SubjectTokenProviderName": "Corp",
            "RequestedTokenType": "ID_TOKEN",
        });
        merge(&mut input, more);
        input
    };
    let signed = |more: Value| {
        let mut claims = provider.claims("some nonce");
        merge(&mut claims, more);
        provider.key.sign(&claims).unwrap()
    };
    // Nobody whom the pool does not know.
    let good = request(&signed(json!({})), json!({}));
    let unknown = "UserNotFoundException: User does not exist.";
    server
        .refuses("GetDerivedToken", good.clone(), unknown)
        .await;
    let back = come_back(&world, &provider, json!({})).await;
    let tokens = world.tokens(&back).await;
    let of_sign_in = claims(&tokens["id_token"]);

    let issued = server.ok("GetDerivedToken", good.clone()).await;
    let derived = claims(&issued["IssuedToken"]);
    assert_eq!(derived["sub"], of_sign_in["sub"]);
    assert_eq!(derived["cognito:username"], "Corp_u-1");
    assert_eq!(derived["aud"], service["ClientId"]);
    assert_eq!(derived["auth_time"], START);
    assert_eq!(derived.get("act"), None);
    // As an actor.
    let actor = json!({
        "SubjectToken": tokens["access_token"], "SubjectTokenType": "ACCESS_TOKEN", "SubjectTokenProviderName": null,
        "ActorToken": signed(json!({ "sub": "robot" })), "ActorTokenType": "ID_TOKEN", "ActorTokenProviderName": "Corp",
    });
    let issued = server.ok("GetDerivedToken", request("", actor)).await;
    assert_eq!(
        claims(&issued["IssuedToken"])["act"],
        json!({ "sub": "robot" })
    );

    // A token that names who may act for its user lets nobody else (RFC 8693 §4.4).
    let mut subject = signed(json!({ "may_act": { "sub": "somebody else" } }));
    let actor = json!({
        "ActorToken": signed(json!({ "sub": "robot" })),
        "ActorTokenType": "ID_TOKEN",
        "ActorTokenProviderName": "Corp",
    });
    let input = request(&subject, actor.clone());
    server
        .refuses_as("GetDerivedToken", input, "ActorNotAllowed")
        .await;
    subject = signed(json!({ "may_act": { "sub": "robot" } }));
    server.ok("GetDerivedToken", request(&subject, actor)).await;

    let other = SigningKey::from_pkcs8(include_bytes!("../support/keys/access.pk8")).unwrap();
    for wrong in [
        signed(json!({ "aud": "somebody else's" })),
        signed(json!({ "iss": "https://evil.example" })),
        signed(json!({ "exp": START })),
        signed(json!({ "iat": START + 3_600 })),
        other.sign(&provider.claims("n")).unwrap(),
        provider.forged(&json!({ "alg": "none" }), &provider.claims("n")),
        tokens["id_token"].as_str().unwrap().to_owned(),
    ] {
        let input = request(&wrong, json!({}));
        let invalid = "NotAuthorizedException: Invalid SubjectToken";
        server.refuses("GetDerivedToken", input, invalid).await;
    }
    // What the provider says of its own levels is none of the pool's.
    let names = json!({ "UserPoolId": world.pool, "AcrConfiguration": { "Level1": { "AcrValue": "weak" } } });
    server.ok("UpdateUserPool", names).await;
    let boasts = signed(json!({ "acr": "urn:cognito:loa:4", "amr": ["pwd", "otp", "mfa"] }));
    let input = request(&boasts, json!({}));
    let derived = server.ok("GetDerivedToken", input).await;
    let derived = claims(&derived["IssuedToken"]);
    assert_eq!(derived["acr"], "weak");
    assert_eq!(derived["amr"], json!(["fed"]));
    // An ID token is nothing else.
    for kind in ["ACCESS_TOKEN", "SAML2"] {
        let input = request(&signed(json!({})), json!({ "SubjectTokenType": kind }));
        let invalid = "NotAuthorizedException: Invalid SubjectToken";
        server.refuses("GetDerivedToken", input, invalid).await;
    }
    let named = json!({ "UserPoolId": world.pool, "Username": "Corp_u-1" });
    server.ok("AdminDisableUser", named).await;
    let disabled = "NotAuthorizedException: User is disabled.";
    server.refuses("GetDerivedToken", good, disabled).await;
}
