//! CustomMessage and the custom senders: what a message says, and who sends it.

use serde_json::{Value, json};

use super::lambda::{Lambda, pool};
use crate::support::{PASSWORD, Server, attribute_list, keys, text};

const EMAIL: &str = "bob@example.com";

/// A pool that verifies addresses, its client, and an unconfirmed user `bob`.
async fn with_bob(server: &Server, triggers: &[&str], settings: Value) -> (String, String) {
    let mut all = json!({ "AutoVerifiedAttributes": ["email"] });
    crate::support::merge(&mut all, settings);
    let id = server.pool(pool(triggers, all)).await;
    let client = server.client_id(&id, json!({})).await;
    let input = json!({
        "ClientId": client,
        "Username": "bob",
        "Password": PASSWORD,
        "UserAttributes": attribute_list(&[("email", EMAIL)]),
        "ClientMetadata": { "lang": "en" },
    });
    server.ok("SignUp", input).await;
    (id, client)
}

#[tokio::test]
async fn the_function_writes_the_text_around_the_code() {
    let (lambda, server) = Lambda::start().await;
    lambda.responds(
        "CustomMessage",
        json!({ "emailSubject": "Welcome {####}", "emailMessage": "<b>{####}</b>, {username}! {####}", "smsMessage": "{####}" }),
    );
    let (id, client) = with_bob(&server, &["CustomMessage"], json!({})).await;
    let event = lambda.take_one();
    let sub = server.sub_of(&id, "bob").await;
    assert_eq!(event["triggerSource"], "CustomMessage_SignUp");
    assert_eq!(event["userName"], "bob");
    assert_eq!(event["callerContext"]["clientId"], json!(client));
    let request = format!(
        "{{\"userAttributes\":{{\"sub\":\"{sub}\",\"cognito:user_status\":\"UNCONFIRMED\",\
         \"email\":\"bob@example.com\",\
         \"email_verified\":\"false\"}},\"codeParameter\":\"{{####}}\",\
         \"linkParameter\":\"{{##Click Here##}}\",\
         \"usernameParameter\":null,\"clientMetadata\":{{\"lang\":\"en\"}}}}"
    );
    assert_eq!(event["request"].to_string(), request);
    assert_eq!(
        event["response"],
        json!({ "smsMessage": null, "emailMessage": null, "emailSubject": null })
    );
    let message = &server.inbox("").await[0];
    let code = text(&message["code"]);
    assert_eq!(message["subject"], json!(format!("Welcome {code}")));
    assert_eq!(
        message["body"],
        json!(format!("<b>{code}</b>, bob! {code}"))
    );

    // What the function leaves out stays the pool's.
    lambda.on("CustomMessage", |_| {});
    let input = json!({ "ClientId": client, "Username": "bob" });
    server.ok("ResendConfirmationCode", input).await;
    let event = lambda.take_one();
    assert_eq!(event["triggerSource"], "CustomMessage_ResendCode");
    assert_eq!(event["request"].get("clientMetadata"), None);
    let message = &server.inbox("").await[0];
    let code = text(&message["code"]);
    assert_eq!(
        message["body"],
        json!(format!("Your confirmation code is {code}"))
    );
}

#[tokio::test]
async fn a_text_without_the_code_is_refused_in_the_services_words() {
    let (lambda, server) = Lambda::start().await;
    let (_, client) = with_bob(&server, &["CustomMessage"], json!({})).await;
    let input = json!({ "ClientId": client, "Username": "bob" });
    lambda.responds("CustomMessage", json!({ "emailMessage": "Welcome!" }));
    let refusal = "InvalidParameterException: 1 validation error detected: Value 'Welcome!' at \
                   'emailBody' failed to satisfy constraint: \
                   Member must satisfy regular expression pattern: \
                   [\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}\\s*]*\\{####\\}\
                   [\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}\\s*]*";
    server
        .refuses("ResendConfirmationCode", input.clone(), refusal)
        .await;
    for (members, situation) in [
        (
            json!({ "emailMessage": "a\u{200b}{####}" }),
            "CustomMessageWithoutCode",
        ),
        (
            json!({ "emailMessage": format!("{{####}}{}", "x".repeat(20_000)) }),
            "CustomMessageTooLong",
        ),
        (
            json!({ "emailSubject": "x".repeat(141) }),
            "CustomMessageTooLong",
        ),
        (json!({ "emailMessage": ["{####}"] }), "FunctionOutput"),
        (json!({ "smsMessage": 1 }), "FunctionOutput"),
    ] {
        lambda.responds("CustomMessage", members);
        server
            .refuses_as("ResendConfirmationCode", input.clone(), situation)
            .await;
    }
    lambda.raises("CustomMessage", "No words");
    let refusal = "UserLambdaValidationException: CustomMessage failed with error No words.";
    server
        .refuses("ResendConfirmationCode", input, refusal)
        .await;
    // Nothing but the first message was sent.
    assert_eq!(server.inbox("").await.len(), 1);
}

