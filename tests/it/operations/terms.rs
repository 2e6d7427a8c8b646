//! Terms of use and privacy policies.

use serde_json::{Value, json};

use crate::support::{Server, World, merge};

const NO_ID: &str = "0a1b2c3d-0000-4000-8000-000000000000";

fn terms(world: &World<'_>, name: &str) -> Value {
    json!({
        "UserPoolId": world.pool,
        "ClientId": world.client,
        "TermsName": name,
        "TermsSource": "LINK",
        "Enforcement": "NONE",
        "Links": { "cognito:default": "https://example.com/terms", "cognito:german": "https://example.com/agb" },
    })
}

#[tokio::test]
async fn terms_are_made_described_changed_and_deleted() {
    let server = Server::start().await;
    let world = server.world().await;
    let made = server
        .ok("CreateTerms", terms(&world, "terms-of-use"))
        .await["Terms"]
        .clone();
    let mut expected = terms(&world, "terms-of-use");
    merge(
        &mut expected,
        json!({ "TermsId": made["TermsId"], "CreationDate": 1_767_225_600, "LastModifiedDate": 1_767_225_600 }),
    );
    assert_eq!(made, expected);
    let by_id = json!({ "UserPoolId": world.pool, "TermsId": made["TermsId"] });
    let by_client =
        json!({ "UserPoolId": world.pool, "ClientId": world.client, "TermsName": "terms-of-use" });
    for (operation, input) in [
        ("DescribeTerms", &by_id),
        ("DescribeTermsByClient", &by_client),
    ] {
        let described = server.ok(operation, input.clone()).await;
        assert_eq!(described["Terms"], made, "{operation}");
    }

    let mut change = by_id.clone();
    let links = json!({ "cognito:default": "https://example.com/privacy" });
    merge(
        &mut change,
        json!({ "TermsName": "privacy-policy", "Links": links }),
    );
    let changed = server.ok("UpdateTerms", change).await;
    assert_eq!(changed["Terms"]["TermsName"], "privacy-policy");
    assert_eq!(changed["Terms"]["Links"], links);
    assert_eq!(changed["Terms"]["TermsSource"], "LINK");

    server.ok("DeleteTerms", by_id.clone()).await;
    let id = made["TermsId"].as_str().unwrap();
    assert_eq!(
        server.refused("DescribeTerms", by_id).await,
        format!("ResourceNotFoundException: Terms {id} do not exist.")
    );
    assert_eq!(
        server.refused("DescribeTermsByClient", by_client).await,
        format!(
            "ResourceNotFoundException: Terms terms-of-use do not exist for the client {}.",
            world.client
        )
    );
}

#[tokio::test]
async fn terms_are_listed_page_by_page() {
    let server = Server::start().await;
    let world = server.world().await;
    let mut ids = Vec::new();
    for name in ["terms-of-use", "privacy-policy"] {
        let made = server.ok("CreateTerms", terms(&world, name)).await;
        ids.push(made["Terms"]["TermsId"].clone());
    }
    let mut listed = Vec::new();
    let mut token = Value::Null;
    loop {
        let page = server
            .ok(
                "ListTerms",
                json!({ "UserPoolId": world.pool, "MaxResults": 1, "NextToken": token }),
            )
            .await;
        for one in page["Terms"].as_array().unwrap() {
            assert_eq!(one["Enforcement"], "NONE");
            listed.push(one["TermsId"].clone());
        }
        token = page["NextToken"].clone();
        if token.is_null() {
            break;
        }
    }
    let sorted = |mut ids: Vec<Value>| {
        ids.sort_by_key(Value::to_string);
        ids
    };
    assert_eq!(sorted(listed), sorted(ids));
}

#[tokio::test]
async fn terms_that_are_there_twice_or_not_at_all_are_refused() {
    let server = Server::start().await;
    let world = server.world().await;
    let first = server
        .ok("CreateTerms", terms(&world, "terms-of-use"))
        .await;
    let exist = format!(
        "TermsExistsException: Terms terms-of-use already exist for the client {}.",
        world.client
    );
    assert_eq!(
        server
            .refused("CreateTerms", terms(&world, "terms-of-use"))
            .await,
        exist
    );
    let second = server
        .ok("CreateTerms", terms(&world, "privacy-policy"))
        .await;
    let id = &second["Terms"]["TermsId"];
    let rename = json!({ "UserPoolId": world.pool, "TermsId": id, "TermsName": "terms-of-use" });
    assert_eq!(server.refused("UpdateTerms", rename).await, exist);
    // Its own name is no other's.
    let same = json!({ "UserPoolId": world.pool, "TermsId": first["Terms"]["TermsId"], "TermsName": "terms-of-use" });
    server.ok("UpdateTerms", same).await;
    for operation in ["DescribeTerms", "UpdateTerms", "DeleteTerms"] {
        let input = json!({ "UserPoolId": world.pool, "TermsId": NO_ID });
        assert_eq!(
            server.refused(operation, input).await,
            format!("ResourceNotFoundException: Terms {NO_ID} do not exist.")
        );
    }
    let mut unknown = terms(&world, "terms-of-use");
    merge(&mut unknown, json!({ "ClientId": "unknown" }));
    assert_eq!(
        server.refused("CreateTerms", unknown).await,
        "ResourceNotFoundException: User pool client unknown does not exist."
    );
    let mut script = terms(&world, "terms-of-use");
    merge(
        &mut script,
        json!({ "Links": { "cognito:default": "javascript:alert(1)" } }),
    );
    assert_eq!(
        server.refused("CreateTerms", script).await,
        "InvalidParameterException: javascript:alert(1) is not a valid URL."
    );
}

#[tokio::test]
async fn a_pool_has_at_most_forty_documents() {
    let server = Server::start().await;
    let mut world = server.world().await;
    for _ in 0..20 {
        for name in ["terms-of-use", "privacy-policy"] {
            server.ok("CreateTerms", terms(&world, name)).await;
        }
        world.client = server.client_id(&world.pool, json!({})).await;
    }
    let one_more = terms(&world, "terms-of-use");
    server
        .refuses_as("CreateTerms", one_more, "TermsTooMany")
        .await;
}
