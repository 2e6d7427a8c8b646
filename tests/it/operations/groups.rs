//! Groups and their members.

use serde_json::{Value, json};

use crate::support::{Server, claims};

fn names(list: &Value, member: &str) -> Vec<String> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|one| one[member].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_group_is_made_described_changed_and_deleted() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let named = json!({ "UserPoolId": pool, "GroupName": "staff" });
    let role = "arn:aws:iam::123456789012:role/staff";
    let created = server
        .ok(
            "CreateGroup",
            json!({ "UserPoolId": pool, "GroupName": "staff", "Precedence": 0, "RoleArn": role }),
        )
        .await;
    let at = crate::support::START;
    let mut expected = json!({
        "GroupName": "staff", "UserPoolId": pool, "RoleArn": role, "Precedence": 0, "LastModifiedDate": at, "CreationDate": at,
    });
    assert_eq!(created["Group"], expected);
    assert_eq!(
        server.ok("GetGroup", named.clone()).await["Group"],
        expected
    );

    server.advance(std::time::Duration::from_secs(5));
    let change = json!({ "UserPoolId": pool, "GroupName": "staff", "Description": "All of us" });
    expected["Description"] = json!("All of us");
    expected["LastModifiedDate"] = json!(at + 5);
    assert_eq!(server.ok("UpdateGroup", change).await["Group"], expected);
    assert_eq!(
        server.ok("GetGroup", named.clone()).await["Group"],
        expected
    );

    server.ok("DeleteGroup", named.clone()).await;
    for operation in ["GetGroup", "UpdateGroup", "DeleteGroup", "ListUsersInGroup"] {
        assert_eq!(
            server.refused(operation, named.clone()).await,
            "ResourceNotFoundException: Group not found."
        );
    }
}

#[tokio::test]
async fn a_name_is_taken_once_per_pool() {
    let server = Server::start().await;
    let (one, two) = (server.pool(json!({})).await, server.pool(json!({})).await);
    for pool in [&one, &two] {
        server
            .ok(
                "CreateGroup",
                json!({ "UserPoolId": pool, "GroupName": "staff" }),
            )
            .await;
    }
    assert_eq!(
        server
            .refused(
                "CreateGroup",
                json!({ "UserPoolId": one, "GroupName": "staff" })
            )
            .await,
        "GroupExistsException: A group with the name already exists"
    );
    assert_eq!(
        server
            .refused(
                "CreateGroup",
                json!({ "UserPoolId": "us-east-1_none", "GroupName": "staff" })
            )
            .await,
        "ResourceNotFoundException: User pool us-east-1_none does not exist."
    );
}

#[tokio::test]
async fn joining_twice_and_leaving_twice_change_nothing() {
    let server = Server::start().await;
    let world = server.world().await;
    server
        .ok(
            "CreateGroup",
            json!({ "UserPoolId": world.pool, "GroupName": "staff" }),
        )
        .await;
    let member = json!({ "UserPoolId": world.pool, "GroupName": "staff", "Username": "alice" });
    let alice = json!({ "UserPoolId": world.pool, "Username": "alice" });
    for _ in 0..2 {
        server.ok("AdminAddUserToGroup", member.clone()).await;
    }
    let groups = server.ok("AdminListGroupsForUser", alice.clone()).await;
    assert_eq!(names(&groups["Groups"], "GroupName"), ["staff"]);
    assert_eq!(
        claims(&world.tokens().await["AccessToken"])["cognito:groups"],
        json!(["staff"])
    );
    for _ in 0..2 {
        server.ok("AdminRemoveUserFromGroup", member.clone()).await;
    }
    let groups = server.ok("AdminListGroupsForUser", alice).await;
    assert_eq!(groups, json!({ "Groups": [] }));

    for operation in ["AdminAddUserToGroup", "AdminRemoveUserFromGroup"] {
        let nobody = json!({ "UserPoolId": world.pool, "GroupName": "staff", "Username": "bob" });
        let nowhere = json!({ "UserPoolId": world.pool, "GroupName": "none", "Username": "alice" });
        assert_eq!(
            server.refused(operation, nobody).await,
            "UserNotFoundException: User does not exist."
        );
        assert_eq!(
            server.refused(operation, nowhere).await,
            "ResourceNotFoundException: Group not found."
        );
    }
}

