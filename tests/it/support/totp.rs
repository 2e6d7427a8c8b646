//! An authenticator app (RFC 6238), written from its description and not from the server's code.

use aws_lc_rs::hmac;
use serde_json::Value;

use super::{START, text};

/// An app that was set up with a `SecretCode`.
pub struct App(Vec<u8>);

impl App {
    pub fn new(secret_code: &Value) -> Self {
        const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let (mut bits, mut held, mut key) = (0_u32, 0, Vec::new());
        for letter in text(secret_code).chars() {
            bits = bits << 5 | u32::try_from(ALPHABET.find(letter).unwrap()).unwrap();
            held += 5;
            if held >= 8 {
                held -= 8;
                key.push(u8::try_from(bits >> held & 0xff).unwrap());
            }
        }
        Self(key)
    }

    /// The code of so many steps after the tests' clock starts.
    pub fn code(&self, step: i64) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.0);
        let tag = hmac::sign(&key, &(START / 30 + step).to_be_bytes());
        let tag = tag.as_ref();
        let at = usize::from(tag[tag.len() - 1] & 15);
        let number = u32::from_be_bytes(tag[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
        format!("{:06}", number % 1_000_000)
    }
}
