//! Identity pools themselves: what is kept of them, their ids, their tags, and in which Region they
//! are.

use serde_json::{Value, json};

use super::IdentityPoolCalls;
use crate::support::{Server, each, keys, refusal, text};

const FIXED: &str = "us-east-1:11111111-2222-4333-8444-555555555555";
const UNKNOWN: &str = "us-east-1:00000000-0000-4000-8000-000000000000";

fn full() -> Value {
    json!({
        "IdentityPoolName": "My pool, no. 1",
        "AllowUnauthenticatedIdentities": false,
        "AllowClassicFlow": true,
        "SupportedLoginProviders": { "accounts.google.com": "id.apps.googleusercontent.com" },
        "DeveloperProviderName": "login.example.com",
        "OpenIdConnectProviderARNs": ["arn:aws:iam::123456789012:oidc-provider/idp.example.com"],
        "CognitoIdentityProviders": [{
            "ProviderName": "cognito-idp.us-east-1.amazonaws.com/us-east-1_Abc",
            "ClientId": "client",
            "ServerSideTokenCheck": true,
        }],
        "SamlProviderARNs": ["arn:aws:iam::123456789012:saml-provider/Corp"],
        "IdentityPoolTags": { "stage": "test" },
    })
}

#[tokio::test]
async fn what_is_created_is_described_as_a_whole() {
    let server = Server::start().await;
    let created = server.gives("CreateIdentityPool", full()).await;
    let id = text(&created["IdentityPoolId"]);
    assert!(id.starts_with("us-east-1:") && id.len() == "us-east-1:".len() + 36);
    let mut expected = full();
    expected["IdentityPoolId"] = json!(id);
    assert_eq!(created, expected);
    let asked = json!({ "IdentityPoolId": id });
    assert_eq!(server.gives("DescribeIdentityPool", asked).await, expected);
}

#[tokio::test]
async fn empty_members_are_not_described() {
    let server = Server::start().await;
    let pool = server
        .identity_pool(json!({
            "SupportedLoginProviders": {},
            "OpenIdConnectProviderARNs": [],
            "CognitoIdentityProviders": [],
            "SamlProviderARNs": [],
        }))
        .await;
    let asked = json!({ "IdentityPoolId": pool });
    let described = server.gives("DescribeIdentityPool", asked).await;
    let expected = json!({
        "IdentityPoolId": pool,
        "IdentityPoolName": "test",
        "AllowUnauthenticatedIdentities": true,
        "IdentityPoolTags": {},
    });
    assert_eq!(described, expected);
}

#[tokio::test]
async fn an_update_replaces_everything_but_what_is_given_once() {
    let server = Server::start().await;
    let id = server.gives("CreateIdentityPool", full()).await["IdentityPoolId"].clone();
    let update = json!({
        "IdentityPoolId": id,
        "IdentityPoolName": "other",
        "AllowUnauthenticatedIdentities": true,
    });
    let updated = server.gives("UpdateIdentityPool", update.clone()).await;
    let expected = [
        "AllowUnauthenticatedIdentities",
        "DeveloperProviderName",
        "IdentityPoolId",
        "IdentityPoolName",
        "IdentityPoolTags",
    ];
    assert_eq!(keys(&updated), expected);
    assert_eq!(updated["DeveloperProviderName"], "login.example.com");
    assert_eq!(updated["IdentityPoolTags"], json!({ "stage": "test" }));
    let described = json!({ "IdentityPoolId": id });
    let described = server.gives("DescribeIdentityPool", described).await;
    assert_eq!(described, updated);

    let mut renamed = update;
    renamed["DeveloperProviderName"] = json!("login.example.org");
    server
        .denies_as("UpdateIdentityPool", renamed, "DeveloperProviderChanged")
        .await;
}

