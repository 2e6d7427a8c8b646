//! AMAZON_COGNITO_USER_POOLS of AppSync.

use std::time::Duration;

use serde_json::{Value, json};

use super::{access_token, ask, ask_with, expected, forgeries, id_token, made, reason, told};
use crate::support::{Reply, Server, claims, text};

#[track_caller]
fn is_401(reply: &Reply, message: &str) {
    let why = reason(reply);
    assert_eq!(reply.status, 401, "{why}");
    let body = format!(
        "{{\n  \"errors\" : [ {{\n    \"errorType\" : \"UnauthorizedException\",\n    \
         \"message\" : \"{message}\"\n  }} ]\n}}"
    );
    assert_eq!(String::from_utf8_lossy(&reply.body), body, "{why}");
    assert_eq!(
        told(reply, "x-amzn-errortype"),
        Some("UnauthorizedException")
    );
}

#[tokio::test]
async fn resolvers_see_native_claims_groups_and_where_the_caller_is() {
    let server = Server::start().await;
    let world = server.world().await;
    let settings = format!(
        "?type=APPSYNC&user_pool_id={}&default_action=DENY",
        world.pool
    );
    let id = id_token(&world).await;
    let headers = [
        ("authorization", id.as_str()),
        ("x-forwarded-for", "203.0.113.9, 10.0.0.1"),
    ];
    let answer = ask_with(&server, &settings, &headers)
        .await
        .answer("authorize");
    assert_eq!(
        answer,
        json!({ "identity": {
            "sub": world.sub,
            "issuer": format!("http://localhost:9339/{}", world.pool),
            "username": "alice",
            "claims": claims(&json!(id)),
            "sourceIp": ["203.0.113.9"],
            "defaultAuthStrategy": "DENY",
            "groups": Value::Null,
        } })
    );
    let token = made(&world, json!({ "cognito:groups": ["a", "b"] }));
    let settings = format!("type=APPSYNC&user_pool_id={}", world.pool);
    let answer = ask(&server, &settings, &[&token]).await.answer("authorize");
    assert_eq!(answer["identity"]["groups"], json!(["a", "b"]));
    assert_eq!(answer["identity"]["sourceIp"], json!(["127.0.0.1"]));
    assert_eq!(answer["identity"]["defaultAuthStrategy"], "ALLOW");
    let access = access_token(&world).await;
    let answer = ask(&server, &settings, &[&access])
        .await
        .answer("authorize");
    assert_eq!(answer["identity"]["username"], "alice");
}

#[tokio::test]
async fn each_refusal_has_appsyncs_words() {
    let server = Server::start().await;
    let world = server.world().await;
    let other = server.world().await;
    let settings = format!("type=APPSYNC&user_pool_id={}", world.pool);
    let tokens = world.tokens().await;
    let id = text(&tokens["IdToken"]);
    let missing = "Valid authorization header not provided.";
    is_401(&ask(&server, &settings, &[]).await, missing);
    is_401(&ask(&server, &settings, &[""]).await, missing);
    let parse = "Unable to parse JWT token.";
    is_401(&ask(&server, &settings, &["nonsense"]).await, parse);
    is_401(&ask(&server, &settings, &[&id, &id]).await, parse);
    is_401(
        &ask(&server, &settings, &[&text(&tokens["RefreshToken"])]).await,
        parse,
    );
    let reply = ask(&server, &settings, &[&format!("Bearer {id}")]).await;
    is_401(&reply, parse);
    assert_eq!(
        reason(&reply),
        "Bearer stands before the token, where AppSync expects the token alone in the header \
         authorization"
    );
    let denied = "You are not authorized to make this call.";
    let reply = ask(&server, &settings, &[&id_token(&other).await]).await;
    is_401(&reply, denied);
    let why = format!(
        "a token of the user pool {}, where {} is expected",
        other.pool,
        expected(&world.pool)
    );
    assert_eq!(reason(&reply), why);
    for (token, why) in forgeries(&world, &id) {
        let reply = ask(&server, &settings, &[&token]).await;
        is_401(&reply, denied);
        assert!(reason(&reply).contains(&why), "{}", reason(&reply));
    }
    server.advance(Duration::from_secs(3_600));
    is_401(&ask(&server, &settings, &[&id]).await, "Token has expired.");
}

#[tokio::test]
async fn the_client_is_held_against_the_expression_whichever_claim_names_it() {
    let server = Server::start().await;
    let world = server.world().await;
    let with = |regex: &str| {
        format!(
            "type=APPSYNC&user_pool_id={}&client_id_regex={regex}",
            world.pool
        )
    };
    for token in [id_token(&world).await, access_token(&world).await] {
        let good = with(&format!("{}.*", &world.client[..5]));
        assert_eq!(ask(&server, &good, &[&token]).await.status, 200);
        let reply = ask(&server, &with(&world.client[..5]), &[&token]).await;
        is_401(&reply, "You are not authorized to make this call.");
        let why = format!(
            "the token is of the app client {}, which does not match the AppIdClientRegex",
            world.client
        );
        assert_eq!(reason(&reply), why);
    }
}
