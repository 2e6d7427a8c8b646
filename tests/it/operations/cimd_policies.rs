//! Policies for clients with metadata documents: what is set, read back, listed, and refused. What
//! they let in is in `oauth/client_documents.rs`.

use serde_json::{Value, json};

use crate::support::{Server, each, merge, text};

fn with(mut input: Value, more: Value) -> Value {
    merge(&mut input, more);
    input
}

fn create(pool: &str, client: &str) -> Value {
    json!({
        "UserPoolId": pool,
        "ClientId": client,
        "PolicyName": "Agents (all) \u{1f916}",
        "URLPatterns": ["https://agents.example.com/*", "https://*.example.org/client.json"],
    })
}

#[tokio::test]
async fn a_policy_is_made_read_changed_and_deleted() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let client = server.client_id(&pool, json!({})).await;
    let made = server.ok("CreateCIMDPolicy", create(&pool, &client)).await["CIMDPolicy"].clone();
    let id = text(&made["CIMDPolicyId"]);
    assert!(
        id.bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    );
    let mut expected = with(
        create(&pool, &client),
        json!({
            "CIMDPolicyId": id,
            "CacheDuration": 86_400,
            "CreationDate": 1_767_225_600,
            "LastModifiedDate": 1_767_225_600,
        }),
    );
    assert_eq!(made, expected);
    let one = json!({ "UserPoolId": pool, "CIMDPolicyId": id });
    let describe =
        async || server.ok("DescribeCIMDPolicy", one.clone()).await["CIMDPolicy"].clone();
    assert_eq!(describe().await, expected);

    server.advance(std::time::Duration::from_secs(60));
    let other = server.client_id(&pool, json!({})).await;
    let changed = json!({
        "ClientId": other,
        "URLPatterns": ["https://a.example.com/b"],
        "CacheDuration": 31_556_952,
    });
    let answer = server
        .ok("UpdateCIMDPolicy", with(one.clone(), changed.clone()))
        .await;
    merge(&mut expected, changed);
    expected["LastModifiedDate"] = json!(1_767_225_660);
    assert_eq!(answer["CIMDPolicy"], expected);
    // What is left out stays.
    let renamed = json!({
        "ClientId": other,
        "URLPatterns": ["https://a.example.com/b"],
        "PolicyName": "b",
    });
    server
        .ok("UpdateCIMDPolicy", with(one.clone(), renamed))
        .await;
    expected["PolicyName"] = json!("b");
    assert_eq!(describe().await, expected);

    let listed = server
        .ok("ListCIMDPolicies", json!({ "UserPoolId": pool }))
        .await;
    let mut summary = expected.clone();
    let members = summary.as_object_mut().unwrap();
    members.remove("UserPoolId");
    members.remove("URLPatterns");
    assert_eq!(listed["CIMDPolicies"], json!([summary]));

    // Without its client it is there, and does not name it.
    let input = json!({ "UserPoolId": pool, "ClientId": other });
    server.ok("DeleteUserPoolClient", input).await;
    assert_eq!(describe().await.get("ClientId"), None);
    server.ok("DeleteCIMDPolicy", one.clone()).await;
    for operation in [
        "DescribeCIMDPolicy",
        "DeleteCIMDPolicy",
        "ListClientMetadataURLs",
    ] {
        server
            .refuses_as(operation, one.clone(), "CimdPolicyNotFound")
            .await;
    }
}

#[tokio::test]
async fn policies_are_listed_by_the_page() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let client = server.client_id(&pool, json!({})).await;
    let mut names = Vec::new();
    for number in 0..3 {
        let name = format!("policy {number}");
        let more = json!({ "PolicyName": name });
        server
            .ok("CreateCIMDPolicy", with(create(&pool, &client), more))
            .await;
        server.advance(std::time::Duration::from_secs(1));
        names.push(name);
    }
    let mut input = json!({ "UserPoolId": pool, "MaxResults": 2 });
    let first = server.ok("ListCIMDPolicies", input.clone()).await;
    assert_eq!(each(&first["CIMDPolicies"], "PolicyName"), names[..2]);
    input["NextToken"] = first["NextToken"].clone();
    let second = server.ok("ListCIMDPolicies", input).await;
    assert_eq!(each(&second["CIMDPolicies"], "PolicyName"), names[2..]);
    assert_eq!(second.get("NextToken"), None);
}

