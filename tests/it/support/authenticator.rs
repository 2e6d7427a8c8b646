//! An authenticator in software, and the browser in front of it: what they make of the service's
//! options, and every way to lie about it. Written from WebAuthn and CTAP2, not from the server's
//! code.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::text;

const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const BACKUP_ELIGIBLE: u8 = 0x08;
const HAS_KEY: u8 = 0x40;

/// One passkey, and how its next answer is made. A test lies by changing a field.
pub struct Authenticator {
    key: Key,
    pub id: Vec<u8>,
    /// As at the last answer; each assertion counts one up, unless it is None: then it stays 0.
    pub count: Option<u32>,
    pub present: bool,
    pub verifies: bool,
    /// Whether the passkey says that it may be synchronised.
    pub synchronised: bool,
    pub origin: String,
    /// In place of the relying party that the options name.
    pub relying_party: Option<String>,
    /// In place of the challenge that the options hold.
    pub challenge: Option<String>,
    /// The user handle, since the registration.
    pub handle: Option<String>,
    pub cross_origin: bool,
    pub attestation: Attestation,
    pub aaguid: [u8; 16],
}

/// What the authenticator says of itself at registration.
#[derive(Clone, Copy)]
pub enum Attestation {
    None,
    /// Signed by the new key itself.
    SelfSigned,
    /// The same, signed over something else.
    SelfSignedWrongly,
    /// A format that is not looked into.
    Unknown,
}

enum Key {
    Es256(EcdsaKeyPair),
    Rs256(Box<rsa::KeyPair>),
}

impl Authenticator {
    pub fn es256() -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        Self::with(Key::Es256(key))
    }

    pub fn rs256() -> Self {
        let key = rsa::KeyPair::from_pkcs8(include_bytes!("keys/id.pk8")).unwrap();
        Self::with(Key::Rs256(Box::new(key)))
    }

    fn with(key: Key) -> Self {
        let id = digest(&SHA256, &key.cose()).as_ref().to_vec();
        Self {
            key,
            id,
            count: Some(0),
            present: true,
            verifies: true,
            synchronised: false,
            origin: "http://localhost:3000".to_owned(),
            relying_party: None,
            challenge: None,
            handle: None,
            cross_origin: false,
            attestation: Attestation::None,
            aaguid: [0; 16],
        }
    }

    pub fn credential_id(&self) -> String {
        URL_SAFE_NO_PAD.encode(&self.id)
    }

    /// The private key as a browser's virtual authenticator tells it: PKCS #8 in Base64.
    pub fn private_key(&self) -> String {
        match &self.key {
            Key::Es256(pair) => STANDARD.encode(pair.to_pkcs8v1().unwrap()),
            Key::Rs256(_) => panic!("virtual authenticators make keys on P-256"),
        }
    }

    /// What `navigator.credentials.create(options).toJSON()` gives.
    pub fn create(&mut self, options: &Value) -> Value {
        self.handle = Some(text(&options["user"]["id"]));
        let client_data = self.client_data("webauthn.create", options);
        let id = u16::try_from(self.id.len()).unwrap();
        let data = [
            self.authenticator_data(&text(&options["rp"]["id"]), HAS_KEY),
            self.aaguid.to_vec(),
            id.to_be_bytes().to_vec(),
            self.id.clone(),
            self.key.cose(),
        ]
        .concat();
        let signed = [data.as_slice(), digest(&SHA256, &client_data).as_ref()].concat();
        let (format, statement) = match self.attestation {
            Attestation::None => ("none", vec![0xa0]),
            Attestation::SelfSigned => ("packed", self.statement(&signed)),
            Attestation::SelfSignedWrongly => ("packed", self.statement(b"something else")),
            Attestation::Unknown => ("fido-u2f", vec![0xa0]),
        };
        let object = [
            vec![0xa3],
            cbor_text("fmt"),
            cbor_text(format),
            cbor_text("attStmt"),
            statement,
            cbor_text("authData"),
            cbor_bytes(&data),
        ]
        .concat();
        json!({
            "id": self.credential_id(),
            "rawId": self.credential_id(),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": URL_SAFE_NO_PAD.encode(client_data),
                "attestationObject": URL_SAFE_NO_PAD.encode(object),
                "authenticatorData": URL_SAFE_NO_PAD.encode(data),
                "transports": ["internal", "hybrid"],
                "publicKeyAlgorithm": self.key.algorithm(),
            },
        })
    }

    /// What `navigator.credentials.get(options).toJSON()` gives.
    pub fn get(&mut self, options: &Value) -> Value {
        if let Some(count) = &mut self.count {
            *count += 1;
        }
        let client_data = self.client_data("webauthn.get", options);
        let data = self.authenticator_data(&text(&options["rpId"]), 0);
        let signed = [data.as_slice(), digest(&SHA256, &client_data).as_ref()].concat();
        json!({
            "id": self.credential_id(),
            "rawId": self.credential_id(),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": URL_SAFE_NO_PAD.encode(client_data),
                "authenticatorData": URL_SAFE_NO_PAD.encode(data),
                "signature": URL_SAFE_NO_PAD.encode(self.key.sign(&signed)),
                "userHandle": self.handle,
            },
        })
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let challenge = self
            .challenge
            .clone()
            .unwrap_or_else(|| text(&options["challenge"]));
        json!({
            "type": kind,
            "challenge": challenge,
            "origin": self.origin,
            "crossOrigin": self.cross_origin,
        })
        .to_string()
        .into_bytes()
    }

    fn authenticator_data(&self, relying_party: &str, flags: u8) -> Vec<u8> {
        let relying_party = self.relying_party.as_deref().unwrap_or(relying_party);
        let mut flags = flags;
        for (set, flag) in [
            (self.present, USER_PRESENT),
            (self.verifies, USER_VERIFIED),
            (self.synchronised, BACKUP_ELIGIBLE),
        ] {
            if set {
                flags |= flag;
            }
        }
        [
            digest(&SHA256, relying_party.as_bytes()).as_ref(),
            &[flags],
            &self.count.unwrap_or(0).to_be_bytes(),
        ]
        .concat()
    }

    fn statement(&self, signed: &[u8]) -> Vec<u8> {
        let algorithm = match self.key {
            Key::Es256(_) => vec![0x26],
            Key::Rs256(_) => vec![0x39, 0x01, 0x00],
        };
        [
            vec![0xa2],
            cbor_text("alg"),
            algorithm,
            cbor_text("sig"),
            cbor_bytes(&self.key.sign(signed)),
        ]
        .concat()
    }
}

