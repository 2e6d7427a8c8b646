//! Tags.

use serde_json::json;

use super::{Server, with};

#[tokio::test]
async fn pools_are_tagged_by_arn() {
    let server = Server::new().await;
    let id = server.pool("a").await;
    let arn =
        json!({"ResourceArn": format!("arn:aws:cognito-idp:us-east-1:123456789012:userpool/{id}")});
    let tagged = with(&arn, json!({"Tags": {"stage": "test", "team": "x"}}));
    assert_eq!(server.ok("TagResource", tagged).await, json!({}));
    let untagged = with(&arn, json!({"TagKeys": ["team", "never"]}));
    assert_eq!(server.ok("UntagResource", untagged).await, json!({}));
    let tags = server.ok("ListTagsForResource", arn.clone()).await;
    assert_eq!(tags, json!({"Tags": {"_custom_id_": "a", "stage": "test"}}));
    let many: serde_json::Map<_, _> = (0..49).map(|n| (format!("t{n}"), json!(""))).collect();
    assert_eq!(
        server
            .refused("TagResource", with(&arn, json!({"Tags": many})))
            .await,
        "InvalidParameterException: A resource cannot have more than 50 tags"
    );
    for (arn, refusal) in [
        (
            "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_no",
            "ResourceNotFoundException: User pool us-east-1_no does not exist.",
        ),
        (
            "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/us-east-1_a",
            "ResourceNotFoundException: User pool us-east-1_a does not exist.",
        ),
        (
            "arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_a",
            "ResourceNotFoundException: User pool us-east-1_a does not exist.",
        ),
        (
            "arn:aws:sns:us-east-1:123456789012:topic",
            "InvalidParameterException: Invalid ARN: arn:aws:sns:us-east-1:123456789012:topic",
        ),
    ] {
        let refused = server
            .refused("ListTagsForResource", json!({"ResourceArn": arn}))
            .await;
        assert_eq!(refused, refusal);
    }
}
