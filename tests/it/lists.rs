//! Lists: what ListUsers finds, how pages follow each other, and page tokens that lead nowhere but
//! where they were made for.

use std::collections::HashSet;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Server, altered, attribute_list, each, keys, merge, refusal};

fn user(pool: &str, name: &str) -> Value {
    json!({ "UserPoolId": pool, "Username": name })
}

/// AdminCreateUser's request, that sends nothing.
fn create(pool: &str, name: &str, more: Value) -> Value {
    let mut input = user(pool, name);
    input["MessageAction"] = json!("SUPPRESS");
    merge(&mut input, more);
    input
}

fn with_attributes(pool: &str, name: &str, attributes: &[(&str, &str)]) -> Value {
    create(
        pool,
        name,
        json!({ "UserAttributes": attribute_list(attributes) }),
    )
}

async fn find(server: &Server, pool: &str, filter: &str) -> Vec<String> {
    let input = json!({ "UserPoolId": pool, "Filter": filter });
    let mut names = each(&server.ok("ListUsers", input).await["Users"], "Username");
    names.sort();
    names
}

#[tokio::test]
async fn users_are_found_by_each_searchable_attribute() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let one = server
        .user(
            &pool,
            "Alice",
            &[
                ("email", "Alice@Example.com"),
                ("phone_number", "+12065550100"),
                ("name", "Alice \"Ally\" Liddell"),
                ("given_name", "Alice"),
                ("family_name", "Liddell"),
                ("preferred_username", "Ally"),
            ],
        )
        .await;
    server
        .user(
            &pool,
            "bob",
            &[
                ("email", "bob@example.com"),
                ("given_name", "Bob"),
                ("name", "100%_sure"),
            ],
        )
        .await;
    server
        .ok("AdminCreateUser", create(&pool, "carol", json!({})))
        .await;
    server.ok("AdminDisableUser", user(&pool, "bob")).await;
    let sub_start = format!("sub ^= \"{}\"", &one[..30]);
    let sub = format!("sub = \"{one}\"");
    for (filter, expected) in [
        ("username = \"Alice\"", vec!["Alice"]),
        ("username = \"alice\"", vec![]),
        ("username ^= \"Al\"", vec!["Alice"]),
        ("email = \"alice@example.COM\"", vec!["Alice"]),
        ("email ^= \"B\"", vec!["bob"]),
        ("email=\"bob@example.com\"", vec!["bob"]),
        ("phone_number = \"+12065550100\"", vec!["Alice"]),
        ("phone_number ^= \"+1206\"", vec!["Alice"]),
        ("name = \"alice \\\"ally\\\" liddell\"", vec!["Alice"]),
        ("name ^= \"100%\"", vec!["bob"]),
        ("name ^= \"1__\"", vec![]),
        ("name ^= \"%\"", vec![]),
        ("given_name = \"bob\"", vec!["bob"]),
        ("family_name ^= \"lid\"", vec!["Alice"]),
        ("preferred_username = \"ALLY\"", vec!["Alice"]),
        ("cognito:user_status = \"CONFIRMED\"", vec!["Alice", "bob"]),
        (
            "cognito:user_status = \"force_change_password\"",
            vec!["carol"],
        ),
        ("status = \"Enabled\"", vec!["Alice", "carol"]),
        ("status = \"Disabled\"", vec!["bob"]),
        ("status = \"disabled\"", vec![]),
        (&sub, vec!["Alice"]),
        (&sub_start, vec!["Alice"]),
        ("email ^= \"\"", vec!["Alice", "bob"]),
        ("", vec!["Alice", "bob", "carol"]),
    ] {
        let found = find(&server, &pool, filter).await;
        if filter == "email ^= \"\"" {
            // (unsure) An empty prefix is everybody's, or everybody's who has one.
            assert!(found.len() >= expected.len(), "{found:?}");
        } else {
            assert_eq!(found, expected, "{filter}");
        }
    }
}