#[tokio::test]
async fn a_membership_ends_with_the_group_and_with_the_user() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    for group in ["one", "two"] {
        server
            .ok(
                "CreateGroup",
                json!({ "UserPoolId": pool, "GroupName": group }),
            )
            .await;
        for user in ["alice", "bob"] {
            if group == "one" {
                server.user(&pool, user, &[]).await;
            }
            server
                .ok(
                    "AdminAddUserToGroup",
                    json!({ "UserPoolId": pool, "GroupName": group, "Username": user }),
                )
                .await;
        }
    }
    server
        .ok(
            "DeleteGroup",
            json!({ "UserPoolId": pool, "GroupName": "one" }),
        )
        .await;
    server
        .ok(
            "AdminDeleteUser",
            json!({ "UserPoolId": pool, "Username": "bob" }),
        )
        .await;
    let groups = server
        .ok(
            "AdminListGroupsForUser",
            json!({ "UserPoolId": pool, "Username": "alice" }),
        )
        .await;
    assert_eq!(names(&groups["Groups"], "GroupName"), ["two"]);
    let users = server
        .ok(
            "ListUsersInGroup",
            json!({ "UserPoolId": pool, "GroupName": "two" }),
        )
        .await;
    assert_eq!(names(&users["Users"], "Username"), ["alice"]);
    // Made again, a group is empty.
    server
        .ok(
            "CreateGroup",
            json!({ "UserPoolId": pool, "GroupName": "one" }),
        )
        .await;
    let users = server
        .ok(
            "ListUsersInGroup",
            json!({ "UserPoolId": pool, "GroupName": "one" }),
        )
        .await;
    assert_eq!(users, json!({ "Users": [] }));
}

#[tokio::test]
async fn lists_come_in_pages_whose_tokens_open_nothing_else() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    server
        .ok(
            "CreateGroup",
            json!({ "UserPoolId": pool, "GroupName": "everybody" }),
        )
        .await;
    for number in 0..5 {
        let user = format!("user{number}");
        let group = format!("group{number}");
        server.user(&pool, &user, &[]).await;
        server
            .ok(
                "CreateGroup",
                json!({ "UserPoolId": pool, "GroupName": group }),
            )
            .await;
        for group in [group.as_str(), "everybody"] {
            server
                .ok(
                    "AdminAddUserToGroup",
                    json!({ "UserPoolId": pool, "GroupName": group, "Username": user }),
                )
                .await;
        }
        server.advance(std::time::Duration::from_secs(1));
    }
    let mut tokens = Vec::new();
    for (operation, list, member, extra, expected) in [
        ("ListGroups", "Groups", "GroupName", json!({}), 6),
        (
            "ListUsersInGroup",
            "Users",
            "Username",
            json!({ "GroupName": "everybody" }),
            5,
        ),
        (
            "AdminListGroupsForUser",
            "Groups",
            "GroupName",
            json!({ "Username": "user0" }),
            2,
        ),
    ] {
        let mut found = Vec::new();
        let mut token = Value::Null;
        loop {
            let mut input = json!({ "UserPoolId": pool, "Limit": 1, "NextToken": token });
            crate::support::merge(&mut input, extra.clone());
            let page = server.ok(operation, input).await;
            found.extend(names(&page[list], member));
            if page.get("NextToken").is_none() {
                break;
            }
            token = page["NextToken"].clone();
        }
        assert_eq!(found.len(), expected, "{operation}: {found:?}");
        let mut sorted = found.clone();
        sorted.sort();
        sorted.dedup();
        assert_eq!(sorted.len(), expected);
        tokens.push((operation, extra, token));
    }
    for (operation, extra, _) in &tokens {
        for (other, _, token) in &tokens {
            if operation != other {
                let mut input = json!({ "UserPoolId": pool, "NextToken": token });
                crate::support::merge(&mut input, extra.clone());
                assert!(
                    server
                        .refused(operation, input)
                        .await
                        .starts_with("InvalidParameterException"),
                    "{operation} took the token of {other}"
                );
            }
        }
    }
}
