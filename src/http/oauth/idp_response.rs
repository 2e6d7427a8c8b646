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
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use form_urlencoded::Serializer;

use super::OAuthError;
use super::browser::Browser;
use super::finish::finish;
use super::providers::{self, IDP_RESPONSE};
use super::refusal::{Refusal, redirect};
use super::request::AuthorizeRequest;
use crate::app::{App, Ctx};
use crate::error::Error;
use crate::flows::authorize::Authenticated;
use crate::flows::federate;
use crate::flows::federate::relying_party::{plain, redeem};
use crate::flows::federate::round::Round;
use crate::flows::federate::{Said, kind};
use crate::store::{IdentityProvider, Method};
use crate::wire::user_pools::IdentityProviderTypeType;

/// The most that is looked at: a state that carries a long request, and a code.
const LONGEST: usize = 32 << 10;

/// What counts among the parameters.
const KNOWN: [&str; 6] = ["code", "state", "error", "error_description", "iss", "user"];

/// `POST /oauth2/idpresponse`: Apple's browsers come by a form. It is another site's, which brings
/// no cookies along, so they are sent to the same address once more.
pub async fn by_form(headers: HeaderMap, body: Result<Bytes, BytesRejection>) -> Response {
    let query = body.ok().filter(|body| body.len() <= LONGEST).map(|body| {
        let known = form_urlencoded::parse(&body)
            .filter(|(name, _)| KNOWN.contains(&name.as_ref()))
            .collect::<Vec<_>>();
        Serializer::new(String::new()).extend_pairs(known).finish()
    });
    match query {
        Some(query) => {
            let mut response = redirect(&format!("{IDP_RESPONSE}?{query}"));
            *response.status_mut() = StatusCode::SEE_OTHER;
            response
        }
        None => nobodys("The request is too long.").respond(&headers, None),
    }
}

/// `GET /oauth2/idpresponse`
pub async fn idp_response(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let started = Instant::now();
    let ctx = Ctx::new(app, "IdpResponse", None);
    let query = query.unwrap_or_default();
    // Boxed: the longest of all ways through the server.
    let (outcome, response) = match Box::pin(answer(&ctx, &headers, &query)).await {
        Ok(response) => ("ok", response),
        Err(refusal) => (refusal.outcome(), refusal.respond(&headers, Some(&query))),
    };
    crate::http::log(&ctx, outcome, started);
    response
}

async fn answer(ctx: &Ctx, headers: &HeaderMap, query: &str) -> Result<Response, Refusal> {
    let parameters = parameters(query)?;
    let get = |name: &str| {
        let value = parameters.get(name).map(String::as_str);
        value.filter(|value| !value.is_empty())
    };
    let Back {
        round,
        request,
        provider,
    } = Back::find(ctx, headers, get("state")).await?;
    let failed = |error: Error| providers::refuse(&request, &error);
    if kind(&provider) == IdentityProviderTypeType::Saml {
        return Err(nobodys("This identity provider does not answer here."));
    }
    // RFC 9207: a provider that says who it is must be the one that was asked.
    let issuer = federate::endpoints::detail(&provider, "oidc_issuer");
    if let (Some(said), Some(issuer)) = (get("iss"), issuer)
        && said != issuer
    {
        return Err(failed(Error::IdTokenIssuer {
            issuer: plain(said),
        }));
    }
    if let Some(error) = get("error") {
        let reason = plain(get("error_description").unwrap_or(error));
        return Err(failed(Error::ProviderRefused { reason }));
    }
    let code = get("code").ok_or_else(|| {
        failed(Error::ProviderAnswerMalformed {
            what: "there is no code".to_owned(),
        })
    })?;
    let said = redeem(ctx, &provider, &round, code, get("user"))
        .await
        .map_err(failed)?;
    let_in(ctx, headers, &request, &provider, said).await
}

/// A browser that is back from where it was sent.
pub(super) struct Back {
    pub round: Round,
    pub request: AuthorizeRequest,
    pub provider: IdentityProvider,
}

impl Back {
    /// The round that the state stands for, which ends with it.
    pub async fn find(
        ctx: &Ctx,
        headers: &HeaderMap,
        state: Option<&str>,
    ) -> Result<Self, Refusal> {
        let state = state.ok_or_else(|| nobodys("There is no state."))?;
        let round = Round::open(ctx, state, providers::cookie(headers)).ok_or_else(|| {
            nobodys("This sign-in did not begin here, or it took too long. Begin again at the application.")
        })?;
        if !round.end(ctx).await? {
            return Err(nobodys(
                "This sign-in has ended already. Begin again at the application.",
            ));
        }
        // What may have changed since is checked again: the client's settings, its callback
        // addresses, its providers.
        let request = AuthorizeRequest::read(ctx, headers, &round.query).await?;
        if request.pool.id != round.pool_id || request.client.id != round.client_id {
            return Err(nobodys("This sign-in began elsewhere."));
        }
        let found = providers::find(ctx, &request).await;
        let provider = found.map_err(|error| providers::refuse(&request, &error))?;
        if provider.name != round.provider {
            let name = round.provider;
            return Err(providers::refuse(
                &request,
                &Error::ProviderNotEnabled { name },
            ));
        }
        Ok(Self {
            round,
            request,
            provider,
        })
    }
}

/// Signs in the person of whom the provider said this, and sends the browser back to the
/// application.
pub(super) async fn let_in(
    ctx: &Ctx,
    headers: &HeaderMap,
    request: &AuthorizeRequest,
    provider: &IdentityProvider,
    said: Said,
) -> Result<Response, Refusal> {
    let user = federate::sign_in(ctx, &request.pool, &request.client, provider, said)
        .await
        .map_err(|error| providers::refuse(request, &error))?;
    let who = Authenticated {
        sub: user.sub,
        auth_time: ctx.now,
        device_key: None,
        // (unsure) What the provider says of its own level (AcrMapping) is not asked for yet.
        methods: Method::Federated.into(),
    };
    let browser = Browser::of(ctx, headers);
    Ok(finish(ctx, request, &browser, who).await)
}

/// The parameters; what comes twice could be read in two ways.
fn parameters(query: &str) -> Result<HashMap<String, String>, Refusal> {
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

/// Nobody is known to whom the browser could be sent back.
pub(super) fn nobodys(sentence: &str) -> Refusal {
    Refusal::page(OAuthError::InvalidRequest, sentence)
}
