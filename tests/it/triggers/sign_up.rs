//! PreSignUp and PostConfirmation: who may become a user, and who has become one.

use serde_json::{Value, json};

use super::lambda::{Lambda, pool};
use crate::support::{PASSWORD, attribute, attribute_list, text};

const EMAIL: &str = "bob@example.com";

fn sign_up(client: &str, username: &str, attributes: &[(&str, &str)]) -> Value {
    json!({
        "ClientId": client,
        "Username": username,
        "Password": PASSWORD,
        "UserAttributes": attribute_list(attributes),
    })
}

fn with(mut input: Value, member: &str, value: Value) -> Value {
    input[member] = value;
    input
}

#[tokio::test]
async fn who_signs_up_is_shown_to_the_function_before_anybody_else_sees_them() {
    let (lambda, server) = Lambda::start().await;
    let settings = json!({ "AutoVerifiedAttributes": ["email"] });
    let id = server.pool(pool(&["PreSignUp"], settings)).await;
    let client = server.client_id(&id, json!({})).await;
    let mut input = sign_up(&client, "bob", &[("email", EMAIL)]);
    input["ClientMetadata"] = json!({ "b": "2", "a": "1" });
    input["ValidationData"] = attribute_list(&[("captcha", "xyz")]);
    let answer = server.ok("SignUp", input).await;
    assert_eq!(answer["UserConfirmed"], false);
    let event = lambda.take_one();
    let expected = format!(
        "{{\"version\":\"1\",\"region\":\"us-east-1\",\"userPoolId\":\"{id}\",\"userName\":\"bob\",\
         \"callerContext\":{{\"awsSdkVersion\":\"aws-sdk-unknown-unknown\",\
         \"clientId\":\"{client}\"}},\
         \"triggerSource\":\"PreSignUp_SignUp\",\
         \"request\":{{\"userAttributes\":{{\"email\":\"bob@example.com\"}},\
         \"validationData\":{{\"captcha\":\"xyz\"}},\
         \"clientMetadata\":{{\"b\":\"2\",\"a\":\"1\"}}}},\
         \"response\":{{\"autoConfirmUser\":false,\"autoVerifyEmail\":false,\
         \"autoVerifyPhone\":false}}}}"
    );
    assert_eq!(event.to_string(), expected);

    // Without data of the caller's.
    server.ok("SignUp", sign_up(&client, "carol", &[])).await;
    let event = lambda.take_one();
    assert_eq!(
        event["request"],
        json!({ "userAttributes": {}, "validationData": null })
    );
}

#[tokio::test]
async fn a_function_that_refuses_leaves_nobody_behind() {
    let (lambda, server) = Lambda::start().await;
    let id = server.pool(pool(&["PreSignUp"], json!({}))).await;
    let client = server.client_id(&id, json!({})).await;
    lambda.raises("PreSignUp", "Not you");
    let refusal = "UserLambdaValidationException: PreSignUp failed with error Not you.";
    let input = sign_up(&client, "bob", &[("email", EMAIL)]);
    server.refuses("SignUp", input, refusal).await;
    let input = json!({ "UserPoolId": id, "Username": "bob", "MessageAction": "SUPPRESS" });
    server.refuses("AdminCreateUser", input, refusal).await;
    let bob = json!({ "UserPoolId": id, "Username": "bob" });
    let nobody = "UserNotFoundException: User does not exist.";
    server.refuses("AdminGetUser", bob, nobody).await;
    assert!(server.inbox("").await.is_empty());
}

