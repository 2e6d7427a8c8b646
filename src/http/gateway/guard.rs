//! What a route asks of its callers, as the authorizers check it.

use axum::http::HeaderName;

use super::fault::{FaultKind, GatewayFault};
use crate::domain::apis::{Api, ApiRoute, ApiType, AuthorizerSettings, JwtAuthorizer};
use crate::flows::authorizers::{
    AlbJwtRule, AppSyncRule, IamPayload, IamRule, IdentitySource, JwtRule, Rule, UserPoolsRule,
};

/// The rule of a route; none lets everybody in.
pub fn rule(api: &Api, route: &ApiRoute) -> Result<Option<Rule>, GatewayFault> {
    let Some(name) = &route.authorizer else {
        return Ok(None);
    };
    let fault = |why: &str| GatewayFault::new(FaultKind::Configuration, format!("{why}: {name}"));
    let authorizer = api
        .authorizer(name)
        .ok_or_else(|| fault("no such authorizer"))?;
    let no_header = || fault("no header can have the name of its identity source");
    Ok(Some(match &authorizer.settings {
        AuthorizerSettings::UserPools(pools) => Rule::UserPools(UserPoolsRule {
            // What one API's authorizer remembers is no other's.
            name: format!("{}/{name}", api.name),
            pools: pools.pools.clone(),
            header: pools.header.parse().map_err(|_| no_header())?,
            identity_validation: pools.identity_validation.clone(),
            scopes: route.scopes.clone(),
            ttl: pools.result_ttl,
        }),
        AuthorizerSettings::Jwt(jwt) => Rule::Jwt(JwtRule {
            issuer: jwt.issuer.clone(),
            audience: jwt.audience.clone(),
            scopes: route.scopes.clone(),
            identity_source: source(jwt).ok_or_else(no_header)?,
        }),
        AuthorizerSettings::Iam => Rule::Iam(IamRule {
            payload: match api.kind {
                ApiType::Http => IamPayload::Http,
                _ => IamPayload::Rest,
            },
        }),
        AuthorizerSettings::AppSync(app_sync) => Rule::AppSync(AppSyncRule {
            pool: app_sync.pool.clone(),
            app_id_client_regex: app_sync.app_id_client_regex.clone(),
            default_action: app_sync.default_action,
        }),
        AuthorizerSettings::JwtValidation(validation) => Rule::AlbJwt(AlbJwtRule {
            issuer: validation.issuer.clone(),
            jwks_endpoint: validation.jwks_endpoint.clone(),
            additional_claims: validation.additional_claims.clone(),
        }),
        AuthorizerSettings::AuthenticateCognito(_) => {
            return Err(fault("nobody signs in users for it"));
        }
    }))
}

fn source(jwt: &JwtAuthorizer) -> Option<IdentitySource> {
    let source = jwt.identity_source.as_str();
    if let Some(name) = source.strip_prefix("$request.querystring.") {
        return Some(IdentitySource::Query(name.to_owned()));
    }
    let name = source.strip_prefix("$request.header.")?;
    let name: HeaderName = name.parse().ok()?;
    Some(IdentitySource::Header(name))
}
