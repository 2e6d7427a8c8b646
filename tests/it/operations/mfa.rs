//! Second factors: set up, asked for, chosen, and everybody who tries to come in without one.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::srp::SrpClient;
use crate::support::totp::App;
use crate::support::{PASSWORD, Server, altered, attribute, keys, merge, text, with_password};

const ROLE: &str = "arn:aws:iam::123456789012:role/sms";
const INVALID: &str = "NotAuthorizedException: Invalid session for the user.";
const SPENT: &str =
    "NotAuthorizedException: Invalid session for the user, session can only be used once.";
const WRONG: &str = "CodeMismatchException: Invalid code or auth state for the user.";
const WRONG_TOKEN: &str = "CodeMismatchException: Invalid code received for user";
const USED: &str = "ExpiredCodeException: Your software token has already been used once.";

/// A pool with second factors, a client with passwords and SRP, and alice with an address and a
/// number.
struct World {
    server: Server,
    pool: String,
    client: String,
}

impl World {
    /// `mfa` is ON or OPTIONAL, `factors` the members of SetUserPoolMfaConfig beside it.
    async fn start(mfa: &str, factors: Value) -> Self {
        let server = Server::start().await;
        let pool = server
            .pool(json!({
                "SmsConfiguration": { "SnsCallerArn": ROLE },
                "EmailConfiguration": {
                    "EmailSendingAccount": "DEVELOPER",
                    "SourceArn": "arn:aws:ses:us-east-1:123456789012:identity/a@example.com",
                },
            }))
            .await;
        let world = Self {
            client: server
                .client_id(
                    &pool,
                    json!({ "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH"] }),
                )
                .await,
            server,
            pool,
        };
        world.configure(mfa, factors).await;
        world.user("alice").await;
        world
    }

    async fn configure(&self, mfa: &str, factors: Value) {
        let mut input = json!({ "UserPoolId": self.pool, "MfaConfiguration": mfa });
        merge(&mut input, factors);
        self.server.ok("SetUserPoolMfaConfig", input).await;
    }

    async fn user(&self, name: &str) {
        let address = format!("{name}@example.com");
        let attributes = [
            ("email", address.as_str()),
            ("email_verified", "true"),
            ("phone_number", "+12065559934"),
        ];
        self.server.user(&self.pool, name, &attributes).await;
    }

    async fn begin(&self, name: &str) -> Value {
        let input = with_password(&self.client, name, PASSWORD);
        self.server.ok("InitiateAuth", input).await
    }

    /// The answer to a challenge.
    fn answer(&self, challenge: &str, session: &Value, name: &str, responses: Value) -> Value {
        let mut given = json!({ "USERNAME": name });
        merge(&mut given, responses);
        json!({ "ClientId": self.client, "ChallengeName": challenge, "Session": session, "ChallengeResponses": given })
    }

    fn code(&self, session: &Value, name: &str, code: &str) -> Value {
        let code = json!({ "SOFTWARE_TOKEN_MFA_CODE": code });
        self.answer("SOFTWARE_TOKEN_MFA", session, name, code)
    }

    async fn respond(&self, answer: Value) -> Value {
        self.server.ok("RespondToAuthChallenge", answer).await
    }

    async fn refuses(&self, answer: Value, expected: &str) {
        self.server
            .refuses("RespondToAuthChallenge", answer, expected)
            .await;
    }

    async fn prefer(&self, name: &str, settings: Value) {
        let mut input = json!({ "UserPoolId": self.pool, "Username": name });
        merge(&mut input, settings);
        self.server.ok("AdminSetUserMFAPreference", input).await;
    }

    /// Sets an app up by access token and switches it on; its code of step 0 is used up.
    async fn with_app(&self, name: &str) -> App {
        let tokens = self.begin(name).await["AuthenticationResult"].clone();
        let token = &tokens["AccessToken"];
        let drawn = self
            .server
            .ok("AssociateSoftwareToken", json!({ "AccessToken": token }))
            .await;
        assert_eq!(keys(&drawn), ["SecretCode"]);
        let app = App::new(&drawn["SecretCode"]);
        let first = json!({ "AccessToken": token, "UserCode": app.code(0), "FriendlyDeviceName": "my app" });
        let verified = self.server.ok("VerifySoftwareToken", first).await;
        assert_eq!(verified, json!({ "Status": "SUCCESS" }));
        let on = json!({ "AccessToken": token, "SoftwareTokenMfaSettings": { "Enabled": true, "PreferredMfa": true } });
        self.server.ok("SetUserMFAPreference", on).await;
        app
    }
}

