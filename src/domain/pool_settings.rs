//! A pool's settings as they are stored: what a request says, checked, with the service's defaults
//! filled in.
//!
//! CreateUserPool and UpdateUserPool say the same things, so both become the described document
//! first and are completed by the same rules. Of what an update leaves out, some stays and the rest
//! goes back to its default: [`updated`] says which. Not here: what the settings mean (`pools.rs`),
//! the schema (`schema.rs`), which features a plan has (`plans.rs`).

use super::{authentication_levels, first_factors, plans, schema, tags};
use crate::error::{Error, Result};
use crate::store::{MfaFactors, Pool};
use crate::wire::user_pools::{
    AdminCreateUserConfigType, AliasAttributeType, AuthFactorType, CreateUserPoolRequest,
    DcrConfigurationType, DefaultEmailOptionType, DeletionProtectionType, EmailConfigurationType,
    EmailSendingAccountType, LambdaConfigType, OAuthFlowType, PasswordPolicyType,
    PreTokenGenerationLambdaVersionType, PreTokenGenerationVersionConfigType,
    RecoveryOptionNameType, SignInPolicyType, StatusType, UpdateUserPoolRequest, UserPoolMfaType,
    UserPoolPolicyType, UserPoolTierType, UserPoolType, VerificationMessageTemplateType,
};

/// How long a temporary password may be used, in days, unless the pool says otherwise.
const TEMPORARY_PASSWORD_DAYS: i32 = 7;
const MINIMUM_LENGTH: i32 = 8;

/// The members that both requests have, as a document with nothing filled in.
macro_rules! asked {
    ($request:ident) => {
        UserPoolType {
            policies: $request.policies,
            deletion_protection: $request.deletion_protection,
            lambda_config: $request.lambda_config,
            auto_verified_attributes: $request.auto_verified_attributes,
            sms_verification_message: $request.sms_verification_message,
            email_verification_message: $request.email_verification_message,
            email_verification_subject: $request.email_verification_subject,
            verification_message_template: $request.verification_message_template,
            sms_authentication_message: $request.sms_authentication_message,
            mfa_configuration: $request.mfa_configuration,
            user_attribute_update_settings: $request.user_attribute_update_settings,
            device_configuration: $request.device_configuration,
            email_configuration: $request.email_configuration,
            sms_configuration: $request.sms_configuration,
            user_pool_tags: $request.user_pool_tags,
            admin_create_user_config: $request.admin_create_user_config,
            user_pool_add_ons: $request.user_pool_add_ons,
            dcr_configuration: $request.dcr_configuration,
            account_recovery_setting: $request.account_recovery_setting,
            user_pool_tier: $request.user_pool_tier,
            key_configuration: $request.key_configuration,
            issuer_configuration: $request.issuer_configuration,
            acr_configuration: $request.acr_configuration,
            ..UserPoolType::default()
        }
    };
}

/// The settings of a new pool.
pub fn created(request: CreateUserPoolRequest) -> Result<UserPoolType> {
    let asked = UserPoolType {
        schema_attributes: Some(schema::create(
            request.schema.as_deref().unwrap_or_default(),
        )?),
        alias_attributes: request.alias_attributes.filter(|list| !list.is_empty()),
        username_attributes: request.username_attributes.filter(|list| !list.is_empty()),
        username_configuration: request.username_configuration,
        ..asked!(request)
    };
    check_sign_in_names(&asked)?;
    check_validity_days(&asked)?;
    let asked = UserPoolType {
        user_pool_tier: Some(plans::chosen(&asked, None)?),
        ..asked
    };
    let factors = MfaFactors::default();
    if asked.mfa_configuration.is_some_and(is_on) && !has_second_factor(&asked, &factors) {
        return Err(Error::MfaNeedsSms);
    }
    let settings = completed(asked)?;
    first_factors::check_beside_mfa(&settings, &factors, false)?;
    Ok(settings)
}

