//! A clock that a test has moved back: nobody is locked out, and nothing breaks, by what lies in
//! the future since.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::srp::SrpClient;
use crate::support::totp::App;
use crate::support::{PASSWORD, Server, World, with_password, with_refresh_token};

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);
const WRONG: &str = "Wr0ngPassword!";
const LOCKED: &str = "NotAuthorizedException: Password attempts exceeded";
const LIMIT: &str = "LimitExceededException: Attempt limit exceeded, please try after some time.";

async fn fail(world: &World<'_>, times: usize) {
    for _ in 0..times {
        let input = with_password(&world.client, "alice", WRONG);
        let refusal = "NotAuthorizedException: Incorrect username or password.";
        world.server.refuses("InitiateAuth", input, refusal).await;
    }
}

#[tokio::test]
async fn it_is_moved_back_by_http() {
    let server = Server::start().await;
    let (status, clock) = server
        .own("POST", "clock", json!({ "advance": "-1h" }))
        .await;
    assert_eq!(status, 200);
    assert_eq!(clock["now"], "2025-12-31T23:00:00Z");
    for wrong in ["-", "--1h", "-1.5h", "-30000d"] {
        let (status, _) = server
            .own("POST", "clock", json!({ "advance": wrong }))
            .await;
        assert_eq!(status, 400, "{wrong}");
    }
    let (_, clock) = server.own("GET", "clock", Value::Null).await;
    assert_eq!(clock["now"], "2025-12-31T23:00:00Z");
}

#[tokio::test]
async fn wrong_passwords_of_the_future_lock_nobody_out() {
    for failures in [1, 4, 5, 9] {
        let server = Server::start().await;
        let world = server.world().await;
        for _ in 0..failures {
            fail(&world, 1).await;
            server.advance(Duration::from_secs(20));
        }
        server.turn_back(DAY);
        // A wrong one counts as the first, and a right one gets in.
        fail(&world, 4).await;
        world.tokens().await;
        fail(&world, 5).await;
        let right = with_password(&world.client, "alice", PASSWORD);
        server.refuses("InitiateAuth", right, LOCKED).await;
        server.advance(Duration::from_secs(1));
        world.tokens().await;
    }
}

#[tokio::test]
async fn an_srp_sign_in_is_not_locked_out_either() {
    let server = Server::start().await;
    let world = server.world().await;
    let flows = json!({ "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"] });
    let client = server.client_id(&world.pool, flows).await;
    fail(&world, 1).await;
    server.turn_back(HOUR);
    let srp = SrpClient::new("a");
    let challenge = server.ok("InitiateAuth", srp.begin(&client, "alice")).await;
    let answer = srp.answer(&world.pool, &client, &challenge, PASSWORD);
    server.ok("RespondToAuthChallenge", answer).await;
}

#[tokio::test]
async fn limits_that_were_reached_in_the_future_are_open_again() {
    let server = Server::start().await;
    let world = server.world().await;
    let tokens = world.tokens().await;
    let change = |old: &str| {
        json!({
            "AccessToken": tokens["AccessToken"],
            "PreviousPassword": old,
            "ProposedPassword": "N3wPassw0rd!",
        })
    };
    for _ in 0..5 {
        server.refused("ChangePassword", change(WRONG)).await;
    }
    server
        .refuses("ChangePassword", change(PASSWORD), LIMIT)
        .await;
    server.turn_back(DAY);
    server.ok("ChangePassword", change(PASSWORD)).await;

    let named = json!({ "ClientId": world.client, "Username": "alice" });
    server.ok("ForgotPassword", named.clone()).await;
    let confirm = |code: &str| {
        json!({
            "ClientId": world.client,
            "Username": "alice",
            "ConfirmationCode": code,
            "Password": PASSWORD,
        })
    };
    let code = server.code("alice@example.com").await;
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let mut last = String::new();
    for _ in 0..21 {
        last = server
            .refused("ConfirmForgotPassword", confirm(wrong))
            .await;
    }
    assert_eq!(last, LIMIT);
    server.turn_back(DAY);
    // The newest message is the newest, whatever its date.
    server.ok("ForgotPassword", named).await;
    let code = server.code("alice@example.com").await;
    server.ok("ConfirmForgotPassword", confirm(&code)).await;
}

