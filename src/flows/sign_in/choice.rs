//! USER_AUTH: the user chooses the first factor, at once (PREFERRED_CHALLENGE) or when asked
//! (SELECT_CHALLENGE).
//!
//! Somebody who does not exist is offered, where the client hides that, what a user of the pool
//! could have, always the same for the name. Not here: which factors a user has
//! (`domain::first_factors`), the factors themselves (the files beside this one).

use std::collections::BTreeMap;

use super::next::{self, Reached};
use super::session::{Asked, First, Progress, Session};
use super::who::{Who, check_user, known_or_hidden};
use super::{Outcome, Visit, one_time_code, passkey, password, srp, step_up};
use crate::domain::first_factors::{self, Held};
use crate::domain::mfa::Demand;
use crate::error::{Error, Result};
use crate::flows::challenge::OneTime;
use crate::flows::{passkeys, second_factors, users};
use crate::wire::user_pools::{
    ChallengeNameType, UserPoolMfaType, UserStatusType, VerifiedAttributeType,
};

/// How a sign-in by choice begins.
pub(super) enum Way {
    /// With one of these first factors.
    First {
        who: Who,
        available: Vec<ChallengeNameType>,
        progress: Progress,
    },
    /// With a second one, beside what was proved before.
    Second(Outcome),
}

pub(super) async fn begin(visit: Visit<'_>, sealed: Option<&str>) -> Result<Outcome> {
    visit.pool.require_essentials("USER_AUTH")?;
    let username = visit.username()?;
    let wish = step_up::wish(visit).await?;
    if sealed.is_some() {
        return match wish {
            None => with_sign_up(visit, sealed).await,
            // (unsure) The code that confirmed a sign-up is of no level.
            Some(_) => Err(Error::LevelNotReachable),
        };
    }
    let preferred = match visit.given.get("PREFERRED_CHALLENGE") {
        Some(name) => Some(
            first_factor(name).ok_or_else(|| Error::PreferredChallengeUnknown {
                name: name.to_owned(),
            })?,
        ),
        None => None,
    };
    let mut found = users::find(visit.ctx, visit.pool, username).await?;
    if preferred == Some(ChallengeNameType::Password) {
        found = password::or_migrated(visit, found, username).await?;
    }
    if let Some(wish) = &wish {
        wish.check_user(found.as_ref())?;
    }
    let who = known_or_hidden(visit, found, username)?;
    if who.user().is_some_and(|user| !user.enabled) && !visit.client.hides_unknown_users() {
        return Err(Error::UserDisabled);
    }
    let way = match wish {
        None => plain(visit, who).await?,
        Some(wish) => step_up::begin(visit, who, wish, preferred).await?,
    };
    enter(visit, way, preferred).await
}

/// The first question of a sign-in by choice, or what comes of its answer.
pub(super) async fn enter(
    visit: Visit<'_>,
    way: Way,
    preferred: Option<ChallengeNameType>,
) -> Result<Outcome> {
    let (who, available, progress) = match way {
        Way::First {
            who,
            available,
            progress,
        } => (who, available, progress),
        Way::Second(outcome) => return Ok(outcome),
    };
    let chosen = match (preferred, available.as_slice()) {
        (_, []) => return Err(Error::BadCredentials),
        (Some(preferred), _) if available.contains(&preferred) => Some(preferred),
        // Observed: where a code or a passkey is the only way in, it is asked for at once.
        (_, [only]) => Some(*only),
        _ => None,
    };
    match chosen {
        Some(chosen) => start(visit, who, chosen, progress, (available, None)).await,
        None => Ok(Outcome::Challenge {
            name: ChallengeNameType::SelectChallenge,
            parameters: BTreeMap::new(),
            session: Some(Session::begin_for(visit, &who, Asked::Choice, progress)?),
            available,
        }),
    }
}

/// Any factor will do that the user has.
async fn plain(visit: Visit<'_>, mut who: Who) -> Result<Way> {
    let mut available = available(visit, &who).await?;
    if available.is_empty() {
        if !visit.client.hides_unknown_users() {
            return Err(Error::NoFirstFactor);
        }
        // Where the client hides it, a user who cannot sign in seems to be nobody.
        who = Who::unknown(visit, visit.username()?);
        available = self::available(visit, &who).await?;
    }
    Ok(Way::First {
        who,
        available,
        progress: Progress::of(visit),
    })
}

/// The user has just confirmed a sign-up: the code that did it was the first factor.
async fn with_sign_up(visit: Visit<'_>, sealed: Option<&str>) -> Result<Outcome> {
    let session = Session::open(visit, sealed).await?;
    if session.asked != (Asked::SignUp { confirmed: true }) {
        return Err(Error::SessionInvalid);
    }
    let user = session.user(visit).await?;
    check_user(visit.client, &user, true)?;
    let progress = session.progress.on_device(visit);
    let reached = Reached::first(user, First::SignUp, progress, Some(session.once));
    next::proceed(visit, reached).await
}

