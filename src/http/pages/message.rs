//! Pages that only say something: errors without a client to tell them to, and the end of a
//! session.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::frame::{self, Frame};
use super::language::Language;
use super::look::Look;
use super::refusals::Banner;
use super::strip::Strip;
use super::templates::MessagePage;
use super::texts::Texts;
use crate::app::{App, Ctx};
use crate::error::{Error, Result};
use crate::http::oauth::ErrorPage;

/// The parameter of a query, decoded.
pub fn parameter(query: Option<&str>, name: &str) -> Option<String> {
    form_urlencoded::parse(query?.as_bytes())
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

pub fn render(page: &impl Template) -> Result<String> {
    page.render()
        .map_err(|error| Error::Internal(anyhow::Error::new(error).context("template")))
}

/// A page that belongs to no valid request.
fn plain(status: StatusCode, frame: Frame<'_>, detail: Option<String>) -> Response {
    let page = MessagePage {
        frame,
        detail,
        button: None,
        links: Vec::new(),
    };
    match render(&page) {
        Ok(html) => frame::respond(status, html, ""),
        Err(error) => {
            tracing::error!(?error, "a page could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Draws the page of an answer that is one without a page yet ([`ErrorPage`]).
pub async fn draw(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let (headers, uri) = (request.headers().clone(), request.uri().clone());
    let mut response = next.run(request).await;
    match response.extensions_mut().remove::<ErrorPage>() {
        Some(page) => {
            let strip = Strip::of_page(&app, &headers).await;
            refused(&headers, uri.query(), page, strip)
        }
        None => response,
    }
}

/// What a request is refused with that nobody may be sent back for. An address that does not fit is
/// explained to whoever sees the strip, and to nobody else.
fn refused(
    headers: &HeaderMap,
    query: Option<&str>,
    page: ErrorPage,
    strip: Option<Strip>,
) -> Response {
    let lang = parameter(query, "lang");
    let language = Language::choose(lang.as_deref(), headers);
    let (look, texts) = (Look::default(), &language.tongue().texts);
    let mut frame = Frame::bare(texts.error_title, language, &look)
        .intro(texts.error_intro)
        .banner(Some(Banner::refusal(page.description)));
    frame.strip = strip.map(|strip| Strip {
        mismatch: page.mismatch,
        ..strip
    });
    plain(page.status, frame, Some(page.error.code().to_owned()))
}

/// `GET /error?error=…`: where the service sends browsers whom it cannot send back. The code is as
/// the service names it, such as `redirect_mismatch`.
pub async fn error(State(app): State<Arc<App>>, uri: Uri, headers: HeaderMap) -> Response {
    let code = parameter(uri.query(), "error").unwrap_or_else(|| "invalid_request".to_owned());
    let lang = parameter(uri.query(), "lang");
    let language = Language::choose(lang.as_deref(), &headers);
    let (look, texts) = (Look::default(), &language.tongue().texts);
    let mut frame = Frame::bare(texts.error_title, language, &look).intro(texts.error_intro);
    frame.strip = Strip::of_page(&app, &headers).await;
    plain(StatusCode::BAD_REQUEST, frame, Some(code))
}

/// What came of opening the link in a sign-up's e-mail.
pub fn confirmed(
    headers: &HeaderMap,
    query: Option<&str>,
    strip: Option<Strip>,
    result: &Result<()>,
) -> Response {
    let said = |texts: &Texts| LinkOutcome {
        title: texts.link_confirmed_title,
        sentence: texts.link_confirmed,
        refused: texts.link_refused_title,
    };
    link_opened(headers, query, said, strip, result)
}

/// What came of opening a link in a notification about a sign-in.
pub fn thanked(
    headers: &HeaderMap,
    query: Option<&str>,
    strip: Option<Strip>,
    result: &Result<()>,
) -> Response {
    let said = |texts: &Texts| LinkOutcome {
        title: texts.feedback_title,
        sentence: texts.feedback_intro,
        refused: texts.error_title,
    };
    link_opened(headers, query, said, strip, result)
}

/// What a page says of a link that was opened.
struct LinkOutcome {
    title: &'static str,
    sentence: &'static str,
    /// The title where nothing was done.
    refused: &'static str,
}

/// What came of opening a link in a message, or why nothing was done.
fn link_opened(
    headers: &HeaderMap,
    query: Option<&str>,
    said: impl Fn(&Texts) -> LinkOutcome,
    strip: Option<Strip>,
    result: &Result<()>,
) -> Response {
    let lang = parameter(query, "lang");
    let language = Language::choose(lang.as_deref(), headers);
    let (look, texts) = (Look::default(), &language.tongue().texts);
    let said = said(texts);
    match result {
        Ok(()) => {
            let mut frame = Frame::bare(said.title, language, &look);
            frame.strip = strip;
            plain(StatusCode::OK, frame.intro(said.sentence), None)
        }
        Err(error) => {
            let status = match error {
                Error::Internal(cause) => {
                    tracing::error!("a link in a message: {cause:#}");
                    StatusCode::INTERNAL_SERVER_ERROR
                }
                _ => StatusCode::BAD_REQUEST,
            };
            let mut frame = Frame::bare(said.refused, language, &look);
            frame.strip = strip;
            plain(
                status,
                frame.banner(Some(Banner::of(error, language))),
                None,
            )
        }
    }
}

/// Our own fault; the log has the cause.
pub fn broken(ctx: &Ctx, language: Language, strip: Option<Strip>, error: &Error) -> Response {
    tracing::error!(
        request_id = ctx.request_id,
        ?error,
        "a page could not be shown"
    );
    let (look, texts) = (Look::default(), &language.tongue().texts);
    let mut frame = Frame::bare(texts.error_title, language, &look).intro(texts.error_intro);
    frame.strip = strip;
    let detail = Some("server_error".to_owned());
    plain(StatusCode::INTERNAL_SERVER_ERROR, frame, detail)
}

/// Managed login without a style for the client: the service's own sentence.
pub fn unavailable(language: Language, strip: Option<Strip>) -> Response {
    let (look, texts) = (Look::default(), &language.tongue().texts);
    let mut frame = Frame::bare(texts.error_title, language, &look).intro(texts.unavailable);
    frame.strip = strip;
    let detail = "CreateManagedLoginBranding has made no style for this app client".to_owned();
    plain(StatusCode::BAD_REQUEST, frame, Some(detail))
}

/// `GET /_mocknito/pages/signed-out`: a sign-out URL for clients that have no page of their own for
/// it.
pub async fn signed_out(uri: Uri, headers: HeaderMap) -> Response {
    let lang = parameter(uri.query(), "lang");
    let language = Language::choose(lang.as_deref(), &headers);
    let (look, texts) = (Look::default(), &language.tongue().texts);
    let frame = Frame::bare(texts.signed_out_title, language, &look).intro(texts.signed_out_intro);
    plain(StatusCode::OK, frame, None)
}
