//! The arithmetic of SRP-6a as Cognito uses it: a 3072-bit group, SHA-256, and numbers hashed in their shortest signed form.
//!
//! The one piece of cryptography that is ours, on a big-number crate. Not here: how a password is kept (`passwords.rs`).

use aws_lc_rs::digest::{self, SHA256};
use crypto_bigint::modular::ConstMontyForm;
use crypto_bigint::{U256, U3072, const_monty_params};

/// Length of a group element, in bytes.
pub const ELEMENT: usize = 384;

const_monty_params!(
    Group,
    U3072,
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3BE39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA051015728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200CBBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF",
    "The 3072-bit group of RFC 3526 §4 (also RFC 5054), generator 2."
);

type Element = ConstMontyForm<Group, { U3072::LIMBS }>;

/// The private key x = H(padHex(salt) ‖ H(pool name ‖ user id ‖ ":" ‖ password)), 32 bytes. `pool_name` is the part of the pool id after
/// its underscore.
pub fn private_key(salt: &[u8], pool_name: &str, user_id: &str, password: &str) -> [u8; 32] {
    let mut identity = digest::Context::new(&SHA256);
    for part in [pool_name, user_id, ":", password] {
        identity.update(part.as_bytes());
    }
    let mut x = digest::Context::new(&SHA256);
    if salt.first().is_some_and(|first| *first >= 0x80) {
        // padHex: a number whose first bit is set gets a leading zero byte, as a positive two's-complement number would.
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
    let exponent = U256::from_be_slice(x);
    Element::new(&U3072::from(2_u8))
        .pow_bounded_exp(&exponent, U256::BITS)
        .retrieve()
        .to_be_bytes()
        .into()
}

#[cfg(test)]
mod tests {
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
}
