//! `CorsConfiguration` of an HTTP API: preflights are answered here, and other answers carry what
//! the owner allows in place of what the target says.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::Response;

use super::arrived::ApiRequest;
use super::headers::{set, text};
use crate::domain::api_routes::RouteMethod;
use crate::domain::apis::{CorsConfiguration, RouteMatch};

/// The answer to a preflight that the gateway gives by itself: of an API with CORS, where no route
/// is for `OPTIONS` in particular.
pub fn preflight(request: &ApiRequest<'_>, found: Option<&RouteMatch<'_>>) -> Option<Response> {
    let cors = request.api.cors.as_ref()?;
    let headers = request.headers();
    let is_preflight = request.parts.method == Method::OPTIONS
        && headers.contains_key(header::ORIGIN)
        && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    // (unsure) A route for any method, or `$default`, does not keep preflights from the gateway.
    let is_taken = found.is_some_and(
        |found| matches!(&found.route.method, RouteMethod::Only(only) if only == "OPTIONS"),
    );
    if !is_preflight || is_taken {
        return None;
    }
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let answer = response.headers_mut();
    if allow(cors, headers, answer) {
        list(
            answer,
            header::ACCESS_CONTROL_ALLOW_METHODS,
            &cors.allow_methods,
        );
        list(
            answer,
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            &cors.allow_headers,
        );
        if let Some(seconds) = cors.max_age {
            answer.insert(header::ACCESS_CONTROL_MAX_AGE, seconds.into());
        }
    }
    Some(response)
}

/// Puts what the owner allows in place of what the target says of it.
pub fn apply(request: &ApiRequest<'_>, response: &mut Response) {
    let Some(cors) = &request.api.cors else {
        return;
    };
    let answer = response.headers_mut();
    for name in [
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        header::ACCESS_CONTROL_ALLOW_METHODS,
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        header::ACCESS_CONTROL_MAX_AGE,
    ] {
        answer.remove(name);
    }
    allow(cors, request.headers(), answer);
}

/// What both kinds of answers say, where the page's origin may call.
fn allow(cors: &CorsConfiguration, asked: &HeaderMap, answer: &mut HeaderMap) -> bool {
    let Some(origin) = text(asked, header::ORIGIN) else {
        return false;
    };
    let any = cors.allow_origins.iter().any(|allowed| allowed == "*");
    if !any {
        answer.append(header::VARY, HeaderValue::from_static("origin"));
    }
    if !any
        && !cors
            .allow_origins
            .iter()
            .any(|allowed| fits(allowed, origin))
    {
        return false;
    }
    let origin = if any { "*" } else { origin };
    set(answer, header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    if cors.allow_credentials {
        let yes = HeaderValue::from_static("true");
        answer.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, yes);
    }
    list(
        answer,
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        &cors.expose_headers,
    );
    true
}

/// `https://*` allows every origin of that scheme.
fn fits(allowed: &str, origin: &str) -> bool {
    match allowed.strip_suffix("://*") {
        Some(scheme) => origin
            .split_once("://")
            .is_some_and(|(own, _)| own == scheme),
        None => allowed == origin,
    }
}

fn list(answer: &mut HeaderMap, name: HeaderName, list: &[String]) {
    if !list.is_empty() {
        set(answer, name, &list.join(","));
    }
}
