//! A level to be reached (TARGET_ACR_VALUES, `acr_values`): by a whole sign-in, or from what was
//! proved before, as an access token or a browser's session has it.
//!
//! The first level of the list counts that the user can reach at all. From a token only the factors
//! are asked for that are missing, and nothing comes of a token alone: one that has the level
//! already is refused, so that nobody uses it as a refresh token. Not here: which factors lead
//! where (`domain::step_up`), what follows each (`steps`).

use super::attempt::ChoiceAttempt;
use super::first_factor::pre_authentication;
use super::offers::{self, Offer};
use super::request::SignInRequest;
use super::session::{DeviceState, Progress};
use super::subject::Subject;
use crate::domain::authentication_levels::Level;
use crate::domain::first_factors::FirstFactor;
use crate::domain::mfa::Demand;
use crate::domain::step_up::Factors;
use crate::error::{Error, Result};
use crate::flows::{access_token, second_factors};
use crate::store::{Method, Methods, User};
use crate::wire::user_pools::UserStatusType;

/// The levels of which one is wanted.
pub(super) struct WantedLevels {
    /// In the client's order.
    pub levels: Vec<Level>,
    pub earlier: Option<EarlierProof>,
}

/// What was proved before.
pub(super) struct EarlierProof {
    pub sub: String,
    pub methods: Methods,
    pub device_key: Option<String>,
    /// The token tells a level that the pool does not call so any more: that counts for none, but
    /// the factors do (documented).
    pub is_stale: bool,
}

/// Which levels a request wants. A token must be one that the API's operations would take, of this
/// very client.
pub(super) async fn wanted(
    request: SignInRequest<'_>,
    attempt: &ChoiceAttempt,
) -> Result<Option<WantedLevels>> {
    let max_age = match &attempt.max_age {
        Some(text) => Some(text.parse::<u32>().map_err(|_| Error::MaxAgeMalformed)?),
        None => None,
    };
    let Some(levels) = &attempt.levels else {
        return match &attempt.access_token {
            Some(_) => Err(Error::AccessTokenWithoutLevel),
            None => Ok(None),
        };
    };
    if levels.is_empty() {
        return Err(Error::LevelsUnknown);
    }
    let earlier = match &attempt.access_token {
        Some(token) => Some(earlier_proof(request, token, max_age).await?),
        None => None,
    };
    Ok(Some(WantedLevels {
        levels: levels.clone(),
        earlier,
    }))
}

async fn earlier_proof(
    request: SignInRequest<'_>,
    token: &str,
    max_age: Option<u32>,
) -> Result<EarlierProof> {
    let SignInRequest {
        ctx, pool, client, ..
    } = request;
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
        // A token without an origin can only be taken at its word.
        None => Methods::named(claims.amr.iter().map(String::as_str)),
    };
    let age = ctx.now.seconds() - claims.auth_time;
    let is_old = max_age.is_some_and(|most| age > i64::from(most));
    Ok(EarlierProof {
        sub: caller.user.sub,
        methods: if is_old { Methods::default() } else { kept },
        device_key: claims.device_key,
        is_stale: claims
            .acr
            .is_some_and(|name| pool.level_named(&name).is_none()),
    })
}

impl WantedLevels {
    /// Refuses a token of somebody else than the user who is named.
    pub fn check_user(&self, named: Option<&User>) -> Result<()> {
        let Some(earlier) = &self.earlier else {
            return Ok(());
        };
        match named {
            Some(user) if user.sub == earlier.sub => Ok(()),
            _ => Err(Error::AccessTokenInvalid),
        }
    }
}

/// How a level is reached.
pub(super) enum Route {
    AlreadyReached(Level),
    /// By a second factor, at once.
    SecondFactor(Level),
    /// By one of these first factors.
    FirstFactor(Level, Vec<FirstFactor>),
}

impl Route {
    fn level(&self) -> Level {
        match self {
            Self::AlreadyReached(level)
            | Self::SecondFactor(level)
            | Self::FirstFactor(level, _) => *level,
        }
    }
}

/// The route to the first of the levels that can be reached.
fn route(
    levels: &[Level],
    factors: &Factors,
    proved: &Methods,
    preferred: Option<FirstFactor>,
) -> Option<Route> {
    levels.iter().find_map(|level| {
        if proved.level() >= Some(*level) {
            return Some(Route::AlreadyReached(*level));
        }
        let first = factors.first_to(*level, proved);
        let by_choice = preferred.is_some_and(|preferred| first.contains(&preferred));
        if !by_choice && !factors.second_to(*level, proved).is_empty() {
            return Some(Route::SecondFactor(*level));
        }
        (!first.is_empty()).then_some(Route::FirstFactor(*level, first))
    })
}

