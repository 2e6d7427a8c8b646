//! What a route asks of its callers, as the authorizers check it.

use axum::http::HeaderName;

use super::fault::{Fault, FaultKind};
use crate::domain::apis::{Api, Authorizer, AuthorizerSettings, Route};
use crate::flows::authorizers::{Rule, UserPoolsRule};

/// The rule of a route; none lets everybody in.
pub fn rule(api: &Api, route: &Route) -> Result<Option<Rule>, Fault> {
    let Some(name) = &route.authorizer else {
        return Ok(None);
    };
    let fault = |why: &str| Fault::new(FaultKind::Configuration, format!("{why}: {name}"));
    let authorizer = api.authorizer(name);
    let Authorizer { settings, .. } = authorizer.ok_or_else(|| fault("no such authorizer"))?;
    match settings {
        AuthorizerSettings::UserPools(pools) => {
            let header: HeaderName = pools
                .header
                .parse()
                .map_err(|_| fault("no header can have this name"))?;
            Ok(Some(Rule::UserPools(UserPoolsRule {
                name: format!("{}/{name}", api.name),
                pools: pools.pools.clone(),
                header,
                identity_validation: pools.identity_validation.clone(),
                scopes: route.scopes.clone(),
                ttl: pools.result_ttl,
            })))
        }
        _ => Err(fault("nothing checks such an authorizer yet")),
    }
}
