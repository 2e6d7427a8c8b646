//! The steps after the first: each challenge has its page, and each page its answer.
//!
//! Not here: whether an answer is right and what comes next (`flows::sign_in`), the set-up of a
//! second factor (`mfa_setup.rs`).

use std::collections::BTreeMap;

use axum::response::Response;
use serde_json::Value;

use super::field::{ATTRIBUTES, Field, password_rules};
use super::form::Form;
use super::refusals::Banner;
use super::step::{At, Step};
use super::templates::{Choice, ChoicePage, FormPage, Link, OtherWay, PasskeyPage};
use super::texts::fill;
use super::visit::{self, Visit};
use super::{mfa_setup, sign_in};
use crate::error::{Error, Result};
use crate::flows::sign_in::{self as flow, Entrance, Outcome, Parameters};
use crate::wire::user_pools::ChallengeNameType;

/// Where a step remembers which factor was picked of several.
pub const PICKED: &str = "picked";

/// What comes of a step that was right: the end, or the next page.
pub async fn proceed(visit: &Visit, username: &str, outcome: Outcome) -> Result<Response> {
    match outcome {
        Outcome::Authenticated(authenticated) => Ok(visit::finish(visit, authenticated).await),
        Outcome::Challenge {
            name,
            parameters,
            session,
            available,
        } => {
            let step = Step {
                at: At::Challenge(name),
                username: username.to_owned(),
                session,
                parameters,
                available,
            };
            show(visit, &step, None).await
        }
        Outcome::Tokens(_) => Err(Error::Internal(anyhow::anyhow!(
            "a sign-in at the pages ended in tokens"
        ))),
    }
}

/// The page of a challenge.
pub async fn show(visit: &Visit, step: &Step, banner: Option<Banner>) -> Result<Response> {
    let At::Challenge(name) = step.at else {
        return Ok(visit.forbidden());
    };
    let texts = visit.t();
    match name {
        ChallengeNameType::NewPasswordRequired => new_password(visit, step, banner),
        ChallengeNameType::SmsMfa
        | ChallengeNameType::SmsOtp
        | ChallengeNameType::EmailOtp
        | ChallengeNameType::SoftwareTokenMfa => code(visit, step, name, banner).await,
        ChallengeNameType::SelectMfaType => {
            let offered = listed(step, "MFAS_CAN_CHOOSE");
            let frame = visit
                .frame(texts.choose_mfa_title)
                .intro(texts.choose_mfa_intro)
                .banner(banner);
            let page = ChoicePage {
                frame,
                testid: "choose-mfa-form",
                action: "/mfa",
                state: visit.seal(step)?,
                choices: choices(visit, offered.iter().map(String::as_str)),
                links: back(visit),
            };
            visit.page(&page)
        }
        ChallengeNameType::SelectChallenge if step.parameter(PICKED).is_some() => {
            password(visit, step, banner)
        }
        ChallengeNameType::SelectChallenge => factors(visit, step, banner),
        ChallengeNameType::Password => password(visit, step, banner),
        ChallengeNameType::WebAuthn => passkey(visit, step, banner),
        ChallengeNameType::MfaSetup => mfa_setup::show(visit, step, banner).await,
        // The pages have no custom challenges, as the service's have none, and track no devices.
        _ => Err(Error::Internal(anyhow::anyhow!(
            "there is no page for the challenge {}",
            name.as_str()
        ))),
    }
}

/// The fields for a code that went to a user outside of a sign-in. Where the visitor has not said
/// who they are, that is asked, too, and the code cannot be sent again.
pub fn ask_for_code(visit: &Visit, step: &Step, page: &mut FormPage<'_>) -> Result<()> {
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
pub fn back(visit: &Visit) -> Vec<Link> {
    vec![Link {
        lead: None,
        text: visit.t().back_to_sign_in.to_owned(),
        href: visit.link("/login"),
        testid: "link-sign-in",
    }]
}

/// A JSON list of names among a challenge's parameters.
pub fn listed(step: &Step, parameter: &str) -> Vec<String> {
    let text = step.parameter(parameter).unwrap_or("[]");
    serde_json::from_str(text).unwrap_or_default()
}

/// Factors as something to choose; a password is one choice, however it is sent.
pub fn choices<'n>(visit: &Visit, names: impl Iterator<Item = &'n str>) -> Vec<Choice> {
    let texts = visit.t();
    let mut choices: Vec<Choice> = Vec::new();
    for name in names {
        let (answer, text) = match name {
            "PASSWORD" | "PASSWORD_SRP" => ("PASSWORD", texts.factor_password),
            "WEB_AUTHN" => ("WEB_AUTHN", texts.factor_passkey),
            "EMAIL_OTP" => ("EMAIL_OTP", texts.factor_email),
            "SMS_OTP" => ("SMS_OTP", texts.factor_sms),
            "SMS_MFA" => ("SMS_MFA", texts.factor_sms),
            "SOFTWARE_TOKEN_MFA" => ("SOFTWARE_TOKEN_MFA", texts.factor_totp),
            _ => continue,
        };
        if choices.iter().all(|choice| choice.answer != answer) {
            choices.push(Choice { answer, text });
        }
    }
    choices
}

