//! The OpenID token of the basic flow: what it says, who signs it, and when there is none.

use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use mocknito::app::Issuer;
use serde_json::{Value, json};

use super::{IdentityPoolCalls, Place, acting};
use crate::support::{START, Server, claims, header, text};

async fn token(place: &Place<'_>, logins: &Value) -> Value {
    let identity = place.identity(logins).await;
    let answer = place
        .server
        .gives("GetOpenIdToken", acting(&identity, logins))
        .await;
    assert_eq!(answer["IdentityId"], json!(identity));
    answer["Token"].clone()
}

#[tokio::test]
async fn a_token_names_identity_pool_and_login() {
    for (issuer, expected) in [
        (Issuer::Local, "http://localhost:9339/cognito-identity"),
        (Issuer::Aws, "https://cognito-identity.amazonaws.com"),
    ] {
        let server = Server::with(issuer).await;
        let place = Place::new(&server, json!({})).await;
        let logins = place.alice().await;
        let identity = place.identity(&logins).await;
        let alices = token(&place, &logins).await;
        let head = json!({ "kid": "us-east-11", "typ": "JWS", "alg": "RS512" });
        assert_eq!(header(&alices), head);
        let arn = format!(
            "arn:aws:cognito-identity:us-east-1:123456789012:identitypool/{}",
            place.pool
        );
        let said = json!({
            "sub": identity,
            "aud": place.pool,
            "amr": [
                "authenticated",
                place.provider,
                format!("{}:CognitoSignIn:{}", place.provider, place.sub),
            ],
            "iss": expected,
            "https://cognito-identity.amazonaws.com/identity-pool-arn": arn,
            "exp": START + 600,
            "iat": START,
        });
        assert_eq!(claims(&alices), said);

        let set = json!({
            "IdentityPoolId": place.pool,
            "IdentityProviderName": place.provider,
            "UseDefaults": true,
        });
        server.gives("SetPrincipalTagAttributeMap", set).await;
        let tagged = claims(&token(&place, &logins).await);
        let tags = json!({ "client": [place.client], "username": [place.sub] });
        assert_eq!(
            tagged["https://aws.amazon.com/tags"],
            json!({ "principal_tags": tags })
        );
        let guests = claims(&token(&place, &json!({})).await);
        assert_eq!(guests["amr"], json!(["unauthenticated"]));
        assert!(guests["https://aws.amazon.com/tags"].is_null());
    }
}

#[tokio::test]
async fn the_published_key_verifies_it() {
    let server = Server::start().await;
    let place = Place::new(&server, json!({})).await;
    let token = text(&token(&place, &json!({})).await);
    let jwks = server.app.openid_key().await.unwrap().jwks();
    let jwks: Value = serde_json::from_slice(&jwks).unwrap();
    let key = &jwks["keys"][0];
    assert_eq!(
        (&key["kid"], &key["alg"]),
        (&json!("us-east-11"), &json!("RS512"))
    );
    let key = DecodingKey::from_rsa_components(&text(&key["n"]), &text(&key["e"])).unwrap();
    let mut validation = Validation::new(Algorithm::RS512);
    validation.validate_exp = false;
    validation.set_audience(&[&place.pool]);
    jsonwebtoken::decode::<Value>(&token, &key, &validation).unwrap();
}

#[tokio::test]
async fn the_basic_flow_can_be_off() {
    let server = Server::start().await;
    let place = Place::new(&server, json!({ "AllowClassicFlow": false })).await;
    let input = acting(&place.identity(&json!({})).await, &json!({}));
    let expected =
        "InvalidParameterException: Basic (classic) flow is not enabled, please use enhanced flow.";
    server.denies("GetOpenIdToken", input, expected).await;
}

#[tokio::test]
async fn the_basic_flow_knows_no_role_mappings() {
    let server = Server::start().await;
    let place = Place::new(&server, json!({})).await;
    let key = format!("{}:{}", place.provider, place.client);
    let mapping = json!({ "Type": "Token", "AmbiguousRoleResolution": "Deny" });
    place.set_roles(json!({ key: mapping })).await;
    let input = acting(&place.identity(&json!({})).await, &json!({}));
    let expected = "InvalidParameterException: Basic (classic) flow is not supported with RoleMappings, please use enhanced flow.";
    server.denies("GetOpenIdToken", input, expected).await;
}

#[tokio::test]
async fn a_token_of_the_basic_flow_is_no_login() {
    let server = Server::start().await;
    let place = Place::new(&server, json!({ "DeveloperProviderName": "dev" })).await;
    let guest = place.identity(&json!({})).await;
    let own = server
        .gives("GetOpenIdToken", acting(&guest, &json!({})))
        .await;
    let own = json!({ "cognito-identity.amazonaws.com": own["Token"] });
    let expected = "NotAuthorizedException: Invalid login token. Can't pass in a Cognito token.";
    server.denies("GetId", place.get_id(&own), expected).await;
    for operation in ["GetCredentialsForIdentity", "GetOpenIdToken"] {
        server
            .denies_as(operation, acting(&guest, &own), "LoginNotSupported")
            .await;
    }
}
