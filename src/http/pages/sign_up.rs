//! `/signup`, `/confirmUser`, `/resendcode`: a new account, and the code that confirms it.

use axum::response::Response;
use serde_json::{Value, json};

use super::field::{ATTRIBUTES, Field, password_rules, sign_up_attributes};
use super::form::Form;
use super::page_request::PageRequest;
use super::refusals::Banner;
use super::sign_in::FirstAttempt;
use super::step::{At, Step};
use super::templates::{FormPage, Link};
use super::texts::fill;
use super::{challenge, recover, sign_in};
use crate::error::{Error, Result};
use crate::flows::sign_in::{self as flow, Entrance};
use crate::flows::sign_up::{self, Registration};
use crate::flows::users;
use crate::wire::user_pools::{AttributeType, CodeDeliveryDetailsType, UserStatusType, op};
use crate::wire::{Operation, Rejection, validate};

pub async fn get(visit: &PageRequest) -> Result<Response> {
    if let Some(closed) = closed(visit).await? {
        return Ok(closed);
    }
    show(visit, &Form::empty(), None).await
}

/// Nobody signs up where only administrators make users, or where users come from elsewhere.
async fn closed(visit: &PageRequest) -> Result<Option<Response>> {
    if visit.look.local && !visit.pool().allows_only_administrators_to_create_users() {
        return Ok(None);
    }
    let banner = visit.refused(&Error::SignUpNotPermitted);
    sign_in::show(visit, "", Some(banner)).await.map(Some)
}

/// The form, with everything that was typed before except the passwords.
async fn show(visit: &PageRequest, typed: &Form, banner: Option<Banner>) -> Result<Response> {
    let (texts, language, pool) = (visit.t(), visit.language, visit.pool());
    let username = typed.typed("username").unwrap_or_default();
    let mut fields = vec![Field::username(pool, language, username).focused()];
    for (name, required) in sign_up_attributes(pool) {
        let value = typed.typed(&format!("{ATTRIBUTES}[{name}]"));
        let field = Field::attribute(pool, language, name, value.unwrap_or_default());
        fields.push(if required { field } else { field.optional() });
    }
    let (password, again) = (
        Field::new_password(texts.password),
        Field::new_password_again(texts.confirm_password),
    );
    if pool.is_passwordless() {
        fields.extend([password.optional(), again.optional()]);
    } else {
        fields.extend([password, again]);
    }
    let frame = visit
        .frame(texts.sign_up_title)
        .intro(texts.sign_up_intro)
        .banner(banner)
        .with_languages();
    let mut page = FormPage::new(frame, "sign-up-form", "/signup", texts.sign_up);
    page.fields = fields;
    page.rules = password_rules(pool, language);
    page.legal = terms(visit);
    page.links = vec![Link {
        lead: Some(texts.have_account),
        text: texts.sign_in.to_owned(),
        href: visit.link("/login"),
        testid: "link-sign-in",
    }];
    visit.page(&page)
}

/// The client's terms documents, in the visitor's language or the default one. Their enforcement is
/// always NONE: signing up is agreeing.
fn terms(visit: &PageRequest) -> Vec<Link> {
    let (texts, terms) = (visit.t(), &visit.look.terms);
    [
        ("terms-of-use", texts.terms_of_use),
        ("privacy-policy", texts.privacy_policy),
    ]
    .into_iter()
    .filter_map(|(name, text)| {
        let links = terms.get(name)?;
        let href = links
            .get(visit.language.id_of_terms())
            .or_else(|| links.get("cognito:default"))?;
        Some(Link {
            lead: None,
            text: text.to_owned(),
            href: href.clone(),
            testid: "terms-link",
        })
    })
    .collect()
}

pub async fn post(visit: &PageRequest, form: &Form) -> Result<Response> {
    if let Some(closed) = closed(visit).await? {
        return Ok(closed);
    }
    match register(visit, form).await {
        Ok(response) => Ok(response),
        Err(FormRefused::Own(sentence)) => show(visit, form, Some(Banner::refusal(sentence))).await,
        Err(FormRefused::By(error)) => show(visit, form, Some(visit.refused(&error))).await,
    }
}