fn software_tokens() -> Value {
    json!({ "SoftwareTokenMfaConfiguration": { "Enabled": true } })
}

fn everything() -> Value {
    json!({
        "SoftwareTokenMfaConfiguration": { "Enabled": true },
        "SmsMfaConfiguration": { "SmsAuthenticationMessage": "SMS {####}" },
        "EmailMfaConfiguration": { "Message": "Mail {####}", "Subject": "Code" },
    })
}

#[tokio::test]
async fn an_app_that_was_set_up_is_asked_for_and_each_code_works_once() {
    let world = World::start("OPTIONAL", software_tokens()).await;
    let app = world.with_app("alice").await;
    let user = world.server.described_user(&world.pool, "alice").await;
    assert_eq!(user["UserMFASettingList"], json!(["SOFTWARE_TOKEN_MFA"]));
    assert_eq!(user["PreferredMfaSetting"], "SOFTWARE_TOKEN_MFA");

    let asked = world.begin("alice").await;
    assert_eq!(
        keys(&asked),
        ["ChallengeName", "ChallengeParameters", "Session"]
    );
    assert_eq!(asked["ChallengeName"], "SOFTWARE_TOKEN_MFA");
    assert_eq!(
        asked["ChallengeParameters"],
        json!({ "USER_ID_FOR_SRP": "alice", "FRIENDLY_DEVICE_NAME": "my app" })
    );
    let session = &asked["Session"];
    // The code that verified the app is used up; the session is not.
    world
        .refuses(world.code(session, "alice", &app.code(0)), USED)
        .await;
    world
        .refuses(world.code(session, "alice", "000000"), WRONG_TOKEN)
        .await;
    world
        .refuses(
            world.code(session, "alice", ""),
            "InvalidParameterException: Missing required parameter SOFTWARE_TOKEN_MFA_CODE",
        )
        .await;
    let right = world.code(session, "alice", &app.code(1));
    let tokens = world.respond(right.clone()).await;
    assert_eq!(tokens["ChallengeParameters"], json!({}));
    assert!(tokens["AuthenticationResult"]["RefreshToken"].is_string());
    world.refuses(right, SPENT).await;
    let again = world.begin("alice").await["Session"].clone();
    world
        .refuses(world.code(&again, "alice", &app.code(1)), USED)
        .await;
    // Two steps away is too far, one is not.
    world
        .refuses(world.code(&again, "alice", &app.code(2)), WRONG_TOKEN)
        .await;
    world.server.advance(Duration::from_secs(30));
    world
        .respond(world.code(&again, "alice", &app.code(2)))
        .await;
}

#[tokio::test]
async fn of_two_answers_with_one_code_one_gets_in() {
    let world = World::start("OPTIONAL", software_tokens()).await;
    let app = world.with_app("alice").await;
    let one = world.begin("alice").await["Session"].clone();
    let two = world.begin("alice").await["Session"].clone();
    let answer = |session: &Value| {
        let answer = world.code(session, "alice", &app.code(1));
        world.server.call("RespondToAuthChallenge", answer)
    };
    let (one, two) = tokio::join!(answer(&one), answer(&two));
    assert!(one.status.is_success() != two.status.is_success());
}

