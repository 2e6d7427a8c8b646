//! Where a refused browser goes: back to the client with an error (RFC 6749 §4.1.2.1), or, when
//! nobody says that the address is the client's, to a page here.
//!
//! The page is data, which an answer carries until a layer of the router draws it
//! (`pages::message::draw`). Not here: what is refused (`request.rs`).

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::error::OAuthError;
use super::redirect::redirect;
use crate::app::Ctx;
use crate::domain::redirect_mismatch::RedirectMismatch;
use crate::error::Error;

/// Why a browser gets no further.
#[derive(Debug)]
pub enum AuthorizationError {
    /// Shown here: the client is unknown, or the address is not the client's.
    Page(ErrorPage),
    /// Told to the client: the whole address, with the error in it.
    Redirect(String),
}

/// What an error page says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorPage {
    pub status: StatusCode,
    pub error: OAuthError,
    /// A sentence. It may repeat what the browser sent: show it as text.
    pub description: String,
    /// For whoever develops: the address that was sent, and those that are registered.
    pub mismatch: Option<RedirectMismatch>,
}

impl ErrorPage {
    pub fn new(error: OAuthError, description: impl Into<String>) -> Self {
        let status = if error == OAuthError::ServerError {
            StatusCode::INTERNAL_SERVER_ERROR
        } else {
            StatusCode::BAD_REQUEST
        };
        Self {
            status,
            error,
            description: description.into(),
            mismatch: None,
        }
    }
}

impl AuthorizationError {
    /// The address is none of the client's. Which ones are is told to whoever develops, and to
    /// nobody else.
    pub(super) fn mismatch(ctx: &Ctx, description: &str, mismatch: RedirectMismatch) -> Self {
        ctx.note_why(mismatch.sentence());
        Self::Page(ErrorPage {
            mismatch: Some(mismatch),
            ..ErrorPage::new(OAuthError::RedirectMismatch, description)
        })
    }

    pub fn page(error: OAuthError, description: impl Into<String>) -> Self {
        Self::Page(ErrorPage::new(error, description))
    }
}

/// What the log calls an answer. What an error page says is a reason, where nothing better was
/// said.
pub fn outcome(ctx: &Ctx, answer: &Result<Response, AuthorizationError>) -> &'static str {
    match answer {
        Ok(_) => "ok",
        Err(AuthorizationError::Page(page)) => {
            ctx.note_why(page.description.as_str());
            page.error.code()
        }
        Err(AuthorizationError::Redirect(_)) => "refused",
    }
}

/// Our own fault: the cause goes to the log.
impl From<Error> for AuthorizationError {
    fn from(error: Error) -> Self {
        tracing::error!(?error, "authorization");
        Self::page(OAuthError::ServerError, "Something went wrong")
    }
}

impl IntoResponse for AuthorizationError {
    fn into_response(self) -> Response {
        match self {
            Self::Redirect(location) => redirect(&location),
            Self::Page(page) => {
                let mut response = page.status.into_response();
                response.extensions_mut().insert(page);
                response
            }
        }
    }
}
