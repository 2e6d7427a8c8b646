//! Verifies what an authenticator signed when a passkey was made (attestation) or used (assertion).
//!
//! The checks are webauthn_rp's, in the order of WebAuthn Level 3 §7.1 and §7.2: type, challenge,
//! origin, relying party, user present and verified, algorithm, signature, backup state, counter.
//! The service asks for no attestation, so no manufacturer's statement is verified here. An answer
//! without a statement (`none`) and one that the new key itself signed (`packed` without
//! certificates) are accepted; every other format is refused as not supported. Not here: which
//! relying party and which origins a pool has (`domain::passkeys`), challenges and passkeys in the
//! store (`flows::passkeys`).

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use webauthn_rp::bin::{Decode, Encode};
use webauthn_rp::request::auth::{
    AllowedCredentials, AuthenticationVerificationOptions, AuthenticatorAttachmentEnforcement,
    NonDiscoverableCredentialRequestOptions,
};
use webauthn_rp::request::register::{
    AuthenticatorAttachmentReq, AuthenticatorSelectionCriteria, CoseAlgorithmIdentifier,
    CoseAlgorithmIdentifiers, Extension, PublicKeyCredentialCreationOptions,
    PublicKeyCredentialUserEntity, RegistrationVerificationOptions, ResidentKeyRequirement,
    UserHandle,
};
use webauthn_rp::request::{
    AsciiDomain, Credentials, PublicKeyCredentialDescriptor, RpId, UserVerificationRequirement,
};
use webauthn_rp::response::auth::error::AuthCeremonyErr;
use webauthn_rp::response::register::error::RegCeremonyErr;
use webauthn_rp::response::register::{
    AuthenticatorExtensionOutputStaticState, CompressedPubKey, CredentialProtectionPolicy,
    DynamicState, StaticState, UncompressedPubKey,
};
use webauthn_rp::response::{
    AuthTransports, AuthenticatorAttachment, Backup as RpBackup, CredentialId, Origin,
};
use webauthn_rp::{
    AuthenticatedCredential, NonDiscoverableAuthentication,
    NonDiscoverableAuthenticationServerState, Registration, RegistrationServerState,
};

use crate::store::Backup;

/// How many bytes a challenge has.
pub const CHALLENGE: usize = 16;
/// How many bytes a user handle has: the sub as text.
pub const HANDLE: usize = 36;

/// How many bytes each coordinate of a point on P-256 has.
const COORDINATE: usize = 32;

/// The COSE numbers of the algorithms a passkey may sign with: ES256 and RS256.
pub const ALGORITHMS: [i32; 2] = [-7, -257];

/// The transports that WebAuthn names. A browser may know more of them; those are left out.
pub const TRANSPORTS: [&str; 6] = ["ble", "hybrid", "internal", "nfc", "smart-card", "usb"];

/// What an answer is compared with.
pub struct Ceremony<'c> {
    pub relying_party: &'c str,
    pub challenge: [u8; CHALLENGE],
    pub handle: [u8; HANDLE],
    pub verifies_user: bool,
    /// Whether an answer for this relying party may come from this origin.
    pub allows_origin: fn(&str, &str) -> bool,
}

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

/// Why an answer is refused. Only the log gets the reason.
#[derive(Debug)]
pub enum Fault {
    /// No browser sends such a thing.
    Malformed(String),
    Origin(String),
    RelyingParty(String),
    /// Well formed and for this relying party, but not acceptable.
    Refused(String),
}

impl Fault {
    pub fn reason(&self) -> &str {
        match self {
            Self::Malformed(reason)
            | Self::Origin(reason)
            | Self::RelyingParty(reason)
            | Self::Refused(reason) => reason,
        }
    }
}

/// The credential of a registration: `RegistrationResponseJSON`, as `PublicKeyCredential.toJSON()`
/// gives it.
#[derive(Debug)]
pub struct Attestation {
    parsed: Registration,
    transports: Vec<String>,
}

