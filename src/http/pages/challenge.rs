//! The steps after the first: each challenge has its page, and each page its answer.
//!
//! Not here: what a submitted page says (`submitted.rs`), whether an answer is right and what comes
//! next (`flows::sign_in`), the set-up of a second factor (`mfa_setup.rs`).

use axum::response::Response;

use super::field::{Field, password_rules};
use super::form::Form;
use super::frame::Frame;
use super::page_request::{self, PageRequest};
use super::refusals::Banner;
use super::step::{At, Step};
use super::submitted::Submitted;
use super::templates::{Choice, ChoicePage, FormPage, Link, OtherWay, PasskeyPage};
use super::texts::fill;
use super::{mfa_setup, sign_in, submitted};
use crate::domain::first_factors::FirstFactor;
use crate::error::{Error, Result};
use crate::flows::sign_in::{
    self as flow, Challenge, ChallengeAnswer, CodeDelivery, NextChallenge, Sender, SignInOutcome,
};
use crate::store::{Attributes, MfaFactor};
use crate::wire::user_pools::DeliveryMediumType;

/// What the pages say of who makes a request: they have the name, and no more.
pub fn sender(username: &str) -> Sender {
    Sender {
        username: username.into(),
        ..Sender::default()
    }
}

/// What comes of a step that was right: the end, or the next page.
pub async fn proceed(
    visit: &PageRequest,
    username: &str,
    outcome: SignInOutcome,
) -> Result<Response> {
    let next = match outcome {
        SignInOutcome::Asked(next) => next,
        SignInOutcome::Completed(completed) => {
            return match completed.authenticate(&visit.ctx).await {
                Ok(authenticated) => Ok(page_request::finish(visit, authenticated).await),
                Err(error) => sign_in::refused(visit, username, &error).await,
            };
        }
    };
    ask(visit, username, next).await
}

/// The page of what is asked for next.
pub async fn ask(visit: &PageRequest, username: &str, next: NextChallenge) -> Result<Response> {
    let step = Step {
        session: next.session,
        available: next.available,
        ..Step::new(At::Challenge(next.challenge), username)
    };
    show(visit, &step, None).await
}

/// The page of a challenge.
pub async fn show(visit: &PageRequest, step: &Step, banner: Option<Banner>) -> Result<Response> {
    let challenge = match &step.at {
        At::Challenge(challenge) => challenge,
        At::PickedPassword => return password(visit, step, banner),
        At::SetUpMfa { .. } => return mfa_setup::show(visit, step, banner).await,
        _ => return Ok(visit.forbidden()),
    };
    match challenge {
        Challenge::NewPassword {
            missing,
            attributes,
            ..
        } => new_password(visit, step, missing, attributes, banner),
        Challenge::FirstCode(delivery) | Challenge::SecondCode { delivery, .. } => {
            sent_code(visit, step, delivery, banner).await
        }
        Challenge::SoftwareToken { .. } => app_code(visit, step, banner).await,
        Challenge::MfaFactor { factors, .. } => second_factors(visit, step, factors, banner).await,
        Challenge::FirstFactor => first_factors(visit, step, banner),
        Challenge::Password => password(visit, step, banner),
        Challenge::Passkey { options } => passkey(visit, step, options, banner),
        Challenge::SetUpMfa { .. } => mfa_setup::show(visit, step, banner).await,
        // The pages have no custom challenges, as the service's have none, track no devices, and
        // send passwords.
        Challenge::PasswordSrp
        | Challenge::PasswordVerifier(_)
        | Challenge::Device { .. }
        | Challenge::DeviceVerifier { .. }
        | Challenge::Custom { .. } => {
            Err(anyhow::anyhow!("a challenge was given to the pages that has no page").into())
        }
    }
}

/// The fields for a code that was sent outside of a sign-in. Where the user name is not known, it
/// is asked for, too, and the code cannot be sent again.
pub fn ask_for_code(visit: &PageRequest, step: &Step, page: &mut FormPage<'_>) -> Result<()> {
    let (texts, language) = (visit.t(), visit.language);
    if step.username.is_empty() {
        page.fields
            .push(Field::username(visit.pool(), language, "").focused());
        page.fields.push(Field::code(texts.code));
    } else {
        let sealed = visit.seal(step)?;
        page.fields
            .push(Field::known_username(language, &step.username));
        page.fields.push(Field::code(texts.code).focused());
        page.resend = Some(sealed.clone());
        page.state = Some(sealed);
    }
    Ok(())
}

