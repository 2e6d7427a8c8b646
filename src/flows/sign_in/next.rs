//! What follows what: the one place that decides which step comes after a factor that was right,
//! and the end.
//!
//! The order is Cognito's: a temporary password is replaced, then a remembered device shows itself,
//! then comes the second factor, then the end. Not here: how a factor is asked for and checked (the
//! files beside this one).

use super::session::{DeviceProof, First, Progress};
use super::{Authenticated, Entrance, Outcome, Visit, device, mfa, new_password, record, set_up};
use crate::domain::authentication_levels::Level;
use crate::domain::mfa::Demand;
use crate::domain::risk::{Assessment, Response};
use crate::domain::step_up::Factors;
use crate::error::{Error, Result};
use crate::flows::challenge::OneTime;
use crate::flows::issue_tokens::{self, Door};
use crate::flows::triggers::{self, TokenSource};
use crate::flows::{access_token, devices, risk, second_factors};
use crate::store::{Device, Group, Method, MfaFactor, User};
use crate::wire::user_pools::{ChallengeName, EventResponseType, UserStatusType};

/// A user who has come this far, with what was right just now.
pub(super) struct Reached {
    pub user: User,
    /// Where somebody has looked them up already.
    pub groups: Option<Vec<Group>>,
    pub progress: Progress,
    pub proved: ChallengeName,
    /// What led here and may lead here only once: to be spent with the next thing that is written.
    /// None where that has happened.
    pub used: Option<OneTime>,
}

impl Reached {
    /// A first factor was right.
    pub fn first(user: User, first: First, mut progress: Progress, used: Option<OneTime>) -> Self {
        progress.first = Some(first);
        if let Some(method) = first.method() {
            progress.methods.add(method);
        }
        Self {
            user,
            groups: None,
            progress,
            proved: ChallengeName::Password,
            used,
        }
    }

    /// The second factor was right: this one.
    pub fn second(
        user: User,
        method: Method,
        mut progress: Progress,
        used: Option<OneTime>,
    ) -> Self {
        progress.second = true;
        progress.methods.add(method);
        Self {
            user,
            groups: None,
            progress,
            proved: ChallengeName::Mfa,
            used,
        }
    }

    /// Ends what led here, when nothing else is written. Of two racing answers one gets through.
    pub async fn spend(&mut self, visit: Visit<'_>) -> Result<()> {
        match self.used.take() {
            Some(used) => used.spend_alone(visit.ctx).await,
            None => Ok(()),
        }
    }
}

/// What comes next.
enum Step {
    NewPassword,
    Device(Box<Device>),
    Mfa(MfaFactor),
    ChooseMfa(Vec<MfaFactor>),
    SetUpMfa(Vec<MfaFactor>),
    Done,
}

/// Goes on from what was proved at another time. Of that alone nothing comes but the question for a
/// second factor.
pub(super) async fn resume(visit: Visit<'_>, user: User, progress: Progress) -> Result<Outcome> {
    let reached = Reached::first(user, First::Before, progress, None);
    let step = next(visit, &reached.user, &reached.progress).await?;
    match step {
        Step::Mfa(factor) => mfa::ask(visit, reached, factor).await,
        Step::ChooseMfa(factors) => mfa::ask_which(visit, reached, factors).await,
        _ => Err(Error::LevelNotReachable),
    }
}

/// Takes the user to the next step, or to the end.
pub(super) async fn proceed(visit: Visit<'_>, mut reached: Reached) -> Result<Outcome> {
    let judged = judge(visit, &mut reached).await?;
    let step = next(visit, &reached.user, &reached.progress).await?;
    let blocked = judged
        .as_ref()
        .is_some_and(|judged| judged.response == Response::Block);
    let response = match step {
        _ if blocked => EventResponseType::Fail,
        Step::Done => EventResponseType::Pass,
        _ => EventResponseType::InProgress,
    };
    let (user, progress) = (&reached.user, &mut reached.progress);
    let seen = (response, judged.as_ref());
    record::success(visit, user, reached.proved, progress, seen).await?;
    let email = judged.and_then(|judged| judged.email);
    if let (Some(email), Some(event)) = (email, &reached.progress.event) {
        let Visit {
            ctx, pool, client, ..
        } = visit;
        risk::notify(ctx, pool, client, &reached.user, event, &email).await?;
    }
    if blocked {
        reached.spend(visit).await?;
        return Err(Error::RiskBlocked);
    }
    match step {
        Step::NewPassword => new_password::ask(visit, reached).await,
        Step::Device(device) => device::ask(visit, reached, &device).await,
        Step::Mfa(factor) => mfa::ask(visit, reached, factor).await,
        Step::ChooseMfa(factors) => mfa::ask_which(visit, reached, factors).await,
        Step::SetUpMfa(factors) => set_up::ask(visit, reached, &factors).await,
        Step::Done => finish(visit, reached).await,
    }
}

/// Judges the sign-in once, when the password was right: what threat protection is about.
/// (unsure) That of the pool's own challenges has a setting of its own.
async fn judge(visit: Visit<'_>, reached: &mut Reached) -> Result<Option<Assessment>> {
    let progress = &mut reached.progress;
    if progress.judged || progress.first != Some(First::Password) {
        return Ok(None);
    }
    progress.judged = true;
    let judged = risk::assess(visit.ctx, visit.pool, visit.client, &reached.user).await?;
    progress.at_risk = judged
        .as_ref()
        .is_some_and(|judged| judged.response == Response::Mfa);
    Ok(judged)
}

