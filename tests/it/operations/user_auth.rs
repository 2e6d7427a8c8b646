//! USER_AUTH: first factors that the user chooses, and everybody who has none of them.

use std::time::Duration;

use mocknito::app::Ctx;
use mocknito::error::Error;
use mocknito::flows::sign_in::{
    self, Attempt, ChallengeAnswer, ChoiceAttempt, CodeKind, Entrance, NextChallenge, Sender,
    SignInOutcome, SignInRequest,
};
use serde_json::{Value, json};

use crate::support::srp::SrpClient;
use crate::support::{PASSWORD, Server, merge, text};

const BAD: &str = "NotAuthorizedException: Incorrect username or password.";
const INVALID: &str = "NotAuthorizedException: Invalid session for the user.";
const SPENT: &str =
    "NotAuthorizedException: Invalid session for the user, session can only be used once.";
const WRONG: &str = "CodeMismatchException: Invalid code or auth state for the user.";
const ROLE: &str = "arn:aws:iam::123456789012:role/sms";

/// A pool with passwords and codes as first factors, and a client with USER_AUTH.
struct World {
    server: Server,
    pool: String,
    client: String,
    hiding: String,
}

impl World {
    async fn start() -> Self {
        Self::with(json!({})).await
    }

    async fn with(settings: Value) -> Self {
        let server = Server::start().await;
        let mut all = json!({
            "AutoVerifiedAttributes": ["email"],
            "SmsConfiguration": { "SnsCallerArn": ROLE },
            "Policies": { "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP", "SMS_OTP"] } },
        });
        merge(&mut all, settings);
        let pool = server.pool(all).await;
        let flows = ["ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH"];
        let client = server
            .client_id(&pool, json!({ "ExplicitAuthFlows": flows }))
            .await;
        let hiding = json!({ "ExplicitAuthFlows": flows, "PreventUserExistenceErrors": "ENABLED" });
        let hiding = server.client_id(&pool, hiding).await;
        let attributes = [
            ("email", "alice@example.com"),
            ("email_verified", "true"),
            ("phone_number", "+12065559934"),
        ];
        server.user(&pool, "alice", &attributes).await;
        Self {
            server,
            pool,
            client,
            hiding,
        }
    }

    fn request(&self, client: &str, name: &str, more: Value) -> Value {
        let mut given = json!({ "USERNAME": name });
        merge(&mut given, more);
        json!({ "AuthFlow": "USER_AUTH", "ClientId": client, "AuthParameters": given })
    }

    async fn begin(&self, name: &str, more: Value) -> Value {
        let input = self.request(&self.client, name, more);
        self.server.ok("InitiateAuth", input).await
    }

    fn answer(&self, challenge: &str, session: &Value, name: &str, responses: Value) -> Value {
        let mut given = json!({ "USERNAME": name });
        merge(&mut given, responses);
        json!({ "ClientId": self.client, "ChallengeName": challenge, "Session": session, "ChallengeResponses": given })
    }

    async fn respond(&self, answer: Value) -> Value {
        self.server.ok("RespondToAuthChallenge", answer).await
    }

    async fn refuses(&self, answer: Value, expected: &str) {
        self.server
            .refuses("RespondToAuthChallenge", answer, expected)
            .await;
    }
}

fn prefer(challenge: &str) -> Value {
    json!({ "PREFERRED_CHALLENGE": challenge })
}

#[tokio::test]
async fn without_a_preference_the_user_is_asked_and_may_change_their_mind() {
    let world = World::start().await;
    let asked = world.begin("alice", json!({})).await;
    assert_eq!(asked["ChallengeName"], "SELECT_CHALLENGE");
    assert_eq!(asked["ChallengeParameters"], json!({}));
    let available = json!(["PASSWORD_SRP", "PASSWORD", "EMAIL_OTP", "SMS_OTP"]);
    assert_eq!(asked["AvailableChallenges"], available);
    let select =
        |session: &Value, more: Value| world.answer("SELECT_CHALLENGE", session, "alice", more);
    let session = &asked["Session"];
    for answer in ["WEB_AUTHN", "SOFTWARE_TOKEN_MFA", "nothing"] {
        let reply = world
            .server
            .call(
                "RespondToAuthChallenge",
                select(session, json!({ "ANSWER": answer })),
            )
            .await;
        assert_eq!(
            reply.json()["__type"],
            "InvalidParameterException",
            "{answer}"
        );
    }
    world
        .refuses(
            select(session, json!({ "ANSWER": "PASSWORD" })),
            "InvalidParameterException: Missing required parameter PASSWORD",
        )
        .await;
    let sent = world
        .respond(select(session, json!({ "ANSWER": "EMAIL_OTP" })))
        .await;
    assert_eq!(
        (&sent["ChallengeName"], &sent["AvailableChallenges"]),
        (&json!("EMAIL_OTP"), &available)
    );
    world
        .refuses(select(session, json!({ "ANSWER": "EMAIL_OTP" })), SPENT)
        .await;
    let wrong = json!({ "ANSWER": "PASSWORD", "PASSWORD": "Wrong0ne!" });
    world.refuses(select(&sent["Session"], wrong), BAD).await;
    let right = json!({ "ANSWER": "PASSWORD", "PASSWORD": PASSWORD });
    let tokens = world.respond(select(&sent["Session"], right)).await;
    assert!(tokens["AuthenticationResult"]["AccessToken"].is_string());
    // The code of the session that was exchanged is of no more use.
    let code = json!({ "EMAIL_OTP_CODE": world.server.code("alice@example.com").await });
    world
        .refuses(
            world.answer("EMAIL_OTP", &sent["Session"], "alice", code),
            SPENT,
        )
        .await;
}

