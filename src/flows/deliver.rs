//! Sending: who gets a message, by which way, and what the answer tells of it.
//!
//! Always after the transaction that the message is about. Not here: what a message says (`domain::messages`).

use std::time::Duration;

use super::triggers::Trigger;
use crate::app::Ctx;
use crate::clock::Timestamp;
use crate::domain::attributes::CodeDue;
use crate::domain::messages::{self, Text};
use crate::error::Result;
use crate::ids;
use crate::store::{Code, Message, Pool, User};
use crate::wire::user_pools::{CodeDeliveryDetailsType, DeliveryMediumType, VerifiedAttributeType};

/// The moments at which a function of the user's has a say in what is sent: to be asked before anything is written.
pub const TRIGGERS: &[Trigger] = &[
    Trigger::CustomMessage,
    Trigger::CustomEmailSender,
    Trigger::CustomSmsSender,
];

/// How long a code that verifies an address may be used.
const VERIFICATION_CODE_VALIDITY: Duration = Duration::from_secs(24 * 3_600);

/// The purpose of the code that verifies this attribute: a code serves no other.
pub fn verification_purpose(attribute: VerifiedAttributeType) -> &'static str {
    match attribute {
        VerifiedAttributeType::Email => "verify:email",
        VerifiedAttributeType::PhoneNumber => "verify:phone_number",
    }
}

/// Draws the code that is due; it must be stored before it is sent.
pub fn draw_verification_code(ctx: &Ctx, user: &User, due: CodeDue) -> Code {
    let expires_at: Timestamp = ctx.now.plus(VERIFICATION_CODE_VALIDITY);
    Code {
        pool_id: user.pool_id.clone(),
        sub: user.sub.clone(),
        purpose: verification_purpose(due.attribute).to_owned(),
        code: ids::code(&mut ctx.rng()),
        value: Some(due.value),
        attempts: 0,
        created_at: ctx.now,
        expires_at,
    }
}

/// Sends a stored code to the address that it verifies.
pub async fn send_verification_code(
    ctx: &Ctx,
    pool: &Pool,
    user: &User,
    attribute: VerifiedAttributeType,
    code: Code,
) -> Result<CodeDeliveryDetailsType> {
    let medium = messages::medium(attribute);
    let text = messages::verification(pool, medium, &user.username, &code.code);
    let address = code.value.unwrap_or_default();
    let details = CodeDeliveryDetailsType {
        destination: Some(messages::mask(attribute, &address)),
        delivery_medium: Some(medium),
        attribute_name: Some(attribute.as_str().to_owned()),
    };
    send(
        ctx,
        pool,
        "verify_attribute",
        medium,
        address,
        code.code,
        text,
    )
    .await?;
    Ok(details)
}

/// Tells a new user its name, as it was given, and its temporary password. Without a way to the user nothing is sent, as verified on AWS.
///
/// Where the caller does not say by which way, it is the number where there is one, else the address (unsure: the model's default is SMS).
pub async fn invite(
    ctx: &Ctx,
    pool: &Pool,
    user: &User,
    username: &str,
    password: &str,
    desired: Option<&[DeliveryMediumType]>,
) -> Result<()> {
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
        let text = messages::invitation(pool, medium, username, password);
        let (address, password) = (address.clone(), password.to_owned());
        send(ctx, pool, "invitation", medium, address, password, text).await?;
    }
    Ok(())
}

async fn send(
    ctx: &Ctx,
    pool: &Pool,
    kind: &str,
    medium: DeliveryMediumType,
    recipient: String,
    code: String,
    text: Text,
) -> Result<()> {
    let message = Message {
        id: ids::uuid(&mut ctx.rng()),
        pool_id: pool.id.clone(),
        recipient,
        medium: medium.as_str().to_owned(),
        kind: kind.to_owned(),
        code: Some(code),
        subject: text.subject,
        body: text.body,
        created_at: ctx.now,
    };
    ctx.app.outbox.send(ctx.store(), &message).await
}