#[tokio::test]
async fn nobody_gets_past_the_second_factor() {
    let world = World::start("OPTIONAL", software_tokens()).await;
    let app = world.with_app("alice").await;
    world.user("bob").await;
    let bobs = world.with_app("bob").await;
    let session = world.begin("alice").await["Session"].clone();

    // Another user's app, another user's name, an altered session, another challenge, another
    // client, no session.
    world
        .refuses(world.code(&session, "alice", &bobs.code(1)), WRONG_TOKEN)
        .await;
    world
        .refuses(world.code(&session, "bob", &bobs.code(1)), INVALID)
        .await;
    world
        .refuses(
            world.code(&altered(&session), "alice", &app.code(1)),
            INVALID,
        )
        .await;
    for (challenge, response) in [
        ("SMS_MFA", "SMS_MFA_CODE"),
        ("EMAIL_OTP", "EMAIL_OTP_CODE"),
        ("SMS_OTP", "SMS_OTP_CODE"),
        ("MFA_SETUP", "EMAIL"),
        ("SELECT_MFA_TYPE", "ANSWER"),
        ("SELECT_CHALLENGE", "ANSWER"),
        ("PASSWORD", "PASSWORD"),
        ("PASSWORD_SRP", "SRP_A"),
        ("NEW_PASSWORD_REQUIRED", "NEW_PASSWORD"),
        ("WEB_AUTHN", "CREDENTIAL"),
    ] {
        let answer = world.answer(challenge, &session, "alice", json!({ response: PASSWORD }));
        world.refuses(answer, INVALID).await;
    }
    let other = world.server.client_id(&world.pool, json!({})).await;
    let mut elsewhere = world.code(&session, "alice", &app.code(1));
    elsewhere["ClientId"] = json!(other);
    world.refuses(elsewhere, INVALID).await;
    let mut without = world.code(&session, "alice", &app.code(1));
    without.as_object_mut().unwrap().remove("Session");
    world
        .refuses(
            without,
            "InvalidParameterException: Missing required parameter Session",
        )
        .await;
    // Nor is the session of this challenge one to set up another app with.
    for operation in ["AssociateSoftwareToken", "VerifySoftwareToken"] {
        let mut input = json!({ "Session": session });
        if operation == "VerifySoftwareToken" {
            input["UserCode"] = json!(app.code(1));
        }
        world.server.refuses(operation, input, INVALID).await;
    }
    world.server.advance(Duration::from_secs(180));
    world
        .refuses(
            world.code(&session, "alice", &app.code(6)),
            "NotAuthorizedException: Invalid session for the user, session is expired.",
        )
        .await;
}

#[tokio::test]
async fn the_srp_answer_is_not_repeated_to_skip_the_second_factor() {
    let world = World::start("OPTIONAL", software_tokens()).await;
    world.with_app("alice").await;
    let srp = SrpClient::new("a");
    let challenge = world
        .server
        .ok("InitiateAuth", srp.begin(&world.client, "alice"))
        .await;
    let proof = srp.answer(&world.pool, &world.client, &challenge, PASSWORD);
    let asked = world.respond(proof.clone()).await;
    assert_eq!(asked["ChallengeName"], "SOFTWARE_TOKEN_MFA");
    // It may be, and leads to the second factor each time.
    let asked = world.respond(proof).await;
    assert_eq!(asked["ChallengeName"], "SOFTWARE_TOKEN_MFA");
    assert!(asked.get("AuthenticationResult").is_none());
}

#[tokio::test]
async fn guessing_codes_locks_out_and_the_password_does_not_make_it_good() {
    let world = World::start("OPTIONAL", software_tokens()).await;
    let app = world.with_app("alice").await;
    for _ in 0..5 {
        let session = world.begin("alice").await["Session"].clone();
        world
            .refuses(world.code(&session, "alice", "000000"), WRONG_TOKEN)
            .await;
    }
    let session = world.begin("alice").await["Session"].clone();
    let locked = "NotAuthorizedException: Password attempts exceeded";
    world
        .refuses(world.code(&session, "alice", &app.code(1)), locked)
        .await;
    world.server.advance(Duration::from_secs(1));
    world
        .respond(world.code(&session, "alice", &app.code(1)))
        .await;
}

