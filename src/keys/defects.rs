//! Tokens that a verifier must refuse: each has one defect and is as it should be otherwise.
//!
//! Here is what a defect does to a token's header, signature and text. Not here: what it does to
//! the claims (`flows::mint`), and why no such token opens anything here (`marks.rs`).

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::hmac;
use aws_lc_rs::signature::KeyPair;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rand::Rng;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::pem::pem;
use super::signing::SigningKey;
use crate::random::RequestRng;

/// What is wrong with a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenDefect {
    /// The signature is of other bytes.
    Signature,
    Expired,
    /// `nbf` has not come.
    NotYetValid,
    /// `iss` is nobody's, though the pool's key has signed it.
    Issuer,
    /// `aud` of an ID token and `client_id` of an access token name a client that is not there.
    Audience,
    /// The header names a key that no key set has.
    Kid,
    /// Nobody has signed it, and the header says so.
    AlgNone,
    /// Signed by HS256, with the pool's public key as the secret.
    AlgHs256,
    /// An ID token says that it is an access token, and the other way round.
    TokenUse,
    /// Everything is another pool's: issuer, key and signature.
    OtherPool,
    /// The end is missing.
    Truncated,
}

/// How many characters a truncated token lacks: some of its signature.
const CUT: usize = 40;

impl SigningKey {
    /// A token with these claims and with what the defect does beside them.
    pub fn sign_with_defect(
        &self,
        claims: &Map<String, Value>,
        defect: Option<TokenDefect>,
        rng: &mut RequestRng,
    ) -> anyhow::Result<String> {
        let mut random = [0; 32];
        match defect {
            Some(TokenDefect::Signature) => {
                let mut token = self.sign(claims)?;
                let begin = token.rfind('.').map_or(0, |dot| dot + 1);
                rng.fill_bytes(&mut random);
                let other = self.sign_bytes(&random)?;
                token.truncate(begin);
                URL_SAFE_NO_PAD.encode_string(other, &mut token);
                Ok(token)
            }
            Some(TokenDefect::Kid) => {
                rng.fill_bytes(&mut random);
                let kid = STANDARD.encode(random);
                let signed = unsigned(&format!(r#"{{"kid":"{kid}","alg":"RS256"}}"#), claims)?;
                let signature = self.sign_bytes(signed.as_bytes())?;
                Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
            }
            Some(TokenDefect::AlgNone) => {
                let header = format!(r#"{{"kid":"{}","alg":"none"}}"#, self.kid);
                Ok(format!("{}.", unsigned(&header, claims)?))
            }
            Some(TokenDefect::AlgHs256) => {
                let header = format!(r#"{{"kid":"{}","alg":"HS256"}}"#, self.kid);
                let signed = unsigned(&header, claims)?;
                let secret = hmac::Key::new(hmac::HMAC_SHA256, self.public_pem()?.as_bytes());
                let tag = hmac::sign(&secret, signed.as_bytes());
                Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag)))
            }
            Some(TokenDefect::Truncated) => {
                let mut token = self.sign(claims)?;
                token.truncate(token.len() - CUT);
                Ok(token)
            }
            Some(
                TokenDefect::Expired
                | TokenDefect::NotYetValid
                | TokenDefect::Issuer
                | TokenDefect::Audience
                | TokenDefect::TokenUse
                | TokenDefect::OtherPool,
            )
            | None => self.sign(claims),
        }
    }

    /// The public key as libraries read it from a file (RFC 7468 §13).
    fn public_pem(&self) -> anyhow::Result<String> {
        let der: PublicKeyX509Der<'_> = self.pair.public_key().as_der()?;
        Ok(pem("PUBLIC KEY", der.as_ref()))
    }
}

fn unsigned(header: &str, claims: &Map<String, Value>) -> anyhow::Result<String> {
    let header = URL_SAFE_NO_PAD.encode(header);
    let payload = URL_SAFE_NO_PAD.encode(serde_json::to_vec(claims)?);
    Ok(format!("{header}.{payload}"))
}
