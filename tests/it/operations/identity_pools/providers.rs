//! Logins by tokens of other providers: OpenID Connect, the social networks, SAML.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mocknito::keys::{self, SigningKey};
use serde_json::{Value, json};

use super::{IdentityPoolCalls, Place, acting, role};
use crate::federation::provider::Provider;
use crate::federation::saml::{ENTITY, KEY, OTHER_KEY, metadata};
use crate::federation::{Federated, google, oidc};
use crate::support::{START, Server, altered, merge};

const ACCOUNT: &str = "arn:aws:iam::123456789012";

/// The key of a user pool's pretend providers.
async fn pretend_key(place: &Place<'_>) -> SigningKey {
    let app = &place.server.app;
    let now = app.clock.now();
    app.keys
        .of_pretend_providers(&app.store, &place.user_pool, now)
        .await
        .unwrap()
}

/// Makes a provider of the place's user pool.
async fn provide(place: &Place<'_>, mut provider: Value) {
    provider["UserPoolId"] = json!(place.user_pool);
    place.server.ok("CreateIdentityProvider", provider).await;
}

async fn refused(place: &Place<'_>, provider: &str, token: &Value, situation: &str) {
    let logins = json!({ provider: token });
    place
        .server
        .denies_as("GetId", place.get_id(&logins), situation)
        .await;
    let guest = place.identity(&json!({})).await;
    let input = acting(&guest, &logins);
    place
        .server
        .denies_as("GetCredentialsForIdentity", input, situation)
        .await;
}

#[tokio::test]
async fn an_oidc_provider_is_asked_for_its_keys() {
    let server = Server::start().await;
    let provider = Provider::start().await;
    let address = provider.issuer.strip_prefix("http://").unwrap();
    let arn = format!("{ACCOUNT}:oidc-provider/{address}");
    let place = Place::new(&server, json!({ "OpenIdConnectProviderARNs": [arn] })).await;
    let sign = |more: Value| {
        let mut said = provider.claims("");
        merge(&mut said, more);
        json!(provider.key.sign(&said).unwrap())
    };
    // Nobody has told anything but the address, at which HTTPS would be spoken.
    refused(&place, address, &sign(json!({})), "LoginIssuer").await;
    provide(&place, oidc("Idp", &provider.issuer, json!({}))).await;
    let login = json!({ address: sign(json!({})) });
    let identity = place.identity(&login).await;
    assert_eq!(place.identity(&login).await, identity);
    let other = json!({ address: sign(json!({ "sub": "u-2" })) });
    assert_ne!(place.identity(&other).await, identity);
    let kept = place
        .kept(&place.credentials(&identity, &login).await)
        .await;
    assert_eq!(kept.role_arn, role("in"));
    assert_eq!(kept.amr[..2], ["authenticated", address]);
    // Whoever the token is for: which clients are the operator's, IAM knows.
    for more in [
        json!({ "aud": "another" }),
        json!({ "aud": ["a", "b"], "azp": "c" }),
    ] {
        assert_eq!(
            place.identity(&json!({ address: sign(more) })).await,
            identity
        );
    }
    let mapping = json!({
        "Type": "Rules",
        "AmbiguousRoleResolution": "Deny",
        "RulesConfiguration": { "Rules": [{
            "Claim": "email", "MatchType": "Contains", "Value": "@", "RoleARN": role("mail"),
        }] },
    });
    place.set_roles(json!({ arn: mapping })).await;
    let kept = place
        .kept(&place.credentials(&identity, &login).await)
        .await;
    assert_eq!(kept.role_arn, role("mail"));

    let claims = provider.claims("");
    for (token, situation) in [
        (sign(json!({ "exp": START })), "LoginExpired"),
        (sign(json!({ "exp": null })), "LoginClaimMissing"),
        (sign(json!({ "aud": null })), "LoginMalformed"),
        (sign(json!({ "iss": "http://other.test" })), "LoginIssuer"),
        (sign(json!({ "sub": "" })), "LoginSignature"),
        (sign(json!({ "nbf": START + 3_000 })), "LoginSignature"),
        (json!("x"), "LoginMalformed"),
        (
            json!(provider.forged(&json!({ "alg": "RS256" }), &claims)),
            "LoginSignature",
        ),
        (
            json!(provider.forged(&json!({ "alg": "none" }), &claims)),
            "LoginSignature",
        ),
        (
            json!(provider.forged(&json!({ "alg": "HS256" }), &claims)),
            "LoginSignature",
        ),
        // Only RSA counts here, whatever key the provider has.
        (
            json!(provider.forged(&json!({ "alg": "ES256" }), &claims)),
            "LoginSignature",
        ),
    ] {
        refused(&place, address, &token, situation).await;
    }
    let other = format!("{address}/other");
    refused(&place, &other, &sign(json!({})), "LoginNotSupported").await;
    provider.plan(|plan| plan.discovery = json!({ "issuer": "http://other.test" }));
    refused(&place, address, &sign(json!({})), "LoginNotVerifiable").await;
}