#[tokio::test]
async fn the_local_name_of_a_user_pool_becomes_that_of_aws() {
    let server = Server::start().await;
    let provider = json!({ "ProviderName": "localhost:9339/us-east-1_Abc", "ClientId": "a" });
    let pool = json!({ "CognitoIdentityProviders": [provider] });
    let pool = server.identity_pool(pool).await;
    let asked = json!({ "IdentityPoolId": pool });
    let described = server.gives("DescribeIdentityPool", asked).await;
    let expected = json!([{
        "ProviderName": "cognito-idp.us-east-1.amazonaws.com/us-east-1_Abc",
        "ClientId": "a",
        "ServerSideTokenCheck": false,
    }]);
    assert_eq!(described["CognitoIdentityProviders"], expected);
}

#[tokio::test]
async fn half_a_provider_is_refused() {
    let server = Server::start().await;
    let with = |member: &str, value: Value| {
        json!({
            "IdentityPoolName": "p",
            "AllowUnauthenticatedIdentities": true,
            member: value,
        })
    };
    let providers = json!([{ "ProviderName": "cognito-idp.us-east-1.amazonaws.com/us-east-1_A" }]);
    let input = with("CognitoIdentityProviders", providers);
    server
        .denies_as("CreateIdentityPool", input, "IdentityProviderIncomplete")
        .await;
    for (member, arn) in [
        (
            "OpenIdConnectProviderARNs",
            "arn:aws:iam::123456789012:saml-provider/A",
        ),
        (
            "OpenIdConnectProviderARNs",
            "https://idp.example.com/and-more",
        ),
        (
            "SamlProviderARNs",
            "arn:aws:iam::123456789012:oidc-provider/idp.example.com",
        ),
        (
            "SamlProviderARNs",
            "arn:aws:sts::123456789012:saml-provider/A",
        ),
    ] {
        let input = with(member, json!([arn]));
        server
            .denies_as("CreateIdentityPool", input, "ArnMalformed")
            .await;
    }
}

#[tokio::test]
async fn a_tag_fixes_the_id_once() {
    let server = Server::start().await;
    let with_id = |id: &str| {
        json!({
            "IdentityPoolName": "p",
            "AllowUnauthenticatedIdentities": true,
            "IdentityPoolTags": { "_custom_id_": id },
        })
    };
    let created = server
        .gives("CreateIdentityPool", with_id(&FIXED[10..]))
        .await;
    assert_eq!(created["IdentityPoolId"], FIXED);
    server
        .denies_as("CreateIdentityPool", with_id(FIXED), "IdentityPoolIdTaken")
        .await;
    for malformed in ["eu-west-1:11111111-2222", "xyz", ""] {
        let input = with_id(malformed);
        server
            .denies_as("CreateIdentityPool", input, "IdentityPoolIdMalformed")
            .await;
    }
}

#[tokio::test]
async fn identity_pools_are_listed_by_region_page_by_page() {
    let server = Server::start().await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(server.identity_pool(json!({})).await);
    }
    ids.sort();
    let elsewhere = json!({ "IdentityPoolName": "p", "AllowUnauthenticatedIdentities": true });
    let elsewhere = server
        .call_identity_in("eu-west-1", "CreateIdentityPool", elsewhere)
        .await
        .json();
    let elsewhere = text(&elsewhere["IdentityPoolId"]);
    assert!(elsewhere.starts_with("eu-west-1:"), "{elsewhere}");

    let first = json!({ "MaxResults": 2 });
    let first = server.gives("ListIdentityPools", first).await;
    let mut listed = each(&first["IdentityPools"], "IdentityPoolId");
    let rest = json!({ "MaxResults": 2, "NextToken": first["NextToken"] });
    let rest = server.gives("ListIdentityPools", rest).await;
    assert_eq!(keys(&rest), ["IdentityPools"]);
    listed.extend(each(&rest["IdentityPools"], "IdentityPoolId"));
    listed.sort();
    assert_eq!(listed, ids);
    assert_eq!(each(&rest["IdentityPools"], "IdentityPoolName"), ["test"]);
    let odd = json!({ "MaxResults": 2, "NextToken": "odd" });
    server
        .denies_as("ListIdentityPools", odd, "InvalidPagination")
        .await;

    // A signature for another Region does not find the pool; without one, its id is enough.
    let asked = json!({ "IdentityPoolId": elsewhere });
    server.gives("DescribeIdentityPool", asked.clone()).await;
    let reply = server
        .call_identity_in("us-east-1", "DescribeIdentityPool", asked)
        .await;
    let expected = format!("ResourceNotFoundException: IdentityPool '{elsewhere}' not found.");
    assert_eq!(refusal(&reply), expected);
}

