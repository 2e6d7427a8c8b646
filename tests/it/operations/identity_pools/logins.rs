//! Tokens of user pools as logins, and everything that is not one.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use mocknito::app::Issuer;
use serde_json::{Value, json};

use super::{IdentityPoolCalls, Place, acting};
use crate::support::{Server, claims, text};

/// Refused by everything that takes logins.
async fn refused(place: &Place<'_>, logins: &Value, expected: &str) {
    let server = place.server;
    let guest = place.identity(&json!({})).await;
    server.denies("GetId", place.get_id(logins), expected).await;
    for operation in ["GetCredentialsForIdentity", "GetOpenIdToken"] {
        let input = acting(&guest, logins);
        server.denies(operation, input, expected).await;
    }
    let unlink = json!({ "IdentityId": guest, "Logins": logins, "LoginsToRemove": [] });
    server.denies("UnlinkIdentity", unlink, expected).await;
}

const UNSUPPORTED: &str =
    "NotAuthorizedException: Token is not from a supported provider of this identity pool.";
const SIGNATURE: &str = "NotAuthorizedException: Invalid login token. Token signature invalid.";
const MALFORMED: &str =
    "NotAuthorizedException: Invalid login token. Not a valid OpenId Connect identity token.";

#[tokio::test]
async fn a_user_pool_by_both_of_its_names_is_one_login() {
    let server = Server::start().await;
    let place = Place::new(&server, json!({})).await;
    let token = place.id_token("alice").await;
    let mut both = place.login(&token);
    both[format!("localhost:9339/{}", place.user_pool)] = token.clone();
    assert_eq!(both.as_object().unwrap().len(), 2);
    let identity = place.identity(&both).await;
    assert_eq!(place.identity(&place.login(&token)).await, identity);
    let openid = server
        .gives("GetOpenIdToken", acting(&identity, &both))
        .await;
    let amr = claims(&openid["Token"])["amr"].clone();
    assert_eq!(amr.as_array().unwrap().len(), 3, "{amr}");
}

#[tokio::test]
async fn tokens_of_other_clients_and_pools_do_not_count() {
    let server = Server::start().await;
    let place = Place::new(&server, json!({})).await;
    let other_client = server.client_id(&place.user_pool, json!({})).await;
    let token = server.sign_in(&other_client, "alice").await["IdToken"].clone();
    refused(&place, &place.login(&token), UNSUPPORTED).await;

    let other = server.world().await;
    let token = other.tokens().await["IdToken"].clone();
    let provider = format!("cognito-idp.us-east-1.amazonaws.com/{}", other.pool);
    refused(&place, &json!({ provider: token }), UNSUPPORTED).await;
    // Under the configured pool's name it has another client, even if that were the same.
    refused(&place, &place.login(&token), UNSUPPORTED).await;
    for stranger in [
        "accounts.google.com",
        "idp.example.com",
        "login.example.com",
    ] {
        refused(&place, &json!({ stranger: token }), UNSUPPORTED).await;
    }
}

#[tokio::test]
async fn a_token_of_another_issuer_does_not_count_whatever_it_says_of_itself() {
    let server = Server::start().await;
    let place = Place::new(&server, json!({})).await;
    // A second user pool whose key signs what looks like the first one's, but for the issuer.
    let own = claims(&place.id_token("alice").await);
    let mut foreign = own.clone();
    foreign["iss"] = json!("http://localhost:9339/us-east-1_Other");
    let token = place.sign(&foreign).await;
    let expected = "NotAuthorizedException: Invalid login token. Issuer doesn't match providerName";
    refused(&place, &place.login(&token), expected).await;
}

#[tokio::test]
async fn a_forged_token_does_not_count() {
    let server = Server::start().await;
    let place = Place::new(&server, json!({})).await;
    let token = text(&place.id_token("alice").await);
    let (head, signature) = token.rsplit_once('.').unwrap();
    let parts: Vec<&str> = head.split('.').collect();
    let mut said = claims(&json!(token));
    said["sub"] = json!("somebody-else");
    let payload = URL_SAFE_NO_PAD.encode(said.to_string());
    // Other claims under the signature, and another signature under the claims.
    for forged in [
        format!("{}.{payload}.{signature}", parts[0]),
        format!("{head}.{}", "A".repeat(signature.len())),
        format!("{head}."),
    ] {
        refused(&place, &place.login(&json!(forged)), SIGNATURE).await;
    }
    // No signature at all, and the public key as a secret.
    let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#);
    for forged in [
        format!("{none}.{}.", parts[1]),
        format!("{none}.{payload}.{signature}"),
        hmac(&said, &Header::new(Algorithm::HS256)),
    ] {
        refused(&place, &place.login(&json!(forged)), SIGNATURE).await;
    }
    let kid = crate::support::header(&json!(token))["kid"].clone();
    let mut header = Header::new(Algorithm::HS256);
    header.kid = Some(text(&kid));
    let forged = hmac(&said, &header);
    refused(&place, &place.login(&json!(forged)), SIGNATURE).await;
}

