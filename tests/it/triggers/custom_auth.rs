//! CUSTOM_AUTH: rounds of challenges that functions define, make and judge.

use std::time::Duration;

use serde_json::{Value, json};

use super::lambda::{Lambda, pool};
use crate::support::srp::SrpClient;
use crate::support::{PASSWORD, Server, claims, shape, text};

const CHALLENGES: [&str; 3] = [
    "DefineAuthChallenge",
    "CreateAuthChallenge",
    "VerifyAuthChallengeResponse",
];
const BAD: &str = "NotAuthorizedException: Incorrect username or password.";

struct Place {
    lambda: Lambda,
    server: Server,
    pool: String,
    client: String,
    sub: String,
}

/// A pool with the three functions: right answers to two rounds, `apple` and `2`, sign in; three
/// wrong ones end it.
async fn place(more: &[&str]) -> Place {
    let (lambda, server) = Lambda::start().await;
    let triggers: Vec<_> = CHALLENGES.iter().chain(more).copied().collect();
    let id = server.pool(pool(&triggers, json!({}))).await;
    let flows = json!(["ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]);
    let client = server
        .client_id(&id, json!({ "ExplicitAuthFlows": flows }))
        .await;
    let sub = server.user(&id, "alice", &[]).await;
    lambda.on("DefineAuthChallenge", |event| {
        let session = event["request"]["session"].as_array().unwrap().clone();
        let custom = |right: bool| {
            let is = |one: &&Value| one["challengeName"] == "CUSTOM_CHALLENGE" && one["challengeResult"] == right;
            session.iter().filter(is).count()
        };
        let last = session.last().map(|one| one["challengeName"].clone());
        event["response"] = match (custom(true), custom(false)) {
            (2, _) => json!({ "issueTokens": true, "failAuthentication": false }),
            (_, 3) => json!({ "issueTokens": false, "failAuthentication": true }),
            _ if last == Some(json!("SRP_A")) => json!({ "challengeName": "PASSWORD_VERIFIER", "issueTokens": false, "failAuthentication": false }),
            _ => json!({ "challengeName": "CUSTOM_CHALLENGE", "issueTokens": false, "failAuthentication": false }),
        };
    });
    lambda.on("CreateAuthChallenge", |event| {
        let session = event["request"]["session"].as_array().unwrap();
        let right = session.iter().filter(|one| one["challengeMetadata"] == "FRUIT" && one["challengeResult"] == true);
        event["response"] = match right.count() {
            0 => json!({
                "publicChallengeParameters": { "question": "Which fruit?", "long": "x".repeat(3_000) },
                "privateChallengeParameters": { "answer": "apple" },
                "challengeMetadata": "FRUIT",
            }),
            _ => json!({ "publicChallengeParameters": { "question": "1 + 1" }, "privateChallengeParameters": { "answer": "2" } }),
        };
    });
    lambda.on("VerifyAuthChallengeResponse", |event| {
        let request = &event["request"];
        let right = request["privateChallengeParameters"]["answer"] == request["challengeAnswer"];
        event["response"]["answerCorrect"] = json!(right);
    });
    Place {
        lambda,
        server,
        pool: id,
        client,
        sub,
    }
}

impl Place {
    fn begin(&self, username: &str) -> Value {
        json!({ "AuthFlow": "CUSTOM_AUTH", "ClientId": self.client, "AuthParameters": { "USERNAME": username } })
    }

    fn answer(&self, challenge: &Value, answer: &str) -> Value {
        json!({
            "ClientId": self.client,
            "ChallengeName": "CUSTOM_CHALLENGE",
            "Session": challenge["Session"],
            "ChallengeResponses": { "USERNAME": challenge["ChallengeParameters"]["USERNAME"], "ANSWER": answer },
        })
    }
}

#[tokio::test]
async fn two_rounds_lead_to_tokens_and_every_function_sees_what_was_before() {
    let place = place(&[
        "PreAuthentication",
        "PostAuthentication",
        "PreTokenGeneration",
    ])
    .await;
    let (lambda, server) = (&place.lambda, &place.server);
    let mut input = place.begin("alice");
    input["ClientMetadata"] = json!({ "early": "1" });
    let first = server.ok("InitiateAuth", input).await;
    assert_eq!(first["ChallengeName"], "CUSTOM_CHALLENGE");
    assert_eq!(first["ChallengeParameters"]["USERNAME"], "alice");
    assert_eq!(first["ChallengeParameters"]["question"], "Which fruit?");
    assert_eq!(first["ChallengeParameters"].get("answer"), None);
    let events = lambda.take();
    let sources: Vec<_> = events
        .iter()
        .map(|event| text(&event["triggerSource"]))
        .collect();
    assert_eq!(
        sources,
        [
            "PreAuthentication_Authentication",
            "DefineAuthChallenge_Authentication",
            "CreateAuthChallenge_Authentication"
        ]
    );
    let attributes = json!({ "sub": place.sub, "cognito:user_status": "CONFIRMED" });
    assert_eq!(
        events[1]["request"],
        json!({ "userAttributes": attributes, "session": [] })
    );
    assert_eq!(
        events[1]["response"],
        json!({ "challengeName": null, "issueTokens": null, "failAuthentication": null })
    );
    assert_eq!(
        events[2]["request"],
        json!({ "userAttributes": attributes, "challengeName": "CUSTOM_CHALLENGE", "session": [] })
    );
    assert_eq!(
        events[2]["response"],
        json!({ "publicChallengeParameters": null, "privateChallengeParameters": null, "challengeMetadata": null })
    );

    let mut answer = place.answer(&first, "apple");
    answer["ClientMetadata"] = json!({ "late": "2" });
    let second = server.ok("RespondToAuthChallenge", answer).await;
    assert_eq!(second["ChallengeParameters"]["question"], "1 + 1");
    let events = lambda.take();
    assert_eq!(
        events[0]["request"],
        json!({
            "userAttributes": attributes,
            "privateChallengeParameters": { "answer": "apple" },
            "challengeAnswer": "apple",
            "clientMetadata": { "late": "2" },
        })
    );
    assert_eq!(events[0]["response"], json!({ "answerCorrect": null }));
    let fruit = json!({ "challengeName": "CUSTOM_CHALLENGE", "challengeResult": true, "challengeMetadata": "FRUIT" });
    for event in &events[1..] {
        assert_eq!(event["request"]["session"], json!([fruit]));
        assert_eq!(event["request"]["clientMetadata"], json!({ "late": "2" }));
    }

    let done = server
        .ok("RespondToAuthChallenge", place.answer(&second, "2"))
        .await;
    let access = claims(&done["AuthenticationResult"]["AccessToken"]);
    assert_eq!(access["sub"], json!(place.sub));
    let events = lambda.take();
    let sources: Vec<_> = events
        .iter()
        .map(|event| text(&event["triggerSource"]))
        .collect();
    assert_eq!(
        sources,
        [
            "VerifyAuthChallengeResponse_Authentication",
            "DefineAuthChallenge_Authentication",
            "PostAuthentication_Authentication",
            "TokenGeneration_Authentication"
        ]
    );
    let sum = json!({ "challengeName": "CUSTOM_CHALLENGE", "challengeResult": true, "challengeMetadata": null });
    assert_eq!(events[1]["request"]["session"], json!([fruit, sum]));
}

#[tokio::test]
async fn wrong_answers_are_on_the_record_and_cannot_be_taken_back() {
    let place = place(&[]).await;
    let server = &place.server;
    let first = server.ok("InitiateAuth", place.begin("alice")).await;
    let second = server
        .ok("RespondToAuthChallenge", place.answer(&first, "pear"))
        .await;
    // The session that was answered wrongly is spent.
    let spent =
        "NotAuthorizedException: Invalid session for the user, session can only be used once.";
    server
        .refuses(
            "RespondToAuthChallenge",
            place.answer(&first, "apple"),
            spent,
        )
        .await;
    let third = server
        .ok("RespondToAuthChallenge", place.answer(&second, "plum"))
        .await;
    server
        .refuses("RespondToAuthChallenge", place.answer(&third, "fig"), BAD)
        .await;
    server
        .refuses(
            "RespondToAuthChallenge",
            place.answer(&third, "apple"),
            spent,
        )
        .await;

    let first = server.ok("InitiateAuth", place.begin("alice")).await;
    let mut input = place.answer(&first, "");
    let missing = "InvalidParameterException: Missing required parameter ANSWER";
    server
        .refuses("RespondToAuthChallenge", input.clone(), missing)
        .await;
    input["ChallengeResponses"] = json!({ "USERNAME": "alice" });
    server
        .refuses("RespondToAuthChallenge", input, missing)
        .await;
    let mut input = place.answer(&first, "apple");
    input["ChallengeResponses"]["USERNAME"] = json!("bob");
    server.user(&place.pool, "bob", &[]).await;
    let invalid = "NotAuthorizedException: Invalid session for the user.";
    server
        .refuses("RespondToAuthChallenge", input, invalid)
        .await;
    server.advance(Duration::from_secs(181));
    let expired = "NotAuthorizedException: Invalid session for the user, session is expired.";
    server
        .refuses(
            "RespondToAuthChallenge",
            place.answer(&first, "apple"),
            expired,
        )
        .await;
}

#[tokio::test]
async fn administrators_sign_users_in_the_same_way() {
    let place = place(&[]).await;
    let server = &place.server;
    let admin = |mut input: Value| {
        input["UserPoolId"] = json!(place.pool);
        input
    };
    let first = server
        .ok("AdminInitiateAuth", admin(place.begin("alice")))
        .await;
    let answer = admin(place.answer(&first, "apple"));
    let second = server.ok("AdminRespondToAuthChallenge", answer).await;
    let answer = admin(place.answer(&second, "2"));
    let done = server.ok("AdminRespondToAuthChallenge", answer).await;
    assert!(done["AuthenticationResult"]["RefreshToken"].is_string());
}

#[tokio::test]
async fn the_password_may_come_first_by_srp() {
    let place = place(&[]).await;
    let (lambda, server) = (&place.lambda, &place.server);
    let srp = SrpClient::new("alice's");
    let mut input = place.begin("alice");
    input["AuthParameters"]["CHALLENGE_NAME"] = json!("SRP_A");
    let missing = "InvalidParameterException: Missing required parameter SRP_A";
    server.refuses("InitiateAuth", input.clone(), missing).await;
    input["AuthParameters"]["SRP_A"] = json!(srp.public());
    let challenge = server.ok("InitiateAuth", input.clone()).await;
    assert_eq!(challenge["ChallengeName"], "PASSWORD_VERIFIER");
    let event = lambda.take_one();
    let began =
        json!({ "challengeName": "SRP_A", "challengeResult": true, "challengeMetadata": null });
    assert_eq!(event["request"]["session"], json!([began]));

    let wrong = srp.answer(&place.pool, &place.client, &challenge, "Wrong1234!");
    server.refuses("RespondToAuthChallenge", wrong, BAD).await;
    assert!(lambda.take().is_empty());
    let right = srp.answer(&place.pool, &place.client, &challenge, PASSWORD);
    let first = server.ok("RespondToAuthChallenge", right.clone()).await;
    assert_eq!(first["ChallengeName"], "CUSTOM_CHALLENGE");
    let proved = json!({ "challengeName": "PASSWORD_VERIFIER", "challengeResult": true, "challengeMetadata": null });
    assert_eq!(
        lambda.take()[0]["request"]["session"],
        json!([began, proved])
    );
    // Once.
    let reply = server.refused("RespondToAuthChallenge", right).await;
    assert!(reply.starts_with("NotAuthorizedException"), "{reply}");
    let second = server
        .ok("RespondToAuthChallenge", place.answer(&first, "apple"))
        .await;
    server
        .ok("RespondToAuthChallenge", place.answer(&second, "2"))
        .await;
}

#[tokio::test]
async fn who_does_not_exist_is_led_through_the_rounds_where_that_is_hidden_and_never_in() {
    let mut place = place(&[]).await;
    let server = &place.server;
    let nobody = "UserNotFoundException: User does not exist.";
    server
        .refuses("InitiateAuth", place.begin("nobody"), nobody)
        .await;
    assert!(place.lambda.take().is_empty());
    let hiding = json!({ "ExplicitAuthFlows": ["ALLOW_CUSTOM_AUTH"], "PreventUserExistenceErrors": "ENABLED" });
    place.client = server.client_id(&place.pool, hiding).await;
    let first = server.ok("InitiateAuth", place.begin("nobody")).await;
    assert_eq!(first["ChallengeParameters"]["USERNAME"], "nobody");
    let event = &place.lambda.take()[0];
    assert_eq!(event["userName"], "nobody");
    assert_eq!(
        event["request"],
        json!({ "userAttributes": {}, "session": [], "userNotFound": true })
    );
    // Not for somebody else's name.
    let mut other = place.answer(&first, "apple");
    other["ChallengeResponses"]["USERNAME"] = json!("alice");
    let invalid = "NotAuthorizedException: Invalid session for the user.";
    server
        .refuses("RespondToAuthChallenge", other, invalid)
        .await;
    let second = server
        .ok("RespondToAuthChallenge", place.answer(&first, "apple"))
        .await;
    // The function says yes to everybody; there is nobody to give tokens to.
    server
        .refuses("RespondToAuthChallenge", place.answer(&second, "2"), BAD)
        .await;
    let known = server.ok("InitiateAuth", place.begin("alice")).await;
    assert_eq!(known["ChallengeParameters"]["USERNAME"], "alice");
}

#[tokio::test]
async fn nobody_looks_like_somebody_where_that_is_hidden() {
    for (settings, known, unknown) in [
        (json!({}), "alice", "wendy"),
        (
            json!({ "UsernameAttributes": ["email"] }),
            "alice@example.com",
            "wendy@example.com",
        ),
    ] {
        let mut place = place(&[]).await;
        let server = &place.server;
        place.pool = server.pool(pool(&CHALLENGES, settings)).await;
        let hiding = json!({
            "ExplicitAuthFlows": ["ALLOW_CUSTOM_AUTH"],
            "PreventUserExistenceErrors": "ENABLED",
        });
        place.client = server.client_id(&place.pool, hiding).await;
        server.user(&place.pool, known, &[]).await;
        let srp = SrpClient::new("a");
        let mut told = Vec::new();
        for name in [known, unknown] {
            let first = server.ok("InitiateAuth", place.begin(name)).await;
            let answer = place.answer(&first, "apple");
            let second = server.ok("RespondToAuthChallenge", answer).await;
            let mut begin = place.begin(name);
            begin["AuthParameters"]["CHALLENGE_NAME"] = json!("SRP_A");
            begin["AuthParameters"]["SRP_A"] = json!(srp.public());
            let mut asked = server.ok("InitiateAuth", begin).await;
            assert_eq!(asked["ChallengeName"], "PASSWORD_VERIFIER");
            let proof = srp.answer(&place.pool, &place.client, &asked, "Wrong0ne!");
            server.refuses("RespondToAuthChallenge", proof, BAD).await;
            asked["ChallengeParameters"]["SRP_B"] = Value::Null;
            told.push([shape(&first), shape(&second), shape(&asked)]);
        }
        assert_eq!(told[0], told[1], "{known}");
    }
}

#[tokio::test]
async fn whoever_may_not_sign_in_is_not_let_in_by_a_right_answer() {
    let place = place(&[]).await;
    let server = &place.server;
    let named = json!({ "UserPoolId": place.pool, "Username": "alice" });
    let first = server.ok("InitiateAuth", place.begin("alice")).await;
    let second = server
        .ok("RespondToAuthChallenge", place.answer(&first, "apple"))
        .await;
    server.ok("AdminDisableUser", named.clone()).await;
    let disabled = "NotAuthorizedException: User is disabled.";
    server
        .refuses(
            "RespondToAuthChallenge",
            place.answer(&second, "2"),
            disabled,
        )
        .await;
    server
        .refuses("InitiateAuth", place.begin("alice"), disabled)
        .await;
}

#[tokio::test]
async fn functions_that_make_no_sense_lead_nowhere() {
    let place = place(&[]).await;
    let (lambda, server) = (&place.lambda, &place.server);
    for (response, refusal) in [
        (json!({}), BAD),
        (
            json!({ "issueTokens": false, "failAuthentication": false }),
            BAD,
        ),
        (
            json!({ "issueTokens": true, "failAuthentication": true }),
            BAD,
        ),
        (
            json!({ "challengeName": "PASSWORD_VERIFIER" }),
            "InvalidLambdaResponseException: Unrecognizable lambda output",
        ),
        (
            json!({ "challengeName": "NONSENSE" }),
            "InvalidLambdaResponseException: Unrecognizable lambda output",
        ),
        (
            json!({ "issueTokens": "true" }),
            "InvalidLambdaResponseException: Unrecognizable lambda output",
        ),
    ] {
        let answer = response.clone();
        lambda.on("DefineAuthChallenge", move |event| {
            event["response"] = answer.clone()
        });
        server
            .refuses("InitiateAuth", place.begin("alice"), refusal)
            .await;
    }
    lambda.raises("DefineAuthChallenge", "Undecided");
    let refusal = "UserLambdaValidationException: DefineAuthChallenge failed with error Undecided.";
    server
        .refuses("InitiateAuth", place.begin("alice"), refusal)
        .await;
    let next = json!({ "challengeName": "CUSTOM_CHALLENGE" });
    lambda.on("DefineAuthChallenge", move |event| {
        event["response"] = next.clone()
    });
    lambda.responds(
        "CreateAuthChallenge",
        json!({ "publicChallengeParameters": { "a": 1 } }),
    );
    let refusal = "InvalidLambdaResponseException: Unrecognizable lambda output";
    server
        .refuses("InitiateAuth", place.begin("alice"), refusal)
        .await;
}

#[tokio::test]
async fn a_pool_needs_all_three_functions() {
    let (_lambda, server) = Lambda::start().await;
    let id = server.pool(pool(&CHALLENGES[..2], json!({}))).await;
    let flows = json!({ "ExplicitAuthFlows": ["ALLOW_CUSTOM_AUTH"] });
    let client = server.client_id(&id, flows).await;
    server.user(&id, "alice", &[]).await;
    let input = json!({ "AuthFlow": "CUSTOM_AUTH", "ClientId": client, "AuthParameters": { "USERNAME": "alice" } });
    let refusal = "InvalidParameterException: Custom auth lambda trigger is not configured for the user pool.";
    server.refuses("InitiateAuth", input, refusal).await;
}
