//! Copies of pools, worlds of one's own; and one pool alone, as its fixture describes it.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::support::srp::SrpClient;
use crate::support::{PASSWORD, Server, claims, each, text, with_password};

async fn copy(server: &Server, pool: &str, more: Value) -> Value {
    let (status, answer) = server
        .own("POST", &format!("pools/{pool}/copy"), more)
        .await;
    assert_eq!(status, 200, "{answer}");
    answer
}

/// The copy's client that stands for this one.
fn client_of(copy: &Value, original: &str) -> Value {
    let clients = copy["clients"].as_array().unwrap();
    clients
        .iter()
        .find(|one| one["copy_of"] == original)
        .unwrap()
        .clone()
}

/// A sign-in by SRP, as clients do it that split the pool's id at its underscores.
async fn srp(
    server: &Server,
    pool: &str,
    client: &str,
    username: &str,
    password: &str,
) -> Option<Value> {
    let srp = SrpClient::new("a");
    let challenge = server.ok("InitiateAuth", srp.begin(client, username)).await;
    let named = format!("x_{}", pool.split('_').nth(1).unwrap());
    let answer = srp.answer(&named, client, &challenge, password);
    let reply = server.call("RespondToAuthChallenge", answer).await;
    let answer = (reply.status == 200).then(|| reply.json());
    answer.map(|answer| answer["AuthenticationResult"].clone())
}

fn flows() -> Value {
    json!({ "ExplicitAuthFlows": [
        "ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH",
    ] })
}

#[tokio::test]
async fn a_copy_has_everything_but_what_happened_and_lives_its_own_life() {
    let server = Server::start().await;
    let world = server.world().await;
    let pool = world.pool.as_str();
    let before = world.tokens().await;
    server
        .ok(
            "CreateGroup",
            json!({ "UserPoolId": pool, "GroupName": "staff" }),
        )
        .await;
    let member = json!({ "UserPoolId": pool, "GroupName": "staff", "Username": "alice" });
    server.ok("AdminAddUserToGroup", member).await;
    let secret = server.client(pool, json!({ "GenerateSecret": true })).await;
    let copied = copy(&server, pool, Value::Null).await;
    let id = text(&copied["user_pool_id"]);
    assert_ne!(id, pool);
    assert!(id.starts_with(&format!("{pool}_")), "{id}");
    assert_eq!(copied["clients"].as_array().unwrap().len(), 2);
    let client = text(&client_of(&copied, &world.client)["client_id"]);
    let with_secret = client_of(&copied, secret["ClientId"].as_str().unwrap());
    assert_eq!(with_secret["client_secret"], secret["ClientSecret"]);
    let described = json!({ "UserPoolId": id, "ClientId": with_secret["client_id"] });
    let described = server.ok("DescribeUserPoolClient", described).await;
    assert_eq!(described["UserPoolClient"]["UserPoolId"], id.as_str());

    // The same users, with ids of their own.
    let alice = server.sign_in(&client, "alice").await;
    let said = claims(&alice["IdToken"]);
    assert_eq!(said["email"], "alice@example.com");
    assert_eq!(said["cognito:groups"], json!(["staff"]));
    assert_eq!(said["iss"], copied["issuer"]);
    assert_ne!(said["sub"], world.sub.as_str());
    let by_address = server.sign_in(&client, "alice").await;
    assert_eq!(claims(&by_address["IdToken"])["sub"], said["sub"]);
    // Nobody comes from the one into the other.
    server.sign_in(&world.client, "alice").await;
    for (input, token) in [(pool, &before), (&id, &alice)] {
        let used = json!({ "AccessToken": token["AccessToken"] });
        let user = server.ok("GetUser", used).await;
        let of = json!({ "UserPoolId": input, "Username": "alice" });
        let there = server.ok("AdminGetUser", of).await;
        assert_eq!(user["UserAttributes"], there["UserAttributes"]);
    }
    let crossed = json!({
        "AuthFlow": "REFRESH_TOKEN_AUTH",
        "ClientId": client,
        "AuthParameters": { "REFRESH_TOKEN": before["RefreshToken"] },
    });
    server.refused("InitiateAuth", crossed).await;
    // What changes in one stays in it.
    let gone = json!({ "UserPoolId": id, "Username": "alice" });
    server.ok("AdminDeleteUser", gone).await;
    server.sign_in(&world.client, "alice").await;
    server
        .ok("DeleteUserPool", json!({ "UserPoolId": id }))
        .await;
    server.sign_in(&world.client, "alice").await;

    let mut ids = HashSet::new();
    for _ in 0..3 {
        let again = copy(&server, pool, json!({})).await;
        assert!(ids.insert(text(&again["user_pool_id"])));
        server
            .sign_in(
                &text(&client_of(&again, &world.client)["client_id"]),
                "alice",
            )
            .await;
    }
    // A copy of a copy is as good, and called after the first.
    let first = ids.iter().next().unwrap().clone();
    let second = copy(&server, &first, Value::Null).await;
    let second = text(&second["user_pool_id"]);
    assert_eq!(second.matches('_').count(), 2, "{second}");
}

