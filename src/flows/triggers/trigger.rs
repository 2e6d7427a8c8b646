//! The moments at which the service calls a function, and which function a pool has for each.

use crate::store::Pool;
use crate::wire::user_pools::PreTokenGenerationLambdaVersionType as TokenVersion;

/// A member of `LambdaConfig`. Its name stands in errors, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    PreSignUp,
    PostConfirmation,
    PreAuthentication,
    PostAuthentication,
    DefineAuthChallenge,
    CreateAuthChallenge,
    VerifyAuthChallengeResponse,
    PreTokenGeneration,
    UserMigration,
    CustomMessage,
    CustomEmailSender,
    CustomSmsSender,
    InboundFederation,
}

/// The function that a pool has for a trigger.
#[derive(Debug, Clone, Copy)]
pub struct Function<'p> {
    pub trigger: Trigger,
    /// As configured.
    pub arn: &'p str,
    /// The `version` of its events.
    pub version: Version,
}

/// `LambdaVersion`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    V1,
    V2,
    V3,
}

impl Version {
    /// What its events say.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V1 => "1",
            Self::V2 => "2",
            Self::V3 => "3",
        }
    }
}

impl Trigger {
    /// Every one.
    pub const ALL: [Self; 13] = [
        Self::PreSignUp,
        Self::PostConfirmation,
        Self::PreAuthentication,
        Self::PostAuthentication,
        Self::DefineAuthChallenge,
        Self::CreateAuthChallenge,
        Self::VerifyAuthChallengeResponse,
        Self::PreTokenGeneration,
        Self::UserMigration,
        Self::CustomMessage,
        Self::CustomEmailSender,
        Self::CustomSmsSender,
        Self::InboundFederation,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::PreSignUp => "PreSignUp",
            Self::PostConfirmation => "PostConfirmation",
            Self::PreAuthentication => "PreAuthentication",
            Self::PostAuthentication => "PostAuthentication",
            Self::DefineAuthChallenge => "DefineAuthChallenge",
            Self::CreateAuthChallenge => "CreateAuthChallenge",
            Self::VerifyAuthChallengeResponse => "VerifyAuthChallengeResponse",
            Self::PreTokenGeneration => "PreTokenGeneration",
            Self::UserMigration => "UserMigration",
            Self::CustomMessage => "CustomMessage",
            Self::CustomEmailSender => "CustomEmailSender",
            Self::CustomSmsSender => "CustomSMSSender",
            Self::InboundFederation => "InboundFederation",
        }
    }

    /// The newer triggers' events name their source behind the version, the older ones' before the
    /// request. Captured for UserMigration, PreTokenGeneration and the senders (unsure for
    /// InboundFederation).
    pub fn names_source_early(self) -> bool {
        matches!(
            self,
            Self::UserMigration
                | Self::PreTokenGeneration
                | Self::CustomEmailSender
                | Self::CustomSmsSender
                | Self::InboundFederation
        )
    }

    /// The pool's function for this moment.
    pub fn function(self, pool: &Pool) -> Option<Function<'_>> {
        let config = pool.settings.lambda_config.as_ref()?;
        let mut version = Version::V1;
        let arn = match self {
            Self::PreSignUp => config.pre_sign_up.as_ref(),
            Self::PostConfirmation => config.post_confirmation.as_ref(),
            Self::PreAuthentication => config.pre_authentication.as_ref(),
            Self::PostAuthentication => config.post_authentication.as_ref(),
            Self::DefineAuthChallenge => config.define_auth_challenge.as_ref(),
            Self::CreateAuthChallenge => config.create_auth_challenge.as_ref(),
            Self::VerifyAuthChallengeResponse => config.verify_auth_challenge_response.as_ref(),
            Self::PreTokenGeneration => match &config.pre_token_generation_config {
                Some(config) => {
                    version = match config.lambda_version {
                        TokenVersion::V1_0 => Version::V1,
                        TokenVersion::V2_0 => Version::V2,
                        TokenVersion::V3_0 => Version::V3,
                    };
                    Some(&config.lambda_arn)
                }
                None => config.pre_token_generation.as_ref(),
            },
            Self::UserMigration => config.user_migration.as_ref(),
            Self::CustomMessage => config.custom_message.as_ref(),
            Self::CustomEmailSender => {
                let sender = config.custom_email_sender.as_ref();
                sender.map(|sender| &sender.lambda_arn)
            }
            Self::CustomSmsSender => {
                let sender = config.custom_sms_sender.as_ref();
                sender.map(|sender| &sender.lambda_arn)
            }
            Self::InboundFederation => {
                let config = config.inbound_federation.as_ref();
                config.map(|config| &config.lambda_arn)
            }
        };
        Some(Function {
            trigger: self,
            arn: arn?,
            version,
        })
    }
}
