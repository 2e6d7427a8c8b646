//! What follows what: the one place that decides which step comes after what a step came to.
//!
//! The order is Cognito's: a temporary password is replaced, then a remembered device shows itself,
//! then comes the second factor, then the end. Not here: how a factor is asked for and checked (the
//! files beside this one).

use super::challenges::NextChallenge;
use super::completion::{self, Completed};
use super::request::SignInRequest;
use super::session::{DeviceState, FirstProof, Progress, RiskState};
use super::turn::{Turn, Verified};
use super::{device, mfa, new_password, record, set_up};
use crate::domain::authentication_levels::Level;
use crate::domain::mfa::Demand;
use crate::domain::risk::{Assessment, Response};
use crate::domain::step_up::Factors;
use crate::error::{Error, Result};
use crate::flows::{devices, risk, second_factors};
use crate::store::{Device, Method, MfaFactor, User};
use crate::wire::user_pools::{EventResponseType, UserStatusType};

/// What one request of a sign-in came to.
pub enum SignInOutcome {
    /// The user has signed in.
    Completed(Box<Completed>),
    /// The client has to answer first.
    Asked(NextChallenge),
}

/// What comes next.
enum NextStep {
    Ask(Ask),
    Done,
}

/// What is asked for next.
enum Ask {
    NewPassword,
    Device(Box<Device>),
    Mfa(MfaFactor),
    ChooseMfa(Vec<MfaFactor>),
    SetUpMfa(Vec<MfaFactor>),
}

/// Goes on from what a step came to.
pub(super) async fn follow(request: SignInRequest<'_>, turn: Turn) -> Result<SignInOutcome> {
    match turn {
        Turn::Proved(verified) => proceed(request, verified).await,
        Turn::Resumed { user, progress } => resume(request, &user, progress)
            .await
            .map(SignInOutcome::Asked),
        Turn::Asked(challenge) => Ok(SignInOutcome::Asked(challenge)),
    }
}

/// Goes on from what was proved at another time. Of that alone nothing comes but the question for a
/// second factor.
async fn resume(
    request: SignInRequest<'_>,
    user: &User,
    progress: Progress,
) -> Result<NextChallenge> {
    let progress = progress.with_first(FirstProof::Earlier);
    match next(request, user, &progress).await? {
        NextStep::Ask(question @ (Ask::Mfa(_) | Ask::ChooseMfa(_))) => {
            ask(request, question, user, progress).await
        }
        _ => Err(Error::LevelNotReachable),
    }
}

/// The entrance of whoever develops (`http::mocknito::strip`): the question for a user's second
/// factor, without a first one. None where the user needs no second one.
pub async fn second_factor_of(
    request: SignInRequest<'_>,
    user: &User,
) -> Result<Option<NextChallenge>> {
    let progress = Progress::of(request).with_first(FirstProof::Said);
    match next(request, user, &progress).await? {
        NextStep::Ask(question @ (Ask::Mfa(_) | Ask::ChooseMfa(_) | Ask::SetUpMfa(_))) => {
            check(request, &question, user)?;
            ask(request, question, user, progress).await.map(Some)
        }
        NextStep::Ask(_) => Err(Error::SessionInvalid),
        NextStep::Done => Ok(None),
    }
}

/// Takes the user to the next step, or to the end.
async fn proceed(request: SignInRequest<'_>, mut verified: Verified) -> Result<SignInOutcome> {
    let judged = judge(request, &mut verified).await?;
    let step = next(request, &verified.user, &verified.progress).await?;
    report(request, &mut verified, &step, judged).await?;
    let question = match step {
        NextStep::Ask(question) => question,
        NextStep::Done => {
            let completed = completion::complete(request, verified).await?;
            return Ok(SignInOutcome::Completed(Box::new(completed)));
        }
    };
    check(request, &question, &verified.user)?;
    verified.spend(request).await?;
    let Verified { user, progress, .. } = verified;
    ask(request, question, &user, progress)
        .await
        .map(SignInOutcome::Asked)
}

/// Judges the sign-in once, when the password was right: what threat protection is about.
/// (unsure) That of the pool's own challenges has a setting of its own.
async fn judge(request: SignInRequest<'_>, verified: &mut Verified) -> Result<Option<Assessment>> {
    let SignInRequest {
        ctx, pool, client, ..
    } = request;
    let progress = &mut verified.progress;
    let by_password = progress.first_proof()? == FirstProof::Password;
    if progress.risk != RiskState::NotJudged || !by_password {
        return Ok(None);
    }
    let judged = risk::assess(ctx, pool, client, &verified.user).await?;
    progress.risk = match &judged {
        Some(judged) if judged.response == Response::Mfa => RiskState::NeedsMfa,
        _ => RiskState::Judged,
    };
    Ok(judged)
}