#[tokio::test]
async fn a_preferred_password_signs_in_at_once_or_is_asked_for() {
    let world = World::start().await;
    let with = json!({ "PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": PASSWORD });
    assert!(world.begin("alice", with).await["AuthenticationResult"].is_object());
    let asked = world.begin("alice", prefer("PASSWORD")).await;
    assert_eq!(asked["ChallengeName"], "PASSWORD");
    let answer = |password: &str| {
        world.answer(
            "PASSWORD",
            &asked["Session"],
            "alice",
            json!({ "PASSWORD": password }),
        )
    };
    world.refuses(answer("Wrong0ne!"), BAD).await;
    world
        .refuses(
            answer(""),
            "InvalidParameterException: Missing required parameter PASSWORD",
        )
        .await;
    world.respond(answer(PASSWORD)).await;
    world.refuses(answer(PASSWORD), SPENT).await;
    let input = world.request(&world.client, "alice", prefer("MAGIC"));
    world
        .server
        .refuses_with("InitiateAuth", input, "InvalidParameterException")
        .await;
}

#[tokio::test]
async fn srp_in_user_auth_has_a_session_and_signs_in_once() {
    let world = World::start().await;
    let srp = SrpClient::new("a");
    world
        .server
        .refuses(
            "InitiateAuth",
            world.request(&world.client, "alice", prefer("PASSWORD_SRP")),
            "InvalidParameterException: Missing required parameter SRP_A",
        )
        .await;
    let with = json!({ "PREFERRED_CHALLENGE": "PASSWORD_SRP", "SRP_A": srp.public() });
    let challenge = world.begin("alice", with).await;
    assert_eq!(challenge["ChallengeName"], "PASSWORD_VERIFIER");
    let mut proof = srp.answer(&world.pool, &world.client, &challenge, PASSWORD);
    proof["Session"] = challenge["Session"].clone();
    assert!(world.respond(proof.clone()).await["AuthenticationResult"].is_object());
    world.refuses(proof, SPENT).await;

    // The same by choosing it.
    let asked = world.begin("alice", json!({})).await;
    let chosen = json!({ "ANSWER": "PASSWORD_SRP", "SRP_A": srp.public() });
    let challenge = world
        .respond(world.answer("SELECT_CHALLENGE", &asked["Session"], "alice", chosen))
        .await;
    let wrong = srp.answer(&world.pool, &world.client, &challenge, "Wrong0ne!");
    world.refuses(wrong, BAD).await;
    world
        .respond(srp.answer(&world.pool, &world.client, &challenge, PASSWORD))
        .await;
}

