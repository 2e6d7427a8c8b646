//! Passwords that are set, changed, and remembered.

use serde_json::{Value, json};

use crate::support::{PASSWORD, Server};

const BAD: &str = "NotAuthorizedException: Incorrect username or password.";
const USED: &str = "PasswordHistoryPolicyViolationException: Password has previously been used";

fn set(pool: &str, password: &str, permanent: Value) -> Value {
    json!({ "UserPoolId": pool, "Username": "alice", "Password": password, "Permanent": permanent })
}

async fn status(server: &Server, pool: &str) -> Value {
    server
        .ok(
            "AdminGetUser",
            json!({ "UserPoolId": pool, "Username": "alice" }),
        )
        .await["UserStatus"]
        .clone()
}

#[tokio::test]
async fn an_administrator_sets_a_temporary_or_a_permanent_password() {
    let server = Server::start().await;
    let world = server.world().await;
    for permanent in [json!(false), Value::Null] {
        server
            .ok(
                "AdminSetUserPassword",
                set(&world.pool, "Temp0rary!", permanent),
            )
            .await;
        assert_eq!(status(&server, &world.pool).await, "FORCE_CHANGE_PASSWORD");
    }
    server
        .ok(
            "AdminSetUserPassword",
            set(&world.pool, PASSWORD, json!(true)),
        )
        .await;
    assert_eq!(status(&server, &world.pool).await, "CONFIRMED");
    world.tokens().await;
    for (password, lack) in [
        ("P2$Swor", "Password not long enough"),
        ("p2$sword", "Password must have uppercase characters"),
        ("P2$SWORD", "Password must have lowercase characters"),
        ("Pa$Sword", "Password must have numeric characters"),
        ("P2sSword", "Password must have symbol characters"),
    ] {
        assert_eq!(
            server
                .refused(
                    "AdminSetUserPassword",
                    set(&world.pool, password, json!(true))
                )
                .await,
            format!("InvalidPasswordException: Password did not conform with policy: {lack}")
        );
    }
    world.tokens().await;
}

#[tokio::test]
async fn a_user_changes_the_password_by_naming_the_previous_one() {
    let server = Server::start().await;
    let world = server.world().await;
    let token = world.tokens().await["AccessToken"].clone();
    let change = |previous: Value, proposed: &str| json!({ "AccessToken": token, "PreviousPassword": previous, "ProposedPassword": proposed });
    assert_eq!(
        server
            .refused("ChangePassword", change(json!("Wr0ng!!!"), "N3wpass!!"))
            .await,
        BAD
    );
    assert_eq!(
        server
            .refused("ChangePassword", change(Value::Null, "N3wpass!!"))
            .await,
        "InvalidParameterException: Missing required parameter PreviousPassword"
    );
    assert_eq!(
        server
            .refused("ChangePassword", change(json!(PASSWORD), "weakling"))
            .await,
        "InvalidPasswordException: Password did not conform with policy: Password must have uppercase characters"
    );
    world.tokens().await;
    assert_eq!(
        server
            .ok("ChangePassword", change(json!(PASSWORD), "N3wpass!!"))
            .await,
        json!({})
    );
    let sign_in = |password: &str| {
        json!({
            "AuthFlow": "USER_PASSWORD_AUTH",
            "ClientId": world.client,
            "AuthParameters": { "USERNAME": "alice", "PASSWORD": password },
        })
    };
    assert_eq!(server.refused("InitiateAuth", sign_in(PASSWORD)).await, BAD);
    server.ok("InitiateAuth", sign_in("N3wpass!!")).await;
    assert!(
        server
            .refused(
                "ChangePassword",
                json!({ "AccessToken": "x.y.z", "ProposedPassword": "N3wpass!!" })
            )
            .await
            .starts_with("NotAuthorizedException: ")
    );
}

#[tokio::test]
async fn a_password_comes_back_only_after_as_many_others_as_the_policy_says() {
    let server = Server::start().await;
    let policy = json!({
        "MinimumLength": 8, "RequireUppercase": true, "RequireLowercase": true, "RequireNumbers": true, "RequireSymbols": true,
        "PasswordHistorySize": 2,
    });
    let pool = server
        .pool(json!({ "Policies": { "PasswordPolicy": policy } }))
        .await;
    let client = server.client(&pool, json!({})).await["ClientId"].clone();
    server.user(&pool, "alice", &[]).await;
    let next = async |password: &str| {
        server.advance(std::time::Duration::from_secs(1));
        let reply = server
            .call("AdminSetUserPassword", set(&pool, password, json!(true)))
            .await;
        reply.json()["message"].as_str().map(str::to_owned)
    };
    let used = Some("Password has previously been used".to_owned());
    assert_eq!(next(PASSWORD).await, used);
    assert_eq!(next("Sec0nd!!!").await, None);
    assert_eq!(next(PASSWORD).await, used);
    assert_eq!(next("Th1rd!!!!").await, None);
    assert_eq!(next("Sec0nd!!!").await, used);
    assert_eq!(next(PASSWORD).await, None);

    let tokens = server.sign_in(client.as_str().unwrap(), "alice").await;
    let change = |proposed: &str| json!({ "AccessToken": tokens["AccessToken"], "PreviousPassword": PASSWORD, "ProposedPassword": proposed });
    assert_eq!(
        server.refused("ChangePassword", change("Th1rd!!!!")).await,
        USED
    );
    server.ok("ChangePassword", change("F0urth!!!")).await;
}
