//! A password in clear, as the first factor: USER_PASSWORD_AUTH, ADMIN_USER_PASSWORD_AUTH, and the
//! PASSWORD of USER_AUTH.

use std::collections::BTreeMap;

use super::next::{self, Reached};
use super::session::{Asked, First, Progress, Session};
use super::who::{Who, before_first_factor, known_or_hidden, settle_password};
use super::{Outcome, Visit};
use crate::error::{Error, Result};
use crate::flows::challenge::OneTime;
use crate::flows::{attempts, migrate, triggers, users};
use crate::keys::Identity;
use crate::store::{Group, User};
use crate::wire::user_pools::ChallengeNameType;

pub(super) async fn begin(visit: Visit<'_>) -> Result<Outcome> {
    let username = visit.username()?;
    visit.given.require("PASSWORD")?;
    let found = users::find_with_groups(visit.ctx, visit.pool, username).await?;
    let (user, groups) = found.unzip();
    let user = or_migrated(visit, user, username).await?;
    let who = known_or_hidden(visit, user, username)?;
    check(visit, (who, groups), Progress::of(visit), None).await
}

/// USER_AUTH: asks for the password.
pub(super) fn ask(
    visit: Visit<'_>,
    who: &Who,
    progress: Progress,
    available: Vec<ChallengeNameType>,
) -> Result<Outcome> {
    Ok(Outcome::Challenge {
        name: ChallengeNameType::Password,
        parameters: BTreeMap::new(),
        session: Some(Session::begin_for(visit, who, Asked::Password, progress)?),
        available,
    })
}

/// The answer to PASSWORD. A wrong one leaves the session valid (unsure).
pub(super) async fn answer(visit: Visit<'_>, sealed: Option<&str>) -> Result<Outcome> {
    visit.username()?;
    let session = Session::open(visit, sealed).await?;
    if session.asked != Asked::Password {
        return Err(Error::SessionInvalid);
    }
    let who = session.who(visit).await?;
    check(visit, (who, None), session.progress, Some(session.once)).await
}

/// Checks the PASSWORD that was sent.
pub(super) async fn check(
    visit: Visit<'_>,
    (who, groups): (Who, Option<Vec<Group>>),
    progress: Progress,
    used: Option<OneTime>,
) -> Result<Outcome> {
    let password = visit.given.require("PASSWORD")?;
    before_first_factor(visit, &who).await?;
    let who = match who {
        Who::Unknown { typed, sub } => match migrated(visit, &typed, password).await? {
            Some(user) => Who::Known(Box::new(user)),
            None => Who::Unknown { typed, sub },
        },
        known => known,
    };
    let right = who
        .user()
        .is_some_and(|user| is_right(visit, user, password));
    let user = settle_password(visit, who, right).await?;
    let progress = progress.on_device(visit);
    let mut reached = Reached::first(user, First::Password, progress, used);
    reached.groups = groups;
    next::proceed(visit, reached).await
}

fn is_right(visit: Visit<'_>, user: &User, password: &str) -> bool {
    let seal = &visit.ctx.app.keys.seal;
    let kept = user.password.as_ref();
    kept.is_some_and(|kept| seal.is_password(Identity::of(user), kept, password))
}

/// The user who was found, or whom another directory knows. Where the client hides who exists, that
/// one is asked only after the function that may refuse a sign-in: see [`check`].
pub(super) async fn or_migrated(
    visit: Visit<'_>,
    found: Option<User>,
    username: &str,
) -> Result<Option<User>> {
    match (found, visit.given.get("PASSWORD")) {
        (None, Some(password)) if !visit.client.hides_unknown_users() => {
            migrated(visit, username, password).await
        }
        (found, _) => Ok(found),
    }
}

/// Somebody whom another directory knows, made here with the password that was typed. What it
/// refuses is counted like a wrong password, so that nobody guesses passwords there without end.
async fn migrated(visit: Visit<'_>, username: &str, password: &str) -> Result<Option<User>> {
    let Visit {
        ctx, pool, client, ..
    } = visit;
    if !triggers::migrates_users(pool) {
        return Ok(None);
    }
    let subject = users::simulated_sub(ctx, pool, username);
    attempts::refuse_locked_out(ctx, &subject).await?;
    let migrated = migrate::at_sign_in(ctx, pool, client, username, password).await;
    if migrated.is_err() {
        attempts::settle_sign_in(ctx, pool, &subject, false).await?;
    }
    migrated
}
