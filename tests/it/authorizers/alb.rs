//! `jwt-validation` of a load balancer.

use std::time::Duration;

use serde_json::json;

use super::{access_token, ask, forgeries, id_token, made, reason, told};
use crate::federation::provider::Provider;
use crate::support::{Reply, START, Server};

#[track_caller]
fn is_401(reply: &Reply, why: &str) {
    assert_eq!(reply.status, 401, "{why}");
    assert_eq!(told(reply, "www-authenticate"), Some("Bearer"));
    assert_eq!(told(reply, "server"), Some("awselb/2.0"));
    let body = String::from_utf8_lossy(&reply.body);
    assert!(
        body.contains("<h1>401 Authorization Required</h1>"),
        "{body}"
    );
    assert_eq!(reason(reply), why);
}

#[tokio::test]
async fn a_bearer_token_passes_and_nothing_is_added() {
    let server = Server::start().await;
    let world = server.world().await;
    let settings = format!("type=ALB&user_pool_id={}", world.pool);
    for token in [id_token(&world).await, access_token(&world).await] {
        let reply = ask(&server, &settings, &[&format!("Bearer {token}")]).await;
        assert_eq!(reply.answer("authorize"), json!({}));
        let reply = ask(&server, &settings, &[&token]).await;
        is_401(
            &reply,
            "the token stands alone in the header authorization, where a load balancer expects \
             Bearer before it",
        );
    }
}

#[tokio::test]
async fn what_is_not_good_is_unauthorized() {
    let server = Server::start().await;
    let world = server.world().await;
    let settings = format!("type=ALB&user_pool_id={}", world.pool);
    let good = id_token(&world).await;
    let bearer = format!("Bearer {good}");
    is_401(
        &ask(&server, &settings, &[]).await,
        "the header authorization is missing",
    );
    let twice = "the header authorization is there more than once";
    is_401(&ask(&server, &settings, &[&bearer, &bearer]).await, twice);
    for (token, why) in forgeries(&world, &good) {
        let reply = ask(&server, &settings, &[&format!("Bearer {token}")]).await;
        assert_eq!(reply.status, 401);
        assert!(reason(&reply).contains(&why), "{}", reason(&reply));
    }
    let reply = ask(
        &server,
        &settings,
        &[&format!(
            "Bearer {}",
            made(&world, json!({ "nbf": START + 60 }))
        )],
    )
    .await;
    assert!(reason(&reply).starts_with("the token begins in the future"));
    let scoped = format!("{settings}&scopes=a+b");
    let access = format!("Bearer {}", access_token(&world).await);
    let why = "the token's claim scope is [aws.cognito.signin.user.admin], where one of [a, b] \
               is expected";
    is_401(&ask(&server, &scoped, &[&access]).await, why);
    is_401(
        &ask(&server, &scoped, &[&bearer]).await,
        "the token has no claim scope",
    );
    let own = format!("{settings}&scopes=aws.cognito.signin.user.admin");
    assert_eq!(ask(&server, &own, &[&access]).await.status, 200);
    let audience = format!("{settings}&audience={}", world.client);
    assert_eq!(ask(&server, &audience, &[&bearer]).await.status, 200);
    server.advance(Duration::from_secs(3_600));
    let why = "the token expired at 2026-01-01T01:00:00Z, 0 seconds ago";
    is_401(&ask(&server, &settings, &[&bearer]).await, why);
}

#[tokio::test]
async fn other_issuers_are_taken_with_rs256_only() {
    let server = Server::start().await;
    let provider = Provider::start().await;
    let settings = format!("type=ALB&issuer={}", provider.issuer);
    let token = provider.key.sign(&provider.claims("n")).unwrap();
    let reply = ask(&server, &settings, &[&format!("Bearer {token}")]).await;
    assert_eq!(reply.status, 200);
    let other = super::with_header(&token, json!({ "alg": "RS512" }));
    let why = "the token's algorithm is RS512, where RS256 is expected";
    is_401(
        &ask(&server, &settings, &[&format!("Bearer {other}")]).await,
        why,
    );
}
