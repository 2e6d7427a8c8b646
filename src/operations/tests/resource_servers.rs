//! Resource servers.

use serde_json::json;

use super::{Server, with};

#[tokio::test]
async fn resource_servers_are_made_changed_listed_and_deleted() {
    let server = Server::new().await;
    let pool = server.pool("a").await;
    let id = |identifier: &str| json!({"UserPoolId": pool, "Identifier": identifier});
    let scopes = json!([{"ScopeName": "read", "ScopeDescription": "r"}, {"ScopeName": "write", "ScopeDescription": "w"}]);
    let asked = with(&id("api"), json!({"Name": "API", "Scopes": scopes}));
    let made = server.ok("CreateResourceServer", asked.clone()).await;
    assert_eq!(made, json!({"ResourceServer": asked}));
    assert_eq!(
        server.refused("CreateResourceServer", asked).await,
        "InvalidParameterException: api already exists in user pool us-east-1_a."
    );
    let twice = with(
        &id("b"),
        json!({"Name": "b", "Scopes": [scopes[0], scopes[0]]}),
    );
    assert!(
        server
            .refused("CreateResourceServer", twice)
            .await
            .contains("more than once")
    );
    let renamed = with(&id("api"), json!({"Name": "new"}));
    server.ok("UpdateResourceServer", renamed.clone()).await;
    let described = server.ok("DescribeResourceServer", id("api")).await;
    assert_eq!(
        described,
        json!({"ResourceServer": with(&renamed, json!({"Scopes": []}))})
    );
    for n in 1..25 {
        server
            .ok(
                "CreateResourceServer",
                with(&id(&format!("s{n:02}")), json!({"Name": "n"})),
            )
            .await;
    }
    let one_more = with(&id("s25"), json!({"Name": "n"}));
    assert!(
        server
            .refused("CreateResourceServer", one_more)
            .await
            .starts_with("LimitExceededException: ")
    );
    let page = json!({"UserPoolId": pool, "MaxResults": 20});
    let first = server.ok("ListResourceServers", page.clone()).await;
    let second = server
        .ok(
            "ListResourceServers",
            with(&page, json!({"NextToken": first["NextToken"]})),
        )
        .await;
    assert_eq!(second["ResourceServers"].as_array().unwrap().len(), 5);
    server.ok("DeleteResourceServer", id("api")).await;
    for operation in ["DescribeResourceServer", "DeleteResourceServer"] {
        assert_eq!(
            server.refused(operation, id("api")).await,
            "ResourceNotFoundException: Resource server api does not exist."
        );
    }
}
