//! What the journal says to the developer of a request that was refused: which rule, which value,
//! what would pass. And that the client reads nothing of it.

use std::time::Duration;

use axum::http::Method;
use serde_json::{Value, json};

use crate::support::log::Log;
use crate::support::{
    PASSWORD, Server, attribute_list, secret_hash, text, with_password, with_refresh_token,
};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// The latest request in the journal.
async fn latest(server: &Server) -> Value {
    let (_, journal) = server.own("GET", "requests?limit=1", Value::Null).await;
    journal["requests"][0].clone()
}

/// The latest refusal is this one, and its sentence has these parts.
async fn says(server: &Server, situation: &str, parts: &[&str]) {
    let entry = latest(server).await;
    assert_eq!(entry["situation"], situation, "{entry}");
    let why = entry["why"].as_str().unwrap();
    for part in parts {
        assert!(
            why.contains(part),
            "{situation}: {part:?} is not in {why:?}"
        );
    }
    assert!(why.ends_with('.'), "{why}");
}

/// Calls an operation and looks at the reason of its refusal. The client reads none of it.
async fn refuses(server: &Server, (operation, input): (&str, Value), as_: &str, parts: &[&str]) {
    let reply = server.call(operation, input).await;
    assert_eq!(reply.status, 400, "{operation}");
    says(server, as_, parts).await;
    let answer = String::from_utf8(reply.body).unwrap();
    let why = latest(server).await["why"].clone();
    assert!(!answer.contains(why.as_str().unwrap()), "{answer}");
}

#[tokio::test]
async fn a_client_that_does_not_prove_itself() {
    let server = Server::start().await;
    let world = server.world().await;
    let settings = json!({ "GenerateSecret": true });
    let client = server.client(&world.pool, settings).await;
    let (id, secret) = (text(&client["ClientId"]), text(&client["ClientSecret"]));
    let sign_in = |hash: Value| {
        let mut input = with_password(&id, "alice", PASSWORD);
        input["AuthParameters"]["SECRET_HASH"] = hash;
        ("InitiateAuth", input)
    };
    let wrong = "SecretHashWrong";
    let of = |name: &str| json!(secret_hash(&secret, name, &id));
    let none = ("InitiateAuth", with_password(&id, "alice", PASSWORD));
    refuses(&server, none, "SecretHashMissing", &[&id, "HMAC-SHA256"]).await;
    refuses(
        &server,
        sign_in(of("Alice")),
        wrong,
        &["\"Alice\"", "\"alice\""],
    )
    .await;
    refuses(&server, sign_in(of("bob")), wrong, &["\"alice\"", &id]).await;
    refuses(&server, sign_in(json!("f00!")), wrong, &["base64"]).await;
    let swapped = json!(secret_hash(&secret, &id, "alice"));
    refuses(&server, sign_in(swapped), wrong, &["followed by"]).await;
    let other = server.pool(json!({})).await;
    let elsewhere = json!({
        "UserPoolId": other,
        "ClientId": world.client,
        "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
    });
    let elsewhere = ("AdminInitiateAuth", elsewhere);
    let parts = [world.client.as_str(), &world.pool, &other];
    refuses(&server, elsewhere, "ClientNotFound", &parts).await;
    let unknown = (
        "InitiateAuth",
        with_password("nobodys1client", "alice", PASSWORD),
    );
    refuses(&server, unknown, "ClientNotFound", &["nobodys1client"]).await;
}

#[tokio::test]
async fn a_pool_in_another_region() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let reply = server
        .call_in(
            "eu-west-1",
            "DescribeUserPool",
            json!({ "UserPoolId": pool }),
        )
        .await;
    assert_eq!(reply.status, 400);
    says(&server, "PoolNotFound", &[&pool, "us-east-1", "eu-west-1"]).await;
}

#[tokio::test]
async fn a_flow_that_the_client_does_not_allow() {
    let server = Server::start().await;
    let world = server.world().await;
    let settings = json!({ "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"] });
    let client = server.client_id(&world.pool, settings).await;
    let call = ("InitiateAuth", with_password(&client, "alice", PASSWORD));
    let parts = [
        client.as_str(),
        "ALLOW_USER_SRP_AUTH",
        "needs ALLOW_USER_PASSWORD_AUTH",
    ];
    refuses(&server, call, "FlowNotEnabled", &parts).await;
}

