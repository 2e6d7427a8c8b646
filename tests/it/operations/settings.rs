//! What is set on a pool beside its own document: tags by ARN, and MFA.

use serde_json::{Value, json};

use crate::support::{Server, refusal};

fn arn(pool: &str) -> String {
    format!("arn:aws:cognito-idp:us-east-1:123456789012:userpool/{pool}")
}

async fn tags(server: &Server, pool: &str) -> Value {
    server
        .ok("ListTagsForResource", json!({ "ResourceArn": arn(pool) }))
        .await["Tags"]
        .clone()
}

#[tokio::test]
async fn tags_are_set_merged_and_taken_away() {
    let server = Server::start().await;
    let pool = server.pool(json!({ "UserPoolTags": { "a": "1" } })).await;
    let other = server.pool(json!({})).await;
    let arn = arn(&pool);
    let set = json!({ "ResourceArn": arn, "Tags": { "a": "2", "b": "" } });
    assert_eq!(server.ok("TagResource", set).await, json!({}));
    assert_eq!(tags(&server, &pool).await, json!({ "a": "2", "b": "" }));
    let described = server
        .ok("DescribeUserPool", json!({ "UserPoolId": pool }))
        .await;
    assert_eq!(
        described["UserPool"]["UserPoolTags"],
        json!({ "a": "2", "b": "" })
    );
    let take = json!({ "ResourceArn": arn, "TagKeys": ["a", "never set"] });
    assert_eq!(server.ok("UntagResource", take).await, json!({}));
    assert_eq!(tags(&server, &pool).await, json!({ "b": "" }));
    assert_eq!(tags(&server, &other).await, json!({}));
}

#[tokio::test]
async fn a_pool_has_at_most_fifty_tags() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let some = |from: usize, to: usize| -> Value {
        (from..to)
            .map(|n| (n.to_string(), json!("x")))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let set = |tags: Value| json!({ "ResourceArn": arn(&pool), "Tags": tags });
    server.ok("TagResource", set(some(0, 50))).await;
    server
        .refuses_as("TagResource", set(some(50, 51)), "TooManyTags")
        .await;
    assert_eq!(tags(&server, &pool).await.as_object().unwrap().len(), 50);
    // Set again, a tag does not count twice.
    server.ok("TagResource", set(some(0, 1))).await;
    let input = json!({ "PoolName": "p", "UserPoolTags": some(0, 51) });
    server
        .refuses_as("CreateUserPool", input, "TooManyTags")
        .await;
}

#[tokio::test]
async fn an_arn_that_names_no_pool_of_ours_is_refused() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let missing =
        |pool: &str| format!("ResourceNotFoundException: User pool {pool} does not exist.");
    for (arn, pool) in [
        (arn("us-east-1_nowhere00"), "us-east-1_nowhere00"),
        (arn(&pool).replace("us-east-1:", "eu-west-1:"), &pool),
        (arn(&pool).replace("123456789012", "999999999999"), &pool),
    ] {
        let input = json!({ "ResourceArn": arn });
        server
            .refuses("ListTagsForResource", input, &missing(pool))
            .await;
        let input = json!({ "ResourceArn": arn, "Tags": { "a": "b" } });
        server.refuses("TagResource", input, &missing(pool)).await;
        let input = json!({ "ResourceArn": arn, "TagKeys": ["a"] });
        server.refuses("UntagResource", input, &missing(pool)).await;
    }
    for malformed in [
        "arn:aws:cognito-identity:us-east-1:123456789012:userpool/x_y".to_owned(),
        "arn:aws:cognito-idp:us-east-1:123456789012:group/x_y".to_owned(),
    ] {
        let input = json!({ "ResourceArn": malformed });
        server
            .refuses_as("ListTagsForResource", input, "ArnMalformed")
            .await;
    }
    let reply = server
        .call_in(
            "eu-west-1",
            "ListTagsForResource",
            json!({ "ResourceArn": arn(&pool) }),
        )
        .await;
    assert_eq!(refusal(&reply), missing(&pool));
    assert_eq!(tags(&server, &pool).await, json!({}));
}

#[tokio::test]
async fn mfa_is_described_as_it_was_set() {
    let server = Server::start().await;
    let plain = server.pool(json!({})).await;
    let described = server
        .ok("GetUserPoolMfaConfig", json!({ "UserPoolId": plain }))
        .await;
    assert_eq!(described["MfaConfiguration"], "OFF");
    assert!(described.get("SmsMfaConfiguration").is_none());

    let role = "arn:aws:iam::123456789012:role/sms";
    let pool = server
        .pool(json!({ "MfaConfiguration": "OPTIONAL", "SmsConfiguration": { "SnsCallerArn": role, "ExternalId": "x" } }))
        .await;
    let described = server
        .ok("GetUserPoolMfaConfig", json!({ "UserPoolId": pool }))
        .await;
    assert_eq!(described["MfaConfiguration"], "OPTIONAL");
    assert_eq!(
        described["SmsMfaConfiguration"]["SmsConfiguration"],
        json!({ "SnsCallerArn": role, "ExternalId": "x" })
    );
    server
        .refuses(
            "GetUserPoolMfaConfig",
            json!({ "UserPoolId": "us-east-1_nowhere00" }),
            "ResourceNotFoundException: User pool us-east-1_nowhere00 does not exist.",
        )
        .await;
}