#[tokio::test]
async fn sessions_codes_and_tokens_of_the_future_are_as_good_as_before() {
    let server = Server::start().await;
    let world = server.world().await;
    let create = json!({
        "UserPoolId": world.pool,
        "Username": "carol",
        "TemporaryPassword": PASSWORD,
        "MessageAction": "SUPPRESS",
    });
    server.ok("AdminCreateUser", create).await;
    let begin = with_password(&world.client, "carol", PASSWORD);
    let asked = server.ok("InitiateAuth", begin).await;
    let tokens = world.tokens().await;
    server.turn_back(DAY);
    let answer = json!({
        "ClientId": world.client,
        "ChallengeName": "NEW_PASSWORD_REQUIRED",
        "Session": asked["Session"],
        "ChallengeResponses": { "USERNAME": "carol", "NEW_PASSWORD": "N3wPassw0rd!" },
    });
    server.ok("RespondToAuthChallenge", answer).await;
    let get_user = json!({ "AccessToken": tokens["AccessToken"] });
    server.ok("GetUser", get_user).await;
    let refresh = with_refresh_token(&world.client, &tokens["RefreshToken"]);
    server.ok("InitiateAuth", refresh).await;
}

#[tokio::test]
async fn who_signed_out_in_the_future_signs_in_now() {
    let server = Server::start().await;
    let world = server.world().await;
    for revokes in [true, false] {
        let settings = json!({ "EnableTokenRevocation": revokes });
        let client = server.client_id(&world.pool, settings).await;
        let tokens = server.sign_in(&client, "alice").await;
        let token = json!({ "AccessToken": tokens["AccessToken"] });
        server.ok("GlobalSignOut", token.clone()).await;
        let refusal = "NotAuthorizedException: Access Token has been revoked";
        server.refuses("GetUser", token, refusal).await;
        server.turn_back(DAY);
        let tokens = server.sign_in(&client, "alice").await;
        let token = json!({ "AccessToken": tokens["AccessToken"] });
        server.ok("GetUser", token).await;
    }
}

#[tokio::test]
async fn a_code_of_an_app_that_was_used_in_the_future_stops_no_other() {
    let server = Server::start().await;
    let world = server.world().await;
    let factors = json!({
        "UserPoolId": world.pool,
        "MfaConfiguration": "OPTIONAL",
        "SoftwareTokenMfaConfiguration": { "Enabled": true },
    });
    server.ok("SetUserPoolMfaConfig", factors).await;
    let tokens = world.tokens().await;
    let token = &tokens["AccessToken"];
    let drawn = server
        .ok("AssociateSoftwareToken", json!({ "AccessToken": token }))
        .await;
    let app = App::new(&drawn["SecretCode"]);
    let first = json!({ "AccessToken": token, "UserCode": app.code(0) });
    server.ok("VerifySoftwareToken", first).await;
    let on = json!({ "AccessToken": token, "SoftwareTokenMfaSettings": { "Enabled": true } });
    server.ok("SetUserMFAPreference", on).await;

    server.turn_back(HOUR);
    let input = with_password(&world.client, "alice", PASSWORD);
    let answer = async || {
        let asked = server.ok("InitiateAuth", input.clone()).await;
        json!({
            "ClientId": world.client,
            "ChallengeName": "SOFTWARE_TOKEN_MFA",
            "Session": asked["Session"],
            "ChallengeResponses": {
                "USERNAME": "alice",
                "SOFTWARE_TOKEN_MFA_CODE": app.code(-120),
            },
        })
    };
    server.ok("RespondToAuthChallenge", answer().await).await;
    // Once, as ever.
    server
        .refuses_as(
            "RespondToAuthChallenge",
            answer().await,
            "SoftwareTokenUsed",
        )
        .await;
}

#[tokio::test]
async fn what_has_ended_by_a_moved_clock_alone_is_not_swept() {
    let server = Server::start().await;
    // The machine's own time.
    server.own("POST", "clock", json!({ "reset": true })).await;
    let world = server.world().await;
    let tokens = world.tokens().await;
    server.advance(400 * DAY);
    server.app.sweep().await.unwrap();
    server.turn_back(400 * DAY);
    let refresh = with_refresh_token(&world.client, &tokens["RefreshToken"]);
    server.ok("InitiateAuth", refresh).await;
}