impl Key {
    fn algorithm(&self) -> i32 {
        match self {
            Self::Es256(_) => -7,
            Self::Rs256(_) => -257,
        }
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Es256(key) => key.sign(&random, message).unwrap().as_ref().to_vec(),
            Self::Rs256(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .unwrap();
                signature
            }
        }
    }

    /// The public key as COSE writes it.
    fn cose(&self) -> Vec<u8> {
        match self {
            Self::Es256(key) => {
                let point = key.public_key().as_ref();
                [
                    &[0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21],
                    cbor_bytes(&point[1..33]).as_slice(),
                    &[0x22],
                    &cbor_bytes(&point[33..]),
                ]
                .concat()
            }
            Self::Rs256(key) => {
                let public = key.public_key();
                [
                    &[0xa4, 0x01, 0x03, 0x03, 0x39, 0x01, 0x00, 0x20],
                    cbor_bytes(public.modulus().big_endian_without_leading_zero()).as_slice(),
                    &[0x21],
                    &cbor_bytes(public.exponent().big_endian_without_leading_zero()),
                ]
                .concat()
            }
        }
    }
}

fn cbor_text(text: &str) -> Vec<u8> {
    cbor(0x60, text.as_bytes())
}

fn cbor_bytes(bytes: &[u8]) -> Vec<u8> {
    cbor(0x40, bytes)
}

fn cbor(kind: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap();
    let [high, low] = length.to_be_bytes();
    let head = match length {
        0..24 => vec![kind | low],
        24..256 => vec![kind | 24, low],
        _ => vec![kind | 25, high, low],
    };
    [head.as_slice(), content].concat()
}
