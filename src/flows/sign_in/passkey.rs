//! WEB_AUTHN: a passkey as the first factor of USER_AUTH. Not here: how it is checked
//! (`flows::passkeys`).

use std::collections::BTreeMap;

use super::next::{self, Reached};
use super::session::{Asked, First, Progress, Session};
use super::who::{Who, before_first_factor, check_user};
use super::{Outcome, Visit, choice, record};
use crate::error::{Error, Result};
use crate::flows::challenge::OneTime;
use crate::flows::passkeys;
use crate::wire::user_pools::{ChallengeName, ChallengeNameType};

pub(super) async fn ask(
    visit: Visit<'_>,
    who: &Who,
    progress: Progress,
    (available, used): (Vec<ChallengeNameType>, Option<&OneTime>),
) -> Result<Outcome> {
    let user = who.user().ok_or(Error::BadCredentials)?;
    before_first_factor(visit, who).await?;
    let (options, state) = passkeys::begin_assertion(visit.ctx, visit.pool, user).await?;
    if let Some(used) = used {
        used.spend_alone(visit.ctx).await?;
    }
    let session = Session::begin(visit, user, Asked::Passkey(state), progress)?;
    Ok(Outcome::Challenge {
        name: ChallengeNameType::WebAuthn,
        parameters: BTreeMap::from([("CREDENTIAL_REQUEST_OPTIONS".to_owned(), options)]),
        session: Some(session),
        available,
    })
}

pub(super) async fn answer(visit: Visit<'_>, sealed: Option<&str>) -> Result<Outcome> {
    visit.username()?;
    let session = Session::open(visit, sealed).await?;
    let Asked::Passkey(state) = &session.asked else {
        return Err(Error::SessionInvalid);
    };
    let credential = visit.given.require("CREDENTIAL")?;
    let who = session.who(visit).await?;
    let user = who.user().ok_or(Error::BadCredentials)?.clone();
    let (ctx, pool) = (visit.ctx, visit.pool);
    let verified = passkeys::verify_assertion(ctx, pool, &user, state, credential).await;
    if let Err(Error::BadCredentials) = verified {
        record::failure(visit, &user, ChallengeName::Password, None).await?;
    }
    let method = verified?;
    let (name, progress) = (ChallengeNameType::WebAuthn, &session.progress);
    choice::still_available(visit, &who, progress, name).await?;
    check_user(visit.client, &user, true)?;
    let progress = session.progress.on_device(visit);
    let reached = Reached::first(user, First::Passkey(method), progress, Some(session.once));
    next::proceed(visit, reached).await
}
