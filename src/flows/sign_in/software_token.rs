//! SOFTWARE_TOKEN_MFA: a code of the user's authenticator app. Not here: how it is checked
//! (`flows::software_tokens`).

use std::collections::BTreeMap;

use super::next::{self, Reached};
use super::session::{Asked, Session};
use super::{Outcome, Visit, record};
use crate::error::{Error, Result};
use crate::flows::software_tokens;
use crate::store::Method;
use crate::wire::user_pools::{ChallengeName, ChallengeNameType};

pub(super) async fn ask(visit: Visit<'_>, mut reached: Reached) -> Result<Outcome> {
    reached.spend(visit).await?;
    let Reached { user, progress, .. } = reached;
    let token = software_tokens::find(visit.ctx, &user).await?;
    let mut parameters = BTreeMap::from([("USER_ID_FOR_SRP".to_owned(), user.username.clone())]);
    if let Some(name) = token.and_then(|token| token.name) {
        parameters.insert("FRIENDLY_DEVICE_NAME".to_owned(), name);
    }
    let session = Session::begin(visit, &user, Asked::SoftwareToken, progress)?;
    Ok(Outcome::Challenge {
        name: ChallengeNameType::SoftwareTokenMfa,
        parameters,
        session: Some(session),
        available: Vec::new(),
    })
}

/// A wrong code leaves the session valid.
pub(super) async fn answer(visit: Visit<'_>, sealed: Option<&str>) -> Result<Outcome> {
    visit.username()?;
    let session = Session::open(visit, sealed).await?;
    if session.asked != Asked::SoftwareToken {
        return Err(Error::SessionInvalid);
    }
    let code = visit.given.require("SOFTWARE_TOKEN_MFA_CODE")?;
    let user = session.user(visit).await?;
    let progress = session.progress.on_device(visit);
    let taken = software_tokens::take(visit.ctx, visit.pool, &user, code, &session.once).await;
    if let Err(Error::SoftwareTokenMismatch) = taken {
        record::failure(visit, &user, ChallengeName::Mfa, progress.event.clone()).await?;
    }
    taken?;
    next::proceed(
        visit,
        Reached::second(user, Method::SoftwareToken, progress, None),
    )
    .await
}