impl Attestation {
    pub fn read(credential: &Value) -> Result<Self, Fault> {
        let mut credential = known_members(credential)?;
        let mut transports = Vec::new();
        if let Some(response) = credential
            .get_mut("response")
            .and_then(Value::as_object_mut)
        {
            transports = known_transports(response.get("transports"));
            response.insert("transports".to_owned(), transports.as_slice().into());
        }
        let parsed = Registration::from_json_relaxed(&to_bytes(&credential)?)
            .map_err(|error| Fault::Malformed(error.to_string()))?;
        Ok(Self { parsed, transports })
    }

    /// The challenge that it claims to answer, unverified. It serves to find the registration that
    /// was begun.
    pub fn challenge(&self) -> Result<[u8; CHALLENGE], Fault> {
        let sent = self.parsed.challenge_relaxed();
        Ok(sent
            .map_err(|error| Fault::Malformed(error.to_string()))?
            .0
            .to_le_bytes())
    }

    pub fn verify(&self, ceremony: &Ceremony<'_>) -> Result<Made, Fault> {
        let relying_party = relying_party(ceremony.relying_party)?;
        let origins = [AllowedOrigin::of(ceremony)];
        let options = RegistrationVerificationOptions::<_, AllowedOrigin<'_>> {
            allowed_origins: &origins,
            // Some authenticators add extensions without being asked.
            error_on_unsolicited_extensions: false,
            ..RegistrationVerificationOptions::default()
        };
        let made = registration(ceremony, &relying_party)?
            .verify(&relying_party, &self.parsed, &options)
            .map_err(registration_fault)?;
        let Ok(public_key) = made.static_state().encode();
        let state = made.dynamic_state();
        Ok(Made {
            id: URL_SAFE_NO_PAD.encode(made.id().as_ref()),
            attachment: match state.authenticator_attachment {
                AuthenticatorAttachment::None => None,
                AuthenticatorAttachment::Platform => Some("platform".to_owned()),
                AuthenticatorAttachment::CrossPlatform => Some("cross-platform".to_owned()),
            },
            transports: self.transports.clone(),
            aaguid: made.metadata().aaguid.data().try_into().unwrap_or_default(),
            public_key,
            state: CredentialState::of(state),
        })
    }
}

/// The credential of a sign-in: `AuthenticationResponseJSON`.
#[derive(Debug)]
pub struct Assertion {
    parsed: NonDiscoverableAuthentication<HANDLE>,
}

impl Assertion {
    pub fn read(credential: &str) -> Result<Self, Fault> {
        let credential = serde_json::from_str(credential)
            .map_err(|error| Fault::Malformed(error.to_string()))?;
        let credential = known_members(&credential)?;
        let parsed = NonDiscoverableAuthentication::from_json_relaxed(&to_bytes(&credential)?)
            .map_err(|error| Fault::Malformed(error.to_string()))?;
        Ok(Self { parsed })
    }

    /// The credential id that it claims, unverified. It serves to find the stored passkey.
    pub fn id(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.parsed.raw_id().as_ref())
    }

    /// Checks the answer against the stored passkey and returns the passkey's next state.
    pub fn verify(
        &self,
        ceremony: &Ceremony<'_>,
        public_key: &[u8],
        kept: CredentialState,
    ) -> Result<CredentialState, Fault> {
        let relying_party = relying_party(ceremony.relying_party)?;
        let handle = handle(ceremony)?;
        let unreadable = || Fault::Refused("the passkey in the store is unreadable".to_owned());
        let key = KeptKey::decode(public_key).map_err(|_| unreadable())?;
        let mut credential =
            AuthenticatedCredential::new(self.parsed.raw_id(), &handle, key, kept.to_rp())
                .map_err(|_| unreadable())?;
        let origins = [AllowedOrigin::of(ceremony)];
        let options = AuthenticationVerificationOptions::<_, AllowedOrigin<'_>> {
            allowed_origins: &origins,
            error_on_unsolicited_extensions: false,
            // The same phone is cross-platform for a computer and the platform for itself.
            auth_attachment_enforcement: AuthenticatorAttachmentEnforcement::Ignore(false),
            ..AuthenticationVerificationOptions::default()
        };
        authentication(ceremony, &relying_party, self.parsed.raw_id())?
            .verify(&relying_party, &self.parsed, &mut credential, &options)
            .map_err(assertion_fault)?;
        Ok(CredentialState::of(credential.dynamic_state()))
    }
}