#[tokio::test]
async fn a_sign_in_that_fails() {
    let server = Server::start().await;
    let world = server.world().await;
    let hiding = json!({ "PreventUserExistenceErrors": "ENABLED" });
    let hiding = server.client_id(&world.pool, hiding).await;
    let wrong = "Wrong-passw0rd";
    let call = |client: &str, name: &str, password: &str| {
        ("InitiateAuth", with_password(client, name, password))
    };
    let bad = "BadCredentials";
    let parts = ["not the password of the user \"alice\"", "CONFIRMED"];
    refuses(&server, call(&world.client, "alice", wrong), bad, &parts).await;
    let parts = ["no user \"bob\"", "PreventUserExistenceErrors"];
    refuses(&server, call(&hiding, "bob", wrong), bad, &parts).await;
    let parts = ["no user \"bob\"", world.pool.as_str()];
    refuses(
        &server,
        call(&world.client, "bob", wrong),
        "UserNotFound",
        &parts,
    )
    .await;

    let invited = json!({
        "UserPoolId": world.pool,
        "Username": "carol",
        "TemporaryPassword": PASSWORD,
        "MessageAction": "SUPPRESS",
    });
    server.ok("AdminCreateUser", invited).await;
    let parts = ["temporary password", "\"carol\"", "FORCE_CHANGE_PASSWORD"];
    refuses(&server, call(&world.client, "carol", wrong), bad, &parts).await;
    server.advance(Duration::from_secs(8 * 86_400));
    let expired = "TemporaryPasswordExpired";
    let parts = ["\"carol\"", "2026-01-01T00:00:00Z", "2026-01-08T00:00:00Z"];
    refuses(
        &server,
        call(&world.client, "carol", PASSWORD),
        expired,
        &parts,
    )
    .await;

    let named = json!({ "UserPoolId": world.pool, "Username": "alice" });
    server.ok("AdminDisableUser", named).await;
    let disabled = ["\"alice\"", "AdminEnableUser"];
    refuses(
        &server,
        call(&world.client, "alice", PASSWORD),
        "UserDisabled",
        &disabled,
    )
    .await;

    let sign_up = json!({ "ClientId": world.client, "Username": "dave", "Password": PASSWORD });
    server.ok("SignUp", sign_up).await;
    let parts = ["\"dave\"", "ConfirmSignUp"];
    refuses(
        &server,
        call(&world.client, "dave", PASSWORD),
        "UserNotConfirmed",
        &parts,
    )
    .await;
}

#[tokio::test]
async fn a_code_that_does_not_count() {
    let server = Server::start().await;
    let pool = server
        .pool(json!({ "AutoVerifiedAttributes": ["email"] }))
        .await;
    let client = server.client_id(&pool, json!({})).await;
    let confirm = |code: &str| {
        let input = json!({ "ClientId": client, "Username": "ann", "ConfirmationCode": code });
        ("ConfirmSignUp", input)
    };
    let sign_up = json!({
        "ClientId": client,
        "Username": "ann",
        "Password": PASSWORD,
        "UserAttributes": attribute_list(&[("email", "ann@example.com")]),
    });
    server.ok("SignUp", sign_up).await;
    let sent = server.code("ann@example.com").await;
    let other = if sent == "000000" { "000001" } else { "000000" };
    let parts = ["ann@example.com", "2026-01-01T00:00:00Z"];
    refuses(&server, confirm(other), "CodeMismatch", &parts).await;
    assert!(!latest(&server).await.to_string().contains(&sent));
    server.advance(Duration::from_secs(86_401));
    let parts = ["expired at 2026-01-02T00:00:00Z"];
    refuses(&server, confirm(&sent), "CodeExpired", &parts).await;
    server
        .user(&pool, "bea", &[("email", "bea@example.com")])
        .await;
    let forgot = json!({
        "ClientId": client,
        "Username": "bea",
        "ConfirmationCode": other,
        "Password": PASSWORD,
    });
    let never = ("ConfirmForgotPassword", forgot);
    refuses(&server, never, "CodeExpired", &["none was sent"]).await;
}

