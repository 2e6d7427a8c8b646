//! `GET /confirmUser`: the link in a sign-up's e-mail. Opening it confirms the user, and a small page says so.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use crate::app::{App, Ctx};
use crate::error::{Error, Result};
use crate::flows::sign_up;
use crate::http::headers::{self, Policy};

/// What the link carries.
#[derive(Deserialize)]
pub struct Link {
    client_id: String,
    user_name: String,
    confirmation_code: String,
}

pub async fn confirm_user(
    State(app): State<Arc<App>>,
    link: std::result::Result<Query<Link>, QueryRejection>,
) -> Response {
    let started = Instant::now();
    let ctx = Ctx::new(app, "ConfirmUser", None);
    let result = match link {
        Ok(Query(link)) => confirm(&ctx, &link).await,
        Err(_) => Err(Error::CodeExpired),
    };
    let outcome = result
        .as_ref()
        .map_or_else(|error| error.code().as_str(), |()| "ok");
    crate::http::log(&ctx, outcome, started);
    match result {
        Ok(()) => page(
            StatusCode::OK,
            "Confirmed",
            "Your registration has been confirmed!",
        ),
        Err(error) => {
            let status = match &error {
                Error::Internal(cause) => {
                    tracing::error!("confirmation link: {cause:#}");
                    StatusCode::INTERNAL_SERVER_ERROR
                }
                _ => StatusCode::BAD_REQUEST,
            };
            page(status, "Not confirmed", &error.message())
        }
    }
}

async fn confirm(ctx: &Ctx, link: &Link) -> Result<()> {
    let (pool, client) = ctx.client(&link.client_id).await?;
    let (username, code) = (&link.user_name, &link.confirmation_code);
    sign_up::confirm(ctx, &pool, &client, username, code, false).await
}

/// A page with one sentence. It loads nothing and runs nothing.
fn page(status: StatusCode, title: &str, sentence: &str) -> Response {
    let (title, sentence) = (headers::escape(title), headers::escape(sentence));
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <style>body{{font:1.1rem system-ui,sans-serif;max-width:32rem;margin:4rem auto;padding:0 1rem}}</style>\n\
         </head>\n<body>\n<h1>{title}</h1>\n<p>{sentence}</p>\n</body>\n</html>\n"
    );
    let policy = Policy {
        style: "'unsafe-inline'",
        ..Policy::default()
    };
    headers::page(status, &policy, html)
}