/// Writes down that a factor was right, tells the user where the pool says so, and stops a sign-in
/// that is too risky.
async fn report(
    request: SignInRequest<'_>,
    verified: &mut Verified,
    step: &NextStep,
    judged: Option<Assessment>,
) -> Result<()> {
    let SignInRequest {
        ctx, pool, client, ..
    } = request;
    let blocked = judged
        .as_ref()
        .is_some_and(|judged| judged.response == Response::Block);
    let response = match step {
        _ if blocked => EventResponseType::Fail,
        NextStep::Done => EventResponseType::Pass,
        _ => EventResponseType::InProgress,
    };
    let (user, challenge, found) = (&verified.user, verified.challenge, verified.found);
    let progress = &mut verified.progress;
    record::success(
        request,
        user,
        challenge,
        progress,
        response,
        judged.as_ref(),
        found,
    )
    .await?;
    if let (Some(judged), Some(event)) = (&judged, &progress.event) {
        risk::notify(ctx, pool, client, user, event, judged).await?;
    }
    if blocked {
        verified.spend(request).await?;
        return Err(Error::RiskBlocked);
    }
    Ok(())
}

/// Refuses what the user cannot be asked for, before what led here is used up.
fn check(request: SignInRequest<'_>, question: &Ask, user: &User) -> Result<()> {
    match question {
        Ask::NewPassword => new_password::check_not_expired(request, user),
        Ask::Mfa(factor) => mfa::check_reachable(user, *factor),
        _ => Ok(()),
    }
}

async fn ask(
    request: SignInRequest<'_>,
    question: Ask,
    user: &User,
    progress: Progress,
) -> Result<NextChallenge> {
    match question {
        Ask::NewPassword => new_password::ask(request, user, progress),
        Ask::Device(device) => device::ask(request, user, progress, &device).await,
        Ask::Mfa(factor) => mfa::ask(request, user, progress, factor).await,
        Ask::ChooseMfa(factors) => mfa::ask_which(request, user, progress, factors),
        Ask::SetUpMfa(factors) => set_up::ask(request, user, progress, factors),
    }
}

async fn next(request: SignInRequest<'_>, user: &User, progress: &Progress) -> Result<NextStep> {
    let SignInRequest { ctx, pool, .. } = request;
    let first = progress.first_proof()?;
    if user.status != UserStatusType::Confirmed && first == FirstProof::Earlier {
        return Err(Error::SessionInvalid);
    }
    // (unsure) Captured: such a user is shown to the functions of CUSTOM_AUTH, which need no
    // password.
    if user.status == UserStatusType::ForceChangePassword && first != FirstProof::Custom {
        return Ok(NextStep::Ask(Ask::NewPassword));
    }
    // (unsure) After a factor without a password the documentation knows no device challenge.
    if matches!(first, FirstProof::Password | FirstProof::Custom)
        && let DeviceState::Named { key } = &progress.device
    {
        let device = devices::find(ctx, pool, user, key).await?;
        let device = device.ok_or(Error::DeviceNotFound)?;
        if device.remembered && !progress.has_second() {
            return Ok(NextStep::Ask(Ask::Device(Box::new(device))));
        }
    }
    if let Some(level) = progress
        .target
        .filter(|level| progress.methods.level() < Some(*level))
    {
        return toward(request, user, progress, level)
            .await
            .map(NextStep::Ask);
    }
    if is_enough(first, progress) {
        return Ok(NextStep::Done);
    }
    Ok(match second_factors::demand(ctx, pool, user).await? {
        Demand::Nothing if progress.risk == RiskState::NeedsMfa => {
            let mut possible = second_factors::possible(ctx, pool, user).await?;
            NextStep::Ask(match possible.len() {
                // There was one when it was judged.
                0 => return Err(Error::RiskBlocked),
                1 => Ask::Mfa(possible.remove(0)),
                _ => Ask::ChooseMfa(possible),
            })
        }
        Demand::Nothing => NextStep::Done,
        Demand::Ask(factor) => NextStep::Ask(Ask::Mfa(factor)),
        Demand::Choose(factors) => NextStep::Ask(Ask::ChooseMfa(factors)),
        Demand::SetUp(factors) => NextStep::Ask(Ask::SetUpMfa(factors)),
    })
}

/// Whether no second factor is asked for, whatever the pool demands.
fn is_enough(first: FirstProof, progress: &Progress) -> bool {
    let device_is_enough = matches!(
        progress.device,
        DeviceState::Proved {
            replaces_mfa: true,
            ..
        }
    );
    let methods = &progress.methods;
    let was_enough = !methods.has(Method::Password) || methods.as_slice().len() > 1;
    progress.has_second()
        || device_is_enough
        || match first {
            FirstProof::Code(_) | FirstProof::Passkey(_) | FirstProof::Custom => true,
            FirstProof::Earlier => was_enough,
            FirstProof::Password | FirstProof::SignUp | FirstProof::Said => false,
        }
}

/// What is missing to reach the level.
async fn toward(
    request: SignInRequest<'_>,
    user: &User,
    progress: &Progress,
    level: Level,
) -> Result<Ask> {
    let factors = Factors {
        first: Vec::new(),
        second: second_factors::held(request.ctx, request.pool, user).await?,
    };
    let leading = factors.second_to(level, &progress.methods);
    match (leading.as_slice(), user.mfa.preferred) {
        (_, Some(preferred)) if leading.contains(&preferred) => Ok(Ask::Mfa(preferred)),
        ([only], _) => Ok(Ask::Mfa(*only)),
        ([_, ..], _) => Ok(Ask::ChooseMfa(leading)),
        // The user has lost a factor since the sign-in began.
        ([], _) => Err(Error::LevelNotReachable),
    }
}
