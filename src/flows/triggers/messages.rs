//! What a message says, and functions that send it themselves.
//!
//! A pool may have both: CustomMessage runs first, and what it wrote is not delivered where a
//! sender takes over. Not here: when a message is sent and where to (`flows::deliver`), how a text
//! is filled in (`domain::messages`).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::call::{Caller, FunctionEvent, call, object, request, tell, user_attributes};
use super::caller_data;
use super::trigger::Trigger;
use crate::app::Ctx;
use crate::domain::messages;
use crate::error::Result;
use crate::store::{Client, Pool, User};
use crate::triggers::encrypt_code;
use crate::wire::user_pools::DeliveryMediumType;

/// Why a message is sent: the second half of `triggerSource`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    SignUp,
    AdminCreateUser,
    ResendCode,
    ForgotPassword,
    UpdateUserAttribute,
    VerifyUserAttribute,
    Authentication,
    AccountTakeOverNotification,
}

impl Cause {
    fn as_str(self) -> &'static str {
        match self {
            Self::SignUp => "SignUp",
            Self::AdminCreateUser => "AdminCreateUser",
            Self::ResendCode => "ResendCode",
            Self::ForgotPassword => "ForgotPassword",
            Self::UpdateUserAttribute => "UpdateUserAttribute",
            Self::VerifyUserAttribute => "VerifyUserAttribute",
            Self::Authentication => "Authentication",
            Self::AccountTakeOverNotification => "AccountTakeOverNotification",
        }
    }
}

/// The templates that a function wrote for the way that the message takes; what it left out stays
/// the pool's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CustomMessage {
    pub subject: Option<String>,
    pub body: Option<String>,
}

/// The way that a message takes.
#[derive(Debug, Clone, Copy)]
pub struct MessageWay {
    pub medium: DeliveryMediumType,
    /// It may hold a link in place of a code.
    pub by_link: bool,
}

/// Asks what a message shall say.
pub async fn custom_message(
    ctx: &Ctx,
    pool: &Pool,
    caller: Caller<'_>,
    cause: Cause,
    user: &User,
    way: MessageWay,
) -> Result<CustomMessage> {
    let MessageWay { medium, by_link } = way;
    let Some(function) = Trigger::CustomMessage.function(pool) else {
        return Ok(CustomMessage::default());
    };
    let names_user = cause == Cause::AdminCreateUser;
    let event = FunctionEvent {
        function,
        pool,
        source: &format!("CustomMessage_{}", cause.as_str()),
        username: &user.username,
        caller,
        request: request(
            ctx,
            [
                ("userAttributes", user_attributes(pool, user)),
                ("codeParameter", messages::CODE.into()),
                ("linkParameter", "{##Click Here##}".into()),
                (
                    "usernameParameter",
                    names_user.then_some(messages::USERNAME).into(),
                ),
            ],
        ),
        response: Some(json!({ "smsMessage": null, "emailMessage": null, "emailSubject": null })),
    };
    let answer = call(ctx, event).await?;
    let sms = answer.text("smsMessage")?;
    let email = answer.text("emailMessage")?;
    let subject = answer.text("emailSubject")?;
    let custom = match medium {
        DeliveryMediumType::Sms => CustomMessage {
            subject: None,
            body: sms,
        },
        // (unsure) The documentation refuses e-mail texts in pools that send with the
        // EmailSendingAccount COGNITO_DEFAULT. In practice such pools take them: it is how the
        // functions that Amplify generates work.
        DeliveryMediumType::Email => CustomMessage {
            subject,
            body: email,
        },
    };
    if let Some(subject) = &custom.subject {
        messages::check_custom_subject(subject)?;
    }
    if let Some(body) = &custom.body {
        messages::check_custom_body(medium, body, names_user, by_link)?;
    }
    Ok(custom)
}

fn sender(medium: DeliveryMediumType) -> Trigger {
    match medium {
        DeliveryMediumType::Email => Trigger::CustomEmailSender,
        DeliveryMediumType::Sms => Trigger::CustomSmsSender,
    }
}