#[tokio::test]
async fn the_function_may_confirm_and_verify_at_once_and_then_no_code_is_sent() {
    let (lambda, server) = Lambda::start().await;
    let settings = json!({ "AutoVerifiedAttributes": ["email"], "AliasAttributes": ["email"] });
    let triggers = ["PreSignUp", "PostConfirmation", "CustomMessage"];
    let id = server.pool(pool(&triggers, settings)).await;
    let client = server.client_id(&id, json!({})).await;
    lambda.responds(
        "PreSignUp",
        json!({ "autoConfirmUser": true, "autoVerifyEmail": true }),
    );
    let input = sign_up(&client, "bob", &[("email", EMAIL)]);
    let input = with(input, "ClientMetadata", json!({ "k": "v" }));
    let answer = server.ok("SignUp", input).await;
    assert_eq!(answer["UserConfirmed"], true);
    assert_eq!(answer["CodeDeliveryDetails"], Value::Null);
    let sub = text(&answer["UserSub"]);
    let events = lambda.take();
    let sources: Vec<_> = events
        .iter()
        .map(|event| text(&event["triggerSource"]))
        .collect();
    assert_eq!(
        sources,
        ["PreSignUp_SignUp", "PostConfirmation_ConfirmSignUp"]
    );
    assert_eq!(
        events[1]["request"],
        json!({
            "userAttributes": {
                "sub": sub,
                "cognito:email_alias": EMAIL,
                "cognito:user_status": "CONFIRMED",
                "email": EMAIL,
                "email_verified": "true",
            },
            "clientMetadata": { "k": "v" },
        })
    );
    assert_eq!(events[1]["response"], json!({}));
    // Verified: it is an alias from now on, and nobody else can have it verified.
    server.sign_in(&client, EMAIL).await;
    let taken = "UsernameExistsException: An account with the given email already exists.";
    let input = sign_up(&client, "carol", &[("email", EMAIL)]);
    server.refuses("SignUp", input, taken).await;
    let carol = json!({ "UserPoolId": id, "Username": "carol" });
    server.refused("AdminGetUser", carol).await;
}

#[tokio::test]
async fn what_cannot_be_verified_is_refused() {
    let (lambda, server) = Lambda::start().await;
    let id = server.pool(pool(&["PreSignUp"], json!({}))).await;
    let client = server.client_id(&id, json!({})).await;
    let input = sign_up(&client, "bob", &[("email", EMAIL)]);
    for flag in ["autoVerifyEmail", "autoVerifyPhone"] {
        lambda.responds("PreSignUp", json!({ flag: true }));
        let unconfirmed = "InvalidLambdaResponseException: Phone or email cannot be auto verified, when user is not being auto confirmed.";
        server.refuses("SignUp", input.clone(), unconfirmed).await;
    }
    lambda.responds(
        "PreSignUp",
        json!({ "autoConfirmUser": true, "autoVerifyPhone": true }),
    );
    server
        .refuses_as("SignUp", input, "AutoVerifiedNothing")
        .await;
    let bob = json!({ "UserPoolId": id, "Username": "bob" });
    server.refused("AdminGetUser", bob).await;
}

#[tokio::test]
async fn an_administrators_users_are_shown_too_and_stay_as_they_are() {
    let (lambda, server) = Lambda::start().await;
    let triggers = ["PreSignUp", "PostConfirmation"];
    let id = server
        .pool(pool(&triggers, json!({ "UsernameAttributes": ["email"] })))
        .await;
    lambda.responds(
        "PreSignUp",
        json!({ "autoConfirmUser": true, "autoVerifyEmail": true }),
    );
    let input = json!({
        "UserPoolId": id,
        "Username": EMAIL,
        "MessageAction": "SUPPRESS",
        "UserAttributes": attribute_list(&[("email", EMAIL), ("email_verified", "True")]),
        "ValidationData": attribute_list(&[("v", "1")]),
        "ClientMetadata": { "m": "1" },
    });
    let made = server.ok("AdminCreateUser", input).await;
    assert_eq!(made["User"]["UserStatus"], "FORCE_CHANGE_PASSWORD");
    let event = lambda.take_one();
    assert_eq!(event["triggerSource"], "PreSignUp_AdminCreateUser");
    assert_eq!(event["userName"], made["User"]["Username"]);
    assert_eq!(
        event["callerContext"]["clientId"],
        "CLIENT_ID_NOT_APPLICABLE"
    );
    assert_eq!(
        event["request"],
        json!({
            "userAttributes": { "email": EMAIL, "email_verified": "true" },
            "validationData": { "v": "1" },
            "clientMetadata": { "m": "1" },
        })
    );
}

