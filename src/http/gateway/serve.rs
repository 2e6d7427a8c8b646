//! The way of one request through a gateway: what a client may not say is taken away, a route is
//! found, its authorizer asked, the target called, and the answer dressed as its kind does.

use std::time::Instant;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderName, header};
use axum::response::Response;

use super::alb::{self, AlbRequest, Forwarded, Verdict};
use super::arrived::{Address, ApiRequest};
use super::fault::{FaultKind, GatewayFault, OwnAnswer};
use super::headers::{clean, set};
use super::proxy::Forwarding;
use super::{appsync, cors, function_answer, functions, gateway_response, guard, route};
use crate::app::Ctx;
use crate::domain::api_routes::RequestPath;
use crate::domain::apis::{Api, ApiTarget, ApiType, RouteMatch};
use crate::flows::authorizers::{self, Allowed, Denied, Presented, PresentedBody, Rule};
use crate::http::mocknito::authorize::who;
use crate::http::state::ServerState;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const REST_ID: HeaderName = HeaderName::from_static("x-amz-apigw-id");
const HTTP_ID: HeaderName = HeaderName::from_static("apigw-requestid");

/// What is at a host that only an API could have: in the words in which a REST API refuses a stage
/// that it has not.
pub fn no_such_api() -> Response {
    let why = "no API of a fixture has this name";
    let fault = GatewayFault::new(FaultKind::UnknownStage, why);
    OwnAnswer::of(ApiType::Rest, fault).into_response()
}

/// Answers a request to an API.
pub async fn serve(
    server: &ServerState,
    api: &Api,
    address: Address,
    request: Request,
) -> Response {
    let started = Instant::now();
    let ctx = Ctx::new(server.app.clone(), "Api", None);
    let (mut parts, body) = request.into_parts();
    clean(&mut parts.headers);
    let request = ApiRequest::new(&ctx, api, address, parts);
    // A websocket is its GraphQL server's, and whoever may ask it may listen.
    let path = request.address.path.as_str();
    let (method, path) = match is_handshake(&request) {
        true => ("POST", appsync::server_path(path)),
        false => (request.method(), path),
    };
    let found = route::behind_stage(api, method, path);
    let route_key = found
        .as_ref()
        .ok()
        .map(|(_, found)| found.route.key.clone());
    let preflight = cors::preflight(&request, found.as_ref().ok().map(|(_, found)| found));
    let is_preflight = preflight.is_some();
    let (mut response, why) = match preflight {
        Some(answer) => (answer, None),
        None if alb::is_way_back(&request) => {
            let back = AlbRequest::of(&request);
            (alb::idp_response(&ctx, &back).await, None)
        }
        None => match found {
            Err(fault) => own(&request, fault.into()),
            Ok((path, found)) => match answer(server, &request, &path, &found, body).await {
                Ok(response) => (response, None),
                Err(stopped) => own(&request, stopped),
            },
        },
    };
    if !is_preflight {
        cors::apply(&request, &mut response);
    }
    sign(&request, &mut response);
    tracing::info!(
        api = api.name,
        route = route_key,
        method = request.method(),
        status = response.status().as_u16(),
        reason = why.as_deref().or(ctx.noted_reason()),
        duration_ms = started.elapsed().as_micros() as f64 / 1_000.0,
        request_id = ctx.request_id,
        "request"
    );
    response
}

/// Whether it opens a websocket of AppSync's.
fn is_handshake(request: &ApiRequest<'_>) -> bool {
    request.api.kind == ApiType::AppSync && appsync::is_handshake(&request.parts)
}

/// Why a request does not reach its target.
enum Stopped {
    Fault(GatewayFault),
    Denied(Denied),
}

impl From<GatewayFault> for Stopped {
    fn from(fault: GatewayFault) -> Self {
        Self::Fault(fault)
    }
}

/// Something of ours failed.
impl From<crate::error::Error> for Stopped {
    fn from(error: crate::error::Error) -> Self {
        tracing::error!("an API's request failed: {error:?}");
        Self::Fault(GatewayFault::new(
            FaultKind::Configuration,
            "something went wrong here",
        ))
    }
}

/// Asks the authorizer and calls the target.
async fn answer(
    server: &ServerState,
    request: &ApiRequest<'_>,
    path: &RequestPath<'_>,
    found: &RouteMatch<'_>,
    body: Body,
) -> Result<Response, Stopped> {
    let action = alb::action(request.api, found.route);
    let signed_in = match action {
        None => Forwarded::default(),
        Some(action) => {
            let asked = AlbRequest::of(request);
            match alb::authenticate(request.ctx, &asked, action).await {
                Verdict::Forward(forwarded) => forwarded,
                Verdict::Answer(response) => return Ok(response),
            }
        }
    };
    let rule = match action {
        None => guard::rule(request.api, found.route)?,
        Some(_) => None,
    };
    let (allowed, body) = match &rule {
        None => (None, body),
        Some(rule) => {
            let (allowed, body) = admit(request, rule, body).await?;
            (Some(allowed), body)
        }
    };
    match &found.route.target {
        ApiTarget::Function(function) => {
            let body = functions::read(body).await?;
            let allowed = allowed.as_ref();
            Ok(functions::invoke(request, found, allowed, function, &body).await?)
        }
        ApiTarget::Mock(mock) => Ok(gateway_response::mock(request, mock)),
        ApiTarget::Url(url) => {
            let mut headers = target_headers(request, allowed.as_ref())?;
            headers.extend(signed_in.headers);
            let forwarding = Forwarding {
                method: request.parts.method.clone(),
                url: target_url(url, request, path, found),
                headers,
                body,
                time_limit: found.route.time_limit,
            };
            let client = &server.gateway.client;
            if is_handshake(request) {
                let closing = server.closing.clone();
                return Ok(appsync::open(client, closing, &request.parts, forwarding).await?);
            }
            let mut response = client.forward(forwarding).await?;
            for cookie in signed_in.cookies {
                response.headers_mut().append(header::SET_COOKIE, cookie);
            }
            if request.api.kind == ApiType::Rest {
                function_answer::remap(response.headers_mut());
            }
            Ok(response)
        }
    }
}

