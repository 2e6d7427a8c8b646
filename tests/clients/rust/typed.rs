//! Events through AWS's own types for Rust: each line of standard input is an event, each line of
//! standard output is what a function with a typed event gives back.

use std::io::{self, BufRead, Write};

use aws_lambda_events::event::cognito::{
    CognitoEventUserPoolsCreateAuthChallenge, CognitoEventUserPoolsCustomMessage,
    CognitoEventUserPoolsDefineAuthChallenge, CognitoEventUserPoolsMigrateUser,
    CognitoEventUserPoolsPostAuthentication, CognitoEventUserPoolsPostConfirmation,
    CognitoEventUserPoolsPreAuthentication, CognitoEventUserPoolsPreSignup,
    CognitoEventUserPoolsPreTokenGen, CognitoEventUserPoolsPreTokenGenV2,
    CognitoEventUserPoolsVerifyAuthChallenge,
};
use serde_json::{Value, json};

/// What a function gives back that has changed nothing but what the document says.
fn through(event: Value) -> serde_json::Result<Value> {
    macro_rules! by {
        ($model:ty) => {
            serde_json::to_value(serde_json::from_value::<$model>(event)?)
        };
    }
    let source = event["triggerSource"].as_str().unwrap_or_default();
    match source.split('_').next().unwrap_or_default() {
        "PreSignUp" => by!(CognitoEventUserPoolsPreSignup),
        "PostConfirmation" => by!(CognitoEventUserPoolsPostConfirmation),
        "PreAuthentication" => by!(CognitoEventUserPoolsPreAuthentication),
        "PostAuthentication" => by!(CognitoEventUserPoolsPostAuthentication),
        "DefineAuthChallenge" => by!(CognitoEventUserPoolsDefineAuthChallenge),
        "CreateAuthChallenge" => by!(CognitoEventUserPoolsCreateAuthChallenge),
        "VerifyAuthChallengeResponse" => by!(CognitoEventUserPoolsVerifyAuthChallenge),
        "UserMigration" => by!(CognitoEventUserPoolsMigrateUser),
        "CustomMessage" => by!(CognitoEventUserPoolsCustomMessage),
        // They have no type for a machine's event: without a group configuration it is an error.
        "TokenGeneration" if event["request"]["groupConfiguration"].is_null() => Ok(event),
        "TokenGeneration" if event["version"] == "1" => by!(CognitoEventUserPoolsPreTokenGen),
        "TokenGeneration" => by!(CognitoEventUserPoolsPreTokenGenV2),
        // Of the others there is no type: such functions work with the document itself.
        _ => Ok(event),
    }
}

fn main() -> io::Result<()> {
    let mut out = io::stdout();
    for line in io::stdin().lock().lines() {
        let answer = serde_json::from_str(&line?).and_then(through);
        let answer = answer.unwrap_or_else(|error| json!({ "error": error.to_string() }));
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}
