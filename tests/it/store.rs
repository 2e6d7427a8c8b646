//! What was acknowledged stays and what was refused leaves nothing, also when many write at once.

use serde_json::{Value, json};

use crate::support::{PASSWORD, Server, attribute_list, each, with_password};

#[tokio::test]
async fn of_many_who_make_the_same_thing_at_once_one_succeeds() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let user = json!({ "UserPoolId": pool, "Username": "alice", "MessageAction": "SUPPRESS" });
    let group = json!({ "UserPoolId": pool, "GroupName": "g" });
    let resource = json!({ "UserPoolId": pool, "Identifier": "api", "Name": "api" });
    let tagged = json!({ "PoolName": "p", "UserPoolTags": { "_custom_id_": "us-east-1_same" } });
    for (operation, input) in [
        ("AdminCreateUser", user),
        ("CreateGroup", group),
        ("CreateResourceServer", resource),
        ("CreateUserPool", tagged),
    ] {
        let call = || server.call(operation, input.clone());
        let (a, b, c, d) = tokio::join!(call(), call(), call(), call());
        let good = [a, b, c, d]
            .iter()
            .filter(|reply| reply.status.is_success())
            .count();
        assert_eq!(good, 1, "{operation}");
    }
}

#[tokio::test]
async fn of_many_who_want_the_same_address_one_gets_it() {
    let server = Server::start().await;
    let pool = server
        .pool(json!({ "UsernameAttributes": ["email"] }))
        .await;
    let mut names = Vec::new();
    for number in 0..4 {
        names.push(
            server
                .user(&pool, &format!("u{number}@example.com"), &[])
                .await,
        );
    }
    let want = |name: &str| {
        let input = json!({ "UserPoolId": pool, "Username": name, "UserAttributes": attribute_list(&[("email", "best@example.com")]) });
        server.call("AdminUpdateUserAttributes", input)
    };
    let (a, b, c, d) = tokio::join!(
        want(&names[0]),
        want(&names[1]),
        want(&names[2]),
        want(&names[3])
    );
    let good = [a, b, c, d]
        .iter()
        .filter(|reply| reply.status.is_success())
        .count();
    assert_eq!(good, 1);
    let filter = json!({ "UserPoolId": pool, "Filter": "email = \"best@example.com\"" });
    let found = server.ok("ListUsers", filter).await;
    assert_eq!(found["Users"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn changes_of_different_attributes_at_once_all_stay() {
    let server = Server::start().await;
    let world = server.world().await;
    let set = |name: &str| {
        let input = json!({ "UserPoolId": world.pool, "Username": "alice", "UserAttributes": attribute_list(&[(name, name)]) });
        server.ok("AdminUpdateUserAttributes", input)
    };
    tokio::join!(
        set("name"),
        set("nickname"),
        set("given_name"),
        set("family_name"),
        set("profile"),
        set("website")
    );
    let user = server.described_user(&world.pool, "alice").await;
    let mut names = each(&user["UserAttributes"], "Name");
    names.sort();
    assert_eq!(
        names,
        [
            "email",
            "email_verified",
            "family_name",
            "given_name",
            "name",
            "nickname",
            "profile",
            "sub",
            "website"
        ]
    );
}

#[tokio::test]
async fn a_request_that_is_dropped_in_the_middle_blocks_nobody() {
    let server = Server::start().await;
    let world = server.world().await;
    for number in 0..20_u32 {
        let input = json!({ "UserPoolId": world.pool, "Username": format!("u{number}"), "MessageAction": "SUPPRESS" });
        let call = server.call("AdminCreateUser", input);
        // The client goes away after this many polls.
        let mut call = std::pin::pin!(call);
        for _ in 0..number {
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            if call.as_mut().poll(&mut context).is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
    }
    server.user(&world.pool, "last", &[]).await;
    server.sign_in(&world.client, "last").await;
    // Whoever is listed is whole.
    let listed = server
        .ok("ListUsers", json!({ "UserPoolId": world.pool }))
        .await;
    for name in each(&listed["Users"], "Username") {
        server.described_user(&world.pool, &name).await;
    }
}

#[tokio::test]
async fn a_reset_leaves_no_trace_and_old_tokens_and_sessions_open_nothing() {
    let server = Server::start().await;
    let fixed = json!({ "UserPoolTags": { "_custom_id_": "us-east-1_fixed" } });
    let pool = server.pool(fixed.clone()).await;
    let client = server.client_id(&pool, json!({})).await;
    server.user(&pool, "alice", &[]).await;
    let tokens = server.sign_in(&client, "alice").await;
    let (status, _) = server.own("POST", "reset", Value::Null).await;
    assert_eq!(status, 200);
    server
        .refuses(
            "InitiateAuth",
            with_password(&client, "alice", PASSWORD),
            &format!("ResourceNotFoundException: User pool client {client} does not exist."),
        )
        .await;
    // The same pool id again is another pool, with nobody in it.
    server.pool(fixed).await;
    let listed = server.ok("ListUsers", json!({ "UserPoolId": pool })).await;
    assert_eq!(listed["Users"], json!([]));
    server.user(&pool, "alice", &[]).await;
    let reply = server
        .call("GetUser", json!({ "AccessToken": tokens["AccessToken"] }))
        .await;
    assert_eq!(reply.status, 400);
}

#[tokio::test]
async fn a_new_pool_gets_its_keys_without_being_asked() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    for _ in 0..600 {
        let mut read = server.app.store.read().await.unwrap();
        if read.signing_keys().list(&pool).await.unwrap().len() == 2 {
            return;
        }
        drop(read);
        let wait = std::time::Duration::from_millis(50);
        tokio::time::timeout(wait, std::future::pending::<()>())
            .await
            .unwrap_err();
    }
    panic!("no keys were minted");
}
