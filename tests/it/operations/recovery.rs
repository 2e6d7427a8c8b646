//! ForgotPassword, ConfirmForgotPassword and AdminResetUserPassword: where the code goes, what it
//! is good for, and who gets none.

use std::time::Duration;

use mocknito::wire::user_pools::UserStatusType;
use serde_json::{Value, json};

use crate::support::{PASSWORD, Server, World, attribute, keys, text, with_password};

const NEW: &str = "N3wPassword!";
const EMAIL: &str = "alice@example.com";
const NUMBER: &str = "+12065559934";
const MISMATCH: &str =
    "CodeMismatchException: Invalid verification code provided, please try again.";
const EXPIRED: &str = "ExpiredCodeException: Invalid code provided, please request a code again.";
const UNKNOWN: &str = "UserNotFoundException: Username/client id combination not found.";
const NOWHERE: &str = "InvalidParameterException: Cannot reset password for the user as there is no registered/verified email or phone_number";
const WRONG_STATE: &str =
    "NotAuthorizedException: User password cannot be reset in the current state.";
const LIMIT: &str = "LimitExceededException: Attempt limit exceeded, please try after some time.";

fn forgot(client: &str, username: &str) -> Value {
    json!({ "ClientId": client, "Username": username })
}

fn reset(client: &str, username: &str, code: &str, password: &str) -> Value {
    json!({ "ClientId": client, "Username": username, "ConfirmationCode": code, "Password": password })
}

fn by_email() -> Value {
    json!({ "CodeDeliveryDetails": { "Destination": "a***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email" } })
}

fn another(code: &str) -> String {
    let first = code.as_bytes()[0];
    let other = if first == b'9' {
        '0'
    } else {
        char::from(first + 1)
    };
    format!("{other}{}", &code[1..])
}

async fn hiding_client(world: &World<'_>) -> String {
    let settings = json!({ "PreventUserExistenceErrors": "ENABLED" });
    world.server.client_id(&world.pool, settings).await
}