#[tokio::test]
async fn users_of_a_copy_sign_in_by_srp_whatever_their_names_are() {
    let server = Server::start().await;
    for settings in [json!({}), json!({ "UsernameAttributes": ["email"] })] {
        let pool = server.pool(settings).await;
        let client = server.client_id(&pool, flows()).await;
        let email = "alice@example.com";
        let input = json!({
            "UserPoolId": pool,
            "Username": email,
            "MessageAction": "SUPPRESS",
            "UserAttributes": [{ "Name": "email", "Value": email }],
        });
        server.ok("AdminCreateUser", input).await;
        let set = async |pool: &str, password: &str| {
            let input = json!({
                "UserPoolId": pool, "Username": email, "Password": password, "Permanent": true,
            });
            server.ok("AdminSetUserPassword", input).await;
        };
        set(&pool, PASSWORD).await;
        let first = copy(&server, &pool, Value::Null).await;
        let second = copy(&server, &text(&first["user_pool_id"]), Value::Null).await;
        for copied in [&first, &second] {
            assert_eq!(copied["sign_in_by_srp"], true);
            let id = text(&copied["user_pool_id"]);
            let client = text(&copied["clients"][0]["client_id"]);
            let tokens = srp(&server, &id, &client, email, PASSWORD).await.unwrap();
            let user = json!({ "AccessToken": tokens["AccessToken"] });
            server.ok("GetUser", user).await;
            assert!(
                srp(&server, &id, &client, email, "Wr0ng-password")
                    .await
                    .is_none()
            );
            server
                .ok("InitiateAuth", with_password(&client, email, PASSWORD))
                .await;
            // A new password is the copy's own.
            set(&id, "N3w-Passw0rd!").await;
            assert!(srp(&server, &id, &client, email, PASSWORD).await.is_none());
            srp(&server, &id, &client, email, "N3w-Passw0rd!")
                .await
                .unwrap();
        }
        srp(&server, &pool, &client, email, PASSWORD).await.unwrap();

        // Under a name that no verifier fits SRP works once the password was shown.
        let named = json!({ "as": format!("us-east-1_Worker{}", client.len()) });
        let copied = copy(&server, &pool, named.clone()).await;
        assert_eq!(copied["sign_in_by_srp"], false);
        let id = text(&copied["user_pool_id"]);
        let client = text(&copied["clients"][0]["client_id"]);
        assert!(srp(&server, &id, &client, email, PASSWORD).await.is_none());
        server
            .ok("InitiateAuth", with_password(&client, email, PASSWORD))
            .await;
        srp(&server, &id, &client, email, PASSWORD).await.unwrap();
        let (status, answer) = server
            .own("POST", &format!("pools/{pool}/copy"), named)
            .await;
        assert_eq!((status, &answer["error"]), (409, &json!("taken")));
        server
            .ok("DeleteUserPool", json!({ "UserPoolId": id }))
            .await;
    }
}

#[tokio::test]
async fn a_password_that_was_used_in_the_original_was_used_in_the_copy() {
    let server = Server::start().await;
    let policy = json!({ "Policies": { "PasswordPolicy": { "PasswordHistorySize": 2 } } });
    let pool = server.pool(policy).await;
    server.client_id(&pool, flows()).await;
    server.user(&pool, "alice", &[]).await;
    let set = |pool: &str, password: &str| {
        json!({
            "UserPoolId": pool, "Username": "alice", "Password": password, "Permanent": true,
        })
    };
    server
        .ok("AdminSetUserPassword", set(&pool, "N3w-Passw0rd!"))
        .await;
    let id = text(&copy(&server, &pool, Value::Null).await["user_pool_id"]);
    for used in [PASSWORD, "N3w-Passw0rd!"] {
        server
            .refuses_as("AdminSetUserPassword", set(&id, used), "PasswordUsedBefore")
            .await;
    }
    server
        .ok("AdminSetUserPassword", set(&id, "Third-Passw0rd!"))
        .await;
    server
        .refuses_as(
            "AdminSetUserPassword",
            set(&id, "N3w-Passw0rd!"),
            "PasswordUsedBefore",
        )
        .await;
}

