//! `POST /_mocknito/tokens/inspect`: what is found of a token, good or bad.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Server, altered, text};

async fn inspect(server: &Server, token: &Value) -> Value {
    let body = json!({ "token": token });
    let (status, found) = server.own("POST", "tokens/inspect", body).await;
    assert_eq!(status, 200, "{found}");
    found
}

/// What was found of this.
fn finding<'f>(found: &'f Value, about: &str) -> &'f Value {
    let all = found["findings"].as_array().unwrap();
    let one = all.iter().find(|one| one["about"] == about);
    one.unwrap_or_else(|| panic!("nothing about {about}: {found}"))
}

/// The names of what is wrong.
fn wrong(found: &Value) -> Vec<String> {
    let all = found["findings"].as_array().unwrap();
    let wrong = all.iter().filter(|one| one["ok"] == json!(false));
    wrong.map(|one| text(&one["about"])).collect()
}

#[tokio::test]
async fn a_good_token_has_nothing_wrong() {
    let server = Server::start().await;
    let world = server.world().await;
    let tokens = world.tokens().await;
    for (member, form) in [
        ("IdToken", "id_token"),
        ("AccessToken", "access_token"),
        ("RefreshToken", "refresh_token"),
    ] {
        let found = inspect(&server, &tokens[member]).await;
        assert_eq!(found["form"], form);
        assert_eq!(wrong(&found), [""; 0], "{found}");
        assert_eq!(found["user_pool_id"], json!(world.pool));
        assert_eq!(found["client_id"], json!(world.client));
        assert_eq!(found["username"], "alice");
    }
    let found = inspect(&server, &tokens["AccessToken"]).await;
    assert_eq!(found["claims"]["sub"], json!(world.sub));
    assert_eq!(found["answers"][0]["ok"], json!(true));
    // No `openid` in a token of the API.
    assert_eq!(found["answers"][1]["ok"], json!(false));
    let found = inspect(&server, &tokens["IdToken"]).await;
    assert_eq!(found["answers"][0]["ok"], json!(false));
    let passes = |found: &Value| {
        let all = found["gateways"].as_array().unwrap();
        all.iter()
            .map(|one| one["ok"].as_bool().unwrap())
            .collect::<Vec<_>>()
    };
    // REST without and with a scope, HTTP, AppSync, a load balancer.
    assert_eq!(passes(&found), [true, false, true, true, true], "{found}");
    let found = inspect(&server, &tokens["AccessToken"]).await;
    assert_eq!(passes(&found), [false, true, true, true, true], "{found}");
    // A line that was copied with its end.
    let padded = json!(format!(" {}\n", text(&tokens["IdToken"])));
    assert_eq!(wrong(&inspect(&server, &padded).await), [""; 0]);
}

#[tokio::test]
async fn what_is_wrong_is_named() {
    let server = Server::start().await;
    let world = server.world().await;
    let tokens = world.tokens().await;
    let parts: Vec<String> = text(&tokens["AccessToken"])
        .split('.')
        .map(str::to_owned)
        .collect();
    let forged = json!(format!("{}.{}.{}", parts[0], parts[1], "AAAA"));
    assert_eq!(wrong(&inspect(&server, &forged).await), ["signature"]);
    // {"alg":"none"}
    let unsigned = json!(format!("eyJhbGciOiJub25lIn0.{}.", parts[1]));
    let found = inspect(&server, &unsigned).await;
    assert_eq!(wrong(&found), ["algorithm", "signature"]);

    let revoke = json!({ "Token": tokens["RefreshToken"], "ClientId": world.client });
    server.ok("RevokeToken", revoke).await;
    for member in ["IdToken", "AccessToken", "RefreshToken"] {
        let found = inspect(&server, &tokens[member]).await;
        assert_eq!(wrong(&found), ["revocation"], "{member}");
    }
    let found = inspect(&server, &tokens["AccessToken"]).await;
    let said = text(&found["answers"][0]["text"]);
    assert!(said.starts_with("NotAuthorizedException: "), "{said}");

    server.advance(Duration::from_secs(2 * 3_600));
    let fresh = world.tokens().await;
    let found = inspect(&server, &tokens["AccessToken"]).await;
    assert_eq!(wrong(&found), ["expiry", "revocation"]);
    assert!(text(&finding(&found, "expiry")["text"]).starts_with("It expired at "));
    server.turn_back(Duration::from_secs(3_600));
    let found = inspect(&server, &fresh["IdToken"]).await;
    assert_eq!(wrong(&found), ["beginning"]);

    let user = json!({ "UserPoolId": world.pool, "Username": "alice" });
    server.ok("AdminDeleteUser", user).await;
    assert_eq!(
        finding(&inspect(&server, &fresh["IdToken"]).await, "user")["ok"],
        json!(false)
    );
}

#[tokio::test]
async fn what_is_no_token_is_said_so() {
    let server = Server::start().await;
    let tokens = server.world().await.tokens().await;
    for odd in [
        json!(""),
        json!("x"),
        json!("a.b"),
        json!("a.b.c"),
        json!("a.b.c.d.e"),
        json!("\u{202e}.<script>.\u{0}"),
        altered(&tokens["RefreshToken"]),
    ] {
        let found = inspect(&server, &odd).await;
        assert_eq!(found["form"], "unreadable", "{odd}");
        assert_eq!(wrong(&found), ["form"]);
    }
    for body in [
        json!({}),
        json!({ "token": 7 }),
        json!({ "token": "x", "more": 1 }),
    ] {
        let (status, answer) = server.own("POST", "tokens/inspect", body).await;
        assert_eq!((status, &answer["error"]), (400, &json!("invalid_request")));
    }
}

#[tokio::test]
async fn a_token_of_a_pool_that_is_gone_is_of_nobody_here() {
    let ours = Server::start().await;
    let pool = ours.pool(json!({})).await;
    let client = ours.client_id(&pool, json!({})).await;
    ours.user(&pool, "bob", &[]).await;
    let token = ours.sign_in(&client, "bob").await["AccessToken"].clone();
    ours.ok("DeleteUserPool", json!({ "UserPoolId": pool }))
        .await;
    let found = inspect(&ours, &token).await;
    assert_eq!(finding(&found, "issuer")["ok"], Value::Null);
    assert_eq!(finding(&found, "signature")["ok"], Value::Null);
}
