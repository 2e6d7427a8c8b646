//! `POST /saml2/idpresponse`: a browser comes back from a SAML provider, with a signed response.
//!
//! Or from one that it went to by itself: then the RelayState is the request to the authorize
//! endpoint that was never made. Not here: the way there (`providers.rs`), what a response must say
//! (`flows::federate::saml`).

use std::sync::Arc;
use std::time::Instant;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use axum::response::Response;

use super::idp_response::{Back, let_in, nobodys};
use super::providers::{self, SAML_RESPONSE};
use super::refusal::Refusal;
use super::request::AuthorizeRequest;
use crate::app::{App, Ctx};
use crate::error::Error;
use crate::flows::federate::{kind, saml};
use crate::http::{hosts, pretend};
use crate::wire::user_pools::IdentityProviderTypeType;

/// The most that is looked at.
const LONGEST: usize = 512 << 10;

/// Says that the form was sent once more, by a page of ours.
const AGAIN: &str = "again";

/// `POST /saml2/idpresponse`
pub async fn saml_response(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let started = Instant::now();
    let ctx = Ctx::new(app, "SamlResponse", None);
    let (outcome, response) = match Box::pin(answer(&ctx, &headers, body)).await {
        Ok(response) => ("ok", response),
        Err(refusal) => (refusal.outcome(), refusal.respond(&headers, None)),
    };
    crate::http::log(&ctx, outcome, started);
    response
}

async fn answer(
    ctx: &Ctx,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refusal> {
    let body = body.ok().filter(|body| body.len() <= LONGEST);
    let body = body.ok_or_else(|| nobodys("The request is too long."))?;
    let form: Vec<(String, String)> = form_urlencoded::parse(&body).into_owned().collect();
    let get = |name: &str| {
        let mut found = form.iter().filter(|(one, _)| one == name);
        let value = found.next().map(|(_, value)| value.as_str());
        value.filter(|value| found.next().is_none() && !value.is_empty())
    };
    let response = get("SAMLResponse").ok_or_else(|| nobodys("There is no SAMLResponse."))?;
    let state = get("RelayState");
    if providers::cookie(headers).is_none() && get(AGAIN).is_none() {
        // Another site's form brings no cookies along. A page of ours sends it once more: then they
        // come.
        let fields = [
            ("SAMLResponse", response.to_owned()),
            ("RelayState", state.unwrap_or_default().to_owned()),
            (AGAIN, "1".to_owned()),
        ];
        return Ok(pretend::hand_over("Signing in", SAML_RESPONSE, &fields));
    }
    if let Some(query) = state.filter(|state| is_request(state)) {
        return begun_there(ctx, headers, query, response).await;
    }
    let Back {
        round,
        request,
        provider,
    } = Back::find(ctx, headers, state).await?;
    if kind(&provider) != IdentityProviderTypeType::Saml {
        return Err(nobodys("This identity provider does not answer here."));
    }
    let said = saml::accept(ctx, &provider, &round, response)
        .await
        .map_err(|error| providers::refuse(&request, &error))?;
    let_in(ctx, headers, &request, &provider, said).await
}

/// Whether a RelayState is a query, and not one of our own states.
fn is_request(state: &str) -> bool {
    form_urlencoded::parse(state.as_bytes()).any(|(name, _)| name == "client_id")
}

/// A sign-in that began at the provider, for a provider that may. Whoever has the user's browser
/// post an assertion of their own signs it in as themselves: that is why the service wants it
/// allowed for each provider.
async fn begun_there(
    ctx: &Ctx,
    headers: &HeaderMap,
    query: &str,
    response: &str,
) -> Result<Response, Refusal> {
    let request = AuthorizeRequest::read(ctx, headers, query).await?;
    let failed = |error: Error| providers::refuse(&request, &error);
    let provider = providers::find(ctx, &request).await.map_err(failed)?;
    if kind(&provider) != IdentityProviderTypeType::Saml || !saml::may_begin(&provider) {
        return Err(nobodys(
            "Sign-ins may not begin at this identity provider. Begin at the application.",
        ));
    }
    let recipient = format!("{}{SAML_RESPONSE}", hosts::origin(ctx, headers));
    let said = saml::accept_unsolicited(ctx, &provider, &recipient, response)
        .await
        .map_err(failed)?;
    let_in(ctx, headers, &request, &provider, said).await
}
