//! What a request of a sign-in tries: to begin one, or to answer a challenge.
//!
//! Values that a request must have are [`Required`]: each step refuses a missing one in its turn.
//! Not here: how the wire spells all of this (`operations::auth_parameters`).

use serde::{Deserialize, Serialize};

use super::request::Required;
use crate::domain::authentication_levels::Level;
use crate::wire::user_pools::AuthFlowType;

/// How a sign-in begins.
pub enum Attempt {
    Password {
        /// Several flows send a password, and are allowed one by one.
        flow: AuthFlowType,
        password: Required,
    },
    Srp {
        client_key: Required,
    },
    Choice(ChoiceAttempt),
    Custom {
        /// SRP's A, of clients that begin with it.
        client_key: Option<Required>,
    },
}

impl Attempt {
    /// The flow that is asked for.
    pub(super) fn flow(&self) -> AuthFlowType {
        match self {
            Self::Password { flow, .. } => *flow,
            Self::Srp { .. } => AuthFlowType::UserSrpAuth,
            Self::Choice(_) => AuthFlowType::UserAuth,
            Self::Custom { .. } => AuthFlowType::CustomAuth,
        }
    }
}

/// USER_AUTH: what the user chose already, and which level is to be reached.
#[derive(Default)]
pub struct ChoiceAttempt {
    /// The session that ConfirmSignUp gave.
    pub session: Option<String>,
    /// The name of the first factor that the user prefers.
    pub preferred: Option<String>,
    /// Where the request has one.
    pub password: Option<Required>,
    /// SRP's A, where the request has one or must have one for the factor that it prefers.
    pub client_key: Option<Required>,
    /// The levels that were asked for, in the client's order and as far as the pool knows them.
    pub levels: Option<Vec<Level>>,
    /// What was proved before, as an access token tells it.
    pub access_token: Option<String>,
    /// How many seconds ago that may have been.
    pub max_age: Option<String>,
}

/// The answer to a challenge: a variant for each that can be answered.
pub enum ChallengeAnswer {
    /// SELECT_CHALLENGE.
    FirstFactor {
        chosen: Required,
        password: Required,
        client_key: Required,
        /// Where the request has one.
        credential: Option<Required>,
    },
    Password {
        password: Required,
    },
    PasswordSrp {
        client_key: Required,
    },
    PasswordVerifier(SrpProof),
    Passkey {
        credential: Required,
    },
    NewPassword {
        password: Required,
        /// Of the user, by name.
        attributes: Vec<(String, String)>,
    },
    Device {
        device_key: Required,
        client_key: Required,
    },
    DeviceVerifier {
        device_key: Required,
        proof: SrpProof,
    },
    Code {
        kind: CodeKind,
        code: Required,
    },
    SoftwareToken {
        code: Required,
    },
    /// SELECT_MFA_TYPE.
    MfaFactor {
        chosen: Required,
    },
    SetUpMfa {
        /// The address with which the user sets e-mail up.
        email: Option<String>,
    },
    Custom {
        answer: Required,
    },
}

impl ChallengeAnswer {
    /// Whether the answer is written down with the user, and so has to wait while the pool is
    /// recovered to a point in time. Documented: NEW_PASSWORD_REQUIRED, MFA_SETUP and
    /// SOFTWARE_TOKEN_MFA. (unsure) That their answers are refused, and not the challenges given.
    pub(super) fn changes_user(&self) -> bool {
        matches!(
            self,
            Self::NewPassword { .. } | Self::SetUpMfa { .. } | Self::SoftwareToken { .. }
        )
    }
}

/// The three challenges that ask for a code that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum CodeKind {
    EmailOtp,
    SmsOtp,
    SmsMfa,
}

/// SRP's last message: the proof that the client knows the secret.
pub struct SrpProof {
    pub secret_block: Required,
    pub signature: Required,
    pub timestamp: Required,
}
