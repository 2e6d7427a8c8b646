//! Passwords set by an administrator and changed by the user: the policy, the history, and what a
//! change does not end.

use std::time::Duration;

use mocknito::wire::user_pools::UserStatusType;
use serde_json::{Value, json};

use crate::support::{PASSWORD, Server, World, with_password, with_refresh_token};

const BAD: &str = "NotAuthorizedException: Incorrect username or password.";
const POLICY: &str = "InvalidPasswordException: Password did not conform with policy: ";

fn set(pool: &str, password: &str, permanent: bool) -> Value {
    json!({ "UserPoolId": pool, "Username": "alice", "Password": password, "Permanent": permanent })
}

fn change(token: &Value, previous: &str, proposed: &str) -> Value {
    json!({ "AccessToken": token, "PreviousPassword": previous, "ProposedPassword": proposed })
}

async fn signs_in(world: &World<'_>, password: &str) -> bool {
    let input = with_password(&world.client, "alice", password);
    let reply = world.server.call("InitiateAuth", input).await;
    reply.status.is_success()
}

#[tokio::test]
async fn each_password_hears_what_it_lacks() {
    let server = Server::start().await;
    let world = server.world().await;
    let token = world.tokens().await["AccessToken"].clone();
    for (password, lacks) in [
        ("Aa1!", "Password not long enough"),
        ("P2$Swor", "Password not long enough"),
        ("aaaaaa1!", "Password must have uppercase characters"),
        ("AAAAAA1!", "Password must have lowercase characters"),
        ("AAAaaaa!", "Password must have numeric characters"),
        ("AAAaaaa1", "Password must have symbol characters"),
        ("AAAaaa1€", "Password must have symbol characters"),
    ] {
        let expected = format!("{POLICY}{lacks}");
        for permanent in [true, false] {
            let input = set(&world.pool, password, permanent);
            server
                .refuses("AdminSetUserPassword", input, &expected)
                .await;
        }
        let input = change(&token, PASSWORD, password);
        server.refuses("ChangePassword", input, &expected).await;
    }
    assert!(signs_in(&world, PASSWORD).await);
    // Eight characters of all four classes do.
    server
        .ok("AdminSetUserPassword", set(&world.pool, "P2$Sword", true))
        .await;
    assert!(signs_in(&world, "P2$Sword").await);
}

#[tokio::test]
async fn the_pools_own_policy_is_the_one_that_counts() {
    let server = Server::start().await;
    let pool = server
        .pool(json!({ "Policies": { "PasswordPolicy": { "MinimumLength": 6 } } }))
        .await;
    server
        .ok(
            "AdminCreateUser",
            json!({ "UserPoolId": pool, "Username": "alice", "MessageAction": "SUPPRESS" }),
        )
        .await;
    server
        .ok("AdminSetUserPassword", set(&pool, "aaaaaa", true))
        .await;
    server
        .refuses(
            "AdminSetUserPassword",
            set(&pool, "aaaaa", true),
            &format!("{POLICY}Password not long enough"),
        )
        .await;
}

#[tokio::test]
async fn a_password_that_the_model_forbids_is_not_repeated_in_the_answer() {
    let server = Server::start().await;
    let world = server.world().await;
    let long = "Aa1!".repeat(65);
    let answer = server
        .refused("AdminSetUserPassword", set(&world.pool, &long, true))
        .await;
    assert!(answer.contains("Value at 'password' failed to satisfy constraint"));
    assert!(!answer.contains("Aa1!"));
}

#[tokio::test]
async fn a_permanent_password_confirms_and_a_temporary_one_must_be_changed() {
    let server = Server::start().await;
    let world = server.world().await;
    for status in [
        UserStatusType::Unconfirmed,
        UserStatusType::ResetRequired,
        UserStatusType::ForceChangePassword,
        UserStatusType::ExternalProvider,
        UserStatusType::Confirmed,
    ] {
        server.set_status(&world.pool, "alice", status).await;
        assert_eq!(
            server
                .ok("AdminSetUserPassword", set(&world.pool, PASSWORD, true))
                .await,
            json!({})
        );
        let described = server.described_user(&world.pool, "alice").await;
        assert_eq!(described["UserStatus"], "CONFIRMED");
        assert!(signs_in(&world, PASSWORD).await);
    }
    // Permanent is false where it is not said.
    let mut input = set(&world.pool, "Temp0rary!", false);
    input.as_object_mut().unwrap().remove("Permanent");
    server.ok("AdminSetUserPassword", input).await;
    let described = server.described_user(&world.pool, "alice").await;
    assert_eq!(described["UserStatus"], "FORCE_CHANGE_PASSWORD");
    assert!(!signs_in(&world, PASSWORD).await);
    let challenge = server
        .ok(
            "InitiateAuth",
            with_password(&world.client, "alice", "Temp0rary!"),
        )
        .await;
    assert_eq!(challenge["ChallengeName"], "NEW_PASSWORD_REQUIRED");
}

