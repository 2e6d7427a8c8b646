//! APIs behind a gateway of AWS's kind: a request comes in at an API's host or below its path, a
//! route is found for it, its authorizer is asked, and a server or a function answers.
//!
//! Not here: what an API is (`domain::apis`), what an authorizer looks at (`flows::authorizers`),
//! how functions are reached (`triggers`). Next: `apis.rs` for the APIs that are there, `serve.rs`
//! for the way of one request, `proxy.rs` for servers, `functions.rs` for functions, `alb/` for
//! a load balancer's sign-ins, `appsync.rs` for subscriptions.

pub mod alb;
pub mod apis;
mod appsync;
mod arrived;
mod cors;
mod event;
mod event_1;
mod event_2;
pub mod fault;
mod function_answer;
mod functions;
mod gateway_response;
pub mod guard;
mod headers;
mod ids;
pub mod proxy;
pub mod route;
mod serve;

use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, Uri};
use axum::middleware::Next;
use axum::response::Response;

use super::answers::refusal;
use super::hosts;
use super::state::ServerState;
use crate::boxed::boxed;
use apis::{HostOwner, PATH};
use arrived::Address;

/// The address as the client sent it.
#[derive(Debug, Clone)]
struct SentUri(Uri);

/// An API's host serves the API and nothing else: whatever the path is, `/_mocknito/` too, it is
/// the API's.
pub async fn by_host(
    State(server): State<ServerState>,
    mut request: Request,
    next: Next,
) -> Response {
    let owner = match hosts::name(request.headers()) {
        Some(name) => server.gateway.at_host(&name),
        None => HostOwner::NoApi,
    };
    match owner {
        HostOwner::NoApi => {
            // What a nested router hands on is only a part of the path.
            if request.uri().path().starts_with(PATH) {
                let sent = SentUri(request.uri().clone());
                request.extensions_mut().insert(sent);
            }
            next.run(request).await
        }
        HostOwner::Nobody => serve::no_such_api(),
        HostOwner::Api(api) => {
            let path = request.uri().path().to_owned();
            let base = String::new();
            boxed(serve::serve(&server, &api, Address { base, path }, request)).await
        }
    }
}

/// `/_mocknito/apis/{name}/…`, by any method. Who may call is the API's own matter, and no page's
/// origin is a stranger's here (docs/decisions/0106).
pub async fn by_path(
    State(server): State<ServerState>,
    Path(asked): Path<Vec<(String, String)>>,
    mut request: Request,
) -> Response {
    let sent = request.extensions_mut().remove::<SentUri>();
    let uri = sent.map_or_else(|| request.uri().clone(), |SentUri(uri)| uri);
    let name = asked.first().map_or("", |(_, name)| name.as_str());
    // The path is looked at as it was sent.
    let base = format!("{PATH}{name}");
    let path = uri.path().strip_prefix(&base).map(str::to_owned);
    let (Some(path), Some(api)) = (path, server.gateway.named(name)) else {
        return refusal(
            StatusCode::NOT_FOUND,
            "not_found",
            "There is no API of this name. GET /_mocknito/apis lists those that there are.",
        );
    };
    let path = if path.is_empty() {
        "/".to_owned()
    } else {
        path
    };
    *request.uri_mut() = uri;
    boxed(serve::serve(&server, &api, Address { base, path }, request)).await
}
