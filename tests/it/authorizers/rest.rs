//! COGNITO_USER_POOLS of a REST API.

use std::time::Duration;

use mocknito::app::Issuer;
use serde_json::{Value, json};

use super::{
    access_token, ask, ask_with, aws_issuer, expected, forgeries, id_token, made, reason, told,
};
use crate::support::log::Log;
use crate::support::{Reply, Server, claims, text};

const UNAUTHORIZED: &str = r#"{"message":"Unauthorized"}"#;
const EXPIRED: &str = r#"{"message":"The incoming token has expired"}"#;

#[track_caller]
fn is_401(reply: &Reply, body: &str, why: &str) {
    assert_eq!(reply.status, 401, "{why}");
    assert_eq!(String::from_utf8_lossy(&reply.body), body, "{why}");
    assert_eq!(told(reply, "content-type"), Some("application/json"));
    assert_eq!(
        told(reply, "x-amzn-errortype"),
        Some("UnauthorizedException")
    );
    assert_eq!(told(reply, "x-amzn-requestid").map(str::len), Some(36));
    assert_eq!(told(reply, "x-amz-apigw-id").map(str::len), Some(16));
    assert_eq!(told(reply, "www-authenticate"), None);
    assert_eq!(reason(reply), why);
}

#[tokio::test]
async fn a_back_end_is_told_every_claim_as_text_and_two_as_dates() {
    let server = Server::start().await;
    let world = server.world().await;
    for group in ["admins", "users"] {
        let input = json!({ "UserPoolId": world.pool, "GroupName": group });
        server.ok("CreateGroup", input).await;
        let input = json!({ "UserPoolId": world.pool, "GroupName": group, "Username": "alice" });
        server.ok("AdminAddUserToGroup", input).await;
    }
    let token = id_token(&world).await;
    let settings = format!("type=REST&user_pool_id={}", world.pool);
    // None of the headers is missing, or proxies would leave what their client sent.
    let nobodys = made(
        &world,
        json!({ "sub": null, "cognito:username": "Zo\u{eb}\n" }),
    );
    let reply = ask(&server, &settings, &[&nobodys]).await;
    for name in ["x-mocknito-sub", "x-mocknito-username", "x-mocknito-groups"] {
        assert_eq!(told(&reply, name), Some(""), "{name}");
    }
    let named = made(&world, json!({ "cognito:username": "Zo\u{eb}" }));
    let reply = ask(&server, &settings, &[&named]).await;
    assert_eq!(told(&reply, "x-mocknito-username"), Some("Zo\u{eb}"));
    // With and without the scheme.
    for given in [
        token.clone(),
        format!("Bearer {token}"),
        format!("bearer  {token}"),
    ] {
        let reply = ask(&server, &settings, &[&given]).await;
        let answer = reply.answer("authorize");
        let own = claims(&json!(token));
        assert_eq!(
            answer,
            json!({ "requestContext": { "authorizer": { "claims": {
                "sub": world.sub,
                "cognito:groups": "admins,users",
                "iss": format!("http://localhost:9339/{}", world.pool),
                "origin_jti": own["origin_jti"],
                "event_id": own["event_id"],
                "cognito:username": "alice",
                "aud": world.client,
                "token_use": "id",
                "auth_time": "1767225600",
                "exp": "Thu Jan 01 01:00:00 UTC 2026",
                "iat": "Thu Jan 01 00:00:00 UTC 2026",
                "jti": own["jti"],
                "email": "alice@example.com",
                "email_verified": "true",
            } } } })
        );
        assert_eq!(told(&reply, "x-mocknito-sub"), Some(world.sub.as_str()));
        assert_eq!(told(&reply, "x-mocknito-username"), Some("alice"));
        assert_eq!(told(&reply, "x-mocknito-groups"), Some("admins,users"));
        // The header has the claims as they are in the token.
        let told = told(&reply, "x-mocknito-claims").unwrap();
        assert_eq!(claims(&json!(format!(".{told}."))), own);
    }
}