#[tokio::test]
async fn a_filter_follows_every_change_of_what_it_searches() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    server
        .user(&pool, "alice", &[("email", "old@example.com")])
        .await;
    let change = json!({ "UserPoolId": pool, "Username": "alice", "UserAttributes": attribute_list(&[("email", "new@example.com")]) });
    server.ok("AdminUpdateUserAttributes", change).await;
    assert_eq!(
        find(&server, &pool, "email = \"new@example.com\"").await,
        ["alice"]
    );
    assert_eq!(
        find(&server, &pool, "email = \"old@example.com\"").await,
        [""; 0]
    );
    let delete =
        json!({ "UserPoolId": pool, "Username": "alice", "UserAttributeNames": ["email"] });
    server.ok("AdminDeleteUserAttributes", delete).await;
    assert_eq!(
        find(&server, &pool, "email = \"new@example.com\"").await,
        [""; 0]
    );
}

#[tokio::test]
async fn what_is_no_filter_is_refused() {
    let server = Server::start().await;
    let world = server.world().await;
    let filter = |filter: &str| json!({ "UserPoolId": world.pool, "Filter": filter });
    for syntax in [
        "email",
        "email =",
        "email = alice",
        "email = 'alice'",
        "email = \"a",
        "email == \"a\"",
        "email = \"a\" or \"b\"",
        "email = \"a\" and name = \"b\"",
        "= \"a\"",
        "email > \"a\"",
        "\"; DROP TABLE users; --",
    ] {
        let answer = server.refused("ListUsers", filter(syntax)).await;
        assert_eq!(
            answer, "InvalidParameterException: Error while parsing filter.",
            "{syntax}"
        );
    }
    // The attribute may stand in quotes, too.
    let quoted = filter("\"email\" = \"alice@example.com\"");
    let found = server.ok("ListUsers", quoted).await;
    assert_eq!(found["Users"][0]["Username"], "alice");
    for unsearchable in ["custom:foo", "nickname", "birthdate", "password"] {
        server
            .refuses(
                "ListUsers",
                filter(&format!("{unsearchable} = \"a\"")),
                &format!("InvalidParameterException: Invalid search attribute: {unsearchable}"),
            )
            .await;
    }
    // A value is a value, whatever it looks like.
    for odd in ["' OR '1'='1", "a\\\\", "*", "\u{1F600}"] {
        assert_eq!(
            find(&server, &world.pool, &format!("email = \"{odd}\"")).await,
            [""; 0]
        );
    }
    let long = filter(&format!("email = \"{}\"", "a".repeat(250)));
    assert!(
        server
            .refused("ListUsers", long)
            .await
            .contains("at 'filter' failed to satisfy constraint")
    );
}

#[tokio::test]
async fn a_list_shows_whole_users_or_only_what_was_asked() {
    let server = Server::start().await;
    let world = server.world().await;
    server.user(&world.pool, "bob", &[("name", "Bob")]).await;
    let page = server
        .ok("ListUsers", json!({ "UserPoolId": world.pool }))
        .await;
    assert_eq!(keys(&page), ["Users"]);
    let users = page["Users"].as_array().unwrap();
    assert_eq!(users.len(), 2);
    assert_eq!(
        keys(&users[0]),
        [
            "Attributes",
            "Enabled",
            "UserCreateDate",
            "UserLastModifiedDate",
            "UserStatus",
            "Username"
        ]
    );
    let alice = json!({ "UserPoolId": world.pool, "AttributesToGet": ["email"], "Filter": "username = \"alice\"" });
    let page = server.ok("ListUsers", alice.clone()).await;
    assert_eq!(
        page["Users"][0]["Attributes"],
        attribute_list(&[("email", "alice@example.com")])
    );
    // An attribute that is not in the schema, or that somebody who is listed has no value for.
    let missing = "InvalidParameterException: One or more requested attributes do not exist.";
    let everybody = json!({ "UserPoolId": world.pool, "AttributesToGet": ["email"] });
    server.refuses("ListUsers", everybody, missing).await;
    let mut unknown = alice;
    unknown["AttributesToGet"] = json!(["email", "custom:none"]);
    server.refuses("ListUsers", unknown, missing).await;
    let of_all = json!({ "UserPoolId": world.pool, "AttributesToGet": ["sub"] });
    server.ok("ListUsers", of_all).await;
}