/// Whether a function of the pool's sends such messages itself.
pub fn has_sender(pool: &Pool, medium: DeliveryMediumType) -> bool {
    sender(medium).function(pool).is_some()
}

/// A code, or what is sent in its place, for the function that sends it.
pub struct CodeToSend<'a> {
    pub medium: DeliveryMediumType,
    pub code: &'a str,
}

/// Hands a code to the function that sends it. (unsure) The service has decided by then, so that a
/// failure is nobody's but the function's.
pub async fn send(
    ctx: &Ctx,
    pool: &Pool,
    caller: Caller<'_>,
    cause: Cause,
    user: &User,
    to_send: CodeToSend<'_>,
) -> Result<()> {
    let recipient = Recipient {
        username: &user.username,
        attributes: user_attributes(pool, user),
    };
    send_to(ctx, pool, caller, cause, recipient, to_send).await
}

/// The same with a notification of a risky sign-in, whose facts are in the attributes' place as
/// AWS's own types have it. (unsure) In place of a code there is the feedback token.
pub async fn send_notification(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    user: &User,
    facts: Vec<(&'static str, String)>,
    token: &str,
) -> Result<()> {
    let facts = facts.into_iter();
    let facts = facts.map(|(name, value)| (name.to_owned(), Value::from(value)));
    let (caller, cause) = (Caller::Client(client), Cause::AccountTakeOverNotification);
    let recipient = Recipient {
        username: &user.username,
        attributes: Value::Object(facts.collect()),
    };
    let to_send = CodeToSend {
        medium: DeliveryMediumType::Email,
        code: token,
    };
    send_to(ctx, pool, caller, cause, recipient, to_send).await
}

/// Who gets a message, as its function is told.
struct Recipient<'a> {
    username: &'a str,
    attributes: Value,
}

async fn send_to(
    ctx: &Ctx,
    pool: &Pool,
    caller: Caller<'_>,
    cause: Cause,
    recipient: Recipient<'_>,
    to_send: CodeToSend<'_>,
) -> Result<()> {
    let CodeToSend { medium, code } = to_send;
    let trigger = sender(medium);
    let Some(function) = trigger.function(pool) else {
        return Ok(());
    };
    let kind = match medium {
        DeliveryMediumType::Email => "customEmailSenderRequestV1",
        DeliveryMediumType::Sms => "customSMSSenderRequestV1",
    };
    // Documented: temporary passwords are escaped for HTML before they are encrypted.
    let plain = match cause {
        Cause::AdminCreateUser => messages::escape_html(code),
        _ => code.to_owned(),
    };
    // Captured: the pool is what the code is bound to.
    let context = BTreeMap::from([("userpool-id".to_owned(), pool.id.clone())]);
    let config = pool.settings.lambda_config.as_ref();
    // A pool with a sender has a key: see `domain::pool_settings`.
    let key = config.and_then(|config| config.kms_key_id.as_deref());
    let key = key.unwrap_or_default();
    let kms = &ctx.app.keys.kms;
    let encrypted = ctx.draw(|rng| encrypt_code(kms, key, &plain, &context, rng))?;
    let event = FunctionEvent {
        function,
        pool,
        source: &format!("{}_{}", trigger.name(), cause.as_str()),
        username: recipient.username,
        caller,
        // Captured: the metadata is null when there is none, and there is no response.
        request: Value::Object(object([
            ("type", kind.into()),
            ("code", encrypted.into()),
            (
                "clientMetadata",
                caller_data::client_metadata(ctx).unwrap_or_default(),
            ),
            ("userAttributes", recipient.attributes),
        ])),
        response: None,
    };
    if let Err(error) = tell(ctx, event).await {
        tracing::warn!(
            pool = pool.id,
            trigger = trigger.name(),
            ?error,
            "a message was not sent"
        );
    }
    Ok(())
}
