//! Resource servers: custom scopes, and who may be given them.

use serde_json::{Value, json};

use crate::support::{Server, each, keys, text};

async fn create(server: &Server, pool: &str, identifier: &str, scopes: Value) -> Value {
    let input =
        json!({ "UserPoolId": pool, "Identifier": identifier, "Name": "api", "Scopes": scopes });
    server.ok("CreateResourceServer", input).await["ResourceServer"].clone()
}

fn named(pool: &str, identifier: &str) -> Value {
    json!({ "UserPoolId": pool, "Identifier": identifier })
}

#[tokio::test]
async fn a_resource_server_is_made_described_replaced_and_deleted() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let read = json!([{ "ScopeName": "read", "ScopeDescription": "may read" }]);
    let made = create(&server, &pool, "https://api.example.com/v1", read.clone()).await;
    assert_eq!(
        made,
        json!({ "UserPoolId": pool, "Identifier": "https://api.example.com/v1", "Name": "api", "Scopes": read })
    );
    let id = named(&pool, "https://api.example.com/v1");
    assert_eq!(
        server.ok("DescribeResourceServer", id.clone()).await["ResourceServer"],
        made
    );
    let mut change = id.clone();
    crate::support::merge(
        &mut change,
        json!({ "Name": "new", "Scopes": [{ "ScopeName": "write", "ScopeDescription": "w" }] }),
    );
    let changed = server.ok("UpdateResourceServer", change).await["ResourceServer"].clone();
    assert_eq!(changed["Name"], "new");
    assert_eq!(each(&changed["Scopes"], "ScopeName"), ["write"]);
    assert_eq!(
        server.ok("DescribeResourceServer", id.clone()).await["ResourceServer"],
        changed
    );

    let reply = server.call("DeleteResourceServer", id.clone()).await;
    assert_eq!((reply.status.as_u16(), reply.body.len()), (200, 0));
    let missing =
        "ResourceNotFoundException: Resource server https://api.example.com/v1 does not exist.";
    server
        .refuses("DescribeResourceServer", id.clone(), missing)
        .await;
    server
        .refuses("DeleteResourceServer", id.clone(), missing)
        .await;
    let mut change = id;
    crate::support::merge(&mut change, json!({ "Name": "new" }));
    server
        .refuses("UpdateResourceServer", change, missing)
        .await;
}

#[tokio::test]
async fn an_identifier_is_taken_once_in_each_pool() {
    let server = Server::start().await;
    let (pool, other) = (server.pool(json!({})).await, server.pool(json!({})).await);
    create(&server, &pool, "api", json!([])).await;
    let mut again = named(&pool, "api");
    crate::support::merge(&mut again, json!({ "Name": "another" }));
    server
        .refuses(
            "CreateResourceServer",
            again,
            &format!("InvalidParameterException: api already exists in user pool {pool}."),
        )
        .await;
    create(&server, &other, "api", json!([])).await;
    // Another pool's is not ours.
    create(&server, &other, "theirs", json!([])).await;
    server
        .refuses(
            "DescribeResourceServer",
            named(&pool, "theirs"),
            "ResourceNotFoundException: Resource server theirs does not exist.",
        )
        .await;
    server
        .ok("DescribeResourceServer", named(&other, "theirs"))
        .await;
}

#[tokio::test]
async fn an_unknown_pool_has_no_resource_servers() {
    let server = Server::start().await;
    let missing = "ResourceNotFoundException: User pool us-east-1_nowhere00 does not exist.";
    let id = named("us-east-1_nowhere00", "api");
    for operation in ["DescribeResourceServer", "DeleteResourceServer"] {
        server.refuses(operation, id.clone(), missing).await;
    }
    let mut full = id;
    crate::support::merge(&mut full, json!({ "Name": "n" }));
    for operation in ["CreateResourceServer", "UpdateResourceServer"] {
        server.refuses(operation, full.clone(), missing).await;
    }
    let list = json!({ "UserPoolId": "us-east-1_nowhere00" });
    server.refuses("ListResourceServers", list, missing).await;
}

#[tokio::test]
async fn at_most_twenty_five_of_them_are_listed_page_by_page() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    for number in 0..25 {
        create(&server, &pool, &format!("api{number:02}"), json!([])).await;
    }
    let mut one_more = named(&pool, "api25");
    crate::support::merge(&mut one_more, json!({ "Name": "n" }));
    server
        .refuses_as("CreateResourceServer", one_more, "ResourceServerLimit")
        .await;
    let mut found = Vec::new();
    let mut token = Value::Null;
    loop {
        let input = json!({ "UserPoolId": pool, "MaxResults": 10, "NextToken": token });
        let page = server.ok("ListResourceServers", input).await;
        found.extend(each(&page["ResourceServers"], "Identifier"));
        token = page["NextToken"].clone();
        if token.is_null() {
            assert_eq!(keys(&page), ["ResourceServers"]);
            break;
        }
    }
    assert_eq!(found.len(), 25);
    found.dedup();
    assert_eq!(found.len(), 25);
    for size in [0, 51] {
        let input = json!({ "UserPoolId": pool, "MaxResults": size });
        assert!(
            server
                .refused("ListResourceServers", input)
                .await
                .contains("at 'maxResults' failed to satisfy constraint")
        );
    }
}

#[tokio::test]
async fn a_scope_is_given_once() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let scope = json!({ "ScopeName": "read", "ScopeDescription": "may read" });
    let mut twice = named(&pool, "api");
    crate::support::merge(
        &mut twice,
        json!({ "Name": "api", "Scopes": [scope, scope] }),
    );
    server
        .refuses_as("CreateResourceServer", twice.clone(), "ScopeRepeated")
        .await;
    create(&server, &pool, "api", json!([scope])).await;
    server
        .refuses_as("UpdateResourceServer", twice, "ScopeRepeated")
        .await;
}

#[tokio::test]
async fn clients_are_given_only_scopes_that_exist() {
    let server = Server::start().await;
    let (pool, other) = (server.pool(json!({})).await, server.pool(json!({})).await);
    let read = json!([{ "ScopeName": "read", "ScopeDescription": "r" }]);
    create(&server, &pool, "https://api/v1", read.clone()).await;
    create(&server, &other, "theirs", read).await;
    let client = |scope: &str| {
        json!({
            "UserPoolId": pool,
            "ClientName": "c",
            "AllowedOAuthFlowsUserPoolClient": true,
            "AllowedOAuthFlows": ["code"],
            "AllowedOAuthScopes": ["openid", scope],
            "CallbackURLs": ["https://example.com/"],
        })
    };
    for unknown in [
        "https://api/v1/write",
        "https://api/read",
        "https://api/v1",
        "read",
        "theirs/read",
        "nothing",
    ] {
        server
            .refuses_as("CreateUserPoolClient", client(unknown), "ScopeUnknown")
            .await;
    }
    let made = server
        .ok("CreateUserPoolClient", client("https://api/v1/read"))
        .await;
    let mut update = client("nothing");
    update["ClientId"] = json!(text(&made["UserPoolClient"]["ClientId"]));
    server
        .refuses_as("UpdateUserPoolClient", update, "ScopeUnknown")
        .await;
}
