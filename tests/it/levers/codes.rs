//! The code that came, and the code that an authenticator app shows, each as a text.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::{PASSWORD, Server};

#[tokio::test]
async fn the_newest_code_is_a_text_or_a_404() {
    let server = Server::start().await;
    let ask = async |query: &str| {
        let reply = server.get(&format!("/_mocknito/inbox/code?{query}")).await;
        (
            reply.status.as_u16(),
            String::from_utf8(reply.body).unwrap(),
        )
    };
    assert_eq!(ask("to=dora@example.com").await.0, 404);
    let pool = server
        .pool(json!({ "AutoVerifiedAttributes": ["email"] }))
        .await;
    let client = server.client_id(&pool, json!({})).await;
    let sign_up = |name: &str| {
        json!({
            "ClientId": client,
            "Username": name,
            "Password": PASSWORD,
            "UserAttributes": [{ "Name": "email", "Value": format!("{name}@example.com") }],
        })
    };
    server.ok("SignUp", sign_up("dora")).await;
    let code = server.code("dora@example.com").await;
    let query = format!("to=dora@example.com&kind=sign_up&user_pool_id={pool}");
    assert_eq!(ask(&query).await, (200, code));
    assert_eq!(ask("to=dora@example.com&kind=invitation").await.0, 404);
    assert_eq!(ask("to=dora@example.com&since=1").await.0, 400);
    assert_eq!(ask("to=dora@example.com&wait=soon").await.0, 400);
    // It waits, in bare seconds or with a unit.
    let began = Instant::now();
    assert_eq!(ask("to=nobody@example.com&wait=1").await.0, 404);
    assert!(began.elapsed() >= Duration::from_secs(1));
    let (found, ()) = tokio::join!(ask("to=erik@example.com&wait=10s"), async {
        let mut later = tokio::time::interval(Duration::from_millis(50));
        later.tick().await;
        later.tick().await;
        server.ok("SignUp", sign_up("erik")).await;
    });
    assert_eq!(found, (200, server.code("erik@example.com").await));
    let (status, answer) = server
        .own("GET", "inbox?wait=0&to=nobody", json!(null))
        .await;
    assert_eq!((status, answer), (200, json!({ "messages": [] })));
}

#[tokio::test]
async fn the_authenticators_code_signs_in() {
    let server = Server::start().await;
    let world = server.world().await;
    let pool = world.pool.as_str();
    let input = json!({
        "UserPoolId": pool,
        "SoftwareTokenMfaConfiguration": { "Enabled": true },
        "MfaConfiguration": "OPTIONAL",
    });
    server.ok("SetUserPoolMfaConfig", input).await;
    let query = format!("/_mocknito/totp?user_pool_id={pool}&username=alice");
    assert_eq!(server.get(&query).await.status, 404);
    let token = world.tokens().await["AccessToken"].clone();
    let input = json!({ "AccessToken": token });
    server.ok("AssociateSoftwareToken", input).await;
    let shown = async || String::from_utf8(server.get(&query).await.body).unwrap();
    let input = json!({ "AccessToken": token, "UserCode": shown().await });
    assert_eq!(
        server.ok("VerifySoftwareToken", input).await["Status"],
        "SUCCESS"
    );
    let input = json!({
        "AccessToken": token,
        "SoftwareTokenMfaSettings": { "Enabled": true, "PreferredMfa": true },
    });
    server.ok("SetUserMFAPreference", input).await;
    // Each code counts once.
    server.advance(Duration::from_secs(60));
    let input = json!({
        "AuthFlow": "USER_PASSWORD_AUTH",
        "ClientId": world.client,
        "AuthParameters": { "USERNAME": "alice", "PASSWORD": PASSWORD },
    });
    let asked = server.ok("InitiateAuth", input).await;
    assert_eq!(asked["ChallengeName"], "SOFTWARE_TOKEN_MFA");
    let input = json!({
        "ClientId": world.client,
        "ChallengeName": "SOFTWARE_TOKEN_MFA",
        "Session": asked["Session"],
        "ChallengeResponses": { "USERNAME": "alice", "SOFTWARE_TOKEN_MFA_CODE": shown().await },
    });
    server.ok("RespondToAuthChallenge", input).await;
    let unknown = format!("/_mocknito/totp?user_pool_id={pool}&username=nobody");
    assert_eq!(server.get(&unknown).await.status, 404);
    assert_eq!(
        server.get("/_mocknito/totp?username=alice").await.status,
        400
    );
}
