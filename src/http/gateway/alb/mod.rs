//! A load balancer that signs users in: what becomes of a request under `authenticate-cognito`, and
//! of a browser that comes back from the user pool.
//!
//! Not here: the sign-in itself (`flows::authenticate_cognito`), finding the API, its rule and its
//! target (`http::gateway`). Next: `cookies.rs`, `headers.rs`, `keys.rs`, `answers.rs`.

mod answers;
mod cookies;
mod headers;
pub mod keys;
mod request;

use std::collections::HashMap;

use axum::http::{HeaderName, HeaderValue, header};
use axum::response::Response;

use super::arrived::ApiRequest;
use crate::app::Ctx;
use crate::domain::apis::{
    Api, ApiRoute, AuthenticateCognito, AuthorizerSettings, OnUnauthenticated,
};
use crate::domain::load_balancers::IDP_RESPONSE;
use crate::flows::authenticate_cognito::{AlbAction, AlbSession, AlbStart, AlbState, AuthFault};
use crate::flows::federate::state::secret;
use crate::http::hosts;
use crate::http::oauth::redirect::{redirect, with_query};
pub use request::AlbRequest;

/// The longest address that a sign-in leads back to. It goes through the authorize endpoint, which
/// takes no long states. (unsure) AWS's limit is not known.
const LONGEST_WANTED: usize = 2_048;

/// The query of a browser that comes back, at most.
const LONGEST_QUERY: usize = 16 << 10;

/// What becomes of it.
pub enum Verdict {
    /// It goes to the target, with these headers in place of the client's.
    Forward(Forwarded),
    /// It does not.
    Answer(Response),
}

#[derive(Default)]
pub struct Forwarded {
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// For the browser, with the target's answer: a session that was renewed.
    pub cookies: Vec<HeaderValue>,
}

/// Whether a browser comes back from the user pool with this path of the API.
pub fn is_way_back(request: &ApiRequest<'_>) -> bool {
    request.address.path == IDP_RESPONSE && actions(request.api).next().is_some()
}

/// The action of this type that the route has.
pub fn action<'a>(api: &'a Api, route: &ApiRoute) -> Option<AlbAction<'a>> {
    let name = route.authorizer.as_ref()?;
    actions(api).find(|action| action.name == name)
}

fn actions(api: &Api) -> impl Iterator<Item = AlbAction<'_>> {
    api.authorizers.iter().filter_map(|authorizer| {
        let AuthorizerSettings::AuthenticateCognito(config) = &authorizer.settings else {
            return None;
        };
        Some(AlbAction {
            api: &api.name,
            name: &authorizer.name,
            config,
        })
    })
}

/// A request to a rule with this action.
pub async fn authenticate(ctx: &Ctx, request: &AlbRequest<'_>, action: AlbAction<'_>) -> Verdict {
    match admit(ctx, request, action).await {
        Ok(verdict) => verdict,
        Err(fault) => Verdict::Answer(answers::refuse(ctx, &fault)),
    }
}

async fn admit(
    ctx: &Ctx,
    request: &AlbRequest<'_>,
    action: AlbAction<'_>,
) -> Result<Verdict, AuthFault> {
    let held = cookies::session(&request.head, action);
    let session = held.and_then(|sealed| AlbSession::open(ctx, action, &sealed));
    let (session, is_new) = match session {
        Some(stale) if stale.is_stale(ctx) => (stale.renewed(ctx, action).await?, true),
        session => (session, false),
    };
    if let Some(session) = session {
        let headers = headers::of(ctx, request.api, action, &session).await?;
        let cookies = match is_new {
            true => cookies::keep(ctx, request, action, &session)?,
            false => Vec::new(),
        };
        return Ok(Verdict::Forward(Forwarded { headers, cookies }));
    }
    match action.config.on_unauthenticated {
        OnUnauthenticated::Allow => Ok(Verdict::Forward(Forwarded::default())),
        OnUnauthenticated::Deny => Ok(Verdict::Answer(answers::deny(ctx))),
        OnUnauthenticated::Authenticate => Ok(Verdict::Answer(begin(ctx, request, action).await?)),
    }
}

/// Sends the browser to the user pool.
async fn begin(
    ctx: &Ctx,
    request: &AlbRequest<'_>,
    action: AlbAction<'_>,
) -> Result<Response, AuthFault> {
    let cookie = cookies::nonce(&request.head).map_or_else(|| secret(ctx), str::to_owned);
    let origin = hosts::origin(ctx, &request.head);
    let by_https = origin.replacen("http://", "https://", 1);
    let start = AlbStart {
        origins: &[origin, by_https],
        way_back: &format!("{}{IDP_RESPONSE}", request.base),
        wanted: &wanted(request),
        cookie: &cookie,
    };
    let parameters = AlbState::begin(ctx, action, start).await?;
    let parameters: Vec<(&str, &str)> = parameters
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let endpoint = authorize_endpoint(ctx, request, action.config);
    let mut response = redirect(&with_query(&endpoint, &parameters));
    let nonce = cookies::keep_nonce(request, &cookie);
    response
        .headers_mut()
        .extend(nonce.map(|nonce| (header::SET_COOKIE, nonce)));
    Ok(response)
}

