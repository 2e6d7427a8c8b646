//! API Gateway's HTTP API with a JWT authorizer, of whatever issuer.
//!
//! Its 401 tells the reason in `www-authenticate`. Which kind of token it is does not count here,
//! only for whom it is.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::issuers::{self, Algorithms};
use super::jwt::{PresentedJwt, check_begin, check_expiry, declared_scopes, texts_or_one, told};
use super::presented::{Presented, PresentedToken};
use super::refusal::{Checked, RefusalKind, Stop, TokenRefusal, listed, refuse};
use super::rules::{IdentitySource, JwtRule};
use super::text_claims;
use super::verdict::{Allowed, Context, Denied, gateway_id};
use crate::app::Ctx;
use crate::domain::federation::Claims;
use crate::error::Result;

pub(super) async fn check(
    ctx: &Ctx,
    rule: &JwtRule,
    presented: &Presented<'_>,
) -> Result<Result<Allowed, Denied>> {
    match verified(ctx, rule, presented).await {
        Ok(claims) => {
            let context = Context::Authorizer(context(rule, &claims));
            Ok(Ok(Allowed::holder(claims, context)))
        }
        Err(Stop::Refused(refusal)) => Ok(Err(denied(ctx, rule, refusal))),
        Err(Stop::Failed(error)) => Err(error),
    }
}

async fn verified(ctx: &Ctx, rule: &JwtRule, presented: &Presented<'_>) -> Checked<Claims> {
    let token = match &rule.identity_source {
        // With and without `Bearer`.
        IdentitySource::Header(name) => presented.token(name)?.token.to_owned(),
        IdentitySource::Query(name) => in_query(presented, name)?,
    };
    let jwt = PresentedJwt::read(&token, "a JWT")?;
    let trusted = issuers::check_any(ctx, &jwt, &rule.issuer, Algorithms::Rsa).await?;
    check_audience(rule, &jwt.claims)?;
    check_expiry(&jwt.claims, ctx.now)?;
    check_begin(&jwt.claims, ctx.now, trusted.clock_skew())?;
    check_scopes(rule, &jwt.claims)?;
    Ok(jwt.claims)
}

/// The token in a parameter of the query.
fn in_query(presented: &Presented<'_>, name: &str) -> Checked<String> {
    let query = presented.uri.query().unwrap_or_default();
    let mut values = form_urlencoded::parse(query.as_bytes())
        .filter(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned());
    let Some(value) = values.next().filter(|value| !value.trim().is_empty()) else {
        return refuse(
            RefusalKind::Missing,
            format!("the query's parameter {name} is missing or empty"),
        );
    };
    if values.next().is_some() {
        return refuse(
            RefusalKind::Malformed,
            format!("the query's parameter {name} is there more than once"),
        );
    }
    Ok(PresentedToken::read(value.trim(), name)?.token.to_owned())
}

/// `aud`, or only where there is none, `client_id`.
fn check_audience(rule: &JwtRule, claims: &Claims) -> Checked<()> {
    if rule.audience.is_empty() {
        return Ok(());
    }
    let (name, had) = match claims.get("aud") {
        Some(_) => ("aud", texts_or_one(claims, "aud")),
        None => ("client_id", texts_or_one(claims, "client_id")),
    };
    if had.iter().any(|one| rule.audience.contains(one)) {
        return Ok(());
    }
    let expected = listed(&rule.audience);
    let reason = match &had[..] {
        [] => {
            format!("the token has neither aud nor client_id, where one of {expected} is expected")
        }
        had => format!(
            "the token's audience ({name}) is {}, where one of {expected} is expected",
            told(&had.join(", "))
        ),
    };
    refuse(RefusalKind::Audience, reason)
}

/// One of the route's scopes is enough.
fn check_scopes(rule: &JwtRule, claims: &Claims) -> Checked<()> {
    let had = declared_scopes(claims);
    if rule.scopes.is_empty() || had.iter().any(|scope| rule.scopes.contains(scope)) {
        return Ok(());
    }
    let reason = format!(
        "the route wants one of the scopes {}, and the token has {}",
        listed(&rule.scopes),
        told(&listed(&had))
    );
    refuse(RefusalKind::Scope, reason)
}

/// Scopes are told on routes that have some, and then all of the token's.
fn context(rule: &JwtRule, claims: &Claims) -> Map<String, Value> {
    let scopes = match &rule.scopes[..] {
        [] => Value::Null,
        _ => declared_scopes(claims).into(),
    };
    let jwt = json!({ "claims": text_claims::of_http(claims), "scopes": scopes });
    Map::from_iter([("jwt".to_owned(), jwt)])
}

fn denied(ctx: &Ctx, rule: &JwtRule, refusal: TokenRefusal) -> Denied {
    let TokenRefusal { kind, reason } = refusal;
    let scopes = rule.scopes.join(" ");
    let (status, message, challenge) = match kind {
        RefusalKind::Missing => (
            StatusCode::UNAUTHORIZED,
            "Unauthorized",
            "Bearer".to_owned(),
        ),
        // (unsure) Measured are status and body.
        RefusalKind::Scope => (
            StatusCode::FORBIDDEN,
            "Forbidden",
            format!("Bearer scope=\"{scopes}\" error=\"insufficient_scope\""),
        ),
        kind => (
            StatusCode::UNAUTHORIZED,
            "Unauthorized",
            format!(
                "Bearer scope=\"{scopes}\" error=\"invalid_token\" error_description=\"{}\"",
                description(kind)
            ),
        ),
    };
    let body = json!({ "message": message }).to_string();
    Denied::new(status, body, reason)
        .with("content-type", "application/json")
        .with("www-authenticate", &challenge)
        .with("apigw-requestid", &gateway_id(ctx))
}

/// The gateway's own words.
fn description(kind: RefusalKind) -> &'static str {
    match kind {
        // Captured in AWS's documentation.
        RefusalKind::Audience => "the token does not have a valid audience",
        // Reported from logs.
        RefusalKind::Discovery | RefusalKind::Configuration => {
            "OIDC discovery endpoint communication error"
        }
        RefusalKind::Keys => "JWKS communication error",
        // (unsure) Nobody has written down these.
        RefusalKind::Expired => "the token has expired",
        RefusalKind::NotYet => "the token is not valid yet",
        RefusalKind::Issuer => "invalid issuer",
        RefusalKind::Signature => "signature is invalid",
        _ => "unable to decode the token",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_id_counts_only_where_there_is_no_audience() {
        let rule = JwtRule {
            audience: vec!["a".to_owned()],
            ..JwtRule::of_pool("p")
        };
        let passes = |claims: Value| check_audience(&rule, claims.as_object().unwrap()).is_ok();
        assert!(passes(json!({ "aud": "a" })));
        assert!(passes(json!({ "aud": ["b", "a"] })));
        assert!(passes(json!({ "client_id": "a" })));
        assert!(!passes(json!({ "aud": "b", "client_id": "a" })));
        assert!(!passes(json!({ "aud": [], "client_id": "a" })));
        assert!(!passes(json!({})));
    }
}
