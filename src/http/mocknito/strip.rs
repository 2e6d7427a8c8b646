//! `POST /_mocknito/pages/sign-in`: what the buttons of the development strip do.
//!
//! Signing in so needs no password, on purpose: it is for who develops, and it ends in the same
//! browser session and code as a person's sign-in. Where it is asked to, it stops at the second
//! factor, which is then asked for as after a password. Not here: what the strip shows
//! (`pages::strip`).

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::response::Response;

use crate::app::{App, Ctx};
use crate::boxed::boxed;
use crate::error::{Error, Result};
use crate::flows::sign_in::{Authenticated, second_factor_of};
use crate::flows::users;
use crate::http::pages::form::{Body, Form};
use crate::http::pages::page_request::{self, PageRequest};
use crate::http::pages::strip::cannot_be_signed_in;
use crate::http::pages::{challenge, sign_in};
use crate::http::request_head::RequestHead;
use crate::store::Methods;

/// `POST /_mocknito/pages/sign-in`: signs in the user whose button was pressed.
pub async fn sign_in_as(
    State(app): State<Arc<App>>,
    head: RequestHead,
    RawQuery(query): RawQuery,
    body: Body,
) -> Response {
    let ctx = Ctx::new(app, "SignInForDevelopment", None);
    let mut visit = match boxed(PageRequest::open(ctx, &head, query.as_deref())).await {
        Ok(visit) => visit,
        Err(page) => return page,
    };
    let response = match visit.form(&head, body) {
        Some(form) if visit.has_strip() => boxed(finish(&mut visit, &form)).await,
        _ => Ok(visit.forbidden()),
    };
    visit.end(response)
}

async fn finish(visit: &mut PageRequest, form: &Form) -> Result<Response> {
    let ctx = &visit.ctx;
    let user = match (form.get("sub"), form.typed("who")) {
        (Some(sub), _) => {
            let mut read = ctx.store().read().await?;
            read.users().find_by_sub(&visit.pool().id, sub).await?
        }
        (None, Some(typed)) => match users::find(ctx, visit.pool(), typed).await? {
            Some(named) => Some(named),
            // Nobody has all of this name: whose names begin like it?
            None => {
                visit.search(typed);
                return sign_in::show(visit, "", None).await;
            }
        },
        // An empty search shows everybody again.
        (None, None) if form.has("who") => return sign_in::show(visit, "", None).await,
        (None, None) => None,
    };
    // Since the page was drawn a test may have reset, disabled or deleted the user.
    let refusal = match &user {
        None => Some(Error::UserNotFound),
        Some(user) => cannot_be_signed_in(user),
    };
    let (Some(user), None) = (user, &refusal) else {
        let banner = refusal.map(|error| visit.refused(&error));
        return sign_in::show(visit, "", banner).await;
    };
    if form.get("mfa").is_some() {
        let sender = challenge::sender(&user.username);
        match second_factor_of(visit.sign_in(&sender), &user).await {
            Ok(Some(next)) => return challenge::ask(visit, &user.username, next).await,
            Ok(None) => {}
            Err(error) => return sign_in::refused(visit, "", &error).await,
        }
    }
    tracing::info!(
        pool = user.pool_id,
        "signed in by the development strip, without a password"
    );
    let authenticated = Authenticated {
        sub: user.sub,
        auth_time: ctx.now,
        device_key: None,
        // Nothing was proved.
        methods: Methods::default(),
        saml_session: None,
    };
    Ok(page_request::finish(visit, authenticated).await)
}
