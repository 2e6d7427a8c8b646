//! A visit to a page: the valid request that led there, the visitor's browser, and how the page is
//! to look and speak.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use askama::Template;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::form::{Body, Form};
use super::frame::{self, Frame};
use super::language::Language;
use super::look::Look;
use super::message;
use super::refusals::Banner;
use super::step::Step;
use super::strip::Strip;
use super::templates::{Link, MessagePage};
use super::texts::Texts;
use crate::app::Ctx;
use crate::error::{Error, Result};
use crate::flows::point_in_time_recovery;
use crate::flows::sign_in::{Authenticated, Entrance, Sender, SignInRequest};
use crate::http::log::log;
use crate::http::oauth::{self, AuthorizeRequest, Browser};
use crate::http::request_head::RequestHead;
use crate::store::{BrowserSession, Client, Pool, User};

/// The pages whose forms sign somebody in, by their names in the routes.
const SIGN_IN: [&str; 3] = ["Login", "Mfa", "ChangePasswordPage"];

pub struct PageRequest {
    pub ctx: Ctx,
    pub request: AuthorizeRequest,
    pub browser: Browser,
    pub language: Language,
    pub look: Arc<Look>,
    strip: bool,
    /// The users for whom the strip was searched.
    searched: Option<String>,
    started: Instant,
    /// What the log will say.
    outcome: OnceLock<&'static str>,
}

impl PageRequest {
    /// A visit with this query; without a valid request there is nothing but an error page, or the
    /// client hears of it.
    pub async fn open(
        ctx: Ctx,
        head: &RequestHead,
        query: Option<&str>,
    ) -> std::result::Result<Self, Response> {
        let started = Instant::now();
        let request = match AuthorizeRequest::read(&ctx, head, query.unwrap_or_default()).await {
            Ok(request) => request,
            Err(refusal) => {
                let result = Err(refusal);
                log(&ctx, oauth::outcome(&ctx, &result), started);
                return Err(result.into_response());
            }
        };
        let language = Language::choose(request.lang.as_deref(), head);
        let strip = Strip::of_page(&ctx.app, head).await;
        let look = match Look::of(&ctx, &request.pool, &request.client).await {
            Ok(look) => look,
            Err(error) => return Err(message::broken(&ctx, language, strip, &error)),
        };
        if look.is_unavailable {
            log(&ctx, "unavailable", started);
            return Err(message::unavailable(language, strip));
        }
        Ok(Self {
            strip: strip.is_some(),
            searched: None,
            browser: Browser::of(&ctx, head),
            ctx,
            request,
            language,
            look,
            started,
            outcome: OnceLock::new(),
        })
    }

    /// The form that was sent here, if it has this browser's token. None is to be answered with
    /// [`PageRequest::forbidden`].
    pub fn form(&self, headers: &HeaderMap, body: Body) -> Option<Form> {
        let form = Form::read(headers, &body.ok()?)?;
        let token = form.get("_csrf")?;
        self.browser.check_form_token(token).then_some(form)
    }

    /// The answer to a form without its token: from elsewhere, or from a page that was open for
    /// longer than its cookie lasts.
    pub fn forbidden(&self) -> Response {
        let _the_first_stays = self.outcome.set("forbidden");
        self.ctx.note_why(
            "The form has no _csrf of this browser: it was sent from elsewhere, or the page was \
             open for longer than its cookie lasts.",
        );
        let banner = Banner::refusal(self.t().form_expired);
        self.refusal_page(StatusCode::FORBIDDEN, banner)
    }

    /// Refuses what writes while the pool is recovered to a point in time. A challenge that writes
    /// is refused by the sign-in itself.
    pub async fn check_not_paused(&self) -> Result<()> {
        if SIGN_IN.contains(&self.ctx.operation) {
            return Ok(());
        }
        point_in_time_recovery::check_not_paused(&self.ctx, &self.pool().id).await
    }

    /// The answer to a form that has to wait.
    pub fn paused(&self, error: Error) -> Result<Response> {
        let Error::PausedByRecovery = error else {
            return Err(error);
        };
        let banner = self.refused(&error);
        Ok(self.refusal_page(StatusCode::SERVICE_UNAVAILABLE, banner))
    }

    fn refusal_page(&self, status: StatusCode, banner: Banner) -> Response {
        let texts = self.t();
        let page = MessagePage {
            frame: self.frame(texts.error_title).banner(Some(banner)),
            detail: None,
            button: Some(Link {
                lead: None,
                text: texts.back_to_sign_in.to_owned(),
                href: self.link("/login"),
                testid: "link-sign-in",
            }),
            links: Vec::new(),
        };
        self.page_with(status, &page)
            .unwrap_or_else(|error| self.broken(&error))
    }

    /// Who is signed in in this browser already.
    pub async fn signed_in(&self) -> Result<Option<User>> {
        let session = self.browser.session(&self.ctx, self.pool(), self.client());
        match session.await? {
            Some(session) => self.user_of(&session).await,
            None => Ok(None),
        }
    }

