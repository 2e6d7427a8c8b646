//! Which route of an API a request belongs to, or the fault that says why to none.
//!
//! Not here: how paths are compared (`domain::api_routes`), what a route asks of its callers
//! (`guard.rs`).

use super::fault::{FaultKind, GatewayFault};
use crate::domain::api_routes::RequestPath;
use crate::domain::apis::{Api, RouteMatch};

/// The path without the stage, which it has to begin with where the API has one, and the route that
/// takes it.
pub fn behind_stage<'a, 'p>(
    api: &'a Api,
    method: &str,
    path: &'p str,
) -> Result<(RequestPath<'p>, RouteMatch<'a>), GatewayFault> {
    let mut path = parsed(path)?;
    if let Some(stage) = api.stage_segment() {
        path = path.behind(stage).ok_or_else(|| {
            let why = format!("the API's paths begin with its stage, /{stage}");
            GatewayFault::new(FaultKind::UnknownStage, why)
        })?;
    }
    let found = taken(api, method, &path)?;
    Ok((path, found))
}

/// The same as behind a custom domain, where there is no stage unless the client says it.
pub fn with_or_without_stage<'a>(
    api: &'a Api,
    method: &str,
    path: &str,
) -> Result<RouteMatch<'a>, GatewayFault> {
    let path = parsed(path)?;
    let stage = api.stage_segment();
    let path = stage.and_then(|stage| path.behind(stage)).unwrap_or(path);
    taken(api, method, &path)
}

fn parsed(path: &str) -> Result<RequestPath<'_>, GatewayFault> {
    RequestPath::new(path)
        .ok_or_else(|| unknown("the path has a dot segment, a backslash or an empty segment"))
}

fn taken<'a>(
    api: &'a Api,
    method: &str,
    path: &RequestPath<'_>,
) -> Result<RouteMatch<'a>, GatewayFault> {
    let found = api.find_route(method, path);
    found.ok_or_else(|| unknown("no route has this method and path"))
}

fn unknown(why: &str) -> GatewayFault {
    GatewayFault::new(FaultKind::UnknownRoute, why)
}