/// The settings after an update. What cannot change after creation stays, and of what the request
/// leaves out this stays: policies, MFA, protection, tags, plan, recovery, SMS, verification before
/// updates, e-mail, key, issuer, and DcrConfiguration, which the documentation exempts. Everything
/// else is the default again: functions, add-ons, who may sign up, what is verified, messages,
/// devices.
pub fn updated(pool: &Pool, request: UpdateUserPoolRequest) -> Result<UserPoolType> {
    let before = pool.settings.clone();
    let asked = asked!(request);
    check_validity_days(&asked)?;
    let mfa = asked.mfa_configuration;
    let days = deprecated_validity_days(&asked);
    let asked = UserPoolType {
        schema_attributes: before.schema_attributes,
        alias_attributes: before.alias_attributes,
        username_attributes: before.username_attributes,
        username_configuration: before.username_configuration,
        policies: Some(kept_policies(asked.policies, before.policies, days)),
        mfa_configuration: mfa.or(before.mfa_configuration),
        deletion_protection: asked.deletion_protection.or(before.deletion_protection),
        user_pool_tags: asked.user_pool_tags.or(before.user_pool_tags),
        account_recovery_setting: asked
            .account_recovery_setting
            .or(before.account_recovery_setting),
        sms_configuration: asked.sms_configuration.or(before.sms_configuration),
        user_attribute_update_settings: asked
            .user_attribute_update_settings
            .or(before.user_attribute_update_settings),
        email_configuration: asked.email_configuration.or(before.email_configuration),
        key_configuration: asked.key_configuration.or(before.key_configuration),
        issuer_configuration: asked.issuer_configuration.or(before.issuer_configuration),
        dcr_configuration: asked.dcr_configuration.or(before.dcr_configuration),
        ..asked
    };
    let asked = UserPoolType {
        user_pool_tier: Some(plans::chosen(&asked, before.user_pool_tier)?),
        ..asked
    };
    if mfa.is_some_and(is_on) && !has_second_factor(&asked, &pool.factors) {
        return Err(match mfa {
            Some(UserPoolMfaType::On) => Error::MfaTurnedOnLater,
            // (unsure) Measured is ON only.
            _ => Error::MfaNeedsSms,
        });
    }
    let settings = completed(asked)?;
    let was_on = before.mfa_configuration == Some(UserPoolMfaType::On);
    first_factors::check_beside_mfa(&settings, &pool.factors, was_on)?;
    Ok(settings)
}

fn is_on(mfa: UserPoolMfaType) -> bool {
    mfa != UserPoolMfaType::Off
}

/// Whether the pool has any second factor; others than SMS only SetUserPoolMfaConfig can give it.
fn has_second_factor(asked: &UserPoolType, factors: &MfaFactors) -> bool {
    asked.sms_configuration.is_some() || factors.beside_sms()
}

/// Each of the two policies is kept unless the request names it, and an empty sign-in policy names
/// nothing. `days` is what the deprecated member says, which a policy that is kept takes over.
fn kept_policies(
    asked: Option<UserPoolPolicyType>,
    before: Option<UserPoolPolicyType>,
    days: Option<i32>,
) -> UserPoolPolicyType {
    let (asked, before) = (asked.unwrap_or_default(), before.unwrap_or_default());
    let kept = before.password_policy.map(|policy| PasswordPolicyType {
        temporary_password_validity_days: days.or(policy.temporary_password_validity_days),
        ..policy
    });
    UserPoolPolicyType {
        password_policy: asked.password_policy.or(kept),
        sign_in_policy: asked
            .sign_in_policy
            .filter(|policy| policy.allowed_first_auth_factors.is_some())
            .or(before.sign_in_policy),
    }
}

/// What both requests have in common, checked, with the defaults filled in.
fn completed(asked: UserPoolType) -> Result<UserPoolType> {
    check_recovery(&asked)?;
    let tags = asked.user_pool_tags.unwrap_or_default();
    tags::check(&tags)?;
    let mfa = asked.mfa_configuration.unwrap_or(UserPoolMfaType::Off);
    let auto_verified = asked
        .auto_verified_attributes
        .filter(|list| !list.is_empty());
    if let Some(settings) = &asked.user_attribute_update_settings {
        let before_update = settings
            .attributes_require_verification_before_update
            .iter();
        let verified = auto_verified.as_deref().unwrap_or_default();
        if before_update.flatten().any(|one| !verified.contains(one)) {
            return Err(Error::VerificationBeforeUpdateNotAutoVerified);
        }
    }

    let policies = asked.policies.unwrap_or_default();
    let admin_create_user = asked.admin_create_user_config.unwrap_or_default();
    let level_names = authentication_levels::names(asked.acr_configuration.unwrap_or_default())?;
    if authentication_levels::are_own(&level_names)
        && asked.user_pool_tier == Some(UserPoolTierType::Lite)
    {
        return Err(Error::FeatureNotInTier {
            feature: "AcrConfiguration",
        });
    }
    let days = temporary_password_days(&policies, &admin_create_user);
    let template = verification_template(
        asked.verification_message_template.unwrap_or_default(),
        asked.sms_verification_message,
        asked.email_verification_message,
        asked.email_verification_subject,
    );
    Ok(UserPoolType {
        policies: Some(UserPoolPolicyType {
            password_policy: Some(password_policy(policies.password_policy, days)),
            sign_in_policy: Some(sign_in_policy(policies.sign_in_policy)?),
        }),
        deletion_protection: asked
            .deletion_protection
            .or(Some(DeletionProtectionType::Inactive)),
        lambda_config: Some(triggers(asked.lambda_config.unwrap_or_default())?),
        auto_verified_attributes: auto_verified,
        sms_verification_message: template.sms_message.clone(),
        email_verification_message: template.email_message.clone(),
        email_verification_subject: template.email_subject.clone(),
        verification_message_template: Some(template),
        mfa_configuration: Some(mfa),
        email_configuration: Some(email(asked.email_configuration.unwrap_or_default())),
        user_pool_tags: Some(tags),
        admin_create_user_config: Some(invitation(admin_create_user, days)?),
        dcr_configuration: asked.dcr_configuration.map(client_registration),
        acr_configuration: Some(level_names),
        ..asked
    })
}

