//! The codes that custom senders get: encrypted as Cognito does, so that a function decrypts them
//! with the AWS Encryption SDK.
//!
//! The message format version 1 with the suite that captured events carry, 0x0378 (AES-256-GCM,
//! HKDF-SHA384, signed with ECDSA P-384, no key commitment), framed at 4096 bytes, one data key
//! under `aws-kms`. Not here: the key that wraps the data key (`keys::kms`).

use std::collections::BTreeMap;

use anyhow::anyhow;
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA384, Salt};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rand::Rng;

use crate::error::Result;
use crate::keys::{Kms, KmsContext};
use crate::random::RequestRng;

const VERSION: u8 = 1;
/// A customer's authenticated encrypted data.
const TYPE: u8 = 0x80;
const SUITE: [u8; 2] = [0x03, 0x78];
const FRAMED: u8 = 2;
const FRAME_LENGTH: u32 = 4_096;
const FINAL_FRAME: [u8; 4] = [0xff; 4];
const FINAL_FRAME_AAD: &[u8] = b"AWSKMSEncryptionClient Final Frame";
const PROVIDER: &str = "aws-kms";
/// Where the context carries the key that the message's signature is verified with.
const PUBLIC_KEY: &str = "aws-crypto-public-key";
/// Bytes of one coordinate of P-384.
const COORDINATE: usize = 48;

/// Encrypts a code or a temporary password for who may use the key with this ARN, bound to the
/// context; gives base64.
pub fn encrypt_code(
    kms: &Kms,
    key_arn: &str,
    code: &str,
    context: &BTreeMap<String, String>,
    rng: &mut RequestRng,
) -> Result<String> {
    let message = encrypt(kms, key_arn, code.as_bytes(), context, rng)?;
    Ok(STANDARD.encode(message))
}

fn encrypt(
    kms: &Kms,
    key_arn: &str,
    plain: &[u8],
    context: &KmsContext,
    rng: &mut RequestRng,
) -> anyhow::Result<Vec<u8>> {
    let (mut data_key, mut id) = ([0; 32], [0; 16]);
    rng.fill_bytes(&mut data_key);
    rng.fill_bytes(&mut id);
    // Longer ones stand in several frames, which no code needs.
    if plain.len() > FRAME_LENGTH as usize {
        return Err(anyhow!("a code of {} bytes is too long", plain.len()));
    }
    let signer = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_ASN1_SIGNING)?;
    let mut context = context.clone();
    let public = compressed(signer.public_key().as_ref())?;
    context.insert(PUBLIC_KEY.to_owned(), STANDARD.encode(public));
    let wrapped = kms.encrypt(key_arn, &context, &data_key, rng);

    let mut message = vec![VERSION, TYPE];
    message.extend(SUITE);
    message.extend(id);
    put_field(&mut message, &pairs(&context)?)?;
    message.extend(1_u16.to_be_bytes());
    for field in [PROVIDER.as_bytes(), key_arn.as_bytes(), &wrapped] {
        put_field(&mut message, field)?;
    }
    message.push(FRAMED);
    message.extend([0; 4]);
    message.push(NONCE_LEN as u8);
    message.extend(FRAME_LENGTH.to_be_bytes());

    let key = message_key(&data_key, &id)?;
    // Each message has a key of its own, so numbers do for nonces: 0 for the header, then the
    // frame's.
    let header_nonce = nonce(0);
    let header_tag = seal(&key, header_nonce, &message, &mut [])?;
    message.extend(header_nonce);
    message.extend(header_tag);

    let number = 1_u32;
    let mut aad = id.to_vec();
    aad.extend(FINAL_FRAME_AAD);
    aad.extend(number.to_be_bytes());
    aad.extend((plain.len() as u64).to_be_bytes());
    let mut content = plain.to_vec();
    let frame_nonce = nonce(number);
    let tag = seal(&key, frame_nonce, &aad, &mut content)?;
    message.extend(FINAL_FRAME);
    message.extend(number.to_be_bytes());
    message.extend(frame_nonce);
    message.extend((content.len() as u32).to_be_bytes());
    message.extend(content);
    message.extend(tag);

    let signature = signer.sign(&SystemRandom::new(), &message)?;
    put_field(&mut message, signature.as_ref())?;
    Ok(message)
}

