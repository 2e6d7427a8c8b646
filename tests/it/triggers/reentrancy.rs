//! A function may call back before it answers: nothing is locked meanwhile, and it sees what is
//! there at that moment.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::lambda::{Answer, Lambda, pool};
use crate::support::{PASSWORD, Server, attribute_list, text, with_password, with_refresh_token};

const EMAIL: &str = "bob@example.com";

/// Calls an operation from within a function; gives the answer, or the error's name.
async fn call_back(doors: Router, operation: &'static str, input: Value) -> Value {
    let request = Request::post("/")
        .header("content-type", "application/x-amz-json-1.1")
        .header(
            "x-amz-target",
            format!("AWSCognitoIdentityProviderService.{operation}"),
        )
        .body(Body::from(input.to_string()))
        .unwrap();
    let response = doors.oneshot(request).await.unwrap();
    let body = axum::body::to_bytes(response.into_body(), 1 << 20)
        .await
        .unwrap();
    let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
    match answer.get("__type") {
        Some(code) => code.clone(),
        None => answer,
    }
}

type Seen = Arc<Mutex<Vec<(String, Value)>>>;

/// Has every function look the user up and write something while it runs; gives what they saw.
fn look_back(lambda: &Lambda, server: &Server, triggers: &[&str]) -> Seen {
    let seen = Seen::default();
    for trigger in triggers {
        let (doors, seen) = (server.router(), seen.clone());
        lambda.does(trigger, move |event| {
            let (doors, seen) = (doors.clone(), seen.clone());
            Box::pin(async move {
                let pool = event["userPoolId"].clone();
                let named = json!({ "UserPoolId": pool, "Username": event["userName"] });
                let found = call_back(doors.clone(), "AdminGetUser", named.clone()).await;
                let status = found.get("UserStatus").cloned().unwrap_or(found);
                let mut write = named;
                write["UserAttributes"] = attribute_list(&[("nickname", "called back")]);
                call_back(doors.clone(), "AdminUpdateUserAttributes", write).await;
                let group = json!({ "UserPoolId": pool, "GroupName": uuid(&event) });
                call_back(doors, "CreateGroup", group).await;
                seen.lock()
                    .unwrap()
                    .push((text(&event["triggerSource"]), status));
                Answer::Json(answered(event))
            })
        });
    }
    seen
}

/// A name for something that is made once per event.
fn uuid(event: &Value) -> String {
    let digits: String = event
        .to_string()
        .bytes()
        .map(|byte| char::from(b'a' + byte % 26))
        .collect();
    digits.chars().rev().take(60).collect()
}

/// What lets every step go on.
fn answered(mut event: Value) -> Value {
    let rounds = event["request"]["session"].as_array().map_or(0, Vec::len);
    let source = text(&event["triggerSource"]);
    event["response"] = match source.split('_').next().unwrap() {
        "DefineAuthChallenge" if rounds == 0 => json!({ "challengeName": "CUSTOM_CHALLENGE" }),
        "DefineAuthChallenge" => json!({ "issueTokens": true }),
        "VerifyAuthChallengeResponse" => json!({ "answerCorrect": true }),
        "UserMigration" => {
            json!({ "userAttributes": { "email": EMAIL, "email_verified": "true" }, "finalUserStatus": "CONFIRMED", "messageAction": "SUPPRESS" })
        }
        _ => json!({}),
    };
    event
}

fn sources(seen: &Seen) -> Vec<(String, String)> {
    let seen = std::mem::take(&mut *seen.lock().unwrap()).into_iter();
    seen.map(|(source, status)| (source, text(&status)))
        .collect()
}