#[tokio::test]
async fn lists_of_users_come_in_pages_with_and_without_a_filter() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let other = server.pool(json!({})).await;
    for number in 0..7 {
        // Some share a family name, some a moment of creation.
        let family = if number % 2 == 0 { "Even" } else { "Odd" };
        let input = with_attributes(
            &pool,
            &format!("u{number}"),
            &[("family_name", family), ("name", &format!("N{number}"))],
        );
        server.ok("AdminCreateUser", input).await;
        server.advance(Duration::from_secs(number % 3));
    }
    server
        .ok(
            "AdminCreateUser",
            with_attributes(&other, "x", &[("family_name", "Even")]),
        )
        .await;
    for (filter, expected) in [
        ("", 7),
        ("family_name = \"even\"", 4),
        ("family_name ^= \"od\"", 3),
        ("name ^= \"n\"", 7),
        ("cognito:user_status ^= \"FORCE\"", 7),
        ("status = \"Enabled\"", 7),
        ("username ^= \"u\"", 7),
    ] {
        for size in [1, 3, 7, 60] {
            let mut found = Vec::new();
            let mut token = Value::Null;
            loop {
                let input = json!({ "UserPoolId": pool, "Filter": filter, "Limit": size, "PaginationToken": token });
                let page = server.ok("ListUsers", input).await;
                let rows = each(&page["Users"], "Username");
                assert!(rows.len() <= size);
                found.extend(rows);
                token = page["PaginationToken"].clone();
                if token.is_null() {
                    break;
                }
            }
            let distinct: HashSet<_> = found.iter().collect();
            assert_eq!(
                (found.len(), distinct.len()),
                (expected, expected),
                "{filter} by {size}"
            );
        }
    }
    // Without a size, or with 0, sixty make a page.
    for number in 0..61 {
        let name = format!("many{number}");
        server
            .ok("AdminCreateUser", create(&pool, &name, json!({})))
            .await;
    }
    for input in [
        json!({ "UserPoolId": pool }),
        json!({ "UserPoolId": pool, "Limit": 0 }),
    ] {
        let page = server.ok("ListUsers", input).await;
        assert_eq!(page["Users"].as_array().unwrap().len(), 60);
        assert!(page["PaginationToken"].is_string());
    }
}

#[tokio::test]
async fn pages_go_on_past_users_who_have_gone() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    for name in ["a", "b", "c", "d"] {
        server
            .ok("AdminCreateUser", create(&pool, name, json!({})))
            .await;
        server.advance(Duration::from_secs(1));
    }
    let first = server
        .ok("ListUsers", json!({ "UserPoolId": pool, "Limit": 2 }))
        .await;
    let shown = each(&first["Users"], "Username");
    for name in &shown {
        server.ok("AdminDeleteUser", user(&pool, name)).await;
    }
    let input =
        json!({ "UserPoolId": pool, "Limit": 2, "PaginationToken": first["PaginationToken"] });
    let rest = each(&server.ok("ListUsers", input).await["Users"], "Username");
    assert_eq!(rest.len(), 2);
    assert!(rest.iter().all(|name| !shown.contains(name)));
}

