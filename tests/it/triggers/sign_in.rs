//! The functions around a sign-in: before the first factor, after the last one, and then the
//! tokens'.

use serde_json::{Value, json};

use super::lambda::{Lambda, pool};
use crate::support::devices::Device;
use crate::support::srp::SrpClient;
use crate::support::{PASSWORD, Server, text, with_password};

const AROUND: [&str; 3] = [
    "PreAuthentication",
    "PostAuthentication",
    "PreTokenGeneration",
];

async fn with_alice(server: &Server, settings: Value) -> (String, String, String) {
    let id = server.pool(pool(&AROUND, json!({}))).await;
    let client = server.client_id(&id, settings).await;
    let sub = server
        .user(&id, "alice", &[("email", "alice@example.com")])
        .await;
    (id, client, sub)
}

#[tokio::test]
async fn a_sign_in_is_told_before_and_after_with_the_callers_data_where_it_belongs() {
    let (lambda, server) = Lambda::start().await;
    let (id, client, sub) = with_alice(&server, json!({})).await;
    let mut input = with_password(&client, "alice", PASSWORD);
    input["ClientMetadata"] = json!({ "k": "v" });
    server.ok("InitiateAuth", input).await;
    let events = lambda.take();
    let sources: Vec<_> = events
        .iter()
        .map(|event| text(&event["triggerSource"]))
        .collect();
    assert_eq!(
        sources,
        [
            "PreAuthentication_Authentication",
            "PostAuthentication_Authentication",
            "TokenGeneration_Authentication"
        ]
    );
    let attributes =
        json!({ "sub": sub, "cognito:user_status": "CONFIRMED", "email": "alice@example.com" });
    assert_eq!(
        events[0],
        json!({
            "version": "1",
            "region": "us-east-1",
            "userPoolId": id,
            "userName": "alice",
            "callerContext": { "awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": client },
            "triggerSource": "PreAuthentication_Authentication",
            "request": { "userAttributes": attributes, "validationData": { "k": "v" } },
            "response": {},
        })
    );
    assert_eq!(
        events[1]["request"],
        json!({ "userAttributes": attributes, "newDeviceUsed": false })
    );
    assert_eq!(events[2]["request"].get("clientMetadata"), None);
}

#[tokio::test]
async fn each_of_them_may_refuse() {
    let (lambda, server) = Lambda::start().await;
    let (_, client, _) = with_alice(&server, json!({})).await;
    let input = with_password(&client, "alice", PASSWORD);
    lambda.raises("PreAuthentication", "Not today");
    let refusal = "UserLambdaValidationException: PreAuthentication failed with error Not today.";
    server.refuses("InitiateAuth", input.clone(), refusal).await;
    // Whatever the password is.
    let wrong = with_password(&client, "alice", "Wrong1234!");
    server.refuses("InitiateAuth", wrong.clone(), refusal).await;
    assert_eq!(lambda.take_sources().len(), 2);

    lambda.on("PreAuthentication", |_| {});
    lambda.raises("PostAuthentication", "Too late");
    let refusal = "UserLambdaValidationException: PostAuthentication failed with error Too late.";
    server.refuses("InitiateAuth", input, refusal).await;
    let bad = "NotAuthorizedException: Incorrect username or password.";
    lambda.take();
    server.refuses("InitiateAuth", wrong, bad).await;
    assert_eq!(lambda.take_sources(), ["PreAuthentication_Authentication"]);
}

