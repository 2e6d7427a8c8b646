//! What a browser carries from page to page: who is signed in there, and the proof that a form was
//! one of ours.
//!
//! Two cookies, named as on AWS. `cognito` holds the ids of the browser's sessions, one per pool,
//! since here many pools share a host. `XSRF-TOKEN` holds the token that every form must repeat.
//! Both are sealed, HttpOnly and SameSite=Lax: nobody can make them up, no script can read them,
//! and no other site's form brings them along. Not here: the sessions themselves
//! (`flows::authorize`).

use aws_lc_rs::constant_time::verify_slices_are_equal;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use serde::{Deserialize, Serialize};

use crate::app::Ctx;
use crate::error::Result;
use crate::flows::authorize::{self, Authenticated};
use crate::http::hosts;
use crate::http::request_head::RequestHead;
use crate::keys::Purpose;
use crate::store::{BrowserSession, Client, Pool, SamlSession};

const SESSIONS: &str = "cognito";
const FORM: &str = "XSRF-TOKEN";

/// In how many pools of one host a browser can be signed in; the oldest sign-in gives way.
const MOST_POOLS: usize = 10;

/// How long a form may be left open, in seconds. Half-way there a new page brings a new token.
const FORM_VALIDITY: i64 = 24 * 3_600;

/// A browser, by what its request says. Answers go out through [`Browser::remember`].
#[derive(Debug)]
pub struct Browser {
    sessions: Vec<HeldSession>,
    /// The token that this answer's forms carry.
    form_token: String,
    /// The one that the browser came with.
    given_form_token: Option<String>,
    /// Cookies are for TLS only.
    secure: bool,
    /// The request may have been made by a page of another site.
    foreign: bool,
}

/// A session that the browser holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct HeldSession {
    pool: String,
    id: String,
}

#[derive(Serialize, Deserialize)]
struct FormToken {
    /// Seconds.
    made_at: i64,
    random: [u8; 16],
}

impl Browser {
    pub fn of(ctx: &Ctx, head: &RequestHead) -> Self {
        let seal = &ctx.app.keys.seal;
        let sessions = cookie(head, SESSIONS)
            .and_then(|sealed| seal.open(Purpose::Browser, SESSIONS, sealed))
            .and_then(|plain| serde_json::from_slice(&plain).ok())
            .unwrap_or_default();
        let given = cookie(head, FORM).and_then(|sealed| {
            let plain = seal.open(Purpose::Browser, FORM, sealed)?;
            let token: FormToken = serde_json::from_slice(&plain).ok()?;
            let age = ctx.now.seconds() - token.made_at;
            // One of the future is of before a test moved the clock back.
            (age < FORM_VALIDITY).then_some((sealed, age))
        });
        let form_token = match given {
            Some((sealed, age)) if age < FORM_VALIDITY / 2 => sealed.to_owned(),
            _ => new_form_token(ctx),
        };
        Self {
            sessions,
            form_token,
            given_form_token: given.map(|(sealed, _)| sealed.to_owned()),
            secure: head.by_tls && !shares_its_cookies(head),
            foreign: is_foreign(head),
        }
    }

    /// What every form must send as `_csrf`. The page must go out through [`Browser::remember`].
    pub fn form_token(&self) -> &str {
        &self.form_token
    }

    /// Whether a form with this `_csrf` came from a page that was sent to this browser.
    pub fn check_form_token(&self, given: &str) -> bool {
        let expected = self.given_form_token.as_deref().unwrap_or_default();
        !expected.is_empty()
            && !self.foreign
            && verify_slices_are_equal(expected.as_bytes(), given.as_bytes()).is_ok()
    }

    /// Who is signed in here, if this client may be told without asking.
    pub async fn session(
        &self,
        ctx: &Ctx,
        pool: &Pool,
        client: &Client,
    ) -> Result<Option<BrowserSession>> {
        match self.held(pool) {
            Some(id) => authorize::find_session(ctx, pool, client, id).await,
            None => Ok(None),
        }
    }

    /// Signs somebody in here, in place of whoever was, by a session of this id. Gives the cookie
    /// to set.
    pub(super) async fn sign_in(
        &self,
        ctx: &Ctx,
        pool: &Pool,
        client: &Client,
        who: &Authenticated,
        id: &str,
    ) -> Result<Option<HeaderValue>> {
        authorize::open_session(ctx, pool, client, who, (id, self.held(pool))).await?;
        let mut sessions = self.others(pool);
        sessions.insert(
            0,
            HeldSession {
                pool: pool.id.clone(),
                id: id.to_owned(),
            },
        );
        sessions.truncate(MOST_POOLS);
        self.sessions_cookie(ctx, &sessions)
    }

