//! First factors of USER_AUTH: which of the factors that the pool allows a user has.
//!
//! Not here: how one is asked for (`flows::sign_in`).

use super::mfa::{Demand, FACTORS};
use crate::store::{Pool, User};
use crate::wire::user_pools::{
    AuthFactorType, ChallengeNameType, UserStatusType, WebAuthnFactorConfigurationType,
};

/// Which factors a user has, whether they may be used or not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Held {
    pub password: bool,
    pub email: bool,
    pub phone_number: bool,
    pub passkey: bool,
}

impl Held {
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
    /// Whether users may sign in with this factor. If nothing is set, only with a password.
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
        let passkeys = self.factors.web_authn.as_ref();
        passkeys.and_then(|passkeys| passkeys.factor_configuration)
            == Some(WebAuthnFactorConfigurationType::MultiFactorWithUserVerification)
    }
}

/// `AvailableChallenges`, in the order of the documentation's example. A code or a passkey alone is
/// not enough for a user who needs a second factor, unless the passkey counts as two. Whoever has a
/// temporary password must use it, so that it gets replaced.
pub fn available(
    pool: &Pool,
    held: Held,
    (status, demand, passkey_mfa): (UserStatusType, &Demand, bool),
) -> Vec<ChallengeNameType> {
    let mut available = Vec::new();
    if status == UserStatusType::ExternalProvider {
        // (unsure) Only the provider can say who that user is: the address that it gave may be
        // anybody's mailbox.
        return available;
    }
    if held.password && pool.allows_first(AuthFactorType::Password) {
        available.extend([ChallengeNameType::PasswordSrp, ChallengeNameType::Password]);
    }
    if status == UserStatusType::ForceChangePassword {
        return available;
    }
    let single = *demand == Demand::Nothing;
    if single && held.email && pool.sends_first(AuthFactorType::EmailOtp) {
        available.push(ChallengeNameType::EmailOtp);
    }
    if single && held.phone_number && pool.sends_first(AuthFactorType::SmsOtp) {
        available.push(ChallengeNameType::SmsOtp);
    }
    let passkey = single || (passkey_mfa && pool.counts_passkeys_twice());
    if passkey && held.passkey && pool.allows_first(AuthFactorType::WebAuthn) {
        available.push(ChallengeNameType::WebAuthn);
    }
    available
}

/// `ConfiguredUserAuthFactors`: all factors that the user has, first and second ones.
pub fn configured(pool: &Pool, user: &User, passkey: bool, has_token: bool) -> Vec<AuthFactorType> {
    let held = Held::by(user, passkey);
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