/// What the browser asked for, below what stands before it. One that is too long for the round trip
/// loses its query first.
fn wanted(request: &AlbRequest<'_>) -> String {
    let own = request.path_and_query.as_str();
    let path = own.split('?').next().unwrap_or_default();
    let kept = [own, path]
        .into_iter()
        .find(|own| own.len() <= LONGEST_WANTED);
    format!("{}{}", request.base, kept.unwrap_or("/"))
}

/// Where the pool signs in: at its own domain, on the port that the browser knows. An API that is
/// reached by a path shares its host with the endpoints of all pools.
fn authorize_endpoint(ctx: &Ctx, request: &AlbRequest<'_>, config: &AuthenticateCognito) -> String {
    let origin = hosts::origin(ctx, &request.head);
    let origin = if request.base.is_empty() {
        at_domain(&origin, &config.domain)
    } else {
        origin
    };
    format!("{origin}/oauth2/authorize")
}

fn at_domain(origin: &str, domain: &str) -> String {
    let (scheme, authority) = origin.split_once("://").unwrap_or(("https", origin));
    let port = authority.rsplit_once(':').map_or("", |(_, port)| port);
    let (colon, port) = if port.is_empty() || port.ends_with(']') {
        ("", "")
    } else {
        (":", port)
    };
    let below = if domain.contains('.') {
        ""
    } else {
        ".auth.localhost"
    };
    format!("{scheme}://{domain}{below}{colon}{port}")
}

/// What is answered to a browser that comes back from the user pool.
pub async fn idp_response(ctx: &Ctx, request: &AlbRequest<'_>) -> Response {
    match signed_in(ctx, request).await {
        Ok(response) => response,
        Err(fault) => answers::refuse(ctx, &fault),
    }
}

async fn signed_in(ctx: &Ctx, request: &AlbRequest<'_>) -> Result<Response, AuthFault> {
    let query = request.path_and_query.split_once('?');
    let query = parameters(query.map_or("", |(_, query)| query))?;
    let get = |name: &str| {
        let value = query.get(name).map(String::as_str);
        value.filter(|value| !value.is_empty())
    };
    let cookie = cookies::nonce(&request.head);
    let state = AlbState::back(ctx, &request.api.name, get("state"), cookie)?;
    let mut all = actions(request.api);
    let action = all.find(|action| action.name == state.action);
    let action = action.ok_or(AuthFault::InvalidState)?;
    state.end(ctx).await?;
    if let Some(error) = get("error") {
        let words = [Some(error), get("error_description")];
        let error = words.into_iter().flatten().collect::<Vec<_>>().join(": ");
        return Err(AuthFault::ProviderRefused { error });
    }
    let code = get("code").ok_or(AuthFault::MissingCode)?;
    let session = AlbSession::of_code(ctx, action, &state, code).await?;
    let mut response = redirect(&state.wanted);
    let cookies = cookies::keep(ctx, request, action, &session)?;
    let cookies = cookies
        .into_iter()
        .map(|cookie| (header::SET_COOKIE, cookie));
    response.headers_mut().extend(cookies);
    Ok(response)
}

/// The parameters; what comes twice could be read in two ways.
fn parameters(query: &str) -> Result<HashMap<String, String>, AuthFault> {
    if query.len() > LONGEST_QUERY {
        return Err(AuthFault::InvalidState);
    }
    let mut parameters = HashMap::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if parameters
            .insert(name.into_owned(), value.into_owned())
            .is_some()
        {
            return Err(AuthFault::InvalidState);
        }
    }
    Ok(parameters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pools_domain_is_on_the_port_of_the_load_balancer() {
        for (origin, domain, expected) in [
            (
                "https://orders.execute-api.localhost:9339",
                "shop",
                "https://shop.auth.localhost:9339",
            ),
            (
                "http://orders.execute-api.localhost",
                "shop",
                "http://shop.auth.localhost",
            ),
            (
                "https://[::1]:1",
                "login.shop.test",
                "https://login.shop.test:1",
            ),
            ("https://[::1]", "shop", "https://shop.auth.localhost"),
        ] {
            assert_eq!(at_domain(origin, domain), expected);
        }
    }
}
