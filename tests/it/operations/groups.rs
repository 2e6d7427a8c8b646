//! Groups and their members.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{START, Server, claims, each, keys, merge, with_password};

const NOT_FOUND: &str = "ResourceNotFoundException: Group not found.";
const NO_USER: &str = "UserNotFoundException: User does not exist.";

fn named(pool: &str, group: &str) -> Value {
    json!({ "UserPoolId": pool, "GroupName": group })
}

fn member(pool: &str, group: &str, user: &str) -> Value {
    json!({ "UserPoolId": pool, "GroupName": group, "Username": user })
}

async fn members(server: &Server, pool: &str, group: &str) -> Vec<String> {
    let page = server.ok("ListUsersInGroup", named(pool, group)).await;
    each(&page["Users"], "Username")
}

async fn groups_of(server: &Server, pool: &str, user: &str) -> Vec<String> {
    let input = json!({ "UserPoolId": pool, "Username": user });
    let page = server.ok("AdminListGroupsForUser", input).await;
    each(&page["Groups"], "GroupName")
}

#[tokio::test]
async fn a_group_needs_only_a_name() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let made = server.ok("CreateGroup", named(&pool, "staff")).await["Group"].clone();
    assert_eq!(
        keys(&made),
        [
            "CreationDate",
            "GroupName",
            "LastModifiedDate",
            "UserPoolId"
        ]
    );
    assert_eq!(made["CreationDate"].as_f64(), Some(START as f64));
    assert_eq!(made["CreationDate"], made["LastModifiedDate"]);
    assert_eq!(
        server.ok("GetGroup", named(&pool, "staff")).await["Group"],
        made
    );
}

#[tokio::test]
async fn a_group_is_described_as_it_was_made_and_changed() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let role = "arn:aws:iam::123456789012:role/staff";
    let mut input = named(&pool, "Größe/1");
    merge(
        &mut input,
        json!({ "Description": "d", "RoleArn": role, "Precedence": 0 }),
    );
    let made = server.ok("CreateGroup", input).await["Group"].clone();
    assert_eq!(made["RoleArn"], role);
    assert_eq!(made["Precedence"], 0);
    assert_eq!(made["Description"], "d");

    server.advance(Duration::from_secs(5));
    let mut change = named(&pool, "Größe/1");
    merge(&mut change, json!({ "Precedence": 7 }));
    let changed = server.ok("UpdateGroup", change).await["Group"].clone();
    assert_eq!(changed["Precedence"], 7);
    // (unsure) What is left out stays.
    assert_eq!(changed["Description"], "d");
    assert_eq!(changed["RoleArn"], role);
    assert_eq!(changed["CreationDate"], made["CreationDate"]);
    assert_eq!(
        changed["LastModifiedDate"].as_f64(),
        Some(START as f64 + 5.0)
    );
}

#[tokio::test]
async fn a_name_is_taken_once_in_each_pool() {
    let server = Server::start().await;
    let (pool, other) = (server.pool(json!({})).await, server.pool(json!({})).await);
    server.ok("CreateGroup", named(&pool, "staff")).await;
    server
        .refuses(
            "CreateGroup",
            named(&pool, "staff"),
            "GroupExistsException: A group with the name already exists",
        )
        .await;
    server.ok("CreateGroup", named(&pool, "Staff")).await;
    server.ok("CreateGroup", named(&other, "staff")).await;
}

#[tokio::test]
async fn what_is_not_in_the_pool_is_not_found() {
    let server = Server::start().await;
    let world = server.world().await;
    let other = server.pool(json!({})).await;
    server.ok("CreateGroup", named(&other, "theirs")).await;
    server.user(&other, "stranger", &[]).await;
    let stranger = server.sub_of(&other, "stranger").await;
    server.ok("CreateGroup", named(&world.pool, "ours")).await;
    for group in ["theirs", "nothing", "Ours"] {
        for operation in ["GetGroup", "UpdateGroup", "DeleteGroup", "ListUsersInGroup"] {
            server
                .refuses(operation, named(&world.pool, group), NOT_FOUND)
                .await;
        }
        for operation in ["AdminAddUserToGroup", "AdminRemoveUserFromGroup"] {
            server
                .refuses(operation, member(&world.pool, group, "alice"), NOT_FOUND)
                .await;
        }
    }
    for user in ["stranger", stranger.as_str(), "nobody"] {
        for operation in ["AdminAddUserToGroup", "AdminRemoveUserFromGroup"] {
            server
                .refuses(operation, member(&world.pool, "ours", user), NO_USER)
                .await;
        }
        let input = json!({ "UserPoolId": world.pool, "Username": user });
        server
            .refuses("AdminListGroupsForUser", input, NO_USER)
            .await;
    }
    let nowhere = "us-east-1_nowhere00";
    let no_pool = format!("ResourceNotFoundException: User pool {nowhere} does not exist.");
    for operation in [
        "CreateGroup",
        "GetGroup",
        "UpdateGroup",
        "DeleteGroup",
        "ListGroups",
        "ListUsersInGroup",
        "AdminAddUserToGroup",
        "AdminRemoveUserFromGroup",
        "AdminListGroupsForUser",
    ] {
        server
            .refuses(operation, member(nowhere, "g", "alice"), &no_pool)
            .await;
    }
    server.ok("GetGroup", named(&other, "theirs")).await;
}