#[tokio::test]
async fn a_name_that_nobody_has_is_shown_only_where_the_client_hides_that() {
    let (lambda, server) = Lambda::start().await;
    let (id, open, _) = with_alice(&server, json!({})).await;
    let nobody = "UserNotFoundException: User does not exist.";
    server
        .refuses(
            "InitiateAuth",
            with_password(&open, "nobody", PASSWORD),
            nobody,
        )
        .await;
    assert!(lambda.take().is_empty());
    let hiding = json!({ "PreventUserExistenceErrors": "ENABLED" });
    let hiding = server.client_id(&id, hiding).await;
    let bad = "NotAuthorizedException: Incorrect username or password.";
    server
        .refuses(
            "InitiateAuth",
            with_password(&hiding, "nobody", PASSWORD),
            bad,
        )
        .await;
    let event = lambda.take_one();
    assert_eq!(event["userName"], "nobody");
    assert_eq!(
        event["request"],
        json!({ "userAttributes": {}, "validationData": Value::Null, "userNotFound": true })
    );
    server.sign_in(&hiding, "alice").await;
    assert_eq!(lambda.take()[0]["request"]["userNotFound"], false);
}

#[tokio::test]
async fn a_first_password_of_ones_own_has_a_source_of_its_own() {
    let (lambda, server) = Lambda::start().await;
    let (id, client, _) = with_alice(&server, json!({})).await;
    let input = json!({ "UserPoolId": id, "Username": "bob", "TemporaryPassword": PASSWORD, "MessageAction": "SUPPRESS" });
    server.ok("AdminCreateUser", input).await;
    let challenge = server
        .ok("InitiateAuth", with_password(&client, "bob", PASSWORD))
        .await;
    assert_eq!(lambda.take_sources(), ["PreAuthentication_Authentication"]);
    let input = json!({
        "ClientId": client,
        "ChallengeName": "NEW_PASSWORD_REQUIRED",
        "Session": challenge["Session"],
        "ChallengeResponses": { "USERNAME": "bob", "NEW_PASSWORD": "Another1!" },
        "ClientMetadata": { "k": "v" },
    });
    server.ok("RespondToAuthChallenge", input).await;
    let events = lambda.take();
    let sources: Vec<_> = events
        .iter()
        .map(|event| text(&event["triggerSource"]))
        .collect();
    assert_eq!(
        sources,
        [
            "PostAuthentication_Authentication",
            "TokenGeneration_NewPasswordChallenge"
        ]
    );
    for event in events {
        assert_eq!(event["request"]["clientMetadata"], json!({ "k": "v" }));
    }
}

#[tokio::test]
async fn a_password_proved_by_srp_is_told_alike() {
    let (lambda, server) = Lambda::start().await;
    let settings = json!({ "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"] });
    let (id, client, _) = with_alice(&server, settings).await;
    let srp = SrpClient::new("alice's");
    let challenge = server.ok("InitiateAuth", srp.begin(&client, "alice")).await;
    assert_eq!(lambda.take_sources(), ["PreAuthentication_Authentication"]);
    let answer = srp.answer(&id, &client, &challenge, PASSWORD);
    server.ok("RespondToAuthChallenge", answer).await;
    assert_eq!(
        lambda.take_sources(),
        [
            "PostAuthentication_Authentication",
            "TokenGeneration_Authentication"
        ]
    );
}

