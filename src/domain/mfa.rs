//! A user's second factors: which are asked for, which can be set up, and which the user has
//! chosen.
//!
//! Not here: which factors the pool has (`mfa_settings`), how one is asked for (`flows::sign_in`),
//! how a code is checked (`flows::software_tokens`).

use crate::error::{Error, Result};
use crate::store::{MfaFactor, MfaPreferences, Pool, User};
use crate::wire::user_pools::{
    DeliveryMediumType, MFAOptionType, UserPoolMfaType, VerifiedAttributeType,
};

/// In the order in which answers list them.
pub const FACTORS: [MfaFactor; 3] = [MfaFactor::Sms, MfaFactor::SoftwareToken, MfaFactor::Email];

impl MfaFactor {
    /// Its name in answers, which is also the name of its challenge.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sms => "SMS_MFA",
            Self::SoftwareToken => "SOFTWARE_TOKEN_MFA",
            Self::Email => "EMAIL_OTP",
        }
    }

    /// The factor with this name. The documentation has two names for e-mail.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "EMAIL_MFA" => Some(Self::Email),
            name => FACTORS.into_iter().find(|factor| factor.as_str() == name),
        }
    }

    /// The attribute that its codes are sent to, if they are sent.
    pub fn attribute(self) -> Option<&'static str> {
        match self {
            Self::Sms => Some("phone_number"),
            Self::Email => Some("email"),
            Self::SoftwareToken => None,
        }
    }
}

/// What a sign-in has to ask for after the first factor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Demand {
    Nothing,
    Ask(MfaFactor),
    /// The user chooses one of these.
    Choose(Vec<MfaFactor>),
    /// The user has none, and must set one of these up.
    SetUp(Vec<MfaFactor>),
}

/// Which second factor this user needs. `has_token` tells whether an authenticator app was
/// verified.
pub fn demand(pool: &Pool, user: &User, has_token: bool) -> Demand {
    if pool.mfa() == UserPoolMfaType::Off {
        return Demand::Nothing;
    }
    let mut possible = possible(pool, user, has_token).into_iter();
    let chosen: Vec<MfaFactor> = possible
        .clone()
        .filter(|factor| user.mfa.has(*factor))
        .collect();
    match (chosen.as_slice(), user.mfa.preferred) {
        (_, Some(preferred)) if chosen.contains(&preferred) => Demand::Ask(preferred),
        ([only], _) => Demand::Ask(*only),
        ([_, ..], _) => Demand::Choose(chosen),
        ([], _) if pool.mfa() == UserPoolMfaType::Optional => Demand::Nothing,
        ([], _) => match possible.find(|factor| {
            // (unsure) An address alone makes e-mail the second factor only where the pool has no
            // other.
            *factor != MfaFactor::Email || pool.has_only(MfaFactor::Email)
        }) {
            Some(factor) => Demand::Ask(factor),
            None => Demand::SetUp(pool.mfa_factors()),
        },
    }
}

/// The second factors that the pool has.
pub fn in_use(pool: &Pool) -> Vec<MfaFactor> {
    match pool.mfa() {
        UserPoolMfaType::Off => Vec::new(),
        _ => pool.mfa_factors(),
    }
}

/// The second factors that the user could be asked for, whether chosen or not. `has_token` as in
/// [`demand`].
pub fn possible(pool: &Pool, user: &User, has_token: bool) -> Vec<MfaFactor> {
    let mut possible = in_use(pool);
    possible.retain(|factor| is_ready(user, *factor, has_token));
    possible
}

/// The second factors with which a user can reach a level, whether MFA is required or not. (unsure)
/// The documentation only says that they must be configured. Here these are the ones that the user
/// has chosen, a verified app, and verified addresses.
pub fn held(pool: &Pool, user: &User, has_token: bool) -> Vec<MfaFactor> {
    let mut held = possible(pool, user, has_token);
    held.retain(|factor| user.mfa.has(*factor) || is_verified(user, *factor));
    held
}

/// Whether the factor's address was verified. An app counts as verified, since it has shown a code.
pub fn is_verified(user: &User, factor: MfaFactor) -> bool {
    match factor {
        MfaFactor::Sms => VerifiedAttributeType::PhoneNumber.is_verified(&user.attributes),
        MfaFactor::Email => VerifiedAttributeType::Email.is_verified(&user.attributes),
        MfaFactor::SoftwareToken => true,
    }
}

/// Whether the user has what the factor needs: an address, a number, a verified app.
pub fn is_ready(user: &User, factor: MfaFactor, has_token: bool) -> bool {
    match factor.attribute() {
        Some(attribute) => user
            .attributes
            .get(attribute)
            .is_some_and(|value| !value.is_empty()),
        None => has_token,
    }
}

/// Whether codes of the second factor are sent to the user by this medium.
pub fn serves(pool: &Pool, user: &User, way: VerifiedAttributeType) -> bool {
    pool.mfa() != UserPoolMfaType::Off
        && FACTORS.into_iter().any(|factor| {
            factor.attribute() == Some(way.as_str())
                && user.mfa.has(factor)
                && pool.has_factor(factor)
        })
}

