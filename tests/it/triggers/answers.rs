//! What a function may answer: the event again, with a response that holds what belongs there.

use serde_json::{Value, json};

use super::lambda::{Answer, Lambda, pool};
use crate::support::{PASSWORD, claims, with_password};

const UNRECOGNIZABLE: &str = "InvalidLambdaResponseException: Unrecognizable lambda output";
const NOT_JSON: &str =
    "InvalidLambdaResponseException: Invalid lambda function output : Invalid JSON";

type MakeAnswer = fn() -> Answer;

#[tokio::test]
async fn an_answer_that_is_not_the_event_is_refused() {
    let (lambda, server) = Lambda::start().await;
    let id = server.pool(pool(&["PreSignUp"], json!({}))).await;
    let client = server.client_id(&id, json!({})).await;
    let input = json!({ "ClientId": client, "Username": "bob", "Password": PASSWORD });
    let junk: [(MakeAnswer, &str); 8] = [
        (|| Answer::Json(Value::Null), NOT_JSON),
        (|| Answer::Text("<html><body>502</body></html>"), NOT_JSON),
        (|| Answer::Text(""), NOT_JSON),
        (|| Answer::Text("undefined"), NOT_JSON),
        (|| Answer::Json(json!([])), UNRECOGNIZABLE),
        (|| Answer::Json(json!("event")), UNRECOGNIZABLE),
        (|| Answer::Json(json!({})), UNRECOGNIZABLE),
        (
            || Answer::Json(json!({ "statusCode": 200, "body": "Hello from Lambda!" })),
            UNRECOGNIZABLE,
        ),
    ];
    for (answer, refusal) in junk {
        lambda.answers("PreSignUp", answer);
        server.refuses("SignUp", input.clone(), refusal).await;
    }
    let changes: [fn(&mut Value); 23] = [
        |event| event["version"] = json!("2"),
        |event| event["version"] = json!(1),
        |event| event["region"] = json!("eu-west-1"),
        |event| event["userPoolId"] = json!("us-east-1_Other"),
        |event| event["userName"] = json!("alice"),
        |event| event["triggerSource"] = json!("PreSignUp_AdminCreateUser"),
        |event| event["callerContext"] = Value::Null,
        |event| event["callerContext"] = json!("caller"),
        |event| event["callerContext"]["clientId"] = json!("another"),
        |event| event["callerContext"]["clientId"] = json!(""),
        |event| event["callerContext"]["awsSdkVersion"] = json!("1"),
        |event| event["request"] = Value::Null,
        |event| event["request"] = json!([]),
        |event| drop_member(event, "version"),
        |event| drop_member(event, "userName"),
        |event| drop_member(event, "callerContext"),
        |event| drop_member(event, "request"),
        |event| {
            event["TriggerSource"] = event["triggerSource"].clone();
            drop_member(event, "triggerSource");
        },
        |event| {
            let event = event.as_object_mut().unwrap();
            *event = std::mem::take(event)
                .into_iter()
                .map(|(name, value)| (name[..1].to_uppercase() + &name[1..], value))
                .collect();
        },
        |event| event["response"] = json!([]),
        |event| event["response"] = json!("ok"),
        |event| event["response"]["autoConfirmUser"] = json!("true"),
        |event| event["response"]["autoVerifyEmail"] = json!(1),
    ];
    for change in changes {
        lambda.on("PreSignUp", change);
        server
            .refuses("SignUp", input.clone(), UNRECOGNIZABLE)
            .await;
    }
    let all: Vec<Value> = server.ok("ListUsers", json!({ "UserPoolId": id })).await["Users"]
        .as_array()
        .unwrap()
        .clone();
    assert_eq!(all, Vec::<Value>::new());
    // What nobody knows and what is null does no harm, nor what it says of its own about the
    // request.
    lambda.on("PreSignUp", |event| {
        event["response"]["unknown"] = json!({ "a": 1 });
        event["response"]["autoConfirmUser"] = Value::Null;
        event["request"]["userAttributes"] = json!({ "email": "other@example.com" });
        event["more"] = json!(true);
    });
    let answer = server.ok("SignUp", input).await;
    assert_eq!(answer["UserConfirmed"], false);
}