/// A public key as it is kept.
type KeptKey = StaticState<CompressedPubKey<[u8; 32], [u8; 32], [u8; 48], Vec<u8>>>;

/// The public key of a private one on P-256, as PKCS #8 has it: how a browser's virtual
/// authenticator tells its credentials.
pub fn public_key_of(pkcs8: &[u8]) -> Option<Vec<u8>> {
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8).ok()?;
    // Behind one byte that says so, both coordinates.
    let point = pair.public_key().as_ref().get(1..)?;
    let point = point.split_at_checked(COORDINATE)?;
    let state = StaticState {
        credential_public_key: UncompressedPubKey::P256(point.try_into().ok()?),
        extensions: AuthenticatorExtensionOutputStaticState {
            cred_protect: CredentialProtectionPolicy::None,
            hmac_secret: None,
        },
    };
    let Ok(encoded) = state.encode();
    Some(encoded)
}

/// Whether these bytes are one.
pub fn is_public_key(bytes: &[u8]) -> bool {
    KeptKey::decode(bytes).is_ok()
}

impl CredentialState {
    fn of(state: DynamicState) -> Self {
        Self {
            sign_count: state.sign_count,
            user_verified: state.user_verified,
            backup: match state.backup {
                RpBackup::NotEligible => Backup::NotEligible,
                RpBackup::Eligible => Backup::Eligible,
                RpBackup::Exists => Backup::Exists,
            },
        }
    }

    fn to_rp(self) -> DynamicState {
        DynamicState {
            user_verified: self.user_verified,
            backup: match self.backup {
                Backup::NotEligible => RpBackup::NotEligible,
                Backup::Eligible => RpBackup::Eligible,
                Backup::Exists => RpBackup::Exists,
            },
            sign_count: self.sign_count,
            authenticator_attachment: AuthenticatorAttachment::None,
        }
    }
}

/// The origins that a ceremony allows, in the library's form.
struct AllowedOrigin<'c> {
    relying_party: &'c str,
    allows: fn(&str, &str) -> bool,
}

impl<'c> AllowedOrigin<'c> {
    fn of(ceremony: &Ceremony<'c>) -> Self {
        Self {
            relying_party: ceremony.relying_party,
            allows: ceremony.allows_origin,
        }
    }
}

impl PartialEq<Origin<'_>> for AllowedOrigin<'_> {
    fn eq(&self, origin: &Origin<'_>) -> bool {
        (self.allows)(self.relying_party, &origin.0)
    }
}

fn relying_party(id: &str) -> Result<RpId, Fault> {
    AsciiDomain::try_from(id.to_owned())
        .map(RpId::Domain)
        .map_err(|error| Fault::RelyingParty(error.to_string()))
}

fn handle(ceremony: &Ceremony<'_>) -> Result<UserHandle<HANDLE>, Fault> {
    let Ok(handle) = UserHandle::decode(ceremony.handle);
    Ok(handle)
}

fn verification(ceremony: &Ceremony<'_>) -> UserVerificationRequirement {
    if ceremony.verifies_user {
        UserVerificationRequirement::Required
    } else {
        UserVerificationRequirement::Preferred
    }
}

/// The library begins a ceremony with a challenge and an expiry of its own. Ours come from the
/// request's random generator and clock and are stored elsewhere. So the library's ceremony is
/// begun only when the answer has arrived, and its challenge is replaced by ours: both kinds of
/// serialised state begin with the challenge, the registration's after one byte for the mediation.
fn with_challenge(mut state: Vec<u8>, at: usize, challenge: &[u8; CHALLENGE]) -> Vec<u8> {
    if let Some(place) = state.get_mut(at..at + CHALLENGE) {
        place.copy_from_slice(challenge);
    }
    state
}

