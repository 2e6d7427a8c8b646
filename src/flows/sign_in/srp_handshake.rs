//! SRP-6a as Cognito uses it, between a client and whoever keeps the verifier: the client's A for
//! B, then the client's proof. Once for users and for devices.
//!
//! Nothing is kept between the two messages: all of it travels in SECRET_BLOCK, sealed. Not here:
//! the arithmetic (`keys::srp`), whose verifier it is (`srp`, `device`).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::attempt::SrpProof;
use super::challenges::SrpOffer;
use super::request::{Entrance, SignInRequest};
use crate::error::{Error, Result};
use crate::flows::challenge::{SingleUse, canonical_timestamp};
use crate::keys::srp::{self, ClientKey};
use crate::keys::{Purpose, crunch, server_key};

/// What SECRET_BLOCK holds.
#[derive(Serialize, Deserialize)]
struct SecretBlock<S> {
    once: SingleUse,
    entrance: Entrance,
    /// A, hexadecimal.
    client_key: String,
    /// b and B, Base64.
    private: String,
    server_key: String,
    /// What the sign-in has to know again.
    state: S,
}

/// Whose secret is proved, as the server has it.
pub(super) struct Verifier {
    /// As text: clients hash its digits.
    pub salt: String,
    pub verifier: Vec<u8>,
    /// To what the block is sealed: it opens nowhere else.
    pub context: String,
}

/// A, or what is none.
pub(super) fn client_key(text: &str) -> Result<ClientKey> {
    if !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(Error::SrpKeyNotHex {
            value: text.to_owned(),
        });
    }
    ClientKey::from_hex(text).ok_or(Error::SrpKeyInvalid)
}

/// The client's A for the server's B. `state` comes back from [`open`].
pub(super) async fn offer<S: Serialize>(
    request: SignInRequest<'_>,
    once: SingleUse,
    client_key: &ClientKey,
    of: Verifier,
    state: S,
) -> Result<SrpOffer> {
    let ctx = request.ctx;
    let private: [u8; srp::PRIVATE] = ctx.bytes();
    let server_key = server_key(&of.verifier, &private).await?;
    let block = serde_json::to_vec(&SecretBlock {
        once,
        entrance: request.entrance,
        client_key: client_key.to_hex(),
        private: STANDARD.encode(private),
        server_key: STANDARD.encode(server_key),
        state,
    })?;
    let block = ctx.seal_bytes(Purpose::SecretBlock, &of.context, &block);
    Ok(SrpOffer {
        salt: of.salt,
        secret_block: STANDARD.encode(block),
        server_key: srp::hex(&server_key),
    })
}

/// A proof whose block was sealed here, has not been used and is not too old. Whether it is right
/// is still to be checked: [`OpenProof::is_right`].
pub(super) struct OpenProof<S> {
    pub state: S,
    pub once: SingleUse,
    client_key: String,
    private: String,
    server_key: String,
    secret_block: Vec<u8>,
    signature: Vec<u8>,
    /// As it must have been signed.
    timestamp: String,
}

/// Opens what a client sends as its proof. Whether it may be used (again) is the caller's to check.
pub(super) fn open<S: DeserializeOwned>(
    request: SignInRequest<'_>,
    context: &str,
    proof: &SrpProof,
) -> Result<OpenProof<S>> {
    let ctx = request.ctx;
    let timestamp = proof.timestamp.get()?;
    let signature = proof.signature.get()?;
    let secret_block = proof.secret_block.get()?;
    let signature = STANDARD
        .decode(signature)
        .map_err(|_| Error::ProofNotBase64)?;
    let timestamp = canonical_timestamp(timestamp)?;
    let secret_block = STANDARD
        .decode(secret_block)
        .map_err(|_| Error::BadCredentials)?;
    let seal = &ctx.app.keys.seal;
    let block = seal
        .open_bytes(Purpose::SecretBlock, context, &secret_block)
        .and_then(|plain| serde_json::from_slice::<SecretBlock<S>>(&plain).ok())
        .filter(|block| block.entrance.leads_to(request.entrance))
        .ok_or(Error::BadCredentials)?;
    Ok(OpenProof {
        state: block.state,
        once: block.once,
        client_key: block.client_key,
        private: block.private,
        server_key: block.server_key,
        secret_block,
        signature,
        timestamp,
    })
}

impl<S> OpenProof<S> {
    /// Whether the client knows the secret that this verifier was made of. `group` and `id` are the
    /// names that the secret goes by: a pool's and a user's, or those of a device.
    pub async fn is_right(&self, group: &str, id: &str, verifier: Vec<u8>) -> Result<bool> {
        let client_key = ClientKey::from_hex(&self.client_key).ok_or_else(unreadable)?;
        let private = bytes(&self.private)?;
        let server_key = bytes(&self.server_key)?;
        let shared =
            crunch(move || srp::session_key(&client_key, &verifier, &private, &server_key)).await?;
        let parts = [
            group.as_bytes(),
            id.as_bytes(),
            &self.secret_block,
            self.timestamp.as_bytes(),
        ];
        Ok(shared.is_some_and(|shared| srp::is_proof(&shared, parts, &self.signature)))
    }
}

fn bytes<const N: usize>(text: &str) -> Result<[u8; N]> {
    let bytes = STANDARD.decode(text).ok();
    bytes
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(unreadable)
}

fn unreadable() -> Error {
    anyhow::anyhow!("a secret block that was sealed here holds no numbers of SRP").into()
}