#[tokio::test]
async fn a_session_for_a_new_password_ends_when_the_password_is_set_otherwise() {
    let server = Server::start().await;
    let world = server.world().await;
    server
        .ok(
            "AdminSetUserPassword",
            set(&world.pool, "Temp0rary!", false),
        )
        .await;
    let challenge = server
        .ok(
            "InitiateAuth",
            with_password(&world.client, "alice", "Temp0rary!"),
        )
        .await;
    server
        .ok("AdminSetUserPassword", set(&world.pool, PASSWORD, true))
        .await;
    let answer = json!({
        "ChallengeName": "NEW_PASSWORD_REQUIRED",
        "ClientId": world.client,
        "Session": challenge["Session"],
        "ChallengeResponses": { "USERNAME": "alice", "NEW_PASSWORD": "Att4cker!" },
    });
    server
        .refuses(
            "RespondToAuthChallenge",
            answer,
            "NotAuthorizedException: Invalid session for the user.",
        )
        .await;
    assert!(signs_in(&world, PASSWORD).await);
}

#[tokio::test]
async fn a_set_temporary_password_lives_anew() {
    let server = Server::start().await;
    let world = server.world().await;
    server.advance(Duration::from_secs(30 * 86_400));
    server
        .ok(
            "AdminSetUserPassword",
            set(&world.pool, "Temp0rary!", false),
        )
        .await;
    let sign_in = with_password(&world.client, "alice", "Temp0rary!");
    server.advance(Duration::from_secs(7 * 86_400 - 1));
    server.ok("InitiateAuth", sign_in.clone()).await;
    server.advance(Duration::from_secs(1));
    server
        .refuses(
            "InitiateAuth",
            sign_in,
            "NotAuthorizedException: Temporary password has expired and must be reset by an administrator.",
        )
        .await;
}

#[tokio::test]
async fn a_user_changes_its_password_and_keeps_its_tokens() {
    let server = Server::start().await;
    let world = server.world().await;
    let tokens = world.tokens().await;
    let input = change(&tokens["AccessToken"], PASSWORD, "An0ther!pass");
    assert_eq!(server.ok("ChangePassword", input).await, json!({}));
    assert!(!signs_in(&world, PASSWORD).await);
    assert!(signs_in(&world, "An0ther!pass").await);
    server
        .ok("GetUser", json!({ "AccessToken": tokens["AccessToken"] }))
        .await;
    let refresh = with_refresh_token(&world.client, &tokens["RefreshToken"]);
    server.ok("InitiateAuth", refresh).await;
}

#[tokio::test]
async fn the_previous_password_must_be_right() {
    let server = Server::start().await;
    let world = server.world().await;
    let token = world.tokens().await["AccessToken"].clone();
    for wrong in ["Wrong0ne!", "passw0rd!", "xx"] {
        server
            .refuses("ChangePassword", change(&token, wrong, "An0ther!pass"), BAD)
            .await;
    }
    let mut without = change(&token, "", "An0ther!pass");
    without.as_object_mut().unwrap().remove("PreviousPassword");
    server
        .refuses(
            "ChangePassword",
            without,
            "InvalidParameterException: Missing required parameter OldPassword",
        )
        .await;
    assert!(signs_in(&world, PASSWORD).await);
}

