//! Which second factors a pool has: what SetUserPoolMfaConfig may say, and how GetUserPoolMfaConfig
//! describes it.
//!
//! The pool's MFA state and SMS are part of its own document, since CreateUserPool and
//! UpdateUserPool set them too; software tokens, e-mail and passkeys are stored beside it
//! (`MfaFactors`). Not here: a user's factors (`mfa`), how they are asked for (`flows::sign_in`).

use super::first_factors;
use crate::error::{Error, Result};
use crate::store::{MfaFactors, Pool};
use crate::wire::user_pools::{
    EmailSendingAccountType, GetUserPoolMfaConfigResponse, SetUserPoolMfaConfigRequest,
    SmsMfaConfigType, SoftwareTokenMfaConfigType, UserPoolMfaType, UserVerificationType,
    WebAuthnConfigurationType,
};

impl MfaFactors {
    /// Whether the pool has another factor than SMS. A factor counts by being there, even where it
    /// says that it is not enabled.
    pub fn beside_sms(&self) -> bool {
        self.software_token.is_some() || self.email.is_some()
    }

    /// What is left of the factors when MFA is off: passkeys, which are not a second factor in the
    /// first place.
    pub fn without_mfa(&self) -> Self {
        Self {
            sms: None,
            software_token: None,
            email: None,
            web_authn: self.web_authn.clone(),
        }
    }
}

impl Pool {
    /// Whether users can have codes by SMS as their second factor.
    pub fn has_sms_factor(&self) -> bool {
        self.settings.sms_configuration.is_some() && self.factors.sms != Some(false)
    }
}

/// The pool's factors, as GetUserPoolMfaConfig answers them. (unsure) While MFA is off, SMS is
/// listed if the pool can send any.
pub fn described(pool: &Pool) -> GetUserPoolMfaConfigResponse {
    let sms = pool.has_sms_factor().then(|| SmsMfaConfigType {
        sms_authentication_message: pool.settings.sms_authentication_message.clone(),
        sms_configuration: pool.settings.sms_configuration.clone(),
    });
    let software_token = pool.factors.software_token;
    GetUserPoolMfaConfigResponse {
        sms_mfa_configuration: sms,
        software_token_mfa_configuration: software_token.map(|enabled| {
            SoftwareTokenMfaConfigType {
                enabled: Some(enabled),
            }
        }),
        email_mfa_configuration: pool.factors.email.clone(),
        mfa_configuration: Some(pool.mfa()),
        web_authn_configuration: pool.factors.web_authn.clone(),
    }
}

/// Gives the pool the requested factors. What the request leaves out is switched off, including MFA
/// itself.
pub fn set(pool: &mut Pool, request: SetUserPoolMfaConfigRequest) -> Result<()> {
    let state = request.mfa_configuration.unwrap_or(UserPoolMfaType::Off);
    let software_token = request.software_token_mfa_configuration;
    let (sms, email) = (
        request.sms_mfa_configuration,
        request.email_mfa_configuration,
    );
    if state == UserPoolMfaType::Off
        && (sms.is_some() || software_token.is_some() || email.is_some())
    {
        return Err(Error::MfaOffWithFactor);
    }
    if email.is_some() {
        pool.require_essentials("Email MFA")?;
        if !sends_its_own_email(pool) {
            return Err(Error::EmailMfaNeedsDeveloper);
        }
    }
    if let Some(sms) = &sms
        && sms.sms_configuration.is_none()
        && pool.settings.sms_configuration.is_none()
    {
        return Err(Error::SmsMfaNeedsConfiguration);
    }

    let factors = MfaFactors {
        sms: (state != UserPoolMfaType::Off).then_some(sms.is_some()),
        software_token: software_token.map(|settings| settings.enabled.unwrap_or(false)),
        email,
        web_authn: request.web_authn_configuration.map(passkeys),
    };
    if state != UserPoolMfaType::Off && sms.is_none() && !factors.beside_sms() {
        return Err(Error::MfaWithoutFactor);
    }
    if let Some(sms) = sms {
        pool.settings.sms_authentication_message = sms.sms_authentication_message;
        if sms.sms_configuration.is_some() {
            pool.settings.sms_configuration = sms.sms_configuration;
        }
    }
    pool.settings.mfa_configuration = Some(state);
    pool.factors = factors;
    first_factors::check_beside_mfa(&pool.settings, &pool.factors, false)
}

/// Codes by e-mail are sent through the customer's own SES only.
fn sends_its_own_email(pool: &Pool) -> bool {
    let email = pool.settings.email_configuration.as_ref();
    email.and_then(|email| email.email_sending_account) == Some(EmailSendingAccountType::Developer)
}

/// (unsure) User verification is preferred unless the request says otherwise.
fn passkeys(asked: WebAuthnConfigurationType) -> WebAuthnConfigurationType {
    WebAuthnConfigurationType {
        user_verification: asked
            .user_verification
            .or(Some(UserVerificationType::Preferred)),
        ..asked
    }
}
