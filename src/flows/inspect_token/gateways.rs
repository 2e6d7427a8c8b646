//! What each of AWS's gateways would say to a token, were the pool that made it the one it trusts.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, Method, Uri, header};

use super::{TokenFinding, TokenInspection};
use crate::app::Ctx;
use crate::domain::apis::{DefaultAction, JwtIssuer};
use crate::error::Result;
use crate::flows::authorizers::{
    self, AlbJwtRule, AppSyncRule, IdentitySource, JwtRule, Presented, PresentedBody, Rule,
    UserPoolsRule,
};

/// A gateway, and how its callers present a token.
struct TrustingGateway {
    name: &'static str,
    rule: Rule,
    is_bearer: bool,
}

/// Asks all of them.
pub(super) async fn ask(
    ctx: &Ctx,
    pool: &str,
    inspection: &TokenInspection,
    token: &str,
    scopes: &[&str],
) -> Result<Vec<TokenFinding>> {
    let mut answers = Vec::new();
    for gateway in gateways(pool, inspection.client_id.as_deref(), scopes) {
        answers.push(gateway.answer(ctx, token).await?);
    }
    Ok(answers)
}

fn gateways(pool: &str, client: Option<&str>, scopes: &[&str]) -> Vec<TrustingGateway> {
    let rest = |scopes: Vec<String>| {
        Rule::UserPools(UserPoolsRule {
            name: String::new(),
            pools: vec![pool.to_owned()],
            header: header::AUTHORIZATION,
            identity_validation: None,
            scopes,
            ttl: Duration::ZERO,
        })
    };
    let issuer = || JwtIssuer::Pool(pool.to_owned());
    // A method whose scope the token has; without any, a method whose scope nobody has.
    let scope = scopes.first().copied().unwrap_or("a/scope");
    let gateway = |name, rule, is_bearer| TrustingGateway {
        name,
        rule,
        is_bearer,
    };
    vec![
        gateway("REST API, a method without scopes", rest(Vec::new()), false),
        gateway(
            "REST API, a method with a scope",
            rest(vec![scope.to_owned()]),
            false,
        ),
        gateway(
            "HTTP API, a JWT authorizer for its client",
            Rule::Jwt(JwtRule {
                issuer: issuer(),
                audience: client.map(str::to_owned).into_iter().collect(),
                scopes: Vec::new(),
                identity_source: IdentitySource::Header(header::AUTHORIZATION),
            }),
            true,
        ),
        gateway(
            "AppSync",
            Rule::AppSync(AppSyncRule {
                pool: pool.to_owned(),
                app_id_client_regex: None,
                default_action: DefaultAction::Allow,
            }),
            false,
        ),
        gateway(
            "Load balancer, jwt-validation",
            Rule::AlbJwt(AlbJwtRule {
                issuer: issuer(),
                jwks_endpoint: None,
                additional_claims: Vec::new(),
            }),
            true,
        ),
    ]
}

impl TrustingGateway {
    async fn answer(&self, ctx: &Ctx, token: &str) -> Result<TokenFinding> {
        let scheme = if self.is_bearer { "Bearer " } else { "" };
        let mut headers = HeaderMap::new();
        if let Ok(value) = HeaderValue::try_from(format!("{scheme}{token}")) {
            headers.insert(header::AUTHORIZATION, value);
        }
        let presented = Presented {
            method: &Method::GET,
            uri: &Uri::from_static("/"),
            headers: &headers,
            body: PresentedBody::Elsewhere,
            source_ip: None,
        };
        let verdict = authorizers::check(ctx, &self.rule, &presented).await?;
        let (ok, text) = match verdict {
            Ok(_) => (true, "lets it pass".to_owned()),
            Err(denied) => (
                false,
                format!("{}: {}", denied.status.as_u16(), denied.reason),
            ),
        };
        Ok(TokenFinding {
            about: self.name,
            ok: Some(ok),
            text,
        })
    }
}