#[tokio::test]
async fn an_authenticator_of_the_original_works_in_the_copy() {
    let server = Server::start().await;
    let world = server.world().await;
    let pool = world.pool.as_str();
    let input = json!({
        "UserPoolId": pool,
        "SoftwareTokenMfaConfiguration": { "Enabled": true },
        "MfaConfiguration": "OPTIONAL",
    });
    server.ok("SetUserPoolMfaConfig", input).await;
    let token = world.tokens().await["AccessToken"].clone();
    server
        .ok("AssociateSoftwareToken", json!({ "AccessToken": token }))
        .await;
    let shown = async |pool: &str| {
        let query = format!("/_mocknito/totp?user_pool_id={pool}&username=alice");
        String::from_utf8(server.get(&query).await.body).unwrap()
    };
    let input = json!({ "AccessToken": token, "UserCode": shown(pool).await });
    server.ok("VerifySoftwareToken", input).await;
    let id = text(&copy(&server, pool, Value::Null).await["user_pool_id"]);
    let (ours, theirs) = (shown(pool).await, shown(&id).await);
    assert_eq!((ours.len(), &ours), (6, &theirs));
}

#[tokio::test]
async fn what_cannot_be_copied_or_called_so_is_refused() {
    let server = Server::start().await;
    let pool = server.pool(json!({})).await;
    let unknown = server
        .own("POST", "pools/us-east-1_nowhere/copy", Value::Null)
        .await;
    assert_eq!(unknown.0, 404);
    let path = format!("pools/{pool}/copy");
    for wrong in [
        json!({ "as": "" }),
        json!({ "as": "Worker1" }),
        json!({ "as": "eu-west-1_Worker1" }),
        json!({ "as": "us-east-1_" }),
        json!({ "as": "us-east-1_a_b_c" }),
        json!({ "as": "us-east-1_a b" }),
        json!({ "as": format!("us-east-1_{}", "a".repeat(46)) }),
        json!({ "name": "x" }),
    ] {
        let (status, answer) = server.own("POST", &path, wrong.clone()).await;
        assert_eq!(status, 400, "{wrong}: {answer}");
    }
}

#[tokio::test]
async fn one_pool_alone_is_as_its_fixture_describes_it() {
    let server = Server::demo().await;
    let listed = server
        .ok("ListUserPools", json!({ "MaxResults": 60 }))
        .await;
    let pool = text(&listed["UserPools"][0]["Id"]);
    let users = async |pool: &str| {
        let listed = server.ok("ListUsers", json!({ "UserPoolId": pool })).await;
        let mut names = each(&listed["Users"], "Username");
        names.sort();
        names
    };
    let before = users(&pool).await;
    let kids = async || {
        let set = server.get(&format!("/{pool}/.well-known/jwks.json")).await;
        each(&set.json()["keys"], "kid")
    };
    let keys = kids().await;
    server.user(&pool, "somebody", &[]).await;
    let other = server.pool(json!({})).await;
    server.user(&other, "dora", &[]).await;
    let (status, answer) = server
        .own("POST", &format!("reset?user_pool_id={pool}"), Value::Null)
        .await;
    assert_eq!((status, &answer["user_pools"]), (200, &json!([pool])));
    assert_eq!(users(&pool).await, before);
    assert_eq!(kids().await, keys);
    assert_eq!(users(&other).await, ["dora"]);
    for (pool, status) in [(other.as_str(), 400), ("us-east-1_nowhere", 404)] {
        let reset = server
            .own("POST", &format!("reset?user_pool_id={pool}"), Value::Null)
            .await;
        assert_eq!(reset.0, status, "{}", reset.1);
    }
    assert_eq!(server.own("POST", "reset?pool=x", Value::Null).await.0, 400);
}
