//! `/forgotPassword` and `/confirmForgotPassword`: a code to a verified address, and a new password
//! for it.

use axum::response::Response;
use serde_json::json;

use super::field::{Field, password_rules};
use super::form::Form;
use super::page_request::PageRequest;
use super::refusals::Banner;
use super::sign_up::check;
use super::step::{At, Step};
use super::templates::FormPage;
use super::texts::fill;
use super::{challenge, sign_in};
use crate::error::Result;
use crate::flows::recover;
use crate::wire::user_pools::op;

pub async fn get(visit: &PageRequest) -> Result<Response> {
    let hint = visit.request.login_hint.clone().unwrap_or_default();
    show(visit, &hint, None).await
}

/// The page that asks whose password was forgotten.
pub async fn show(visit: &PageRequest, username: &str, banner: Option<Banner>) -> Result<Response> {
    let texts = visit.t();
    let frame = visit
        .frame(texts.forgot_title)
        .intro(texts.forgot_intro)
        .banner(banner)
        .with_languages();
    let mut page = FormPage::new(
        frame,
        "forgot-password-form",
        "/forgotPassword",
        texts.reset_my_password,
    );
    page.fields = vec![Field::username(visit.pool(), visit.language, username).focused()];
    page.links = challenge::back(visit);
    visit.page(&page)
}

pub async fn post(visit: &PageRequest, form: &Form) -> Result<Response> {
    let (ctx, pool, client) = (&visit.ctx, visit.pool(), visit.client());
    let Some(username) = form.typed("username") else {
        let missing = Banner::refusal(visit.t().field_missing);
        return show(visit, "", Some(missing)).await;
    };
    let input = json!({ "ClientId": client.id, "Username": username });
    let begun = match check::<op::ForgotPassword>(&input) {
        Ok(()) => recover::begin(ctx, pool, client, username).await,
        Err(error) => Err(error),
    };
    match begun {
        Ok(details) => {
            let step = Step::new(At::Reset, username).sent(&details);
            show_reset(visit, &step, None).await
        }
        Err(error) => show(visit, username, Some(visit.refused(&error))).await,
    }
}

/// `GET /confirmForgotPassword`: for somebody who comes with a code.
pub async fn get_reset(visit: &PageRequest) -> Result<Response> {
    show_reset(visit, &Step::new(At::Reset, ""), None).await
}

/// The page that asks for the code and the new password.
pub async fn show_reset(
    visit: &PageRequest,
    step: &Step,
    banner: Option<Banner>,
) -> Result<Response> {
    let (texts, language) = (visit.t(), visit.language);
    let mut frame = visit
        .code_frame(texts.reset_title, step)
        .await?
        .banner(banner);
    if let Some(sent) = &step.sent {
        frame = frame.intro(fill(texts.reset_intro, "destination", &sent.destination));
    }
    let mut page = FormPage::new(
        frame,
        "reset-password-form",
        "/confirmForgotPassword",
        texts.change_password,
    );
    challenge::ask_for_code(visit, step, &mut page)?;
    page.fields.push(Field::new_password(texts.new_password));
    page.fields
        .push(Field::new_password_again(texts.confirm_new_password));
    page.rules = password_rules(visit.pool(), language);
    page.links = challenge::back(visit);
    visit.page(&page)
}

pub async fn post_reset(visit: &PageRequest, form: &Form) -> Result<Response> {
    let (ctx, pool, client, texts) = (&visit.ctx, visit.pool(), visit.client(), visit.t());
    let step = match visit.step(form) {
        Some(step) if step.at == At::Reset => step,
        _ => Step::new(At::Reset, ""),
    };
    let username = if step.username.is_empty() {
        form.typed("username")
    } else {
        Some(step.username.as_str())
    };
    let (Some(username), Some(code), Some(password)) =
        (username, form.typed("code"), form.get("password"))
    else {
        let missing = Banner::refusal(texts.field_missing);
        return show_reset(visit, &step, Some(missing)).await;
    };
    if form.get("confirm_password") != Some(password) {
        let differ = Banner::refusal(texts.passwords_differ);
        return show_reset(visit, &step, Some(differ)).await;
    }
    let input = json!({
        "ClientId": client.id, "Username": username, "ConfirmationCode": code, "Password": password,
    });
    let done = match check::<op::ConfirmForgotPassword>(&input) {
        Ok(()) => recover::finish(ctx, pool, client, username, code, password).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(()) => {
            let changed = Banner::notice(texts.password_changed);
            sign_in::show(visit, username, Some(changed)).await
        }
        Err(error) => show_reset(visit, &step, Some(visit.refused(&error))).await,
    }
}