#[tokio::test]
async fn a_deleted_identity_pool_is_gone() {
    let server = Server::start().await;
    let pool = json!({ "IdentityPoolId": server.identity_pool(json!({})).await });
    let reply = server
        .call_identity("DeleteIdentityPool", pool.clone())
        .await;
    assert!(reply.status.is_success() && reply.body.is_empty());
    for operation in [
        "DescribeIdentityPool",
        "DeleteIdentityPool",
        "GetIdentityPoolRoles",
    ] {
        server
            .denies_as(operation, pool.clone(), "IdentityPoolNotFound")
            .await;
    }
}

#[tokio::test]
async fn a_reset_takes_identity_pools_away() {
    let server = Server::start().await;
    let pool = server.identity_pool(json!({})).await;
    server.own("POST", "reset", Value::Null).await;
    server
        .denies_as(
            "DescribeIdentityPool",
            json!({ "IdentityPoolId": pool }),
            "IdentityPoolNotFound",
        )
        .await;
}

#[tokio::test]
async fn tags_are_set_merged_and_taken_away_by_arn() {
    let server = Server::start().await;
    let tags = json!({ "IdentityPoolTags": { "a": "1" } });
    let pool = server.identity_pool(tags).await;
    let arn = format!("arn:aws:cognito-identity:us-east-1:123456789012:identitypool/{pool}");
    let set = json!({ "ResourceArn": arn, "Tags": { "a": "2", "b": "" } });
    assert_eq!(server.gives("TagResource", set).await, json!({}));
    let take = json!({ "ResourceArn": arn, "TagKeys": ["a", "never set"] });
    assert_eq!(server.gives("UntagResource", take).await, json!({}));
    let listed = json!({ "ResourceArn": arn });
    let listed = server.gives("ListTagsForResource", listed).await;
    assert_eq!(listed, json!({ "Tags": { "b": "" } }));
    let reserved = json!({ "ResourceArn": arn, "Tags": { "aws:a": "" } });
    server
        .denies_as("TagResource", reserved, "TagKeyReserved")
        .await;
    for (arn, situation) in [
        (arn.replace("identitypool", "userpool"), "ArnMalformed"),
        (
            arn.replace("cognito-identity", "cognito-idp"),
            "ArnMalformed",
        ),
        (
            arn.replace("123456789012", "210987654321"),
            "IdentityPoolNotFound",
        ),
        (arn.replace(&pool, UNKNOWN), "IdentityPoolNotFound"),
    ] {
        let asked = json!({ "ResourceArn": arn });
        server
            .denies_as("ListTagsForResource", asked, situation)
            .await;
    }
}

#[tokio::test]
async fn every_violation_of_the_model_is_told_at_once() {
    let server = Server::start().await;
    let input = json!({
        "IdentityPoolName": "a!",
        "CognitoIdentityProviders": [{ "ClientId": "-" }],
        "DeveloperProviderName": "",
    });
    let reply = server.call_identity("CreateIdentityPool", input).await;
    let refused = refusal(&reply);
    let expected = "InvalidParameterException: 5 validation errors detected: ";
    assert!(refused.starts_with(expected), "{refused}");
}
