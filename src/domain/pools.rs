//! What a user pool's settings mean: the described document with its defaults filled in.

use std::time::Duration;

use crate::error::{Error, Result};
use crate::store::Pool;
use crate::wire::user_pools::{
    AliasAttributeType, AuthFactorType, PasswordPolicyType, SchemaAttributeType, UserPoolMfaType,
    UserPoolTierType, UserPoolType, UsernameAttributeType, VerifiedAttributeType,
};

const DAY: Duration = Duration::from_secs(86_400);

impl Pool {
    /// The pool as it is described: the stored settings and what the service adds.
    pub fn described(&self, arn: String, users: i64) -> UserPoolType {
        UserPoolType {
            id: Some(self.id.clone()),
            name: Some(self.name.clone()),
            arn: Some(arn),
            creation_date: Some(self.created_at),
            last_modified_date: Some(self.updated_at),
            estimated_number_of_users: Some(i32::try_from(users).unwrap_or(i32::MAX)),
            ..self.settings.clone()
        }
    }

    /// The password policy, which every pool has.
    pub fn password_policy(&self) -> PasswordPolicyType {
        self.settings
            .policies
            .as_ref()
            .and_then(|policies| policies.password_policy.clone())
            .unwrap_or_default()
    }

    /// How many of a user's latest passwords, including the present one, may not be used again.
    /// Usually none.
    pub fn password_history(&self) -> i64 {
        self.settings
            .policies
            .as_ref()
            .and_then(|policies| policies.password_policy.as_ref())
            .and_then(|policy| policy.password_history_size)
            .map_or(0, i64::from)
    }

    /// How long a temporary password may be used. 0 or absent means 7 days.
    pub fn temporary_password_validity(&self) -> Duration {
        let days = self
            .password_policy()
            .temporary_password_validity_days
            .filter(|days| *days > 0)
            .unwrap_or(7);
        DAY * u32::try_from(days).unwrap_or(7)
    }

    /// The standard attributes and the pool's own.
    pub fn schema(&self) -> &[SchemaAttributeType] {
        self.settings
            .schema_attributes
            .as_deref()
            .unwrap_or_default()
    }

    /// One attribute's schema. Custom attributes are named with their prefix.
    pub fn attribute(&self, name: &str) -> Option<&SchemaAttributeType> {
        self.schema()
            .iter()
            .find(|attribute| attribute.name.as_deref() == Some(name))
    }

    /// The attributes with which users may sign in, once verified, instead of their user name.
    pub fn alias_attributes(&self) -> &[AliasAttributeType] {
        self.settings
            .alias_attributes
            .as_deref()
            .unwrap_or_default()
    }

    /// The attributes that serve as user names.
    pub fn username_attributes(&self) -> &[UsernameAttributeType] {
        self.settings
            .username_attributes
            .as_deref()
            .unwrap_or_default()
    }

    pub fn auto_verifies(&self, attribute: VerifiedAttributeType) -> bool {
        self.settings
            .auto_verified_attributes
            .as_deref()
            .unwrap_or_default()
            .contains(&attribute)
    }

    /// Whether a new value of the attribute counts only once it is verified.
    pub fn verifies_before_update(&self, attribute: VerifiedAttributeType) -> bool {
        self.settings
            .user_attribute_update_settings
            .as_ref()
            .and_then(|settings| {
                settings
                    .attributes_require_verification_before_update
                    .as_deref()
            })
            .unwrap_or_default()
            .contains(&attribute)
    }

    /// Whether only administrators can create users.
    pub fn allows_only_administrators_to_create_users(&self) -> bool {
        let config = self.settings.admin_create_user_config.as_ref();
        config.and_then(|config| config.allow_admin_create_user_only) == Some(true)
    }

    /// Whether users may sign in with a code alone, sent by e-mail or SMS.
    pub fn is_passwordless(&self) -> bool {
        self.settings
            .policies
            .as_ref()
            .and_then(|policies| policies.sign_in_policy.as_ref())
            .and_then(|policy| policy.allowed_first_auth_factors.as_deref())
            .unwrap_or_default()
            .iter()
            .any(|factor| matches!(factor, AuthFactorType::EmailOtp | AuthFactorType::SmsOtp))
    }

    /// Whether `Alice` and `alice` are two users, as they are by default at the API.
    pub fn is_case_sensitive(&self) -> bool {
        self.settings
            .username_configuration
            .as_ref()
            .is_none_or(|configuration| configuration.case_sensitive)
    }

    /// Refuses features that pools of the cheapest plan do not have.
    pub fn require_essentials(&self, feature: &'static str) -> Result<()> {
        if self.settings.user_pool_tier == Some(UserPoolTierType::Lite) {
            return Err(Error::FeatureNotInTier { feature });
        }
        Ok(())
    }

    /// Whether the pool keeps track of its users' devices.
    pub fn tracks_devices(&self) -> bool {
        self.settings.device_configuration.is_some()
    }

    /// Whether a confirmed device counts as remembered only once its user says so.
    pub fn asks_to_remember_devices(&self) -> bool {
        let devices = self.settings.device_configuration.as_ref();
        devices.and_then(|devices| devices.device_only_remembered_on_user_prompt) == Some(true)
    }

    /// Whether a remembered device takes the place of a second factor.
    pub fn lets_devices_replace_mfa(&self) -> bool {
        let devices = self.settings.device_configuration.as_ref();
        devices.and_then(|devices| devices.challenge_required_on_new_device) == Some(true)
    }

    pub fn mfa(&self) -> UserPoolMfaType {
        self.settings
            .mfa_configuration
            .unwrap_or(UserPoolMfaType::Off)
    }
}
