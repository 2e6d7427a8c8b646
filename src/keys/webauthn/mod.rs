//! Verifies what an authenticator signed when a passkey was made (attestation) or used (assertion).
//!
//! The checks are those of WebAuthn Level 3 §7.1 and §7.2: type, challenge, origin, relying party,
//! user present and verified, algorithm, signature, backup state, counter. The service asks for no
//! attestation, so no manufacturer's statement is verified here. An answer without a statement
//! (`none`) and one that the new key itself signed (`packed` without certificates) are accepted;
//! every other format is refused as not supported.
//!
//! What the client says is in `client_data.rs`, what the authenticator says in
//! `authenticator_data.rs`, keys and signatures in `public_key.rs` (docs/decisions/0157). Not here:
//! which relying party and which origins a pool has (`domain::passkeys`), challenges and passkeys
//! in the store (`flows::passkeys`).

mod authenticator_data;
mod ceremony;
mod client_data;
mod public_key;

use std::ops::RangeInclusive;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;

use self::authenticator_data::{AttestationObject, AttestationStatement, AuthenticatorData};
pub use self::ceremony::{CHALLENGE, Ceremony, Fault, HANDLE};
use self::client_data::ClientData;
pub use self::public_key::{ALGORITHMS, PasskeyPublicKey};
use crate::store::Backup;

/// How many bytes a credential id has at least and at most (§4 and §7.1).
const CREDENTIAL_ID: RangeInclusive<usize> = 16..=1023;

/// The transports that WebAuthn names. A browser may know more of them; those are left out.
pub const TRANSPORTS: [&str; 6] = ["ble", "hybrid", "internal", "nfc", "smart-card", "usb"];

/// A passkey that was made.
#[derive(Debug)]
pub struct Made {
    pub id: String,
    pub attachment: Option<String>,
    pub transports: Vec<String>,
    /// The authenticator's model, if it tells.
    pub aaguid: [u8; 16],
    pub public_key: Vec<u8>,
    pub state: CredentialState,
}

/// What may change with each use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CredentialState {
    pub sign_count: u32,
    pub user_verified: bool,
    pub backup: Backup,
}

/// A credential as `PublicKeyCredential.toJSON()` gives it. Members that are not named here do not
/// matter: a newer browser must not fail because it sends more.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CredentialJson<R> {
    id: String,
    raw_id: Option<String>,
    r#type: String,
    authenticator_attachment: Option<Value>,
    response: R,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AttestationJson {
    #[serde(rename = "clientDataJSON")]
    client_data: String,
    attestation_object: String,
    /// The same that is in the attestation object, for those who cannot read it.
    authenticator_data: Option<String>,
    public_key_algorithm: Option<i32>,
    transports: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AssertionJson {
    #[serde(rename = "clientDataJSON")]
    client_data: String,
    authenticator_data: String,
    signature: String,
    user_handle: Option<String>,
}

impl<R> CredentialJson<R> {
    /// The credential id that it claims.
    fn id(&self) -> Result<Vec<u8>, Fault> {
        if self.r#type != "public-key" {
            return Err(Fault::malformed("the credential is no public key"));
        }
        if self.raw_id.as_ref().is_some_and(|raw| *raw != self.id) {
            return Err(Fault::malformed("id and rawId differ"));
        }
        let id = decoded(&self.id, "id")?;
        if !CREDENTIAL_ID.contains(&id.len()) {
            return Err(Fault::malformed("the credential id's length"));
        }
        Ok(id)
    }
}

/// The credential of a registration: `RegistrationResponseJSON`.
#[derive(Debug)]
pub struct Attestation {
    id: Vec<u8>,
    client_data: ClientData,
    object: Vec<u8>,
    authenticator_data: Option<Vec<u8>>,
    algorithm: Option<i32>,
    attachment: Option<String>,
    transports: Vec<String>,
}

impl Attestation {
    pub fn read(credential: &Value) -> Result<Self, Fault> {
        let json = CredentialJson::<AttestationJson>::deserialize(credential);
        let json = json.map_err(Fault::malformed)?;
        let id = json.id()?;
        let response = json.response;
        let data = response.authenticator_data.as_deref();
        Ok(Self {
            id,
            client_data: ClientData::read(decoded(&response.client_data, "clientDataJSON")?)?,
            object: decoded(&response.attestation_object, "attestationObject")?,
            authenticator_data: data
                .map(|data| decoded(data, "authenticatorData"))
                .transpose()?,
            algorithm: response.public_key_algorithm,
            attachment: known_attachment(json.authenticator_attachment.as_ref()),
            transports: known_transports(response.transports.as_ref()),
        })
    }

    /// The challenge that it claims to answer, unverified. It serves to find the registration that
    /// was begun.
    pub fn challenge(&self) -> Result<[u8; CHALLENGE], Fault> {
        self.client_data.challenge()
    }