fn drop_member(event: &mut Value, name: &str) {
    event.as_object_mut().unwrap().remove(name);
}

/// AWS's own types for Java have no response where there is nothing to say, and those for Go, .NET
/// and Java write what they have not got as null, as empty or not at all.
#[tokio::test]
async fn answers_of_typed_functions_are_taken() {
    let (lambda, server) = Lambda::start().await;
    let triggers = [
        "PreSignUp",
        "PostConfirmation",
        "PreAuthentication",
        "PostAuthentication",
    ];
    let id = server.pool(pool(&triggers, json!({}))).await;
    let client = server.client_id(&id, json!({})).await;
    let typed: [fn(&mut Value); 7] = [
        |event| drop_member(event, "response"),
        |event| event["response"] = Value::Null,
        |event| event["response"] = json!({}),
        |event| event["request"]["clientMetadata"] = Value::Null,
        |event| event["request"]["validationData"] = json!({}),
        |event| event["callerContext"]["clientId"] = Value::Null,
        |event| {
            drop_member(&mut event["callerContext"], "awsSdkVersion");
            event["request"] = json!({});
        },
    ];
    for (number, change) in typed.into_iter().enumerate() {
        for trigger in triggers {
            lambda.on(trigger, change);
        }
        let name = format!("user{number}");
        let input = json!({ "ClientId": client, "Username": name, "Password": PASSWORD });
        server.ok("SignUp", input).await;
        let named = json!({ "UserPoolId": id, "Username": name });
        server.ok("AdminConfirmSignUp", named).await;
        server.sign_in(&client, &name).await;
        assert_eq!(lambda.take().len(), 4, "{number}");
    }
    // AdminConfirmSignUp names no client: Go and .NET make an empty text of that null.
    lambda.on("PostConfirmation", |event| {
        assert_eq!(event["callerContext"]["clientId"], Value::Null);
        event["callerContext"]["clientId"] = json!("");
    });
    let input = json!({ "ClientId": client, "Username": "last", "Password": PASSWORD });
    server.ok("SignUp", input).await;
    let named = json!({ "UserPoolId": id, "Username": "last" });
    server.ok("AdminConfirmSignUp", named).await;
}

/// What Go writes of a response in which nothing was said: empty texts, false and null.
#[tokio::test]
async fn an_empty_text_says_nothing() {
    let (lambda, server) = Lambda::start().await;
    let triggers = ["CustomMessage", "PreTokenGeneration", "UserMigration"];
    let settings = json!({ "AutoVerifiedAttributes": ["email"] });
    let id = server.pool(pool(&triggers, settings)).await;
    let client = server.client_id(&id, json!({})).await;
    lambda.responds(
        "CustomMessage",
        json!({ "smsMessage": "", "emailMessage": "", "emailSubject": "" }),
    );
    let email = json!([{ "Name": "email", "Value": "bob@example.com" }]);
    let input = json!({
        "ClientId": client,
        "Username": "bob",
        "Password": PASSWORD,
        "UserAttributes": email,
    });
    server.ok("SignUp", input).await;
    // The pool's own words were sent.
    let code = server.code("bob@example.com").await;
    let confirm = json!({ "ClientId": client, "Username": "bob", "ConfirmationCode": code });
    server.ok("ConfirmSignUp", confirm).await;

    let group = json!({ "UserPoolId": id, "GroupName": "staff" });
    server.ok("CreateGroup", group).await;
    let add = json!({ "UserPoolId": id, "GroupName": "staff", "Username": "bob" });
    server.ok("AdminAddUserToGroup", add).await;
    let overrides = |groups: Value| {
        json!({ "claimsOverrideDetails": {
            "groupOverrideDetails": {
                "groupsToOverride": groups,
                "iamRolesToOverride": groups,
                "preferredRole": null,
            },
            "claimsToAddOrOverride": { "tenant": "acme" },
            "claimsToSuppress": null,
        } })
    };
    // Go's nulls leave the groups alone; Rust's empty lists suppress them.
    for (groups, left) in [(Value::Null, json!(["staff"])), (json!([]), Value::Null)] {
        lambda.responds("TokenGeneration", overrides(groups));
        let tokens = server.sign_in(&client, "bob").await;
        let said = claims(&tokens["IdToken"]);
        assert_eq!(
            (&said["tenant"], &said["cognito:groups"]),
            (&json!("acme"), &left)
        );
    }

    lambda.responds(
        "UserMigration",
        json!({
            "userAttributes": { "email": "old@example.com" },
            "finalUserStatus": "",
            "messageAction": "",
            "desiredDeliveryMediums": null,
            "forceAliasCreation": false,
        }),
    );
    let begin = with_password(&client, "old", PASSWORD);
    server
        .refuses_as("InitiateAuth", begin, "PasswordResetRequired")
        .await;
}

