//! USER_AUTH: the user chooses the first factor, at once (PREFERRED_CHALLENGE) or when asked
//! (SELECT_CHALLENGE), and gets its challenge or is checked.
//!
//! Not here: which factors a subject has (`offers`), the factors themselves (`password`, `srp`,
//! `one_time_code`, `passkey`), how a level is reached (`step_up`).

use super::attempt::ChoiceAttempt;
use super::challenges::{Challenge, NextChallenge};
use super::offers::{self, Offer};
use super::password::PasswordClaim;
use super::request::{Required, SignInRequest};
use super::session::{FirstProof, PendingChallenge, Progress, Session};
use super::step_up::{self, FirstStep};
use super::subject::{Subject, check_user, known_or_hidden};
use super::turn::{Turn, Verified};
use super::{one_time_code, passkey, password, srp};
use crate::domain::first_factors::FirstFactor;
use crate::error::{Error, Result};
use crate::flows::challenge::SingleUse;
use crate::flows::users;
use crate::wire::user_pools::VerifiedAttributeType;

pub(super) async fn begin(request: SignInRequest<'_>, attempt: &ChoiceAttempt) -> Result<Turn> {
    request.pool.require_essentials("USER_AUTH")?;
    let username = request.username()?;
    let wanted = step_up::wanted(request, attempt).await?;
    if let Some(sealed) = &attempt.session {
        return match wanted {
            None => with_sign_up(request, sealed).await,
            // (unsure) The code that confirmed a sign-up is of no level.
            Some(_) => Err(Error::LevelNotReachable),
        };
    }
    let preferred =
        match &attempt.preferred {
            Some(name) => Some(FirstFactor::from_name(name).ok_or_else(|| {
                Error::PreferredChallengeUnknown {
                    name: name.to_owned(),
                }
            })?),
            None => None,
        };
    let mut found = users::find(request.ctx, request.pool, username).await?;
    if preferred == Some(FirstFactor::Password)
        && let Some(Required::Given(password)) = &attempt.password
    {
        found = password::or_migrated(request, found, username, password).await?;
    }
    if let Some(wanted) = &wanted {
        wanted.check_user(found.as_ref())?;
    }
    let subject = known_or_hidden(request, found, username)?;
    subject.check_enabled(request.client)?;
    let first_step = match wanted {
        None => FirstStep::FirstFactor(any_factor(request, subject).await?),
        Some(wanted) => step_up::begin(request, subject, wanted, preferred).await?,
    };
    enter(request, first_step, preferred, attempt).await
}

/// The first question of a sign-in by choice, or what comes of its answer.
pub(super) async fn enter(
    request: SignInRequest<'_>,
    first_step: FirstStep,
    preferred: Option<FirstFactor>,
    attempt: &ChoiceAttempt,
) -> Result<Turn> {
    let offer = match first_step {
        FirstStep::FirstFactor(offer) => offer,
        FirstStep::SecondFactor { user, progress } => {
            let user = *user;
            return Ok(Turn::Resumed { user, progress });
        }
    };
    let chosen = match (preferred, offer.available.as_slice()) {
        (_, []) => return Err(Error::BadCredentials),
        (Some(preferred), available) if available.contains(&preferred) => Some(preferred),
        // Observed: where a code or a passkey is the only way in, it is asked for at once.
        (_, [only]) => Some(*only),
        _ => None,
    };
    let Offer {
        subject,
        available,
        progress,
    } = offer;
    let Some(factor) = chosen else {
        let pending = PendingChallenge::FirstFactor;
        return Ok(Turn::Asked(NextChallenge {
            challenge: Challenge::FirstFactor,
            session: Some(Session::begin_for(request, &subject, pending, progress)?),
            available,
        }));
    };
    let chosen = ChosenFactor {
        subject,
        factor,
        available,
        progress,
        used: None,
    };
    let password = attempt.password.as_ref();
    chosen
        .start(request, password, attempt.client_key.as_ref())
        .await
}

/// Any factor will do that the user has.
async fn any_factor(request: SignInRequest<'_>, mut subject: Subject) -> Result<Offer> {
    let mut available = offers::available(request, &subject).await?;
    if available.is_empty() {
        if !request.client.hides_unknown_users() {
            return Err(Error::NoFirstFactor);
        }
        // Where the client hides it, a user who cannot sign in seems not to exist.
        subject = Subject::unknown(request, request.username()?);
        available = offers::available(request, &subject).await?;
    }
    Ok(Offer {
        subject,
        available,
        progress: Progress::of(request),
    })
}

