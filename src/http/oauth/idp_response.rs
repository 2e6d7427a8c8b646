//! `/oauth2/idpresponse`: a browser comes back from an identity provider, with a code or with a
//! refusal.
//!
//! The `state` says which sign-in it was, and the cookie that it is the same browser; nothing is
//! asked of the provider, and nobody is redirected anywhere, before both hold. Not here: the way
//! there (`providers.rs`).

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use form_urlencoded::Serializer;

use super::authorization_error::{AuthorizationError, outcome};
use super::callback::{Callback, end, let_in, nobodys};
use super::providers::{self, IDP_RESPONSE};
use super::redirect::redirect;
use crate::app::{App, Ctx};
use crate::boxed::boxed;
use crate::domain::federation::plain_words;
use crate::error::Error;
use crate::flows::federate::fault::{AtStep, ProvidersAnswer, RoundFault, RoundStep};
use crate::flows::federate::relying_party::redeem;
use crate::http::log::log;
use crate::http::request_head::RequestHead;
use crate::wire::user_pools::IdentityProviderTypeType;

/// The most that is looked at: a state that carries a long request, and a code.
const LONGEST: usize = 32 << 10;

/// What counts among the parameters.
const KNOWN: [&str; 6] = ["code", "state", "error", "error_description", "iss", "user"];

/// `POST /oauth2/idpresponse`: Apple's browsers come by a form. It is another site's, which brings
/// no cookies along, so they are sent to the same address once more.
pub async fn by_form(body: Result<Bytes, BytesRejection>) -> Result<Response, AuthorizationError> {
    let query = body.ok().filter(|body| body.len() <= LONGEST).map(|body| {
        let known = form_urlencoded::parse(&body)
            .filter(|(name, _)| KNOWN.contains(&name.as_ref()))
            .collect::<Vec<_>>();
        Serializer::new(String::new()).extend_pairs(known).finish()
    });
    let query = query.ok_or_else(|| nobodys("The request is too long."))?;
    let mut response = redirect(&format!("{IDP_RESPONSE}?{query}"));
    *response.status_mut() = StatusCode::SEE_OTHER;
    Ok(response)
}

/// `GET /oauth2/idpresponse`
pub async fn idp_response(
    State(app): State<Arc<App>>,
    head: RequestHead,
    RawQuery(query): RawQuery,
) -> Result<Response, AuthorizationError> {
    let started = Instant::now();
    let ctx = Ctx::new(app, "IdpResponse", None);
    // Boxed: the longest of all ways through the server.
    let result = boxed(answer(&ctx, &head, &query.unwrap_or_default())).await;
    log(&ctx, outcome(&ctx, &result), started);
    result
}

async fn answer(
    ctx: &Ctx,
    head: &RequestHead,
    query: &str,
) -> Result<Response, AuthorizationError> {
    let parameters = parameters(query)?;
    let get = |name: &str| {
        let value = parameters.get(name).map(String::as_str);
        value.filter(|value| !value.is_empty())
    };
    let Callback {
        state,
        mut request,
        provider,
    } = Callback::find(ctx, head, get("state")).await?;
    let failed = |fault: RoundFault| providers::refuse_round(ctx, &request, &provider, fault);
    if provider.kind() == IdentityProviderTypeType::Saml {
        return Err(nobodys("This identity provider does not answer here."));
    }
    // RFC 9207: a provider that says who it is must be the one that was asked.
    let issuer = provider.detail("oidc_issuer");
    if let (Some(said), Some(issuer)) = (get("iss"), issuer)
        && said != issuer
    {
        let error = Error::IdTokenIssuer {
            issuer: plain_words(said),
        };
        return Err(failed(RoundFault::new(
            RoundStep::WayBack,
            error,
            ProvidersAnswer::default(),
        )));
    }
    if let Some(error) = get("error") {
        let description = get("error_description");
        let reason = Error::ProviderRefused {
            reason: plain_words(description.unwrap_or(error)),
        };
        let answer = ProvidersAnswer::brought(error, description);
        RoundFault::new(RoundStep::WayBack, reason, answer).log(ctx, &provider);
        return Err(request.pass_on(error, description));
    }
    let code = get("code")
        .ok_or_else(|| Error::ProviderAnswerMalformed {
            what: "there is no code".to_owned(),
        })
        .at(RoundStep::WayBack)
        .map_err(failed)?;
    let said = redeem(ctx, &provider, &state, code, get("user"))
        .await
        .map_err(failed)?;
    end(ctx, &state.trip).await?;
    // An application that sent no nonce finds the one of this round trip in its ID token, on AWS
    // too. A later request that is served from the browser's session has none.
    if request.nonce.is_none() && issuer.is_some() {
        request.nonce = Some(state.nonce);
    }
    let_in(ctx, head, &request, &provider, said).await
}

/// The parameters; what comes twice could be read in two ways.
fn parameters(query: &str) -> Result<HashMap<String, String>, AuthorizationError> {
    if query.len() > LONGEST {
        return Err(nobodys("The request is too long."));
    }
    let mut parameters = HashMap::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let known = KNOWN.contains(&name.as_ref());
        if known
            && parameters
                .insert(name.into_owned(), value.into_owned())
                .is_some()
        {
            return Err(nobodys("A parameter is there twice."));
        }
    }
    Ok(parameters)
}