/// Alias attributes and user name attributes exclude each other, and an alias that users choose
/// after the sign-up cannot be required at the sign-up.
fn check_sign_in_names(asked: &UserPoolType) -> Result<()> {
    if asked.alias_attributes.is_some() && asked.username_attributes.is_some() {
        return Err(Error::BothAliasKinds);
    }
    let preferred = AliasAttributeType::PreferredUsername;
    let is_alias = asked
        .alias_attributes
        .iter()
        .flatten()
        .any(|one| *one == preferred);
    let is_required =
        asked.schema_attributes.iter().flatten().any(|one| {
            one.name.as_deref() == Some(preferred.as_str()) && one.required == Some(true)
        });
    if is_alias && is_required {
        return Err(Error::PreferredUsernameRequiredAndAlias);
    }
    Ok(())
}

fn check_recovery(asked: &UserPoolType) -> Result<()> {
    let mechanisms = asked
        .account_recovery_setting
        .as_ref()
        .and_then(|setting| setting.recovery_mechanisms.as_deref())
        .unwrap_or_default();
    let admin_only = RecoveryOptionNameType::AdminOnly;
    for (index, one) in mechanisms.iter().enumerate() {
        if one.name == admin_only && mechanisms.len() > 1 {
            return Err(Error::AdminOnlyRecoveryIsExclusive);
        }
        let earlier = &mechanisms[..index];
        if earlier
            .iter()
            .any(|other| other.name == one.name || other.priority == one.priority)
        {
            return Err(Error::RecoveryPrioritiesRepeat);
        }
    }
    Ok(())
}

/// The current member and its deprecated twin exclude each other, even when they say the same.
fn check_validity_days(asked: &UserPoolType) -> Result<()> {
    let policies = asked.policies.as_ref();
    let current = policies
        .and_then(|policies| policies.password_policy.as_ref())
        .and_then(|policy| policy.temporary_password_validity_days);
    if current.is_some() && deprecated_validity_days(asked).is_some() {
        return Err(Error::ValidityDaysTwice);
    }
    Ok(())
}

fn deprecated_validity_days(asked: &UserPoolType) -> Option<i32> {
    let config = asked.admin_create_user_config.as_ref();
    config.and_then(|config| config.unused_account_validity_days)
}

/// Both members describe the same number, whichever of them it was given by.
fn temporary_password_days(
    policies: &UserPoolPolicyType,
    admin_create_user: &AdminCreateUserConfigType,
) -> i32 {
    policies
        .password_policy
        .as_ref()
        .and_then(|policy| policy.temporary_password_validity_days)
        .or(admin_create_user.unused_account_validity_days)
        .unwrap_or(TEMPORARY_PASSWORD_DAYS)
}