fn registration(
    ceremony: &Ceremony<'_>,
    relying_party: &RpId,
) -> Result<RegistrationServerState<HANDLE>, Fault> {
    let broken = |what: &dyn std::fmt::Display| Fault::Refused(what.to_string());
    let handle = handle(ceremony)?;
    let mut options = PublicKeyCredentialCreationOptions::first_passkey(
        relying_party,
        PublicKeyCredentialUserEntity::from(&handle),
    );
    options.pub_key_cred_params = CoseAlgorithmIdentifiers::ALL
        .remove(CoseAlgorithmIdentifier::Eddsa)
        .remove(CoseAlgorithmIdentifier::Es384);
    options.authenticator_selection = AuthenticatorSelectionCriteria {
        authenticator_attachment: AuthenticatorAttachmentReq::default(),
        resident_key: ResidentKeyRequirement::Required,
        user_verification: verification(ceremony),
    };
    options.extensions = Extension::default();
    let (state, _) = options.start_ceremony().map_err(|error| broken(&error))?;
    let state = state.encode().map_err(|error| broken(&error))?;
    RegistrationServerState::decode(&with_challenge(state, 1, &ceremony.challenge))
        .map_err(|error| broken(&error))
}

fn authentication(
    ceremony: &Ceremony<'_>,
    relying_party: &RpId,
    id: CredentialId<&[u8]>,
) -> Result<NonDiscoverableAuthenticationServerState, Fault> {
    let broken = |what: &dyn std::fmt::Display| Fault::Refused(what.to_string());
    let mut allowed = AllowedCredentials::new();
    allowed.push(
        PublicKeyCredentialDescriptor {
            id: id.into(),
            transports: AuthTransports::decode(0).map_err(|error| broken(&error))?,
        }
        .into(),
    );
    let mut options =
        NonDiscoverableCredentialRequestOptions::second_factor(relying_party, allowed)
            .map_err(|error| broken(&error))?;
    options.options().user_verification = verification(ceremony);
    let (state, _) = options.start_ceremony().map_err(|error| broken(&error))?;
    let state = state.encode().map_err(|error| broken(&error))?;
    NonDiscoverableAuthenticationServerState::decode(&with_challenge(state, 0, &ceremony.challenge))
        .map_err(|error| broken(&error))
}

/// The credential without members that are not needed here: a newer browser must not fail because
/// it sends more.
fn known_members(credential: &Value) -> Result<Value, Fault> {
    let Value::Object(members) = credential else {
        return Err(Fault::Malformed(
            "the credential is no JSON object".to_owned(),
        ));
    };
    let mut members = members.clone();
    let attachment = members.get("authenticatorAttachment");
    if !matches!(
        attachment.and_then(Value::as_str),
        Some("platform" | "cross-platform")
    ) {
        members.remove("authenticatorAttachment");
    }
    // No extension was asked for, so none is read.
    members.remove("clientExtensionResults");
    Ok(Value::Object(members))
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

fn to_bytes(credential: &Value) -> Result<Vec<u8>, Fault> {
    serde_json::to_vec(credential).map_err(|error| Fault::Malformed(error.to_string()))
}

fn registration_fault(error: RegCeremonyErr) -> Fault {
    let reason = error.to_string();
    match error {
        RegCeremonyErr::OriginMismatch
        | RegCeremonyErr::CrossOrigin
        | RegCeremonyErr::TopOriginMismatch => Fault::Origin(reason),
        RegCeremonyErr::RpIdHashMismatch => Fault::RelyingParty(reason),
        RegCeremonyErr::CollectedClientData(_) | RegCeremonyErr::CollectedClientDataRelaxed(_) => {
            Fault::Malformed(reason)
        }
        _ => Fault::Refused(reason),
    }
}

fn assertion_fault(error: AuthCeremonyErr) -> Fault {
    let reason = error.to_string();
    match error {
        AuthCeremonyErr::OriginMismatch
        | AuthCeremonyErr::CrossOrigin
        | AuthCeremonyErr::TopOriginMismatch => Fault::Origin(reason),
        AuthCeremonyErr::RpIdHashMismatch => Fault::RelyingParty(reason),
        _ => Fault::Refused(reason),
    }
}