/// The links back to the first page.
pub fn back(visit: &PageRequest) -> Vec<Link> {
    vec![Link {
        lead: None,
        text: visit.t().back_to_sign_in.to_owned(),
        href: visit.link("/login"),
        testid: "link-sign-in",
    }]
}

/// First factors as something to choose; a password is one choice, however it is sent.
fn first_factor_choices(visit: &PageRequest, factors: &[FirstFactor]) -> Vec<Choice> {
    let texts = visit.t();
    let mut choices: Vec<Choice> = Vec::new();
    for factor in factors {
        let (factor, text) = match factor {
            FirstFactor::Password | FirstFactor::PasswordSrp => {
                (FirstFactor::Password, texts.factor_password)
            }
            FirstFactor::WebAuthn => (FirstFactor::WebAuthn, texts.factor_passkey),
            FirstFactor::EmailOtp => (FirstFactor::EmailOtp, texts.factor_email),
            FirstFactor::SmsOtp => (FirstFactor::SmsOtp, texts.factor_sms),
        };
        let answer = factor.as_str();
        if choices.iter().all(|choice| choice.answer != answer) {
            choices.push(Choice { answer, text });
        }
    }
    choices
}

/// Second factors as something to choose.
pub fn mfa_choices(visit: &PageRequest, factors: &[MfaFactor]) -> Vec<Choice> {
    let texts = visit.t();
    let choice = |factor: &MfaFactor| Choice {
        answer: factor.as_str(),
        text: match factor {
            MfaFactor::Email => texts.factor_email,
            MfaFactor::Sms => texts.factor_sms,
            MfaFactor::SoftwareToken => texts.factor_totp,
        },
    };
    factors.iter().map(choice).collect()
}

fn new_password(
    visit: &PageRequest,
    step: &Step,
    missing: &[String],
    given: &Attributes,
    banner: Option<Banner>,
) -> Result<Response> {
    let (texts, language, pool) = (visit.t(), visit.language, visit.pool());
    let frame = visit
        .frame(texts.new_password_title)
        .intro(texts.new_password_intro)
        .banner(banner);
    let mut page = FormPage::new(
        frame,
        "new-password-form",
        "/changePassword",
        texts.change_password,
    );
    page.state = Some(visit.seal(step)?);
    page.fields = vec![
        Field::known_username(language, &step.username),
        Field::new_password(texts.new_password).focused(),
        Field::new_password_again(texts.confirm_new_password),
    ];
    for name in missing {
        let value = given.get(name).map_or("", String::as_str);
        page.fields
            .push(Field::attribute(pool, language, name, value));
    }
    page.rules = password_rules(pool, language);
    page.links = back(visit);
    visit.page(&page)
}

/// Asks for a code that was sent.
async fn sent_code(
    visit: &PageRequest,
    step: &Step,
    delivery: &CodeDelivery,
    banner: Option<Banner>,
) -> Result<Response> {
    let texts = visit.t();
    let intro = match delivery.medium {
        DeliveryMediumType::Email => texts.email_intro,
        DeliveryMediumType::Sms => texts.sms_intro,
    };
    let frame = visit
        .code_frame(texts.code_title, step)
        .await?
        .intro(fill(intro, "destination", &delivery.destination))
        .banner(banner);
    code(visit, step, frame)
}

/// Asks for a code of the user's authenticator app.
async fn app_code(visit: &PageRequest, step: &Step, banner: Option<Banner>) -> Result<Response> {
    let texts = visit.t();
    let frame = visit
        .code_frame(texts.totp_title, step)
        .await?
        .intro(texts.totp_intro)
        .banner(banner);
    code(visit, step, frame)
}

fn code(visit: &PageRequest, step: &Step, frame: Frame<'_>) -> Result<Response> {
    let texts = visit.t();
    let mut page = FormPage::new(frame, "code-form", "/mfa", texts.send);
    page.state = Some(visit.seal(step)?);
    page.fields = vec![Field::code(texts.code).focused()];
    page.other_way = other_way(visit, step)?;
    page.links = back(visit);
    visit.page(&page)
}

/// The password of somebody whose name is known already.
fn password(visit: &PageRequest, step: &Step, banner: Option<Banner>) -> Result<Response> {
    let (texts, language) = (visit.t(), visit.language);
    let frame = visit
        .frame(texts.sign_in_title)
        .intro(fill(texts.password_intro, "username", &step.username))
        .banner(banner);
    let mut page = FormPage::new(frame, "password-form", "/login", texts.sign_in);
    page.state = Some(visit.seal(step)?);
    page.fields = vec![
        Field::known_username(language, &step.username),
        Field::password(language).focused(),
    ];
    page.other_way = other_way(visit, step)?;
    page.links = vec![Link {
        lead: None,
        text: texts.forgot_password.to_owned(),
        href: visit.link("/forgotPassword"),
        testid: "link-forgot-password",
    }];
    page.links.extend(back(visit));
    visit.page(&page)
}

