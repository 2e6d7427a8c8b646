//! A level to be reached (TARGET_ACR_VALUES, `acr_values`): by a whole sign-in, or from what was
//! proved before, as an access token or a browser's session has it.
//!
//! The first level of the list counts that the user can reach at all. From a token only the factors
//! are asked for that are missing, and nothing comes of a token alone: one that has the level
//! already is refused, so that nobody uses it as a refresh token. Not here: which factors lead
//! where (`domain::step_up`), what follows each (`next`).

use super::choice::{self, Way};
use super::next;
use super::session::Progress;
use super::who::{Who, before_first_factor};
use super::{Entrance, Outcome, Parameters, Visit};
use crate::app::Ctx;
use crate::domain::authentication_levels::Level;
use crate::domain::mfa::{self, Demand};
use crate::domain::step_up::Factors;
use crate::error::{Error, Result};
use crate::flows::{access_token, second_factors, users};
use crate::store::{BrowserSession, Client, Method, Methods, MfaFactor, Pool, User};
use crate::wire::user_pools::{ChallengeNameType, UserStatusType};

/// What is asked for beside signing in.
pub(super) struct Wish {
    /// In the client's order.
    levels: Vec<Level>,
    before: Option<Before>,
}

/// What was proved before.
struct Before {
    sub: String,
    methods: Methods,
    device_key: Option<String>,
    /// The token tells a level that the pool does not call so any more: that counts for none, but
    /// the factors do (documented).
    is_stale: bool,
}

/// What a request wishes. A token must be one that the API's operations would take, of this very
/// client.
pub(super) async fn wish(visit: Visit<'_>) -> Result<Option<Wish>> {
    let given = visit.given;
    let max_age = match given.get("MAX_AGE") {
        Some(text) => Some(text.parse::<u32>().map_err(|_| Error::MaxAgeMalformed)?),
        None => None,
    };
    let token = given.get("ACCESS_TOKEN");
    let Some(names) = given.get("TARGET_ACR_VALUES") else {
        return match token {
            Some(_) => Err(Error::AccessTokenWithoutLevel),
            None => Ok(None),
        };
    };
    let levels = visit.pool.levels_named(names);
    if levels.is_empty() {
        return Err(Error::LevelsUnknown);
    }
    let before = match token {
        Some(token) => Some(before(visit, token, max_age).await?),
        None => None,
    };
    Ok(Some(Wish { levels, before }))
}

async fn before(visit: Visit<'_>, token: &str, max_age: Option<u32>) -> Result<Before> {
    let Visit {
        ctx, pool, client, ..
    } = visit;
    let caller = access_token::authorize(ctx, token).await?;
    if caller.pool.id != pool.id || caller.client.id != client.id {
        return Err(Error::AccessTokenInvalid);
    }
    let claims = caller.claims;
    let kept = match &claims.origin_jti {
        Some(origin) => {
            let mut read = ctx.store().read().await?;
            let family = read.families().find(origin).await?;
            let family = family.ok_or(Error::AccessTokenInvalid)?;
            // A token that was exchanged is of the family of the one that it was exchanged for:
            // another client's user did not sign in here.
            if family.client_id != client.id {
                return Err(Error::AccessTokenInvalid);
            }
            family.methods
        }
        // What it does not tell nobody knows.
        None => Methods::named(claims.amr.iter().map(String::as_str)),
    };
    let age = ctx.now.seconds() - claims.auth_time;
    let is_old = max_age.is_some_and(|most| age > i64::from(most));
    Ok(Before {
        sub: caller.user.sub,
        methods: if is_old { Methods::default() } else { kept },
        device_key: claims.device_key,
        is_stale: claims
            .acr
            .is_some_and(|name| pool.level_named(&name).is_none()),
    })
}

impl Wish {
    /// Refuses a token of somebody else than the user who is named.
    pub fn check_user(&self, named: Option<&User>) -> Result<()> {
        let Some(before) = &self.before else {
            return Ok(());
        };
        match named {
            Some(user) if user.sub == before.sub => Ok(()),
            _ => Err(Error::AccessTokenInvalid),
        }
    }
}

