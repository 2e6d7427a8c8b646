//! `/passkeys/add`: a passkey for somebody who is signed in in this browser. Not here: signing in
//! with one (`challenge.rs`).

use axum::response::Response;
use serde_json::Value;

use super::form::Form;
use super::page_request::PageRequest;
use super::refusals::Banner;
use super::step::{At, Step};
use super::templates::{Link, MessagePage, PasskeyPage};
use crate::error::Result;
use crate::flows::passkeys;
use crate::http::oauth;
use crate::store::User;

/// The service asks for `client_id` and `redirect_uri` only; the rest of a request is added.
pub fn completed(query: Option<&str>) -> String {
    let query = query.unwrap_or_default();
    if query
        .split('&')
        .any(|pair| pair.starts_with("response_type="))
    {
        query.to_owned()
    } else {
        format!("{query}&response_type=code")
    }
}

/// Visitors who are not signed in do that first.
pub async fn get(visit: &PageRequest) -> Result<Response> {
    match visit.signed_in().await? {
        Some(user) => show(visit, &user, None).await,
        None => Ok(oauth::redirect(&visit.link("/login"))),
    }
}

async fn show(visit: &PageRequest, user: &User, banner: Option<Banner>) -> Result<Response> {
    let (ctx, pool, client) = (&visit.ctx, visit.pool(), visit.client());
    let texts = visit.t();
    let frame = visit.frame(texts.passkey_add_title);
    match passkeys::begin_registration(ctx, pool, client, user).await {
        Ok(options) => visit.page(&PasskeyPage {
            frame: frame.intro(texts.passkey_add_intro).banner(banner),
            action: "/passkeys/add",
            // The challenge is kept in the store; the step only says whose page this was.
            state: visit.seal(&Step::new(At::AddPasskey, &user.sub))?,
            ceremony: "create",
            options: options.to_string(),
            submit: texts.passkey_add,
            other_way: None,
            links: vec![back(visit, texts.not_now)],
        }),
        Err(error) => visit.page(&MessagePage {
            frame: frame.banner(Some(visit.refused(&error))),
            detail: None,
            button: Some(back(visit, texts.continue_here)),
            links: Vec::new(),
        }),
    }
}

/// Back to the client.
fn back(visit: &PageRequest, text: &str) -> Link {
    Link {
        lead: None,
        text: text.to_owned(),
        href: visit.request.redirect_uri.clone(),
        testid: "link-back",
    }
}

pub async fn post(visit: &PageRequest, form: &Form) -> Result<Response> {
    let texts = visit.t();
    let Some(user) = visit.signed_in().await? else {
        return Ok(visit.forbidden());
    };
    // Somebody else may have signed in in another tab since.
    let is_theirs = visit
        .step(form)
        .is_some_and(|step| step.at == At::AddPasskey && step.username == user.sub);
    if !is_theirs {
        return Ok(visit.forbidden());
    }
    let credential = form.get("credential").unwrap_or_default();
    let Ok(credential) = serde_json::from_str::<Value>(credential) else {
        let failed = Banner::refusal(texts.passkey_failed);
        return show(visit, &user, Some(failed)).await;
    };
    let (ctx, pool, client) = (&visit.ctx, visit.pool(), visit.client());
    match passkeys::complete_registration(ctx, pool, client, &user, &credential).await {
        Ok(()) => visit.page(&MessagePage {
            frame: visit
                .frame(texts.passkey_add_title)
                .banner(Some(Banner::notice(texts.passkey_added))),
            detail: None,
            button: Some(back(visit, texts.continue_here)),
            links: Vec::new(),
        }),
        Err(error) => show(visit, &user, Some(visit.refused(&error))).await,
    }
}
