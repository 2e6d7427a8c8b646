//! UserMigration: somebody whom only another directory knows, at a sign-in and when the password is
//! forgotten.

use serde_json::{Value, json};

use super::lambda::{Lambda, pool};
use crate::support::{PASSWORD, attribute, claims, with_password};

const EMAIL: &str = "bob@example.com";
const BAD: &str = "NotAuthorizedException: Incorrect username or password.";

fn bob() -> Value {
    json!({
        "userAttributes": { "email": EMAIL, "email_verified": "true", "name": "Bob" },
        "finalUserStatus": "CONFIRMED",
        "messageAction": "SUPPRESS",
    })
}

#[tokio::test]
async fn a_name_that_is_missing_is_brought_in_with_the_password_that_was_typed() {
    let (lambda, server) = Lambda::start().await;
    let triggers = [
        "UserMigration",
        "PreSignUp",
        "PostConfirmation",
        "PostAuthentication",
    ];
    let id = server.pool(pool(&triggers, json!({}))).await;
    let client = server.client_id(&id, json!({})).await;
    lambda.responds("UserMigration", bob());
    // Weaker than the policy asks for: it is taken as it is.
    let mut input = with_password(&client, "bob", "weak");
    input["ClientMetadata"] = json!({ "k": "v" });
    let done = server.ok("InitiateAuth", input).await;
    let access = claims(&done["AuthenticationResult"]["AccessToken"]);
    assert_eq!(access["username"], "bob");
    let events = lambda.take();
    let expected = format!(
        "{{\"version\":\"1\",\"triggerSource\":\"UserMigration_Authentication\",\
         \"region\":\"us-east-1\",\"userPoolId\":\"{id}\",\
         \"userName\":\"bob\",\"callerContext\":{{\"awsSdkVersion\":\"aws-sdk-unknown-unknown\",\
         \"clientId\":\"{client}\"}},\
         \"request\":{{\"password\":\"weak\",\"validationData\":{{\"k\":\"v\"}},\
         \"userAttributes\":null}},\
         \"response\":{{\"userAttributes\":null,\"forceAliasCreation\":null,\"enableSMSMFA\":null,\
         \"finalUserStatus\":null,\
         \"messageAction\":null,\"desiredDeliveryMediums\":null}}}}"
    );
    assert_eq!(events[0].to_string(), expected);
    // Nobody signed up, and nothing was confirmed.
    assert_eq!(events.len(), 2);
    assert_eq!(
        events[1]["triggerSource"],
        "PostAuthentication_Authentication"
    );
    let user = server.described_user(&id, "bob").await;
    assert_eq!(user["UserStatus"], "CONFIRMED");
    assert_eq!(
        attribute(&user["UserAttributes"], "name").as_deref(),
        Some("Bob")
    );
    assert!(server.inbox("").await.is_empty());

    // From now on the user is the pool's own.
    server
        .ok("InitiateAuth", with_password(&client, "bob", "weak"))
        .await;
    server
        .refuses("InitiateAuth", with_password(&client, "bob", "other"), BAD)
        .await;
    let sources = lambda.take_sources();
    assert!(
        !sources
            .iter()
            .any(|source| source.starts_with("UserMigration")),
        "{sources:?}"
    );
}

#[tokio::test]
async fn without_a_status_the_password_must_be_set_anew() {
    let (lambda, server) = Lambda::start().await;
    let id = server.pool(pool(&["UserMigration"], json!({}))).await;
    let client = server.client_id(&id, json!({})).await;
    for (username, status) in [("bob", Value::Null), ("carol", json!("RESET_REQUIRED"))] {
        let attributes =
            json!({ "email": format!("{username}@example.com"), "email_verified": "true" });
        lambda.responds(
            "UserMigration",
            json!({ "userAttributes": attributes, "finalUserStatus": status, "messageAction": "SUPPRESS" }),
        );
        let reset = "PasswordResetRequiredException: Password reset required for the user";
        server
            .refuses(
                "InitiateAuth",
                with_password(&client, username, PASSWORD),
                reset,
            )
            .await;
        let user = server.described_user(&id, username).await;
        assert_eq!(user["UserStatus"], "RESET_REQUIRED");
    }
}

