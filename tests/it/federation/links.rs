//! AdminLinkProviderForUser and AdminDisableProviderForUser.

use serde_json::{Value, json};

use super::{Federated, oidc};
use crate::support::{Server, attribute, claims, with_password};

fn named(provider: &str, attribute: &str, value: &str) -> Value {
    json!({ "ProviderName": provider, "ProviderAttributeName": attribute, "ProviderAttributeValue": value })
}

fn link(pool: &str, destination: &str, source: Value) -> Value {
    json!({
        "UserPoolId": pool,
        "DestinationUser": { "ProviderName": "Cognito", "ProviderAttributeValue": destination },
        "SourceUser": source,
    })
}

fn unlink(pool: &str, user: Value) -> Value {
    json!({ "UserPoolId": pool, "User": user })
}

async fn identities(server: &Server, pool: &str, username: &str) -> Option<Value> {
    let user = server.described_user(pool, username).await;
    let text = attribute(&user["UserAttributes"], "identities")?;
    Some(serde_json::from_str(&text).unwrap())
}

#[tokio::test]
async fn a_linked_identity_shows_in_the_attribute_and_in_the_tokens() {
    let server = Server::start().await;
    let world = Federated::google(&server).await;
    let client = server.client_id(&world.pool, json!({})).await;
    server.user(&world.pool, "alice", &[]).await;
    let source = named("Google", "Cognito_Subject", "1234");
    server
        .ok(
            "AdminLinkProviderForUser",
            link(&world.pool, "alice", source.clone()),
        )
        .await;
    let expected = json!([{
        "userId": "1234",
        "providerName": "Google",
        "providerType": "Google",
        "issuer": null,
        "primary": false,
        "dateCreated": 1_767_225_600_000_i64,
    }]);
    assert_eq!(
        identities(&server, &world.pool, "alice").await,
        Some(expected)
    );

    let tokens = server.sign_in(&client, "alice").await;
    let claim = claims(&tokens["IdToken"])["identities"].clone();
    assert_eq!(
        claim,
        json!([{
            "userId": "1234",
            "providerName": "Google",
            "providerType": "Google",
            "issuer": null,
            "primary": "false",
            "dateCreated": "1767225600000",
        }])
    );
    assert!(claims(&tokens["AccessToken"]).get("identities").is_none());

    server
        .ok("AdminDisableProviderForUser", unlink(&world.pool, source))
        .await;
    assert_eq!(identities(&server, &world.pool, "alice").await, None);
}

#[tokio::test]
async fn a_link_needs_a_provider_a_user_and_an_identity_that_is_free() {
    let server = Server::start().await;
    let world = Federated::google(&server).await;
    let pool = &world.pool;
    let mut corp = oidc("Corp", "https://idp.example.com", json!({}));
    corp["UserPoolId"] = json!(pool);
    server.ok("CreateIdentityProvider", corp).await;
    for name in ["alice", "bob"] {
        server.user(pool, name, &[]).await;
    }
    let refused = async |input: Value| server.refused("AdminLinkProviderForUser", input).await;
    let subject = |value: &str| named("Google", "Cognito_Subject", value);
    let nobody = format!(
        "ResourceNotFoundException: Identity provider Nobody for tenantId {pool} does not exist."
    );
    for (input, refusal) in [
        (
            link(pool, "alice", named("Nobody", "Cognito_Subject", "1")),
            nobody.as_str(),
        ),
        (
            link(pool, "nobody", subject("1")),
            "UserNotFoundException: User does not exist.",
        ),
        (
            link(pool, "alice", named("Google", "email", "a@b.c")),
            "InvalidParameterException: ProviderAttributeName must be Cognito_Subject for the provider Google",
        ),
        (
            link(pool, "alice", named("Corp", "nickname", "x")),
            "InvalidParameterException: nickname is not a mapped attribute of the provider Corp",
        ),
        (
            link(pool, "alice", named("Cognito", "Cognito_Subject", "bob")),
            "InvalidParameterException: Merging is not currently supported, provide a SourceUser that has not been signed up in order to link",
        ),
        (
            link(pool, "alice", json!({ "ProviderName": "Google" })),
            "InvalidParameterException: SourceUser.ProviderAttributeValue is required",
        ),
    ] {
        assert_eq!(refused(input).await, refusal);
    }

    server
        .ok(
            "AdminLinkProviderForUser",
            link(pool, "alice", subject("1")),
        )
        .await;
    assert_eq!(
        refused(link(pool, "alice", subject("1"))).await,
        "InvalidParameterException: SourceUser is already linked to DestinationUser"
    );
    assert_eq!(
        refused(link(pool, "bob", subject("1"))).await,
        "AliasExistsException: SourceUser is already linked to another user"
    );
    for value in ["2", "3", "4", "5"] {
        server
            .ok(
                "AdminLinkProviderForUser",
                link(pool, "alice", subject(value)),
            )
            .await;
    }
    assert_eq!(
        refused(link(pool, "alice", subject("6"))).await,
        "LimitExceededException: The maximum number of identities linked to a user is 5"
    );
}

#[tokio::test]
async fn somebody_who_came_from_the_provider_cannot_be_linked_any_more() {
    let server = Server::start().await;
    let world = Federated::google(&server).await;
    server.user(&world.pool, "alice", &[]).await;
    world
        .id_claims(&[("email", "ann@example.com"), ("id", "1234")])
        .await;
    assert_eq!(
        server
            .refused(
                "AdminLinkProviderForUser",
                link(
                    &world.pool,
                    "alice",
                    named("Google", "Cognito_Subject", "1234")
                )
            )
            .await,
        "InvalidParameterException: Merging is not currently supported, provide a SourceUser that has not been signed up in order to link"
    );
}

