//! What was acknowledged stays and what was refused leaves nothing, also when many write at once.

use std::time::Duration;

use mocknito::clock::Timestamp;
use mocknito::store::{Message, held};
use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, SqliteConnection};

use crate::support::{PASSWORD, START, Server, attribute_list, each, with_password};

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

/// Somebody else's program on the file of the store. It waits a moment for SQLite's lock.
async fn other_program(server: &Server) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(server.folder().join("mocknito.db"));
    let options = options.busy_timeout(Duration::from_millis(500));
    options.connect().await.unwrap()
}

async fn can_write(other: &mut SqliteConnection) {
    for statement in ["BEGIN IMMEDIATE", "ROLLBACK"] {
        sqlx::query(statement).execute(&mut *other).await.unwrap();
    }
}

#[tokio::test]
async fn a_refused_write_keeps_no_other_program_from_the_file() {
    let server = Server::in_a_folder().await;
    let world = server.world().await;
    let mut other = other_program(&server).await;
    can_write(&mut other).await;
    let again = json!({ "UserPoolId": world.pool, "Username": "alice" });
    let reply = server.call("AdminCreateUser", again).await;
    assert_eq!(reply.status, 400);
    can_write(&mut other).await;
    // Nor does a refused change of settings, or a session that was answered before.
    let gone = json!({ "UserPoolId": world.pool, "ClientId": "nobody" });
    let reply = server.call("DeleteUserPoolClient", gone).await;
    assert_eq!(reply.status, 400);
    can_write(&mut other).await;
}

#[tokio::test]
async fn a_write_that_is_dropped_in_the_middle_keeps_no_other_program_from_the_file() {
    let server = Server::in_a_folder().await;
    let world = server.world().await;
    let mut other = other_program(&server).await;
    let mut done = 0;
    for number in 0..30_u32 {
        let name = format!("u{number}");
        let input = json!({
            "UserPoolId": world.pool, "Username": name, "MessageAction": "SUPPRESS",
        });
        let mut call = Box::pin(server.call("AdminCreateUser", input));
        for _ in 0..number {
            let polled = tokio::time::timeout(Duration::from_micros(200), call.as_mut()).await;
            if polled.is_ok() {
                done += 1;
                break;
            }
        }
        drop(call);
        can_write(&mut other).await;
    }
    assert!((1..30).contains(&done), "{done} of 30 ended by themselves");
    server.user(&world.pool, "last", &[]).await;
}

#[tokio::test]
async fn what_is_changed_in_the_store_is_seen_without_a_word() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let store = &server.app.store;
    let mut changed = (*store.pool(&pool).await.unwrap()).clone();
    changed.name = "another".to_owned();
    let mut write = store.write().await.unwrap();
    write.pools().update(&changed).await.unwrap();
    assert_ne!(store.pool(&pool).await.unwrap().name, "another");
    write.commit().await.unwrap();
    assert_eq!(store.pool(&pool).await.unwrap().name, "another");

    let client = server.client_id(&pool, json!({})).await;
    assert!(store.client(&client).await.is_ok());
    let mut write = store.write().await.unwrap();
    write.clients().delete(&client).await.unwrap();
    write.commit().await.unwrap();
    assert!(store.client(&client).await.is_err());
}

#[tokio::test]
async fn what_was_answered_is_known_whoever_wrote_it() {
    let server = Server::start().await;
    let store = &server.app.store;
    let later = Timestamp::from_seconds(START + 60);
    assert!(!store.is_spent("one").await.unwrap());
    assert!(store.write_once().await.spend("one", later).await.unwrap());
    assert!(store.is_spent("one").await.unwrap());
    assert!(!store.write_once().await.spend("one", later).await.unwrap());
    let mut write = store.write().await.unwrap();
    assert!(write.spent_sessions().spend("two", later).await.unwrap());
    drop(write);
    assert!(!store.is_spent("two").await.unwrap());
}

