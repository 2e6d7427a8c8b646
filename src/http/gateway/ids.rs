//! Names that a gateway gives to requests and resources.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::clock::Timestamp;

/// As in `x-amz-apigw-id: JKJaXmPLvHcESHA=`.
pub fn extended(bytes: [u8; 11]) -> String {
    STANDARD.encode(bytes).replace(['/', '+'], "A")
}

/// `X-Amzn-Trace-Id`
pub fn trace(now: Timestamp, bytes: [u8; 12]) -> String {
    format!("Root=1-{:08x}-{}", now.seconds(), hex::encode(bytes))
}

/// The id of a resource, always the same for the same path: six letters and digits.
pub fn resource(path: &str) -> String {
    const LETTERS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    // FNV-1a: it tells paths apart and keeps no secret.
    let mut hash = path.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let mut id = String::with_capacity(6);
    for _ in 0..6 {
        id.push(char::from(LETTERS[(hash % 36) as usize]));
        hash /= 36;
    }
    id
}
