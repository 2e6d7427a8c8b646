//! The functions around a sign-in by way of an identity provider.

use serde_json::{Value, json};

use super::lambda::{Lambda, pool};
use crate::federation::{Federated, google};
use crate::support::{Server, attribute, claims, text};

const ANN: &[(&str, &str)] = &[("email", "ann@example.com"), ("name", "Ann Lee")];
const ALL: [&str; 6] = [
    "InboundFederation",
    "PreSignUp",
    "PostConfirmation",
    "PreAuthentication",
    "PostAuthentication",
    "PreTokenGeneration",
];

async fn world(server: &Server) -> Federated<'_> {
    let id = server.pool(pool(&ALL, json!({}))).await;
    Federated::with(server, id, google()).await
}

#[tokio::test]
async fn the_first_time_makes_a_user_and_later_ones_find_it() {
    let (lambda, server) = Lambda::start().await;
    let world = world(&server).await;
    lambda.responds(
        "PreSignUp",
        json!({ "autoConfirmUser": true, "autoVerifyEmail": true }),
    );
    let tokens = world.sign_in(ANN).await;
    let username = text(&claims(&tokens["id_token"])["cognito:username"]);
    let events = lambda.take();
    let sources: Vec<_> = events
        .iter()
        .map(|event| text(&event["triggerSource"]))
        .collect();
    assert_eq!(
        sources,
        [
            "InboundFederation_ExternalProvider",
            "PreSignUp_ExternalProvider",
            "PostConfirmation_ConfirmSignUp",
            "TokenGeneration_HostedAuth"
        ]
    );
    for event in &events {
        assert_eq!(event["userName"], json!(username));
        assert_eq!(event["callerContext"]["clientId"], json!(world.client));
    }
    let inbound = &events[0]["request"];
    assert_eq!(inbound["providerName"], "Google");
    assert_eq!(inbound["providerType"], "Google");
    assert_eq!(inbound["attributes"]["idToken"]["email"], "ann@example.com");
    assert!(inbound["attributes"]["tokenResponse"]["access_token"].is_string());
    assert!(inbound["attributes"]["userInfo"].is_object());
    // AWS's own types know texts alone.
    for part in inbound["attributes"].as_object().unwrap().values() {
        assert!(part.as_object().unwrap().values().all(Value::is_string));
    }
    let members: Vec<_> = inbound.as_object().unwrap().keys().collect();
    assert_eq!(members, ["providerName", "providerType", "attributes"]);
    assert_eq!(events[0]["response"], json!({ "userAttributesToMap": {} }));
    let given = &events[1]["request"]["userAttributes"];
    assert_eq!(given["email"], "ann@example.com");
    assert_eq!(given.get("sub"), None);
    let user = server.described_user(&world.pool, &username).await;
    let verified = attribute(&user["UserAttributes"], "email_verified");
    assert_eq!(verified.as_deref(), Some("true"));

    world.sign_in(ANN).await;
    assert_eq!(
        lambda.take_sources(),
        [
            "InboundFederation_ExternalProvider",
            "PreAuthentication_Authentication",
            "PostAuthentication_Authentication",
            "TokenGeneration_HostedAuth"
        ]
    );
}

#[tokio::test]
async fn the_function_may_put_other_attributes_in_place_of_the_providers() {
    let (lambda, server) = Lambda::start().await;
    let world = world(&server).await;
    let mapped = json!({ "userAttributesToMap": { "name": "Mapped" } });
    lambda.responds("InboundFederation", mapped);
    let said = world.id_claims(ANN).await;
    assert_eq!(said["name"], "Mapped");
    // What it left out is dropped; who it is stays what the provider said.
    assert_eq!(said.get("email"), None);
    assert!(text(&said["cognito:username"]).starts_with("Google_"));
    lambda.responds("InboundFederation", json!({ "userAttributesToMap": {} }));
    assert_eq!(world.id_claims(ANN).await["name"], "Ann Lee");
}

#[tokio::test]
async fn a_refusal_reaches_the_application_and_leaves_nobody_behind() {
    let (lambda, server) = Lambda::start().await;
    let world = world(&server).await;
    let users = async || {
        let list = server
            .ok("ListUsers", json!({ "UserPoolId": world.pool }))
            .await;
        list["Users"].as_array().map_or(0, Vec::len)
    };
    lambda.raises("PreSignUp", "Not you");
    let told = world.refusal(ANN).await;
    assert_eq!(told, "server_error: PreSignUp failed with error Not you.");
    lambda.responds("InboundFederation", json!({ "userAttributesToMap": "all" }));
    let told = world.refusal(ANN).await;
    assert_eq!(told, "server_error: Unrecognizable lambda output");
    assert_eq!(users().await, 0);

    lambda.on("InboundFederation", |_| {});
    lambda.on("PreSignUp", |_| {});
    world.sign_in(ANN).await;
    assert_eq!(users().await, 1);
    lambda.raises("PreAuthentication", "Not today");
    let told = world.refusal(ANN).await;
    assert_eq!(
        told,
        "invalid_request: PreAuthentication failed with error Not today."
    );
    lambda.on("PreAuthentication", |_| {});
    lambda.raises("PostAuthentication", "Too late");
    let told = world.refusal(ANN).await;
    assert_eq!(
        told,
        "invalid_request: PostAuthentication failed with error Too late."
    );
}