impl Pool {
    /// Whether users may have this second factor.
    pub fn has_factor(&self, factor: MfaFactor) -> bool {
        match factor {
            MfaFactor::Sms => self.has_sms_factor(),
            MfaFactor::SoftwareToken => self.factors.software_token == Some(true),
            MfaFactor::Email => self.factors.email.is_some(),
        }
    }

    /// All second factors that users may have.
    pub fn mfa_factors(&self) -> Vec<MfaFactor> {
        FACTORS
            .into_iter()
            .filter(|factor| self.has_factor(*factor))
            .collect()
    }

    fn has_only(&self, factor: MfaFactor) -> bool {
        self.mfa_factors() == [factor]
    }
}

impl MfaPreferences {
    /// Whether the user has chosen the factor, with SetUserMFAPreference or with the older
    /// SetUserSettings.
    pub fn has(&self, factor: MfaFactor) -> bool {
        match factor {
            MfaFactor::Sms => self.sms || self.sms_option,
            MfaFactor::SoftwareToken => self.software_token,
            MfaFactor::Email => self.email,
        }
    }

    fn has_any(&self) -> bool {
        FACTORS.into_iter().any(|factor| self.has(factor))
    }

    /// Switches a factor on or off. A factor that is off cannot be preferred.
    pub fn set(&mut self, factor: MfaFactor, on: bool) {
        match factor {
            MfaFactor::Sms => {
                self.sms = on;
                self.sms_option &= on;
            }
            MfaFactor::SoftwareToken => self.software_token = on,
            MfaFactor::Email => self.email = on,
        }
        if !on && self.preferred == Some(factor) {
            self.preferred = None;
        }
    }

    /// `UserMFASettingList`. Verified on AWS: it is absent when there is nothing to list.
    pub fn list(&self) -> Option<Vec<String>> {
        let listed: Vec<String> = FACTORS
            .into_iter()
            .filter(|factor| match factor {
                MfaFactor::Sms => self.sms,
                factor => self.has(*factor),
            })
            .map(MfaFactor::as_str)
            // (unsure) The model's list of values has none for passkeys.
            .chain(self.web_authn.then_some("WEB_AUTHN"))
            .map(str::to_owned)
            .collect();
        (!listed.is_empty()).then_some(listed)
    }

    /// `PreferredMfaSetting`.
    pub fn preferred_setting(&self) -> Option<String> {
        self.preferred.map(|factor| factor.as_str().to_owned())
    }

    /// `MFAOptions`: what was chosen by SetUserSettings.
    pub fn options(&self) -> Option<Vec<MFAOptionType>> {
        self.sms_option.then(|| {
            vec![MFAOptionType {
                delivery_medium: Some(DeliveryMediumType::Sms),
                attribute_name: Some("phone_number".to_owned()),
            }]
        })
    }
}

/// What SetUserMFAPreference asks of one factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MfaSetting {
    pub factor: MfaFactor,
    pub enabled: bool,
    pub preferred: bool,
}

/// Carries out SetUserMFAPreference. Factors that it does not name stay as they are. Documented:
/// where MFA is required the last factor cannot be switched off. `has_token` as in [`demand`].
pub fn choose(
    pool: &Pool,
    user: &mut User,
    settings: &[MfaSetting],
    web_authn: Option<bool>,
    has_token: bool,
) -> Result<()> {
    let mut preferred = settings.iter().filter(|setting| setting.preferred);
    if let Some(setting) = preferred.next() {
        if preferred.next().is_some() {
            return Err(Error::TwoPreferredMfa);
        }
        if !setting.enabled {
            return Err(Error::PreferredMfaOff {
                factor: setting.factor.as_str().to_owned(),
            });
        }
    }
    let had_one = user.mfa.has_any();
    for setting in settings {
        if setting.enabled && !is_ready(user, setting.factor, has_token) {
            return Err(match setting.factor {
                MfaFactor::SoftwareToken => Error::SoftwareTokenNotVerified,
                factor => Error::MfaWithoutDelivery {
                    factor: factor.as_str().to_owned(),
                },
            });
        }
        user.mfa.set(setting.factor, setting.enabled);
        if setting.preferred {
            user.mfa.preferred = Some(setting.factor);
        } else if user.mfa.preferred == Some(setting.factor) {
            user.mfa.preferred = None;
        }
    }
    if had_one && !user.mfa.has_any() && pool.mfa() == UserPoolMfaType::On {
        return Err(Error::LastMfaFactor);
    }
    if let Some(on) = web_authn {
        if on && !user.mfa.has_any() {
            return Err(Error::PasskeyMfaAlone);
        }
        user.mfa.web_authn = on;
    }
    Ok(())
}

/// Carries out SetUserSettings, which switches SMS on or off.
pub fn choose_options(user: &mut User, options: &[MFAOptionType]) -> Result<()> {
    let is_sms = |option: &MFAOptionType| {
        option.delivery_medium == Some(DeliveryMediumType::Sms)
            && option.attribute_name.as_deref() == Some("phone_number")
    };
    if !options.iter().all(is_sms) {
        return Err(Error::MfaOptionsInvalid);
    }
    if !options.is_empty() && !is_ready(user, MfaFactor::Sms, false) {
        return Err(Error::MfaWithoutDelivery {
            factor: MfaFactor::Sms.as_str().to_owned(),
        });
    }
    user.mfa.sms_option = !options.is_empty();
    Ok(())
}