/// The context as the header has it: how many pairs, then each with its lengths, sorted by name.
/// None at all is no bytes.
fn pairs(context: &KmsContext) -> anyhow::Result<Vec<u8>> {
    let mut bytes = u16::try_from(context.len())?.to_be_bytes().to_vec();
    for (name, value) in context {
        put_field(&mut bytes, name.as_bytes())?;
        put_field(&mut bytes, value.as_bytes())?;
    }
    Ok(bytes)
}

fn put_field(message: &mut Vec<u8>, field: &[u8]) -> anyhow::Result<()> {
    message.extend(u16::try_from(field.len())?.to_be_bytes());
    message.extend(field);
    Ok(())
}

/// The key that encrypts this message, from its data key.
fn message_key(data_key: &[u8; 32], id: &[u8; 16]) -> anyhow::Result<LessSafeKey> {
    let mut key = [0; 32];
    Salt::new(HKDF_SHA384, &[])
        .extract(data_key)
        .expand(&[&SUITE, id], &AES_256_GCM)?
        .fill(&mut key)?;
    Ok(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key)?))
}

fn nonce(number: u32) -> [u8; NONCE_LEN] {
    let mut nonce = [0; NONCE_LEN];
    nonce[NONCE_LEN - 4..].copy_from_slice(&number.to_be_bytes());
    nonce
}

/// Encrypts in place; gives the tag.
fn seal(
    key: &LessSafeKey,
    nonce: [u8; NONCE_LEN],
    aad: &[u8],
    content: &mut [u8],
) -> anyhow::Result<Vec<u8>> {
    let nonce = Nonce::assume_unique_for_key(nonce);
    let tag = key.seal_in_place_separate_tag(nonce, Aad::from(aad), content)?;
    Ok(tag.as_ref().to_vec())
}

/// A point in SEC 1's compressed form, from the uncompressed one: x, and whether y is odd.
fn compressed(point: &[u8]) -> anyhow::Result<Vec<u8>> {
    let [0x04, coordinates @ ..] = point else {
        return Err(anyhow!("no uncompressed point"));
    };
    let (x, y) = coordinates
        .split_at_checked(COORDINATE)
        .ok_or_else(|| anyhow!("no point of P-384"))?;
    let odd = y.last().is_some_and(|last| last % 2 == 1);
    Ok([&[if odd { 3 } else { 2 }], x].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";

    #[test]
    fn a_message_has_the_layout_of_a_captured_one() {
        let mut rng = Random::new(Some(1)).generator();
        let context = KmsContext::from([("userpool-id".to_owned(), "us-east-1_Pool".to_owned())]);
        let code = encrypt_code(&Kms::new(&[1; 32]), KEY, "123456", &context, &mut rng).unwrap();
        // As captured from the service: the version, the type and the suite, and then the message's
        // own id.
        assert!(code.starts_with("AYADe"), "{code}");
        let message = STANDARD.decode(&code).unwrap();
        let after_id = &message[20..];
        assert_eq!(after_id[2..4], [0, 2], "two pairs");
        assert_eq!(&after_id[6..27], PUBLIC_KEY.as_bytes());
        let text = String::from_utf8_lossy(&message);
        for part in ["userpool-id", "us-east-1_Pool", PROVIDER, KEY] {
            assert!(text.contains(part), "{part}");
        }
        assert!(!text.contains("123456\0"));
    }

    #[test]
    fn what_one_frame_does_not_hold_is_refused() {
        let mut rng = Random::new(Some(1)).generator();
        let long = "x".repeat(FRAME_LENGTH as usize + 1);
        let context = KmsContext::new();
        assert!(encrypt_code(&Kms::new(&[1; 32]), KEY, &long, &context, &mut rng).is_err());
    }
}