#[tokio::test]
async fn passwords_have_blanks_inside_and_at_neither_end() {
    let server = Server::start().await;
    let world = server.world().await;
    let blanks = "correct Horse battery 5taple";
    let token = world.tokens().await["AccessToken"].clone();
    server
        .ok("ChangePassword", change(&token, PASSWORD, blanks))
        .await;
    server
        .ok("ChangePassword", change(&token, blanks, "An0ther pass"))
        .await;
    let user = json!({ "UserPoolId": world.pool, "Username": "alice" });
    let (pool, client) = (&world.pool, &world.client);
    let inputs = |password: &str| {
        [
            (
                "SignUp",
                "password",
                json!({ "ClientId": client, "Username": "new", "Password": password }),
            ),
            (
                "AdminCreateUser",
                "temporaryPassword",
                json!({ "UserPoolId": pool, "Username": "new", "TemporaryPassword": password }),
            ),
            (
                "AdminSetUserPassword",
                "password",
                json!({ "UserPoolId": pool, "Username": "alice", "Password": password }),
            ),
            (
                "ChangePassword",
                "proposedPassword",
                change(&token, PASSWORD, password),
            ),
            (
                "ChangePassword",
                "previousPassword",
                change(&token, password, PASSWORD),
            ),
            (
                "ConfirmForgotPassword",
                "password",
                json!({ "ClientId": client, "Username": "alice", "ConfirmationCode": "123456", "Password": password }),
            ),
        ]
    };
    for wrong in [" Passw0rd!", "Passw0rd! ", "P"] {
        for (operation, member, input) in inputs(wrong) {
            let expected = format!(
                "InvalidParameterException: 1 validation error detected: Value at '{member}' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[\\S]+.*[\\S]+$"
            );
            server.refuses(operation, input, &expected).await;
        }
    }
    server.ok("AdminGetUser", user).await;
}

#[tokio::test]
async fn of_two_changes_from_the_same_password_one_counts() {
    let server = Server::start().await;
    let world = server.world().await;
    let token = world.tokens().await["AccessToken"].clone();
    let (one, two) = tokio::join!(
        server.call("ChangePassword", change(&token, PASSWORD, "Fir5t!pass")),
        server.call("ChangePassword", change(&token, PASSWORD, "Sec0nd!pass")),
    );
    let counted = (one.status.is_success(), two.status.is_success());
    assert!(counted.0 != counted.1, "{counted:?}");
    assert_eq!(signs_in(&world, "Fir5t!pass").await, counted.0);
    assert_eq!(signs_in(&world, "Sec0nd!pass").await, counted.1);
}

#[tokio::test]
async fn without_a_history_the_same_password_may_come_again() {
    let server = Server::start().await;
    let world = server.world().await;
    let token = world.tokens().await["AccessToken"].clone();
    server
        .ok("ChangePassword", change(&token, PASSWORD, PASSWORD))
        .await;
    server
        .ok("AdminSetUserPassword", set(&world.pool, PASSWORD, true))
        .await;
}

#[tokio::test]
async fn a_history_keeps_the_last_passwords_from_coming_again() {
    let server = Server::start().await;
    let pool = server
        .pool(json!({ "Policies": { "PasswordPolicy": { "MinimumLength": 8, "PasswordHistorySize": 2 } } }))
        .await;
    let client = server.client_id(&pool, json!({})).await;
    server.user(&pool, "alice", &[]).await;
    let token = server.sign_in(&client, "alice").await["AccessToken"].clone();
    server
        .refuses_as(
            "ChangePassword",
            change(&token, PASSWORD, PASSWORD),
            "PasswordUsedBefore",
        )
        .await;
    server
        .ok("ChangePassword", change(&token, PASSWORD, "second-one"))
        .await;
    for again in [PASSWORD, "second-one"] {
        server
            .refuses_as(
                "ChangePassword",
                change(&token, "second-one", again),
                "PasswordUsedBefore",
            )
            .await;
        server
            .refuses_as(
                "AdminSetUserPassword",
                set(&pool, again, true),
                "PasswordUsedBefore",
            )
            .await;
    }
    server
        .ok("ChangePassword", change(&token, "second-one", "third-one"))
        .await;
    // Two others later it may come back; the policy never counts more than it says.
    server
        .ok("ChangePassword", change(&token, "third-one", PASSWORD))
        .await;
    server
        .refuses_as(
            "AdminSetUserPassword",
            set(&pool, "third-one", false),
            "PasswordUsedBefore",
        )
        .await;
    server
        .ok("AdminSetUserPassword", set(&pool, "second-one", true))
        .await;
}