fn hmac(claims: &Value, header: &Header) -> String {
    let key = EncodingKey::from_secret(b"public");
    jsonwebtoken::encode(header, claims, &key).unwrap()
}

#[tokio::test]
async fn what_is_no_id_token_does_not_count() {
    let server = Server::start().await;
    let place = Place::new(&server, json!({})).await;
    for junk in ["x", "a.b", "a.b.c", "a.b.c.d", "..", "e30.e30", "alice"] {
        refused(&place, &place.login(&json!(junk)), MALFORMED).await;
    }
    let tokens = server.sign_in(&place.client, "alice").await;
    let expected = "NotAuthorizedException: Invalid login token. Missing a required claim: aud";
    refused(&place, &place.login(&tokens["AccessToken"]), expected).await;
    refused(&place, &place.login(&tokens["RefreshToken"]), MALFORMED).await;
    // Really signed, by the key for ID tokens, but not as one.
    let mut access = claims(&tokens["IdToken"]);
    access["token_use"] = json!("access");
    let token = place.sign(&access).await;
    refused(&place, &place.login(&token), MALFORMED).await;
}

#[tokio::test]
async fn an_expired_token_does_not_count_by_the_servers_clock() {
    let server = Server::start().await;
    let place = Place::new(&server, json!({})).await;
    let token = place.id_token("alice").await;
    let login = place.login(&token);
    let expires = claims(&token)["exp"].as_i64().unwrap();
    let issued = claims(&token)["iat"].as_i64().unwrap();
    let life = u64::try_from(expires - issued).unwrap();
    server.advance(Duration::from_secs(life - 1));
    place.identity(&login).await;
    server.advance(Duration::from_secs(1));
    let expected = format!(
        "NotAuthorizedException: Invalid login token. Token expired: {expires} >= {expires}"
    );
    refused(&place, &login, &expected).await;
}

#[tokio::test]
async fn one_bad_login_spoils_the_request() {
    let server = Server::start().await;
    let place = Place::new(&server, json!({})).await;
    let mut logins = place.alice().await;
    logins["accounts.google.com"] = json!("x");
    refused(&place, &logins, UNSUPPORTED).await;
}

#[tokio::test]
async fn a_token_of_either_issuer_mode_counts() {
    for issuer in [Issuer::Local, Issuer::Aws] {
        let server = Server::with(issuer).await;
        let place = Place::new(&server, json!({})).await;
        let token = place.id_token("alice").await;
        let identity = place.identity(&place.login(&token)).await;
        for issuer in [
            "http://localhost:9339",
            "https://cognito-idp.us-east-1.amazonaws.com",
        ] {
            let mut said = claims(&token);
            said["iss"] = json!(format!("{issuer}/{}", place.user_pool));
            let token = place.sign(&said).await;
            assert_eq!(place.identity(&place.login(&token)).await, identity);
        }
    }
}

#[tokio::test]
async fn server_side_token_check_asks_after_the_user() {
    let server = Server::start().await;
    for check in [true, false] {
        let place = Place::new(&server, json!({})).await;
        let provider = json!([{
            "ProviderName": place.provider,
            "ClientId": place.client,
            "ServerSideTokenCheck": check,
        }]);
        let update = json!({
            "IdentityPoolId": place.pool,
            "IdentityPoolName": "p",
            "AllowUnauthenticatedIdentities": true,
            "CognitoIdentityProviders": provider,
        });
        server.gives("UpdateIdentityPool", update).await;
        for ending in [
            "AdminUserGlobalSignOut",
            "AdminDisableUser",
            "AdminDeleteUser",
        ] {
            let name = format!("user-of-{ending}");
            server.user(&place.user_pool, &name, &[]).await;
            let login = place.login(&place.id_token(&name).await);
            let identity = place.identity(&login).await;
            let input = json!({ "UserPoolId": place.user_pool, "Username": name });
            server.ok(ending, input).await;
            if check {
                server
                    .denies_as("GetId", place.get_id(&login), "LoginUserGone")
                    .await;
                let input = acting(&identity, &login);
                server
                    .denies_as("GetCredentialsForIdentity", input, "LoginUserGone")
                    .await;
            } else {
                assert_eq!(place.identity(&login).await, identity, "{ending}");
            }
        }
    }
}

impl Place<'_> {
    /// A token that the user pool's key for ID tokens has signed.
    pub async fn sign(&self, claims: &Value) -> Value {
        let app = &self.server.app;
        let now = app.clock.now();
        let keys = app.keys.of_pool(&app.store, &self.user_pool, now).await;
        json!(keys.unwrap().id.sign(claims).unwrap())
    }
}
