//! What an answer is compared with, and why it is refused. Not here: the comparison (`mod.rs`).

/// How many bytes a challenge has.
pub const CHALLENGE: usize = 16;
/// How many bytes a user handle has: the sub as text.
pub const HANDLE: usize = 36;

/// What an answer is compared with.
pub struct Ceremony<'c> {
    pub relying_party: &'c str,
    pub challenge: [u8; CHALLENGE],
    pub handle: [u8; HANDLE],
    pub verifies_user: bool,
    /// Whether an answer for this relying party may come from this origin.
    pub allows_origin: fn(&str, &str) -> bool,
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

    pub(super) fn malformed(reason: impl ToString) -> Self {
        Self::Malformed(reason.to_string())
    }

    pub(super) fn refused(reason: impl ToString) -> Self {
        Self::Refused(reason.to_string())
    }
}
