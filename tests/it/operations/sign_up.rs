//! AdminConfirmSignUp: from UNCONFIRMED to CONFIRMED.

use mocknito::wire::user_pools::UserStatusType;
use serde_json::json;

use crate::support::{PASSWORD, Server, attribute, with_password};

#[tokio::test]
async fn an_unconfirmed_user_is_confirmed_and_its_address_stays_unverified() {
    let server = Server::start().await;
    let world = server.world().await;
    server
        .user(
            &world.pool,
            "bob",
            &[("email", "bob@example.com"), ("email_verified", "false")],
        )
        .await;
    server
        .set_status(&world.pool, "bob", UserStatusType::Unconfirmed)
        .await;
    let sign_in = with_password(&world.client, "bob", PASSWORD);
    server
        .refuses(
            "InitiateAuth",
            sign_in.clone(),
            "UserNotConfirmedException: User is not confirmed.",
        )
        .await;
    // That is told before the password is looked at: wrong ones lock nobody out.
    for _ in 0..6 {
        server
            .refuses(
                "InitiateAuth",
                with_password(&world.client, "bob", "Wrong0ne!"),
                "UserNotConfirmedException: User is not confirmed.",
            )
            .await;
    }
    let bob = json!({ "UserPoolId": world.pool, "Username": "bob" });
    assert_eq!(server.ok("AdminConfirmSignUp", bob).await, json!({}));
    let described = server.described_user(&world.pool, "bob").await;
    assert_eq!(described["UserStatus"], "CONFIRMED");
    assert_eq!(
        attribute(&described["UserAttributes"], "email_verified").unwrap(),
        "false"
    );
    server.ok("InitiateAuth", sign_in).await;
}

#[tokio::test]
async fn only_an_unconfirmed_user_can_be_confirmed() {
    let server = Server::start().await;
    let world = server.world().await;
    let alice = json!({ "UserPoolId": world.pool, "Username": "alice" });
    server
        .refuses(
            "AdminConfirmSignUp",
            alice.clone(),
            "NotAuthorizedException: User cannot be confirmed. Current status is CONFIRMED",
        )
        .await;
    let temporary = json!({ "UserPoolId": world.pool, "Username": "alice", "Password": PASSWORD, "Permanent": false });
    server.ok("AdminSetUserPassword", temporary).await;
    server
        .refuses(
            "AdminConfirmSignUp",
            alice,
            "NotAuthorizedException: User cannot be confirmed. Current status is FORCE_CHANGE_PASSWORD",
        )
        .await;
}

#[tokio::test]
async fn a_user_is_found_by_the_address_that_is_its_name() {
    let server = Server::start().await;
    let pool = server
        .pool(json!({ "UsernameAttributes": ["email"] }))
        .await;
    server.user(&pool, "dora@example.com", &[]).await;
    server
        .set_status(&pool, "dora@example.com", UserStatusType::Unconfirmed)
        .await;
    let dora = json!({ "UserPoolId": pool, "Username": "dora@example.com" });
    server.ok("AdminConfirmSignUp", dora).await;
}
