//! Roles, role mappings and principal tags as they are set and described.

use serde_json::{Value, json};

use super::{IdentityPoolCalls, role};
use crate::support::Server;

const PROVIDER: &str = "cognito-idp.us-east-1.amazonaws.com/us-east-1_Abc";
const OIDC: &str = "arn:aws:iam::123456789012:oidc-provider/idp.example.com";

async fn pool(server: &Server) -> String {
    server
        .identity_pool(json!({
            "CognitoIdentityProviders": [{ "ProviderName": PROVIDER, "ClientId": "client" }],
            "OpenIdConnectProviderARNs": [OIDC],
            "SupportedLoginProviders": { "graph.facebook.com": "1234" },
        }))
        .await
}

fn token_mapping() -> Value {
    json!({ "Type": "Token", "AmbiguousRoleResolution": "Deny" })
}

fn rules_mapping() -> Value {
    json!({
        "Type": "Rules",
        "AmbiguousRoleResolution": "AuthenticatedRole",
        "RulesConfiguration": { "Rules": [{
            "Claim": "custom:team",
            "MatchType": "Equals",
            "Value": "red",
            "RoleARN": role("red"),
        }] },
    })
}

#[tokio::test]
async fn roles_are_replaced_as_a_whole() {
    let server = Server::start().await;
    let pool = pool(&server).await;
    let asked = json!({ "IdentityPoolId": pool });
    let nothing = server.gives("GetIdentityPoolRoles", asked.clone()).await;
    assert_eq!(nothing, json!({ "IdentityPoolId": pool }));

    let client = format!("{PROVIDER}:client");
    let mut roles = json!({
        "IdentityPoolId": pool,
        "Roles": { "authenticated": role("in"), "unauthenticated": role("out") },
        "RoleMappings": {
            client: token_mapping(),
            OIDC: rules_mapping(),
            "graph.facebook.com": rules_mapping(),
        },
    });
    let answer = server.gives("SetIdentityPoolRoles", roles.clone()).await;
    assert_eq!(answer, Value::Null);
    let described = server.gives("GetIdentityPoolRoles", asked.clone()).await;
    assert_eq!(described, roles);

    // The name that clients derive from a local issuer is an alias.
    let mapping = json!({ "localhost:9339/us-east-1_Abc:client": token_mapping() });
    roles["RoleMappings"] = mapping;
    server.gives("SetIdentityPoolRoles", roles.clone()).await;
    let described = server.gives("GetIdentityPoolRoles", asked.clone()).await;
    let expected = json!({ format!("{PROVIDER}:client"): token_mapping() });
    assert_eq!(described["RoleMappings"], expected);

    let none = json!({ "IdentityPoolId": pool, "Roles": {} });
    server.gives("SetIdentityPoolRoles", none).await;
    assert_eq!(server.gives("GetIdentityPoolRoles", asked).await, nothing);
}

#[tokio::test]
async fn a_mapping_is_of_a_configured_provider() {
    let server = Server::start().await;
    let pool = pool(&server).await;
    for key in [
        PROVIDER.to_owned(),
        format!("{PROVIDER}:other"),
        format!("{PROVIDER}client"),
        "accounts.google.com".to_owned(),
        "idp.example.com".to_owned(),
        OIDC.replace("idp", "other"),
    ] {
        let input = json!({
            "IdentityPoolId": pool,
            "Roles": {},
            "RoleMappings": { key.clone(): token_mapping() },
        });
        let expected = format!(
            "InvalidParameterException: {key} is not a valid RoleMapping ProviderName or is not a configured provider."
        );
        server
            .denies("SetIdentityPoolRoles", input, &expected)
            .await;
    }
}

#[tokio::test]
async fn half_a_mapping_is_refused() {
    let server = Server::start().await;
    let pool = pool(&server).await;
    for (mapping, situation) in [
        (json!({ "Type": "Token" }), "RoleMappingUndecided"),
        (
            json!({ "Type": "Rules", "AmbiguousRoleResolution": "Deny" }),
            "RoleMappingWithoutRules",
        ),
    ] {
        let input = json!({
            "IdentityPoolId": pool,
            "Roles": {},
            "RoleMappings": { OIDC: mapping },
        });
        server
            .denies_as("SetIdentityPoolRoles", input, situation)
            .await;
    }
}

#[tokio::test]
async fn principal_tags_are_kept_by_provider() {
    let server = Server::start().await;
    let pool = pool(&server).await;
    let asked =
        |provider: &str| json!({ "IdentityPoolId": pool, "IdentityProviderName": provider });
    let expected =
        format!("ResourceNotFoundException: No Principal Tags configured for Provider {PROVIDER}");
    let get = "GetPrincipalTagAttributeMap";
    server.denies(get, asked(PROVIDER), &expected).await;

    let set = json!({
        "IdentityPoolId": pool,
        "IdentityProviderName": "localhost:9339/us-east-1_Abc",
        "UseDefaults": true,
        "PrincipalTags": { "team": "custom:team" },
    });
    let answer = server
        .gives("SetPrincipalTagAttributeMap", set.clone())
        .await;
    let mut kept = set;
    kept["IdentityProviderName"] = json!(PROVIDER);
    assert_eq!(answer, kept);
    for name in [PROVIDER, "localhost:9339/us-east-1_Abc"] {
        assert_eq!(server.gives(get, asked(name)).await, kept);
    }
    server
        .denies_as(get, asked(OIDC), "PrincipalTagsNotFound")
        .await;
}

#[tokio::test]
async fn principal_tags_have_460_bytes_of_attribute_names_at_most() {
    let server = Server::start().await;
    let pool = pool(&server).await;
    let set = |last: usize| {
        json!({
            "IdentityPoolId": pool,
            "IdentityProviderName": PROVIDER,
            "PrincipalTags": { "a": "x".repeat(256), "b": "x".repeat(last) },
        })
    };
    server.gives("SetPrincipalTagAttributeMap", set(204)).await;
    server
        .denies_as(
            "SetPrincipalTagAttributeMap",
            set(205),
            "PrincipalTagsTooLong",
        )
        .await;
}
