//! A device that remembers its secret, and the client's side of its SRP. Not here: the arithmetic
//! (`srp`).

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crypto_bigint::U256;
use serde_json::{Value, json};

use super::srp::{SrpClient, bytes, generator, pad, timestamp};
use super::{START, text};

/// A device with the secret that it drew for itself.
#[derive(Clone)]
pub struct Device {
    pub key: String,
    pub group_key: String,
    pub secret: String,
}

impl Device {
    /// What a sign-in brought, with a secret that is made of this seed.
    pub fn new(metadata: &Value, seed: &str) -> Self {
        Self {
            key: text(&metadata["DeviceKey"]),
            group_key: text(&metadata["DeviceGroupKey"]),
            secret: STANDARD.encode(digest(&SHA256, seed.as_bytes())),
        }
    }

    /// ConfirmDevice's `DeviceSecretVerifierConfig`, with this salt.
    pub fn verifier(&self, salt: &[u8]) -> Value {
        let identity = format!("{}{}:{}", self.group_key, self.key, self.secret);
        let identity = digest(&SHA256, identity.as_bytes());
        let x = digest(&SHA256, &[pad(salt), identity.as_ref().to_vec()].concat());
        let verifier = generator().pow_bounded_exp(&U256::from_be_slice(x.as_ref()), U256::BITS);
        json!({
            "PasswordVerifier": STANDARD.encode(pad(&bytes(&verifier))),
            "Salt": STANDARD.encode(pad(salt)),
        })
    }
}

impl SrpClient {
    /// The answer to DEVICE_SRP_AUTH.
    pub fn begin_device(&self, client: &str, username: &str, device: &Device) -> Value {
        json!({
            "ChallengeName": "DEVICE_SRP_AUTH",
            "ClientId": client,
            "ChallengeResponses": { "USERNAME": username, "DEVICE_KEY": device.key, "SRP_A": self.public() },
        })
    }

    /// The answer to DEVICE_PASSWORD_VERIFIER, signed when the tests' clock starts.
    pub fn answer_device(&self, client: &str, challenge: &Value, device: &Device) -> Value {
        let parameters = &challenge["ChallengeParameters"];
        let key = self.key(parameters, &device.group_key, &device.key, &device.secret);
        let block = text(&parameters["SECRET_BLOCK"]);
        let at = timestamp(START);
        let signed = [
            device.group_key.as_bytes(),
            device.key.as_bytes(),
            &STANDARD.decode(&block).unwrap(),
            at.as_bytes(),
        ]
        .concat();
        let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), &signed);
        json!({
            "ChallengeName": "DEVICE_PASSWORD_VERIFIER",
            "ClientId": client,
            "ChallengeResponses": {
                "USERNAME": parameters["USERNAME"],
                "DEVICE_KEY": device.key,
                "PASSWORD_CLAIM_SECRET_BLOCK": block,
                "PASSWORD_CLAIM_SIGNATURE": STANDARD.encode(signature),
                "TIMESTAMP": at,
            },
        })
    }
}
