//! What a sign-in asks a client for next, and what it tells of it.
//!
//! Not here: how the wire spells it (`operations::auth_parameters`), what an answer is held against
//! (`session`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::attempt::CodeKind;
use crate::domain::first_factors::FirstFactor;
use crate::store::{Attributes, MfaFactor};
use crate::wire::user_pools::DeliveryMediumType;

/// A challenge, with the session that its answer brings back.
pub struct NextChallenge {
    pub challenge: Challenge,
    pub session: Option<String>,
    /// What USER_AUTH lets the user choose from.
    pub available: Vec<FirstFactor>,
}

impl NextChallenge {
    /// A challenge with a session, and no choice of others.
    pub(super) fn new(challenge: Challenge, session: String) -> Self {
        Self {
            challenge,
            session: Some(session),
            available: Vec::new(),
        }
    }
}

/// What is asked for. `username` is always the user's real one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Challenge {
    /// Which first factor.
    FirstFactor,
    Password,
    /// SRP's A.
    PasswordSrp,
    PasswordVerifier(UserSrpOffer),
    Passkey {
        /// `PublicKeyCredentialRequestOptionsJSON`.
        options: String,
    },
    NewPassword {
        username: String,
        /// The attributes that the user lacks and must give.
        missing: Vec<String>,
        attributes: Attributes,
    },
    /// A code that was sent as the first factor.
    FirstCode(CodeDelivery),
    /// A code that was sent as the second factor, or to set it up.
    SecondCode {
        username: String,
        delivery: CodeDelivery,
    },
    SoftwareToken {
        username: String,
        /// What the user calls the app.
        friendly_name: Option<String>,
    },
    /// Which second factor.
    MfaFactor {
        username: String,
        factors: Vec<MfaFactor>,
    },
    SetUpMfa {
        username: String,
        /// Those that the pool has.
        factors: Vec<MfaFactor>,
    },
    Device {
        username: String,
    },
    DeviceVerifier {
        username: String,
        device_key: String,
        offer: SrpOffer,
    },
    /// Of the pool's own functions, which name its parameters.
    Custom {
        username: String,
        parameters: BTreeMap<String, String>,
    },
}

/// The way that a code went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeDelivery {
    /// The challenge that asks for it.
    pub kind: CodeKind,
    pub medium: DeliveryMediumType,
    /// The address, masked.
    pub destination: String,
}

/// SRP's second message. All of it is text as it is sent: clients compute with every digit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SrpOffer {
    pub salt: String,
    pub secret_block: String,
    /// B.
    pub server_key: String,
}

/// The same to a user, who is told by which name the proof goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserSrpOffer {
    pub user_id: String,
    pub offer: SrpOffer,
}
