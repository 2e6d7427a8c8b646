//! One RSA-2048 signing key: how it is minted, stored (PKCS#8) and published (as a JWK, RFC 7517),
//! and how it signs compact JWS (RFC 7515): with RS256 for user pools, RS512 for identity pools.

use std::fmt;

use aws_lc_rs::digest::{self, SHA256};
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA512, RsaEncoding, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::DecodingKey;
use rand::SeedableRng;
use rand::rngs::ChaCha20Rng;
use rsa::pkcs8::EncodePrivateKey;
use serde::Serialize;

/// A pool has one key for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenUse {
    Id,
    Access,
}

impl TokenUse {
    /// The claim `token_use`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Access => "access",
        }
    }
}

/// Why a token is not one of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenFault {
    /// No compact JWS with the key's algorithm and claims of the right shape.
    Malformed,
    /// Signed by none of the keys for this use.
    Forged,
    /// Made to test others with: its id is marked (`marks.rs`).
    NoKey,
}

/// A private key with everything that is derived from it once.
pub struct SigningKey {
    pub(super) pair: RsaKeyPair,
    pub(super) kid: String,
    form: JwsForm,
    /// base64url of the header of every token.
    header: String,
    modulus: String,
    exponent: String,
    pub(super) verifying: DecodingKey,
}

/// How a key's tokens are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum JwsForm {
    /// Those of user pools.
    Rs256,
    /// The OpenID tokens of identity pools.
    Rs512,
}

impl JwsForm {
    fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs512 => "RS512",
        }
    }

    /// The header with Cognito's members in Cognito's order.
    fn header(self, kid: &str) -> String {
        match self {
            Self::Rs256 => format!(r#"{{"kid":"{kid}","alg":"RS256"}}"#),
            Self::Rs512 => format!(r#"{{"kid":"{kid}","typ":"JWS","alg":"RS512"}}"#),
        }
    }

    fn encoding(self) -> &'static dyn RsaEncoding {
        match self {
            Self::Rs256 => &RSA_PKCS1_SHA256,
            Self::Rs512 => &RSA_PKCS1_SHA512,
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

/// A public key as a JWKS lists it, with Cognito's members in Cognito's order.
#[derive(Debug, Serialize)]
pub struct Jwk<'a> {
    alg: &'static str,
    e: &'a str,
    kid: &'a str,
    kty: &'static str,
    n: &'a str,
    #[serde(rename = "use")]
    public_key_use: &'static str,
}

/// Mints a private key, as PKCS#8 DER. Takes about 100 ms, so it must not run on a request's own
/// task.
pub fn mint() -> anyhow::Result<Vec<u8>> {
    let pair = aws_lc_rs::rsa::KeyPair::generate(KeySize::Rsa2048)?;
    let der: aws_lc_rs::encoding::Pkcs8V1Der<'_> = pair.as_der()?;
    Ok(der.as_ref().to_vec())
}

/// Mints the key for this pool and use that follows from `--seed`, the same in every run.
pub fn mint_seeded(seed: u64, pool: &str, used_for: &str) -> anyhow::Result<Vec<u8>> {
    let mut entropy = digest::Context::new(&SHA256);
    entropy.update(&seed.to_be_bytes());
    entropy.update(used_for.as_bytes());
    entropy.update(pool.as_bytes());
    let mut key = [0; 32];
    key.copy_from_slice(entropy.finish().as_ref());
    let private = rsa::RsaPrivateKey::new(&mut ChaCha20Rng::from_seed(key), 2048)?;
    Ok(private.to_pkcs8_der()?.as_bytes().to_vec())
}

impl SigningKey {
    /// A key of a user pool.
    pub fn from_pkcs8(pkcs8: &[u8]) -> anyhow::Result<Self> {
        Self::new(pkcs8, JwsForm::Rs256, None)
    }

    /// The key of identity pools' OpenID tokens, under this `kid`.
    pub fn of_openid_tokens(pkcs8: &[u8], kid: String) -> anyhow::Result<Self> {
        Self::new(pkcs8, JwsForm::Rs512, Some(kid))
    }

    /// Without a `kid`, the key has its own digest as one.
    fn new(pkcs8: &[u8], form: JwsForm, kid: Option<String>) -> anyhow::Result<Self> {
        let pair = RsaKeyPair::from_pkcs8(pkcs8)?;
        let public = pair.public_key();
        let modulus = URL_SAFE_NO_PAD.encode(public.modulus().big_endian_without_leading_zero());
        let exponent = URL_SAFE_NO_PAD.encode(public.exponent().big_endian_without_leading_zero());
        let kid = kid.unwrap_or_else(|| STANDARD.encode(digest::digest(&SHA256, public.as_ref())));
        let header = URL_SAFE_NO_PAD.encode(form.header(&kid));
        let verifying = DecodingKey::from_rsa_components(&modulus, &exponent)?;
        Ok(Self {
            pair,
            kid,
            form,
            header,
            modulus,
            exponent,
            verifying,
        })
    }

    pub fn jwk(&self) -> Jwk<'_> {
        Jwk {
            alg: self.form.name(),
            e: &self.exponent,
            kid: &self.kid,
            kty: "RSA",
            n: &self.modulus,
            public_key_use: "sig",
        }
    }

    /// The compact JWS of these claims.
    pub fn sign(&self, claims: &impl Serialize) -> anyhow::Result<String> {
        let payload = serde_json::to_vec(claims)?;
        let mut token = String::with_capacity(self.header.len() + payload.len() * 4 / 3 + 360);
        token.push_str(&self.header);
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(payload, &mut token);
        let signature = self.sign_bytes(token.as_bytes())?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }

    /// A signature of these bytes: RSASSA-PKCS1-v1_5 with the SHA-2 of the key's form.
    pub fn sign_bytes(&self, bytes: &[u8]) -> anyhow::Result<Vec<u8>> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        // PKCS#1 v1.5 signatures are deterministic: the random generator is used for blinding only.
        self.pair.sign(
            self.form.encoding(),
            &SystemRandom::new(),
            bytes,
            &mut signature,
        )?;
        Ok(signature)
    }
}