    /// Signs out of one pool. Gives the cookie to set.
    pub(super) async fn sign_out(&self, ctx: &Ctx, pool: &Pool) -> Result<Option<HeaderValue>> {
        if let Some(id) = self.held(pool) {
            authorize::close_session(ctx, pool, id).await?;
        }
        self.sessions_cookie(ctx, &self.others(pool))
    }

    /// The session at a SAML provider by which the user came who is signed in here.
    pub(super) async fn saml_session(&self, ctx: &Ctx, pool: &Pool) -> Result<Option<SamlSession>> {
        match self.held(pool) {
            Some(id) => authorize::find_saml_session(ctx, pool, id).await,
            None => Ok(None),
        }
    }

    /// Lets the browser keep the form token of this answer, where it has none or an old one.
    pub fn remember(&self, mut response: Response) -> Response {
        if self.given_form_token.as_ref() != Some(&self.form_token) {
            let cookie = self.cookie_text(FORM, &self.form_token);
            if let Ok(value) = HeaderValue::try_from(cookie) {
                response.headers_mut().append(header::SET_COOKIE, value);
            }
        }
        response
    }

    fn held(&self, pool: &Pool) -> Option<&str> {
        self.sessions
            .iter()
            .find(|held| held.pool == pool.id)
            .map(|held| held.id.as_str())
    }

    fn others(&self, pool: &Pool) -> Vec<HeldSession> {
        let others = self.sessions.iter().filter(|held| held.pool != pool.id);
        others.cloned().collect()
    }

    fn sessions_cookie(&self, ctx: &Ctx, sessions: &[HeldSession]) -> Result<Option<HeaderValue>> {
        let text = if sessions.is_empty() {
            format!("{}; Max-Age=0", self.cookie_text(SESSIONS, ""))
        } else {
            let plain = serde_json::to_vec(sessions)?;
            let sealed = ctx.seal(Purpose::Browser, SESSIONS, &plain);
            // Without a time of its own: how long it counts is each client's matter, and the
            // browser's end is its end.
            self.cookie_text(SESSIONS, &sealed)
        };
        Ok(HeaderValue::try_from(text).ok())
    }

    fn cookie_text(&self, name: &str, value: &str) -> String {
        let secure = if self.secure { "; Secure" } else { "" };
        format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}")
    }
}

fn new_form_token(ctx: &Ctx) -> String {
    let token = FormToken {
        made_at: ctx.now.seconds(),
        random: ctx.bytes(),
    };
    let plain = serde_json::to_vec(&token).unwrap_or_default();
    ctx.seal(Purpose::Browser, FORM, &plain)
}

/// The value of a cookie. HTTP/2 may split them over several headers.
pub fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

/// On this machine http and https share their cookies, and a browser does not let http replace one
/// that is for TLS only: who signs in by both would be locked out of one. Nobody listens in between
/// here.
fn shares_its_cookies(headers: &HeaderMap) -> bool {
    hosts::is_loopback(headers)
}

/// Whether the browser says that a page of another site made the request. Who sends neither header
/// is old, or no browser; `null` is what our own pages send, which do not tell where they are.
fn is_foreign(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if let Some(site) = text("sec-fetch-site") {
        return site != "same-origin" && site != "none";
    }
    match text("origin") {
        None | Some("null") => false,
        Some(origin) => {
            let authority = origin.split_once("://").map(|(_, authority)| authority);
            authority != hosts::authority(headers)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let headers = headers(&[("cookie", "a=1; xcognito=2;cognito=3"), ("cookie", "b=4")]);
        assert_eq!(cookie(&headers, "cognito"), Some("3"));
        assert_eq!(cookie(&headers, "b"), Some("4"));
        assert_eq!(cookie(&headers, "cog"), None);
    }

    #[test]
    fn a_request_of_another_sites_page_is_told_apart() {
        const HOST: (&str, &str) = ("host", "localhost:9339");
        for ours in [
            &[HOST][..],
            &[HOST, ("origin", "null")],
            &[HOST, ("origin", "http://localhost:9339")],
            &[HOST, ("sec-fetch-site", "same-origin")],
            &[HOST, ("sec-fetch-site", "none")],
        ] {
            assert!(!is_foreign(&headers(ours)), "{ours:?}");
        }
        for foreign in [
            &[HOST, ("origin", "http://localhost:3000")][..],
            &[HOST, ("origin", "https://evil.example")],
            &[HOST, ("sec-fetch-site", "cross-site")],
            &[HOST, ("sec-fetch-site", "same-site")],
            &[HOST, ("origin", "null"), ("sec-fetch-site", "cross-site")],
        ] {
            assert!(is_foreign(&headers(foreign)), "{foreign:?}");
        }
    }
}
