//! The pages of a pool's domain: sign in, sign up, confirm, forgotten and new passwords, second
//! factors, errors.
//!
//! Rendered here from templates that are checked when they are compiled; they need neither a build
//! step nor a network, and no JavaScript but for passkeys. The request that began it travels in
//! every page's query, what was reached so far in a sealed field of its form, and each form bears a
//! token of its browser. Not here: the endpoints that programs call and the browser's session
//! (`http::oauth`), what the steps do (`flows`). Next: `visit.rs` for what every page begins with,
//! `sign_in.rs`, `challenge.rs`; `texts/` for what they say.

mod assets;
mod challenge;
mod field;
mod form;
mod frame;
mod language;
mod look;
pub(super) mod message;
mod mfa_setup;
mod passkeys;
mod recover;
mod refusals;
mod sign_in;
mod sign_up;
mod step;
pub(super) mod strip;
mod stylesheet;
mod submitted;
mod templates;
mod texts;
mod visit;

pub(super) use assets::routes as assets;

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use self::visit::Visit;
use crate::app::{App, Ctx};
use crate::error::Result;

type Body = std::result::Result<Bytes, BytesRejection>;

/// A page that is asked for: `GET`.
macro_rules! asked {
    ($name:literal, $show:path) => {
        |State(app): State<Arc<App>>, headers: HeaderMap, RawQuery(query): RawQuery| async move {
            let started = Instant::now();
            let ctx = Ctx::new(app, $name, None);
            match Visit::open(ctx, &headers, query.as_deref()).await {
                Ok(visit) => {
                    let response = $show(&visit).await;
                    visit.end(response, started)
                }
                Err(page) => page,
            }
        }
    };
}

/// A form that is sent: `POST`, refused without its token.
macro_rules! sent {
    ($name:literal, $answer:path) => {
        |State(app): State<Arc<App>>, headers: HeaderMap, RawQuery(query): RawQuery, body: Body| async move {
            let started = Instant::now();
            let ctx = Ctx::new(app, $name, None);
            match Visit::open(ctx, &headers, query.as_deref()).await {
                Ok(visit) => {
                    let response = match visit.form(&headers, body) {
                        Some(form) => $answer(&visit, &form).await,
                        None => Ok(visit.forbidden()),
                    };
                    visit.end(response, started)
                }
                Err(page) => page,
            }
        }
    };
}

/// The pages at the root of the server. The service takes some paths in more than one spelling.
pub(super) fn routes() -> Router<Arc<App>> {
    let mut routes = Router::new()
        .route(
            "/login",
            get(asked!("Login", sign_in::get)).post(sent!("Login", sign_in::post)),
        )
        .route(
            "/signup",
            get(asked!("SignUpPage", sign_up::get)).post(sent!("SignUpPage", sign_up::post)),
        )
        .route("/resendcode", post(sent!("ResendCode", sign_up::post_resend)).get(back_to_login))
        .route("/mfa", post(sent!("Mfa", challenge::post)).get(back_to_login))
        .route("/error", get(message::error))
        .route(
            "/passkeys/add",
            get(
                |State(app): State<Arc<App>>, headers: HeaderMap, RawQuery(query): RawQuery| async move {
                    let query = RawQuery(Some(passkeys::completed(query.as_deref())));
                    asked!("AddPasskeyPage", passkeys::get)(State(app), headers, query).await
                },
            )
            .post(sent!("AddPasskeyPage", passkeys::post)),
        );
    for path in ["/confirmUser", "/confirmuser"] {
        routes = routes.route(path, post(sent!("ConfirmUser", sign_up::post_confirm)));
    }
    for path in ["/forgotPassword", "/forgotpassword"] {
        let page = get(asked!("ForgotPasswordPage", recover::get))
            .post(sent!("ForgotPasswordPage", recover::post));
        routes = routes.route(path, page);
    }
    for path in [
        "/confirmForgotPassword",
        "/confirmforgotPassword",
        "/confirmforgotpassword",
    ] {
        let page = get(asked!("ResetPasswordPage", recover::get_reset))
            .post(sent!("ResetPasswordPage", recover::post_reset));
        routes = routes.route(path, page);
    }
    for path in ["/changePassword", "/changepassword"] {
        let page = post(sent!("ChangePasswordPage", challenge::post)).get(back_to_login);
        routes = routes.route(path, page);
    }
    routes
}

/// A step that is asked for by its address has no step before it.
async fn back_to_login(RawQuery(query): RawQuery) -> Response {
    let location = format!("/login?{}", query.unwrap_or_default());
    (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
}

/// `GET /confirmUser` without the code of an e-mail's link: the form that asks for it.
pub(super) async fn confirm_form(
    app: Arc<App>,
    headers: &HeaderMap,
    query: Option<&str>,
) -> Response {
    let started = Instant::now();
    let ctx = Ctx::new(app, "ConfirmUser", None);
    match Visit::open(ctx, headers, query).await {
        Ok(visit) => {
            let response: Result<Response> = sign_up::get_confirm(&visit).await;
            visit.end(response, started)
        }
        Err(page) => page,
    }
}