#[tokio::test]
async fn a_device_is_new_once_and_later_signs_in_with_a_source_of_its_own() {
    let (lambda, server) = Lambda::start().await;
    let tracking = json!({ "DeviceConfiguration": { "ChallengeRequiredOnNewDevice": true } });
    let id = server.pool(pool(&AROUND, tracking)).await;
    let flows = json!({ "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH"] });
    let client = server.client_id(&id, flows).await;
    server.user(&id, "alice", &[]).await;

    let tokens = server.sign_in(&client, "alice").await;
    let events = lambda.take();
    assert_eq!(events[1]["request"]["newDeviceUsed"], true);
    assert_eq!(events[2]["triggerSource"], "TokenGeneration_Authentication");
    let device = Device::new(&tokens["NewDeviceMetadata"], "alice's phone");
    let confirmation = json!({
        "AccessToken": tokens["AccessToken"],
        "DeviceKey": device.key,
        "DeviceSecretVerifierConfig": device.verifier(&[0x17; 16]),
    });
    server.ok("ConfirmDevice", confirmation).await;
    assert_eq!(lambda.take_sources(), [""; 0]);

    // The password by SRP, then the device by SRP.
    let srp = SrpClient::new("alice's");
    let mut begin = srp.begin(&client, "alice");
    begin["AuthParameters"]["DEVICE_KEY"] = json!(device.key);
    let challenge = server.ok("InitiateAuth", begin).await;
    let answer = srp.answer(&id, &client, &challenge, PASSWORD);
    let asked = server.ok("RespondToAuthChallenge", answer).await;
    assert_eq!(asked["ChallengeName"], "DEVICE_SRP_AUTH");
    let mut begin = srp.begin_device(&client, "alice", &device);
    begin["Session"] = asked["Session"].clone();
    let challenge = server.ok("RespondToAuthChallenge", begin).await;
    assert_eq!(lambda.take_sources(), ["PreAuthentication_Authentication"]);

    let mut answer = srp.answer_device(&client, &challenge, &device);
    answer["Session"] = challenge["Session"].clone();
    let answer = server.ok("RespondToAuthChallenge", answer).await;
    assert_eq!(
        answer["AuthenticationResult"].get("NewDeviceMetadata"),
        None
    );
    let events = lambda.take();
    assert_eq!(events.len(), 2, "{events:?}");
    assert_eq!(
        events[0]["triggerSource"],
        "PostAuthentication_Authentication"
    );
    assert_eq!(events[0]["request"]["newDeviceUsed"], false);
    assert_eq!(
        events[1]["triggerSource"],
        "TokenGeneration_AuthenticateDevice"
    );

    // Without the device it is a sign-in as before, on a new one.
    server.sign_in(&client, "alice").await;
    let events = lambda.take();
    assert_eq!(events[1]["request"]["newDeviceUsed"], true);
    assert_eq!(events[2]["triggerSource"], "TokenGeneration_Authentication");
}

#[tokio::test]
async fn a_code_to_sign_in_with_is_written_by_the_function() {
    let (lambda, server) = Lambda::start().await;
    let factors =
        json!({ "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"] } });
    let triggers = ["PreAuthentication", "CustomMessage", "PostAuthentication"];
    let id = server
        .pool(pool(&triggers, json!({ "Policies": factors })))
        .await;
    let flows = json!({ "ExplicitAuthFlows": ["ALLOW_USER_AUTH"] });
    let client = server.client_id(&id, flows).await;
    let email = [("email", "alice@example.com"), ("email_verified", "true")];
    server.user(&id, "alice", &email).await;
    lambda.responds("CustomMessage", json!({ "emailMessage": "Code {####}" }));
    let input = json!({
        "AuthFlow": "USER_AUTH",
        "ClientId": client,
        "AuthParameters": { "USERNAME": "alice", "PREFERRED_CHALLENGE": "EMAIL_OTP" },
        "ClientMetadata": { "k": "v" },
    });
    let challenge = server.ok("InitiateAuth", input).await;
    let events = lambda.take();
    let sources: Vec<_> = events
        .iter()
        .map(|event| text(&event["triggerSource"]))
        .collect();
    assert_eq!(
        sources,
        [
            "PreAuthentication_Authentication",
            "CustomMessage_Authentication"
        ]
    );
    // That of InitiateAuth stays with the first of them.
    assert_eq!(events[1]["request"].get("clientMetadata"), None);
    let code = server.code("alice@example.com").await;
    assert_eq!(
        server.inbox("").await[0]["body"],
        json!(format!("Code {code}"))
    );
    let input = json!({
        "ClientId": client,
        "ChallengeName": "EMAIL_OTP",
        "Session": challenge["Session"],
        "ChallengeResponses": { "USERNAME": "alice", "EMAIL_OTP_CODE": code },
    });
    server.ok("RespondToAuthChallenge", input).await;
    assert_eq!(lambda.take_sources(), ["PostAuthentication_Authentication"]);
}
