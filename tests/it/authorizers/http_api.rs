//! JWT of an HTTP API, for tokens of any issuer.

use std::time::Duration;

use mocknito::keys::SigningKey;
use serde_json::{Value, json};

use super::{access_token, ask, aws_issuer, forgeries, id_token, made, reason, told, with_header};
use crate::federation::provider::Provider;
use crate::federation::{Federated, oidc};
use crate::support::{Reply, START, Server, altered, amend, text};

#[track_caller]
fn is_401(reply: &Reply, description: &str) {
    let challenge =
        format!("Bearer scope=\"\" error=\"invalid_token\" error_description=\"{description}\"");
    let why = reason(reply);
    assert_eq!(reply.status, 401, "{why}");
    assert_eq!(reply.body, br#"{"message":"Unauthorized"}"#, "{why}");
    assert_eq!(
        told(reply, "www-authenticate"),
        Some(challenge.as_str()),
        "{why}"
    );
    assert_eq!(told(reply, "content-type"), Some("application/json"));
    assert_eq!(told(reply, "apigw-requestid").map(str::len), Some(16));
    assert_eq!(told(reply, "x-amzn-errortype"), None);
}

#[tokio::test]
async fn a_back_end_is_told_claims_as_text_with_lists_in_brackets() {
    let server = Server::start().await;
    let world = server.world().await;
    for group in ["admin", "poweruser"] {
        let input = json!({ "UserPoolId": world.pool, "GroupName": group });
        server.ok("CreateGroup", input).await;
        let input = json!({ "UserPoolId": world.pool, "GroupName": group, "Username": "alice" });
        server.ok("AdminAddUserToGroup", input).await;
    }
    let settings = format!(
        "type=HTTP&user_pool_id={}&audience={}",
        world.pool, world.client
    );
    // ID and access tokens pass.
    let id = id_token(&world).await;
    let jwt = ask(&server, &settings, &[&id]).await.answer("authorize");
    let jwt = &jwt["requestContext"]["authorizer"]["jwt"];
    assert_eq!(jwt["claims"]["exp"], "1767229200");
    assert_eq!(jwt["claims"]["email_verified"], "true");
    assert_eq!(jwt["claims"]["cognito:groups"], "[admin poweruser]");
    assert_eq!(jwt["scopes"], Value::Null);
    let access = access_token(&world).await;
    let bearer = format!("Bearer {access}");
    let answer = ask(&server, &settings, &[&bearer])
        .await
        .answer("authorize");
    assert_eq!(
        answer["requestContext"]["authorizer"]["jwt"]["claims"]["client_id"],
        json!(world.client)
    );
    // The scopes are told where the route has some, and all of them.
    let token = made(
        &world,
        json!({ "scope": "a b c", "aud": null, "client_id": world.client, "none": null }),
    );
    let routed = format!("{settings}&scopes=b+x");
    let answer = ask(&server, &routed, &[&token]).await.answer("authorize");
    let jwt = &answer["requestContext"]["authorizer"]["jwt"];
    assert_eq!(jwt["scopes"], json!(["a", "b", "c"]));
    // `scp` wins.
    let token = made(&world, json!({ "scope": "b", "scp": ["x", "y"] }));
    let answer = ask(&server, &routed, &[&token]).await.answer("authorize");
    let jwt = &answer["requestContext"]["authorizer"]["jwt"];
    assert_eq!(jwt["scopes"], json!(["x", "y"]));
    assert_eq!(jwt["claims"]["scp"], "[x y]");
}

#[tokio::test]
async fn each_refusal_has_the_challenge_of_its_reason() {
    let server = Server::start().await;
    let world = server.world().await;
    let other = server.world().await;
    let settings = format!(
        "type=HTTP&user_pool_id={}&audience={}",
        world.pool, world.client
    );
    let (id, access) = (id_token(&world).await, access_token(&world).await);

    for none in [vec![], vec![""], vec!["Bearer "]] {
        let reply = ask(&server, &settings, &none).await;
        assert_eq!(reply.status, 401);
        assert_eq!(told(&reply, "www-authenticate"), Some("Bearer"));
        assert_eq!(reply.body, br#"{"message":"Unauthorized"}"#);
    }
    let decode = "unable to decode the token";
    is_401(&ask(&server, &settings, &[&id, &id]).await, decode);
    is_401(&ask(&server, &settings, &["nonsense"]).await, decode);
    let refresh = text(&world.tokens().await["RefreshToken"]);
    is_401(&ask(&server, &settings, &[&refresh]).await, decode);

    let audience = "the token does not have a valid audience";
    let strict = format!("type=HTTP&user_pool_id={}&audience=x,y", world.pool);
    let reply = ask(&server, &strict, &[&id]).await;
    is_401(&reply, audience);
    let why = format!(
        "the token's audience (aud) is {}, where one of [x, y] is expected",
        world.client
    );
    assert_eq!(reason(&reply), why);
    let reply = ask(&server, &strict, &[&access]).await;
    is_401(&reply, audience);
    assert!(reason(&reply).starts_with("the token's audience (client_id) is "));
    // A client id does not count beside an audience.
    let both = made(&world, json!({ "aud": "z", "client_id": "x" }));
    is_401(&ask(&server, &strict, &[&both]).await, audience);

    let foreign = id_token(&other).await;
    is_401(
        &ask(&server, &settings, &[&foreign]).await,
        "invalid issuer",
    );
    let mode = made(&world, json!({ "iss": aws_issuer(&world.pool) }));
    let reply = ask(&server, &settings, &[&mode]).await;
    is_401(&reply, "invalid issuer");
    assert!(reason(&reply).starts_with("the token is of the other issuer mode"));
    let (forged, _) = &forgeries(&world, &id)[0];
    is_401(
        &ask(&server, &settings, &[forged]).await,
        "signature is invalid",
    );
    for (token, why) in forgeries(&world, &id) {
        let reply = ask(&server, &settings, &[&token]).await;
        assert_eq!(reply.status, 401, "{why}");
        assert!(reason(&reply).contains(&why), "{}", reason(&reply));
    }
    for (claim, why) in [("nbf", "begins"), ("iat", "was issued")] {
        let token = made(&world, json!({ claim: START + 1 }));
        let reply = ask(&server, &settings, &[&token]).await;
        is_401(&reply, "the token is not valid yet");
        let expected = format!(
            "the token {why} in the future, at 2026-01-01T00:00:01Z ({claim}); it is \
             2026-01-01T00:00:00Z"
        );
        assert_eq!(reason(&reply), expected);
    }

    let routed = format!("{settings}&scopes=a+b");
    let reply = ask(&server, &routed, &[&access]).await;
    assert_eq!(reply.status, 403);
    assert_eq!(reply.body, br#"{"message":"Forbidden"}"#);
    assert_eq!(
        told(&reply, "www-authenticate"),
        Some("Bearer scope=\"a b\" error=\"insufficient_scope\"")
    );
    assert_eq!(
        reason(&reply),
        "the route wants one of the scopes [a, b], and the token has \
         [aws.cognito.signin.user.admin]"
    );

    server.advance(Duration::from_secs(3_600));
    let reply = ask(&server, &settings, &[&id]).await;
    is_401(&reply, "the token has expired");
    // Nothing is remembered of tokens here.
    server
        .ok("DeleteUserPool", json!({ "UserPoolId": world.pool }))
        .await;
    let reply = ask(&server, &settings, &[&id]).await;
    is_401(&reply, "OIDC discovery endpoint communication error");
}

#[tokio::test]
async fn a_pool_is_meant_by_its_issuer_of_either_mode() {
    let server = Server::start().await;
    let world = server.world().await;
    let id = id_token(&world).await;
    for issuer in [
        format!("http://localhost:9339/{}", world.pool),
        aws_issuer(&world.pool),
    ] {
        let settings = format!("type=HTTP&issuer={issuer}&audience={}", world.client);
        assert_eq!(
            ask(&server, &settings, &[&id]).await.status,
            200,
            "{issuer}"
        );
    }
}

#[tokio::test]
async fn any_issuer_that_publishes_its_keys_is_asked_for_them_once() {
    let server = Server::start().await;
    let provider = Provider::start().await;
    let settings = format!("type=HTTP&issuer={}&audience=o-id", provider.issuer);
    // It need not be one that signs people in.
    provider.plan(|plan| {
        plan.discovery = json!({
            "issuer": provider.issuer,
            "jwks_uri": format!("{}/keys", provider.issuer),
        });
    });
    let sign = |more: Value| {
        let mut claims = provider.claims("n");
        amend(&mut claims, more);
        provider.key.sign(&claims).unwrap()
    };
    let good = sign(json!({}));
    let answer = ask(&server, &settings, &[&good]).await.answer("authorize");
    let told = &answer["requestContext"]["authorizer"]["jwt"]["claims"];
    assert_eq!(told["sub"], "u-1");

    // A clock that is a little ahead is forgiven to others.
    assert_eq!(
        ask(&server, &settings, &[&sign(json!({ "iat": START + 60 }))])
            .await
            .status,
        200
    );
    for (more, description) in [
        (
            json!({ "aud": "x" }),
            "the token does not have a valid audience",
        ),
        (json!({ "exp": START }), "the token has expired"),
        (json!({ "iss": "https://evil.test" }), "invalid issuer"),
        (
            json!({ "iat": START + 3_600 }),
            "the token is not valid yet",
        ),
    ] {
        is_401(&ask(&server, &settings, &[&sign(more)]).await, description);
    }
    for header in [
        json!({ "alg": "HS256" }),
        json!({ "alg": "ES256" }),
        json!({ "alg": "none" }),
        json!({ "alg": "RS512" }),
        json!({ "kid": "unknown" }),
        json!({ "kid": null }),
    ] {
        let reply = ask(&server, &settings, &[&with_header(&good, header)]).await;
        is_401(&reply, "signature is invalid");
    }
    let foreign = SigningKey::from_pkcs8(include_bytes!("../support/keys/access.pk8")).unwrap();
    let foreign = foreign.sign(&provider.claims("n")).unwrap();
    let kid = crate::support::header(&json!(good))["kid"].clone();
    let reply = ask(
        &server,
        &settings,
        &[&with_header(&foreign, json!({ "kid": kid }))],
    )
    .await;
    is_401(&reply, "signature is invalid");

    // New keys are known when they are met, if that is not all the time.
    let renewed = provider.key.sign(&provider.claims("n")).unwrap();
    provider.plan(|plan| plan.keys = Some(json!({ "keys": [] })));
    assert_eq!(ask(&server, &settings, &[&renewed]).await.status, 200);
    server.advance(Duration::from_secs(2 * 3_600));
    let late = sign(json!({ "exp": START + 90_000 }));
    is_401(
        &ask(&server, &settings, &[&late]).await,
        "signature is invalid",
    );
    provider.plan(|plan| plan.keys = None);
    is_401(
        &ask(&server, &settings, &[&late]).await,
        "signature is invalid",
    );
    server.advance(Duration::from_secs(60));
    assert_eq!(ask(&server, &settings, &[&late]).await.status, 200);
}

#[tokio::test]
async fn what_cannot_be_asked_for_its_keys_is_said_to_be_so() {
    let server = Server::start().await;
    let provider = Provider::start().await;
    let token = provider.key.sign(&provider.claims("n")).unwrap();
    let settings = format!("type=HTTP&issuer={}&audience=o-id", provider.issuer);
    provider.plan(|plan| plan.discovery = json!({ "issuer": "https://other.test" }));
    let reply = ask(&server, &settings, &[&token]).await;
    is_401(&reply, "OIDC discovery endpoint communication error");
    assert!(reason(&reply).contains("it is of another issuer, https://other.test"));
    provider.plan(|plan| {
        plan.discovery = json!({
            "issuer": provider.issuer,
            "jwks_uri": "http://127.0.0.1:9/keys",
        });
    });
    let reply = ask(&server, &settings, &[&token]).await;
    is_401(&reply, "JWKS communication error");
}

#[tokio::test]
async fn tokens_of_a_pretend_provider_are_taken_without_leaving_the_server() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let provider = oidc("Corp", "https://idp.example.com", json!({}));
    let pool = Federated::with(&server, pool, provider).await.pool;
    let now = server.app.clock.now();
    let keys = &server.app.keys;
    let key = keys.of_pretend_providers(&server.app.store, &pool, now);
    let key = key.await.unwrap();
    let settings = "type=HTTP&issuer=https://idp.example.com&audience=o-id";
    let claims = json!({
        "iss": "https://idp.example.com", "aud": "o-id", "sub": "u", "exp": START + 60,
    });
    let reply = ask(&server, settings, &[&key.sign(&claims).unwrap()]).await;
    assert_eq!(told(&reply, "x-mocknito-sub"), Some("u"));
    let changed = text(&altered(&json!(key.sign(&claims).unwrap())));
    assert_eq!(ask(&server, settings, &[&changed]).await.status, 401);
}