/// How a level is reached.
enum Course {
    /// It is, already.
    Reached(Level),
    /// By a second factor, at once.
    Second(Level),
    /// By one of these first factors.
    First(Level, Vec<ChallengeNameType>),
}

impl Course {
    fn level(&self) -> Level {
        match self {
            Self::Reached(level) | Self::Second(level) | Self::First(level, _) => *level,
        }
    }
}

/// The way to the first of the levels that can be reached.
fn course(
    levels: &[Level],
    factors: &Factors,
    proved: &Methods,
    preferred: Option<ChallengeNameType>,
) -> Option<Course> {
    levels.iter().find_map(|level| {
        if proved.level() >= Some(*level) {
            return Some(Course::Reached(*level));
        }
        let first = factors.first_to(*level, proved);
        let by_choice = preferred.is_some_and(|preferred| first.contains(&preferred));
        if !by_choice && !factors.second_to(*level, proved).is_empty() {
            return Some(Course::Second(*level));
        }
        (!first.is_empty()).then_some(Course::First(*level, first))
    })
}

/// A level that can be reached, by whom, and by what.
struct Plan {
    who: Who,
    /// As far as it counts, what was proved before; and the level.
    progress: Progress,
    course: Course,
}

async fn plan(
    visit: Visit<'_>,
    mut who: Who,
    wish: Wish,
    preferred: Option<ChallengeNameType>,
) -> Result<Plan> {
    let Wish { levels, before } = wish;
    let (mut proved, is_all) = counting(visit, &who, before.as_ref()).await?;
    let factors = factors(visit, &who, &proved).await?;
    let mut found = course(&levels, &factors, &proved, preferred);
    if let Some(Course::Reached(level)) = found {
        found = if !is_all {
            // Documented: the second factor that is demanded in any case is asked for without a
            // word.
            Some(Course::Second(level))
        } else if before.as_ref().is_some_and(|before| before.is_stale) {
            // (unsure) Nothing is missing, but nobody gets tokens for nothing: all is asked for
            // again.
            proved = Methods::default();
            course(&levels, &factors, &proved, preferred)
        } else {
            found
        };
    }
    if found.is_none() && before.is_none() && visit.client.hides_unknown_users() {
        // As in every sign-in: where the client hides it, a user who cannot sign in this way seems
        // to be nobody, if nobody would be asked.
        who = Who::unknown(visit, visit.username()?);
        let first = choice::available(visit, &who).await?;
        let second = Vec::new();
        let factors = Factors { first, second };
        found = course(&levels, &factors, &proved, preferred);
    }
    let course = found.ok_or(Error::LevelNotReachable)?;
    let mut progress = Progress::of(visit);
    if let Some(before) = before.filter(|_| !proved.is_empty())
        && progress.device_key.is_none()
    {
        progress.device_key = before.device_key;
    }
    progress.methods = proved;
    progress.target = Some(course.level());
    Ok(Plan {
        who,
        progress,
        course,
    })
}

/// Where a sign-in begins that is to reach a level.
pub(super) async fn begin(
    visit: Visit<'_>,
    who: Who,
    wish: Wish,
    preferred: Option<ChallengeNameType>,
) -> Result<Way> {
    let Plan {
        who,
        progress,
        course,
    } = plan(visit, who, wish, preferred).await?;
    match course {
        Course::Reached(_) => Err(Error::LevelReached),
        Course::First(_, available) => Ok(Way::First {
            who,
            available,
            progress,
        }),
        Course::Second(_) => {
            before_first_factor(visit, &who).await?;
            let Who::Known(user) = who else {
                return Err(Error::LevelNotReachable);
            };
            next::resume(visit, *user, progress).await.map(Way::Second)
        }
    }
}

/// Somebody who is signed in at a browser, and the levels of which a client wants one.
pub struct Elevation<'a> {
    pub ctx: &'a Ctx,
    pub pool: &'a Pool,
    pub client: &'a Client,
    pub session: &'a BrowserSession,
    pub levels: &'a [Level],
}