/// Has the rule look at the request.
async fn admit(
    request: &ApiRequest<'_>,
    rule: &Rule,
    body: Body,
) -> Result<(Allowed, Body), Stopped> {
    // A signature covers the body, so that it has to be read first.
    let (read, body) = match rule {
        Rule::Iam(_) => {
            let read = functions::read(body).await?;
            (Some(read.clone()), Body::from(read))
        }
        _ => (None, body),
    };
    let of_handshake = is_handshake(request).then(|| appsync::presented(&request.parts));
    let presented = Presented {
        method: &request.parts.method,
        uri: &request.parts.uri,
        headers: of_handshake.as_ref().unwrap_or(request.headers()),
        body: match &read {
            Some(read) => PresentedBody::Read(read),
            None => PresentedBody::Elsewhere,
        },
        source_ip: Some(request.source_ip),
    };
    match authorizers::check(request.ctx, rule, &presented).await? {
        Ok(allowed) => Ok((allowed, body)),
        Err(denied) => Err(Stopped::Denied(denied)),
    }
}

/// The gateway's own answer, and the reason for the log.
fn own(request: &ApiRequest<'_>, stopped: Stopped) -> (Response, Option<String>) {
    let kind = request.api.kind;
    let answer = match stopped {
        Stopped::Fault(fault) => OwnAnswer::of(kind, fault),
        Stopped::Denied(denied) => denied.into(),
    };
    let answer = match kind {
        ApiType::Rest => gateway_response::shape(request, answer),
        _ => answer,
    };
    let why = answer.reason.clone();
    (answer.into_response(), Some(why))
}

/// The names that each kind gives to a request.
fn sign(request: &ApiRequest<'_>, response: &mut Response) {
    let headers = response.headers_mut();
    match request.api.kind {
        ApiType::Rest => {
            set(headers, REQUEST_ID, &request.ctx.request_id);
            set(headers, REST_ID, &request.extended_id);
        }
        ApiType::Http => set(headers, HTTP_ID, &request.extended_id),
        ApiType::AppSync => set(headers, REQUEST_ID, &request.ctx.request_id),
        ApiType::Alb => {}
    }
}

/// Where the target is: an address without a path gets the request's, one with a path is as it is,
/// with the route's parameters as they were sent.
fn target_url(
    url: &str,
    request: &ApiRequest<'_>,
    path: &RequestPath<'_>,
    found: &RouteMatch<'_>,
) -> String {
    let authority = url.find("://").map_or(0, |at| at + 3);
    let mut target = match url[authority..].find('/') {
        Some(slash) if authority + slash + 1 < url.len() => {
            let mut target = url.to_owned();
            for (name, value) in &found.parameters {
                target = target.replace(&format!("{{{name}}}"), value);
            }
            target
        }
        _ => format!("{}{}", url.trim_end_matches('/'), path.raw()),
    };
    if let Some(query) = request.parts.uri.query() {
        target.push('?');
        target.push_str(query);
    }
    target
}

/// What the target is told: the client's headers without those of the connection, where it came
/// from, and who it is.
fn target_headers(
    request: &ApiRequest<'_>,
    allowed: Option<&Allowed>,
) -> Result<axum::http::HeaderMap, Stopped> {
    let mut headers = request.forwarded_headers();
    match request.api.kind {
        // A load balancer keeps the name that the client called.
        ApiType::Alb => {}
        ApiType::Http => {
            let host = headers.remove(header::HOST);
            let host = host
                .as_ref()
                .and_then(|host| host.to_str().ok())
                .unwrap_or_default();
            let forwarded = format!(
                "by={host};for={};host={host};proto={}",
                request.source_ip,
                request.scheme()
            );
            set(&mut headers, header::FORWARDED, &forwarded);
        }
        ApiType::Rest | ApiType::AppSync => {
            headers.remove(header::HOST);
        }
    }
    headers.extend(allowed.and_then(appsync::identity));
    if let Some(allowed) = allowed {
        headers.extend(who(allowed).map_err(|_| {
            GatewayFault::new(FaultKind::Configuration, "the claims cannot be written")
        })?);
    }
    Ok(headers)
}