#[tokio::test]
async fn who_has_no_good_token_is_unauthorized_for_a_reason_that_only_we_tell() {
    let server = Server::start().await;
    let world = server.world().await;
    let other = server.world().await;
    let tokens = world.tokens().await;
    let (id, access) = (text(&tokens["IdToken"]), text(&tokens["AccessToken"]));
    let refresh = text(&tokens["RefreshToken"]);
    let foreign = id_token(&other).await;
    let settings = format!("type=REST&user_pool_id={}", world.pool);
    let pool = expected(&world.pool);
    let deleted = made(
        &world,
        json!({ "iss": "http://localhost:9339/us-east-1_Gone00001" }),
    );
    let other_mode = made(&world, json!({ "iss": aws_issuer(&world.pool) }));
    let elsewhere = made(
        &world,
        json!({ "iss": format!("https://a.test/{}", world.pool) }),
    );
    let eternal = made(&world, json!({ "exp": null }));
    for (given, why) in [
        (vec![], "the header authorization is missing".to_owned()),
        (vec![""], "the header authorization is empty".to_owned()),
        (
            vec!["Bearer "],
            "there is no token after Bearer in authorization".to_owned(),
        ),
        (
            vec![id.as_str(), id.as_str()],
            "the header authorization is there more than once".to_owned(),
        ),
        (
            vec!["nonsense"],
            "what has not the three parts of a JWT, where an ID token is expected".to_owned(),
        ),
        (
            vec!["Basic YTpi"],
            "credentials of the kind Basic, where an ID token is expected".to_owned(),
        ),
        (
            vec!["a.b.c"],
            "a token whose header is no JSON, where an ID token is expected".to_owned(),
        ),
        (
            vec![refresh.as_str()],
            "an encrypted token, as refresh tokens are, where an ID token is expected".to_owned(),
        ),
        (
            vec![access.as_str()],
            "an access token, where an ID token is expected: the method has no \
             AuthorizationScopes"
                .to_owned(),
        ),
        (
            vec![foreign.as_str()],
            format!(
                "a token of the user pool {}, where {pool} is expected",
                other.pool
            ),
        ),
        (
            vec![deleted.as_str()],
            format!(
                "a token of the issuer http://localhost:9339/us-east-1_Gone00001, where {pool} \
                 is expected"
            ),
        ),
        (
            vec![other_mode.as_str()],
            format!(
                "the token is of the other issuer mode: its issuer is {}, as with --issuer aws, \
                 but this server runs with --issuer local, so that http://localhost:9339/{} is \
                 expected",
                aws_issuer(&world.pool),
                world.pool
            ),
        ),
        (
            vec![elsewhere.as_str()],
            format!(
                "a token of the issuer https://a.test/{0}, where http://localhost:9339/{0} is \
                 expected",
                world.pool
            ),
        ),
        (
            vec![eternal.as_str()],
            "the token does not say when it expires (exp)".to_owned(),
        ),
    ] {
        let log = Log::listen();
        is_401(&ask(&server, &settings, &given).await, UNAUTHORIZED, &why);
        assert_eq!(log.count(&why), 1, "{why}");
        for token in [&id, &access, &refresh] {
            assert_eq!(log.count(token), 0, "a token in the log");
        }
    }
    for (token, why) in forgeries(&world, &id) {
        let reply = ask(&server, &settings, &[&token]).await;
        assert_eq!(reply.status, 401, "{why}");
        assert!(reason(&reply).contains(&why), "{}", reason(&reply));
    }
}

#[tokio::test]
async fn with_issuers_of_aws_the_other_mode_is_the_local_one() {
    let server = Server::with(Issuer::Aws).await;
    let world = server.world().await;
    let settings = format!("type=REST&user_pool_id={}", world.pool);
    let token = id_token(&world).await;
    assert_eq!(ask(&server, &settings, &[&token]).await.status, 200);
    let local = made(&world, json!({}));
    let reply = ask(&server, &settings, &[&local]).await;
    assert!(reason(&reply).contains("as with --issuer local, but"));
}

#[tokio::test]
async fn scopes_of_the_method_want_an_access_token_with_one_of_them() {
    let server = Server::start().await;
    let world = server.world().await;
    let admin = "aws.cognito.signin.user.admin";
    let with = |scopes: &str| format!("type=REST&user_pool_id={}&scopes={scopes}", world.pool);
    let (id, access) = (id_token(&world).await, access_token(&world).await);
    let passed = ask(&server, &with(&format!("orders/read+{admin}")), &[&access]).await;
    let answer = passed.answer("authorize");
    let told = &answer["requestContext"]["authorizer"]["claims"];
    assert_eq!(told["scope"], admin);
    assert_eq!(told["username"], "alice");
    assert_eq!(super::told(&passed, "x-mocknito-username"), Some("alice"));

    let wants = "the method wants one of the scopes [orders/read, orders/write], and the token \
                 has [aws.cognito.signin.user.admin]";
    let refused = ask(&server, &with("orders/read+orders/write"), &[&access]).await;
    is_401(&refused, UNAUTHORIZED, wants);
    let wants = "an ID token, where an access token is expected: the method has the \
                 AuthorizationScopes [orders/read]";
    is_401(
        &ask(&server, &with("orders/read"), &[&id]).await,
        UNAUTHORIZED,
        wants,
    );
}

#[tokio::test]
async fn an_expired_token_has_its_own_words_if_it_is_the_pools() {
    let server = Server::start().await;
    let world = server.world().await;
    let settings = format!("type=REST&user_pool_id={}", world.pool);
    let token = id_token(&world).await;
    server.advance(Duration::from_secs(3_600 + 300));
    let why = "the token expired at 2026-01-01T01:00:00Z, 5 minutes ago";
    is_401(&ask(&server, &settings, &[&token]).await, EXPIRED, why);
    // The kind of token is looked at after that.
    let access = made(&world, json!({ "token_use": "access" }));
    is_401(&ask(&server, &settings, &[&access]).await, EXPIRED, why);
    // And the signature before.
    let (head, _) = token.rsplit_once('.').unwrap();
    let reply = ask(&server, &settings, &[&format!("{head}.AAAA")]).await;
    assert_eq!(reply.body, UNAUTHORIZED.as_bytes());
}