#[tokio::test]
async fn tokens_that_are_not_taken() {
    let server = Server::start().await;
    let world = server.world().await;
    let tokens = world.tokens().await;
    let get = |token: &Value| ("GetUser", json!({ "AccessToken": token }));
    let invalid = "AccessTokenInvalid";
    refuses(&server, get(&tokens["IdToken"]), invalid, &["ID token"]).await;
    refuses(
        &server,
        get(&tokens["RefreshToken"]),
        invalid,
        &["refresh token"],
    )
    .await;

    let second = server.client_id(&world.pool, json!({})).await;
    let other = (
        "InitiateAuth",
        with_refresh_token(&second, &tokens["RefreshToken"]),
    );
    let parts = [world.client.as_str(), &second];
    refuses(&server, other, "RefreshTokenOtherClient", &parts).await;
    let access = (
        "InitiateAuth",
        with_refresh_token(&second, &tokens["AccessToken"]),
    );
    refuses(&server, access, "RefreshTokenInvalid", &["five"]).await;

    let revoke = json!({ "ClientId": world.client, "Token": tokens["RefreshToken"] });
    server.ok("RevokeToken", revoke).await;
    refuses(
        &server,
        get(&tokens["AccessToken"]),
        "AccessTokenRevoked",
        &["\"alice\""],
    )
    .await;
    let again = with_refresh_token(&world.client, &tokens["RefreshToken"]);
    let parts = ["2026-01-01T00:00:00Z"];
    refuses(
        &server,
        ("InitiateAuth", again),
        "RefreshTokenRevoked",
        &parts,
    )
    .await;

    let tokens = world.tokens().await;
    server.advance(Duration::from_secs(3_600));
    let parts = [
        "issued at 2026-01-01T00:00:00Z",
        "expired at 2026-01-01T01:00:00Z",
    ];
    refuses(
        &server,
        get(&tokens["AccessToken"]),
        "AccessTokenExpired",
        &parts,
    )
    .await;
    server.advance(Duration::from_secs(31 * 86_400));
    let old = with_refresh_token(&world.client, &tokens["RefreshToken"]);
    let parts = ["expired at 2026-01-31T00:00:00Z"];
    refuses(
        &server,
        ("InitiateAuth", old),
        "RefreshTokenExpired",
        &parts,
    )
    .await;
}

#[tokio::test]
async fn sessions_that_are_not_taken() {
    let server = Server::start().await;
    let world = server.world().await;
    let invited = json!({
        "UserPoolId": world.pool,
        "Username": "carol",
        "TemporaryPassword": PASSWORD,
        "MessageAction": "SUPPRESS",
    });
    server.ok("AdminCreateUser", invited).await;
    let begin = with_password(&world.client, "carol", PASSWORD);
    let challenge = server.ok("InitiateAuth", begin).await;
    let answer = |client: &str, name: &str| {
        let input = json!({
            "ClientId": client,
            "ChallengeName": "NEW_PASSWORD_REQUIRED",
            "ChallengeResponses": { "USERNAME": name, "NEW_PASSWORD": "An0ther-one!" },
            "Session": challenge["Session"],
        });
        ("RespondToAuthChallenge", input)
    };
    let second = server.client_id(&world.pool, json!({})).await;
    let parts = [world.client.as_str(), &second];
    refuses(&server, answer(&second, "carol"), "SessionInvalid", &parts).await;
    let parts = ["another user's than \"alice\""];
    refuses(
        &server,
        answer(&world.client, "alice"),
        "SessionInvalid",
        &parts,
    )
    .await;
    let (operation, input) = answer(&world.client, "carol");
    assert_eq!(server.call(operation, input).await.status, 200);
    let spent = answer(&world.client, "carol");
    refuses(&server, spent, "SessionSpent", &["answered already"]).await;
    server.advance(Duration::from_secs(181));
    let parts = ["expired at 2026-01-01T00:03:00Z", "AuthSessionValidity"];
    refuses(
        &server,
        answer(&world.client, "carol"),
        "SessionExpired",
        &parts,
    )
    .await;
}

/// What the journal says of the latest request to an endpoint of OAuth.
async fn told(server: &Server, error: &str, parts: &[&str]) {
    let entry = latest(server).await;
    assert_eq!(entry["error"], error, "{entry}");
    let why = entry["why"].as_str().unwrap_or_default();
    for part in parts {
        assert!(why.contains(part), "{part:?} is not in {why:?}");
    }
}

