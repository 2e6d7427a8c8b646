//! `POST /saml2/logout`: a browser comes back from a SAML provider at which it was signed out, and
//! goes on to where its sign-out was to lead.
//!
//! Not here: the way there (`logout.rs`), what a response must say
//! (`flows::federate::saml_logout`).

use std::sync::Arc;
use std::time::Instant;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::response::Response;

use super::authorization_error::{AuthorizationError, outcome};
use super::callback::nobodys;
use super::providers::{self, SAML_LOGOUT};
use super::redirect::redirect;
use super::saml_response::PostedMessage;
use crate::app::{App, Ctx};
use crate::boxed::boxed;
use crate::flows::federate::saml_logout::{self, LogoutState};
use crate::flows::federate::state::SealedState;
use crate::http::log::log;
use crate::http::request_head::RequestHead;

/// `POST /saml2/logout`
pub async fn saml_logout(
    State(app): State<Arc<App>>,
    head: RequestHead,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, AuthorizationError> {
    let started = Instant::now();
    let ctx = Ctx::new(app, "SamlLogout", None);
    let result = boxed(answer(&ctx, &head, body)).await;
    log(&ctx, outcome(&ctx, &result), started);
    result
}

async fn answer(
    ctx: &Ctx,
    head: &RequestHead,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, AuthorizationError> {
    let form = PostedMessage::read(body)?;
    if form.get("SAMLRequest").is_some() {
        return Err(nobodys(
            "Sign-outs may not begin at the identity provider. Begin at the application.",
        ));
    }
    let response = form
        .get("SAMLResponse")
        .ok_or_else(|| nobodys("There is no SAMLResponse."))?;
    if let Some(once_more) = form.once_more(head, "Signing out", SAML_LOGOUT) {
        return Ok(once_more);
    }
    let state = form
        .get("RelayState")
        .and_then(|state| LogoutState::open(ctx, state, providers::cookie(head)))
        .ok_or_else(|| nobodys("This sign-out did not begin here, or it took too long."))?;
    if state.trip.has_ended(ctx).await? {
        return Err(ended());
    }
    let provider = {
        let mut read = ctx.store().read().await?;
        read.identity_providers()
            .find(&state.pool_id, &state.provider)
            .await?
    };
    let provider = provider.ok_or_else(|| nobodys("The identity provider is gone."))?;
    saml_logout::accept(ctx, &provider, &state, response)
        .await
        // Nobody is sent on as signed out who is not. The round goes on.
        .map_err(|fault| nobodys(&fault.log(ctx, &provider).message()))?;
    if !state.trip.end(ctx).await? {
        return Err(ended());
    }
    Ok(redirect(&state.location))
}

fn ended() -> AuthorizationError {
    nobodys("This sign-out has ended already.")
}
