//! What a sign-in may offer: the first factors that a user has, and of those the ones that lead to
//! the level that is to be reached.
//!
//! A subject who does not exist is offered what a user of the pool could have, always the same for
//! the name. Not here: the rules (`domain::first_factors`, `domain::step_up`).

use super::request::SignInRequest;
use super::session::Progress;
use super::subject::Subject;
use crate::domain::first_factors::{self, FirstFactor, HeldFactors};
use crate::domain::mfa::{self, Demand};
use crate::domain::step_up::Factors;
use crate::error::{Error, Result};
use crate::flows::{passkeys, second_factors, users};
use crate::store::{Methods, MfaFactor, User};
use crate::wire::user_pools::{UserPoolMfaType, UserStatusType};

/// First factors of which the subject may use any.
pub(super) struct Offer {
    pub subject: Subject,
    pub available: Vec<FirstFactor>,
    pub progress: Progress,
}

/// The first factors that the subject has.
pub(super) async fn available(
    request: SignInRequest<'_>,
    subject: &Subject,
) -> Result<Vec<FirstFactor>> {
    match subject {
        Subject::Known(user) => available_to(request, user).await,
        Subject::Unknown { typed, sub, .. } => available_to_unknown(request, typed, sub).await,
    }
}

async fn available_to(request: SignInRequest<'_>, user: &User) -> Result<Vec<FirstFactor>> {
    let SignInRequest { ctx, pool, .. } = request;
    // A code would be sent before anything was right: not to those who are switched off, or belong
    // to another provider.
    if !user.enabled || user.status == UserStatusType::ExternalProvider {
        return Ok(Vec::new());
    }
    let held = HeldFactors::by(user, passkeys::has_passkey(ctx, pool, &user.sub).await?);
    let demand = second_factors::demand(ctx, pool, user).await?;
    let passkey_mfa = user.mfa.web_authn;
    let (status, demand) = (user.status, &demand);
    Ok(first_factors::available(
        pool,
        held,
        status,
        demand,
        passkey_mfa,
    ))
}

/// What somebody who does not exist seems to have, after the questions to the store that a user's
/// factors take. What those find is not shown: a user who is hidden may be named by their own
/// `sub`.
async fn available_to_unknown(
    request: SignInRequest<'_>,
    typed: &str,
    sub: &str,
) -> Result<Vec<FirstFactor>> {
    let SignInRequest { ctx, pool, .. } = request;
    passkeys::has_passkey(ctx, pool, sub).await?;
    second_factors::has_token(ctx, pool, sub).await?;
    let noise = users::simulated_bytes(ctx, pool, typed);
    let held = HeldFactors {
        password: true,
        email: true,
        phone_number: noise[15].is_multiple_of(2),
        passkey: false,
    };
    let demand = match pool.mfa() {
        UserPoolMfaType::On => Demand::SetUp(Vec::new()),
        _ => Demand::Nothing,
    };
    let status = UserStatusType::Confirmed;
    Ok(first_factors::available(pool, held, status, &demand, false))
}

/// `AvailableChallenges`: of the factors that the subject has, those that lead to the level that is
/// to be reached.
pub(super) async fn offered(
    request: SignInRequest<'_>,
    subject: &Subject,
    progress: &Progress,
) -> Result<Vec<FirstFactor>> {
    match progress.target {
        None => available(request, subject).await,
        Some(level) => {
            let factors = factors(request, subject, &progress.methods).await?;
            Ok(factors.first_to(level, &progress.methods))
        }
    }
}

/// Refuses a first factor that is no longer enough for the user, who may have set up a second one
/// since it was asked for.
pub(super) async fn check_still_offered(
    request: SignInRequest<'_>,
    user: &User,
    progress: &Progress,
    factor: FirstFactor,
) -> Result<()> {
    let offered = match progress.target {
        None => available_to(request, user).await?,
        Some(level) => {
            let factors = factors_of(request, user, &progress.methods).await?;
            factors.first_to(level, &progress.methods)
        }
    };
    if offered.contains(&factor) {
        Ok(())
    } else {
        Err(Error::SessionInvalid)
    }
}

/// All that the subject has to prove themselves with, beside what was proved already.
pub(super) async fn factors(
    request: SignInRequest<'_>,
    subject: &Subject,
    proved: &Methods,
) -> Result<Factors> {
    match subject {
        Subject::Known(user) => factors_of(request, user, proved).await,
        Subject::Unknown { typed, sub, .. } => factors_of_unknown(request, typed, sub).await,
    }
}

/// Beside what was proved already only verified addresses are of use: whoever has a user's token
/// can give them another one.
async fn factors_of(request: SignInRequest<'_>, user: &User, proved: &Methods) -> Result<Factors> {
    let mut first = available_to(request, user).await?;
    if !proved.is_empty() {
        first.retain(|factor| match factor {
            FirstFactor::EmailOtp => mfa::is_verified(user, MfaFactor::Email),
            FirstFactor::SmsOtp => mfa::is_verified(user, MfaFactor::Sms),
            _ => true,
        });
    }
    let second = second_factors::held(request.ctx, request.pool, user).await?;
    Ok(Factors { first, second })
}

/// (unsure) Some unknown users seem to have second factors: somebody who is asked for a password on
/// the way to a high level need not exist.
async fn factors_of_unknown(request: SignInRequest<'_>, typed: &str, sub: &str) -> Result<Factors> {
    let SignInRequest { ctx, pool, .. } = request;
    let has_second = users::simulated_bytes(ctx, pool, typed)[14].is_multiple_of(2);
    Ok(Factors {
        first: available_to_unknown(request, typed, sub).await?,
        second: if has_second {
            mfa::in_use(pool)
        } else {
            Vec::new()
        },
    })
}
