//! Whether a pool tracks its users' sessions, and how long a client may use one without asking the
//! user.
//!
//! Not here: the sessions.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::store::PoolDocument;
use crate::wire::user_pools::{
    ClientSSOSessionConfigType, UserPoolTokenSessionConfigType, UserSessionTrackingType,
};

/// The settings of a pool.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PoolSessions {
    pub tracking: UserSessionTrackingType,
    pub token_session: UserPoolTokenSessionConfigType,
}

impl PoolDocument for PoolSessions {
    const KIND: &'static str = "sessions";
}

impl Default for PoolSessions {
    fn default() -> Self {
        Self {
            tracking: UserSessionTrackingType::Disabled,
            token_session: UserPoolTokenSessionConfigType { max_per_user: 20 },
        }
    }
}

impl PoolDocument for ClientSSOSessionConfigType {
    const KIND: &'static str = "client_sessions";
}

/// The settings of clients for which nothing was set.
pub fn default_client_session() -> ClientSSOSessionConfigType {
    ClientSSOSessionConfigType {
        max_validity_minutes: 60,
    }
}

/// How long after a sign-in a client may use the session without asking the user. Settings of
/// clients apply only where sessions are tracked.
pub fn silent_validity(
    pool: &PoolSessions,
    client: Option<&ClientSSOSessionConfigType>,
) -> Duration {
    let minutes = match client {
        Some(client) if pool.tracking == UserSessionTrackingType::Enabled => {
            client.max_validity_minutes
        }
        _ => default_client_session().max_validity_minutes,
    };
    Duration::from_secs(60 * u64::try_from(minutes).unwrap_or(0))
}