#[tokio::test]
async fn a_pool_that_demands_mfa_has_an_app_set_up_during_the_sign_in() {
    let world = World::start("ON", software_tokens()).await;
    let asked = world.begin("alice").await;
    assert_eq!(asked["ChallengeName"], "MFA_SETUP");
    assert_eq!(
        asked["ChallengeParameters"],
        json!({ "MFAS_CAN_SETUP": "[\"SOFTWARE_TOKEN_MFA\"]", "USER_ID_FOR_SRP": "alice" })
    );
    let early = asked["Session"].clone();
    let not_set_up = "InvalidParameterException: User has not set up software token mfa";
    let answer = |session: &Value| world.answer("MFA_SETUP", session, "alice", json!({}));
    world.refuses(answer(&early), not_set_up).await;
    // Somebody who knows the password may have begun, too.
    let rival = world.begin("alice").await["Session"].clone();

    let drawn = world
        .server
        .ok("AssociateSoftwareToken", json!({ "Session": early }))
        .await;
    assert_eq!(keys(&drawn), ["SecretCode", "Session"]);
    let again = json!({ "Session": early });
    world
        .server
        .refuses("AssociateSoftwareToken", again, SPENT)
        .await;
    let app = App::new(&drawn["SecretCode"]);
    let verify = |code: &str| json!({ "Session": drawn["Session"], "UserCode": code });
    world
        .server
        .refuses(
            "VerifySoftwareToken",
            verify("000000"),
            "EnableSoftwareTokenMFAException: Code mismatch and fail enable Software Token MFA",
        )
        .await;
    world.refuses(answer(&drawn["Session"]), not_set_up).await;
    let verified = world
        .server
        .ok("VerifySoftwareToken", verify(&app.code(0)))
        .await;
    assert_eq!(verified["Status"], "SUCCESS");
    let done = answer(&verified["Session"]);
    assert!(world.respond(done.clone()).await["AuthenticationResult"].is_object());
    world.refuses(done, SPENT).await;

    // Too late for the other one.
    let input = json!({ "Session": rival });
    world
        .server
        .refuses("AssociateSoftwareToken", input, INVALID)
        .await;
    // From now on the app is asked for, without any preference set.
    let asked = world.begin("alice").await;
    assert_eq!(asked["ChallengeName"], "SOFTWARE_TOKEN_MFA");
    world
        .refuses(world.code(&asked["Session"], "alice", &app.code(0)), USED)
        .await;
    world
        .respond(world.code(&asked["Session"], "alice", &app.code(1)))
        .await;
}

#[tokio::test]
async fn a_temporary_password_is_replaced_before_mfa_is_set_up() {
    let world = World::start("ON", software_tokens()).await;
    let input = json!({ "UserPoolId": world.pool, "Username": "carol", "TemporaryPassword": "Temp0rary!", "MessageAction": "SUPPRESS" });
    world.server.ok("AdminCreateUser", input).await;
    let input = with_password(&world.client, "carol", "Temp0rary!");
    let asked = world.server.ok("InitiateAuth", input).await;
    let new = json!({ "NEW_PASSWORD": PASSWORD });
    let answer = world.answer("NEW_PASSWORD_REQUIRED", &asked["Session"], "carol", new);
    let next = world.respond(answer.clone()).await;
    assert_eq!(next["ChallengeName"], "MFA_SETUP");
    assert!(next.get("AuthenticationResult").is_none());
    world.refuses(answer, SPENT).await;
}

#[tokio::test]
async fn codes_are_sent_by_the_preferred_way_with_the_pools_words() {
    let world = World::start("OPTIONAL", everything()).await;
    for (setting, to, challenge, response, destination, body) in [
        (
            "SMSMfaSettings",
            "+12065559934",
            "SMS_MFA",
            "SMS_MFA_CODE",
            "+*******9934",
            "SMS",
        ),
        (
            "EmailMfaSettings",
            "alice@example.com",
            "EMAIL_OTP",
            "EMAIL_OTP_CODE",
            "a***@e***",
            "Mail",
        ),
    ] {
        world
            .prefer(
                "alice",
                json!({ setting: { "Enabled": true, "PreferredMfa": true } }),
            )
            .await;
        let asked = world.begin("alice").await;
        assert_eq!(asked["ChallengeName"], challenge);
        let medium = if challenge == "SMS_MFA" {
            "SMS"
        } else {
            "EMAIL"
        };
        assert_eq!(
            asked["ChallengeParameters"],
            json!({
                "CODE_DELIVERY_DELIVERY_MEDIUM": medium,
                "CODE_DELIVERY_DESTINATION": destination,
                "USER_ID_FOR_SRP": "alice",
            })
        );
        let code = world.server.code(to).await;
        let message = &world.server.inbox("").await[0];
        assert_eq!(
            (&message["kind"], text(&message["body"])),
            (&json!("authentication"), format!("{body} {code}"))
        );
        assert_eq!(code.len(), 6);
        let session = &asked["Session"];
        let with =
            |code: &str| world.answer(challenge, session, "alice", json!({ response: code }));
        let wrong = if code == "000000" { "000001" } else { "000000" };
        world.refuses(with(wrong), WRONG).await;
        world.respond(with(&code)).await;
        world.refuses(with(&code), SPENT).await;
        // A code is its session's.
        let later = world.begin("alice").await["Session"].clone();
        world
            .refuses(
                world.answer(challenge, &later, "alice", json!({ response: code })),
                WRONG,
            )
            .await;
    }
    let user = world.server.described_user(&world.pool, "alice").await;
    assert_eq!(user["UserMFASettingList"], json!(["SMS_MFA", "EMAIL_OTP"]));
    assert_eq!(user["PreferredMfaSetting"], "EMAIL_OTP");
}

