//! Pages as the router wants them: one that is asked for, one whose form is sent, and the two
//! addresses that only lead to others.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::form::{Body, Form};
use super::page_request::PageRequest;
use super::passkeys;
use crate::app::{App, Ctx};
use crate::boxed::BoxFuture;
use crate::error;
use crate::http::request_head::RequestHead;

/// What a page's handler is given.
pub type PageParts = (State<Arc<App>>, RequestHead, RawQuery);

/// What shows a page.
type ShowPage = for<'a> fn(&'a PageRequest) -> BoxFuture<'a, error::Result<Response>>;

/// What answers a form.
type AnswerForm = for<'a> fn(&'a PageRequest, &'a Form) -> BoxFuture<'a, error::Result<Response>>;

/// The visit that a request begins, by the name that the log has for it.
async fn open(
    name: &'static str,
    (State(app), head, RawQuery(query)): &PageParts,
) -> Result<PageRequest, Response> {
    let ctx = Ctx::new(app.clone(), name, None);
    PageRequest::open(ctx, head, query.as_deref()).await
}

/// Answers who asks for a page.
pub async fn ask(name: &'static str, parts: PageParts, show: ShowPage) -> Response {
    match open(name, &parts).await {
        Ok(visit) => {
            let response = show(&visit).await;
            visit.end(response)
        }
        Err(page) => page,
    }
}

/// Answers who sends a form, which is refused without its token. While the pool is recovered to a
/// point in time only the forms of signing in are taken.
pub async fn send(
    name: &'static str,
    parts: PageParts,
    body: Body,
    answer: AnswerForm,
) -> Response {
    match open(name, &parts).await {
        Ok(visit) => {
            let response = match visit.form(&parts.1, body) {
                Some(form) => match visit.check_not_paused().await {
                    Ok(()) => answer(&visit, &form).await,
                    Err(error) => visit.paused(error),
                },
                None => Ok(visit.forbidden()),
            };
            visit.end(response)
        }
        Err(page) => page,
    }
}

/// A page that is asked for: `GET`.
macro_rules! asked {
    ($name:literal, $show:path) => {
        |parts: $crate::http::pages::handlers::PageParts| {
            let show = $crate::http::pages::handlers::ask($name, parts, |visit| {
                $crate::boxed::boxed($show(visit))
            });
            $crate::boxed::boxed(show)
        }
    };
}

/// A form that is sent: `POST`.
macro_rules! sent {
    ($name:literal, $answer:path) => {
        |parts: $crate::http::pages::handlers::PageParts, body: $crate::http::pages::form::Body| {
            let answer = $crate::http::pages::handlers::send($name, parts, body, |visit, form| {
                $crate::boxed::boxed($answer(visit, form))
            });
            $crate::boxed::boxed(answer)
        }
    };
}

pub(in crate::http) use {asked, sent};

/// A step that is asked for by its address has no step before it.
pub async fn back_to_login(RawQuery(query): RawQuery) -> Response {
    let location = format!("/login?{}", query.unwrap_or_default());
    (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
}

/// `GET /passkeys/add`, for which the service asks for fewer parameters than for other pages.
pub async fn add_passkey((app, head, RawQuery(query)): PageParts) -> Response {
    let query = RawQuery(Some(passkeys::completed(query.as_deref())));
    asked!("AddPasskeyPage", passkeys::get)((app, head, query)).await
}
