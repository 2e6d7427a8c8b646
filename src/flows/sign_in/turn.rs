//! What a step of a sign-in returns. No step calls the one that follows it: `steps` does.

use super::challenges::NextChallenge;
use super::request::SignInRequest;
use super::session::Progress;
use crate::domain::risk::Finding;
use crate::error::Result;
use crate::flows::challenge::SingleUse;
use crate::store::{Group, User};
use crate::wire::user_pools::ChallengeName;

/// What a step came to.
pub(super) enum Turn {
    /// A factor was right.
    Proved(Verified),
    /// Nothing new was proved. What was proved at another time counts, and a second factor is
    /// wanted beside it.
    Resumed { user: User, progress: Progress },
    /// The client has to answer first.
    Asked(NextChallenge),
}

/// A user who has come this far, with what was right just now.
pub(super) struct Verified {
    pub user: User,
    /// Where they have been looked up already.
    pub groups: Option<Vec<Group>>,
    pub progress: Progress,
    /// What was right, as the record of sign-ins calls it.
    pub challenge: ChallengeName,
    /// What led here and may lead here only once: to be spent with the next thing that is written.
    /// None where that has happened.
    pub used: Option<SingleUse>,
    /// What was found out about the password, where one was sent.
    pub found: Finding,
}

impl Verified {
    /// With the first factor, which `progress` counts already.
    pub fn first(user: User, progress: Progress, used: Option<SingleUse>) -> Self {
        Self {
            user,
            groups: None,
            progress,
            challenge: ChallengeName::Password,
            used,
            found: Finding::Nothing,
        }
    }

    /// With the second factor, or a device, which `progress` counts already.
    pub fn second(user: User, progress: Progress, used: Option<SingleUse>) -> Self {
        Self {
            challenge: ChallengeName::Mfa,
            ..Self::first(user, progress, used)
        }
    }

    /// Ends what led here, when nothing else is written. If two answers race, only one succeeds.
    pub async fn spend(&mut self, request: SignInRequest<'_>) -> Result<()> {
        match self.used.take() {
            Some(used) => used.spend_alone(request.ctx).await,
            None => Ok(()),
        }
    }
}