#[tokio::test]
async fn requests_of_oauth() {
    let server = Server::start().await;
    let world = server.world().await;
    let settings = json!({
        "GenerateSecret": true,
        "AllowedOAuthFlowsUserPoolClient": true,
        "AllowedOAuthFlows": ["code"],
        "AllowedOAuthScopes": ["openid", "email"],
        "CallbackURLs": ["http://localhost:3000/callback"],
        "LogoutURLs": ["http://localhost:3000/"],
    });
    let client = server.client(&world.pool, settings).await;
    let (id, secret) = (text(&client["ClientId"]), text(&client["ClientSecret"]));
    let ask = async |query: &str| {
        let path = format!("/oauth2/authorize?client_id={id}&{query}");
        server.get(&path).await;
    };
    ask("response_type=code&redirect_uri=http://localhost:3000/callback/").await;
    told(
        &server,
        "redirect_mismatch",
        &["http://localhost:3000/callback/", "slash"],
    )
    .await;
    let good = "redirect_uri=http://localhost:3000/callback";
    ask(&format!("response_type=code&scope=openid+phone&{good}")).await;
    told(&server, "invalid_request", &["scope phone", "openid email"]).await;
    ask(&format!("response_type=token&{good}")).await;
    told(&server, "unauthorized_client", &["implicit", "code"]).await;
    ask(&format!(
        "response_type=code&code_challenge=x&code_challenge_method=plain&{good}"
    ))
    .await;
    told(&server, "invalid_request", &["S256"]).await;
    server
        .get(&format!(
            "/logout?client_id={id}&logout_uri=http://localhost:3001/"
        ))
        .await;
    told(&server, "redirect_mismatch", &["logout_uri", "port"]).await;
    server
        .get("/oauth2/authorize?client_id=nobody&response_type=code")
        .await;
    told(&server, "invalid_request", &["nobody"]).await;

    let exchange = async |fields: &str| {
        let form = format!("client_id={id}&{fields}");
        let path = "/oauth2/token";
        server.ask(Method::POST, path, &[FORM], &form).await;
    };
    exchange("grant_type=client_credentials").await;
    told(&server, "invalid_client", &[&id, "Basic", "client_secret"]).await;
    exchange("grant_type=client_credentials&client_secret=wr0ng-secret").await;
    told(&server, "invalid_client", &["none of the secrets"]).await;
    let known = format!("client_secret={secret}");
    exchange(&format!("grant_type=client_credentials&{known}")).await;
    told(
        &server,
        "invalid_grant",
        &["AllowedOAuthFlows", "client_credentials"],
    )
    .await;
    exchange(&format!("grant_type=password&{known}")).await;
    told(&server, "unsupported_grant_type", &["authorization_code"]).await;
    exchange(&format!(
        "grant_type=authorization_code&code=n0body&{good}&{known}"
    ))
    .await;
    told(&server, "invalid_grant", &["no such authorization code"]).await;

    // What an app adds to its address is the app's own.
    ask("response_type=code&redirect_uri=http://localhost:3000/callback%3Fkey%3Ds3cret").await;
    told(
        &server,
        "redirect_mismatch",
        &["its query ((withheld), not none)"],
    )
    .await;
    let entry = latest(&server).await;
    assert!(!entry.to_string().contains("s3cret"), "{entry}");

    // Grants that are listed count only where OAuth is on.
    let update = json!({
        "UserPoolId": world.pool,
        "ClientId": id,
        "AllowedOAuthFlowsUserPoolClient": false,
        "AllowedOAuthFlows": ["code"],
        "AllowedOAuthScopes": ["openid"],
        "CallbackURLs": ["http://localhost:3000/callback"],
    });
    server.ok("UpdateUserPoolClient", update).await;
    exchange(&format!(
        "grant_type=authorization_code&code=n0body&{good}&{known}"
    ))
    .await;
    let off = ["AllowedOAuthFlowsUserPoolClient off"];
    told(&server, "unauthorized_client", &off).await;
}

#[tokio::test]
async fn the_sentence_is_in_the_log() {
    let server = Server::start().await;
    let world = server.world().await;
    let log = Log::listen();
    let wrong = with_password(&world.client, "alice", "Wrong-passw0rd");
    server.call("InitiateAuth", wrong).await;
    assert_eq!(log.count("not the password of the user"), 1);
    assert_eq!(log.count("Wrong-passw0rd"), 0);
}