fn new_password(visit: &Visit, step: &Step, banner: Option<Banner>) -> Result<Response> {
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
    let given: BTreeMap<String, String> =
        serde_json::from_str(step.parameter("userAttributes").unwrap_or("{}")).unwrap_or_default();
    for name in listed(step, "requiredAttributes") {
        let name = name.strip_prefix("userAttributes.").unwrap_or(&name);
        let value = given.get(name).map_or("", String::as_str);
        page.fields
            .push(Field::attribute(pool, language, name, value));
    }
    page.rules = password_rules(pool, language);
    page.links = back(visit);
    visit.page(&page)
}

async fn code(
    visit: &Visit,
    step: &Step,
    name: ChallengeNameType,
    banner: Option<Banner>,
) -> Result<Response> {
    let texts = visit.t();
    let destination = step.parameter("CODE_DELIVERY_DESTINATION");
    let (title, intro) = match name {
        ChallengeNameType::SoftwareTokenMfa => (texts.totp_title, texts.totp_intro.to_owned()),
        ChallengeNameType::EmailOtp => {
            let destination = destination.unwrap_or_default();
            let intro = fill(texts.email_intro, "destination", destination);
            (texts.code_title, intro)
        }
        _ => {
            let destination = destination.unwrap_or_default();
            let intro = fill(texts.sms_intro, "destination", destination);
            (texts.code_title, intro)
        }
    };
    let frame = if name == ChallengeNameType::SoftwareTokenMfa {
        visit.frame(title)
    } else {
        visit.code_frame(title, step).await?
    };
    let frame = frame.intro(intro).banner(banner);
    let mut page = FormPage::new(frame, "code-form", "/mfa", texts.send);
    page.state = Some(visit.seal(step)?);
    page.fields = vec![Field::code(texts.code).focused()];
    page.other_way = other_way(visit, step)?;
    page.links = back(visit);
    visit.page(&page)
}

/// The password of somebody whose name is known already.
fn password(visit: &Visit, step: &Step, banner: Option<Banner>) -> Result<Response> {
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

fn factors(visit: &Visit, step: &Step, banner: Option<Banner>) -> Result<Response> {
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
        choices: choices(visit, step.available.iter().map(|name| name.as_str())),
        links: back(visit),
    };
    visit.page(&page)
}

fn passkey(visit: &Visit, step: &Step, banner: Option<Banner>) -> Result<Response> {
    let texts = visit.t();
    let options = step.parameter("CREDENTIAL_REQUEST_OPTIONS");
    let page = PasskeyPage {
        frame: visit
            .frame(texts.passkey_title)
            .intro(texts.passkey_intro)
            .banner(banner),
        action: "/login",
        state: visit.seal(step)?,
        ceremony: "get",
        options: options.unwrap_or("{}").to_owned(),
        submit: texts.use_passkey,
        other_way: other_way(visit, step)?,
        links: back(visit),
    };
    visit.page(&page)
}

/// Back to the choice, where there is one: its answer goes with the session of the challenge that
/// was begun instead.
fn other_way(visit: &Visit, step: &Step) -> Result<Option<OtherWay>> {
    let several = choices(visit, step.available.iter().map(|name| name.as_str())).len() > 1;
    if !several {
        return Ok(None);
    }
    let choosing = Step {
        at: At::Challenge(ChallengeNameType::SelectChallenge),
        parameters: BTreeMap::new(),
        ..step.clone()
    };
    Ok(Some(OtherWay {
        action: "/login",
        state: visit.seal(&choosing)?,
    }))
}

/// A submitted page of a challenge.
pub async fn post(visit: &Visit, form: &Form) -> Result<Response> {
    let Some(step) = visit.step(form) else {
        return Ok(visit.forbidden());
    };
    let At::Challenge(name) = step.at else {
        return Ok(visit.forbidden());
    };
    if name == ChallengeNameType::MfaSetup {
        return mfa_setup::post(visit, &step, form).await;
    }
    match answer(visit, &step, name, form) {
        Answer::Send(responses) => respond(visit, &step, responses).await,
        Answer::Ask(step) => show(visit, &step, None).await,
        Answer::Incomplete(sentence) => show(visit, &step, Some(Banner::refusal(sentence))).await,
    }
}