fn first_factors(visit: &PageRequest, step: &Step, banner: Option<Banner>) -> Result<Response> {
    let texts = visit.t();
    let frame = visit
        .frame(texts.choose_factor_title)
        .intro(texts.choose_factor_intro)
        .banner(banner);
    let page = ChoicePage {
        frame,
        testid: "choose-factor-form",
        action: "/login",
        state: visit.seal(step)?,
        choices: first_factor_choices(visit, &step.available),
        links: back(visit),
    };
    visit.page(&page)
}

async fn second_factors(
    visit: &PageRequest,
    step: &Step,
    factors: &[MfaFactor],
    banner: Option<Banner>,
) -> Result<Response> {
    let texts = visit.t();
    let frame = visit
        .code_frame(texts.choose_mfa_title, step)
        .await?
        .intro(texts.choose_mfa_intro)
        .banner(banner);
    let page = ChoicePage {
        frame,
        testid: "choose-mfa-form",
        action: "/mfa",
        state: visit.seal(step)?,
        choices: mfa_choices(visit, factors),
        links: back(visit),
    };
    visit.page(&page)
}

fn passkey(
    visit: &PageRequest,
    step: &Step,
    options: &str,
    banner: Option<Banner>,
) -> Result<Response> {
    let texts = visit.t();
    let page = PasskeyPage {
        frame: visit
            .frame(texts.passkey_title)
            .intro(texts.passkey_intro)
            .banner(banner),
        action: "/login",
        state: visit.seal(step)?,
        ceremony: "get",
        options: options.to_owned(),
        submit: texts.use_passkey,
        other_way: other_way(visit, step)?,
        links: back(visit),
    };
    visit.page(&page)
}

/// Back to the choice, where there is one: its answer goes with the session of the challenge that
/// was begun instead.
fn other_way(visit: &PageRequest, step: &Step) -> Result<Option<OtherWay>> {
    if first_factor_choices(visit, &step.available).len() < 2 {
        return Ok(None);
    }
    let choosing = Step {
        at: At::Challenge(Challenge::FirstFactor),
        ..step.clone()
    };
    Ok(Some(OtherWay {
        action: "/login",
        state: visit.seal(&choosing)?,
    }))
}

/// A submitted page of a challenge.
pub async fn post(visit: &PageRequest, form: &Form) -> Result<Response> {
    let Some(step) = visit.step(form) else {
        return Ok(visit.forbidden());
    };
    let texts = visit.t();
    let submitted = match &step.at {
        At::Challenge(Challenge::SetUpMfa { .. }) | At::SetUpMfa { .. } => {
            return mfa_setup::post(visit, &step, form).await;
        }
        At::Challenge(challenge) => submitted::answer(texts, &step, challenge, form),
        At::PickedPassword => submitted::picked_password(texts, form),
        _ => return Ok(visit.forbidden()),
    };
    match submitted {
        Submitted::Answer(answer) => respond(visit, &step, answer).await,
        Submitted::AnotherPage(step) => show(visit, &step, None).await,
        Submitted::Incomplete(sentence) => {
            show(visit, &step, Some(Banner::refusal(sentence))).await
        }
    }
}

/// Sends an answer, and shows what comes of it.
pub async fn respond(
    visit: &PageRequest,
    step: &Step,
    answer: ChallengeAnswer,
) -> Result<Response> {
    let sender = sender(&step.username);
    let session = step.session()?.into();
    match flow::respond(visit.sign_in(&sender), &session, &answer).await {
        Ok(outcome) => proceed(visit, &step.username, outcome).await,
        Err(error) => refused(visit, step, &error).await,
    }
}

/// A wrong answer can be given again; a sign-in that has ended begins anew.
pub async fn refused(visit: &PageRequest, step: &Step, error: &Error) -> Result<Response> {
    match error {
        Error::SessionInvalid
        | Error::SessionExpired
        | Error::SessionSpent
        | Error::UserDisabled
        | Error::UserNotConfirmed
        | Error::PasswordResetRequired
        | Error::Internal(_) => sign_in::refused(visit, &step.username, error).await,
        _ => show(visit, step, Some(visit.refused(error))).await,
    }
}
