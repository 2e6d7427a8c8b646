//! What a password must look like, and how a temporary one is generated.
//!
//! Not here: storing and comparing passwords (`keys::passwords`), which ones were used before
//! (`flows::passwords`).

use rand::RngExt;
use rand::seq::SliceRandom;

use crate::error::{Error, Result};
use crate::random::RequestRng;
use crate::wire::user_pools::PasswordPolicyType;

/// The characters that count as symbols. A space that is neither first nor last does, too.
const SYMBOLS: &str = "^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+-";

/// The character classes of a generated password. It has all of them, so that it satisfies every
/// policy. Its symbols survive e-mails, shells and forms.
const GENERATED: [&[u8]; 4] = [
    b"ABCDEFGHJKLMNPQRSTUVWXYZ",
    b"abcdefghijkmnopqrstuvwxyz",
    b"23456789",
    b"!@#%*_=+-",
];

/// The minimum length if the policy has none.
const MINIMUM: usize = 8;

/// Checks the password against the policy. (unsure) What is missing is reported one at a time, in
/// this order.
pub fn check(policy: &PasswordPolicyType, password: &str) -> Result<()> {
    let asked = |flag: Option<bool>| flag.unwrap_or(false);
    if password.chars().count() < minimum(policy) {
        return Err(Error::PasswordTooShort);
    }
    if asked(policy.require_uppercase) && !password.contains(|c: char| c.is_ascii_uppercase()) {
        return Err(Error::PasswordNeedsUppercase);
    }
    if asked(policy.require_lowercase) && !password.contains(|c: char| c.is_ascii_lowercase()) {
        return Err(Error::PasswordNeedsLowercase);
    }
    if asked(policy.require_numbers) && !password.contains(|c: char| c.is_ascii_digit()) {
        return Err(Error::PasswordNeedsNumber);
    }
    if asked(policy.require_symbols) && !has_symbol(password) {
        return Err(Error::PasswordNeedsSymbol);
    }
    Ok(())
}

/// Generates a temporary password that the policy accepts.
pub fn generate(policy: &PasswordPolicyType, rng: &mut RequestRng) -> String {
    let length = minimum(policy).max(MINIMUM);
    let all = GENERATED.concat();
    let mut draw = |from: &[u8]| from[rng.random_range(0..from.len())];
    let mut password: Vec<u8> = GENERATED.iter().map(|class| draw(class)).collect();
    password.extend((password.len()..length).map(|_| draw(&all)));
    password.shuffle(rng);
    password.into_iter().map(char::from).collect()
}

fn minimum(policy: &PasswordPolicyType) -> usize {
    policy
        .minimum_length
        .and_then(|length| usize::try_from(length).ok())
        .unwrap_or(MINIMUM)
}

fn has_symbol(password: &str) -> bool {
    password.contains(|c| SYMBOLS.contains(c)) || password.trim_matches(' ').contains(' ')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn strict(minimum_length: i32) -> PasswordPolicyType {
        PasswordPolicyType {
            minimum_length: Some(minimum_length),
            require_uppercase: Some(true),
            require_lowercase: Some(true),
            require_numbers: Some(true),
            require_symbols: Some(true),
            ..PasswordPolicyType::default()
        }
    }

    fn situation(password: &str) -> &'static str {
        check(&strict(8), password)
            .err()
            .map_or("fine", |error| error.situation())
    }

    #[test]
    fn a_password_is_told_what_it_lacks_one_thing_at_a_time() {
        // Verified on AWS: eight characters of all four classes satisfy the default policy.
        assert_eq!(situation("P2$Sword"), "fine");
        assert_eq!(situation("P2$Swor"), "PasswordTooShort");
        assert_eq!(situation("aaaaaaaa"), "PasswordNeedsUppercase");
        assert_eq!(situation("AAAAAAAA"), "PasswordNeedsLowercase");
        assert_eq!(situation("AAAAaaaa"), "PasswordNeedsNumber");
        assert_eq!(situation("AAAAaaa1"), "PasswordNeedsSymbol");
        assert_eq!(situation("ÄÄÄÄaaa1"), "PasswordNeedsUppercase");
    }

    #[test]
    fn every_listed_symbol_counts_and_so_does_a_space_inside() {
        for symbol in SYMBOLS.chars() {
            assert_eq!(situation(&format!("{symbol}Aaaaaa1")), "fine", "{symbol}");
        }
        assert_eq!(situation("AAAA aaa1"), "fine");
        assert_eq!(situation(" AAAAaaa1 "), "PasswordNeedsSymbol");
        assert_eq!(situation("AAAA€aaa1"), "PasswordNeedsSymbol");
    }

    #[test]
    fn what_the_policy_does_not_ask_for_is_not_needed() {
        let lax = PasswordPolicyType {
            minimum_length: Some(6),
            ..PasswordPolicyType::default()
        };
        assert!(check(&lax, "aaaaaa").is_ok());
        assert!(check(&lax, "aaaaa").is_err());
        // Characters count, not bytes.
        assert!(check(&lax, "äöü").is_err());
    }

    #[test]
    fn a_generated_password_satisfies_every_policy() {
        let mut rng = Random::new(Some(1)).generator();
        for length in [6, 8, 20, 99] {
            let password = generate(&strict(length), &mut rng);
            assert!(check(&strict(length), &password).is_ok(), "{password}");
            assert_eq!(password.len(), usize::try_from(length).unwrap().max(8));
        }
        assert_ne!(
            generate(&strict(8), &mut rng),
            generate(&strict(8), &mut rng)
        );
    }
}
