//! The folder that a real cognito-local wrote: its users sign in with their passwords.

use serde_json::{Value, json};

use super::{data, load, with};
use crate::support::{Server, claims};

const POOL: &str = "local_4X4LqdCU";
const CLIENT: &str = "3xqk6ywqdhfqimt1twcypkqcf";

fn sign_in(name: &str, password: &str) -> Value {
    json!({
        "AuthFlow": "USER_PASSWORD_AUTH",
        "ClientId": CLIENT,
        "AuthParameters": { "USERNAME": name, "PASSWORD": password },
    })
}

#[tokio::test]
async fn users_sign_in_with_the_passwords_and_ids_that_they_had() {
    let server = Server::start().await;
    let (fixtures, loaded) = load(&server, vec![data("cognito_local")], &with(&[]))
        .await
        .unwrap();
    assert_eq!(loaded.pools[0].id, POOL);
    // Its password breaks the pool's policy, and was good enough there.
    let tokens = server
        .ok("InitiateAuth", sign_in("ada@example.com", "weak"))
        .await;
    let token = claims(&tokens["AuthenticationResult"]["IdToken"]);
    assert_eq!(token["sub"], "36e0bc5a-c07d-4738-9915-e442efb615e8");
    assert_eq!(token["cognito:groups"], json!(["admins"]));

    let refused = server
        .refused("InitiateAuth", sign_in("ada@example.com", "Weak"))
        .await;
    assert!(refused.contains("NotAuthorizedException"), "{refused}");
    let refused = server
        .refused("InitiateAuth", sign_in("ben@example.com", "Passw0rd!"))
        .await;
    assert!(refused.contains("UserNotConfirmedException"), "{refused}");
    let asked = server
        .ok("InitiateAuth", sign_in("cleo@example.com", "Temp0rary!"))
        .await;
    assert_eq!(asked["ChallengeName"], "NEW_PASSWORD_REQUIRED");
    let notes: Vec<&str> = fixtures.notes().collect();
    assert_eq!(
        notes,
        ["refresh tokens are of cognito-local's key: users sign in again"]
    );
}

#[tokio::test]
async fn its_pools_are_found_whatever_region_a_request_is_signed_for() {
    let server = Server::start().await;
    load(&server, vec![data("cognito_local")], &with(&[]))
        .await
        .unwrap();
    let asked = json!({ "UserPoolId": POOL });
    for region in ["us-east-1", "eu-west-1", "local"] {
        let reply = server
            .call_in(region, "DescribeUserPool", asked.clone())
            .await;
        assert_eq!(reply.json()["UserPool"]["Id"], POOL, "{region}");
    }
    let other = server.pool(json!({ "PoolName": "other" })).await;
    let asked = json!({ "UserPoolId": other });
    let reply = server.call_in("eu-west-1", "DescribeUserPool", asked).await;
    assert!(
        reply.json().get("UserPool").is_none(),
        "other pools are their Region's alone"
    );
}