#[tokio::test]
async fn a_provider_that_cannot_be_reached_verifies_nothing() {
    let server = Server::start().await;
    let arn = format!("{ACCOUNT}:oidc-provider/127.0.0.1:1");
    let place = Place::new(&server, json!({ "OpenIdConnectProviderARNs": [arn] })).await;
    let said = json!({
        "iss": "https://127.0.0.1:1",
        "aud": "a",
        "sub": "u",
        "iat": START,
        "exp": START + 60,
    });
    let token = place.sign(&said).await;
    refused(&place, "127.0.0.1:1", &token, "LoginNotVerifiable").await;
}

#[tokio::test]
async fn google_and_apple_sign_for_the_pool_s_apps() {
    let server = Server::start().await;
    let apple = json!({
        "ProviderName": "SignInWithApple",
        "ProviderType": "SignInWithApple",
        "ProviderDetails": {
            "client_id": "a-id",
            "team_id": "team",
            "key_id": "key",
            "private_key": "key",
            "authorize_scopes": "email name",
        },
        "AttributeMapping": { "email": "email" },
    });
    for (provider, host, issuer, client) in [
        (
            google(),
            "accounts.google.com",
            "https://accounts.google.com",
            "g-id",
        ),
        (
            apple,
            "appleid.apple.com",
            "https://appleid.apple.com",
            "a-id",
        ),
    ] {
        let apps = json!({ host: format!("other-app;{client}") });
        let place = Place::new(&server, json!({ "SupportedLoginProviders": apps })).await;
        let said = json!({
            "iss": issuer,
            "aud": client,
            "sub": "1234",
            "iat": START,
            "exp": START + 60,
        });
        let key = pretend_key(&place).await;
        let token = json!(key.sign(&said).unwrap());
        // No user pool has this app: there is nobody to ask.
        refused(&place, host, &token, "LoginNotVerifiable").await;
        provide(&place, provider).await;
        let login = json!({ host: token });
        let identity = place.identity(&login).await;
        let kept = place
            .kept(&place.credentials(&identity, &login).await)
            .await;
        assert_eq!(kept.amr[1], host);
        let mut foreign = said.clone();
        foreign["aud"] = json!("foreign-app");
        let foreign = json!(key.sign(&foreign).unwrap());
        refused(&place, host, &foreign, "LoginNotSupported").await;
        let forged = place.sign(&said).await;
        refused(&place, host, &forged, "LoginSignature").await;
        refused(&place, "graph.facebook.com", &token, "LoginNotSupported").await;
    }
}

#[tokio::test]
async fn the_social_networks_of_old_verify_nothing() {
    let server = Server::start().await;
    let apps = json!({ "api.twitter.com": "app" });
    let place = Place::new(&server, json!({ "SupportedLoginProviders": apps })).await;
    refused(
        &place,
        "api.twitter.com",
        &json!("a;b"),
        "LoginNotVerifiable",
    )
    .await;
}

const SAML: &str = "arn:aws:iam::123456789012:saml-provider/Corp";

/// A response of the provider's, for this recipient and audience, with these roles.
fn response(key: &[u8], (recipient, audience): (&str, &str), roles: &[&str]) -> Value {
    let values: String = roles
        .iter()
        .map(|name| {
            let role = role(name);
            format!("<saml:AttributeValue>{role},{SAML}</saml:AttributeValue>")
        })
        .collect();
    let attributes = if roles.is_empty() {
        String::new()
    } else {
        format!(
            "<saml:AttributeStatement><saml:Attribute \
             Name=\"https://aws.amazon.com/SAML/Attributes/Role\">{values}</saml:Attribute>\
             </saml:AttributeStatement>"
        )
    };
    let document = format!(
        "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_r\" \
         Version=\"2.0\"><samlp:Status><samlp:StatusCode \
         Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></samlp:Status>\
         <saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_a\" \
         Version=\"2.0\"><saml:Issuer>{ENTITY}</saml:Issuer>{}<saml:Subject>\
         <saml:NameID>ann</saml:NameID><saml:SubjectConfirmation \
         Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\"><saml:SubjectConfirmationData \
         NotOnOrAfter=\"2026-01-01T00:05:00Z\" Recipient=\"{recipient}\"/>\
         </saml:SubjectConfirmation></saml:Subject>\
         <saml:Conditions NotOnOrAfter=\"2026-01-01T00:05:00Z\"><saml:AudienceRestriction>\
         <saml:Audience>{audience}</saml:Audience></saml:AudienceRestriction>\
         </saml:Conditions>{attributes}</saml:Assertion></samlp:Response>",
        keys::template("_a"),
    );
    json!(STANDARD.encode(keys::fill_in(key, &document).unwrap()))
}

