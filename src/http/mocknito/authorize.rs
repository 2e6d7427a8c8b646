//! `/_mocknito/authorize`: whether a gateway of AWS would let a request through, for any proxy that
//! asks before it passes one on.
//!
//! nginx, Traefik and Caddy send what the client sent, with the settings in the query of an
//! address of ours. Envoy puts the client's path behind an address and may have no query of its
//! own, so that the settings may stand in the path instead:
//! `/_mocknito/authorize/type=REST&user_pool_id=…/whatever/the/client?asked`. Nothing that a client
//! sends is a setting. Not here: what is checked (`flows::authorizers`), how settings are read
//! (`authorize_settings.rs`), which route of an API it is (`authorize_api.rs`), who may ask
//! (`guard.rs`).

use std::net::{IpAddr, Ipv4Addr};

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::authorize_api::OriginalRequest;
use super::authorize_settings::AuthorizeSettings;
use super::refusal::Refusal;
use crate::app::Ctx;
use crate::boxed::boxed;
use crate::error::Error;
use crate::flows::authorizers::{self, Allowed, Context, Presented, PresentedBody, Rule};
use crate::http::gateway::fault::OwnAnswer;
use crate::http::state::ServerState;

const SUB: HeaderName = HeaderName::from_static("x-mocknito-sub");
const USERNAME: HeaderName = HeaderName::from_static("x-mocknito-username");
const GROUPS: HeaderName = HeaderName::from_static("x-mocknito-groups");
const CLAIMS: HeaderName = HeaderName::from_static("x-mocknito-claims");

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// `/_mocknito/authorize`, by any method: the settings are in the query.
pub async fn by_query(
    State(server): State<ServerState>,
    request: Request,
) -> Result<Response, Refusal> {
    // Nobody looks at the body.
    let (head, _) = request.into_parts();
    let settings = head.uri.query().unwrap_or_default();
    let rule = AuthorizeSettings::parse(settings)?.rule()?;
    boxed(ask(&server, &rule, &head.into())).await
}

/// `/_mocknito/authorize/{api}/…` and `/_mocknito/authorize/{settings}/…`, by any method.
pub async fn by_path(
    State(server): State<ServerState>,
    request: Request,
) -> Result<Response, Refusal> {
    let (head, _) = request.into_parts();
    let path = head.uri.path();
    let asked = path
        .split_once("/authorize/")
        .map_or("", |(_, asked)| asked);
    let end = asked.find('/').unwrap_or(asked.len());
    let (first, behind) = asked.split_at(end);
    if first.contains('=') {
        let rule = AuthorizeSettings::parse(first)?.rule()?;
        return boxed(ask(&server, &rule, &head.into())).await;
    }
    let api = server.gateway.named(first).ok_or_else(|| Refusal {
        status: StatusCode::NOT_FOUND,
        error: "not_found",
        message: "There is no API of this name. Settings may stand in its place, such as \
                  type=REST&user_pool_id=us-east-1_Shop00001."
            .to_owned(),
    })?;
    let original = OriginalRequest::read(&head, behind)?;
    match original.rule(&api) {
        Ok(Some(rule)) => ask(&server, &rule, &original).await,
        // Everybody may call.
        Ok(None) => {
            let headers = HeaderMap::from_iter([SUB, USERNAME, GROUPS, CLAIMS].map(|name| {
                let nobody = HeaderValue::from_static("");
                (name, nobody)
            }));
            Ok((headers, Json(json!({}))).into_response())
        }
        Err(fault) => Ok(OwnAnswer::of(api.kind, fault).into_response()),
    }
}

async fn ask(
    server: &ServerState,
    rule: &Rule,
    original: &OriginalRequest,
) -> Result<Response, Refusal> {
    let ctx = Ctx::new(server.app.clone(), "Authorize", None);
    let headers = &original.headers;
    let presented = Presented {
        method: &original.method,
        uri: &original.uri,
        headers,
        body: PresentedBody::Elsewhere,
        source_ip: Some(source_ip(headers)),
    };
    Ok(match authorizers::check(&ctx, rule, &presented).await? {
        Ok(allowed) => passed(&allowed)?,
        Err(denied) => OwnAnswer::from(denied).into_response(),
    })
}

/// Where the client is, as the first proxy saw it; without one it is here.
fn source_ip(headers: &HeaderMap) -> IpAddr {
    let told = headers
        .get(FORWARDED_FOR)
        .and_then(|value| value.to_str().ok());
    let first = told.and_then(|told| told.split(',').next());
    let parsed = first.and_then(|first| first.trim().parse().ok());
    parsed.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST))
}

/// What the gateway hands to a back end, and who it is in headers that a proxy may copy.
fn passed(allowed: &Allowed) -> Result<Response, Refusal> {
    let document = match &allowed.context {
        Context::Authorizer(authorizer) => {
            json!({ "requestContext": { "authorizer": authorizer } })
        }
        Context::Identity(identity) => json!({ "requestContext": { "identity": identity } }),
        Context::AppSync(identity) => json!({ "identity": identity }),
        Context::Nothing => json!({}),
    };
    let mut response = Json(document).into_response();
    let headers = response.headers_mut();
    headers.extend(who(allowed)?);
    Ok(response)
}

/// The caller as headers: always all of them, empty where there is nothing to say, so that a proxy
/// that copies them leaves none that its client sent. (What no header can hold is left out; the
/// claims have it.)
pub fn who(allowed: &Allowed) -> Result<HeaderMap, Refusal> {
    let claims = serde_json::to_vec(&allowed.claims).map_err(Error::from)?;
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let mut headers = HeaderMap::new();
    for (name, value) in [
        (SUB, text(&allowed.sub)),
        (USERNAME, text(&allowed.username)),
        (GROUPS, allowed.groups.join(",")),
        (CLAIMS, URL_SAFE_NO_PAD.encode(claims)),
    ] {
        // User names and groups may have letters beyond ASCII: they go as UTF-8.
        let value = HeaderValue::from_bytes(value.as_bytes());
        headers.insert(name, value.unwrap_or(HeaderValue::from_static("")));
    }
    Ok(headers)
}
