//! Signing in: from a first factor to the end or the next challenge, for the API, its admin twin
//! and the hosted pages alike.
//!
//! A sign-in is a walk from step to step. Each factor has its file, which asks for it and checks
//! the answer, and returns what it came to (`turn`); `steps` is the one place that decides what
//! follows what. What was reached so far travels in the `Session` (`session`), sealed, so that a
//! step can be answered once, by the client, user and entrance it was made for, and never skipped.
//!
//! No file here imports one further down this list: what a request is (`request`, `attempt`,
//! `challenges`), whom it is about (`subject`), what is sealed (`session`), what may be offered
//! (`offers`), the factors, the steps. Not here: what tokens say (`issue_tokens`), the wire
//! (`operations::sign_in`), the pages (`http::pages`).

mod attempt;
mod challenges;
mod request;
mod subject;

mod session;

mod allowed_flows;
mod offers;
mod record;
mod turn;

mod choice;
mod custom;
mod device;
mod first_factor;
mod mfa;
mod new_password;
mod one_time_code;
mod passkey;
mod password;
mod refresh;
mod set_up;
mod sign_up;
mod software_token;
mod srp;
mod srp_handshake;
mod step_up;

mod completion;
mod elevation;
mod steps;

pub use attempt::{Attempt, ChallengeAnswer, ChoiceAttempt, CodeKind, SrpProof};
pub use challenges::{Challenge, CodeDelivery, NextChallenge, SrpOffer, UserSrpOffer};
pub use completion::{Authenticated, Completed};
pub use elevation::Elevation;
pub use refresh::refresh_tokens;
pub use request::{Entrance, Required, Sender, SignInRequest};
pub use set_up::{DrawnToken, associate_software_token, verify_software_token};
pub use sign_up::{check_sign_up_session, session_after_sign_up};
pub use steps::{SignInOutcome, second_factor_of};

use crate::error::Result;
use crate::flows::point_in_time_recovery;

/// The first request of a sign-in.
pub async fn initiate(request: SignInRequest<'_>, attempt: &Attempt) -> Result<SignInOutcome> {
    allowed_flows::allow(request, attempt.flow())?;
    let turn = match attempt {
        Attempt::Password { password, .. } => password::begin(request, password).await?,
        Attempt::Srp { client_key } => srp::begin(request, client_key).await?,
        Attempt::Choice(attempt) => choice::begin(request, attempt).await?,
        Attempt::Custom { client_key } => custom::begin(request, client_key.as_ref()).await?,
    };
    steps::follow(request, turn).await
}

/// The answer to a challenge.
pub async fn respond(
    request: SignInRequest<'_>,
    session: &Required,
    answer: &ChallengeAnswer,
) -> Result<SignInOutcome> {
    if answer.changes_user() {
        point_in_time_recovery::check_not_paused(request.ctx, &request.pool.id).await?;
    }
    let turn = match answer {
        ChallengeAnswer::FirstFactor {
            chosen,
            password,
            client_key,
            credential,
        } => {
            let answer = choice::ChoiceAnswer {
                chosen,
                password,
                client_key,
                credential: credential.as_ref(),
            };
            choice::answer(request, session, answer).await?
        }
        ChallengeAnswer::Password { password } => {
            password::answer(request, session, password).await?
        }
        ChallengeAnswer::PasswordSrp { client_key } => {
            srp::answer_choice(request, session, client_key).await?
        }
        ChallengeAnswer::PasswordVerifier(proof) => {
            let mut proved = srp::answer(request, proof).await?;
            match proved.custom_rounds.take() {
                Some(rounds) => custom::after_password(request, proved, &rounds).await?,
                None => proved.into_first_factor(),
            }
        }
        ChallengeAnswer::Passkey { credential } => {
            passkey::answer(request, session, credential).await?
        }
        ChallengeAnswer::NewPassword {
            password,
            attributes,
        } => new_password::answer(request, session, password, attributes).await?,
        ChallengeAnswer::Device {
            device_key,
            client_key,
        } => device::answer(request, session, device_key, client_key).await?,
        ChallengeAnswer::DeviceVerifier { device_key, proof } => {
            device::answer_verifier(request, device_key, proof).await?
        }
        ChallengeAnswer::Code { kind, code } => {
            let right = one_time_code::answer(request, session, *kind, code).await?;
            match right.sets_up().map(str::to_owned) {
                Some(address) => set_up::finish_email(request, right, &address).await?,
                None => one_time_code::take(request, right).await?,
            }
        }
        ChallengeAnswer::SoftwareToken { code } => {
            software_token::answer(request, session, code).await?
        }
        ChallengeAnswer::MfaFactor { chosen } => {
            mfa::answer_which(request, session, chosen).await?
        }
        ChallengeAnswer::SetUpMfa { email } => {
            set_up::answer(request, session, email.as_deref()).await?
        }
        ChallengeAnswer::Custom { answer } => custom::answer(request, session, answer).await?,
    };
    steps::follow(request, turn).await
}