    /// The same, with their session, as far as the client takes that for a sign-in.
    pub async fn taken_as(&self) -> Result<Option<(BrowserSession, User)>> {
        let session = self.browser.session(&self.ctx, self.pool(), self.client());
        let session = session.await?;
        let Some(session) = session.filter(|one| self.request.takes(one, self.ctx.now)) else {
            return Ok(None);
        };
        let user = self.user_of(&session).await?;
        Ok(user.map(|user| (session, user)))
    }

    async fn user_of(&self, session: &BrowserSession) -> Result<Option<User>> {
        let mut read = self.ctx.store().read().await?;
        read.users()
            .find_by_sub(&self.pool().id, &session.sub)
            .await
    }

    pub fn pool(&self) -> &Pool {
        &self.request.pool
    }

    pub fn client(&self) -> &Client {
        &self.request.client
    }

    pub fn t(&self) -> &'static Texts {
        &self.language.tongue().texts
    }

    /// A request of a sign-in that this visitor makes.
    pub fn sign_in<'a>(&'a self, sender: &'a Sender) -> SignInRequest<'a> {
        SignInRequest {
            ctx: &self.ctx,
            pool: self.pool(),
            client: self.client(),
            entrance: Entrance::Pages,
            sender,
        }
    }

    /// A path of ours with the request's query.
    pub fn link(&self, path: &str) -> String {
        format!("{path}?{}", self.request.query)
    }

    pub fn has_strip(&self) -> bool {
        self.strip
    }

    /// From now on the strip shows the users who are searched for.
    pub fn search(&mut self, typed: &str) {
        self.searched = Some(typed.to_owned());
    }

    /// What is said about an error, which the log hears of, too.
    pub fn refused(&self, error: &Error) -> Banner {
        let _the_first_stays = self.outcome.set(error.code().as_str());
        self.ctx.note_refusal(error);
        if let Error::Internal(cause) = error {
            tracing::error!("page: {cause:#}");
        }
        Banner::of(error, self.language)
    }

    /// The page around a step's content.
    pub fn frame(&self, title: &str) -> Frame<'_> {
        let mut frame = Frame::bare(title, self.language, &self.look);
        frame.query = &self.request.query;
        frame.form_token = self.browser.form_token().to_owned();
        frame.strip = self.strip.then(Strip::default);
        frame
    }

    /// As [`PageRequest::frame`], with users to sign in as.
    pub async fn first_frame(&self, title: &str) -> Result<Frame<'_>> {
        let mut frame = self.frame(title).with_languages();
        if self.strip && self.look.local {
            let (ctx, pool) = (&self.ctx, self.pool());
            frame.strip = Some(match &self.searched {
                Some(typed) => Strip::with_search(ctx, pool, typed).await?,
                None => {
                    let hint = self.request.login_hint.as_deref();
                    Strip::with_users(ctx, pool, hint).await?
                }
            });
        }
        Ok(frame)
    }

    /// As [`PageRequest::frame`], with the code that was sent.
    pub async fn code_frame(&self, title: &str, step: &Step) -> Result<Frame<'_>> {
        let mut frame = self.frame(title);
        if self.strip {
            frame.strip = Some(Strip::with_code(&self.ctx, self.pool(), step).await?);
        }
        Ok(frame)
    }

    pub fn seal(&self, step: &Step) -> Result<String> {
        step.seal(&self.ctx, self.pool(), self.client())
    }

    /// The step that a form answers. None when it is not one of this client's.
    pub fn step(&self, form: &Form) -> Option<Step> {
        Step::open(&self.ctx, self.pool(), self.client(), form.get("state")?)
    }

    fn broken(&self, error: &Error) -> Response {
        let strip = self.strip.then(Strip::default);
        message::broken(&self.ctx, self.language, strip, error)
    }

    /// A rendered page, with the cookie that its form token belongs to.
    pub fn page(&self, page: &impl Template) -> Result<Response> {
        self.page_with(StatusCode::OK, page)
    }

    pub fn page_with(&self, status: StatusCode, page: &impl Template) -> Result<Response> {
        let html = message::render(page)?;
        let response = frame::respond(status, html, &self.request.redirect_uri);
        Ok(self.browser.remember(response))
    }

    /// The end of a visit: what is answered, and the log's line.
    pub fn end(&self, response: Result<Response>) -> Response {
        let response = response.unwrap_or_else(|error| {
            let _the_first_stays = self.outcome.set(error.code().as_str());
            self.ctx.note_refusal(&error);
            self.broken(&error)
        });
        let outcome = self.outcome.get().copied().unwrap_or("ok");
        log(&self.ctx, outcome, self.started);
        response
    }
}

/// The end of a sign-in: the browser's session, and back to the client with a code.
pub async fn finish(visit: &PageRequest, authenticated: Authenticated) -> Response {
    oauth::finish(&visit.ctx, &visit.request, &visit.browser, authenticated).await
}