#[tokio::test]
async fn without_a_preference_the_user_chooses_among_those_that_are_switched_on() {
    let world = World::start("OPTIONAL", everything()).await;
    let on = json!({ "Enabled": true });
    world
        .prefer(
            "alice",
            json!({ "SMSMfaSettings": on, "EmailMfaSettings": on }),
        )
        .await;
    let asked = world.begin("alice").await;
    assert_eq!(asked["ChallengeName"], "SELECT_MFA_TYPE");
    assert_eq!(
        asked["ChallengeParameters"],
        json!({ "MFAS_CAN_CHOOSE": "[\"SMS_MFA\",\"EMAIL_OTP\"]", "USER_ID_FOR_SRP": "alice" })
    );
    let choose = |answer: &str| {
        world.answer(
            "SELECT_MFA_TYPE",
            &asked["Session"],
            "alice",
            json!({ "ANSWER": answer }),
        )
    };
    for answer in ["SOFTWARE_TOKEN_MFA", "NONE"] {
        let reply = world
            .server
            .call("RespondToAuthChallenge", choose(answer))
            .await;
        assert_eq!(reply.json()["__type"], "InvalidParameterException");
    }
    let next = world.respond(choose("EMAIL_OTP")).await;
    assert_eq!(next["ChallengeName"], "EMAIL_OTP");
    assert_ne!(next["Session"], asked["Session"]);
    world.refuses(choose("SMS_MFA"), SPENT).await;
    let code = json!({ "EMAIL_OTP_CODE": world.server.code("alice@example.com").await });
    world
        .respond(world.answer("EMAIL_OTP", &next["Session"], "alice", code))
        .await;
}

#[tokio::test]
async fn where_mfa_is_demanded_a_number_is_enough_and_an_address_can_be_set_up() {
    let sms = json!({ "SmsMfaConfiguration": {} });
    let world = World::start("ON", sms).await;
    assert_eq!(world.begin("alice").await["ChallengeName"], "SMS_MFA");

    let world = World::start("ON", everything()).await;
    world.server.user(&world.pool, "erin", &[]).await;
    let asked = world.begin("erin").await;
    assert_eq!(asked["ChallengeName"], "MFA_SETUP");
    let set_up = |address: &str| {
        world.answer(
            "MFA_SETUP",
            &asked["Session"],
            "erin",
            json!({ "EMAIL": address }),
        )
    };
    world
        .refuses(
            set_up("nowhere"),
            "InvalidParameterException: Invalid email address format.",
        )
        .await;
    let sent = world.respond(set_up("erin@example.com")).await;
    assert_eq!(sent["ChallengeName"], "EMAIL_OTP");
    let answer = |code: &str| {
        world.answer(
            "EMAIL_OTP",
            &sent["Session"],
            "erin",
            json!({ "EMAIL_OTP_CODE": code }),
        )
    };
    world.refuses(answer("x"), WRONG).await;
    let code = world.server.code("erin@example.com").await;
    assert!(world.respond(answer(&code)).await["AuthenticationResult"].is_object());
    let user = world.server.described_user(&world.pool, "erin").await;
    assert_eq!(user["UserMFASettingList"], json!(["EMAIL_OTP"]));
    assert_eq!(world.begin("erin").await["ChallengeName"], "EMAIL_OTP");
}