const AWS: (&str, &str) = (
    "https://signin.aws.amazon.com/saml",
    "urn:amazon:webservices",
);

#[tokio::test]
async fn a_saml_response_for_aws_is_a_login_and_names_roles() {
    let server = Server::start().await;
    let place = Place::new(&server, json!({ "SamlProviderARNs": [SAML] })).await;
    let good = response(KEY, AWS, &["a"]);
    refused(&place, SAML, &good, "LoginNotVerifiable").await;
    let corp = json!({
        "ProviderName": "Corp",
        "ProviderType": "SAML",
        "ProviderDetails": { "MetadataFile": metadata("https://idp.test/sso") },
    });
    provide(&place, corp).await;
    let login = json!({ SAML: good });
    let identity = place.identity(&login).await;
    assert_eq!(place.identity(&login).await, identity);
    let kept = place
        .kept(&place.credentials(&identity, &login).await)
        .await;
    assert_eq!(kept.role_arn, role("a"));

    let none = json!({ SAML: response(KEY, AWS, &[]) });
    let kept = place.kept(&place.credentials(&identity, &none).await).await;
    assert_eq!(kept.role_arn, role("in"));
    let several = json!({ SAML: response(KEY, AWS, &["a", "b"]) });
    let mut input = acting(&identity, &several);
    let operation = "GetCredentialsForIdentity";
    server
        .denies_as(operation, input.clone(), "RoleAmbiguous")
        .await;
    input["CustomRoleArn"] = json!(role("c"));
    server
        .denies_as(operation, input.clone(), "CustomRoleDenied")
        .await;
    input["CustomRoleArn"] = json!(role("b"));
    let kept = place.kept(&server.gives(operation, input).await).await;
    assert_eq!(kept.role_arn, role("b"));

    let pool = format!("urn:amazon:cognito:sp:{}", place.user_pool);
    for bad in [
        response(OTHER_KEY, AWS, &["a"]),
        response(
            KEY,
            ("http://localhost:9339/saml2/idpresponse", AWS.1),
            &["a"],
        ),
        response(KEY, (AWS.0, &pool), &["a"]),
        json!("junk"),
    ] {
        refused(&place, SAML, &bad, "LoginSignature").await;
    }
    // Five minutes, and the three by which the provider's clock may be behind.
    server.advance(std::time::Duration::from_secs(480));
    refused(&place, SAML, &login[SAML], "LoginSignature").await;
}

/// The access token that a pretend social network gave for somebody, as a user pool can map it.
async fn access_token(server: &Server, kind: &str, client: &str) -> Value {
    let schema = json!([{ "Name": "token", "AttributeDataType": "String", "Mutable": true }]);
    let pool = server.pool(json!({ "Schema": schema })).await;
    let provider = json!({
        "ProviderName": kind,
        "ProviderType": kind,
        "ProviderDetails": {
            "client_id": client,
            "client_secret": "secret",
            "authorize_scopes": "email",
        },
        "AttributeMapping": { "email": "email", "custom:token": "access_token" },
    });
    let world = Federated::with(server, pool, provider).await;
    let person = [("email", "ann@example.com"), ("name", "Ann")];
    world.id_claims(&person).await["custom:token"].clone()
}

#[tokio::test]
async fn facebook_and_amazon_are_asked_whom_a_token_is_of() {
    let server = Server::start().await;
    for (kind, host) in [
        ("Facebook", "graph.facebook.com"),
        ("LoginWithAmazon", "www.amazon.com"),
    ] {
        let apps = json!({ host: "our-app" });
        let place = Place::new(&server, json!({ "SupportedLoginProviders": apps })).await;
        let token = access_token(&server, kind, "our-app").await;
        let foreign = access_token(&server, kind, "foreign-app").await;
        let login = json!({ host: token });
        let identity = place.identity(&login).await;
        assert_eq!(place.identity(&login).await, identity);
        let kept = place
            .kept(&place.credentials(&identity, &login).await)
            .await;
        assert_eq!(kept.amr[1], host);
        for bad in [foreign, altered(&token), json!("x")] {
            refused(&place, host, &bad, "LoginNotVerifiable").await;
        }
        server.advance(std::time::Duration::from_secs(3_600));
        refused(&place, host, &token, "LoginNotVerifiable").await;
    }
}