async fn next(visit: Visit<'_>, user: &User, progress: &Progress) -> Result<Step> {
    let Visit { ctx, pool, .. } = visit;
    let Some(first) = progress.first else {
        return Err(Error::SessionInvalid);
    };
    if user.status != UserStatusType::Confirmed && first == First::Before {
        return Err(Error::SessionInvalid);
    }
    // (unsure) Captured: such a user is shown to the functions of CUSTOM_AUTH, which need no
    // password.
    if user.status == UserStatusType::ForceChangePassword && first != First::Custom {
        return Ok(Step::NewPassword);
    }
    // (unsure) After a factor without a password the documentation knows no device challenge.
    if matches!(first, First::Password | First::Custom)
        && progress.device.is_none()
        && let Some(key) = &progress.device_key
    {
        let device = devices::find(ctx, pool, user, key).await?;
        let device = device.ok_or(Error::DeviceNotFound)?;
        if device.remembered && !progress.second {
            return Ok(Step::Device(Box::new(device)));
        }
    }
    if let Some(level) = progress
        .target
        .filter(|level| progress.methods.level() < Some(*level))
    {
        return toward(visit, user, progress, level).await;
    }
    let was_enough =
        || !progress.methods.has(Method::Password) || progress.methods.as_slice().len() > 1;
    let is_enough = progress.second
        || progress.device == Some(DeviceProof::ReplacesMfa)
        || matches!(first, First::Code(_) | First::Passkey(_) | First::Custom)
        || (first == First::Before && was_enough());
    if is_enough {
        return Ok(Step::Done);
    }
    Ok(match second_factors::demand(ctx, pool, user).await? {
        Demand::Nothing if progress.at_risk => {
            let mut possible = second_factors::possible(ctx, pool, user).await?;
            match possible.len() {
                // There was one when it was judged.
                0 => return Err(Error::RiskBlocked),
                1 => Step::Mfa(possible.remove(0)),
                _ => Step::ChooseMfa(possible),
            }
        }
        Demand::Nothing => Step::Done,
        Demand::Ask(factor) => Step::Mfa(factor),
        Demand::Choose(factors) => Step::ChooseMfa(factors),
        Demand::SetUp(factors) => Step::SetUpMfa(factors),
    })
}

/// What is missing to reach the level.
async fn toward(visit: Visit<'_>, user: &User, progress: &Progress, level: Level) -> Result<Step> {
    let factors = Factors {
        first: Vec::new(),
        second: second_factors::held(visit.ctx, visit.pool, user).await?,
    };
    let leading = factors.second_to(level, &progress.methods);
    match (leading.as_slice(), user.mfa.preferred) {
        (_, Some(preferred)) if leading.contains(&preferred) => Ok(Step::Mfa(preferred)),
        ([only], _) => Ok(Step::Mfa(*only)),
        ([_, ..], _) => Ok(Step::ChooseMfa(leading)),
        // Only what the user has lost since.
        ([], _) => Err(Error::LevelNotReachable),
    }
}

/// The end: tokens at the API, the user at the pages.
async fn finish(visit: Visit<'_>, mut reached: Reached) -> Result<Outcome> {
    let Visit {
        ctx, pool, client, ..
    } = visit;
    let device_key = own_device(visit, &reached).await?;
    let is_new = device_key.is_none() && pool.settings.device_configuration.is_some();
    triggers::post_authentication(ctx, pool, client, &reached.user, is_new).await?;
    if visit.entrance == Entrance::Pages {
        reached.spend(visit).await?;
        return Ok(Outcome::Authenticated(Authenticated {
            sub: reached.user.sub,
            auth_time: ctx.now,
            device_key,
            methods: reached.progress.methods,
        }));
    }
    let user = &reached.user;
    let new_device = match device_key {
        Some(_) => None,
        None => devices::new_device(ctx, pool, user),
    };
    let mut family = issue_tokens::new_family(ctx, client, user, access_token::ADMIN_SCOPE);
    family.device_key =
        device_key.or_else(|| new_device.as_ref().and_then(|new| new.device_key.clone()));
    family.acr = pool.told_level(&reached.progress.methods, reached.progress.target.is_some());
    family.methods = reached.progress.methods;
    match reached.used {
        None => {
            let write = ctx.store().write_once().await;
            write.insert_family(&family).await?;
        }
        Some(used) => used.spend_for_tokens(ctx, &family).await?,
    }
    let groups = reached.groups;
    let source = match reached.progress.device {
        Some(_) => TokenSource::AuthenticateDevice,
        None => reached.progress.source,
    };
    let why = (Door::Api, source);
    let tokens = issue_tokens::sign_for(ctx, pool, client, (user, groups), &family, why).await?;
    let refresh_token = issue_tokens::refresh_token(ctx, &family)?;
    let mut result = issue_tokens::result(tokens, Some(refresh_token));
    result.new_device_metadata = new_device;
    Ok(Outcome::Tokens(result))
}

/// The device that the user signs in on, if it is one of theirs.
async fn own_device(visit: Visit<'_>, reached: &Reached) -> Result<Option<String>> {
    let Some(key) = &reached.progress.device_key else {
        return Ok(None);
    };
    let device = devices::find(visit.ctx, visit.pool, &reached.user, key).await?;
    Ok(device.map(|device| device.key))
}
