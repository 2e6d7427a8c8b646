//! The arithmetic of SRP-6a as Cognito uses it: a 3072-bit group, SHA-256, and numbers hashed in
//! their shortest signed form.
//!
//! The one piece of cryptography that is ours. Not here: powers (`group.rs`), how a password is
//! kept (`passwords.rs`).

use std::sync::LazyLock;

use aws_lc_rs::digest::{self, SHA256};
use aws_lc_rs::hmac;
use crypto_bigint::U3072;

use super::group::{
    Element, generator_power, generator_power_of_many, modulus, power, power_of_verifier,
};

/// Length of a group element, in bytes.
pub const ELEMENT: usize = 384;

/// The private key x = H(padHex(salt) ‖ H(pool name ‖ user id ‖ ":" ‖ password)), 32 bytes.
/// `pool_name` is the part of the pool id after its underscore.
pub fn private_key(salt: &[u8], pool_name: &str, user_id: &str, password: &str) -> [u8; 32] {
    let mut identity = digest::Context::new(&SHA256);
    for part in [pool_name, user_id, ":", password] {
        identity.update(part.as_bytes());
    }
    let mut x = digest::Context::new(&SHA256);
    if salt.first().is_some_and(|first| *first >= 0x80) {
        // padHex: a number whose first bit is set gets a leading zero byte, as a positive
        // two's-complement number would.
        x.update(&[0]);
    }
    x.update(salt);
    x.update(identity.finish().as_ref());
    let mut out = [0; 32];
    out.copy_from_slice(x.finish().as_ref());
    out
}

/// The verifier v = g^x mod N, 384 bytes big-endian.
pub fn verifier(x: &[u8; 32]) -> [u8; ELEMENT] {
    generator_power(x).retrieve().to_be_bytes().into()
}

/// The same, sooner, for one of very many passwords that stand in a file (docs/decisions/0156).
pub fn verifier_of_many(x: &[u8; 32]) -> [u8; ELEMENT] {
    generator_power_of_many(x).retrieve().to_be_bytes().into()
}

/// Reads a verifier that a client computed, with or without leading zeros. None for values that
/// follow from no secret: with those anybody could prove knowledge of it.
pub fn read_verifier(bytes: &[u8]) -> Option<[u8; ELEMENT]> {
    let leading = bytes.iter().take_while(|byte| **byte == 0).count();
    let shortest = &bytes[leading..];
    if shortest.len() > ELEMENT {
        return None;
    }
    let mut wide = [0; ELEMENT];
    wide[ELEMENT - shortest.len()..].copy_from_slice(shortest);
    let number = U3072::from_be_slice(&wide);
    let largest = modulus().wrapping_sub(&U3072::ONE);
    (number > U3072::ONE && number < largest).then_some(wide)
}

/// The multiplier k = H(padHex(N) ‖ padHex(g)).
static MULTIPLIER: LazyLock<Element> = LazyLock::new(|| {
    let mut k = digest::Context::new(&SHA256);
    k.update(&pad(&modulus().to_be_bytes()));
    k.update(&[2]);
    element(k.finish().as_ref())
});

/// Length of the server's private key b, in bytes.
pub const PRIVATE: usize = 32;

/// A client's public key A, which is not 0 modulo N.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientKey(U3072);

impl ClientKey {
    /// Reads `SRP_A`. None if it is not a hexadecimal number, if it is too long, or if it is a
    /// multiple of N, with which anybody could sign in.
    pub fn from_hex(hex: &str) -> Option<Self> {
        let digits = hex.trim_start_matches('0');
        if digits.len() > 2 * ELEMENT {
            return None;
        }
        let padded = format!("{digits:0>width$}", width = 2 * ELEMENT);
        let mut bytes = [0; ELEMENT];
        hex::decode_to_slice(padded, &mut bytes).ok()?;
        let a = U3072::from_be_slice(&bytes);
        (Element::new(&a) != Element::ZERO).then_some(Self(a))
    }

    pub fn to_hex(&self) -> String {
        hex(&self.0.to_be_bytes())
    }
}

/// The server's public key B = k·v + g^b.
pub fn server_key(verifier: &[u8], b: &[u8; PRIVATE]) -> [u8; ELEMENT] {
    MULTIPLIER
        .mul(&element(verifier))
        .add(&generator_power(b))
        .retrieve()
        .to_be_bytes()
        .into()
}

/// The key that client and server share if the client knows the password: 16 bytes of HKDF over S =
/// (A·v^u)^b. None when u is 0.
pub fn session_key(
    a: &ClientKey,
    verifier: &[u8],
    b: &[u8; PRIVATE],
    server_key: &[u8; ELEMENT],
) -> Option<[u8; 16]> {
    let mut u = digest::Context::new(&SHA256);
    u.update(&pad(&a.0.to_be_bytes()));
    u.update(&pad(server_key));
    let u = u.finish();
    let mut exponent = [0; 32];
    exponent.copy_from_slice(u.as_ref());
    if exponent == [0; 32] {
        return None;
    }
    let base = power_of_verifier(&element(verifier), &exponent).mul(&Element::new(&a.0));
    let s = power(&base, b).retrieve();
    let extracted = hmac::sign(
        &hmac::Key::new(hmac::HMAC_SHA256, &pad(u.as_ref())),
        &pad(&s.to_be_bytes()),
    );
    let expanded = hmac::sign(
        &hmac::Key::new(hmac::HMAC_SHA256, extracted.as_ref()),
        b"Caldera Derived Key\x01",
    );
    let mut key = [0; 16];
    key.copy_from_slice(&expanded.as_ref()[..16]);
    Some(key)
}