#[tokio::test]
async fn only_what_a_user_has_can_be_switched_on() {
    let world = World::start("OPTIONAL", everything()).await;
    world.server.user(&world.pool, "erin", &[]).await;
    let token = world.begin("erin").await["AuthenticationResult"]["AccessToken"].clone();
    let on = json!({ "Enabled": true });
    let invalid = "InvalidParameterException: ";
    for (settings, message) in [
        (
            json!({ "SoftwareTokenMfaSettings": on }),
            "User has not verified software token mfa",
        ),
        (
            json!({ "SMSMfaSettings": on }),
            "User does not have delivery config set to turn on SMS_MFA",
        ),
        (
            json!({ "EmailMfaSettings": on }),
            "User does not have delivery config set to turn on EMAIL_OTP",
        ),
        (
            json!({ "SMSMfaSettings": { "Enabled": true, "PreferredMfa": true }, "EmailMfaSettings": { "Enabled": true, "PreferredMfa": true } }),
            "Only one MFA can be preferred.",
        ),
    ] {
        let mut input = json!({ "AccessToken": token });
        merge(&mut input, settings);
        world
            .server
            .refuses(
                "SetUserMFAPreference",
                input,
                &format!("{invalid}{message}"),
            )
            .await;
    }
    // Set up but not verified is not enough either, and a code of nothing verifies nothing.
    world
        .server
        .refuses(
            "VerifySoftwareToken",
            json!({ "AccessToken": token, "UserCode": "123456" }),
            "InvalidParameterException: User has not set up software token mfa",
        )
        .await;
    world
        .server
        .ok("AssociateSoftwareToken", json!({ "AccessToken": token }))
        .await;
    let input = json!({ "AccessToken": token, "SoftwareTokenMfaSettings": on });
    world
        .server
        .refuses_as("SetUserMFAPreference", input, "SoftwareTokenNotVerified")
        .await;
    // To switch off what one never had is fine (as verified on AWS), and leaves nothing to show.
    let off = json!({ "Enabled": false, "PreferredMfa": false });
    world
        .prefer("erin", json!({ "SoftwareTokenMfaSettings": off }))
        .await;
    let user = world.server.described_user(&world.pool, "erin").await;
    assert!(user.get("UserMFASettingList").is_none() && user.get("PreferredMfaSetting").is_none());
    world
        .server
        .refuses_as("AssociateSoftwareToken", json!({}), "TokenOrSession")
        .await;
    // What is off is not preferred, and a passkey is no second factor by itself.
    let preferred = json!({ "Enabled": false, "PreferredMfa": true });
    for (settings, situation) in [
        (json!({ "SMSMfaSettings": preferred }), "PreferredMfaOff"),
        (
            json!({ "WebAuthnMfaSettings": { "Enabled": true } }),
            "PasskeyMfaAlone",
        ),
    ] {
        let mut input = json!({ "AccessToken": token });
        merge(&mut input, settings);
        world
            .server
            .refuses_as("SetUserMFAPreference", input, situation)
            .await;
    }
}

#[tokio::test]
async fn a_code_verifies_the_number_and_the_last_factor_stays_where_one_is_demanded() {
    let world = World::start("ON", everything()).await;
    world
        .server
        .user(&world.pool, "erin", &[("phone_number", "+12065550000")])
        .await;
    let on = json!({ "SMSMfaSettings": { "Enabled": true } });
    world.prefer("erin", on).await;
    let asked = world.begin("erin").await;
    let code = json!({ "SMS_MFA_CODE": world.server.code("+12065550000").await });
    world
        .respond(world.answer("SMS_MFA", &asked["Session"], "erin", code))
        .await;
    let user = world.server.described_user(&world.pool, "erin").await;
    let verified = attribute(&user["UserAttributes"], "phone_number_verified");
    assert_eq!(verified.as_deref(), Some("true"));
    let off = json!({ "UserPoolId": world.pool, "Username": "erin", "SMSMfaSettings": { "Enabled": false } });
    world
        .server
        .refuses_as("AdminSetUserMFAPreference", off, "LastMfaFactor")
        .await;
    // Nor does a way that serves as the second factor bring a new password.
    let forgot = json!({ "ClientId": world.client, "Username": "erin" });
    let refused = world.server.refused("ForgotPassword", forgot).await;
    assert!(
        refused.contains("no registered/verified email or phone_number"),
        "{refused}"
    );
}