/// What a form says.
enum Answer {
    Send(Vec<(String, String)>),
    /// Another page first.
    Ask(Step),
    Incomplete(&'static str),
}

fn answer(visit: &Visit, step: &Step, name: ChallengeNameType, form: &Form) -> Answer {
    let texts = visit.t();
    let one = |key: &str, value: Option<&str>| match value {
        Some(value) => Answer::Send(vec![(key.to_owned(), value.to_owned())]),
        None => Answer::Incomplete(texts.field_missing),
    };
    match name {
        ChallengeNameType::NewPasswordRequired => {
            let Some(password) = form.get("password") else {
                return Answer::Incomplete(texts.field_missing);
            };
            if form.get("confirm_password") != Some(password) {
                return Answer::Incomplete(texts.passwords_differ);
            }
            let attributes = form.group(ATTRIBUTES).into_iter();
            let mut responses: Vec<(String, String)> = attributes
                .map(|(name, value)| (format!("userAttributes.{name}"), value.to_owned()))
                .collect();
            responses.push(("NEW_PASSWORD".to_owned(), password.to_owned()));
            Answer::Send(responses)
        }
        ChallengeNameType::SmsMfa => one("SMS_MFA_CODE", form.typed("code")),
        ChallengeNameType::SmsOtp => one("SMS_OTP_CODE", form.typed("code")),
        ChallengeNameType::EmailOtp => one("EMAIL_OTP_CODE", form.typed("code")),
        ChallengeNameType::SoftwareTokenMfa => one("SOFTWARE_TOKEN_MFA_CODE", form.typed("code")),
        ChallengeNameType::SelectMfaType => match form.get("answer") {
            Some(answer) => one("ANSWER", Some(answer)),
            None => Answer::Incomplete(texts.choose_one),
        },
        ChallengeNameType::SelectChallenge => {
            if step.parameter(PICKED).is_some() {
                return match form.get("password") {
                    Some(password) => Answer::Send(vec![
                        ("ANSWER".to_owned(), "PASSWORD".to_owned()),
                        ("PASSWORD".to_owned(), password.to_owned()),
                    ]),
                    None => Answer::Incomplete(texts.field_missing),
                };
            }
            match form.get("answer") {
                Some("PASSWORD") => Answer::Ask(step.clone().with(PICKED, "PASSWORD")),
                Some(answer) => one("ANSWER", Some(answer)),
                // Who comes from another factor has not chosen yet.
                None => Answer::Ask(step.clone()),
            }
        }
        ChallengeNameType::Password => one("PASSWORD", form.get("password")),
        ChallengeNameType::WebAuthn => match form.get("credential") {
            Some(credential) if serde_json::from_str::<Value>(credential).is_ok() => {
                one("CREDENTIAL", Some(credential))
            }
            _ => Answer::Incomplete(texts.passkey_failed),
        },
        _ => Answer::Incomplete(texts.choose_one),
    }
}

/// Sends an answer, and shows what comes of it.
pub async fn respond(
    visit: &Visit,
    step: &Step,
    responses: Vec<(String, String)>,
) -> Result<Response> {
    let At::Challenge(name) = step.at else {
        return Ok(visit.forbidden());
    };
    let mut responses: BTreeMap<String, String> = responses.into_iter().collect();
    responses.insert("USERNAME".to_owned(), step.username.clone());
    let answered = flow::respond(
        &visit.ctx,
        visit.pool(),
        visit.client(),
        Entrance::Pages,
        name,
        step.session.as_deref(),
        &Parameters::from(responses),
    )
    .await;
    match answered {
        Ok(outcome) => proceed(visit, &step.username, outcome).await,
        Err(error) => refused(visit, step, &error).await,
    }
}

/// A wrong answer can be given again; a sign-in that has ended begins anew.
pub async fn refused(visit: &Visit, step: &Step, error: &Error) -> Result<Response> {
    match error {
        Error::SessionInvalid
        | Error::SessionExpired
        | Error::SessionSpent
        | Error::UserDisabled
        | Error::UserNotConfirmed
        | Error::PasswordResetRequired
        | Error::Internal(_)
        | Error::NotAvailable { .. } => sign_in::refused(visit, &step.username, error).await,
        _ => show(visit, step, Some(visit.refused(error))).await,
    }
}
