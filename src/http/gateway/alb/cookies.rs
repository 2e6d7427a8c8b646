//! What a load balancer keeps in the browser: the session, in as many cookies as it takes, and the
//! secret by which the browser is known when it comes back from the user pool.
//!
//! The session is sealed; no script can read either. Not here: what a session holds
//! (`flows::authenticate_cognito`).

use axum::http::{HeaderMap, HeaderValue};

use super::AlbRequest;
use crate::app::Ctx;
use crate::error::Error;
use crate::flows::authenticate_cognito::{AlbAction, AlbSession, LOGIN_TIMEOUT};
use crate::http::hosts;
use crate::http::oauth::browser::cookie;
use crate::keys::is_base64url_sha256;

/// Named as on AWS.
const NONCE: &str = "AWSALBAuthNonce";

/// What browsers take for one cookie: name, value and attributes.
const LARGEST: usize = 4_096;

/// Enough for what a load balancer takes of claims and tokens, sealed.
const MOST: usize = 5;

/// The sealed session that the browser brings.
pub fn session(headers: &HeaderMap, action: AlbAction<'_>) -> Option<String> {
    let shards: String = shards(headers, action).collect();
    (!shards.is_empty()).then_some(shards)
}

fn shards<'h>(headers: &'h HeaderMap, action: AlbAction<'_>) -> impl Iterator<Item = &'h str> {
    let name = action.config.session_cookie_name.clone();
    (0..MOST).map_while(move |number| cookie(headers, &format!("{name}-{number}")))
}

/// Lets the browser keep the session for as long as it lasts.
pub fn keep(
    ctx: &Ctx,
    request: &AlbRequest<'_>,
    action: AlbAction<'_>,
    session: &AlbSession,
) -> Result<Vec<HeaderValue>, Error> {
    let name = &action.config.session_cookie_name;
    let attributes = attributes(request, session.rest(ctx));
    let sealed = session.seal(ctx, action)?;
    let room = LARGEST - format!("{name}-0={attributes}").len();
    let mut rest = sealed.as_str();
    let mut cookies = Vec::new();
    while !rest.is_empty() {
        // Sealed text is ASCII.
        let (shard, more) = rest.split_at(rest.len().min(room));
        let cookie = format!("{name}-{}={shard}{attributes}", cookies.len());
        cookies.push(HeaderValue::try_from(cookie).map_err(anyhow::Error::new)?);
        rest = more;
    }
    // Those of a longer session that was here before.
    let ended = self::attributes(request, 0);
    for number in cookies.len()..shards(&request.head, action).count() {
        let cookie = format!("{name}-{number}={ended}");
        cookies.push(HeaderValue::try_from(cookie).map_err(anyhow::Error::new)?);
    }
    Ok(cookies)
}

/// The browser's secret, if it can be one of ours.
pub fn nonce(headers: &HeaderMap) -> Option<&str> {
    // As long as a digest: 256 bits in base64url.
    cookie(headers, NONCE).filter(|value| is_base64url_sha256(value))
}

pub fn keep_nonce(request: &AlbRequest<'_>, nonce: &str) -> Option<HeaderValue> {
    let seconds = i64::try_from(LOGIN_TIMEOUT.as_secs()).unwrap_or(i64::MAX);
    HeaderValue::try_from(format!("{NONCE}={nonce}{}", attributes(request, seconds))).ok()
}

/// At this API only. On this machine http and https share their cookies
/// (`docs/decisions/0003-browsers-on-a-shared-host.md`). (unsure) AWS's have no SameSite, which
/// browsers take for Lax.
fn attributes(request: &AlbRequest<'_>, seconds: i64) -> String {
    let path = if request.base.is_empty() {
        "/"
    } else {
        request.base
    };
    let secure = request.head.by_tls && !hosts::is_loopback(&request.head);
    let secure = if secure { "; Secure" } else { "" };
    format!("; Path={path}; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
}
