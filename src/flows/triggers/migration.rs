//! Somebody whom another directory knows: asked when a name is unknown at a sign-in with a
//! password, or when a password is forgotten.
//!
//! Not here: making the user (`flows::migrate`).

use serde_json::{Value, json};

use super::call::{Caller, FunctionEvent, call, request};
use super::caller_data;
use super::trigger::Trigger;
use crate::app::Ctx;
use crate::error::{Error, Result};
use crate::store::{Client, Pool};
use crate::wire::user_pools::DeliveryMediumType;

/// When the name was unknown.
#[derive(Clone, Copy)]
pub enum MigrationMoment<'a> {
    /// With the password that was typed, in clear.
    Authentication(&'a str),
    ForgotPassword,
}

/// The user as the other directory has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Migrated {
    pub attributes: Vec<(String, String)>,
    /// Whether the password that was typed is to be kept: `finalUserStatus` CONFIRMED. Without it a
    /// new one must be set first.
    pub confirmed: bool,
    /// `messageAction` SUPPRESS
    pub suppresses_message: bool,
    pub mediums: Option<Vec<DeliveryMediumType>>,
    pub force_alias_creation: bool,
    pub enables_sms_mfa: bool,
}

/// Whether the pool has a function that knows other directories' users.
pub fn migrates_users(pool: &Pool) -> bool {
    Trigger::UserMigration.function(pool).is_some()
}

/// Asks for the user with this name. None where the pool has no function for it.
pub async fn user_migration(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    typed: &str,
    moment: MigrationMoment<'_>,
) -> Result<Option<Migrated>> {
    let Some(function) = Trigger::UserMigration.function(pool) else {
        return Ok(None);
    };
    let validation_data = ("validationData", caller_data::validation_data(ctx));
    // Captured: null in the request, for the function to fill in its response.
    let attributes = ("userAttributes", Value::Null);
    let (source, request) = match moment {
        MigrationMoment::Authentication(password) => (
            "UserMigration_Authentication",
            request(
                ctx,
                [("password", password.into()), validation_data, attributes],
            ),
        ),
        MigrationMoment::ForgotPassword => (
            "UserMigration_ForgotPassword",
            request(ctx, [validation_data, attributes]),
        ),
    };
    let event = FunctionEvent {
        function,
        pool,
        source,
        username: typed,
        caller: Caller::Client(client),
        request,
        response: Some(json!({
            "userAttributes": null,
            "forceAliasCreation": null,
            "enableSMSMFA": null,
            "finalUserStatus": null,
            "messageAction": null,
            "desiredDeliveryMediums": null,
        })),
    };
    let answer = call(ctx, event).await?;
    let is = |text: Option<String>, expected: &str, other: Option<&str>| match text.as_deref() {
        Some(text) if text == expected => Ok(true),
        None => Ok(false),
        given if given == other => Ok(false),
        Some(_) => Err(Error::FunctionOutput),
    };
    let mediums = answer.list("desiredDeliveryMediums")?.map(|list| {
        let known = |one: &String| DeliveryMediumType::from_wire(one).ok_or(Error::FunctionOutput);
        list.iter().map(known).collect::<Result<Vec<_>>>()
    });
    Ok(Some(Migrated {
        // Documented: required. A function that knows nobody has to fail; one that gives the event
        // back unchanged knows nobody either.
        attributes: answer
            .texts("userAttributes")?
            .ok_or(Error::FunctionOutput)?,
        confirmed: is(
            answer.text("finalUserStatus")?,
            "CONFIRMED",
            Some("RESET_REQUIRED"),
        )?,
        // (unsure) RESEND is what AdminCreateUser knows beside it.
        suppresses_message: is(answer.text("messageAction")?, "SUPPRESS", Some("RESEND"))?,
        mediums: mediums.transpose()?,
        force_alias_creation: answer.flag("forceAliasCreation")?,
        enables_sms_mfa: answer.flag("enableSMSMFA")?,
    }))
}
