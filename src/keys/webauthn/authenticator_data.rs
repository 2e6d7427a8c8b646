//! What an authenticator says and signs: authenticator data (WebAuthn Level 3 §6.1), and the
//! attestation object (§6.5.4) that holds it at registration.

use minicbor::Decoder;
use minicbor::data::Type;

use super::public_key::PasskeyPublicKey;
use crate::store::Backup;

const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const BACKUP_ELIGIBLE: u8 = 0x08;
const BACKUP_STATE: u8 = 0x10;
const ATTESTED_CREDENTIAL: u8 = 0x40;
const EXTENSIONS: u8 = 0x80;

/// What stands in every answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuthenticatorData {
    /// SHA-256 of the relying party's id.
    pub relying_party: [u8; 32],
    pub user_present: bool,
    pub user_verified: bool,
    pub backup: Backup,
    pub sign_count: u32,
}

/// The credential that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttestedCredential<'b> {
    /// The authenticator's model; zeros, if it does not tell.
    pub aaguid: [u8; 16],
    pub id: &'b [u8],
    pub public_key: PasskeyPublicKey,
}

impl AuthenticatorData {
    /// Reads the data of an assertion.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let (data, flags, rest) = Self::read_head(bytes)?;
        let is_whole = flags & ATTESTED_CREDENTIAL == 0 && ends_well(flags, rest);
        is_whole.then_some(data)
    }

    /// Reads the data of a registration.
    pub fn read_attested(bytes: &[u8]) -> Option<(Self, AttestedCredential<'_>)> {
        let (data, flags, rest) = Self::read_head(bytes)?;
        if flags & ATTESTED_CREDENTIAL == 0 {
            return None;
        }
        let (aaguid, rest) = rest.split_first_chunk()?;
        let (length, rest) = rest.split_first_chunk()?;
        let (id, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        let mut reader = Decoder::new(rest);
        let credential = AttestedCredential {
            aaguid: *aaguid,
            id,
            public_key: PasskeyPublicKey::from_cose(&mut reader)?,
        };
        ends_well(flags, rest.get(reader.position()..)?).then_some((data, credential))
    }

    fn read_head(bytes: &[u8]) -> Option<(Self, u8, &[u8])> {
        let (relying_party, rest) = bytes.split_first_chunk()?;
        let (flags, rest) = rest.split_first()?;
        let (sign_count, rest) = rest.split_first_chunk()?;
        let has = |flag| flags & flag != 0;
        let backup = match (has(BACKUP_ELIGIBLE), has(BACKUP_STATE)) {
            (false, false) => Backup::NotEligible,
            (true, false) => Backup::Eligible,
            (true, true) => Backup::Exists,
            // What must not be copied was copied.
            (false, true) => return None,
        };
        let data = Self {
            relying_party: *relying_party,
            user_present: has(USER_PRESENT),
            user_verified: has(USER_VERIFIED),
            backup,
            sign_count: u32::from_be_bytes(*sign_count),
        };
        Some((data, *flags, rest))
    }
}

/// Whether the rest is the map of extensions that the flags announce, or nothing. Some
/// authenticators add extensions without being asked; none is read.
fn ends_well(flags: u8, rest: &[u8]) -> bool {
    if flags & EXTENSIONS == 0 {
        return rest.is_empty();
    }
    let mut reader = Decoder::new(rest);
    reader.datatype().is_ok_and(|kind| kind == Type::Map)
        && reader.skip().is_ok()
        && reader.position() == rest.len()
}

/// What is said of the authenticator that made a credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttestationStatement<'b> {
    None,
    /// Signed with the new key itself (`packed` without certificates).
    SelfSigned {
        algorithm: i32,
        signature: &'b [u8],
    },
}

#[derive(Debug)]
pub struct AttestationObject<'b> {
    pub data: &'b [u8],
    pub statement: AttestationStatement<'b>,
}

impl<'b> AttestationObject<'b> {
    /// None for what is no attestation object, and for statements that manufacturers sign.
    pub fn read(bytes: &'b [u8]) -> Option<Self> {
        let mut reader = Decoder::new(bytes);
        let (mut format, mut data, mut statement) = (None, None, None);
        for _ in 0..reader.map().ok()?? {
            let is_second = match reader.str().ok()? {
                "fmt" => format.replace(reader.str().ok()?).is_some(),
                "authData" => data.replace(reader.bytes().ok()?).is_some(),
                "attStmt" => {
                    let begins = reader.position();
                    reader.skip().ok()?;
                    let bytes = bytes.get(begins..reader.position())?;
                    statement.replace(bytes).is_some()
                }
                _ => return None,
            };
            if is_second {
                return None;
            }
        }
        if reader.position() != bytes.len() {
            return None;
        }
        let mut reader = Decoder::new(statement?);
        let statement = match format? {
            "none" => (reader.map().ok()?? == 0).then_some(AttestationStatement::None)?,
            "packed" => self_signed(&mut reader)?,
            _ => return None,
        };
        let data = data?;
        Some(Self { data, statement })
    }
}

fn self_signed<'b>(reader: &mut Decoder<'b>) -> Option<AttestationStatement<'b>> {
    let (mut algorithm, mut signature) = (None, None);
    for _ in 0..reader.map().ok()?? {
        let is_second = match reader.str().ok()? {
            "alg" => algorithm.replace(reader.i32().ok()?).is_some(),
            "sig" => signature.replace(reader.bytes().ok()?).is_some(),
            // Certificates.
            _ => return None,
        };
        if is_second {
            return None;
        }
    }
    Some(AttestationStatement::SelfSigned {
        algorithm: algorithm?,
        signature: signature?,
    })
}
