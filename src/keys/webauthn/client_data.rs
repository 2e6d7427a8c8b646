//! What the browser says of a ceremony: the collected client data (WebAuthn Level 3 §5.8.1), whose
//! hash the authenticator signs.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use super::ceremony::{CHALLENGE, Ceremony, Fault};

#[derive(Debug)]
pub struct ClientData {
    /// As they came: that is what is signed.
    bytes: Vec<u8>,
    said: CollectedClientData,
}

/// Browsers add members, so that nobody compares texts.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CollectedClientData {
    r#type: String,
    challenge: String,
    origin: String,
    cross_origin: Option<bool>,
    top_origin: Option<String>,
}

impl ClientData {
    pub fn read(bytes: Vec<u8>) -> Result<Self, Fault> {
        let said = serde_json::from_slice(&bytes).map_err(Fault::malformed)?;
        Ok(Self { bytes, said })
    }

    /// The challenge that it claims to answer.
    pub fn challenge(&self) -> Result<[u8; CHALLENGE], Fault> {
        let bytes = URL_SAFE_NO_PAD.decode(&self.said.challenge);
        let bytes = bytes.map_err(Fault::malformed)?;
        bytes
            .try_into()
            .map_err(|_| Fault::malformed("the challenge's length"))
    }

    pub fn check(&self, kind: &str, ceremony: &Ceremony<'_>) -> Result<(), Fault> {
        let said = &self.said;
        if said.r#type != kind {
            return Err(Fault::Malformed(format!("the type is no {kind}")));
        }
        if verify_slices_are_equal(&self.challenge()?, &ceremony.challenge).is_err() {
            return Err(Fault::refused("another challenge was answered"));
        }
        if !(ceremony.allows_origin)(ceremony.relying_party, &said.origin) {
            return Err(Fault::Origin(format!("the origin is {}", said.origin)));
        }
        // A page in a frame of somebody else's.
        if said.cross_origin == Some(true) || said.top_origin.is_some() {
            return Err(Fault::Origin(
                "the page was framed by another origin".to_owned(),
            ));
        }
        Ok(())
    }

    /// What an authenticator signs: its data, and the hash of this.
    pub fn signed_with(&self, authenticator_data: &[u8]) -> Vec<u8> {
        [authenticator_data, digest(&SHA256, &self.bytes).as_ref()].concat()
    }
}