#[tokio::test]
async fn joining_twice_and_leaving_what_one_is_not_in_are_silent() {
    let server = Server::start().await;
    let world = server.world().await;
    server.ok("CreateGroup", named(&world.pool, "a")).await;
    for _ in 0..2 {
        let reply = server
            .call("AdminAddUserToGroup", member(&world.pool, "a", "alice"))
            .await;
        assert_eq!((reply.status.as_u16(), reply.body.len()), (200, 0));
    }
    assert_eq!(members(&server, &world.pool, "a").await, ["alice"]);
    for _ in 0..2 {
        let reply = server
            .call(
                "AdminRemoveUserFromGroup",
                member(&world.pool, "a", "alice"),
            )
            .await;
        assert_eq!((reply.status.as_u16(), reply.body.len()), (200, 0));
    }
    assert_eq!(members(&server, &world.pool, "a").await, [""; 0]);
}

#[tokio::test]
async fn a_user_is_added_by_any_of_its_names_and_shown_whole() {
    let server = Server::start().await;
    let pool = server.pool(json!({ "AliasAttributes": ["email"] })).await;
    server.ok("CreateGroup", named(&pool, "g")).await;
    let sub = server
        .user(
            &pool,
            "alice",
            &[("email", "a@example.com"), ("email_verified", "true")],
        )
        .await;
    for name in ["alice", "a@example.com", &sub] {
        server
            .ok("AdminAddUserToGroup", member(&pool, "g", name))
            .await;
    }
    let page = server.ok("ListUsersInGroup", named(&pool, "g")).await;
    assert_eq!(keys(&page), ["Users"]);
    let user = &page["Users"][0];
    assert_eq!(page["Users"].as_array().unwrap().len(), 1);
    assert_eq!(
        keys(user),
        [
            "Attributes",
            "Enabled",
            "UserCreateDate",
            "UserLastModifiedDate",
            "UserStatus",
            "Username"
        ]
    );
    assert_eq!(
        user["Attributes"][0],
        json!({ "Name": "sub", "Value": sub })
    );
}

#[tokio::test]
async fn memberships_end_with_the_user_or_the_group_but_neither_ends_the_other() {
    let server = Server::start().await;
    let world = server.world().await;
    server.user(&world.pool, "bob", &[]).await;
    for group in ["a", "b"] {
        server.ok("CreateGroup", named(&world.pool, group)).await;
        for user in ["alice", "bob"] {
            server
                .ok("AdminAddUserToGroup", member(&world.pool, group, user))
                .await;
        }
    }
    let reply = server.call("DeleteGroup", named(&world.pool, "a")).await;
    assert_eq!((reply.status.as_u16(), reply.body.len()), (200, 0));
    assert_eq!(groups_of(&server, &world.pool, "alice").await, ["b"]);
    server
        .ok(
            "AdminDeleteUser",
            json!({ "UserPoolId": world.pool, "Username": "bob" }),
        )
        .await;
    assert_eq!(members(&server, &world.pool, "b").await, ["alice"]);
    // A new user or group of the same name begins with nothing.
    server.user(&world.pool, "bob", &[]).await;
    assert_eq!(groups_of(&server, &world.pool, "bob").await, [""; 0]);
    server.ok("CreateGroup", named(&world.pool, "a")).await;
    assert_eq!(members(&server, &world.pool, "a").await, [""; 0]);
    let tokens = world.tokens().await;
    assert_eq!(
        claims(&tokens["AccessToken"])["cognito:groups"],
        json!(["b"])
    );
}

