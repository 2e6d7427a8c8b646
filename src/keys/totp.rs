//! Software tokens: the secret that an authenticator app shares with the server, and the codes that
//! both compute from it (RFC 6238; like the service, with SHA-1, six digits and steps of 30
//! seconds).
//!
//! Not here: accepting each code only once (`store::software_tokens`), where secrets are stored
//! (`flows::software_tokens`).

use totp_rs::{Builder, Secret};

use crate::clock::Timestamp;

/// Length of a secret in bytes. The service's secrets have 52 characters of Base32.
pub const SECRET: usize = 32;

const STEP_SECONDS: u64 = 30;

/// (unsure) How many steps a clock may be off in either direction.
const SKEW: u16 = 1;

/// How many steps lie between the first and the last whose codes count at the same time.
pub const STEPS_APART: i64 = 2 * SKEW as i64;

/// `SecretCode`: the secret as it is typed into an app, in Base32 without padding.
pub fn text(secret: &[u8; SECRET]) -> String {
    shared(secret).to_base32().trim_end_matches('=').to_owned()
}

/// The secret that such a text is of.
pub fn secret(text: &str) -> Option<[u8; SECRET]> {
    let read = Secret::try_from_base32(text).ok()?;
    read.as_bytes().try_into().ok()
}

/// The time step to which this code belongs, if that is the present step or one close to it.
pub fn step(secret: &[u8; SECRET], code: &str, now: Timestamp) -> Option<i64> {
    let seconds = u64::try_from(now.seconds()).ok()?;
    let codes = Builder::new()
        .with_secret(shared(secret))
        .with_step_duration(STEP_SECONDS)
        .with_skew(SKEW)
        .build()
        .ok()?;
    codes
        .check(code, seconds)
        .and_then(|step| i64::try_from(step).ok())
}

/// The code of a time step.
pub fn code(secret: &[u8; SECRET], step: i64) -> Option<String> {
    let seconds = u64::try_from(step).ok()?.checked_mul(STEP_SECONDS)?;
    let codes = Builder::new()
        .with_secret(shared(secret))
        .with_step_duration(STEP_SECONDS)
        .build()
        .ok()?;
    Some(codes.generate(seconds).to_string())
}

/// The time step of an instant.
pub fn step_at(now: Timestamp) -> i64 {
    now.seconds().div_euclid(STEP_SECONDS as i64)
}

fn shared(secret: &[u8; SECRET]) -> Secret {
    Secret::new(secret.as_slice().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first 20 bytes of RFC 6238's secret are its SHA-1 secret; ours are longer, so the codes
    /// below were computed with another tool (Python's hmac) from 32 bytes of the same pattern.
    const KEY: &[u8; SECRET] = b"12345678901234567890123456789012";

    #[test]
    fn a_code_counts_in_its_own_step_and_in_the_two_beside_it() {
        let at = |seconds| step(KEY, CODE, Timestamp::from_seconds(seconds));
        assert_eq!(at(59), Some(1));
        assert_eq!((at(0), at(89)), (Some(1), Some(1)));
        assert_eq!(at(90), None);
        assert_eq!(step(KEY, "000000", Timestamp::from_seconds(59)), None);
        for odd in ["", "12345", "1234567", "+12345", "\u{661}23456"] {
            assert_eq!(step(KEY, odd, Timestamp::from_seconds(59)), None, "{odd}");
        }
    }

    #[test]
    fn the_code_of_a_step_is_the_one_that_counts_in_it() {
        assert_eq!(step_at(Timestamp::from_seconds(59)), 1);
        assert_eq!(step_at(Timestamp::from_seconds(-1)), -1);
        assert_eq!(code(KEY, 1).as_deref(), Some(CODE));
        assert_eq!(code(KEY, -1), None);
    }

    #[test]
    fn a_secret_shows_as_the_services_do() {
        let text = text(KEY);
        assert_eq!(text.len(), 52);
        assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    }

    const CODE: &str = "599872";
}