/// A level that can be reached, by whom, and how.
pub(super) struct StepUp {
    subject: Subject,
    /// As far as it counts, what was proved before; and the level.
    progress: Progress,
    pub route: Route,
}

/// How this subject reaches one of the levels. Refused where none can be reached.
pub(super) async fn plan(
    request: SignInRequest<'_>,
    mut subject: Subject,
    wanted: WantedLevels,
    preferred: Option<FirstFactor>,
) -> Result<StepUp> {
    let WantedLevels { levels, earlier } = wanted;
    let Counted {
        methods: mut proved,
        is_all,
    } = counted(request, &subject, earlier.as_ref()).await?;
    let factors = offers::factors(request, &subject, &proved).await?;
    let mut found = route(&levels, &factors, &proved, preferred);
    if let Some(Route::AlreadyReached(level)) = found {
        found = if !is_all {
            // Documented: the second factor that is demanded in any case is asked for without a
            // word.
            Some(Route::SecondFactor(level))
        } else if earlier.as_ref().is_some_and(|earlier| earlier.is_stale) {
            // (unsure) Nothing is missing, but nobody gets tokens for nothing: all is asked for
            // again.
            proved = Methods::default();
            route(&levels, &factors, &proved, preferred)
        } else {
            found
        };
    }
    if found.is_none() && earlier.is_none() && request.client.hides_unknown_users() {
        // As in every sign-in: where the client hides it, a user who cannot sign in this way seems
        // not to exist, if somebody who does not would be asked.
        subject = Subject::unknown(request, request.username()?);
        let factors = Factors {
            first: offers::available(request, &subject).await?,
            second: Vec::new(),
        };
        found = route(&levels, &factors, &proved, preferred);
    }
    let route = found.ok_or(Error::LevelNotReachable)?;
    let mut progress = Progress::of(request);
    if let Some(key) = earlier.and_then(|earlier| earlier.device_key)
        && !proved.is_empty()
        && progress.device == DeviceState::Unnamed
    {
        progress.device = DeviceState::Named { key };
    }
    progress.methods = proved;
    progress.target = Some(route.level());
    Ok(StepUp {
        subject,
        progress,
        route,
    })
}

/// Where a sign-in by choice begins.
pub(super) enum FirstStep {
    /// With one of these first factors.
    FirstFactor(Offer),
    /// With a second one, beside what was proved before.
    SecondFactor { user: Box<User>, progress: Progress },
}

/// Where a sign-in begins that is to reach a level.
pub(super) async fn begin(
    request: SignInRequest<'_>,
    subject: Subject,
    wanted: WantedLevels,
    preferred: Option<FirstFactor>,
) -> Result<FirstStep> {
    let StepUp {
        subject,
        progress,
        route,
    } = plan(request, subject, wanted, preferred).await?;
    match route {
        Route::AlreadyReached(_) => Err(Error::LevelReached),
        Route::FirstFactor(_, available) => Ok(FirstStep::FirstFactor(Offer {
            subject,
            available,
            progress,
        })),
        Route::SecondFactor(_) => {
            pre_authentication(request, &subject).await?;
            match subject {
                Subject::Known(user) => Ok(FirstStep::SecondFactor { user, progress }),
                Subject::Unknown { .. } => Err(Error::LevelNotReachable),
            }
        }
    }
}

/// What counts of what was proved before.
struct Counted {
    methods: Methods,
    /// Whether it is all that the pool demands in any case.
    is_all: bool,
}

/// A user who must choose a new password begins with the old one. Where two factors are demanded by
/// now, one alone counts for nothing, unless it is a password, which a second one may follow.
async fn counted(
    request: SignInRequest<'_>,
    subject: &Subject,
    earlier: Option<&EarlierProof>,
) -> Result<Counted> {
    let SignInRequest { ctx, pool, .. } = request;
    let nothing = Counted {
        methods: Methods::default(),
        is_all: true,
    };
    let (Some(earlier), Subject::Known(user)) = (earlier, subject) else {
        return Ok(nothing);
    };
    let methods = earlier.methods.clone();
    if user.status == UserStatusType::ExternalProvider {
        // The pool asks them for nothing: what counts is the provider's word.
        let is_all = true;
        return Ok(Counted { methods, is_all });
    }
    if user.status != UserStatusType::Confirmed {
        return Ok(nothing);
    }
    if second_factors::demand(ctx, pool, user).await? == Demand::Nothing {
        let is_all = true;
        return Ok(Counted { methods, is_all });
    }
    let passkey = methods.has(Method::SoftwareKey) || methods.has(Method::HardwareKey);
    let counts_twice = passkey && user.mfa.web_authn && pool.counts_passkeys_twice();
    let is_all = methods.amr().len() > 1 || counts_twice;
    if methods.has(Method::Password) || is_all {
        Ok(Counted { methods, is_all })
    } else {
        Ok(nothing)
    }
}
