//! The inbox: which messages a question finds. Waiting and refusals are in `doors.rs`.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Server, attribute_list, each};

/// Two pools, and an invitation to each of these addresses in each.
async fn invited(server: &Server) -> [String; 2] {
    let pools = [server.pool(json!({})).await, server.pool(json!({})).await];
    for pool in &pools {
        for name in ["one", "two"] {
            let address = format!("{name}@example.com");
            server
                .ok(
                    "AdminCreateUser",
                    json!({
                        "UserPoolId": pool,
                        "Username": name,
                        "UserAttributes": attribute_list(&[("email", &address)]),
                        "DesiredDeliveryMediums": ["EMAIL"],
                    }),
                )
                .await;
            server.advance(Duration::from_secs(1));
        }
    }
    pools
}

#[tokio::test]
async fn messages_are_found_by_pool_recipient_and_kind_newest_first() {
    let server = Server::start().await;
    let [one, two] = invited(&server).await;
    let all = Value::from(server.inbox("").await);
    assert_eq!(
        each(&all, "to"),
        [
            "two@example.com",
            "one@example.com",
            "two@example.com",
            "one@example.com"
        ]
    );
    assert_eq!(each(&all, "user_pool_id"), [two.as_str(), &two, &one, &one]);
    for (query, count) in [
        (format!("user_pool_id={one}"), 2),
        ("to=one@example.com".to_owned(), 2),
        (format!("user_pool_id={two}&to=one@example.com"), 1),
        ("kind=invitation".to_owned(), 4),
        ("kind=verify_attribute".to_owned(), 0),
        ("to=nobody@example.com".to_owned(), 0),
        ("wait=0s&to=one@example.com".to_owned(), 2),
    ] {
        assert_eq!(server.inbox(&query).await.len(), count, "{query}");
    }
}

#[tokio::test]
async fn until_when_a_code_may_be_used_is_told() {
    let server = Server::start().await;
    let policy = json!({ "TemporaryPasswordValidityDays": 3 });
    let pool = server
        .pool(json!({
            "AutoVerifiedAttributes": ["email"],
            "Policies": { "PasswordPolicy": policy },
        }))
        .await;
    let client = server.client_id(&pool, json!({})).await;
    server
        .user(
            &pool,
            "ann",
            &[("email", "ann@example.com"), ("email_verified", "true")],
        )
        .await;
    let forgot = json!({ "ClientId": client, "Username": "ann" });
    server.ok("ForgotPassword", forgot).await;
    server
        .ok(
            "AdminCreateUser",
            json!({
                "UserPoolId": pool,
                "Username": "ben",
                "UserAttributes": attribute_list(&[("email", "ben@example.com")]),
                "DesiredDeliveryMediums": ["EMAIL"],
            }),
        )
        .await;
    for (to, until) in [
        ("ann@example.com", "2026-01-01T01:00:00Z"),
        ("ben@example.com", "2026-01-04T00:00:00Z"),
    ] {
        let [message] = server.inbox(&format!("to={to}")).await.try_into().unwrap();
        assert_eq!(message["expires_at"], until, "{message}");
    }
}

#[tokio::test]
async fn only_what_matches_is_deleted() {
    let server = Server::start().await;
    let [one, _] = invited(&server).await;
    let (status, answer) = server
        .own(
            "DELETE",
            &format!("inbox?user_pool_id={one}&to=one@example.com"),
            Value::Null,
        )
        .await;
    assert_eq!((status, answer), (200, json!({ "deleted": 1 })));
    assert_eq!(server.inbox("").await.len(), 3);
    assert_eq!(server.inbox(&format!("user_pool_id={one}")).await.len(), 1);
}

#[tokio::test]
async fn messages_go_with_their_pool_or_with_a_reset() {
    let server = Server::start().await;
    let [one, two] = invited(&server).await;
    server
        .ok("DeleteUserPool", json!({ "UserPoolId": one }))
        .await;
    assert_eq!(server.inbox(&format!("user_pool_id={two}")).await.len(), 2);
    server.own("POST", "reset", Value::Null).await;
    assert!(server.inbox("").await.is_empty());
}

#[tokio::test]
async fn several_may_wait_for_the_same_message() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let wait = || server.inbox("to=late@example.com&wait=30s");
    let send = async {
        tokio::task::yield_now().await;
        server
            .ok(
                "AdminCreateUser",
                json!({
                    "UserPoolId": pool,
                    "Username": "late",
                    "UserAttributes": attribute_list(&[("email", "late@example.com")]),
                    "DesiredDeliveryMediums": ["EMAIL"],
                }),
            )
            .await
    };
    let (one, two, _) = tokio::join!(wait(), wait(), send);
    assert_eq!((one.len(), two.len()), (1, 1));
    // What is there already is not waited for.
    assert_eq!(wait().await.len(), 1);
}