#[tokio::test]
async fn what_makes_no_policy_is_refused() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let client = server.client_id(&pool, json!({})).await;
    let elsewhere = server.pool(json!({})).await;
    let stranger = server.client_id(&elsewhere, json!({})).await;
    let good = create(&pool, &client);
    let made = server.ok("CreateCIMDPolicy", good.clone()).await;
    let one = json!({ "UserPoolId": pool, "CIMDPolicyId": made["CIMDPolicy"]["CIMDPolicyId"] });
    let update = with(
        one.clone(),
        json!({ "ClientId": client, "URLPatterns": ["https://agents.example.com/*"] }),
    );
    for (more, situation) in [
        (json!({ "UserPoolId": "us-east-1_nobody" }), "PoolNotFound"),
        (json!({ "ClientId": stranger }), "ClientNotFound"),
        (json!({ "ClientId": "nobody" }), "ClientNotFound"),
        (
            json!({ "URLPatterns": ["https:///client.json"] }),
            "UrlPatternMalformed",
        ),
        (
            json!({ "URLPatterns": ["https://user@example.com/*"] }),
            "UrlPatternMalformed",
        ),
        (
            json!({ "URLPatterns": ["http://example.com/*"] }),
            "Validation",
        ),
        (
            json!({ "URLPatterns": ["https://example.com/?a"] }),
            "Validation",
        ),
        (json!({ "URLPatterns": [] }), "Validation"),
        (json!({ "CacheDuration": 86_399 }), "Validation"),
        (json!({ "CacheDuration": 31_556_953 }), "Validation"),
        (json!({ "PolicyName": "x".repeat(33) }), "Validation"),
    ] {
        for (operation, input) in [("CreateCIMDPolicy", &good), ("UpdateCIMDPolicy", &update)] {
            server
                .refuses_as(operation, with(input.clone(), more.clone()), situation)
                .await;
        }
    }
    // What two clients' policies share would let nobody in.
    let other = server.client_id(&pool, json!({})).await;
    let taken = with(good.clone(), json!({ "ClientId": other }));
    server
        .refuses_as("CreateCIMDPolicy", taken.clone(), "UrlPatternTaken")
        .await;
    let free = with(taken, json!({ "URLPatterns": ["https://b.example.com/*"] }));
    let made = server.ok("CreateCIMDPolicy", free).await;
    let mut input = update.clone();
    input["CIMDPolicyId"] = made["CIMDPolicy"]["CIMDPolicyId"].clone();
    input["ClientId"] = json!(other);
    server
        .refuses_as("UpdateCIMDPolicy", input, "UrlPatternTaken")
        .await;
    // Another pool's policy is none of this one's.
    let mut foreign = one.clone();
    foreign["UserPoolId"] = json!(elsewhere);
    let state = json!({ "URL": "https://agents.example.com/a", "Action": "INVALIDATE" });
    for (operation, input) in [
        ("DescribeCIMDPolicy", foreign.clone()),
        ("DeleteCIMDPolicy", foreign.clone()),
        ("ListClientMetadataURLs", foreign.clone()),
        ("UpdateClientMetadataURLState", with(foreign, state.clone())),
    ] {
        server
            .refuses_as(operation, input, "CimdPolicyNotFound")
            .await;
    }
    server
        .refuses_as(
            "UpdateClientMetadataURLState",
            with(one.clone(), state.clone()),
            "ClientDocumentNotCached",
        )
        .await;

    let smaller = json!({ "UserPoolId": pool, "UserPoolTier": "LITE" });
    server.ok("UpdateUserPool", smaller).await;
    for (operation, input) in [
        ("CreateCIMDPolicy", good),
        ("UpdateCIMDPolicy", update),
        ("UpdateClientMetadataURLState", with(one.clone(), state)),
    ] {
        server
            .refuses_as(operation, input, "FeatureNotInTier")
            .await;
    }
    server.ok("DeleteCIMDPolicy", one).await;
}

#[tokio::test]
async fn a_pool_has_a_hundred_policies_at_most() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let client = server.client_id(&pool, json!({})).await;
    for _ in 0..100 {
        server.ok("CreateCIMDPolicy", create(&pool, &client)).await;
    }
    server
        .refuses_as(
            "CreateCIMDPolicy",
            create(&pool, &client),
            "CimdPolicyTooMany",
        )
        .await;
}
