//! Where Lambda triggers would fire. They are not there yet, so a pool that has one configured is refused at that moment: going on without
//! the function would be a success that the service would not give.

use crate::error::{Error, Result};
use crate::store::Pool;
use crate::wire::user_pools::LambdaConfigType;

/// A moment at which the service calls a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    PreSignUp,
    CustomMessage,
    PostConfirmation,
    PreAuthentication,
    PostAuthentication,
    PreTokenGeneration,
    UserMigration,
    CustomEmailSender,
    CustomSmsSender,
}

/// Refuses when the pool has a function for one of these moments.
pub fn refuse(pool: &Pool, triggers: &[Trigger]) -> Result<()> {
    let Some(config) = &pool.settings.lambda_config else {
        return Ok(());
    };
    match triggers
        .iter()
        .find(|trigger| trigger.is_configured(config))
    {
        Some(trigger) => Err(Error::NotAvailable {
            operation: format!("The {trigger:?} trigger of user pool {}", pool.id),
        }),
        None => Ok(()),
    }
}

/// Whether the pool has all three functions of a custom challenge.
pub fn has_custom_auth(pool: &Pool) -> bool {
    pool.settings.lambda_config.as_ref().is_some_and(|config| {
        config.define_auth_challenge.is_some()
            && config.create_auth_challenge.is_some()
            && config.verify_auth_challenge_response.is_some()
    })
}

impl Trigger {
    fn is_configured(self, config: &LambdaConfigType) -> bool {
        match self {
            Self::PreSignUp => config.pre_sign_up.is_some(),
            Self::CustomMessage => config.custom_message.is_some(),
            Self::PostConfirmation => config.post_confirmation.is_some(),
            Self::PreAuthentication => config.pre_authentication.is_some(),
            Self::PostAuthentication => config.post_authentication.is_some(),
            Self::PreTokenGeneration => {
                config.pre_token_generation.is_some()
                    || config.pre_token_generation_config.is_some()
            }
            Self::UserMigration => config.user_migration.is_some(),
            Self::CustomEmailSender => config.custom_email_sender.is_some(),
            Self::CustomSmsSender => config.custom_sms_sender.is_some(),
        }
    }
}
