//! Step-up: which factors lead from what was proved already to a level.
//!
//! Not here: what levels there are (`authentication_levels`), which factors somebody has
//! (`first_factors`, `mfa`), how they are asked for (`flows::sign_in`).

use super::authentication_levels::Level;
use super::first_factors::FirstFactor;
use crate::store::{Method, Methods, MfaFactor};

/// What somebody has to prove themselves with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Factors {
    pub first: Vec<FirstFactor>,
    pub second: Vec<MfaFactor>,
}

impl Factors {
    /// The second factors of which each is enough to reach the level. They follow a password only.
    pub fn second_to(&self, level: Level, proved: &Methods) -> Vec<MfaFactor> {
        let leads = |factor: &MfaFactor| {
            proved.has(Method::Password) && adds(proved, second(*factor), level)
        };
        self.second.iter().copied().filter(leads).collect()
    }

    /// The first factors of which each is enough to reach the level, by itself or, in case of a
    /// password, with a second factor.
    pub fn first_to(&self, level: Level, proved: &Methods) -> Vec<FirstFactor> {
        let leads = |factor: &FirstFactor| {
            let method = factor.method();
            if proved.has(method) {
                return false;
            }
            let proved = with(proved, method);
            let leads_on =
                || method == Method::Password && !self.second_to(level, &proved).is_empty();
            proved.level() >= Some(level) || leads_on()
        };
        self.first.iter().copied().filter(leads).collect()
    }
}

/// Whether the factor is a new one, and leads from what was proved to the level.
fn adds(proved: &Methods, method: Method, level: Level) -> bool {
    !proved.has(method) && with(proved, method).level() >= Some(level)
}

fn with(proved: &Methods, method: Method) -> Methods {
    let mut all = proved.clone();
    all.add(method);
    all
}

fn second(factor: MfaFactor) -> Method {
    match factor {
        MfaFactor::Sms => Method::Sms,
        MfaFactor::SoftwareToken => Method::SoftwareToken,
        MfaFactor::Email => Method::Email,
    }
}

#[cfg(test)]
mod tests {
    use FirstFactor::{EmailOtp, Password, SmsOtp, WebAuthn};
    use Level::{Four, One, Three, Two};

    use super::*;

    fn proved(amr: &str) -> Methods {
        Methods::named(amr.split_ascii_whitespace())
    }

    #[test]
    fn only_what_leads_to_the_level_is_asked_for() {
        let all = Factors {
            first: vec![Password, EmailOtp, SmsOtp, WebAuthn],
            second: vec![MfaFactor::Sms, MfaFactor::SoftwareToken],
        };
        for (level, before, first) in [
            (One, "", vec![Password, EmailOtp, SmsOtp, WebAuthn]),
            // A password with a second factor leads further than is asked for.
            (Two, "", vec![Password, EmailOtp, SmsOtp, WebAuthn]),
            (Three, "", vec![Password, WebAuthn]),
            (Four, "", vec![Password]),
            (Three, "pwd", vec![EmailOtp, SmsOtp, WebAuthn]),
            (Four, "pwd", vec![]),
            (Three, "email_otp", vec![Password, WebAuthn]),
            (Four, "swk", vec![Password]),
        ] {
            assert_eq!(
                all.first_to(level, &proved(before)),
                first,
                "{level:?} {before}"
            );
        }
        for (level, before, second) in [
            (Three, "pwd", vec![MfaFactor::Sms, MfaFactor::SoftwareToken]),
            (Four, "pwd", vec![MfaFactor::SoftwareToken]),
            (Four, "pwd sms", vec![MfaFactor::SoftwareToken]),
            // Without a password, two codes count as one.
            (Three, "email_otp", vec![]),
            (Two, "", vec![]),
            (Four, "swk", vec![]),
        ] {
            assert_eq!(
                all.second_to(level, &proved(before)),
                second,
                "{level:?} {before}"
            );
        }
    }

    #[test]
    fn a_password_leads_nowhere_without_the_second_factor_that_the_level_takes() {
        let some = Factors {
            first: vec![Password],
            second: vec![MfaFactor::Email],
        };
        assert_eq!(some.first_to(Three, &proved("")), [Password]);
        assert_eq!(some.first_to(Four, &proved("")), []);
        assert_eq!(Factors::default().first_to(One, &proved("")), []);
    }
}
