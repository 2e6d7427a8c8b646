//! Before somebody becomes a user, and after a user was confirmed.

use serde_json::{Map, Value, json};

use super::call::{Caller, FunctionEvent, call, request, user_attributes};
use super::caller_data;
use super::trigger::Trigger;
use crate::app::Ctx;
use crate::error::{Error, Result};
use crate::store::{Attributes, Client, Pool, User};
use crate::wire::user_pools::VerifiedAttributeType;

/// By which way somebody becomes a user.
#[derive(Debug, Clone, Copy)]
pub enum SignUpWay<'a> {
    SignUp(&'a Client),
    AdminCreateUser,
    /// The first sign-in by way of an identity provider.
    ExternalProvider(&'a Client),
}

/// What PreSignUp decided. Nothing, where there is no function.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PreSignUp {
    pub confirms: bool,
    pub verifies_email: bool,
    pub verifies_phone_number: bool,
}

impl PreSignUp {
    /// Marks as verified what the function says.
    pub fn verify(self, attributes: &mut Attributes) {
        let verified = [
            (self.verifies_email, VerifiedAttributeType::Email),
            (
                self.verifies_phone_number,
                VerifiedAttributeType::PhoneNumber,
            ),
        ];
        for (_, attribute) in verified.into_iter().filter(|(verifies, _)| *verifies) {
            attributes.insert(attribute.flag().to_owned(), "true".to_owned());
        }
    }
}

/// Asks whether somebody may become a user, who is not there yet for any other operation.
/// `supplied` is what the caller gave, without what the service adds.
pub async fn pre_sign_up(
    ctx: &Ctx,
    pool: &Pool,
    way: SignUpWay<'_>,
    username: &str,
    supplied: &Attributes,
) -> Result<PreSignUp> {
    let Some(function) = Trigger::PreSignUp.function(pool) else {
        return Ok(PreSignUp::default());
    };
    let (source, caller) = match way {
        SignUpWay::SignUp(client) => ("PreSignUp_SignUp", Caller::Client(client)),
        SignUpWay::AdminCreateUser => ("PreSignUp_AdminCreateUser", Caller::Administrator),
        SignUpWay::ExternalProvider(client) => {
            ("PreSignUp_ExternalProvider", Caller::Client(client))
        }
    };
    let attributes: Map<_, _> = supplied
        .iter()
        .map(|(name, value)| (name.clone(), Value::from(value.as_str())))
        .collect();
    let event = FunctionEvent {
        function,
        pool,
        source,
        username,
        caller,
        request: request(
            ctx,
            [
                ("userAttributes", Value::Object(attributes)),
                ("validationData", caller_data::validation_data(ctx)),
            ],
        ),
        response: Some(
            json!({ "autoConfirmUser": false, "autoVerifyEmail": false, "autoVerifyPhone": false }),
        ),
    };
    let answer = call(ctx, event).await?;
    let decided = PreSignUp {
        confirms: answer.flag("autoConfirmUser")?,
        verifies_email: answer.flag("autoVerifyEmail")?,
        verifies_phone_number: answer.flag("autoVerifyPhone")?,
    };
    match way {
        // Documented: what the function decides has no effect on whom an administrator makes.
        SignUpWay::AdminCreateUser => Ok(PreSignUp::default()),
        SignUpWay::SignUp(_) | SignUpWay::ExternalProvider(_) => {
            check(way, supplied, decided)?;
            Ok(decided)
        }
    }
}

fn check(way: SignUpWay<'_>, supplied: &Attributes, decided: PreSignUp) -> Result<()> {
    // (unsure) Who comes by way of a provider is confirmed anyway.
    let confirms = decided.confirms || matches!(way, SignUpWay::ExternalProvider(_));
    if (decided.verifies_email || decided.verifies_phone_number) && !confirms {
        return Err(Error::AutoVerifiedUnconfirmed);
    }
    let verified = [
        (decided.verifies_email, "email"),
        (decided.verifies_phone_number, "phone_number"),
    ];
    for (verifies, attribute) in verified {
        let has = supplied
            .get(attribute)
            .is_some_and(|value| !value.is_empty());
        if verifies && !has {
            return Err(Error::AutoVerifiedNothing {
                attribute: attribute.to_owned(),
            });
        }
    }
    Ok(())
}

/// What was confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmation {
    SignUp,
    ForgotPassword,
}

/// Tells that a user was confirmed. An error is the caller's to report; the user stays confirmed.
pub async fn post_confirmation(
    ctx: &Ctx,
    pool: &Pool,
    caller: Caller<'_>,
    confirmation: Confirmation,
    user: &User,
) -> Result<()> {
    let Some(function) = Trigger::PostConfirmation.function(pool) else {
        return Ok(());
    };
    let event = FunctionEvent {
        function,
        pool,
        source: match confirmation {
            Confirmation::SignUp => "PostConfirmation_ConfirmSignUp",
            Confirmation::ForgotPassword => "PostConfirmation_ConfirmForgotPassword",
        },
        username: &user.username,
        caller,
        request: request(ctx, [("userAttributes", user_attributes(pool, user))]),
        response: Some(json!({})),
    };
    call(ctx, event).await.map(|_nothing| ())
}