#[tokio::test]
async fn a_code_alone_signs_in_and_only_as_often_as_it_was_sent() {
    let world = World::start().await;
    for (factor, response, to) in [
        ("EMAIL_OTP", "EMAIL_OTP_CODE", "alice@example.com"),
        ("SMS_OTP", "SMS_OTP_CODE", "+12065559934"),
    ] {
        let sent = world.begin("alice", prefer(factor)).await;
        assert_eq!(sent["ChallengeName"], factor);
        assert!(
            sent["AvailableChallenges"]
                .as_array()
                .unwrap()
                .contains(&json!(factor))
        );
        let code = world.server.code(to).await;
        assert_eq!(code.len(), 8);
        let answer = |name: &str, code: &str| {
            world.answer(factor, &sent["Session"], name, json!({ response: code }))
        };
        world.refuses(answer("alice", "00000000x"), WRONG).await;
        world.refuses(answer("nobody", &code), INVALID).await;
        world
            .refuses(
                world.answer(
                    "SMS_MFA",
                    &sent["Session"],
                    "alice",
                    json!({ "SMS_MFA_CODE": code }),
                ),
                INVALID,
            )
            .await;
        assert!(world.respond(answer("alice", &code)).await["AuthenticationResult"].is_object());
        world.refuses(answer("alice", &code), SPENT).await;
        let later = world.begin("alice", prefer(factor)).await;
        world
            .refuses(
                world.answer(
                    factor,
                    &later["Session"],
                    "alice",
                    json!({ response: code }),
                ),
                WRONG,
            )
            .await;
        let code = world.server.code(to).await;
        world.server.advance(Duration::from_secs(180));
        world
            .refuses(
                world.answer(
                    factor,
                    &later["Session"],
                    "alice",
                    json!({ response: code }),
                ),
                "NotAuthorizedException: Invalid session for the user, session is expired.",
            )
            .await;
    }
}

#[tokio::test]
async fn guessing_codes_locks_out_whatever_new_codes_are_sent() {
    let world = World::start().await;
    for _ in 0..5 {
        let sent = world.begin("alice", prefer("EMAIL_OTP")).await;
        world
            .refuses(
                world.answer(
                    "EMAIL_OTP",
                    &sent["Session"],
                    "alice",
                    json!({ "EMAIL_OTP_CODE": "x" }),
                ),
                WRONG,
            )
            .await;
    }
    let sent = world.begin("alice", prefer("EMAIL_OTP")).await;
    let code = json!({ "EMAIL_OTP_CODE": world.server.code("alice@example.com").await });
    let answer = world.answer("EMAIL_OTP", &sent["Session"], "alice", code);
    world
        .refuses(answer, "NotAuthorizedException: Password attempts exceeded")
        .await;
}

#[tokio::test]
async fn where_a_second_factor_is_demanded_a_code_alone_is_not_offered_nor_taken() {
    let world = World::start().await;
    let sent = world.begin("alice", prefer("EMAIL_OTP")).await;
    let code = json!({ "EMAIL_OTP_CODE": world.server.code("alice@example.com").await });
    let input = json!({ "UserPoolId": world.pool, "MfaConfiguration": "OPTIONAL", "SmsMfaConfiguration": {} });
    world.server.ok("SetUserPoolMfaConfig", input).await;
    let input = json!({ "UserPoolId": world.pool, "Username": "alice", "SMSMfaSettings": { "Enabled": true } });
    world.server.ok("AdminSetUserMFAPreference", input).await;
    world
        .refuses(
            world.answer("EMAIL_OTP", &sent["Session"], "alice", code),
            INVALID,
        )
        .await;
    let asked = world.begin("alice", prefer("EMAIL_OTP")).await;
    assert_eq!(
        asked["AvailableChallenges"],
        json!(["PASSWORD_SRP", "PASSWORD"])
    );
    let with = json!({ "PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": PASSWORD });
    assert_eq!(world.begin("alice", with).await["ChallengeName"], "SMS_MFA");
}

#[tokio::test]
async fn a_session_of_the_pages_is_of_no_use_at_the_api_nor_the_other_way_round() {
    let world = World::start().await;
    let ctx = Ctx::new(world.server.app.clone(), "test", None);
    let (pool, client) = ctx.client(&world.client).await.unwrap();
    let sender = Sender {
        username: "alice".into(),
        ..Sender::default()
    };
    let request = SignInRequest {
        ctx: &ctx,
        pool: &pool,
        client: &client,
        entrance: Entrance::Pages,
        sender: &sender,
    };
    let attempt = Attempt::Choice(ChoiceAttempt {
        preferred: Some("EMAIL_OTP".to_owned()),
        ..ChoiceAttempt::default()
    });
    let Ok(SignInOutcome::Asked(NextChallenge {
        session: Some(pages),
        ..
    })) = sign_in::initiate(request, &attempt).await
    else {
        panic!("the pages ask for a code");
    };
    let code = world.server.code("alice@example.com").await;
    let answer = world.answer(
        "EMAIL_OTP",
        &json!(pages),
        "alice",
        json!({ "EMAIL_OTP_CODE": code }),
    );
    world.refuses(answer, INVALID).await;

    let answer = |session: String, code: String| async move {
        let kind = CodeKind::EmailOtp;
        let code = code.as_str().into();
        let answer = ChallengeAnswer::Code { kind, code };
        sign_in::respond(request, &session.as_str().into(), &answer).await
    };
    let Ok(SignInOutcome::Completed(completed)) = answer(pages, code).await else {
        panic!("the code is right");
    };
    let authenticated = completed.authenticate(&ctx).await.unwrap();
    assert_eq!(
        authenticated.sub,
        world.server.sub_of(&world.pool, "alice").await
    );
    let api = world.begin("alice", prefer("EMAIL_OTP")).await["Session"].clone();
    let code = world.server.code("alice@example.com").await;
    let refused = answer(text(&api), code).await;
    assert!(matches!(refused, Err(Error::SessionInvalid)));
}

