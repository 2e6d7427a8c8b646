//! What the steps of a challenge share: that its answer succeeds once, and whom it is sealed to.
//!
//! Not here: the steps themselves and what a `Session` holds (`sign_in`).

use serde::{Deserialize, Serialize};

use crate::app::Ctx;
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::ids;
use crate::store::{Client, Write};

/// What can be used once: remembered from its first use until it would have expired anyway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OneTime {
    id: String,
    expires_at: i64,
}

impl OneTime {
    /// Something that this client may use once, as long as its challenges last.
    pub fn new(ctx: &Ctx, client: &Client) -> Self {
        Self {
            id: ids::uuid(&mut ctx.rng()),
            expires_at: ctx.now.plus(client.session_validity()).0,
        }
    }

    /// Refuses what has expired or was used before.
    pub async fn check(&self, ctx: &Ctx) -> Result<()> {
        if self.expires_at <= ctx.now.0 {
            return Err(Error::SessionExpired);
        }
        let spent = ctx
            .store()
            .read()
            .await?
            .sessions()
            .is_spent(&self.id)
            .await?;
        if spent {
            Err(Error::SessionSpent)
        } else {
            Ok(())
        }
    }

    /// Uses it, as part of what its use changes. Of two racing uses one gets through.
    pub async fn spend(&self, write: &mut Write<'_>) -> Result<()> {
        let first = write
            .sessions()
            .spend(&self.id, Timestamp(self.expires_at))
            .await?;
        if first {
            Ok(())
        } else {
            Err(Error::SessionSpent)
        }
    }
}

/// What a challenge is sealed to.
pub fn context(client: &Client) -> String {
    format!("{}/{}", client.pool_id, client.id)
}
