//! First factors of USER_AUTH: which of those that the pool allows a user has.
//!
//! Not here: how one is asked for (`flows::sign_in`).

use serde::{Deserialize, Serialize};

use super::mfa::{Demand, FACTORS};
use crate::error::{Error, Result};
use crate::store::{Method, MfaFactors, Pool, User};
use crate::wire::user_pools::{
    AuthFactorType, ChallengeNameType, UserPoolMfaType, UserPoolType, UserStatusType,
    WebAuthnFactorConfigurationType,
};

/// A first factor that a user may choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FirstFactor {
    Password,
    PasswordSrp,
    EmailOtp,
    SmsOtp,
    WebAuthn,
}

impl FirstFactor {
    const ALL: [Self; 5] = [
        Self::Password,
        Self::PasswordSrp,
        Self::EmailOtp,
        Self::SmsOtp,
        Self::WebAuthn,
    ];

    /// The challenge that asks for it.
    pub fn challenge(self) -> ChallengeNameType {
        match self {
            Self::Password => ChallengeNameType::Password,
            Self::PasswordSrp => ChallengeNameType::PasswordSrp,
            Self::EmailOtp => ChallengeNameType::EmailOtp,
            Self::SmsOtp => ChallengeNameType::SmsOtp,
            Self::WebAuthn => ChallengeNameType::WebAuthn,
        }
    }

    /// The name of its challenge.
    pub fn as_str(self) -> &'static str {
        self.challenge().as_str()
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|factor| factor.as_str() == name)
    }

    /// What it proves. Of a passkey it is not known before which of the two kinds it is; both are
    /// worth the same.
    pub fn method(self) -> Method {
        match self {
            Self::Password | Self::PasswordSrp => Method::Password,
            Self::EmailOtp => Method::Email,
            Self::SmsOtp => Method::Sms,
            Self::WebAuthn => Method::SoftwareKey,
        }
    }
}

/// What a user has to sign in with, whether it may be used or not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HeldFactors {
    pub password: bool,
    pub email: bool,
    pub phone_number: bool,
    pub passkey: bool,
}

impl HeldFactors {
    pub fn by(user: &User, passkey: bool) -> Self {
        let has = |name: &str| {
            user.attributes
                .get(name)
                .is_some_and(|value| !value.is_empty())
        };
        Self {
            password: user.password.is_some(),
            email: has("email"),
            phone_number: has("phone_number"),
            passkey,
        }
    }
}

impl Pool {
    /// Whether users may sign in with this alone. Where nothing is set, they may with a password.
    pub fn allows_first(&self, factor: AuthFactorType) -> bool {
        let allowed = self
            .settings
            .policies
            .as_ref()
            .and_then(|policies| policies.sign_in_policy.as_ref())
            .and_then(|policy| policy.allowed_first_auth_factors.as_deref());
        match allowed {
            Some(allowed) => allowed.contains(&factor),
            None => factor == AuthFactorType::Password,
        }
    }

    /// Whether a code can be sent to sign in with. SMS need the pool's own way to send them, as on
    /// AWS.
    fn sends_first(&self, factor: AuthFactorType) -> bool {
        self.allows_first(factor)
            && (factor != AuthFactorType::SmsOtp || self.settings.sms_configuration.is_some())
    }

    /// Whether a passkey that has verified its user counts as two factors.
    pub fn counts_passkeys_twice(&self) -> bool {
        self.factors.counts_passkeys_twice()
    }
}

impl MfaFactors {
    fn counts_passkeys_twice(&self) -> bool {
        let passkeys = self.web_authn.as_ref();
        passkeys.and_then(|passkeys| passkeys.factor_configuration)
            == Some(WebAuthnFactorConfigurationType::MultiFactorWithUserVerification)
    }
}

/// Refuses first factors that cannot be: codes by SMS where none can be sent, and, where MFA is
/// required, everything that is one factor only. `was_on` says that MFA was required before this
/// change, so that the first factors are what is new.
pub fn check_beside_mfa(settings: &UserPoolType, factors: &MfaFactors, was_on: bool) -> Result<()> {
    let policy = settings
        .policies
        .as_ref()
        .and_then(|policies| policies.sign_in_policy.as_ref());
    let allowed = policy
        .and_then(|policy| policy.allowed_first_auth_factors.as_deref())
        .unwrap_or_default();
    let has = |factor: AuthFactorType| allowed.contains(&factor);
    if has(AuthFactorType::SmsOtp) && settings.sms_configuration.is_none() {
        return Err(Error::SmsFactorWithoutConfiguration);
    }
    if settings.mfa_configuration != Some(UserPoolMfaType::On) {
        return Ok(());
    }
    if has(AuthFactorType::EmailOtp) || has(AuthFactorType::SmsOtp) {
        return Err(Error::CodeFactorWithMfa);
    }
    if has(AuthFactorType::WebAuthn) && !factors.counts_passkeys_twice() {
        return Err(if was_on {
            Error::PasskeyFactorWithMfa
        } else {
            Error::SinglePasskeyWithMfa
        });
    }
    Ok(())
}

/// `AvailableChallenges`, in the order of the documentation's example. A code or a passkey alone is
/// not enough for a user of whom a second factor is demanded, unless the passkey counts as two; a
/// temporary password must be used to be replaced.
pub fn available(
    pool: &Pool,
    held: HeldFactors,
    status: UserStatusType,
    demand: &Demand,
    passkey_mfa: bool,
) -> Vec<FirstFactor> {
    let mut available = Vec::new();
    if status == UserStatusType::ExternalProvider {
        // (unsure) Only the provider says who that is: the address it told may be anybody's
        // mailbox.
        return available;
    }
    if held.password && pool.allows_first(AuthFactorType::Password) {
        available.extend([FirstFactor::PasswordSrp, FirstFactor::Password]);
    }
    if status == UserStatusType::ForceChangePassword {
        return available;
    }
    let single = *demand == Demand::Nothing;
    if single && held.email && pool.sends_first(AuthFactorType::EmailOtp) {
        available.push(FirstFactor::EmailOtp);
    }
    if single && held.phone_number && pool.sends_first(AuthFactorType::SmsOtp) {
        available.push(FirstFactor::SmsOtp);
    }
    let passkey = single || (passkey_mfa && pool.counts_passkeys_twice());
    if passkey && held.passkey && pool.allows_first(AuthFactorType::WebAuthn) {
        available.push(FirstFactor::WebAuthn);
    }
    available
}

/// `ConfiguredUserAuthFactors`: what the user has, as first or as second factor.
pub fn configured(pool: &Pool, user: &User, passkey: bool, has_token: bool) -> Vec<AuthFactorType> {
    let held = HeldFactors::by(user, passkey);
    let chosen = |name: &str| {
        FACTORS
            .into_iter()
            .any(|factor| factor.attribute() == Some(name) && user.mfa.has(factor))
    };
    let has = |factor| match factor {
        AuthFactorType::Password => held.password,
        AuthFactorType::EmailOtp => held.email && (pool.sends_first(factor) || chosen("email")),
        AuthFactorType::SmsOtp => {
            held.phone_number && (pool.sends_first(factor) || chosen("phone_number"))
        }
        AuthFactorType::WebAuthn => held.passkey && pool.allows_first(factor),
        AuthFactorType::SoftwareToken => has_token && user.mfa.software_token,
    };
    AuthFactorType::ALL
        .iter()
        .copied()
        .filter(|factor| has(*factor))
        .collect()
}