/// Without a policy the strict default applies. (unsure) Flags that a policy leaves out are false:
/// they are plain booleans in the model.
fn password_policy(asked: Option<PasswordPolicyType>, days: i32) -> PasswordPolicyType {
    let flag = |asked: Option<bool>| Some(asked.unwrap_or(false));
    match asked {
        None => PasswordPolicyType {
            minimum_length: Some(MINIMUM_LENGTH),
            require_uppercase: Some(true),
            require_lowercase: Some(true),
            require_numbers: Some(true),
            require_symbols: Some(true),
            password_history_size: None,
            temporary_password_validity_days: Some(days),
        },
        Some(asked) => PasswordPolicyType {
            minimum_length: asked.minimum_length.or(Some(MINIMUM_LENGTH)),
            require_uppercase: flag(asked.require_uppercase),
            require_lowercase: flag(asked.require_lowercase),
            require_numbers: flag(asked.require_numbers),
            require_symbols: flag(asked.require_symbols),
            password_history_size: asked.password_history_size,
            temporary_password_validity_days: Some(days),
        },
    }
}

fn sign_in_policy(asked: Option<SignInPolicyType>) -> Result<SignInPolicyType> {
    let factors = asked
        .and_then(|policy| policy.allowed_first_auth_factors)
        .unwrap_or_else(|| vec![AuthFactorType::Password]);
    if !factors.contains(&AuthFactorType::Password) {
        return Err(Error::PasswordFactorRequired);
    }
    Ok(SignInPolicyType {
        allowed_first_auth_factors: Some(factors),
    })
}

/// The old member and the new one must name the same function. When only one is given, both are
/// described. (unsure) For versions above V1_0 the old member stays as it was given.
fn triggers(mut asked: LambdaConfigType) -> Result<LambdaConfigType> {
    use PreTokenGenerationLambdaVersionType as Version;
    match (
        &asked.pre_token_generation,
        &asked.pre_token_generation_config,
    ) {
        (Some(arn), Some(config)) if *arn != config.lambda_arn => {
            return Err(Error::PreTokenArnsDiffer);
        }
        (Some(arn), None) => {
            asked.pre_token_generation_config = Some(PreTokenGenerationVersionConfigType {
                lambda_version: Version::V1_0,
                lambda_arn: arn.clone(),
            });
        }
        (None, Some(config)) if config.lambda_version == Version::V1_0 => {
            asked.pre_token_generation = Some(config.lambda_arn.clone());
        }
        _ => {}
    }
    let has_sender = asked.custom_email_sender.is_some() || asked.custom_sms_sender.is_some();
    if has_sender && asked.kms_key_id.is_none() {
        return Err(Error::SenderNeedsKey);
    }
    Ok(asked)
}

/// The template wins over the older members, which mirror it.
fn verification_template(
    template: VerificationMessageTemplateType,
    sms_message: Option<String>,
    email_message: Option<String>,
    email_subject: Option<String>,
) -> VerificationMessageTemplateType {
    VerificationMessageTemplateType {
        sms_message: template.sms_message.or(sms_message),
        email_message: template.email_message.or(email_message),
        email_subject: template.email_subject.or(email_subject),
        default_email_option: template
            .default_email_option
            .or(Some(DefaultEmailOptionType::ConfirmWithCode)),
        ..template
    }
}

fn email(asked: EmailConfigurationType) -> EmailConfigurationType {
    EmailConfigurationType {
        email_sending_account: asked
            .email_sending_account
            .or(Some(EmailSendingAccountType::CognitoDefault)),
        ..asked
    }
}

fn invitation(asked: AdminCreateUserConfigType, days: i32) -> Result<AdminCreateUserConfigType> {
    if let Some(template) = &asked.invite_message_template {
        for (member, text) in [
            ("SMSMessage", &template.sms_message),
            ("EmailMessage", &template.email_message),
        ] {
            let complete = |text: &String| text.contains("{username}") && text.contains("{####}");
            if !text.as_ref().is_none_or(complete) {
                return Err(Error::InviteTemplateWithoutPlaceholders { member });
            }
        }
    }
    Ok(AdminCreateUserConfigType {
        allow_admin_create_user_only: asked.allow_admin_create_user_only.or(Some(false)),
        unused_account_validity_days: Some(days),
        ..asked
    })
}

fn client_registration(asked: DcrConfigurationType) -> DcrConfigurationType {
    DcrConfigurationType {
        enable_status: asked.enable_status.or(Some(StatusType::Enabled)),
        open_dcr_enabled: asked.open_dcr_enabled.or(Some(false)),
        authenticated_grant_types: asked
            .authenticated_grant_types
            .or_else(|| Some(vec![OAuthFlowType::Code, OAuthFlowType::ClientCredentials])),
        open_dcr_grant_types: asked
            .open_dcr_grant_types
            .or_else(|| Some(vec![OAuthFlowType::Code])),
        ..asked
    }
}
