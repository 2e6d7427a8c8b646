//! GetDerivedToken with what other providers issue: access tokens, by signature or by asking, and
//! SAML assertions. (ID tokens: `issuer.rs`.)

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use mocknito::keys;
use serde_json::{Value, json};

use super::issuer::{come_back, world};
use super::provider::Provider;
use super::saml::{self, Answer, OTHER_KEY};
use super::{Browser, Federated, parameters};
use crate::support::{START, Server, amend, claims, merge};

const INVALID: &str = "NotAuthorizedException: Invalid SubjectToken";

/// A service of the pool that may exchange tokens of this kind.
struct Service<'s> {
    server: &'s Server,
    request: Value,
}

impl<'s> Service<'s> {
    async fn of(world: &Federated<'s>, kind: &str) -> Self {
        let settings = json!({
            "GenerateSecret": true,
            "ExplicitAuthFlows": ["ALLOW_TOKEN_EXCHANGE_IMPERSONATION"],
        });
        let client = world.server.client(&world.pool, settings).await;
        Self {
            server: world.server,
            request: json!({
                "ClientId": client["ClientId"], "ClientSecret": client["ClientSecret"],
                "SubjectTokenType": kind, "SubjectTokenProviderName": "Corp",
                "RequestedTokenType": "ID_TOKEN",
            }),
        }
    }

    fn with(&self, token: &str) -> Value {
        let mut input = self.request.clone();
        merge(&mut input, json!({ "SubjectToken": token }));
        input
    }

    async fn derived(&self, token: &str) -> Value {
        let issued = self.server.ok("GetDerivedToken", self.with(token)).await;
        claims(&issued["IssuedToken"])
    }

    async fn refuses(&self, token: &str) {
        let input = self.with(token);
        self.server.refuses("GetDerivedToken", input, INVALID).await;
    }
}

#[tokio::test]
async fn a_signed_access_token_of_the_pools_own_client_is_exchanged() {
    let server = Server::start().await;
    let provider = Provider::start().await;
    let world = world(&server, &provider, json!({})).await;
    let tokens = come_back(&world, &provider, json!({})).await;
    let of_sign_in = claims(&world.tokens(&tokens).await["id_token"]);
    let service = Service::of(&world, "ACCESS_TOKEN").await;
    let signed = |more: Value| {
        let mut claims = json!({
            "iss": provider.issuer, "aud": "account", "azp": "o-id", "sub": "u-1",
            "scope": "openid email", "iat": START, "exp": START + 300,
        });
        amend(&mut claims, more);
        provider.key.sign(&claims).unwrap()
    };
    for good in [
        signed(json!({})),
        signed(json!({ "azp": null, "client_id": "o-id" })),
        signed(json!({ "azp": null, "aud": ["o-id", "api"] })),
    ] {
        let derived = service.derived(&good).await;
        assert_eq!(derived["sub"], of_sign_in["sub"]);
        assert_eq!(derived["cognito:username"], "Corp_u-1");
    }
    let stranger =
        keys::SigningKey::from_pkcs8(include_bytes!("../support/keys/access.pk8")).unwrap();
    for wrong in [
        // Another application's, to which the same person gave it.
        signed(json!({ "azp": "somebody else's" })),
        signed(json!({ "azp": null })),
        signed(json!({ "azp": "somebody else's", "aud": "o-id" })),
        signed(json!({ "iss": "https://evil.example" })),
        signed(json!({ "exp": START })),
        signed(json!({ "exp": null })),
        signed(json!({ "nbf": START + 181 })),
        // An ID token.
        signed(json!({ "aud": "o-id", "azp": null, "scope": null })),
        signed(json!({ "sub": null })),
        stranger
            .sign(
                &json!({ "iss": provider.issuer, "azp": "o-id", "sub": "u-1", "scope": "x",
                "iat": START, "exp": START + 300 }),
            )
            .unwrap(),
        provider.forged(&json!({ "alg": "none" }), &json!({ "sub": "u-1" })),
    ] {
        service.refuses(&wrong).await;
    }
    // Nobody whom the pool does not know.
    let unknown = service.with(&signed(json!({ "sub": "u-9" })));
    let not_found = "UserNotFoundException: User does not exist.";
    server.refuses("GetDerivedToken", unknown, not_found).await;
}

