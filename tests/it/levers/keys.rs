//! Rotating a pool's keys, and what becomes of keys when the store is emptied.

use serde_json::{Value, json};

use crate::support::{Server, each, header, text};

async fn change(server: &Server, pool: &str, action: &str) -> Value {
    let asked = json!({ "user_pool_id": pool, "action": action });
    let (status, answer) = server.own("POST", "keys", asked).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

async fn key_set(server: &Server, pool: &str) -> Vec<String> {
    let reply = server.get(&format!("/{pool}/.well-known/jwks.json")).await;
    each(&reply.json()["keys"], "kid")
}

#[tokio::test]
async fn new_keys_sign_beside_the_old_ones_until_those_are_retired() {
    let server = Server::start().await;
    let world = server.world().await;
    let before = key_set(&server, &world.pool).await;
    let old = world.tokens().await;
    let answer = change(&server, &world.pool, "rotate").await;
    let after = key_set(&server, &world.pool).await;
    assert_eq!(each(&answer["keys"], "kid"), after);
    assert_eq!(
        each(&answer["keys"], "status"),
        ["signing", "signing", "replaced", "replaced"]
    );
    assert_eq!(after.len(), 4);
    assert!(before.iter().all(|kid| after[2..].contains(kid)));
    let new = world.tokens().await;
    assert_eq!(text(&header(&new["IdToken"])["kid"]), after[0]);
    assert_eq!(text(&header(&new["AccessToken"])["kid"]), after[1]);
    let user = |tokens: &Value| json!({ "AccessToken": tokens["AccessToken"] });
    server.ok("GetUser", user(&old)).await;
    server.ok("GetUser", user(&new)).await;
    // A replaced key is good for what it was good for, and for nothing else.
    let misused = json!({ "AccessToken": old["IdToken"] });
    server.refused("GetUser", misused).await;

    change(&server, &world.pool, "rotate").await;
    assert_eq!(key_set(&server, &world.pool).await.len(), 6);
    server.ok("GetUser", user(&old)).await;
    let answer = change(&server, &world.pool, "retire").await;
    assert_eq!(each(&answer["keys"], "status"), ["signing", "signing"]);
    assert_eq!(key_set(&server, &world.pool).await.len(), 2);
    for tokens in [&old, &new] {
        server.refused("GetUser", user(tokens)).await;
    }
    server.ok("GetUser", user(&world.tokens().await)).await;

    let unknown = json!({ "user_pool_id": "us-east-1_nowhere", "action": "rotate" });
    assert_eq!(server.own("POST", "keys", unknown).await.0, 404);
    let wrong = json!({ "user_pool_id": world.pool, "action": "burn" });
    assert_eq!(server.own("POST", "keys", wrong).await.0, 400);
}

#[tokio::test]
async fn a_pool_that_comes_back_after_a_reset_has_the_keys_that_it_had() {
    let server = Server::start().await;
    let tagged = json!({
        "PoolName": "p",
        "UserPoolTags": { "_custom_id_": "us-east-1_Kept00001" },
    });
    let pool = text(&server.ok("CreateUserPool", tagged.clone()).await["UserPool"]["Id"]);
    // Other keys than all pools have here.
    change(&server, &pool, "rotate").await;
    change(&server, &pool, "retire").await;
    let before = key_set(&server, &pool).await;
    let certificate = json!({ "UserPoolId": pool });
    let certified = server
        .ok("GetSigningCertificate", certificate.clone())
        .await;
    for _ in 0..2 {
        assert_eq!(server.own("POST", "reset", Value::Null).await.0, 200);
        server.ok("CreateUserPool", tagged.clone()).await;
        assert_eq!(key_set(&server, &pool).await, before);
        let again = server
            .ok("GetSigningCertificate", certificate.clone())
            .await;
        assert_eq!(again, certified);
    }
    // A pool that was deleted for good is another one when it comes back.
    assert_eq!(server.own("POST", "reset", Value::Null).await.0, 200);
    server.ok("CreateUserPool", tagged.clone()).await;
    server.ok("DeleteUserPool", certificate.clone()).await;
    server.ok("CreateUserPool", tagged).await;
    let other = key_set(&server, &pool).await;
    assert!(other.iter().all(|kid| !before.contains(kid)));
}