#[tokio::test]
async fn the_validation_expression_is_held_against_the_whole_audience() {
    let server = Server::start().await;
    let world = server.world().await;
    let (id, access) = (id_token(&world).await, access_token(&world).await);
    let with = |expression: &str, more: &str| {
        format!(
            "type=REST&user_pool_id={}&identity_validation={expression}{more}",
            world.pool
        )
    };
    let good = with(&format!("x%7C{}", world.client), "");
    assert_eq!(ask(&server, &good, &[&id]).await.status, 200);
    let part = with(&world.client[..5], "");
    let why = format!(
        "the token's audience (aud) {} does not match the IdentityValidationExpression",
        world.client
    );
    is_401(&ask(&server, &part, &[&id]).await, UNAUTHORIZED, &why);
    let any = with(".*", "&scopes=aws.cognito.signin.user.admin");
    let why = "the token has no audience (aud), as access tokens have none, so that no \
               IdentityValidationExpression matches it";
    is_401(&ask(&server, &any, &[&access]).await, UNAUTHORIZED, why);
}

#[tokio::test]
async fn a_result_is_remembered_for_its_time_by_authorizer_and_token() {
    let server = Server::start().await;
    let world = server.world().await;
    let settings = format!("type=REST&user_pool_id={}", world.pool);
    let token = id_token(&world).await;
    server.advance(Duration::from_secs(3_590));
    assert_eq!(ask(&server, &settings, &[&token]).await.status, 200);
    server.advance(Duration::from_secs(60));
    // Past its end, and remembered.
    assert_eq!(ask(&server, &settings, &[&token]).await.status, 200);
    // What was remembered is not asked for by an authorizer that remembers nothing, nor with
    // another expression.
    let by_scope = format!("{settings}&scopes=a");
    assert_eq!(ask(&server, &by_scope, &[&token]).await.status, 401);
    let by_audience = format!("{settings}&identity_validation=x");
    assert_eq!(ask(&server, &by_audience, &[&token]).await.status, 401);
    server.advance(Duration::from_secs(240));
    assert_eq!(
        ask(&server, &settings, &[&token]).await.body,
        EXPIRED.as_bytes()
    );

    let never = format!("{settings}&ttl=0");
    let token = id_token(&world).await;
    assert_eq!(ask(&server, &never, &[&token]).await.status, 200);
    server.advance(Duration::from_secs(3_600));
    assert_eq!(
        ask(&server, &never, &[&token]).await.body,
        EXPIRED.as_bytes()
    );
}

#[tokio::test]
async fn nobody_asks_whether_a_token_was_revoked() {
    let server = Server::start().await;
    let world = server.world().await;
    let settings = format!("type=REST&user_pool_id={}&ttl=0", world.pool);
    let tokens = world.tokens().await;
    let input = json!({ "AccessToken": tokens["AccessToken"] });
    server.ok("GlobalSignOut", input).await;
    let user = json!({ "UserPoolId": world.pool, "Username": "alice" });
    server.ok("AdminDeleteUser", user).await;
    let reply = ask(&server, &settings, &[&text(&tokens["IdToken"])]).await;
    assert_eq!(reply.status, 200);
}

#[tokio::test]
async fn an_authorizer_without_its_pool_is_a_fault_of_its_own() {
    let server = Server::start().await;
    let world = server.world().await;
    let settings = format!("type=REST&user_pool_id={}&ttl=0", world.pool);
    let token = id_token(&world).await;
    server
        .ok("DeleteUserPool", json!({ "UserPoolId": world.pool }))
        .await;
    let reply = ask(&server, &settings, &[&token]).await;
    assert_eq!(reply.status, 500);
    assert_eq!(reply.json(), json!({ "message": Value::Null }));
    let why = format!(
        "the user pool {}, which the authorizer names, is not there",
        world.pool
    );
    assert_eq!(reason(&reply), why);
}

#[tokio::test]
async fn the_token_may_be_in_another_header_and_of_one_of_several_pools() {
    let server = Server::start().await;
    let (one, two) = (server.world().await, server.world().await);
    let three = server.world().await;
    let settings = format!(
        "?type=REST&header=X-Token&user_pool_id={},arn:aws:cognito-idp:us-east-1:123456789012:userpool/{}",
        one.pool, two.pool
    );
    for world in [&one, &two] {
        let token = id_token(world).await;
        let reply = ask_with(&server, &settings, &[("x-token", &token)]).await;
        assert_eq!(reply.status, 200);
        let reply = ask_with(&server, &settings, &[("authorization", &token)]).await;
        is_401(&reply, UNAUTHORIZED, "the header x-token is missing");
    }
    let token = id_token(&three).await;
    let reply = ask_with(&server, &settings, &[("x-token", &token)]).await;
    let why = format!(
        "a token of the user pool {}, where one of the user pools [{}, {}] is expected",
        three.pool, one.pool, two.pool
    );
    is_401(&reply, UNAUTHORIZED, &why);
}