#[tokio::test]
async fn an_opaque_access_token_is_explained_by_the_provider() {
    let server = Server::start().await;
    let provider = Provider::start().await;
    let world = world(&server, &provider, json!({})).await;
    let tokens = come_back(&world, &provider, json!({})).await;
    let of_sign_in = claims(&world.tokens(&tokens).await["id_token"]);
    let service = Service::of(&world, "ACCESS_TOKEN").await;
    // User info alone would take a token of any application's.
    service.refuses("at-1").await;

    let at = format!("{}/introspection", provider.issuer);
    let good = json!({ "active": true, "client_id": "o-id", "sub": "u-1", "iss": provider.issuer });
    provider.plan(|plan| {
        plan.discovery["introspection_endpoint"] = json!(at);
        plan.introspection = Some(good.clone());
    });
    assert_eq!(service.derived("at-1").await["sub"], of_sign_in["sub"]);
    for wrong in [
        json!({ "active": false }),
        json!({ "active": "true" }),
        json!({ "client_id": "somebody else's" }),
        json!({ "client_id": null }),
        json!({ "iss": "https://evil.example" }),
        json!({ "sub": "" }),
    ] {
        let mut said = good.clone();
        merge(&mut said, wrong);
        provider.plan(|plan| plan.introspection = Some(said));
        service.refuses("at-1").await;
    }
}

#[tokio::test]
async fn an_assertion_of_the_providers_is_exchanged() {
    let server = Server::start().await;
    let world = saml::world(&server, "https://idp.test/sso", json!({})).await;
    let back = saml::come_back(&world, Answer::signed, |_| {}).await;
    let of_sign_in = claims(&world.tokens(&back).await["id_token"]);
    let service = Service::of(&world, "SAML2").await;
    let mut browser = Browser::new(&server);
    let request = saml::request(&world.begin(&mut browser).await);
    let answer = |bend: fn(&mut Answer)| {
        let mut answer = Answer::to(&world, &request);
        bend(&mut answer);
        answer
    };
    let alone = |answer: &Answer| {
        let template = keys::template(&answer.id);
        keys::fill_in(answer.key, &answer.assertion(&template)).unwrap()
    };
    let good = answer(|_| {});
    for token in [
        STANDARD.encode(alone(&good)),
        URL_SAFE_NO_PAD.encode(alone(&good)),
        STANDARD.encode(good.signed()),
    ] {
        assert_eq!(service.derived(&token).await["sub"], of_sign_in["sub"]);
    }
    let unsigned = good.assertion("");
    let altered = alone(&good).replace(">ann<", ">eve<");
    let wrong: [fn(&mut Answer); 5] = [
        |answer| answer.key = OTHER_KEY,
        |answer| answer.audience = "urn:amazon:cognito:sp:us-east-1_Other".to_owned(),
        |answer| answer.issuer = "https://evil.test".to_owned(),
        |answer| answer.ends = "2025-12-31T23:57:00Z".to_owned(),
        |answer| answer.begins = "2026-01-01T00:03:01Z".to_owned(),
    ];
    let bent = wrong.map(|bend| alone(&answer(bend)));
    for document in bent
        .into_iter()
        .chain([unsigned, altered, "no XML".to_owned()])
    {
        service.refuses(&STANDARD.encode(document)).await;
    }
    service.refuses("no-base64==+").await;
    // A message's assertion comes with a message in a browser.
    let state = parameters(&world.begin(&mut browser).await)["RelayState"].clone();
    let naked = saml::send(&mut browser, &state, &alone(&good)).await;
    assert_eq!(
        super::told(&naked),
        "invalid_request: Error in SAML response processing: it is no response"
    );
}

#[tokio::test]
async fn a_saml_provider_issues_nothing_but_assertions() {
    let server = Server::start().await;
    let world = saml::world(&server, "https://idp.test/sso", json!({})).await;
    for kind in ["ID_TOKEN", "ACCESS_TOKEN"] {
        Service::of(&world, kind).await.refuses("at-1").await;
    }
}
