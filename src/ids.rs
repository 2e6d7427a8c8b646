//! What identifiers look like on AWS. Not here: where randomness comes from (`random.rs`).

use aws_lc_rs::digest::{SHA256, digest};
use rand::RngExt;
use uuid::Uuid;

use crate::random::RequestRng;

const LOWER_ALPHANUMERIC: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
const BASE32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const ALPHANUMERIC: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// A random (version 4) UUID: request, event and token ids.
pub fn uuid(rng: &mut RequestRng) -> String {
    uuid::Builder::from_random_bytes(rng.random())
        .into_uuid()
        .to_string()
}

/// A user's `sub`: UUID-shaped, but with version nibble 7 and variant nibble d or so, as captured
/// from the service: clients that insist on version 4 break there, so they break here.
pub fn sub(rng: &mut RequestRng) -> String {
    sub_from(rng.random())
}

/// The sub that is made of these bytes.
pub fn sub_from(mut bytes: [u8; 16]) -> String {
    bytes[6] = (bytes[6] & 0x0f) | 0x70;
    bytes[8] |= 0xc0;
    Uuid::from_bytes(bytes).to_string()
}

/// `<region>_` and nine alphanumerics.
pub fn user_pool(region: &str, rng: &mut RequestRng) -> String {
    format!("{region}_{}", pick(ALPHANUMERIC, 9, rng))
}

/// What the id of a pool's copy has behind that of the original.
pub fn copied_pool(rng: &mut RequestRng) -> String {
    pick(LOWER_ALPHANUMERIC, 8, rng)
}

/// An identity pool or an identity in one: `<region>:<UUID>`.
pub fn identity(region: &str, rng: &mut RequestRng) -> String {
    format!("{region}:{}", uuid(rng))
}

/// The access key id of temporary credentials: `ASIA` and 16 characters of base32.
pub fn temporary_access_key(rng: &mut RequestRng) -> String {
    format!("ASIA{}", pick(BASE32, 16, rng))
}

/// The unique id of a role, `AROA` and 17 characters: the same for as long as it has its name.
pub fn role(arn: &str) -> String {
    format!("AROA{}", derive(BASE32, 17, arn))
}

/// 26 lower-case alphanumerics.
pub fn client(rng: &mut RequestRng) -> String {
    pick(LOWER_ALPHANUMERIC, 26, rng)
}

/// 51 lower-case alphanumerics.
pub fn client_secret(rng: &mut RequestRng) -> String {
    pick(LOWER_ALPHANUMERIC, 51, rng)
}

/// 26 lower-case alphanumerics. (unsure) The model allows up to 64.
pub fn cimd_policy(rng: &mut RequestRng) -> String {
    pick(LOWER_ALPHANUMERIC, 26, rng)
}

/// The ARN of a secret in AWS Secrets Manager: its name, a hyphen and six alphanumerics. The API
/// model of user pools has `secret/` where Secrets Manager's own ARNs have `secret:` (unsure).
pub fn secret_arn(region: &str, account: &str, name: &str, rng: &mut RequestRng) -> String {
    let suffix = pick(ALPHANUMERIC, 6, rng);
    format!("arn:aws:secretsmanager:{region}:{account}:secret:{name}-{suffix}")
}

/// The host name of a domain's CloudFront distribution: the same for as long as it has its name.
pub fn distribution(domain: &str) -> String {
    format!("d{}.cloudfront.net", derive(LOWER_ALPHANUMERIC, 13, domain))
}

/// `import-` and ten alphanumerics.
pub fn import_job(rng: &mut RequestRng) -> String {
    format!("import-{}", pick(ALPHANUMERIC, 10, rng))
}

/// A device key: `<region>_<UUID>`.
pub fn device(region: &str, rng: &mut RequestRng) -> String {
    format!("{region}_{}", uuid(rng))
}

/// `tkn` and 25 lower-case alphanumerics.
pub fn token_session(rng: &mut RequestRng) -> String {
    format!("tkn{}", pick(LOWER_ALPHANUMERIC, 25, rng))
}

/// What a browser's session is called where users see it: `sso` and 25 digits of its id, which is a
/// UUID.
pub fn sso_session(id: &str) -> String {
    let digits = id.chars().filter(|digit| *digit != '-').take(25);
    "sso".chars().chain(digits).collect()
}

/// A verification code: six decimal digits.
pub fn code(rng: &mut RequestRng) -> String {
    format!("{:06}", rng.random_range(0..1_000_000))
}

/// A one-time password: eight decimal digits.
pub fn one_time_password(rng: &mut RequestRng) -> String {
    format!("{:08}", rng.random_range(0..100_000_000))
}

/// The ARN of a user pool, under which it is tagged.
pub fn user_pool_arn(region: &str, account: &str, pool: &str) -> String {
    format!("arn:aws:cognito-idp:{region}:{account}:userpool/{pool}")
}

fn pick(alphabet: &[u8], length: usize, rng: &mut RequestRng) -> String {
    (0..length)
        .map(|_| char::from(alphabet[rng.random_range(0..alphabet.len())]))
        .collect()
}

/// What is the same for the same text, and of no more than 32 characters.
fn derive(alphabet: &[u8], length: usize, text: &str) -> String {
    digest(&SHA256, text.as_bytes())
        .as_ref()
        .iter()
        .take(length)
        .map(|byte| char::from(alphabet[usize::from(*byte) % alphabet.len()]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn ids_have_the_shapes_of_the_service() {
        let mut rng = Random::new(Some(1)).generator();
        let client = client(&mut rng);
        assert_eq!(client.len(), 26);
        assert!(
            client
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        );
        assert_eq!(client_secret(&mut rng).len(), 51);
        assert_eq!(
            user_pool("eu-central-1", &mut rng).len(),
            "eu-central-1_".len() + 9
        );
        let sub = sub(&mut rng);
        assert_eq!((sub.len(), &sub[14..15]), (36, "7"));
        assert!("cdef".contains(&sub[19..20]));
        assert_eq!(uuid(&mut rng).len(), 36);
        assert_eq!(code(&mut rng).len(), 6);
        let key = temporary_access_key(&mut rng);
        assert!(key.len() == 20 && key.starts_with("ASIA"), "{key}");
    }
}