#[tokio::test]
async fn a_forgotten_password_brings_the_user_in_too() {
    let (lambda, server) = Lambda::start().await;
    let id = server
        .pool(pool(
            &["UserMigration"],
            json!({ "UsernameAttributes": ["email"] }),
        ))
        .await;
    let client = server.client_id(&id, json!({})).await;
    lambda.responds("UserMigration", bob());
    let input = json!({ "ClientId": client, "Username": EMAIL, "ClientMetadata": { "k": "v" } });
    let sent = server.ok("ForgotPassword", input).await;
    assert_eq!(sent["CodeDeliveryDetails"]["Destination"], "b***@e***");
    let event = lambda.take_one();
    assert_eq!(event["triggerSource"], "UserMigration_ForgotPassword");
    assert_eq!(event["userName"], EMAIL);
    assert_eq!(
        event["request"],
        json!({ "validationData": null, "userAttributes": null, "clientMetadata": { "k": "v" } })
    );
    let input = json!({
        "ClientId": client, "Username": EMAIL, "Password": PASSWORD, "ConfirmationCode": server.code(EMAIL).await,
    });
    server.ok("ConfirmForgotPassword", input).await;
    server.sign_in(&client, EMAIL).await;
}

#[tokio::test]
async fn what_the_function_does_not_know_stays_unknown() {
    let (lambda, server) = Lambda::start().await;
    let id = server.pool(pool(&["UserMigration"], json!({}))).await;
    let open = server.client_id(&id, json!({})).await;
    let hiding = json!({ "PreventUserExistenceErrors": "ENABLED" });
    let hiding = server.client_id(&id, hiding).await;
    let unknown = format!("UserNotFoundException: Exception migrating user in app client {open}");
    let answers: [fn(&mut Value); 6] = [
        |_| {},
        |event| {
            event["response"]["userAttributes"] =
                json!({ "sub": "00000000-0000-0000-0000-000000000000" })
        },
        |event| event["response"]["userAttributes"] = json!({ "no_such": "x" }),
        |event| event["response"]["userAttributes"] = json!("bob"),
        |event| {
            event["response"] = bob();
            event["response"]["finalUserStatus"] = json!("ARCHIVED");
        },
        |event| {
            event["response"] = bob();
            event["response"]["desiredDeliveryMediums"] = json!(["PIGEON"]);
        },
    ];
    for (number, answer) in answers.into_iter().enumerate() {
        lambda.on("UserMigration", answer);
        let username = format!("nobody{number}");
        let input = with_password(&open, &username, PASSWORD);
        server.refuses("InitiateAuth", input, &unknown).await;
        let input = with_password(&hiding, &username, PASSWORD);
        server.refuses("InitiateAuth", input, BAD).await;
        let named = json!({ "UserPoolId": id, "Username": username });
        server.refused("AdminGetUser", named).await;
    }
    lambda.raises("UserMigration", "Bad password");
    server
        .refuses(
            "InitiateAuth",
            with_password(&open, "bob", PASSWORD),
            &unknown,
        )
        .await;
    server
        .refuses(
            "InitiateAuth",
            with_password(&hiding, "carol", PASSWORD),
            BAD,
        )
        .await;
    let refusal = "UserLambdaValidationException: UserMigration failed with error Bad password.";
    server
        .refuses(
            "ForgotPassword",
            json!({ "ClientId": open, "Username": "bob" }),
            refusal,
        )
        .await;
    let sent = server
        .ok(
            "ForgotPassword",
            json!({ "ClientId": hiding, "Username": "bob" }),
        )
        .await;
    assert!(sent["CodeDeliveryDetails"].is_object());
    assert!(server.inbox("").await.is_empty());
    for username in ["bob", "carol"] {
        let named = json!({ "UserPoolId": id, "Username": username });
        server.refused("AdminGetUser", named).await;
    }
}