#[tokio::test]
async fn what_happened_before_the_answer_stays() {
    let (lambda, server) = Lambda::start().await;
    let id = server
        .pool(pool(&["PostConfirmation", "PostAuthentication"], json!({})))
        .await;
    let client = server.client_id(&id, json!({})).await;
    let answers: [(MakeAnswer, &str); 3] = [
        (|| Answer::Json(Value::Null), NOT_JSON),
        (|| Answer::Text("OK"), NOT_JSON),
        (|| Answer::Json(json!({ "ok": true })), UNRECOGNIZABLE),
    ];
    for (number, (answer, refusal)) in answers.into_iter().enumerate() {
        lambda.answers("PostConfirmation", answer);
        lambda.answers("PostAuthentication", answer);
        let name = format!("user{number}");
        let input = json!({ "ClientId": client, "Username": name, "Password": PASSWORD });
        server.ok("SignUp", input).await;
        let named = json!({ "UserPoolId": id, "Username": name });
        server
            .refuses("AdminConfirmSignUp", named.clone(), refusal)
            .await;
        let user = server.ok("AdminGetUser", named).await;
        assert_eq!(user["UserStatus"], "CONFIRMED");
        // Nobody gets tokens of whom the last function said nothing.
        server
            .refuses(
                "InitiateAuth",
                with_password(&client, &name, PASSWORD),
                refusal,
            )
            .await;
    }
}

#[tokio::test]
async fn a_function_that_is_nowhere_is_not_found() {
    let (_lambda, server) = Lambda::start().await;
    let arn = "arn:aws:lambda:us-east-1:123456789012:function:gone";
    let id = server
        .pool(json!({ "LambdaConfig": { "PreSignUp": arn } }))
        .await;
    let client = server.client_id(&id, json!({})).await;
    let input = json!({ "ClientId": client, "Username": "bob", "Password": PASSWORD });
    let refusal = "UnexpectedLambdaException: PreSignUp invocation failed due to error ResourceNotFoundException.";
    server.refuses("SignUp", input, refusal).await;
}

#[tokio::test]
async fn other_pools_and_other_moments_are_not_affected() {
    let (lambda, server) = Lambda::start().await;
    let id = server.pool(pool(&["PreSignUp"], json!({}))).await;
    lambda.raises("PreSignUp", "never");
    let client = server.client_id(&id, json!({})).await;
    let sub = {
        // A user from before the function.
        let other = server.world().await;
        other.tokens().await;
        other.sub
    };
    assert_eq!(sub.len(), 36);
    let input = json!({ "ClientId": client, "Username": "bob", "Password": PASSWORD });
    server.refused("SignUp", input).await;
    assert_eq!(lambda.take_sources(), ["PreSignUp_SignUp"]);
}