/// Why a form was refused.
enum FormRefused {
    Own(&'static str),
    By(Error),
}

impl From<Error> for FormRefused {
    fn from(error: Error) -> Self {
        Self::By(error)
    }
}

async fn register(visit: &PageRequest, form: &Form) -> std::result::Result<Response, FormRefused> {
    let (ctx, pool, client, texts) = (&visit.ctx, visit.pool(), visit.client(), visit.t());
    let username = form
        .typed("username")
        .ok_or(FormRefused::Own(texts.field_missing))?;
    let password = form.get("password");
    if password.is_none() && !pool.is_passwordless() {
        return Err(FormRefused::Own(texts.field_missing));
    }
    if password != form.get("confirm_password") {
        return Err(FormRefused::Own(texts.passwords_differ));
    }
    let attributes = form.group(ATTRIBUTES);
    let listed: Vec<Value> = attributes
        .iter()
        .map(|(name, value)| json!({ "Name": name, "Value": value }))
        .collect();
    let mut input =
        json!({ "ClientId": client.id, "Username": username, "UserAttributes": listed });
    if let Some(password) = password {
        input["Password"] = password.into();
    }
    check::<op::SignUp>(&input)?;
    let asked = Registration {
        username,
        password,
        attributes: attributes
            .into_iter()
            .map(|(name, value)| AttributeType {
                name: name.to_owned(),
                value: Some(value.to_owned().into()),
            })
            .collect(),
    };
    let (user, details) = sign_up::sign_up(ctx, pool, client, asked).await?;
    // A function may have confirmed the user at once; then the password that was just set signs
    // them in.
    if user.status == UserStatusType::Confirmed
        && let Some(password) = password
    {
        let attempt = FirstAttempt::Password(password);
        return Ok(sign_in::begin(visit, username, attempt).await?);
    }
    let mut step = Step::new(At::Confirm { proved: true }, username);
    if let Some(details) = &details {
        step = step.sent(details);
    }
    Ok(show_confirm(visit, &step, None).await?)
}

/// What a form must satisfy before the flow sees it: what the model asks of the operation's input.
pub fn check<O: Operation>(input: &Value) -> Result<()> {
    validate(O::INPUT, input).map_err(|rejection| match rejection {
        Rejection::Serialization(message) => Error::Serialization(message),
        Rejection::Validation(message) => Error::Validation(message),
    })
}

/// The page that asks for the code, and for the user name where it is not known.
pub async fn show_confirm(
    visit: &PageRequest,
    step: &Step,
    banner: Option<Banner>,
) -> Result<Response> {
    let texts = visit.t();
    let intro = match &step.sent {
        Some(sent) => fill(texts.confirm_intro, "destination", &sent.destination),
        None => texts.confirm_intro_plain.to_owned(),
    };
    let frame = visit
        .code_frame(texts.confirm_title, step)
        .await?
        .intro(intro)
        .banner(banner);
    let mut page = FormPage::new(frame, "confirm-form", "/confirmUser", texts.confirm);
    challenge::ask_for_code(visit, step, &mut page)?;
    page.links = challenge::back(visit);
    visit.page(&page)
}

/// `GET /confirmUser` without a code.
pub async fn get_confirm(visit: &PageRequest) -> Result<Response> {
    show_confirm(visit, &unproved(), None).await
}

/// The step of somebody who comes with a code alone.
fn unproved() -> Step {
    Step::new(At::Confirm { proved: false }, "")
}

pub async fn post_confirm(visit: &PageRequest, form: &Form) -> Result<Response> {
    let (ctx, pool, client, texts) = (&visit.ctx, visit.pool(), visit.client(), visit.t());
    let step = match visit.step(form) {
        Some(step) if matches!(step.at, At::Confirm { .. }) => step,
        _ => unproved(),
    };
    let username = if step.username.is_empty() {
        form.typed("username")
    } else {
        Some(step.username.as_str())
    };
    let (Some(username), Some(code)) = (username, form.typed("code")) else {
        let missing = Banner::refusal(texts.field_missing);
        return show_confirm(visit, &step, Some(missing)).await;
    };
    let input = json!({ "ClientId": client.id, "Username": username, "ConfirmationCode": code });
    let confirmed = match check::<op::ConfirmSignUp>(&input) {
        Ok(()) => sign_up::confirm(ctx, pool, client, username, code, false).await,
        Err(error) => Err(error),
    };
    match confirmed {
        Ok(()) if step.at == (At::Confirm { proved: true }) => signed_up(visit, username).await,
        Ok(()) => sign_in::show(visit, username, Some(Banner::notice(texts.confirmed))).await,
        Err(error) => {
            let banner = visit.refused(&error);
            show_confirm(visit, &step, Some(banner)).await
        }
    }
}

/// The end of a sign-up: what is left of signing in, such as a second factor that the pool demands.
async fn signed_up(visit: &PageRequest, username: &str) -> Result<Response> {
    let (ctx, pool, client) = (&visit.ctx, visit.pool(), visit.client());
    // Pools of the cheapest plan do not have the flow that goes on from here, and a client that
    // wants a level wants more than a code.
    if pool.require_essentials("USER_AUTH").is_err() || !visit.request.levels.is_empty() {
        let confirmed = Banner::notice(visit.t().confirmed);
        return sign_in::show(visit, username, Some(confirmed)).await;
    }
    let entrance = Entrance::Pages;
    let session = match users::find(ctx, pool, username).await? {
        Some(user) => flow::session_after_sign_up(ctx, pool, client, entrance, &user, true)?,
        None => None,
    };
    let attempt = match session {
        Some(session) => FirstAttempt::SignedUp { session },
        None => FirstAttempt::Choice { password: None },
    };
    sign_in::begin(visit, username, attempt).await
}

/// `POST /resendcode`: the code of a sign-up or of a forgotten password once more.
pub async fn post_resend(visit: &PageRequest, form: &Form) -> Result<Response> {
    let (ctx, pool, client) = (&visit.ctx, visit.pool(), visit.client());
    let Some(step) = visit.step(form) else {
        return Ok(visit.forbidden());
    };
    match step.at {
        At::Confirm { .. } => {
            let sent = sign_up::resend(ctx, pool, client, &step.username).await;
            let (step, banner) = sent_again(visit, step, sent);
            show_confirm(visit, &step, Some(banner)).await
        }
        At::Reset => {
            let sent = crate::flows::recover::begin(ctx, pool, client, &step.username).await;
            let (step, banner) = sent_again(visit, step, sent);
            recover::show_reset(visit, &step, Some(banner)).await
        }
        At::Challenge(_)
        | At::PickedPassword
        | At::SetUpMfa { .. }
        | At::AddPasskey
        | At::StepUp => Ok(visit.forbidden()),
    }
}

fn sent_again(
    visit: &PageRequest,
    step: Step,
    sent: Result<CodeDeliveryDetailsType>,
) -> (Step, Banner) {
    match sent {
        Ok(details) => {
            let destination = details.destination.as_deref().unwrap_or_default();
            let sentence = fill(visit.t().code_sent, "destination", destination);
            (step.sent(&details), Banner::notice(sentence))
        }
        Err(error) => (step, visit.refused(&error)),
    }
}
