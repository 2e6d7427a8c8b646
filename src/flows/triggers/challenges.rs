//! The three functions of CUSTOM_AUTH: which challenge comes next, what it is, and whether its
//! answer is right.
//!
//! Not here: the order of the steps and what is sealed between them (`flows::sign_in`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::call::{Caller, FunctionAnswer, FunctionEvent, call, object, user_attributes};
use super::caller_data;
use super::trigger::Trigger;
use crate::app::Ctx;
use crate::error::{Error, Result};
use crate::store::{Client, Pool, User};

/// A challenge of this sign-in that was answered, as functions are told of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChallengeRecord {
    pub challenge_name: String,
    pub challenge_result: bool,
    /// What CreateAuthChallenge said of it; captured as null where it said nothing.
    pub challenge_metadata: Option<String>,
}

/// Whom the functions are told of.
#[derive(Debug, Clone, Copy)]
pub enum CustomAuthUser<'a> {
    Known(&'a User),
    /// Nobody, whom the client hides: what was typed.
    Unknown(&'a str),
}

impl CustomAuthUser<'_> {
    fn username(&self) -> &str {
        match self {
            Self::Known(user) => &user.username,
            Self::Unknown(typed) => typed,
        }
    }
}

/// What DefineAuthChallenge decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    Challenge(String),
    Tokens,
    Failure,
}

/// What CreateAuthChallenge made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CreatedChallenge {
    /// For the client.
    pub public: BTreeMap<String, String>,
    /// For VerifyAuthChallengeResponse alone.
    pub private: BTreeMap<String, String>,
    pub metadata: Option<String>,
}

/// Whether the pool has all three functions of a custom challenge.
pub fn has_custom_auth(pool: &Pool) -> bool {
    let all = [
        Trigger::DefineAuthChallenge,
        Trigger::CreateAuthChallenge,
        Trigger::VerifyAuthChallengeResponse,
    ];
    all.into_iter().all(|one| one.function(pool).is_some())
}

/// Asks what comes next.
pub async fn define_auth_challenge(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    user: CustomAuthUser<'_>,
    history: &[ChallengeRecord],
) -> Result<Decision> {
    let answer = ask(
        ctx,
        pool,
        client,
        user,
        Trigger::DefineAuthChallenge,
        [("session", serde_json::to_value(history)?)],
        json!({ "challengeName": null, "issueTokens": null, "failAuthentication": null }),
    )
    .await?;
    let next = answer.text("challengeName")?;
    let (issue, fail) = (
        answer.flag("issueTokens")?,
        answer.flag("failAuthentication")?,
    );
    Ok(match next {
        _ if fail => Decision::Failure,
        _ if issue => Decision::Tokens,
        Some(name) => Decision::Challenge(name),
        // (unsure) No decision at all.
        None => Decision::Failure,
    })
}

/// Asks for a challenge of the function's own.
pub async fn create_auth_challenge(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    user: CustomAuthUser<'_>,
    name: &str,
    history: &[ChallengeRecord],
) -> Result<CreatedChallenge> {
    let answer = ask(
        ctx,
        pool,
        client,
        user,
        Trigger::CreateAuthChallenge,
        [
            ("challengeName", name.into()),
            ("session", serde_json::to_value(history)?),
        ],
        json!({
            "publicChallengeParameters": null,
            "privateChallengeParameters": null,
            "challengeMetadata": null,
        }),
    )
    .await?;
    let parameters = |name| {
        let texts = answer.texts(name)?.unwrap_or_default();
        Ok::<_, Error>(texts.into_iter().collect())
    };
    Ok(CreatedChallenge {
        public: parameters("publicChallengeParameters")?,
        private: parameters("privateChallengeParameters")?,
        metadata: answer.text("challengeMetadata")?,
    })
}

/// Asks whether an answer is right.
pub async fn verify_auth_challenge_response(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    user: CustomAuthUser<'_>,
    private: &BTreeMap<String, String>,
    given: &str,
) -> Result<bool> {
    let answer = ask(
        ctx,
        pool,
        client,
        user,
        Trigger::VerifyAuthChallengeResponse,
        [
            ("privateChallengeParameters", serde_json::to_value(private)?),
            ("challengeAnswer", given.into()),
        ],
        json!({ "answerCorrect": null }),
    )
    .await?;
    answer.flag("answerCorrect")
}

async fn ask<const N: usize>(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    user: CustomAuthUser<'_>,
    trigger: Trigger,
    members: [(&str, Value); N],
    response: Value,
) -> Result<FunctionAnswer> {
    let function = trigger
        .function(pool)
        .ok_or(Error::CustomAuthNotConfigured)?;
    let attributes = match user {
        CustomAuthUser::Known(user) => user_attributes(pool, user),
        CustomAuthUser::Unknown(_) => json!({}),
    };
    let mut request = object([("userAttributes", attributes)]);
    request.extend(object(members));
    // (unsure) Captures have the member both present and absent: it belongs to clients that hide
    // who exists.
    if client.hides_unknown_users() {
        let unknown = matches!(user, CustomAuthUser::Unknown(_));
        request.insert("userNotFound".to_owned(), unknown.into());
    }
    if let Some(metadata) = caller_data::client_metadata(ctx) {
        request.insert("clientMetadata".to_owned(), metadata);
    }
    let event = FunctionEvent {
        function,
        pool,
        source: &format!("{}_Authentication", trigger.name()),
        username: user.username(),
        caller: Caller::Client(client),
        request: Value::Object(request),
        response: Some(response),
    };
    call(ctx, event).await
}
