//! What too many wrong passwords lead to: locks that grow by the clock, for password and SRP
//! alike, whether the user exists or not.

use std::time::Duration;

use mocknito::clock::Timestamp;
use mocknito::random::Random;
use mocknito::store::{AttemptPurpose, Attempts, Location, MfaFactors, Pool, Store};
use mocknito::wire::user_pools::UserPoolType;
use serde_json::{Value, json};

use crate::support::srp::SrpClient;
use crate::support::{PASSWORD, START, Server, World, with_password};

const WRONG: &str = "Wr0ngPassword!";
const BAD: &str = "NotAuthorizedException: Incorrect username or password.";
const LOCKED: &str = "NotAuthorizedException: Password attempts exceeded";

async fn fail(world: &World<'_>, client: &str, username: &str, times: usize) {
    for _ in 0..times {
        let input = with_password(client, username, WRONG);
        world.server.refuses("InitiateAuth", input, BAD).await;
    }
}

fn right(world: &World<'_>) -> Value {
    with_password(&world.client, "alice", PASSWORD)
}

#[tokio::test]
async fn the_fifth_failure_locks_for_a_second_and_each_further_one_for_twice_as_long() {
    let server = Server::start().await;
    let world = server.world().await;
    fail(&world, &world.client, "alice", 5).await;
    let mut expected = 1;
    for _ in 0..12 {
        for password in [PASSWORD, WRONG] {
            let input = with_password(&world.client, "alice", password);
            server.refuses("InitiateAuth", input, LOCKED).await;
        }
        server.advance(Duration::from_secs(expected) - Duration::from_millis(1));
        server.refuses("InitiateAuth", right(&world), LOCKED).await;
        server.advance(Duration::from_millis(1));
        // Tries meanwhile made the lock no longer; the next failure doubles it.
        fail(&world, &world.client, "alice", 1).await;
        expected = (expected * 2).min(900);
    }
    server.advance(Duration::from_secs(900));
    server.ok("InitiateAuth", right(&world)).await;
    // And with that it begins anew.
    fail(&world, &world.client, "alice", 4).await;
    server.ok("InitiateAuth", right(&world)).await;
}

#[tokio::test]
async fn a_success_or_a_quarter_of_an_hour_of_quiet_begins_anew() {
    let server = Server::start().await;
    let world = server.world().await;
    fail(&world, &world.client, "alice", 4).await;
    server.ok("InitiateAuth", right(&world)).await;
    fail(&world, &world.client, "alice", 4).await;
    server.advance(Duration::from_secs(900));
    fail(&world, &world.client, "alice", 4).await;
    server.advance(Duration::from_secs(899));
    fail(&world, &world.client, "alice", 1).await;
    server.refuses("InitiateAuth", right(&world), LOCKED).await;
    // Others are not concerned.
    server.user(&world.pool, "bob", &[]).await;
    server.sign_in(&world.client, "bob").await;
}

#[tokio::test]
async fn srp_and_the_admin_flow_count_and_are_locked_as_well() {
    let server = Server::start().await;
    let world = server.world().await;
    let flows =
        json!({ "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH"] });
    let client = server.client_id(&world.pool, flows).await;
    let srp = SrpClient::new("a");
    for _ in 0..5 {
        let challenge = server.ok("InitiateAuth", srp.begin(&client, "alice")).await;
        let answer = srp.answer(&world.pool, &client, &challenge, WRONG);
        server.refuses("RespondToAuthChallenge", answer, BAD).await;
    }
    let challenge = server.ok("InitiateAuth", srp.begin(&client, "alice")).await;
    let answer = srp.answer(&world.pool, &client, &challenge, PASSWORD);
    server
        .refuses("RespondToAuthChallenge", answer.clone(), LOCKED)
        .await;
    let admin = json!({
        "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
        "UserPoolId": world.pool,
        "ClientId": client,
        "AuthParameters": { "USERNAME": "alice", "PASSWORD": PASSWORD },
    });
    server.refuses("AdminInitiateAuth", admin, LOCKED).await;
    server.refuses("InitiateAuth", right(&world), LOCKED).await;
    server.advance(Duration::from_secs(1));
    server.ok("RespondToAuthChallenge", answer).await;
}

