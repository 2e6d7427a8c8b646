//! The end of every sign-in in a browser: the session is opened, and the client gets its code or
//! its tokens.
//!
//! Not here: how somebody signed in (`http::pages`, `federate`).

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::browser::Browser;
use super::error::OAuthError;
use super::redirect::{redirect, with_fragment, with_query};
use super::request::{AuthorizeRequest, ResponseType};
use crate::app::Ctx;
use crate::error::{Error, Result};
use crate::flows::authorize::{self, Authenticated};
use crate::store::BrowserSession;

/// Somebody has just signed in: opens the browser's session and sends the browser back to the
/// client.
pub async fn finish(
    ctx: &Ctx,
    request: &AuthorizeRequest,
    browser: &Browser,
    who: Authenticated,
) -> Response {
    let session = ctx.uuid();
    let result = async {
        let location = answer(ctx, request, &who, &session).await?;
        let cookie = browser
            .sign_in(ctx, &request.pool, &request.client, &who, &session)
            .await?;
        Ok((location, cookie))
    };
    match result.await {
        Ok((location, cookie)) => with_cookie(redirect(&location), cookie),
        Err(error) => failed(request, &error),
    }
}

/// Somebody is signed in already: sends the browser back to the client, with the time at which they
/// really signed in.
pub(super) async fn resume(
    ctx: &Ctx,
    request: &AuthorizeRequest,
    session: &BrowserSession,
) -> Response {
    let result = async {
        let location = answer(ctx, request, &Authenticated::from(session), &session.id).await?;
        authorize::use_session(ctx, session).await?;
        Ok(location)
    };
    match result.await {
        Ok(location) => redirect(&location),
        Err(error) => failed(request, &error),
    }
}

/// The address with what the client asked for.
async fn answer(
    ctx: &Ctx,
    request: &AuthorizeRequest,
    who: &Authenticated,
    session: &str,
) -> Result<String> {
    let scope = request.scope();
    let acr = request
        .pool
        .told_level(&who.methods, !request.levels.is_empty());
    let grant = request.grant(&scope, session, acr.as_deref());
    let state = request.state.as_deref().map(|state| ("state", state));
    match request.response_type {
        ResponseType::Code => {
            let code =
                authorize::issue_code(ctx, &request.pool, &request.client, who, grant).await?;
            let mut answer = vec![("code", code.as_str())];
            answer.extend(state);
            Ok(with_query(&request.redirect_uri, &answer))
        }
        ResponseType::Token => {
            let tokens =
                authorize::issue_implicit(ctx, &request.pool, &request.client, who, grant).await?;
            let expires_in = tokens.expires_in.to_string();
            // In the order in which the service writes them.
            let mut answer = Vec::new();
            answer.extend(tokens.id.as_deref().map(|token| ("id_token", token)));
            answer.push(("access_token", &tokens.access));
            answer.push(("expires_in", &expires_in));
            answer.push(("token_type", "Bearer"));
            answer.extend(state);
            Ok(with_fragment(&request.redirect_uri, &answer))
        }
    }
}

/// What went wrong after the user had signed in is told to the client: with the words that are
/// anybody's to read.
fn failed(request: &AuthorizeRequest, error: &Error) -> Response {
    let description = match error {
        Error::Internal(cause) => {
            tracing::error!("authorization: {cause:#}");
            None
        }
        other => Some(other.message()),
    };
    request
        .refuse(OAuthError::ServerError, description.as_deref())
        .into_response()
}

pub(super) fn with_cookie(mut response: Response, cookie: Option<HeaderValue>) -> Response {
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}