#[tokio::test]
async fn a_confirmation_is_told_and_stays_when_the_function_fails() {
    let (lambda, server) = Lambda::start().await;
    let settings = json!({ "AutoVerifiedAttributes": ["email"] });
    let id = server.pool(pool(&["PostConfirmation"], settings)).await;
    let client = server.client_id(&id, json!({})).await;
    server
        .ok("SignUp", sign_up(&client, "bob", &[("email", EMAIL)]))
        .await;
    assert!(lambda.take().is_empty());
    lambda.raises("PostConfirmation", "Boom");
    let code = server.code(EMAIL).await;
    let input = json!({
        "ClientId": client, "Username": "bob", "ConfirmationCode": code, "ClientMetadata": { "k": "v" },
    });
    let refusal = "UserLambdaValidationException: PostConfirmation failed with error Boom.";
    server.refuses("ConfirmSignUp", input, refusal).await;
    let event = lambda.take_one();
    assert_eq!(event["triggerSource"], "PostConfirmation_ConfirmSignUp");
    assert_eq!(event["callerContext"]["clientId"], json!(client));
    assert_eq!(event["request"]["clientMetadata"], json!({ "k": "v" }));
    assert_eq!(
        event["request"]["userAttributes"]["cognito:user_status"],
        "CONFIRMED"
    );
    assert_eq!(event["request"]["userAttributes"]["email_verified"], "true");
    let user = server.described_user(&id, "bob").await;
    assert_eq!(user["UserStatus"], "CONFIRMED");
    assert_eq!(
        attribute(&user["UserAttributes"], "email_verified").unwrap(),
        "true"
    );

    // An administrator's confirmation names no client.
    server.ok("SignUp", sign_up(&client, "carol", &[])).await;
    let carol = json!({ "UserPoolId": id, "Username": "carol" });
    server.refuses("AdminConfirmSignUp", carol, refusal).await;
    let event = lambda.take_one();
    assert_eq!(event["callerContext"]["clientId"], Value::Null);
    assert_eq!(
        server.described_user(&id, "carol").await["UserStatus"],
        "CONFIRMED"
    );
}

#[tokio::test]
async fn a_link_and_a_new_password_confirm_as_well() {
    let (lambda, server) = Lambda::start().await;
    let settings = json!({
        "AutoVerifiedAttributes": ["email"],
        "VerificationMessageTemplate": { "DefaultEmailOption": "CONFIRM_WITH_LINK" },
    });
    let id = server.pool(pool(&["PostConfirmation"], settings)).await;
    let client = server.client_id(&id, json!({})).await;
    server
        .ok("SignUp", sign_up(&client, "bob", &[("email", EMAIL)]))
        .await;
    let body = text(&server.inbox("").await[0]["body"]);
    let link = body
        .split('"')
        .nth(1)
        .unwrap()
        .replace("http://localhost:9339", "");
    assert_eq!(server.get(&link).await.status, 200);
    assert_eq!(lambda.take_sources(), ["PostConfirmation_ConfirmSignUp"]);

    let input = json!({ "ClientId": client, "Username": "bob" });
    server.ok("ForgotPassword", input).await;
    assert!(lambda.take().is_empty());
    let input = json!({
        "ClientId": client, "Username": "bob", "Password": "Another1!", "ConfirmationCode": server.code(EMAIL).await,
        "ClientMetadata": { "k": "v" },
    });
    server.ok("ConfirmForgotPassword", input).await;
    let event = lambda.take_one();
    assert_eq!(
        event["triggerSource"],
        "PostConfirmation_ConfirmForgotPassword"
    );
    assert_eq!(event["request"]["clientMetadata"], json!({ "k": "v" }));
}
