//! What a function may answer: the event again, with a response that holds what belongs there.

use serde_json::{Value, json};

use super::lambda::{Answer, Lambda, pool};
use crate::support::PASSWORD;

const UNRECOGNIZABLE: &str = "InvalidLambdaResponseException: Unrecognizable lambda output";

#[tokio::test]
async fn an_answer_that_is_not_the_event_is_refused() {
    let (lambda, server) = Lambda::start().await;
    let id = server.pool(pool(&["PreSignUp"], json!({}))).await;
    let client = server.client_id(&id, json!({})).await;
    let input = json!({ "ClientId": client, "Username": "bob", "Password": PASSWORD });
    let junk: [fn() -> Answer; 6] = [
        || Answer::Json(Value::Null),
        || Answer::Json(json!([])),
        || Answer::Json(json!({})),
        || Answer::Json(json!({ "statusCode": 200, "body": "Hello from Lambda!" })),
        || Answer::Text("<html><body>502</body></html>"),
        || Answer::Text(""),
    ];
    for answer in junk {
        lambda.answers("PreSignUp", answer);
        server
            .refuses("SignUp", input.clone(), UNRECOGNIZABLE)
            .await;
    }
    let changes: [fn(&mut Value); 12] = [
        |event| event["version"] = json!("2"),
        |event| event["version"] = json!(1),
        |event| event["region"] = json!("eu-west-1"),
        |event| event["userPoolId"] = json!("us-east-1_Other"),
        |event| event["userName"] = json!("alice"),
        |event| event["triggerSource"] = json!("PreSignUp_AdminCreateUser"),
        |event| event["callerContext"] = Value::Null,
        |event| event["request"] = Value::Null,
        |event| event["response"] = Value::Null,
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
