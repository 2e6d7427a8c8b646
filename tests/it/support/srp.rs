//! The client's side of SRP-6a as Cognito's clients do it, written from their description and not
//! from the server's code.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crypto_bigint::modular::{ConstMontyForm, ConstMontyParams};
use crypto_bigint::{U256, U3072, const_monty_params};
use serde_json::{Value, json};

use super::{START, text};

const_monty_params!(
    Prime,
    U3072,
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3BE39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA051015728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200CBBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF",
    "RFC 5054's 3072-bit prime."
);

pub type Element = ConstMontyForm<Prime, { U3072::LIMBS }>;

/// A client between its two steps.
pub struct SrpClient {
    private: U256,
    public: Element,
}

impl SrpClient {
    /// With a private key a that is made of this seed.
    pub fn new(seed: &str) -> Self {
        let private = U256::from_be_slice(digest(&SHA256, seed.as_bytes()).as_ref());
        Self {
            private,
            public: generator().pow_bounded_exp(&private, U256::BITS),
        }
    }

    /// `SRP_A`
    pub fn public(&self) -> String {
        shortest_hex(&bytes(&self.public))
    }

    /// InitiateAuth's request.
    pub fn begin(&self, client: &str, username: &str) -> Value {
        json!({
            "AuthFlow": "USER_SRP_AUTH",
            "ClientId": client,
            "AuthParameters": { "USERNAME": username, "SRP_A": self.public() },
        })
    }

    /// RespondToAuthChallenge's request, signed at this time.
    pub fn answer_at(
        &self,
        pool: &str,
        client: &str,
        challenge: &Value,
        password: &str,
        timestamp: &str,
    ) -> Value {
        let parameters = &challenge["ChallengeParameters"];
        let user_id = text(&parameters["USER_ID_FOR_SRP"]);
        let pool_name = pool.split_once('_').unwrap().1;
        let key = self.key(parameters, pool_name, &user_id, password);
        let block = text(&parameters["SECRET_BLOCK"]);
        let signed = [
            pool_name.as_bytes(),
            user_id.as_bytes(),
            &STANDARD.decode(&block).unwrap(),
            timestamp.as_bytes(),
        ]
        .concat();
        let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), &signed);
        json!({
            "ChallengeName": "PASSWORD_VERIFIER",
            "ClientId": client,
            "ChallengeResponses": {
                "USERNAME": user_id,
                "PASSWORD_CLAIM_SECRET_BLOCK": block,
                "PASSWORD_CLAIM_SIGNATURE": STANDARD.encode(signature),
                "TIMESTAMP": timestamp,
            },
        })
    }

    /// RespondToAuthChallenge's request, signed when the tests' clock starts.
    pub fn answer(&self, pool: &str, client: &str, challenge: &Value, password: &str) -> Value {
        self.answer_at(pool, client, challenge, password, &timestamp(START))
    }

    /// HKDF of S = (B - k·g^x)^(a + u·x).
    pub fn key(
        &self,
        parameters: &Value,
        pool_name: &str,
        user_id: &str,
        password: &str,
    ) -> Vec<u8> {
        let server = element(&text(&parameters["SRP_B"]));
        let u = digest(
            &SHA256,
            &[pad(&bytes(&self.public)), pad(&bytes(&server))].concat(),
        );
        let identity = digest(
            &SHA256,
            format!("{pool_name}{user_id}:{password}").as_bytes(),
        );
        let salt = from_hex(&text(&parameters["SALT"]));
        let x = digest(&SHA256, &[pad(&salt), identity.as_ref().to_vec()].concat());
        let x = U256::from_be_slice(x.as_ref());
        let multiplier = digest(
            &SHA256,
            &[from_hex(&format!("00{}", prime())), vec![2]].concat(),
        );
        let multiplier = Element::new(
            &U3072::from_str_radix_vartime(&format!("{:0>768}", hex(multiplier.as_ref())), 16)
                .unwrap(),
        );

        let base = server.sub(&multiplier.mul(&generator().pow_bounded_exp(&x, U256::BITS)));
        let secret = base.pow_bounded_exp(&self.private, U256::BITS).mul(
            &base
                .pow_bounded_exp(&U256::from_be_slice(u.as_ref()), U256::BITS)
                .pow_bounded_exp(&x, U256::BITS),
        );
        let mut key = [0; 32];
        Salt::new(HKDF_SHA256, &pad(u.as_ref()))
            .extract(&pad(&bytes(&secret)))
            .expand(&[b"Caldera Derived Key"], HKDF_SHA256)
            .unwrap()
            .fill(&mut key)
            .unwrap();
        key[..16].to_vec()
    }
}

/// N in hexadecimal.
pub fn prime() -> String {
    hex(&Prime::PARAMS.modulus().as_ref().to_be_bytes())
}

/// `Thu Jan 1 00:00:00 UTC 2026`, for times within the January in which the tests' clock starts.
pub fn timestamp(seconds: i64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    let since = seconds - START;
    let (day, second) = (since.div_euclid(86_400), since.rem_euclid(86_400));
    let weekday = DAYS[usize::try_from(day % 7).unwrap()];
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!(
        "{weekday} Jan {} {hour:02}:{minute:02}:{second:02} UTC 2026",
        day + 1
    )
}

pub fn generator() -> Element {
    Element::new(&U3072::from(2_u8))
}

fn element(hex: &str) -> Element {
    Element::new(&U3072::from_str_radix_vartime(&format!("{hex:0>768}"), 16).unwrap())
}

pub fn bytes(element: &Element) -> Vec<u8> {
    let bytes: [u8; 384] = element.retrieve().to_be_bytes().into();
    bytes.to_vec()
}

/// padHex: no superfluous zero bytes, but one where the first bit is set.
pub fn pad(number: &[u8]) -> Vec<u8> {
    let digits = shortest_hex(number);
    let even = if digits.len() % 2 == 1 {
        format!("0{digits}")
    } else {
        digits
    };
    let first = u8::from_str_radix(&even[..1], 16).unwrap();
    from_hex(&if first >= 8 {
        format!("00{even}")
    } else {
        even
    })
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn shortest_hex(bytes: &[u8]) -> String {
    hex(bytes).trim_start_matches('0').to_owned()
}

fn from_hex(hex: &str) -> Vec<u8> {
    let even = if hex.len() % 2 == 1 {
        format!("0{hex}")
    } else {
        hex.to_owned()
    };
    (0..even.len() / 2)
        .map(|at| u8::from_str_radix(&even[2 * at..2 * at + 2], 16).unwrap())
        .collect()
}