#[tokio::test]
async fn a_typed_alias_needs_a_name_and_may_be_taken_over() {
    let (lambda, server) = Lambda::start().await;
    let aliases = json!({ "AliasAttributes": ["email"] });
    let id = server.pool(pool(&["UserMigration"], aliases)).await;
    let client = server.client_id(&id, json!({})).await;
    lambda.responds("UserMigration", bob());
    let input = with_password(&client, EMAIL, PASSWORD);
    let form = "InvalidParameterException: Username cannot be of email format, since user pool is configured for email alias.";
    server.refuses("InitiateAuth", input.clone(), form).await;
    lambda.on("UserMigration", |event| {
        event["response"] = bob();
        event["response"]["userAttributes"]["username"] = json!("bob");
    });
    server.ok("InitiateAuth", input).await;
    let user = server.described_user(&id, EMAIL).await;
    assert_eq!(user["Username"], "bob");

    // Another with the same address, who may have it only by force.
    lambda.responds("UserMigration", bob());
    server
        .refused("InitiateAuth", with_password(&client, "robert", PASSWORD))
        .await;
    let mut forced = bob();
    forced["forceAliasCreation"] = json!(true);
    lambda.responds("UserMigration", forced);
    server
        .ok("InitiateAuth", with_password(&client, "robert", PASSWORD))
        .await;
    let user = server.described_user(&id, EMAIL).await;
    assert_eq!(user["Username"], "robert");
    let user = server.described_user(&id, "bob").await;
    assert_eq!(
        attribute(&user["UserAttributes"], "email_verified").as_deref(),
        Some("false")
    );
}

#[tokio::test]
async fn the_welcome_is_sent_unless_it_is_suppressed() {
    let (lambda, server) = Lambda::start().await;
    let id = server.pool(pool(&["UserMigration"], json!({}))).await;
    let client = server.client_id(&id, json!({})).await;
    let mut welcomed = bob();
    welcomed["messageAction"] = Value::Null;
    welcomed["desiredDeliveryMediums"] = json!(["EMAIL"]);
    lambda.responds("UserMigration", welcomed);
    server
        .ok("InitiateAuth", with_password(&client, "bob", PASSWORD))
        .await;
    assert_eq!(server.inbox("").await.len(), 1);
}

#[tokio::test]
async fn a_proof_by_srp_cannot_be_handed_to_another_directory() {
    let (lambda, server) = Lambda::start().await;
    let id = server.pool(pool(&["UserMigration"], json!({}))).await;
    let flows = json!({ "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"] });
    let client = server.client_id(&id, flows).await;
    lambda.responds("UserMigration", bob());
    let begin = crate::support::srp::SrpClient::new("bob's").begin(&client, "bob");
    server
        .refuses(
            "InitiateAuth",
            begin,
            "UserNotFoundException: User does not exist.",
        )
        .await;
    assert!(lambda.take().is_empty());
}

#[tokio::test]
async fn nobody_guesses_passwords_of_another_directory_without_end() {
    let (lambda, server) = Lambda::start().await;
    let id = server.pool(pool(&["UserMigration"], json!({}))).await;
    let client = server.client_id(&id, json!({})).await;
    lambda.raises("UserMigration", "Bad password");
    let input = with_password(&client, "bob", PASSWORD);
    let mut tries = 0;
    loop {
        let refusal = server.refused("InitiateAuth", input.clone()).await;
        if refusal == "NotAuthorizedException: Password attempts exceeded" {
            break;
        }
        tries += 1;
        assert!(tries < 20, "{refusal}");
    }
    let asked = lambda.take().len();
    // Not even with the right one.
    lambda.responds("UserMigration", bob());
    server.refused("InitiateAuth", input).await;
    assert!(lambda.take().is_empty(), "{asked}");
}

#[tokio::test]
async fn the_password_of_user_auth_brings_somebody_in_as_well() {
    let (lambda, server) = Lambda::start().await;
    let id = server.pool(pool(&["UserMigration"], json!({}))).await;
    lambda.responds("UserMigration", bob());
    for (username, errors) in [("bob", "LEGACY"), ("robert", "ENABLED")] {
        let settings = json!({ "ExplicitAuthFlows": ["ALLOW_USER_AUTH"], "PreventUserExistenceErrors": errors });
        let client = server.client_id(&id, settings).await;
        let input = json!({
            "AuthFlow": "USER_AUTH",
            "ClientId": client,
            "AuthParameters": { "USERNAME": username, "PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": PASSWORD },
        });
        let done = server.ok("InitiateAuth", input).await;
        assert!(
            done["AuthenticationResult"]["AccessToken"].is_string(),
            "{done}"
        );
        assert_eq!(lambda.take_sources(), ["UserMigration_Authentication"]);
    }
}