async fn status(world: &World<'_>) -> String {
    let user = world.server.described_user(&world.pool, "alice").await;
    text(&user["UserStatus"])
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_by_the_code() {
    let server = Server::start().await;
    let world = server.world().await;
    let sent = server
        .ok("ForgotPassword", forgot(&world.client, "alice"))
        .await;
    assert_eq!(sent, by_email());
    assert_eq!(server.inbox("").await[0]["kind"], "forgot_password");
    // Asking changes nothing yet.
    server.sign_in(&world.client, "alice").await;
    let code = server.code(EMAIL).await;
    let done = server
        .ok(
            "ConfirmForgotPassword",
            reset(&world.client, "alice", &code, NEW),
        )
        .await;
    assert_eq!(done, json!({}));
    server
        .ok("InitiateAuth", with_password(&world.client, "alice", NEW))
        .await;
    server
        .refuses_as(
            "InitiateAuth",
            with_password(&world.client, "alice", PASSWORD),
            "BadCredentials",
        )
        .await;
    // Once.
    server
        .refuses(
            "ConfirmForgotPassword",
            reset(&world.client, "alice", &code, PASSWORD),
            EXPIRED,
        )
        .await;
}

#[tokio::test]
async fn only_the_right_code_for_this_purpose_in_time_does() {
    let server = Server::start().await;
    let pool = server
        .pool(json!({ "AutoVerifiedAttributes": ["email"] }))
        .await;
    let client = server.client_id(&pool, json!({})).await;
    let verified = [("email", EMAIL), ("email_verified", "true")];
    server.user(&pool, "alice", &verified).await;
    let bobs = [("email", "bob@example.com"), ("email_verified", "true")];
    server.user(&pool, "bob", &bobs).await;

    // None was asked for.
    let input = reset(&client, "alice", "123456", NEW);
    server
        .refuses("ConfirmForgotPassword", input, EXPIRED)
        .await;
    // Another purpose's: that of verifying the address.
    let token = server.sign_in(&client, "alice").await["AccessToken"].clone();
    let verify = json!({ "AccessToken": token, "AttributeName": "email" });
    server.ok("GetUserAttributeVerificationCode", verify).await;
    let for_address = server.code(EMAIL).await;
    let input = reset(&client, "alice", &for_address, NEW);
    server
        .refuses("ConfirmForgotPassword", input, EXPIRED)
        .await;

    server.ok("ForgotPassword", forgot(&client, "alice")).await;
    server.ok("ForgotPassword", forgot(&client, "bob")).await;
    let code = server.code(EMAIL).await;
    let bobs = server.code("bob@example.com").await;
    for wrong in [another(&code), for_address, bobs, format!("{code}1")] {
        let input = reset(&client, "alice", &wrong, NEW);
        server
            .refuses("ConfirmForgotPassword", input, MISMATCH)
            .await;
    }
    let empty = server.refused("ConfirmForgotPassword", reset(&client, "alice", "", NEW));
    assert!(empty.await.contains("at 'confirmationCode'"));
    // A weak password leaves the code as it is.
    let weak = reset(&client, "alice", &code, "weak");
    let expected =
        "InvalidPasswordException: Password did not conform with policy: Password not long enough";
    server
        .refuses("ConfirmForgotPassword", weak, expected)
        .await;
    // And the code for a password verifies no address.
    let verify = json!({ "AccessToken": token, "AttributeName": "email", "Code": code });
    server
        .refuses("VerifyUserAttribute", verify, MISMATCH)
        .await;

    server.advance(Duration::from_secs(3_600));
    let late = reset(&client, "alice", &code, NEW);
    server.refuses("ConfirmForgotPassword", late, EXPIRED).await;
    server.ok("ForgotPassword", forgot(&client, "alice")).await;
    let newer = reset(&client, "alice", &server.code(EMAIL).await, NEW);
    server.ok("ConfirmForgotPassword", newer).await;
}

#[tokio::test]
async fn a_new_code_ends_the_old_one() {
    let server = Server::start().await;
    let world = server.world().await;
    let ask = forgot(&world.client, "alice");
    server.ok("ForgotPassword", ask.clone()).await;
    let old = server.code(EMAIL).await;
    server.ok("ForgotPassword", ask).await;
    let new = server.code(EMAIL).await;
    let input = reset(&world.client, "alice", &old, NEW);
    server
        .refuses("ConfirmForgotPassword", input, MISMATCH)
        .await;
    let input = reset(&world.client, "alice", &new, NEW);
    server.ok("ConfirmForgotPassword", input).await;
}

#[tokio::test]
async fn after_twenty_wrong_codes_neither_a_right_nor_a_new_one_helps() {
    let server = Server::start().await;
    let world = server.world().await;
    server
        .ok("ForgotPassword", forgot(&world.client, "alice"))
        .await;
    let code = server.code(EMAIL).await;
    let wrong = reset(&world.client, "alice", &another(&code), NEW);
    for _ in 0..20 {
        server
            .refuses("ConfirmForgotPassword", wrong.clone(), MISMATCH)
            .await;
    }
    let right = reset(&world.client, "alice", &code, NEW);
    server.refuses("ConfirmForgotPassword", right, LIMIT).await;
    let ask = forgot(&world.client, "alice");
    server.refuses("ForgotPassword", ask.clone(), LIMIT).await;
    server.advance(Duration::from_secs(3_600));
    server.ok("ForgotPassword", ask).await;
    let code = server.code(EMAIL).await;
    let right = reset(&world.client, "alice", &code, NEW);
    server.ok("ConfirmForgotPassword", right).await;
}

#[tokio::test]
async fn the_pools_recovery_setting_says_where_the_code_goes() {
    let both = [
        ("email", EMAIL),
        ("email_verified", "true"),
        ("phone_number", NUMBER),
        ("phone_number_verified", "true"),
    ];
    let only_number_verified = [
        ("email", EMAIL),
        ("phone_number", NUMBER),
        ("phone_number_verified", "true"),
    ];
    let mechanisms = |names: &[&str]| {
        let mut list: Vec<Value> = (1_u8..)
            .zip(names)
            .map(|(priority, name)| json!({ "Priority": priority, "Name": name }))
            .collect();
        // The list's own order does not matter.
        list.reverse();
        json!({ "AccountRecoverySetting": { "RecoveryMechanisms": list } })
    };
    for (settings, attributes, medium) in [
        (json!({}), &both[..], "SMS"),
        (
            mechanisms(&["verified_email", "verified_phone_number"]),
            &both[..],
            "EMAIL",
        ),
        (
            mechanisms(&["verified_phone_number", "verified_email"]),
            &both[..],
            "SMS",
        ),
        (
            mechanisms(&["verified_email", "verified_phone_number"]),
            &only_number_verified[..],
            "SMS",
        ),
        (
            mechanisms(&["verified_email"]),
            &only_number_verified[..],
            "",
        ),
        (json!({}), &both[..1], ""),
    ] {
        let server = Server::start().await;
        let pool = server.pool(settings).await;
        let client = server.client_id(&pool, json!({})).await;
        server.user(&pool, "alice", attributes).await;
        let ask = forgot(&client, "alice");
        if medium.is_empty() {
            server.refuses("ForgotPassword", ask, NOWHERE).await;
        } else {
            let sent = server.ok("ForgotPassword", ask).await;
            assert_eq!(sent["CodeDeliveryDetails"]["DeliveryMedium"], medium);
        }
    }

    let server = Server::start().await;
    let pool = server.pool(mechanisms(&["admin_only"])).await;
    server
        .user(
            &pool,
            "alice",
            &[("email", EMAIL), ("email_verified", "true")],
        )
        .await;
    let expected = "NotAuthorizedException: Contact administrator to reset password.";
    for existence in ["LEGACY", "ENABLED"] {
        let settings = json!({ "PreventUserExistenceErrors": existence });
        let client = server.client_id(&pool, settings).await;
        let ask = forgot(&client, "alice");
        server.refuses("ForgotPassword", ask, expected).await;
    }
}

#[tokio::test]
async fn who_may_not_recover_is_told_why() {
    let server = Server::start().await;
    let world = server.world().await;
    let ask = forgot(&world.client, "alice");
    for (status, expected) in [
        (UserStatusType::Unconfirmed, NOWHERE),
        (UserStatusType::ForceChangePassword, WRONG_STATE),
        (UserStatusType::ExternalProvider, WRONG_STATE),
    ] {
        server.set_status(&world.pool, "alice", status).await;
        server
            .refuses("ForgotPassword", ask.clone(), expected)
            .await;
    }
    let status = UserStatusType::Confirmed;
    server.set_status(&world.pool, "alice", status).await;
    let named = json!({ "UserPoolId": world.pool, "Username": "alice" });
    server.ok("AdminDisableUser", named).await;
    let disabled = "NotAuthorizedException: User is disabled.";
    server.refuses("ForgotPassword", ask, disabled).await;
    let input = reset(&world.client, "alice", "123456", NEW);
    server
        .refuses("ConfirmForgotPassword", input, disabled)
        .await;
    let ask = forgot(&world.client, "nobody");
    server.refuses("ForgotPassword", ask, UNKNOWN).await;
    let input = reset(&world.client, "nobody", "123456", NEW);
    server
        .refuses("ConfirmForgotPassword", input, UNKNOWN)
        .await;
}

#[tokio::test]
async fn a_client_that_hides_users_answers_alike_for_those_who_get_no_code() {
    let server = Server::start().await;
    let world = server.world().await;
    let client = hiding_client(&world).await;
    server.user(&world.pool, "no-address", &[]).await;
    server.user(&world.pool, "disabled", &[]).await;
    let named = json!({ "UserPoolId": world.pool, "Username": "disabled" });
    server.ok("AdminDisableUser", named).await;
    for username in ["nobody", "no-address", "disabled"] {
        // Nothing was asked for: as for a real user.
        let input = reset(&client, username, "123456", NEW);
        server
            .refuses("ConfirmForgotPassword", input.clone(), EXPIRED)
            .await;
        let ask = forgot(&client, username);
        let sent = server.ok("ForgotPassword", ask.clone()).await;
        assert_eq!(server.ok("ForgotPassword", ask.clone()).await, sent);
        let details = &sent["CodeDeliveryDetails"];
        assert_eq!(
            keys(details),
            ["AttributeName", "DeliveryMedium", "Destination"]
        );
        assert!(server.inbox("").await.is_empty());
        for _ in 0..20 {
            server
                .refuses("ConfirmForgotPassword", input.clone(), MISMATCH)
                .await;
        }
        server
            .refuses("ConfirmForgotPassword", input.clone(), LIMIT)
            .await;
        server.refuses("ForgotPassword", ask, LIMIT).await;
        server.advance(Duration::from_secs(3_600));
        server
            .refuses("ConfirmForgotPassword", input, EXPIRED)
            .await;
    }
    // What was typed shows, if it is an address.
    let sent = server
        .ok("ForgotPassword", forgot(&client, "zoe@yonder.test"))
        .await;
    // The default way is the number first, but an address can only get e-mail.
    assert_eq!(sent["CodeDeliveryDetails"]["Destination"], "z***@y***");
    // A real one still gets a real one.
    let sent = server.ok("ForgotPassword", forgot(&client, "alice")).await;
    assert_eq!(sent, by_email());
    let code = server.code(EMAIL).await;
    let input = reset(&client, "alice", &code, NEW);
    server.ok("ConfirmForgotPassword", input).await;
}

#[tokio::test]
async fn a_code_that_went_to_an_address_that_is_no_longer_the_users_is_worth_nothing() {
    let server = Server::start().await;
    let world = server.world().await;
    server
        .ok("ForgotPassword", forgot(&world.client, "alice"))
        .await;
    let code = server.code(EMAIL).await;
    let moved = json!({ "UserPoolId": world.pool, "Username": "alice", "UserAttributes": [{ "Name": "email", "Value": "new@example.com" }] });
    server.ok("AdminUpdateUserAttributes", moved).await;
    let input = reset(&world.client, "alice", &code, NEW);
    server
        .refuses("ConfirmForgotPassword", input, EXPIRED)
        .await;
}

#[tokio::test]
async fn an_administrator_resets_and_the_user_recovers() {
    let server = Server::start().await;
    let world = server.world().await;
    let named = json!({ "UserPoolId": world.pool, "Username": "alice" });
    let answer = server.ok("AdminResetUserPassword", named.clone()).await;
    assert_eq!(answer, json!({}));
    assert_eq!(status(&world).await, "RESET_REQUIRED");
    server
        .refuses(
            "InitiateAuth",
            with_password(&world.client, "alice", PASSWORD),
            "PasswordResetRequiredException: Password reset required for the user",
        )
        .await;
    server
        .refuses("AdminResetUserPassword", named, WRONG_STATE)
        .await;
    // The user may ask again, and the newer code counts.
    let first = server.code(EMAIL).await;
    server
        .ok("ForgotPassword", forgot(&world.client, "alice"))
        .await;
    let input = reset(&world.client, "alice", &first, NEW);
    server
        .refuses("ConfirmForgotPassword", input, MISMATCH)
        .await;
    let code = server.code(EMAIL).await;
    let input = reset(&world.client, "alice", &code, NEW);
    server.ok("ConfirmForgotPassword", input).await;
    assert_eq!(status(&world).await, "CONFIRMED");
    server
        .ok("InitiateAuth", with_password(&world.client, "alice", NEW))
        .await;
}

#[tokio::test]
async fn an_administrator_cannot_reset_what_could_not_be_recovered() {
    let server = Server::start().await;
    let world = server.world().await;
    let named = |name: &str| json!({ "UserPoolId": world.pool, "Username": name });
    server.user(&world.pool, "bob", &[("email", EMAIL)]).await;
    server
        .refuses("AdminResetUserPassword", named("bob"), NOWHERE)
        .await;
    server
        .refuses(
            "AdminResetUserPassword",
            named("nobody"),
            "UserNotFoundException: User does not exist.",
        )
        .await;
    for status in [
        UserStatusType::Unconfirmed,
        UserStatusType::ForceChangePassword,
        UserStatusType::ExternalProvider,
    ] {
        server.set_status(&world.pool, "alice", status).await;
        server
            .refuses("AdminResetUserPassword", named("alice"), WRONG_STATE)
            .await;
    }
}

#[tokio::test]
async fn the_history_holds_for_recovered_passwords_and_for_the_first_one_too() {
    let server = Server::start().await;
    let policy = json!({ "Policies": { "PasswordPolicy": { "MinimumLength": 8, "PasswordHistorySize": 2 } } });
    let pool = server.pool(policy).await;
    let client = server.client_id(&pool, json!({})).await;
    server
        .user(
            &pool,
            "alice",
            &[("email", EMAIL), ("email_verified", "true")],
        )
        .await;
    let used = "PasswordHistoryPolicyViolationException: Password has previously been used";
    server.ok("ForgotPassword", forgot(&client, "alice")).await;
    let code = server.code(EMAIL).await;
    // Without the right code nobody learns what was used.
    let input = reset(&client, "alice", &another(&code), PASSWORD);
    server
        .refuses("ConfirmForgotPassword", input, MISMATCH)
        .await;
    let input = reset(&client, "alice", &code, PASSWORD);
    server.refuses("ConfirmForgotPassword", input, used).await;
    // The code is still good.
    let input = reset(&client, "alice", &code, NEW);
    server.ok("ConfirmForgotPassword", input).await;
    server.ok("ForgotPassword", forgot(&client, "alice")).await;
    let code = server.code(EMAIL).await;
    for password in [NEW, PASSWORD] {
        let input = reset(&client, "alice", &code, password);
        server.refuses("ConfirmForgotPassword", input, used).await;
    }
    // A user who has to choose a first password.
    let invited = json!({ "UserPoolId": pool, "Username": "carol", "TemporaryPassword": PASSWORD, "MessageAction": "SUPPRESS" });
    server.ok("AdminCreateUser", invited).await;
    let challenge = server
        .ok("InitiateAuth", with_password(&client, "carol", PASSWORD))
        .await;
    let mut answer = json!({
        "ChallengeName": "NEW_PASSWORD_REQUIRED",
        "ClientId": client,
        "Session": challenge["Session"],
        "ChallengeResponses": { "USERNAME": "carol", "NEW_PASSWORD": PASSWORD },
    });
    server
        .refuses("RespondToAuthChallenge", answer.clone(), used)
        .await;
    answer["ChallengeResponses"]["NEW_PASSWORD"] = json!(NEW);
    server.ok("RespondToAuthChallenge", answer).await;
}

#[tokio::test]
async fn recovery_proves_the_address() {
    let server = Server::start().await;
    let world = server.world().await;
    server
        .ok("ForgotPassword", forgot(&world.client, "alice"))
        .await;
    let code = server.code(EMAIL).await;
    let unverify = json!({ "UserPoolId": world.pool, "Username": "alice", "UserAttributes": [{ "Name": "email_verified", "Value": "false" }] });
    server.ok("AdminUpdateUserAttributes", unverify).await;
    let input = reset(&world.client, "alice", &code, NEW);
    server.ok("ConfirmForgotPassword", input).await;
    let user = server.described_user(&world.pool, "alice").await;
    let verified = attribute(&user["UserAttributes"], "email_verified");
    assert_eq!(verified.as_deref(), Some("true"));
}