/// Whether this is the proof that the client knows the key: HMAC(key, pool name ‖ user id ‖ secret
/// block ‖ timestamp). Compares in constant time.
pub fn is_proof(key: &[u8; 16], parts: [&[u8]; 4], signature: &[u8]) -> bool {
    hmac::verify(
        &hmac::Key::new(hmac::HMAC_SHA256, key),
        &parts.concat(),
        signature,
    )
    .is_ok()
}

/// A number as Cognito sends it: hexadecimal without leading zeros.
pub fn hex(number: &[u8]) -> String {
    hex::encode(number).trim_start_matches('0').to_owned()
}

/// padHex: the shortest bytes of a number, with a zero before them when the first bit is set.
fn pad(number: &[u8]) -> Vec<u8> {
    let leading = number.iter().take_while(|byte| **byte == 0).count();
    let shortest = &number[leading..];
    let mut padded = Vec::with_capacity(shortest.len() + 1);
    if shortest.first().is_none_or(|first| *first >= 0x80) {
        padded.push(0);
    }
    padded.extend_from_slice(shortest);
    padded
}

/// Bytes as an element of the group. Bytes before the last 384 are ignored.
fn element(bytes: &[u8]) -> Element {
    let mut wide = [0; ELEMENT];
    let length = bytes.len().min(ELEMENT);
    wide[ELEMENT - length..].copy_from_slice(&bytes[bytes.len() - length..]);
    Element::new(&U3072::from_be_slice(&wide))
}

#[cfg(test)]
mod tests {
    use crypto_bigint::U256;

    use super::*;

    #[test]
    fn small_powers_are_plain_powers_of_two() {
        let mut x = [0; 32];
        x[31] = 10;
        let v = verifier(&x);
        assert_eq!(v[ELEMENT - 2..], [4, 0]);
        assert!(v[..ELEMENT - 2].iter().all(|byte| *byte == 0));
    }

    #[test]
    fn a_salt_with_its_first_bit_set_is_padded() {
        let padded = private_key(&[0, 0x80, 1], "pool", "user", "password");
        assert_eq!(private_key(&[0x80, 1], "pool", "user", "password"), padded);
        assert_ne!(private_key(&[0x01, 1], "pool", "user", "password"), padded);
    }

    /// The client's side, as clients compute it: S = (B − k·g^x)^(a + u·x).
    fn client_session_key(
        a: &[u8; 32],
        a_public: &ClientKey,
        x: &[u8; 32],
        b_public: &[u8; ELEMENT],
    ) -> [u8; 16] {
        let g = Element::new(&U3072::from(2_u8));
        let g_x = g.pow_bounded_exp(&U256::from_be_slice(x), U256::BITS);
        let base = element(b_public).sub(&MULTIPLIER.mul(&g_x));
        let mut u = digest::Context::new(&SHA256);
        u.update(&pad(&a_public.0.to_be_bytes()));
        u.update(&pad(b_public));
        let u = u.finish();
        let power =
            |exponent: &[u8]| base.pow_bounded_exp(&U256::from_be_slice(exponent), U256::BITS);
        let u_x = power(u.as_ref()).pow_bounded_exp(&U256::from_be_slice(x), U256::BITS);
        let s = power(a).mul(&u_x).retrieve();
        let extracted = hmac::sign(
            &hmac::Key::new(hmac::HMAC_SHA256, &pad(u.as_ref())),
            &pad(&s.to_be_bytes()),
        );
        let expanded = hmac::sign(
            &hmac::Key::new(hmac::HMAC_SHA256, extracted.as_ref()),
            b"Caldera Derived Key\x01",
        );
        expanded.as_ref()[..16].try_into().unwrap()
    }

    #[test]
    fn both_sides_agree_on_the_key_only_with_the_right_password() {
        let (a, b) = ([3; 32], [7; PRIVATE]);
        let a_public = Element::new(&U3072::from(2_u8))
            .pow_bounded_exp(&U256::from_be_slice(&a), U256::BITS)
            .retrieve();
        let a_public = ClientKey::from_hex(&hex(&a_public.to_be_bytes())).unwrap();
        let x = private_key(&[1; 16], "pool", "user", "right");
        let v = verifier(&x);
        let b_public = server_key(&v, &b);
        let ours = session_key(&a_public, &v, &b, &b_public).unwrap();
        assert_eq!(client_session_key(&a, &a_public, &x, &b_public), ours);
        let wrong = private_key(&[1; 16], "pool", "user", "wrong");
        assert_ne!(client_session_key(&a, &a_public, &wrong, &b_public), ours);
    }

    #[test]
    fn a_public_key_that_is_zero_modulo_n_or_no_number_is_refused() {
        let n = hex(&modulus().to_be_bytes());
        for zero in [
            "",
            "0",
            "000000",
            n.as_str(),
            "xyz",
            "-1",
            &format!("{n}0"),
            "\u{661}",
        ] {
            assert_eq!(ClientKey::from_hex(zero), None, "{zero}");
        }
        assert!(ClientKey::from_hex("00fF").is_some());
    }

    #[test]
    fn numbers_are_padded_as_positive_twos_complement() {
        assert_eq!(pad(&[0, 0, 0x7f]), [0x7f]);
        assert_eq!(pad(&[0, 0x80]), [0, 0x80]);
        assert_eq!(pad(&[0]), [0]);
    }
}