    pub fn verify(&self, ceremony: &Ceremony<'_>) -> Result<Made, Fault> {
        self.client_data.check("webauthn.create", ceremony)?;
        let object = AttestationObject::read(&self.object);
        let object = object.ok_or_else(|| Fault::refused("the attestation object's form"))?;
        if self
            .authenticator_data
            .as_deref()
            .is_some_and(|data| data != object.data)
        {
            return Err(Fault::refused(
                "authenticatorData is not the attestation object's",
            ));
        }
        let read = AuthenticatorData::read_attested(object.data);
        let (data, credential) =
            read.ok_or_else(|| Fault::refused("the authenticator data's form"))?;
        check_data(&data, ceremony)?;
        if credential.id != self.id {
            return Err(Fault::refused("the credential has another id"));
        }
        let key = &credential.public_key;
        if self
            .algorithm
            .is_some_and(|algorithm| algorithm != key.algorithm())
        {
            return Err(Fault::refused("publicKeyAlgorithm is not the key's"));
        }
        if let AttestationStatement::SelfSigned {
            algorithm,
            signature,
        } = object.statement
        {
            let signed = self.client_data.signed_with(object.data);
            if algorithm != key.algorithm() || !key.has_signed(&signed, signature) {
                return Err(Fault::refused("the attestation's signature"));
            }
        }
        Ok(Made {
            id: URL_SAFE_NO_PAD.encode(credential.id),
            attachment: self.attachment.clone(),
            transports: self.transports.clone(),
            aaguid: credential.aaguid,
            public_key: key.to_kept(),
            state: CredentialState {
                sign_count: data.sign_count,
                user_verified: data.user_verified,
                backup: data.backup,
            },
        })
    }
}

/// The credential of a sign-in: `AuthenticationResponseJSON`.
#[derive(Debug)]
pub struct Assertion {
    id: Vec<u8>,
    client_data: ClientData,
    authenticator_data: Vec<u8>,
    signature: Vec<u8>,
    handle: Option<Vec<u8>>,
}

impl Assertion {
    pub fn read(credential: &str) -> Result<Self, Fault> {
        let json: CredentialJson<AssertionJson> =
            serde_json::from_str(credential).map_err(Fault::malformed)?;
        let id = json.id()?;
        let response = json.response;
        let handle = response.user_handle.as_deref();
        Ok(Self {
            id,
            client_data: ClientData::read(decoded(&response.client_data, "clientDataJSON")?)?,
            authenticator_data: decoded(&response.authenticator_data, "authenticatorData")?,
            signature: decoded(&response.signature, "signature")?,
            handle: handle
                .map(|handle| decoded(handle, "userHandle"))
                .transpose()?,
        })
    }

    /// The credential id that it claims, unverified. It serves to find the stored passkey.
    pub fn id(&self) -> String {
        URL_SAFE_NO_PAD.encode(&self.id)
    }

    /// Checks the answer against the stored passkey and returns the passkey's next state.
    pub fn verify(
        &self,
        ceremony: &Ceremony<'_>,
        public_key: &[u8],
        kept: CredentialState,
    ) -> Result<CredentialState, Fault> {
        let key = PasskeyPublicKey::from_kept(public_key);
        let key = key.ok_or_else(|| Fault::refused("the passkey in the store is unreadable"))?;
        // Who has been identified before is not told again by every authenticator.
        if self
            .handle
            .as_ref()
            .is_some_and(|handle| *handle != ceremony.handle)
        {
            return Err(Fault::refused("the user handle is another user's"));
        }
        self.client_data.check("webauthn.get", ceremony)?;
        let data = AuthenticatorData::read(&self.authenticator_data);
        let data = data.ok_or_else(|| Fault::refused("the authenticator data's form"))?;
        check_data(&data, ceremony)?;
        let eligible = |backup| backup != Backup::NotEligible;
        if eligible(data.backup) != eligible(kept.backup) {
            return Err(Fault::refused(
                "whether the passkey may be copied has changed",
            ));
        }
        let signed = self.client_data.signed_with(&self.authenticator_data);
        if !key.has_signed(&signed, &self.signature) {
            return Err(Fault::refused("the signature"));
        }
        // An authenticator that does not count says 0 each time. A counter that does not advance
        // is a copy's.
        let counts = (data.sign_count, kept.sign_count) != (0, 0);
        if counts && data.sign_count <= kept.sign_count {
            return Err(Fault::refused("the signature counter has not advanced"));
        }
        Ok(CredentialState {
            sign_count: data.sign_count,
            user_verified: kept.user_verified,
            backup: data.backup,
        })
    }
}

/// What §7.1 and §7.2 check of authenticator data alike.
fn check_data(data: &AuthenticatorData, ceremony: &Ceremony<'_>) -> Result<(), Fault> {
    let relying_party = digest(&SHA256, ceremony.relying_party.as_bytes());
    if data.relying_party != relying_party.as_ref() {
        let reason = "the authenticator answered for another relying party";
        return Err(Fault::RelyingParty(reason.to_owned()));
    }
    if !data.user_present {
        return Err(Fault::refused("the user was not present"));
    }
    if ceremony.verifies_user && !data.user_verified {
        return Err(Fault::refused("the user was not verified"));
    }
    Ok(())
}

fn decoded(text: &str, member: &str) -> Result<Vec<u8>, Fault> {
    let bytes = URL_SAFE_NO_PAD.decode(text);
    bytes.map_err(|error| Fault::Malformed(format!("{member}: {error}")))
}

fn known_attachment(given: Option<&Value>) -> Option<String> {
    let given = given.and_then(Value::as_str)?;
    matches!(given, "platform" | "cross-platform").then(|| given.to_owned())
}

fn known_transports(given: Option<&Value>) -> Vec<String> {
    let given = given.and_then(Value::as_array);
    let mut known: Vec<String> = Vec::new();
    for transport in given.into_iter().flatten().filter_map(Value::as_str) {
        if TRANSPORTS.contains(&transport) && !known.iter().any(|one| one == transport) {
            known.push(transport.to_owned());
        }
    }
    known
}