/// The user has just confirmed a sign-up: the code that did it was the first factor.
async fn with_sign_up(request: SignInRequest<'_>, sealed: &str) -> Result<Turn> {
    let session = Session::open(request, sealed).await?;
    if session.pending != (PendingChallenge::SignUp { confirmed: true }) {
        return Err(Error::SessionInvalid);
    }
    let user = session.user(request).await?;
    check_user(request.client, &user, true)?;
    let progress = session.progress.on_device(request);
    let progress = progress.with_first(FirstProof::SignUp);
    let verified = Verified::first(user, progress, Some(session.once));
    Ok(Turn::Proved(verified))
}

/// What an answer to SELECT_CHALLENGE holds.
pub(super) struct ChoiceAnswer<'a> {
    pub chosen: &'a Required,
    pub password: &'a Required,
    pub client_key: &'a Required,
    pub credential: Option<&'a Required>,
}

/// The answer to SELECT_CHALLENGE, or to another first factor that the user exchanges for this one.
pub(super) async fn answer(
    request: SignInRequest<'_>,
    sealed: &Required,
    answer: ChoiceAnswer<'_>,
) -> Result<Turn> {
    let session = Session::of_answer(request, sealed).await?;
    if !session.pending.is_exchangeable() {
        return Err(Error::SessionInvalid);
    }
    let name = answer.chosen.get()?;
    let subject = session.subject(request).await?;
    let available = offers::offered(request, &subject, &session.progress).await?;
    let factor = FirstFactor::from_name(name).filter(|factor| available.contains(factor));
    let factor = factor.ok_or_else(|| Error::AnswerInvalid {
        answer: name.to_owned(),
    })?;
    match (factor, answer.credential) {
        // Both can only be answered with what they ask for: clients get it from the user before.
        (FirstFactor::Password, _) => answer.password.get().map(drop)?,
        (FirstFactor::PasswordSrp, _) => answer.client_key.get().map(drop)?,
        // A credential that answers the options of this very session.
        (FirstFactor::WebAuthn, Some(credential))
            if matches!(session.pending, PendingChallenge::Passkey(_)) =>
        {
            return passkey::answer(request, sealed, credential).await;
        }
        _ => {}
    }
    let chosen = ChosenFactor {
        subject,
        factor,
        available,
        progress: session.progress.on_device(request),
        used: Some(session.once),
    };
    chosen
        .start(request, Some(answer.password), Some(answer.client_key))
        .await
}

/// A first factor that was chosen.
struct ChosenFactor {
    subject: Subject,
    factor: FirstFactor,
    available: Vec<FirstFactor>,
    progress: Progress,
    /// What led here and may lead here only once.
    used: Option<SingleUse>,
}

impl ChosenFactor {
    /// Asks for the factor, or checks it where the request has it already.
    async fn start(
        self,
        request: SignInRequest<'_>,
        password: Option<&Required>,
        client_key: Option<&Required>,
    ) -> Result<Turn> {
        let Self {
            subject,
            factor,
            available,
            progress,
            used,
        } = self;
        let by = match factor {
            FirstFactor::Password => {
                let Some(password) = password else {
                    return password::ask(request, &subject, progress, available);
                };
                let claim = PasswordClaim {
                    subject,
                    groups: None,
                    progress,
                    used,
                };
                return claim.check(request, password).await;
            }
            FirstFactor::PasswordSrp => {
                let Some(key) = client_key else {
                    return srp::ask(request, &subject, progress, available);
                };
                let used = used.as_ref();
                return srp::offer_with_session(request, &subject, key, progress, used).await;
            }
            FirstFactor::WebAuthn => {
                let used = used.as_ref();
                return passkey::ask(request, &subject, progress, available, used).await;
            }
            FirstFactor::EmailOtp => VerifiedAttributeType::Email,
            FirstFactor::SmsOtp => VerifiedAttributeType::PhoneNumber,
        };
        let used = used.as_ref();
        one_time_code::ask_first(request, &subject, by, progress, available, used).await
    }
}