#[tokio::test]
async fn a_linked_identity_signs_in_as_the_destination_user() {
    let server = Server::start().await;
    let world = Federated::google(&server).await;
    let sub = server.user(&world.pool, "alice", &[]).await;
    server
        .ok(
            "AdminLinkProviderForUser",
            link(
                &world.pool,
                "alice",
                named("Google", "Cognito_Subject", "1234"),
            ),
        )
        .await;
    let claims = world
        .id_claims(&[
            ("email", "ann@example.com"),
            ("name", "Ann Lee"),
            ("id", "1234"),
        ])
        .await;
    assert_eq!(claims["sub"], json!(sub));
    assert_eq!(claims["cognito:username"], "alice");
    assert_eq!(claims["name"], "Ann Lee");
    assert_eq!(claims["identities"][0]["primary"], "false");

    // Unlinked, the same person is somebody new.
    server
        .ok(
            "AdminDisableProviderForUser",
            unlink(&world.pool, named("Google", "Cognito_Subject", "1234")),
        )
        .await;
    let claims = world
        .id_claims(&[("email", "ann@example.com"), ("id", "1234")])
        .await;
    assert_ne!(claims["sub"], json!(sub));
    assert_eq!(claims["cognito:username"], "Google_1234");
    assert_eq!(claims["identities"][0]["primary"], "true");
}

#[tokio::test]
async fn a_link_by_a_mapped_attribute_settles_on_the_providers_own_id() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let corp = oidc("Corp", "https://idp.example.com", json!({}));
    let world = Federated::with(&server, pool, corp).await;
    let sub = server.user(&world.pool, "alice", &[]).await;
    server
        .ok(
            "AdminLinkProviderForUser",
            link(
                &world.pool,
                "alice",
                named("Corp", "email", "ann@example.com"),
            ),
        )
        .await;
    let first = world
        .id_claims(&[("email", "ann@example.com"), ("id", "u-1")])
        .await;
    assert_eq!(first["sub"], json!(sub));
    assert_eq!(first["identities"][0]["userId"], "u-1");
    // Another address, the same person; the same address, another person.
    let again = world
        .id_claims(&[("email", "ann@example.org"), ("id", "u-1")])
        .await;
    assert_eq!(again["sub"], json!(sub));
    let other = world
        .id_claims(&[("email", "ann@example.com"), ("id", "u-2")])
        .await;
    assert_ne!(other["sub"], json!(sub));
}

#[tokio::test]
async fn a_federated_user_can_be_a_destination_too() {
    let server = Server::start().await;
    let world = Federated::google(&server).await;
    let mut corp = oidc("Corp", "https://idp.example.com", json!({}));
    corp["UserPoolId"] = json!(world.pool);
    server.ok("CreateIdentityProvider", corp).await;
    world
        .id_claims(&[("email", "ann@example.com"), ("id", "1234")])
        .await;
    let mut input = link(&world.pool, "1234", named("Corp", "Cognito_Subject", "u-1"));
    input["DestinationUser"]["ProviderName"] = json!("Google");
    server.ok("AdminLinkProviderForUser", input).await;
    let listed = identities(&server, &world.pool, "Google_1234")
        .await
        .unwrap();
    assert_eq!(listed[0]["providerName"], "Google");
    assert_eq!(listed[0]["primary"], true);
    assert_eq!(listed[1]["userId"], "u-1");
    assert_eq!(listed[1]["providerType"], "OIDC");
}

#[tokio::test]
async fn a_user_whose_own_provider_is_disabled_has_no_password() {
    let server = Server::start().await;
    let world = server.world().await;
    let own = named("Cognito", "Cognito_Subject", "alice");
    server
        .ok("AdminDisableProviderForUser", unlink(&world.pool, own))
        .await;
    let sign_in = with_password(&world.client, "alice", crate::support::PASSWORD);
    assert_eq!(
        server.refused("InitiateAuth", sign_in).await,
        "NotAuthorizedException: Incorrect username or password."
    );
    let user = server.described_user(&world.pool, "alice").await;
    assert_eq!(user["UserStatus"], "EXTERNAL_PROVIDER");
    assert_eq!(
        server
            .refused(
                "ForgotPassword",
                json!({ "ClientId": world.client, "Username": "alice" })
            )
            .await,
        "NotAuthorizedException: User password cannot be reset in the current state."
    );
}

#[tokio::test]
async fn what_is_not_linked_cannot_be_unlinked() {
    let server = Server::start().await;
    let world = Federated::google(&server).await;
    let refused = async |user: Value| {
        server
            .refused("AdminDisableProviderForUser", unlink(&world.pool, user))
            .await
    };
    assert_eq!(
        refused(named("Google", "Cognito_Subject", "1")).await,
        "UserNotFoundException: User does not exist for the given identity provider"
    );
    assert_eq!(
        refused(named("Nobody", "Cognito_Subject", "1")).await,
        format!(
            "ResourceNotFoundException: Identity provider Nobody for tenantId {} does not exist.",
            world.pool
        )
    );
    assert_eq!(
        refused(named("Cognito", "Cognito_Subject", "nobody")).await,
        "UserNotFoundException: User does not exist."
    );
}