#[tokio::test]
async fn a_temporary_password_leaves_no_choice_but_itself() {
    let world = World::start().await;
    let input = json!({
        "UserPoolId": world.pool, "Username": "carol", "TemporaryPassword": "Temp0rary!", "MessageAction": "SUPPRESS",
        "UserAttributes": [{ "Name": "email", "Value": "carol@example.com" }],
    });
    world.server.ok("AdminCreateUser", input).await;
    let asked = world.begin("carol", json!({})).await;
    assert_eq!(
        asked["AvailableChallenges"],
        json!(["PASSWORD_SRP", "PASSWORD"])
    );
    let with = json!({ "PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": "Temp0rary!" });
    assert_eq!(
        world.begin("carol", with).await["ChallengeName"],
        "NEW_PASSWORD_REQUIRED"
    );
}

#[tokio::test]
async fn somebody_who_does_not_exist_is_asked_like_a_user_and_never_gets_in() {
    let world = World::start().await;
    let input = world.request(&world.client, "nobody", json!({}));
    world
        .server
        .refuses(
            "InitiateAuth",
            input,
            "UserNotFoundException: User does not exist.",
        )
        .await;

    let begin = |name: &str, more: Value| {
        world
            .server
            .ok("InitiateAuth", world.request(&world.hiding, name, more))
    };
    let (one, two) = (
        begin("nobody", json!({})).await,
        begin("nobody", json!({})).await,
    );
    assert_eq!(one["ChallengeName"], "SELECT_CHALLENGE");
    assert_eq!(one["AvailableChallenges"], two["AvailableChallenges"]);
    let answer = |challenge: &str, session: &Value, more: Value| {
        let mut answer = world.answer(challenge, session, "nobody", more);
        answer["ClientId"] = json!(world.hiding);
        answer
    };
    let password = json!({ "ANSWER": "PASSWORD", "PASSWORD": PASSWORD });
    world
        .refuses(answer("SELECT_CHALLENGE", &one["Session"], password), BAD)
        .await;

    let (real, made_up) = (
        begin("alice", prefer("EMAIL_OTP")).await,
        begin("nobody@example.com", prefer("EMAIL_OTP")).await,
    );
    assert_eq!(real["ChallengeName"], made_up["ChallengeName"]);
    assert_eq!(
        made_up["ChallengeParameters"]["CODE_DELIVERY_DESTINATION"],
        "n***@e***"
    );
    assert!(world.server.inbox("to=nobody@example.com").await.is_empty());
    for guess in 0..5 {
        let mut answer = world.answer(
            "EMAIL_OTP",
            &made_up["Session"],
            "nobody@example.com",
            json!({ "EMAIL_OTP_CODE": format!("0000000{guess}") }),
        );
        answer["ClientId"] = json!(world.hiding);
        world.refuses(answer, WRONG).await;
    }
    let srp = SrpClient::new("a");
    let with = json!({ "PREFERRED_CHALLENGE": "PASSWORD_SRP", "SRP_A": srp.public() });
    let challenge = begin("nobody", with).await;
    let proof = srp.answer(&world.pool, &world.hiding, &challenge, PASSWORD);
    world.refuses(proof, BAD).await;

    // A user who is switched off is nobody to such a client, too: no code is sent.
    let input = json!({ "UserPoolId": world.pool, "Username": "alice" });
    world.server.ok("AdminDisableUser", input).await;
    let before = world.server.inbox("to=alice@example.com").await.len();
    assert_eq!(
        begin("alice", prefer("EMAIL_OTP")).await["ChallengeName"],
        "EMAIL_OTP"
    );
    assert_eq!(
        world.server.inbox("to=alice@example.com").await.len(),
        before
    );
}