#[tokio::test]
async fn every_function_may_call_back_while_it_runs() {
    let (lambda, server) = Lambda::start().await;
    let triggers = [
        "PreSignUp",
        "PostConfirmation",
        "CustomMessage",
        "CustomEmailSender",
        "PreAuthentication",
        "PostAuthentication",
        "PreTokenGeneration",
        "UserMigration",
        "DefineAuthChallenge",
        "CreateAuthChallenge",
        "VerifyAuthChallengeResponse",
    ];
    let settings = json!({ "AutoVerifiedAttributes": ["email"] });
    let id = server.pool(pool(&triggers, settings)).await;
    let flows = json!([
        "ALLOW_USER_PASSWORD_AUTH",
        "ALLOW_CUSTOM_AUTH",
        "ALLOW_REFRESH_TOKEN_AUTH"
    ]);
    let client = server
        .client_id(&id, json!({ "ExplicitAuthFlows": flows }))
        .await;
    let mut called: Vec<_> = triggers.to_vec();
    called.push("TokenGeneration");
    let seen = look_back(&lambda, &server, &called);
    let is = |seen: &Seen, expected: &[(&str, &str)]| {
        let expected: Vec<_> = expected
            .iter()
            .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
            .collect();
        assert_eq!(sources(seen), expected);
    };

    let attributes = attribute_list(&[("email", EMAIL)]);
    let input = json!({ "ClientId": client, "Username": "bob", "Password": PASSWORD, "UserAttributes": attributes });
    server.ok("SignUp", input).await;
    is(
        &seen,
        &[
            ("PreSignUp_SignUp", "UserNotFoundException"),
            ("CustomMessage_SignUp", "UNCONFIRMED"),
            ("CustomEmailSender_SignUp", "UNCONFIRMED"),
        ],
    );
    server
        .ok(
            "AdminConfirmSignUp",
            json!({ "UserPoolId": id, "Username": "bob" }),
        )
        .await;
    is(&seen, &[("PostConfirmation_ConfirmSignUp", "CONFIRMED")]);

    let done = server
        .ok("InitiateAuth", with_password(&client, "bob", PASSWORD))
        .await;
    let refresh = with_refresh_token(&client, &done["AuthenticationResult"]["RefreshToken"]);
    server.ok("InitiateAuth", refresh).await;
    is(
        &seen,
        &[
            ("PreAuthentication_Authentication", "CONFIRMED"),
            ("PostAuthentication_Authentication", "CONFIRMED"),
            ("TokenGeneration_Authentication", "CONFIRMED"),
            ("TokenGeneration_RefreshTokens", "CONFIRMED"),
        ],
    );

    let input = json!({ "AuthFlow": "CUSTOM_AUTH", "ClientId": client, "AuthParameters": { "USERNAME": "bob" } });
    let challenge = server.ok("InitiateAuth", input).await;
    let input = json!({
        "ClientId": client, "ChallengeName": "CUSTOM_CHALLENGE", "Session": challenge["Session"],
        "ChallengeResponses": { "USERNAME": "bob", "ANSWER": "x" },
    });
    server.ok("RespondToAuthChallenge", input).await;
    is(
        &seen,
        &[
            ("PreAuthentication_Authentication", "CONFIRMED"),
            ("DefineAuthChallenge_Authentication", "CONFIRMED"),
            ("CreateAuthChallenge_Authentication", "CONFIRMED"),
            ("VerifyAuthChallengeResponse_Authentication", "CONFIRMED"),
            ("DefineAuthChallenge_Authentication", "CONFIRMED"),
            ("PostAuthentication_Authentication", "CONFIRMED"),
            ("TokenGeneration_Authentication", "CONFIRMED"),
        ],
    );

    server
        .ok("InitiateAuth", with_password(&client, "carol", PASSWORD))
        .await;
    is(
        &seen,
        &[
            ("UserMigration_Authentication", "UserNotFoundException"),
            ("PreAuthentication_Authentication", "CONFIRMED"),
            ("PostAuthentication_Authentication", "CONFIRMED"),
            ("TokenGeneration_Authentication", "CONFIRMED"),
        ],
    );
    // What a function wrote while it ran was not overwritten.
    let user = server.described_user(&id, "bob").await;
    let nickname = crate::support::attribute(&user["UserAttributes"], "nickname");
    assert_eq!(nickname.as_deref(), Some("called back"));
}