#[tokio::test]
async fn the_lock_tells_nobody_who_exists() {
    let server = Server::start().await;
    let world = server.world().await;
    let hiding = json!({
        "PreventUserExistenceErrors": "ENABLED",
        "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH"],
    });
    let hiding = server.client_id(&world.pool, hiding).await;
    let srp = SrpClient::new("a");
    for username in ["alice", "nobody"] {
        fail(&world, &hiding, username, 4).await;
        let challenge = server
            .ok("InitiateAuth", srp.begin(&hiding, username))
            .await;
        let answer = srp.answer(&world.pool, &hiding, &challenge, WRONG);
        server.refuses("RespondToAuthChallenge", answer, BAD).await;
        let input = with_password(&hiding, username, WRONG);
        server.refuses("InitiateAuth", input, LOCKED).await;
    }
    // A client that tells who exists has nothing to hide.
    for _ in 0..7 {
        let input = with_password(&world.client, "nobody", WRONG);
        let unknown = "UserNotFoundException: User does not exist.";
        server.refuses("InitiateAuth", input, unknown).await;
    }
}

#[tokio::test]
async fn of_guesses_sent_at_once_no_more_are_heard_than_of_others() {
    let server = Server::start().await;
    let world = server.world().await;
    let wrong = || with_password(&world.client, "alice", WRONG);
    let guesses = tokio::join!(
        server.refused("InitiateAuth", wrong()),
        server.refused("InitiateAuth", wrong()),
        server.refused("InitiateAuth", wrong()),
        server.refused("InitiateAuth", wrong()),
        server.refused("InitiateAuth", wrong()),
        server.refused("InitiateAuth", wrong()),
        server.refused("InitiateAuth", wrong()),
    );
    let guesses: [String; 7] = guesses.into();
    let heard = guesses.iter().filter(|answer| *answer == BAD).count();
    assert_eq!(heard, 5, "{guesses:?}");
}

#[tokio::test]
async fn a_wrong_previous_password_has_its_own_limit() {
    let server = Server::start().await;
    let world = server.world().await;
    let token = world.tokens().await["AccessToken"].clone();
    let change = |previous: &str| json!({ "AccessToken": token, "PreviousPassword": previous, "ProposedPassword": "N3wPassword!" });
    for _ in 0..5 {
        server.refuses("ChangePassword", change(WRONG), BAD).await;
    }
    let limit = "LimitExceededException: Attempt limit exceeded, please try after some time.";
    server
        .refuses("ChangePassword", change(PASSWORD), limit)
        .await;
    server.sign_in(&world.client, "alice").await;
    let later = Duration::from_secs(3_599);
    server.advance(later);
    server
        .refuses("ChangePassword", change(PASSWORD), limit)
        .await;
}

#[tokio::test]
async fn a_lock_outlives_the_process() {
    let folder = std::env::temp_dir().join(format!("mocknito-lock-out-{}", std::process::id()));
    let mut rng = Random::new(Some(1)).generator();
    let location = Location::Folder(folder.clone());
    let store = Store::open(location.clone(), &mut rng).await.unwrap();
    let sign_in = AttemptPurpose::SignIn;
    assert_eq!(store.attempts("a-sub", sign_in).await.unwrap(), None);
    let now = Timestamp::from_seconds(START);
    let mut write = store.write().await.unwrap();
    let pool = Pool {
        id: "us-east-1_Pool".to_owned(),
        region: "us-east-1".to_owned(),
        name: "pool".to_owned(),
        settings: UserPoolType::default(),
        factors: MfaFactors::default(),
        token_sessions: None,
        created_at: now,
        updated_at: now,
    };
    write.pools().insert(&pool).await.unwrap();
    let attempts = Attempts {
        pool_id: pool.id,
        subject: "a-sub".to_owned(),
        purpose: sign_in,
        failures: 5,
        begun_at: now,
        failed_at: now,
        tried_at: now,
    };
    write.attempts().put(&attempts).await.unwrap();
    write.commit().await.unwrap();
    store.close().await;

    let store = Store::open(location, &mut rng).await.unwrap();
    let kept = store.attempts("a-sub", sign_in).await.unwrap();
    assert_eq!(kept, Some(attempts));
    store.close().await;
    std::fs::remove_dir_all(&folder).unwrap();
}
