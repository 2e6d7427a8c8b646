//! The way to an identity provider: the browser is sent to its authorization endpoint, with a
//! cookie by which it is known when it comes back.
//!
//! Not here: the way back (`idp_response.rs`), what is asked of the provider
//! (`flows::federate::relying_party`).

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;

use super::authorization_error::AuthorizationError;
use super::error::OAuthError;
use super::redirect::redirect;
use super::request::{AuthorizeRequest, Prompt};
use crate::app::Ctx;
use crate::domain::identity_providers::OWN_DIRECTORY;
use crate::error::Error;
use crate::flows::federate::fault::RoundFault;
use crate::flows::federate::relying_party::{self, Hints};
use crate::flows::federate::saml;
use crate::flows::federate::state::{
    self, FederationStart, FederationState, ROUND_TRIP, SealedState,
};
use crate::flows::triggers::Trigger;
use crate::http::hosts;
use crate::http::request_head::RequestHead;
use crate::keys::is_base64url_sha256;
use crate::store::IdentityProvider;
use crate::wire::ErrorCode;
use crate::wire::user_pools::IdentityProviderTypeType;

/// The cookie of a round trip, named as on AWS.
const COOKIE: &str = "csrf-state";

/// Where providers send browsers to.
pub const IDP_RESPONSE: &str = "/oauth2/idpresponse";
/// … and those of the SAML kind.
pub const SAML_RESPONSE: &str = "/saml2/idpresponse";
/// … and those that were signed out there.
pub const SAML_LOGOUT: &str = "/saml2/logout";

/// Whether the request is to be answered by sending the browser to a provider.
pub fn wants_provider(request: &AuthorizeRequest) -> bool {
    request.provider().is_some() || request.idp_identifier.is_some()
}

/// Sends the browser to the provider that the request names.
pub async fn begin(
    ctx: &Ctx,
    head: &RequestHead,
    request: &AuthorizeRequest,
) -> Result<Response, AuthorizationError> {
    let failed = |error: Error| refuse(request, &error);
    let provider = find(ctx, request).await.map_err(failed)?;
    let origin = hosts::origin(ctx, head);
    let is_saml = provider.kind() == IdentityProviderTypeType::Saml;
    let way_back = if is_saml { SAML_RESPONSE } else { IDP_RESPONSE };
    let cookie = cookie_or_new(ctx, head);
    let start = FederationStart {
        pool_id: request.pool.id.clone(),
        client_id: request.client.id.clone(),
        provider: provider.name.clone(),
        query: request.query.clone(),
        redirect_uri: format!("{origin}{way_back}"),
    };
    let started = FederationState::begin(ctx, start, &cookie);
    let state = started.seal(ctx).map_err(failed)?;
    let prompt = prompt(request.prompt);
    let hints = Hints {
        login_hint: request.login_hint.as_deref(),
        prompt: (!prompt.is_empty()).then_some(prompt.as_str()),
        levels: &request.levels,
    };
    let pretend_origin = pretend_origin(ctx, head, &origin).await;
    let url = if is_saml {
        let asked = (request.prompt.asks_again(), &hints);
        saml::request_url(ctx, &provider, &started, &state, asked, pretend_origin).await
    } else {
        relying_party::authorization_url(ctx, &provider, pretend_origin, &started, &state, &hints)
            .await
    };
    let url = url.map_err(|fault| refuse_round(ctx, request, &provider, fault))?;
    let mut response = redirect(&url);
    remember(head, &mut response, &cookie);
    Ok(response)
}

/// Lets the browser keep the cookie by which it is known when it comes back.
pub fn remember(head: &RequestHead, response: &mut Response, cookie: &str) {
    let secure = head.by_tls && !hosts::is_loopback(head);
    let cookie = format!(
        "{COOKIE}={cookie}; Path=/; Max-Age={}; HttpOnly; SameSite=Lax{}",
        ROUND_TRIP.as_secs(),
        if secure { "; Secure" } else { "" }
    );
    if let Ok(cookie) = HeaderValue::try_from(cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// Where a browser reaches the pretend providers: where it reached the server, unless that is a
/// pool's own domain, at which nothing else is.
async fn pretend_origin<'o>(ctx: &'o Ctx, head: &RequestHead, origin: &'o str) -> &'o str {
    let authority = hosts::authority(head).unwrap_or_default();
    if ctx.app.access.is_our_host(authority).await {
        origin
    } else {
        &ctx.app.settings.public_url
    }
}

/// The provider, by name or by one of its identifiers; the client must support it.
pub async fn find(ctx: &Ctx, request: &AuthorizeRequest) -> crate::error::Result<IdentityProvider> {
    let named = request.provider().map(str::to_owned);
    let mut read = ctx.store().read().await?;
    let name = match (named, &request.idp_identifier) {
        (Some(name), _) => name,
        (None, Some(identifier)) => read
            .identity_providers()
            .find_identifier(&request.pool.id, identifier)
            .await?
            .ok_or_else(|| Error::IdentifierNotFound {
                identifier: identifier.clone(),
            })?,
        (None, None) => OWN_DIRECTORY.to_owned(),
    };
    let supported = request
        .client
        .settings
        .supported_identity_providers
        .as_deref();
    let enabled = supported.unwrap_or_default().contains(&name);
    let provider = read
        .identity_providers()
        .find(&request.pool.id, &name)
        .await?;
    provider
        .filter(|_| enabled)
        .ok_or(Error::ProviderNotEnabled { name })
}

/// The browser's cookie, if it can be one of ours.
pub fn cookie(headers: &HeaderMap) -> Option<&str> {
    // As long as a digest: 256 bits in base64url.
    super::browser::cookie(headers, COOKIE).filter(|value| is_base64url_sha256(value))
}

/// The same, or a new one: each round trip begins with it, and [`remember`] keeps it.
pub fn cookie_or_new(ctx: &Ctx, headers: &HeaderMap) -> String {
    cookie(headers).map_or_else(|| state::secret(ctx), str::to_owned)
}

fn prompt(prompt: Prompt) -> String {
    let asked = [
        (prompt.none, "none"),
        (prompt.login, "login"),
        (prompt.select_account, "select_account"),
        (prompt.consent, "consent"),
    ];
    let asked = asked.into_iter().filter(|(asked, _)| *asked);
    asked.map(|(_, word)| word).collect::<Vec<_>>().join(" ")
}

/// What the application is told of a round with a provider that failed. The log is told why.
pub fn refuse_round(
    ctx: &Ctx,
    request: &AuthorizeRequest,
    provider: &IdentityProvider,
    fault: RoundFault,
) -> AuthorizationError {
    refuse(request, &fault.log(ctx, provider))
}

/// What the application is told when there is no sign-in.
pub fn refuse(request: &AuthorizeRequest, error: &Error) -> AuthorizationError {
    let message = error.message();
    let code = match error {
        // A function that refuses a new user: server_error, says the documentation; one that
        // refuses a known user: invalid_request.
        Error::FunctionFailed { trigger, .. } if *trigger == Trigger::PreSignUp.name() => {
            OAuthError::ServerError
        }
        Error::Internal(cause) => {
            tracing::error!("federated sign-in: {cause:#}");
            return request.refuse(OAuthError::ServerError, None);
        }
        other => match other.code() {
            ErrorCode::UnexpectedLambdaException | ErrorCode::InvalidLambdaResponseException => {
                OAuthError::ServerError
            }
            _ => OAuthError::InvalidRequest,
        },
    };
    request.refuse(code, Some(message.trim_end()))
}
