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
use axum::response::Response;

use super::authorization_error::{AuthorizationError, outcome};
use super::callback::{Callback, end, let_in, nobodys};
use super::providers::{self, SAML_RESPONSE};
use super::request::AuthorizeRequest;
use crate::app::{App, Ctx};
use crate::boxed::boxed;
use crate::flows::federate::saml;
use crate::http::hosts;
use crate::http::log::log;
use crate::http::mocknito::pretend::pages::hand_over;
use crate::http::request_head::RequestHead;
use crate::wire::user_pools::IdentityProviderTypeType;

/// The most that is looked at.
const LONGEST: usize = 512 << 10;

/// Says that the form was sent once more, by a page of ours.
const AGAIN: &str = "again";

/// `POST /saml2/idpresponse`
pub async fn saml_response(
    State(app): State<Arc<App>>,
    head: RequestHead,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, AuthorizationError> {
    let started = Instant::now();
    let ctx = Ctx::new(app, "SamlResponse", None);
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
    let response = form
        .get("SAMLResponse")
        .ok_or_else(|| nobodys("There is no SAMLResponse."))?;
    let relay_state = form.get("RelayState");
    if let Some(once_more) = form.once_more(head, "Signing in", SAML_RESPONSE) {
        return Ok(once_more);
    }
    if let Some(query) = relay_state.filter(|state| is_request(state)) {
        return begun_there(ctx, head, query, response).await;
    }
    let Callback {
        state,
        request,
        provider,
    } = Callback::find(ctx, head, relay_state).await?;
    if provider.kind() != IdentityProviderTypeType::Saml {
        return Err(nobodys("This identity provider does not answer here."));
    }
    let said = saml::accept(ctx, &provider, &state, response)
        .await
        .map_err(|fault| providers::refuse_round(ctx, &request, &provider, fault))?;
    end(ctx, &state.trip).await?;
    let_in(ctx, head, &request, &provider, said).await
}

/// A message that a browser posts for a provider (the binding HTTP-POST).
pub(super) struct PostedMessage {
    fields: Vec<(String, String)>,
}

impl PostedMessage {
    pub fn read(body: Result<Bytes, BytesRejection>) -> Result<Self, AuthorizationError> {
        let body = body.ok().filter(|body| body.len() <= LONGEST);
        let body = body.ok_or_else(|| nobodys("The request is too long."))?;
        Ok(Self {
            fields: form_urlencoded::parse(&body).into_owned().collect(),
        })
    }

    /// A field that is there once.
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut found = self.fields.iter().filter(|(one, _)| one == name);
        let value = found.next().map(|(_, value)| value.as_str());
        value.filter(|value| found.next().is_none() && !value.is_empty())
    }

    /// Another site's form brings no cookies along. A page of ours sends it once more: then they
    /// come.
    pub fn once_more(
        &self,
        head: &RequestHead,
        title: &str,
        address: &'static str,
    ) -> Option<Response> {
        if providers::cookie(head).is_some() || self.get(AGAIN).is_some() {
            return None;
        }
        let field = |name: &'static str| (name, self.get(name).unwrap_or_default().to_owned());
        let fields = [
            field("SAMLResponse"),
            field("RelayState"),
            (AGAIN, "1".to_owned()),
        ];
        Some(hand_over(title, address, &fields))
    }
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
    head: &RequestHead,
    query: &str,
    response: &str,
) -> Result<Response, AuthorizationError> {
    let request = AuthorizeRequest::read(ctx, head, query).await?;
    let provider = providers::find(ctx, &request)
        .await
        .map_err(|error| providers::refuse(&request, &error))?;
    if provider.kind() != IdentityProviderTypeType::Saml || !saml::may_begin(&provider) {
        return Err(nobodys(
            "Sign-ins may not begin at this identity provider. Begin at the application.",
        ));
    }
    let recipient = format!("{}{SAML_RESPONSE}", hosts::origin(ctx, head));
    let said = saml::accept_unsolicited(ctx, &provider, &recipient, response)
        .await
        .map_err(|fault| providers::refuse_round(ctx, &request, &provider, fault))?;
    let_in(ctx, head, &request, &provider, said).await
}