/// The answer to SELECT_CHALLENGE, or to another first factor that the user exchanges for this one.
pub(super) async fn answer(visit: Visit<'_>, sealed: Option<&str>) -> Result<Outcome> {
    visit.username()?;
    let session = Session::open(visit, sealed).await?;
    if !session.asked.is_exchangeable() {
        return Err(Error::SessionInvalid);
    }
    let answer = visit.given.require("ANSWER")?;
    let who = session.who(visit).await?;
    let available = offered(visit, &who, &session.progress).await?;
    let chosen = first_factor(answer).filter(|chosen| available.contains(chosen));
    let chosen = chosen.ok_or_else(|| Error::AnswerInvalid {
        answer: answer.to_owned(),
    })?;
    match chosen {
        // Both can only be answered with what they ask for: clients get it from the user before.
        ChallengeNameType::Password => visit.given.require("PASSWORD").map(drop)?,
        ChallengeNameType::PasswordSrp => visit.given.require("SRP_A").map(drop)?,
        // A credential that answers the options of this very session.
        ChallengeNameType::WebAuthn
            if visit.given.get("CREDENTIAL").is_some()
                && matches!(session.asked, Asked::Passkey(_)) =>
        {
            return passkey::answer(visit, sealed).await;
        }
        _ => {}
    }
    let progress = session.progress.on_device(visit);
    start(
        visit,
        who,
        chosen,
        progress,
        (available, Some(session.once)),
    )
    .await
}

/// Asks for the factor, or checks it where the request has it already. `used` is what led here.
async fn start(
    visit: Visit<'_>,
    who: Who,
    chosen: ChallengeNameType,
    progress: Progress,
    (available, used): (Vec<ChallengeNameType>, Option<OneTime>),
) -> Result<Outcome> {
    match chosen {
        ChallengeNameType::Password if visit.given.get("PASSWORD").is_some() => {
            password::check(visit, (who, None), progress, used).await
        }
        ChallengeNameType::Password => password::ask(visit, &who, progress, available),
        ChallengeNameType::PasswordSrp if visit.given.get("SRP_A").is_some() => {
            srp::offer_with_session(visit, &who, progress, used.as_ref()).await
        }
        ChallengeNameType::PasswordSrp if visit.given.get("PREFERRED_CHALLENGE").is_some() => {
            Err(Error::MissingParameter {
                name: "SRP_A".to_owned(),
            })
        }
        ChallengeNameType::PasswordSrp => srp::ask(visit, &who, progress, available),
        ChallengeNameType::EmailOtp | ChallengeNameType::SmsOtp => {
            let by = match chosen {
                ChallengeNameType::EmailOtp => VerifiedAttributeType::Email,
                _ => VerifiedAttributeType::PhoneNumber,
            };
            let more = (available, used.as_ref());
            one_time_code::ask_first(visit, &who, by, progress, more).await
        }
        ChallengeNameType::WebAuthn => {
            passkey::ask(visit, &who, progress, (available, used.as_ref())).await
        }
        _ => Err(Error::SessionInvalid),
    }
}

/// Refuses a first factor that is no longer enough for the user, who may have set up a second one
/// since it was asked for.
pub(super) async fn still_available(
    visit: Visit<'_>,
    who: &Who,
    progress: &Progress,
    factor: ChallengeNameType,
) -> Result<()> {
    if offered(visit, who, progress).await?.contains(&factor) {
        Ok(())
    } else {
        Err(Error::SessionInvalid)
    }
}

/// `AvailableChallenges`: of those that the user has, the ones that lead to the level that is to be
/// reached.
async fn offered(
    visit: Visit<'_>,
    who: &Who,
    progress: &Progress,
) -> Result<Vec<ChallengeNameType>> {
    match progress.target {
        None => available(visit, who).await,
        Some(level) => {
            let factors = step_up::factors(visit, who, &progress.methods).await?;
            Ok(factors.first_to(level, &progress.methods))
        }
    }
}

/// The first factors that a user has.
pub(super) async fn available(visit: Visit<'_>, who: &Who) -> Result<Vec<ChallengeNameType>> {
    let Visit { ctx, pool, .. } = visit;
    match who {
        // A code would be sent before anything was right: not to those who are switched off, or
        // belong to another provider.
        Who::Known(user) if !user.enabled || user.status == UserStatusType::ExternalProvider => {
            Ok(Vec::new())
        }
        Who::Known(user) => {
            let held = Held::by(user, passkeys::has_passkey(ctx, pool, &user.sub).await?);
            let demand = second_factors::demand(ctx, pool, user).await?;
            let of = (user.status, &demand, user.mfa.web_authn);
            Ok(first_factors::available(pool, held, of))
        }
        Who::Unknown { typed, .. } => {
            let noise = users::simulated_bytes(ctx, pool, typed);
            let held = Held {
                password: true,
                email: true,
                phone_number: noise[15].is_multiple_of(2),
                passkey: false,
            };
            let demand = match pool.mfa() {
                UserPoolMfaType::On => Demand::SetUp(Vec::new()),
                _ => Demand::Nothing,
            };
            let of = (UserStatusType::Confirmed, &demand, false);
            Ok(first_factors::available(pool, held, of))
        }
    }
}

/// The first factor of this name.
fn first_factor(name: &str) -> Option<ChallengeNameType> {
    ChallengeNameType::from_wire(name).filter(|challenge| {
        matches!(
            challenge,
            ChallengeNameType::Password
                | ChallengeNameType::PasswordSrp
                | ChallengeNameType::EmailOtp
                | ChallengeNameType::SmsOtp
                | ChallengeNameType::WebAuthn
        )
    })
}