fn message(number: usize) -> Message {
    Message {
        id: format!("{number}"),
        pool_id: "us-east-1_Pool".to_owned(),
        recipient: "alice@example.com".to_owned(),
        medium: "EMAIL".to_owned(),
        kind: "authentication".to_owned(),
        code: None,
        subject: None,
        body: String::new(),
        created_at: Timestamp::from_seconds(START),
    }
}

#[tokio::test]
#[should_panic(expected = "a message is sent while a connection of the store is held")]
async fn nobody_goes_out_with_a_connection_in_hand() {
    let server = Server::in_a_folder().await;
    let store = &server.app.store;
    held::watch(async {
        let _read = store.read().await.unwrap();
        server.app.outbox.send(store, &message(1)).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn the_inbox_keeps_the_last_ten_thousand_messages() {
    let server = Server::start().await;
    let fixed = json!({ "UserPoolTags": { "_custom_id_": "us-east-1_Pool" } });
    server.pool(fixed).await;
    let mut write = server.app.store.write().await.unwrap();
    for number in 0..10_002 {
        write.messages().insert(&message(number)).await.unwrap();
    }
    let all = Default::default();
    let kept = write.messages().list(&all, i64::MAX).await.unwrap();
    write.commit().await.unwrap();
    assert_eq!(kept.len(), 10_000);
    assert_eq!(
        (kept[0].id.as_str(), kept[9_999].id.as_str()),
        ("10001", "2")
    );
}

/// The columns of each index of a table, in their order.
async fn indexes(other: &mut SqliteConnection, table: &str) -> Vec<Vec<String>> {
    let columns: Vec<(String, String)> = sqlx::query_as(
        "SELECT list.name, info.name FROM pragma_index_list($1) list, \
         pragma_index_info(list.name) info ORDER BY list.name, info.seqno",
    )
    .bind(table)
    .fetch_all(other)
    .await
    .unwrap();
    let of_index = columns.chunk_by(|(one, _), (other, _)| one == other);
    of_index
        .map(|index| index.iter().map(|(_, column)| column.clone()).collect())
        .collect()
}

#[tokio::test]
async fn what_goes_with_something_else_or_with_time_is_found_by_an_index() {
    let server = Server::in_a_folder().await;
    let mut other = other_program(&server).await;
    let tables = sqlx::query_scalar(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%sqlx%'",
    );
    let tables: Vec<String> = tables.fetch_all(&mut other).await.unwrap();
    assert!(tables.len() > 25, "{tables:?}");
    let mut keys = 0;
    for table in &tables {
        let children: Vec<(i64, String)> =
            sqlx::query_as("SELECT id, \"from\" FROM pragma_foreign_key_list($1) ORDER BY id, seq")
                .bind(table)
                .fetch_all(&mut other)
                .await
                .unwrap();
        let indexes = indexes(&mut other, table).await;
        for key in children.chunk_by(|(one, _), (other, _)| one == other) {
            keys += 1;
            let columns: Vec<&str> = key.iter().map(|(_, column)| column.as_str()).collect();
            let serves = |index: &Vec<String>| {
                let first = index.iter().take(columns.len());
                index.len() >= columns.len() && first.eq(columns.iter())
            };
            assert!(
                indexes.iter().any(serves),
                "{table} has no index for {columns:?}"
            );
        }
    }
    assert!(keys > 30, "{keys} foreign keys");
    for (table, column) in [
        ("attempts", "tried_at"),
        ("authorization_codes", "expires_at"),
        ("browser_sessions", "expires_at"),
        ("custom_sign_ins", "expires_at"),
        ("device_challenges", "expires_at"),
        ("issued_credentials", "expires_at"),
        ("passkey_challenges", "expires_at"),
        ("session_origins", "created_at"),
        ("spent_sessions", "expires_at"),
        ("token_families", "expires_at"),
    ] {
        let indexes = indexes(&mut other, table).await;
        let serves = |index: &Vec<String>| index[0] == column;
        assert!(
            indexes.iter().any(serves),
            "{table} is swept by {column} without an index"
        );
    }
}