impl Elevation<'_> {
    /// Whether the session is as much as is wanted. Refused where the user cannot reach any of the
    /// levels.
    pub async fn is_needless(&self) -> Result<bool> {
        let given = Parameters::default();
        let (visit, who) = self.visit(&given).await?;
        let plan = plan(visit, who, self.wish(), None).await?;
        Ok(matches!(plan.course, Course::Reached(_)))
    }

    /// Asks for what is missing.
    pub async fn begin(&self) -> Result<Outcome> {
        let given = Parameters::default();
        let (visit, who) = self.visit(&given).await?;
        let way = begin(visit, who, self.wish(), None).await?;
        choice::enter(visit, way, None).await
    }

    async fn visit<'v>(&'v self, given: &'v Parameters) -> Result<(Visit<'v>, Who)> {
        let visit = Visit {
            ctx: self.ctx,
            pool: self.pool,
            client: self.client,
            entrance: Entrance::Pages,
            given,
        };
        let mut read = self.ctx.store().read().await?;
        let (pool, sub) = (&self.pool.id, &self.session.sub);
        let user = read.users().find_by_sub(pool, sub).await?;
        let user = user.ok_or(Error::SessionInvalid)?;
        Ok((visit, Who::Known(Box::new(user))))
    }

    fn wish(&self) -> Wish {
        Wish {
            levels: self.levels.to_vec(),
            before: Some(Before {
                sub: self.session.sub.clone(),
                methods: self.session.methods.clone(),
                device_key: self.session.device_key.clone(),
                is_stale: false,
            }),
        }
    }
}

/// What counts of what was proved before, and whether it is all that the pool demands in any case.
/// A user who must choose a new password begins with the old one, and one factor is none where two
/// are demanded by now, but for a password, which a second one may follow.
async fn counting(visit: Visit<'_>, who: &Who, before: Option<&Before>) -> Result<(Methods, bool)> {
    let Visit { ctx, pool, .. } = visit;
    let nothing = (Methods::default(), true);
    let (Some(before), Who::Known(user)) = (before, who) else {
        return Ok(nothing);
    };
    if user.status != UserStatusType::Confirmed {
        return Ok(nothing);
    }
    let methods = before.methods.clone();
    if second_factors::demand(ctx, pool, user).await? == Demand::Nothing {
        return Ok((methods, true));
    }
    let passkey = methods.has(Method::SoftwareKey) || methods.has(Method::HardwareKey);
    let counts_twice = passkey && user.mfa.web_authn && pool.counts_passkeys_twice();
    let is_all = methods.as_slice().len() > 1 || counts_twice;
    if methods.has(Method::Password) || is_all {
        Ok((methods, is_all))
    } else {
        Ok(nothing)
    }
}

/// What the user has to prove themselves with. Beside what was proved already only verified
/// addresses are of use: whoever has a user's token can give them another one.
pub(super) async fn factors(visit: Visit<'_>, who: &Who, proved: &Methods) -> Result<Factors> {
    let Visit { ctx, pool, .. } = visit;
    let mut first = choice::available(visit, who).await?;
    if let (Who::Known(user), false) = (who, proved.is_empty()) {
        first.retain(|challenge| match challenge {
            ChallengeNameType::EmailOtp => mfa::is_verified(user, MfaFactor::Email),
            ChallengeNameType::SmsOtp => mfa::is_verified(user, MfaFactor::Sms),
            _ => true,
        });
    }
    let second = match who {
        Who::Known(user) => second_factors::held(ctx, pool, user).await?,
        // (unsure) Some of those who do not exist seem to have second factors: who is asked for a
        // password on the way to a high level need not exist.
        Who::Unknown { typed, .. }
            if users::simulated_bytes(ctx, pool, typed)[14].is_multiple_of(2) =>
        {
            mfa::in_use(pool)
        }
        Who::Unknown { .. } => Vec::new(),
    };
    Ok(Factors { first, second })
}