#[tokio::test]
async fn a_message_may_hold_the_link_where_the_pool_confirms_by_one() {
    let (lambda, server) = Lambda::start().await;
    lambda.responds(
        "CustomMessage",
        json!({ "emailMessage": "{##Yes, it is me##} or {####}" }),
    );
    let link =
        json!({ "VerificationMessageTemplate": { "DefaultEmailOption": "CONFIRM_WITH_LINK" } });
    let (_, client) = with_bob(&server, &["CustomMessage"], link).await;
    let message = &server.inbox("").await[0];
    let (body, code) = (text(&message["body"]), text(&message["code"]));
    let link =
        format!("<a href=\"http://localhost:9339/confirmUser?client_id={client}&user_name=bob");
    assert!(body.starts_with(&link), "{body}");
    assert!(
        body.ends_with(&format!("\">Yes, it is me</a> or {code}")),
        "{body}"
    );
    lambda.responds(
        "CustomMessage",
        json!({ "emailMessage": "{##Only a link##}" }),
    );
    let input = json!({ "ClientId": client, "Username": "bob" });
    server.ok("ResendConfirmationCode", input).await;
}

#[tokio::test]
async fn every_message_names_its_cause() {
    let (lambda, server) = Lambda::start().await;
    let triggers = ["CustomMessage", "CustomEmailSender"];
    let id = server
        .pool(pool(
            &triggers,
            json!({ "AutoVerifiedAttributes": ["email"] }),
        ))
        .await;
    let client = server.client_id(&id, json!({})).await;
    server
        .user(
            &id,
            "alice",
            &[("email", EMAIL), ("email_verified", "true")],
        )
        .await;
    let token = server.sign_in(&client, "alice").await["AccessToken"].clone();
    let named = json!({ "UserPoolId": id, "Username": "alice" });
    let email = attribute_list(&[("email", "new@example.com")]);
    let with = |mut input: Value, member: &str, value: &Value| {
        input[member] = value.clone();
        input["ClientMetadata"] = json!({ "k": "v" });
        input
    };
    let calls: [(&'static str, Value, &str, bool); 6] = [
        (
            "ForgotPassword",
            with(json!({ "Username": "alice" }), "ClientId", &json!(client)),
            "ForgotPassword",
            true,
        ),
        (
            "AdminUpdateUserAttributes",
            with(named.clone(), "UserAttributes", &email),
            "UpdateUserAttribute",
            false,
        ),
        (
            "UpdateUserAttributes",
            with(
                json!({ "AccessToken": token }),
                "UserAttributes",
                &attribute_list(&[("email", EMAIL)]),
            ),
            "UpdateUserAttribute",
            true,
        ),
        (
            "GetUserAttributeVerificationCode",
            with(
                json!({ "AccessToken": token }),
                "AttributeName",
                &json!("email"),
            ),
            "VerifyUserAttribute",
            true,
        ),
        (
            "AdminCreateUser",
            json!({ "UserPoolId": id, "Username": "carol", "UserAttributes": email, "DesiredDeliveryMediums": ["EMAIL"], "ClientMetadata": { "k": "v" } }),
            "AdminCreateUser",
            false,
        ),
        (
            "AdminCreateUser",
            json!({ "UserPoolId": id, "Username": "carol", "MessageAction": "RESEND", "DesiredDeliveryMediums": ["EMAIL"], "ClientMetadata": { "k": "v" } }),
            "AdminCreateUser",
            false,
        ),
    ];
    lambda.take();
    for (operation, input, cause, has_client) in calls {
        server.ok(operation, input).await;
        let events = lambda.take();
        let sources: Vec<_> = events
            .iter()
            .map(|event| text(&event["triggerSource"]))
            .collect();
        assert_eq!(
            sources,
            [
                format!("CustomMessage_{cause}"),
                format!("CustomEmailSender_{cause}")
            ],
            "{operation}"
        );
        for event in &events {
            let expected = if has_client {
                client.as_str()
            } else {
                "CLIENT_ID_NOT_APPLICABLE"
            };
            assert_eq!(event["callerContext"]["clientId"], expected, "{operation}");
            assert_eq!(
                event["request"]["clientMetadata"],
                json!({ "k": "v" }),
                "{operation}"
            );
        }
        let names_user = if cause == "AdminCreateUser" {
            json!("{username}")
        } else {
            Value::Null
        };
        assert_eq!(events[0]["request"]["usernameParameter"], names_user);
    }
    // The sender has sent them all.
    assert!(server.inbox("").await.is_empty());
}

#[tokio::test]
async fn an_invitation_must_name_the_user() {
    let (lambda, server) = Lambda::start().await;
    let id = server.pool(pool(&["CustomMessage"], json!({}))).await;
    let create = |username: &str| {
        json!({
            "UserPoolId": id,
            "Username": username,
            "UserAttributes": attribute_list(&[("email", EMAIL)]),
        })
    };
    lambda.responds("CustomMessage", json!({ "emailMessage": "{####}" }));
    server
        .refuses_as("AdminCreateUser", create("bob"), "FunctionOutput")
        .await;
    // Like an address that cannot be reached: the user was made all the same.
    server.described_user(&id, "bob").await;
    lambda.responds(
        "CustomMessage",
        json!({ "emailMessage": "{username}: {####}" }),
    );
    let mut input = create("carol");
    input["TemporaryPassword"] = json!(PASSWORD);
    server.ok("AdminCreateUser", input).await;
    assert_eq!(
        server.inbox("").await[0]["body"],
        json!(format!("carol: {PASSWORD}"))
    );
}

#[tokio::test]
async fn a_sender_gets_the_code_encrypted_and_its_failure_is_its_own() {
    let (lambda, server) = Lambda::start().await;
    let (id, client) = with_bob(&server, &["CustomEmailSender"], json!({})).await;
    let event = lambda.take_one();
    let members: Vec<_> = event.as_object().unwrap().keys().collect();
    assert_eq!(
        members,
        [
            "version",
            "triggerSource",
            "region",
            "userPoolId",
            "userName",
            "callerContext",
            "request"
        ]
    );
    assert_eq!(event["triggerSource"], "CustomEmailSender_SignUp");
    assert_eq!(event["request"]["type"], "customEmailSenderRequestV1");
    assert_eq!(event["request"]["clientMetadata"], json!({ "lang": "en" }));
    assert_eq!(event["request"]["userAttributes"]["email"], EMAIL);
    // A message of the AWS Encryption SDK, version 1, with the suite that captures show.
    assert!(text(&event["request"]["code"]).starts_with("AYADe"));
    assert!(server.inbox("").await.is_empty());

    let input = json!({ "ClientId": client, "Username": "bob" });
    lambda.raises("CustomEmailSender", "SES is down");
    server.ok("ResendConfirmationCode", input.clone()).await;
    lambda.answers("CustomEmailSender", || super::lambda::Answer::Text("ok"));
    server.ok("ResendConfirmationCode", input).await;
    // The other way is not the function's.
    let input = json!({
        "UserPoolId": id, "Username": "carol", "UserAttributes": attribute_list(&[("phone_number", "+12065559934")]),
    });
    server.ok("AdminCreateUser", input).await;
    assert_eq!(server.inbox("").await.len(), 1);
}

#[tokio::test]
async fn a_sender_tells_of_risky_sign_ins_and_no_other_function_is_asked() {
    let (lambda, server) = Lambda::start().await;
    let protected = json!({ "UserPoolAddOns": { "AdvancedSecurityMode": "ENFORCED" } });
    let triggers = ["CustomMessage", "CustomEmailSender"];
    let id = server.pool(pool(&triggers, protected)).await;
    let client = server.client_id(&id, json!({})).await;
    server.user(&id, "alice", &[("email", EMAIL)]).await;
    let arn = "arn:aws:ses:us-east-1:123456789012:identity/example.com";
    let takeover = json!({
        "NotifyConfiguration": { "SourceArn": arn },
        "Actions": { "HighAction": { "Notify": true, "EventAction": "NO_ACTION" } },
    });
    let input = json!({ "UserPoolId": id, "AccountTakeoverRiskConfiguration": takeover });
    server.ok("SetRiskConfiguration", input).await;
    let risk = json!({ "user_pool_id": id, "username": "alice", "level": "High" });
    assert_eq!(server.own("POST", "risk", risk).await.0, 200);
    lambda.take();
    server.sign_in(&client, "alice").await;
    let event = lambda.take_one();
    let source = "CustomEmailSender_AccountTakeOverNotification";
    assert_eq!(event["triggerSource"], source);
    // As AWS's own types have it.
    let facts = &event["request"]["userAttributes"];
    assert_eq!(
        keys(facts),
        [
            "ACCOUNT_TAKE_OVER_ACTION",
            "CITY",
            "COUNTRY",
            "DEVICE_NAME",
            "EVENT_ID",
            "FEEDBACK_TOKEN",
            "IP_ADDRESS",
            "LOGIN_TIME",
            "ONE_CLICK_LINK_INVALID",
            "ONE_CLICK_LINK_VALID",
            "USER_NAME"
        ]
    );
    assert_eq!(facts["ACCOUNT_TAKE_OVER_ACTION"], "NO_ACTION");
    assert_eq!(facts["LOGIN_TIME"], "2026-01-01T00:00:00Z");
    assert!(text(&event["request"]["code"]).starts_with("AYADe"));
    assert!(server.inbox("").await.is_empty());
}

#[tokio::test]
async fn a_sender_needs_a_key() {
    let server = Server::start().await;
    let sender = json!({ "LambdaVersion": "V1_0", "LambdaArn": super::lambda::ARN });
    let input = json!({ "PoolName": "p", "LambdaConfig": { "CustomSMSSender": sender } });
    server
        .refuses_as("CreateUserPool", input, "SenderNeedsKey")
        .await;
}