#[tokio::test]
async fn an_administrator_takes_a_lost_app_away() {
    let world = World::start("OPTIONAL", software_tokens()).await;
    world.with_app("alice").await;
    let session = world.begin("alice").await["Session"].clone();
    let input = json!({ "UserPoolId": world.pool, "Username": "alice" });
    world.server.ok("AdminDeleteSoftwareToken", input).await;
    assert!(world.begin("alice").await["AuthenticationResult"].is_object());
    let late = world.code(&session, "alice", "123456");
    world
        .refuses(
            late,
            "InvalidParameterException: User has not set up software token mfa",
        )
        .await;
}

#[tokio::test]
async fn a_new_app_takes_the_old_ones_place_only_once_it_has_shown_a_code() {
    let world = World::start("OPTIONAL", software_tokens()).await;
    let token = world.begin("alice").await["AuthenticationResult"]["AccessToken"].clone();
    let old = world.with_app("alice").await;
    let input = json!({ "AccessToken": token });
    let drawn = world.server.ok("AssociateSoftwareToken", input).await;
    let new = App::new(&drawn["SecretCode"]);
    let session = world.begin("alice").await["Session"].clone();
    world
        .refuses(world.code(&session, "alice", &new.code(1)), WRONG_TOKEN)
        .await;
    world
        .respond(world.code(&session, "alice", &old.code(1)))
        .await;
    let input = json!({ "AccessToken": token, "UserCode": new.code(0) });
    world.server.ok("VerifySoftwareToken", input).await;
    let session = world.begin("alice").await["Session"].clone();
    world.server.advance(Duration::from_secs(30));
    world
        .refuses(world.code(&session, "alice", &old.code(2)), WRONG_TOKEN)
        .await;
    world
        .respond(world.code(&session, "alice", &new.code(2)))
        .await;
}

#[tokio::test]
async fn the_old_way_switches_sms_on_and_off() {
    let world = World::start("OPTIONAL", everything()).await;
    let token = world.begin("alice").await["AuthenticationResult"]["AccessToken"].clone();
    let sms = json!([{ "DeliveryMedium": "SMS", "AttributeName": "phone_number" }]);
    let set = |options: &Value| json!({ "AccessToken": token, "MFAOptions": options });
    world.server.ok("SetUserSettings", set(&sms)).await;
    let user = world
        .server
        .ok("GetUser", json!({ "AccessToken": token }))
        .await;
    assert_eq!(user["MFAOptions"], sms);
    assert!(user.get("UserMFASettingList").is_none());
    let listed = world
        .server
        .ok("ListUsers", json!({ "UserPoolId": world.pool }))
        .await;
    assert_eq!(listed["Users"][0]["MFAOptions"], sms);
    assert_eq!(world.begin("alice").await["ChallengeName"], "SMS_MFA");
    let email = json!([{ "DeliveryMedium": "EMAIL", "AttributeName": "email" }]);
    world
        .server
        .refuses_as("SetUserSettings", set(&email), "MfaOptionsInvalid")
        .await;
    let input = json!({ "UserPoolId": world.pool, "Username": "alice", "MFAOptions": [] });
    world.server.ok("AdminSetUserSettings", input).await;
    assert!(world.begin("alice").await["AuthenticationResult"].is_object());
}

#[tokio::test]
async fn a_pool_without_software_tokens_sets_none_up() {
    let world = World::start("OPTIONAL", json!({ "SmsMfaConfiguration": {} })).await;
    let token = world.begin("alice").await["AuthenticationResult"]["AccessToken"].clone();
    world
        .server
        .refuses(
            "AssociateSoftwareToken",
            json!({ "AccessToken": token }),
            "SoftwareTokenMFANotFoundException: Software Token MFA has not been enabled by the userPool",
        )
        .await;
}