#[tokio::test]
async fn a_page_token_leads_nowhere_but_where_it_was_made_for() {
    let server = Server::start().await;
    let one = server.pool(json!({})).await;
    let two = server.pool(json!({})).await;
    for pool in [&one, &two] {
        for name in ["a", "b", "c"] {
            server
                .ok(
                    "CreateGroup",
                    json!({ "UserPoolId": pool, "GroupName": name }),
                )
                .await;
            server.client(pool, json!({})).await;
            server.user(pool, name, &[("name", name)]).await;
            server
                .ok(
                    "AdminAddUserToGroup",
                    json!({ "UserPoolId": pool, "Username": name, "GroupName": "a" }),
                )
                .await;
            server
                .ok(
                    "AdminAddUserToGroup",
                    json!({ "UserPoolId": pool, "Username": "a", "GroupName": name }),
                )
                .await;
            let input = json!({ "UserPoolId": pool, "Identifier": name, "Name": name });
            server.ok("CreateResourceServer", input).await;
        }
    }
    let lists = [
        ("ListUserPools", "MaxResults", "NextToken", json!({})),
        ("ListGroups", "Limit", "NextToken", json!({})),
        ("ListUserPoolClients", "MaxResults", "NextToken", json!({})),
        ("ListResourceServers", "MaxResults", "NextToken", json!({})),
        ("ListUsers", "Limit", "PaginationToken", json!({})),
        (
            "ListUsersInGroup",
            "Limit",
            "NextToken",
            json!({ "GroupName": "a" }),
        ),
        (
            "AdminListGroupsForUser",
            "Limit",
            "NextToken",
            json!({ "Username": "a" }),
        ),
    ];
    let ask = |pool: &str, (_, size, token, more): &(&str, &str, &str, Value), value: &Value| {
        let mut input = json!({ *size: 1, *token: value });
        if !more.is_null() {
            merge(&mut input, json!({ "UserPoolId": pool }));
            merge(&mut input, more.clone());
        }
        input
    };
    let mut tokens = Vec::new();
    for list in &lists {
        let page = server.ok(list.0, ask(&one, list, &Value::Null)).await;
        let token = page[list.2].clone();
        assert!(token.is_string(), "{}: {page}", list.0);
        server.ok(list.0, ask(&one, list, &token)).await;
        tokens.push(token);
    }
    let invalid = "InvalidParameterException: Invalid pagination token";
    for (index, list) in lists.iter().enumerate() {
        for (other, token) in tokens.iter().enumerate() {
            if other != index {
                server
                    .refuses(list.0, ask(&one, list, token), invalid)
                    .await;
            }
            server
                .refuses(list.0, ask(&one, list, &altered(token)), invalid)
                .await;
        }
        for garbage in ["x", "AAAA", "AYABeA==", "%00", "1"] {
            server
                .refuses(list.0, ask(&one, list, &json!(garbage)), invalid)
                .await;
        }
        if list.0 != "ListUserPools" {
            server
                .refuses(list.0, ask(&two, list, &tokens[index]), invalid)
                .await;
        }
    }

    // Other parameters ask for another list.
    let users = &tokens[4];
    for more in [
        json!({ "Filter": "name ^= \"a\"" }),
        json!({ "Filter": "status = \"Enabled\"" }),
    ] {
        let mut input = json!({ "UserPoolId": one, "Limit": 1, "PaginationToken": users });
        merge(&mut input, more);
        server.refuses("ListUsers", input, invalid).await;
    }
    let input = json!({ "UserPoolId": one, "GroupName": "b", "Limit": 1, "NextToken": tokens[5] });
    server.refuses("ListUsersInGroup", input, invalid).await;
    let input = json!({ "UserPoolId": one, "Username": "b", "Limit": 1, "NextToken": tokens[6] });
    server
        .refuses("AdminListGroupsForUser", input, invalid)
        .await;
    let reply = server
        .call_in(
            "eu-west-1",
            "ListUserPools",
            json!({ "MaxResults": 1, "NextToken": tokens[0] }),
        )
        .await;
    assert_eq!(refusal(&reply), invalid);
}
