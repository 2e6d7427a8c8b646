//! AWS credentials: what they look like, how long they live, and what is kept of them.

use std::time::Duration;

use serde_json::json;

use super::{IdentityPoolCalls, Place, acting, role};
use crate::support::{START, Server, keys, text};

#[tokio::test]
async fn credentials_are_new_ones_each_time_and_last_an_hour() {
    let server = Server::start().await;
    let place = Place::new(&server, json!({})).await;
    let guest = place.identity(&json!({})).await;
    let answer = place.credentials(&guest, &json!({})).await;
    assert_eq!(keys(&answer), ["Credentials", "IdentityId"]);
    assert_eq!(answer["IdentityId"], json!(guest));
    let credentials = &answer["Credentials"];
    assert_eq!(
        keys(credentials),
        ["AccessKeyId", "Expiration", "SecretKey", "SessionToken"]
    );
    assert_eq!(credentials["Expiration"], json!(START + 3_600));
    let id = text(&credentials["AccessKeyId"]);
    assert!(id.starts_with("ASIA") && id.len() == 20, "{id}");
    assert_eq!(text(&credentials["SecretKey"]).len(), 40);
    let session = text(&credentials["SessionToken"]);
    assert!(session.len() > 64, "{session}");
    let again = place.credentials(&guest, &json!({})).await;
    for member in ["AccessKeyId", "SecretKey", "SessionToken"] {
        assert_ne!(again["Credentials"][member], credentials[member]);
    }
    // What belongs to the key id can be checked by whoever has the server's keys, and only so.
    let secrets = &server.app.keys.credentials;
    assert_eq!(secrets.secret_key(&id), text(&credentials["SecretKey"]));
    assert!(secrets.is_session_token(&id, &session));
    assert!(!secrets.is_session_token(&id, &text(&again["Credentials"]["SessionToken"])));
}

#[tokio::test]
async fn it_is_kept_whom_they_are_for_until_they_expire() {
    let server = Server::start().await;
    let place = Place::new(&server, json!({})).await;
    let login = place.alice().await;
    let identity = place.identity(&login).await;
    let answer = place.credentials(&identity, &login).await;
    let kept = place.kept(&answer).await;
    assert_eq!(kept.identity_id, identity);
    assert_eq!(kept.identity_pool_id, place.pool);
    assert_eq!(kept.role_arn, role("in"));
    assert_eq!(kept.session_name, "CognitoIdentityCredentials");
    let of_alice = format!("{}:CognitoSignIn:{}", place.provider, place.sub);
    assert_eq!(kept.amr, ["authenticated", &place.provider, &of_alice]);
    assert!(kept.principal_tags.is_empty());

    let guest = place.identity(&json!({})).await;
    let guests = place
        .kept(&place.credentials(&guest, &json!({})).await)
        .await;
    assert_eq!(guests.role_arn, role("out"));
    assert_eq!(guests.amr, ["unauthenticated"]);

    // They outlive identity and pool, but not their hour.
    let pool = json!({ "IdentityPoolId": place.pool });
    server.gives("DeleteIdentityPool", pool).await;
    server.advance(Duration::from_secs(3_599));
    place.kept(&answer).await;
    server.advance(Duration::from_secs(1));
    server.app.sweep().await.unwrap();
    let mut read = server.app.store.read().await.unwrap();
    let id = &kept.access_key_id;
    let now = server.app.clock.now();
    assert_eq!(read.credentials().find(id, now).await.unwrap(), None);
    let early = mocknito::clock::Timestamp::from_seconds(START);
    assert_eq!(read.credentials().find(id, early).await.unwrap(), None);
}

#[tokio::test]
async fn principal_tags_come_with_the_credentials() {
    let server = Server::start().await;
    let place = Place::new(&server, json!({})).await;
    let login = place.alice().await;
    let identity = place.identity(&login).await;
    let mut set = json!({
        "IdentityPoolId": place.pool,
        "IdentityProviderName": place.provider,
        "PrincipalTags": { "mail": "email", "checked": "email_verified", "none": "custom:none" },
    });
    server
        .gives("SetPrincipalTagAttributeMap", set.clone())
        .await;
    let kept = place
        .kept(&place.credentials(&identity, &login).await)
        .await;
    let kept: Vec<(&str, &str)> = kept
        .principal_tags
        .iter()
        .map(|(tag, value)| (tag.as_str(), value.as_str()))
        .collect();
    assert_eq!(kept, [("checked", "true"), ("mail", "alice@example.com")]);

    set["UseDefaults"] = json!(true);
    server.gives("SetPrincipalTagAttributeMap", set).await;
    let kept = place
        .kept(&place.credentials(&identity, &login).await)
        .await;
    assert_eq!(kept.principal_tags["client"], place.client);
    assert_eq!(kept.principal_tags["username"], place.sub);
    assert_eq!(kept.principal_tags.len(), 2);
}

#[tokio::test]
async fn without_roles_there_are_no_credentials() {
    let server = Server::start().await;
    let place = Place::new(&server, json!({})).await;
    let nothing = json!({ "IdentityPoolId": place.pool, "Roles": {} });
    server.gives("SetIdentityPoolRoles", nothing).await;
    let expected = "InvalidIdentityPoolConfigurationException: Invalid identity pool configuration. Check assigned IAM roles for this pool.";
    for logins in [json!({}), place.alice().await] {
        let input = acting(&place.identity(&logins).await, &logins);
        server
            .denies("GetCredentialsForIdentity", input, expected)
            .await;
    }
}