#[tokio::test]
async fn a_user_with_a_temporary_password_may_be_a_member_at_its_first_sign_in() {
    let server = Server::start().await;
    let world = server.world().await;
    server.ok("CreateGroup", named(&world.pool, "new")).await;
    let input = json!({ "UserPoolId": world.pool, "Username": "carol", "TemporaryPassword": "Temp0rary!", "MessageAction": "SUPPRESS" });
    server.ok("AdminCreateUser", input).await;
    server
        .ok("AdminAddUserToGroup", member(&world.pool, "new", "carol"))
        .await;
    let challenge = server
        .ok(
            "InitiateAuth",
            with_password(&world.client, "carol", "Temp0rary!"),
        )
        .await;
    let input = json!({
        "ChallengeName": "NEW_PASSWORD_REQUIRED",
        "ClientId": world.client,
        "Session": challenge["Session"],
        "ChallengeResponses": { "USERNAME": "carol", "NEW_PASSWORD": "Temp0rary!" },
    });
    let tokens = server.ok("RespondToAuthChallenge", input).await["AuthenticationResult"].clone();
    for token in ["AccessToken", "IdToken"] {
        assert_eq!(claims(&tokens[token])["cognito:groups"], json!(["new"]));
    }
}

#[tokio::test]
async fn lists_come_in_pages_that_together_are_everything() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let names: Vec<String> = (0..5).map(|number| format!("n{number}")).collect();
    for name in &names {
        server.ok("CreateGroup", named(&pool, name)).await;
        server.user(&pool, name, &[]).await;
    }
    for name in &names {
        server
            .ok("AdminAddUserToGroup", member(&pool, "n0", name))
            .await;
        if name != "n0" {
            server
                .ok("AdminAddUserToGroup", member(&pool, name, "n0"))
                .await;
        }
    }
    for (operation, list, key, input) in [
        (
            "ListGroups",
            "Groups",
            "GroupName",
            json!({ "UserPoolId": pool }),
        ),
        ("ListUsersInGroup", "Users", "Username", named(&pool, "n0")),
        (
            "AdminListGroupsForUser",
            "Groups",
            "GroupName",
            json!({ "UserPoolId": pool, "Username": "n0" }),
        ),
    ] {
        for size in [1, 2, 5] {
            let mut found = Vec::new();
            let mut token = Value::Null;
            loop {
                let mut input = input.clone();
                merge(&mut input, json!({ "Limit": size, "NextToken": token }));
                let page = server.ok(operation, input).await;
                let rows = each(&page[list], key);
                assert!(rows.len() <= size, "{operation}");
                found.extend(rows);
                token = page["NextToken"].clone();
                if token.is_null() {
                    assert_eq!(keys(&page), [list]);
                    break;
                }
            }
            found.sort();
            assert_eq!(found, names, "{operation} by {size}");
        }
        // A size of 0 means the default.
        let mut zero = input.clone();
        merge(&mut zero, json!({ "Limit": 0 }));
        let page = server.ok(operation, zero).await;
        assert_eq!(page[list].as_array().unwrap().len(), 5, "{operation}");
        let mut much = input;
        merge(&mut much, json!({ "Limit": 61 }));
        assert!(
            server
                .refused(operation, much)
                .await
                .contains("at 'limit' failed to satisfy constraint")
        );
    }
    let empty = server.pool(json!({})).await;
    let page = server
        .ok("ListGroups", json!({ "UserPoolId": empty }))
        .await;
    assert_eq!(page, json!({ "Groups": [] }));
}

#[tokio::test]
async fn the_best_precedence_gives_the_role_and_a_tie_gives_none() {
    let server = Server::start().await;
    let world = server.world().await;
    let role = |name: &str| format!("arn:aws:iam::123456789012:role/{name}");
    let join = async |group: &str, precedence: Value, arn: Value| {
        let mut input = named(&world.pool, group);
        merge(
            &mut input,
            json!({ "Precedence": precedence, "RoleArn": arn }),
        );
        server.ok("CreateGroup", input).await;
        server
            .ok("AdminAddUserToGroup", member(&world.pool, group, "alice"))
            .await;
    };
    let id = async || claims(&world.tokens().await["IdToken"]);

    join("plain", Value::Null, Value::Null).await;
    let claims = id().await;
    assert_eq!(claims["cognito:groups"], json!(["plain"]));
    assert!(claims.get("cognito:roles").is_none());
    assert!(claims.get("cognito:preferred_role").is_none());

    join("unranked", Value::Null, json!(role("unranked"))).await;
    join("ranked", json!(9), json!(role("ranked"))).await;
    assert_eq!(id().await["cognito:preferred_role"], role("ranked"));

    join("same", json!(9), json!(role("ranked"))).await;
    assert_eq!(id().await["cognito:preferred_role"], role("ranked"));

    join("rival", json!(9), json!(role("rival"))).await;
    assert!(id().await.get("cognito:preferred_role").is_none());

    join("best", json!(0), json!(role("best"))).await;
    assert_eq!(id().await["cognito:preferred_role"], role("best"));
}
