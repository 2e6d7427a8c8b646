//! Sending: who gets a message, by which way, and what the answer tells of it.
//!
//! Always after the transaction that the message is about. Not here: what a message says (`domain::messages`), codes (`codes`).

use super::triggers::Trigger;
use crate::app::Ctx;
use crate::domain::destinations::Destination;
use crate::domain::messages::{self, Text};
use crate::error::Result;
use crate::ids;
use crate::store::{Client, Code, Message, Pool, User};
use crate::wire::user_pools::{CodeDeliveryDetailsType, DeliveryMediumType, VerifiedAttributeType};

/// The moments at which a function of the user's has a say in what is sent: to be asked before anything is written.
pub const TRIGGERS: &[Trigger] = &[
    Trigger::CustomMessage,
    Trigger::CustomEmailSender,
    Trigger::CustomSmsSender,
];

/// Why a code is sent.
#[derive(Debug, Clone, Copy)]
pub enum Occasion<'a> {
    /// The client that a link leads back to.
    SignUp(&'a Client),
    ResendCode(&'a Client),
    ForgotPassword,
    VerifyAttribute,
    /// A code to sign in with.
    Authentication(&'a Client),
}

impl Occasion<'_> {
    /// The message's kind in the inbox.
    fn kind(self) -> &'static str {
        match self {
            Self::SignUp(_) => "sign_up",
            Self::ResendCode(_) => "resend_code",
            Self::ForgotPassword => "forgot_password",
            Self::VerifyAttribute => "verify_attribute",
            Self::Authentication(_) => "authentication",
        }
    }
}

/// What an answer tells of a code's way.
pub fn details(to: &Destination) -> CodeDeliveryDetailsType {
    CodeDeliveryDetailsType {
        destination: Some(messages::mask(to.attribute, &to.address)),
        delivery_medium: Some(messages::medium(to.attribute)),
        attribute_name: Some(to.attribute.as_str().to_owned()),
    }
}

/// Sends a stored code to the address that was stored with it.
pub async fn send_code(
    ctx: &Ctx,
    pool: &Pool,
    user: &User,
    occasion: Occasion<'_>,
    attribute: VerifiedAttributeType,
    code: Code,
) -> Result<CodeDeliveryDetailsType> {
    let medium = messages::medium(attribute);
    let text = match occasion {
        Occasion::SignUp(client) | Occasion::ResendCode(client)
            if messages::confirms_by_link(pool, medium) =>
        {
            let link = confirmation_link(ctx, client, user, &code.code);
            messages::confirmation_link(pool, &user.username, &link)
        }
        Occasion::Authentication(_) => {
            messages::authentication(pool, medium, &user.username, &code.code)
        }
        _ => messages::verification(pool, medium, &user.username, &code.code),
    };
    let to = Destination {
        attribute,
        address: code.value.unwrap_or_default(),
    };
    let details = details(&to);
    send(
        ctx,
        pool,
        occasion.kind(),
        medium,
        to.address,
        code.code,
        text,
    )
    .await?;
    Ok(details)
}

/// The link that confirms a user's sign-up when it is opened.
fn confirmation_link(ctx: &Ctx, client: &Client, user: &User, code: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", &client.id)
        .append_pair("user_name", &user.username)
        .append_pair("confirmation_code", code)
        .finish();
    format!("{}/confirmUser?{query}", ctx.app.settings.public_url)
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
