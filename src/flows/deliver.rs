//! Sending messages: who gets one, by which medium, and what the answer says about it.
//!
//! Always after the transaction that the message is about: a function of the pool may write the
//! text or send the code itself, and it may call the API. If it fails, what was written stays, as
//! on AWS when a message cannot be delivered. Not here: texts (`domain::messages`), calling
//! functions (`triggers`), codes (`codes`).

use std::time::Duration;

use super::triggers::{self, Caller, Cause, CodeToSend, MessageWay};
use super::{codes, users};
use crate::app::Ctx;
use crate::domain::destinations::{self, Destination};
use crate::domain::messages::{self, Text};
use crate::error::{Error, Result};
use crate::faults::FaultTarget;
use crate::store::{Client, Code, CodePurpose, Message, Pool, User};
use crate::wire::user_pools::{CodeDeliveryDetailsType, DeliveryMediumType, VerifiedAttributeType};

/// The kind of a message to somebody whom an administrator has created.
const INVITATION: &str = "invitation";

/// Why a code is sent, and through which client. An administrator's request names no client.
#[derive(Debug, Clone, Copy)]
pub enum Occasion<'a> {
    SignUp(&'a Client),
    ResendCode(&'a Client),
    ForgotPassword(Option<&'a Client>),
    /// An address was changed.
    UpdateAttribute(Option<&'a Client>),
    /// The user asked for the code.
    VerifyAttribute(&'a Client),
    /// It is a factor of a sign-in.
    Authentication(&'a Client),
}

impl<'a> Occasion<'a> {
    /// The message's kind in the inbox.
    fn kind(self) -> &'static str {
        match self {
            Self::SignUp(_) => "sign_up",
            Self::ResendCode(_) => "resend_code",
            Self::ForgotPassword(_) => "forgot_password",
            Self::UpdateAttribute(_) | Self::VerifyAttribute(_) => "verify_attribute",
            Self::Authentication(_) => "authentication",
        }
    }

    fn cause(self) -> Cause {
        match self {
            Self::SignUp(_) => Cause::SignUp,
            Self::ResendCode(_) => Cause::ResendCode,
            Self::ForgotPassword(_) => Cause::ForgotPassword,
            Self::UpdateAttribute(_) => Cause::UpdateUserAttribute,
            Self::VerifyAttribute(_) => Cause::VerifyUserAttribute,
            Self::Authentication(_) => Cause::Authentication,
        }
    }

    fn caller(self) -> Caller<'a> {
        let client = match self {
            Self::SignUp(client)
            | Self::ResendCode(client)
            | Self::VerifyAttribute(client)
            | Self::Authentication(client) => Some(client),
            Self::ForgotPassword(client) | Self::UpdateAttribute(client) => client,
        };
        client.map_or(Caller::Administrator, Caller::Client)
    }

    /// The client to which a link in the message leads.
    fn link_client(self) -> Option<&'a Client> {
        match self {
            Self::SignUp(client) | Self::ResendCode(client) => Some(client),
            Self::ForgotPassword(_)
            | Self::UpdateAttribute(_)
            | Self::VerifyAttribute(_)
            | Self::Authentication(_) => None,
        }
    }
}

/// What an answer says about where a code went.
pub fn details(to: &Destination) -> CodeDeliveryDetailsType {
    CodeDeliveryDetailsType {
        destination: Some(messages::mask(to.attribute, &to.address)),
        delivery_medium: Some(messages::medium(to.attribute)),
        attribute_name: Some(to.attribute.as_str().to_owned()),
    }
}

/// What a client that hides which users exist answers in the name of somebody who gets no code: as
/// if one had been sent by the first of these ways, after as many writes as that takes.
pub async fn simulate_code(
    ctx: &Ctx,
    pool: &Pool,
    typed: &str,
    order: &[VerifiedAttributeType],
    purpose: CodePurpose,
) -> Result<CodeDeliveryDetailsType> {
    let subject = users::simulated_sub(ctx, pool, typed);
    codes::simulate(ctx, pool, &subject, purpose).await?;
    let noise = users::simulated_bytes(ctx, pool, typed);
    let to = destinations::simulated(order, typed, noise);
    let details = details(&to);
    simulate_message(ctx, pool, to, typed).await?;
    Ok(details)
}

/// A message that nobody gets. The functions of the pool, which the time of a real one depends on,
/// do not hear of it.
pub async fn simulate_message(
    ctx: &Ctx,
    pool: &Pool,
    to: Destination,
    username: &str,
) -> Result<()> {
    let (medium, code) = (messages::medium(to.attribute), ctx.code());
    let text = messages::verification(pool, medium, username, &code);
    let message = message(ctx, pool, medium, to.address, "", Some(code), text);
    ctx.app.outbox.simulate(ctx.store(), &message).await
}

/// How long what a message of this kind brings may be used. None for the code of a sign-in, which
/// ends with its session, and for what brings nothing.
pub fn validity(kind: &str, pool: &Pool) -> Option<Duration> {
    match kind {
        "sign_up" | "resend_code" => Some(CodePurpose::SignUp.validity()),
        "forgot_password" => Some(CodePurpose::ResetPassword.validity()),
        "verify_attribute" => Some(CodePurpose::Verify(VerifiedAttributeType::Email).validity()),
        INVITATION => Some(pool.temporary_password_validity()),
        _ => None,
    }
}

/// A message as the inbox keeps it.
fn message(
    ctx: &Ctx,
    pool: &Pool,
    medium: DeliveryMediumType,
    recipient: String,
    kind: &str,
    code: Option<String>,
    text: Text,
) -> Message {
    Message {
        id: ctx.uuid(),
        pool_id: pool.id.clone(),
        recipient,
        medium: medium.as_str().to_owned(),
        kind: kind.to_owned(),
        code,
        subject: text.subject,
        body: text.body,
        created_at: ctx.now,
    }
}

/// Sends a code to the address that it names. Codes of `codes` are stored by then; the code of a
/// sign-in is only in the session.
pub async fn send_code(
    ctx: &Ctx,
    pool: &Pool,
    user: &User,
    occasion: Occasion<'_>,
    attribute: VerifiedAttributeType,
    code: Code,
) -> Result<CodeDeliveryDetailsType> {
    let to = Destination {
        attribute,
        address: code.value.unwrap_or_default(),
    };
    send_code_to(ctx, pool, user, occasion, to, code.code).await
}

/// Sends a code, wherever it is kept.
pub async fn send_code_to(
    ctx: &Ctx,
    pool: &Pool,
    user: &User,
    occasion: Occasion<'_>,
    to: Destination,
    code: String,
) -> Result<CodeDeliveryDetailsType> {
    let medium = messages::medium(to.attribute);
    let link = occasion
        .link_client()
        .filter(|_| messages::confirms_by_link(pool, medium))
        .map(|client| confirmation_link(ctx, client, user, &code));
    let text = match (&link, occasion) {
        (Some(link), _) => messages::confirmation_link(pool, &user.username, link),
        (None, Occasion::Authentication(_)) => {
            messages::authentication(pool, medium, &user.username, &code)
        }
        (None, _) => messages::verification(pool, medium, &user.username, &code),
    };
    let details = details(&to);
    let draft = MessageDraft {
        kind: occasion.kind(),
        cause: occasion.cause(),
        caller: occasion.caller(),
        medium,
        recipient: to.address,
        username: &user.username,
        code,
        link,
        text,
    };
    draft.send(ctx, pool, user).await?;
    Ok(details)
}

/// The link that confirms a user's sign-up when it is opened.
fn confirmation_link(ctx: &Ctx, client: &Client, user: &User, code: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", &client.id)
        .append_pair("user_name", &user.username)
        .append_pair("confirmation_code", code)
        .finish();
    format!("{}/confirmUser?{query}", ctx.app.address())
}

/// What a new user is sent.
pub struct Invitation<'a> {
    /// As it was given.
    pub username: &'a str,
    pub password: &'a str,
    /// The media that the caller names.
    pub desired: Option<&'a [DeliveryMediumType]>,
}

/// Sends a new user the user name and the temporary password, in an administrator's name. Verified
/// on AWS: if there is no address or number, nothing is sent.
///
/// (unsure) If the caller names no medium it goes to the number, or else to the address; the
/// model's default is SMS.
pub async fn invite(ctx: &Ctx, pool: &Pool, user: &User, invitation: Invitation<'_>) -> Result<()> {
    let Invitation {
        username,
        password,
        desired,
    } = invitation;
    let address = |medium| match medium {
        DeliveryMediumType::Sms => user.attributes.get("phone_number"),
        DeliveryMediumType::Email => user.attributes.get("email"),
    };
    let ways = [DeliveryMediumType::Sms, DeliveryMediumType::Email]
        .into_iter()
        .filter(|medium| desired.is_none_or(|desired| desired.contains(medium)))
        .filter_map(|medium| Some((medium, address(medium)?)));
    let most = desired.map_or(1, <[_]>::len);
    for (medium, address) in ways.take(most) {
        let draft = MessageDraft {
            kind: INVITATION,
            cause: Cause::AdminCreateUser,
            caller: Caller::Administrator,
            medium,
            recipient: address.clone(),
            username,
            code: password.to_owned(),
            link: None,
            text: messages::invitation(pool, medium, username, password),
        };
        draft.send(ctx, pool, user).await?;
    }
    Ok(())
}

/// What a user is told of a risky sign-in.
pub struct Notification {
    pub text: Text,
    /// What a function is told that sends the pool's e-mails.
    pub facts: Vec<(&'static str, String)>,
    pub feedback_token: String,
}

/// Writes to a user about a risky sign-in.
pub async fn notify(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    user: &User,
    told: Notification,
) -> Result<()> {
    let Some(recipient) = user.attributes.get("email") else {
        return Ok(());
    };
    let medium = DeliveryMediumType::Email;
    if triggers::has_sender(pool, medium) {
        let (facts, token) = (told.facts, told.feedback_token);
        return triggers::send_notification(ctx, pool, client, user, facts, &token).await;
    }
    let (to, kind) = (recipient.clone(), "account_takeover");
    let message = message(ctx, pool, medium, to, kind, None, told.text);
    hand_over(ctx, &message, &user.username).await
}

/// Gives the message to the outbox, unless a test has ordered that this fails.
async fn hand_over(ctx: &Ctx, message: &Message, username: &str) -> Result<()> {
    let target = FaultTarget::Delivery(message.medium.clone());
    let ordered = ctx.struck(&target, Some(&message.pool_id), Some(username));
    if ordered.await.is_some() {
        return Err(Error::MessageNotDelivered);
    }
    ctx.app.outbox.send(ctx.store(), message).await?;
    ctx.note_message(&message.id);
    let metrics = &ctx.app.journal.metrics;
    metrics.count_message(&message.medium, &message.kind);
    Ok(())
}

/// A message before the pool's functions have changed it.
struct MessageDraft<'a> {
    kind: &'static str,
    cause: Cause,
    caller: Caller<'a>,
    medium: DeliveryMediumType,
    recipient: String,
    /// The user name that the text mentions.
    username: &'a str,
    code: String,
    link: Option<String>,
    /// The text by the pool's own templates.
    text: Text,
}

impl MessageDraft<'_> {
    async fn send(self, ctx: &Ctx, pool: &Pool, user: &User) -> Result<()> {
        let (cause, caller, medium) = (self.cause, self.caller, self.medium);
        let way = MessageWay {
            medium,
            by_link: self.link.is_some(),
        };
        let custom = triggers::custom_message(ctx, pool, caller, cause, user, way).await?;
        if triggers::has_sender(pool, medium) {
            let code = CodeToSend {
                medium,
                code: &self.code,
            };
            return triggers::send(ctx, pool, caller, cause, user, code).await;
        }
        let fill =
            |text: &String| messages::custom(text, self.username, &self.code, self.link.as_deref());
        let subject = custom.subject.as_ref().map(fill);
        let body = custom.body.as_ref().map(fill);
        let text = Text {
            subject: subject.or(self.text.subject),
            body: body.unwrap_or(self.text.body),
        };
        let (to, code) = (self.recipient, Some(self.code));
        let message = message(ctx, pool, medium, to, self.kind, code, text);
        hand_over(ctx, &message, &user.username).await
    }
}