#[tokio::test]
async fn who_has_just_confirmed_a_sign_up_signs_in_with_its_session_once() {
    let world = World::start().await;
    let sign_up = |name: &str| {
        json!({
            "ClientId": world.client, "Username": name, "Password": PASSWORD,
            "UserAttributes": [{ "Name": "email", "Value": format!("{name}@example.com") }],
        })
    };
    let mut sessions = Vec::new();
    for name in ["dora", "emma"] {
        let signed_up = world.server.ok("SignUp", sign_up(name)).await;
        assert!(signed_up["Session"].is_string());
        // Not before it is confirmed.
        let mut early = world.request(&world.client, name, json!({}));
        early["Session"] = signed_up["Session"].clone();
        world.server.refuses("InitiateAuth", early, INVALID).await;
        let confirm = json!({
            "ClientId": world.client, "Username": name, "Session": signed_up["Session"],
            "ConfirmationCode": world.server.code(&format!("{name}@example.com")).await,
        });
        sessions.push(world.server.ok("ConfirmSignUp", confirm).await["Session"].clone());
    }
    let begin = |client: &str, name: &str, session: &Value| {
        let mut input = world.request(client, name, json!({}));
        input["Session"] = session.clone();
        input
    };
    world
        .server
        .refuses(
            "InitiateAuth",
            begin(&world.client, "dora", &sessions[1]),
            INVALID,
        )
        .await;
    world
        .server
        .refuses(
            "InitiateAuth",
            begin(&world.hiding, "dora", &sessions[0]),
            INVALID,
        )
        .await;
    let tokens = world
        .server
        .ok("InitiateAuth", begin(&world.client, "dora", &sessions[0]))
        .await;
    assert!(tokens["AuthenticationResult"]["AccessToken"].is_string());
    world
        .server
        .refuses(
            "InitiateAuth",
            begin(&world.client, "dora", &sessions[0]),
            SPENT,
        )
        .await;
    world.server.advance(Duration::from_secs(180));
    world
        .server
        .refuses(
            "InitiateAuth",
            begin(&world.client, "emma", &sessions[1]),
            "NotAuthorizedException: Invalid session for the user, session is expired.",
        )
        .await;
}

#[tokio::test]
async fn a_code_confirms_a_sign_up_that_nobody_confirmed() {
    let world = World::start().await;
    let input = json!({
        "ClientId": world.client, "Username": "dora", "Password": PASSWORD,
        "UserAttributes": [{ "Name": "email", "Value": "dora@example.com" }],
    });
    world.server.ok("SignUp", input).await;
    let with = json!({ "PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": PASSWORD });
    let input = world.request(&world.client, "dora", with);
    world
        .server
        .refuses(
            "InitiateAuth",
            input,
            "UserNotConfirmedException: User is not confirmed.",
        )
        .await;
    let sent = world.begin("dora", prefer("EMAIL_OTP")).await;
    let code = json!({ "EMAIL_OTP_CODE": world.server.code("dora@example.com").await });
    world
        .respond(world.answer("EMAIL_OTP", &sent["Session"], "dora", code))
        .await;
    let user = world.server.described_user(&world.pool, "dora").await;
    assert_eq!(user["UserStatus"], "CONFIRMED");
}

#[tokio::test]
async fn what_a_user_can_sign_in_with_is_listed() {
    let world = World::start().await;
    let with = json!({ "PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": PASSWORD });
    let tokens = world.begin("alice", with).await["AuthenticationResult"].clone();
    let listed = world
        .server
        .ok(
            "GetUserAuthFactors",
            json!({ "AccessToken": tokens["AccessToken"] }),
        )
        .await;
    let expected = json!({ "Username": "alice", "ConfiguredUserAuthFactors": ["PASSWORD", "EMAIL_OTP", "SMS_OTP"] });
    assert_eq!(listed, expected);
    let input = json!({ "UserPoolId": world.pool, "Username": "alice" });
    assert_eq!(
        world.server.ok("AdminGetUserAuthFactors", input).await,
        expected
    );
}

#[tokio::test]
async fn clients_and_plans_without_user_auth_are_refused() {
    let world = World::start().await;
    let other = world.server.client_id(&world.pool, json!({})).await;
    let input = world.request(&other, "alice", json!({}));
    world
        .server
        .refuses(
            "InitiateAuth",
            input,
            "InvalidParameterException: USER_AUTH is not enabled for the client.",
        )
        .await;
    let server = Server::start().await;
    let pool = server.pool(json!({ "UserPoolTier": "LITE" })).await;
    let client = server
        .client_id(&pool, json!({ "ExplicitAuthFlows": ["ALLOW_USER_AUTH"] }))
        .await;
    let input = world.request(&client, "alice", json!({}));
    server
        .refuses_with("InitiateAuth", input, "FeatureUnavailableInTierException")
        .await;
}
