//! API Gateway's REST API with an authorizer of the type COGNITO_USER_POOLS.
//!
//! Its 401 says nothing of the reason and has no `WWW-Authenticate`.

use std::sync::Arc;

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::issuers;
use super::jwt::{PresentedJwt, check_expiry, scopes, text, told};
use super::presented::Presented;
use super::refusal::{Checked, RefusalKind, Stop, TokenRefusal, listed, refuse};
use super::rules::UserPoolsRule;
use super::text_claims;
use super::verdict::{Allowed, Context, Denied, gateway_id};
use crate::app::Ctx;
use crate::domain::federation::Claims;
use crate::error::Result;
use crate::keys::{TokenUse, base64url_sha256};

pub(super) async fn check(
    ctx: &Ctx,
    rule: &UserPoolsRule,
    presented: &Presented<'_>,
) -> Result<Result<Allowed, Denied>> {
    match verified(ctx, rule, presented).await {
        Ok(claims) => {
            let texts = Value::Object(text_claims::of_rest(&claims));
            let context = Map::from_iter([("claims".to_owned(), texts)]);
            let claims = Claims::clone(&claims);
            Ok(Ok(Allowed::holder(claims, Context::Authorizer(context))))
        }
        Err(Stop::Refused(refusal)) => Ok(Err(denied(ctx, refusal))),
        Err(Stop::Failed(error)) => Err(error),
    }
}

async fn verified(
    ctx: &Ctx,
    rule: &UserPoolsRule,
    presented: &Presented<'_>,
) -> Checked<Arc<Claims>> {
    // With and without `Bearer`.
    let token = presented.token(&rule.header)?.token;
    // By authorizer and token: what another authorizer thinks of it does not count.
    let pools = rule.pools.join(",");
    let key = base64url_sha256(&format!("{}\n{pools}\n{token}", rule.name));
    let memory = &ctx.app.authorizers.tokens;
    let remembered = (!rule.ttl.is_zero()).then(|| memory.find(&key, ctx.now));
    let claims = match remembered.flatten() {
        // (unsure) A token counts as long as its result is remembered, also past its own end.
        Some((claims, _)) => {
            check_audience(rule, &claims)?;
            claims
        }
        None => {
            let jwt = PresentedJwt::read(token, expected(rule))?;
            check_audience(rule, &jwt.claims)?;
            issuers::check_pool(ctx, &jwt, &rule.pools).await?;
            check_expiry(&jwt.claims, ctx.now)?;
            let claims = Arc::new(jwt.claims);
            if !rule.ttl.is_zero() {
                memory.keep(key, claims.clone(), ctx.now, rule.ttl);
            }
            claims
        }
    };
    check_use(rule, &claims)?;
    Ok(claims)
}

fn expected(rule: &UserPoolsRule) -> &'static str {
    if rule.scopes.is_empty() {
        "an ID token"
    } else {
        "an access token"
    }
}

/// IdentityValidationExpression. Access tokens have no `aud`, so that none passes.
fn check_audience(rule: &UserPoolsRule, claims: &Claims) -> Checked<()> {
    let Some(expression) = &rule.identity_validation else {
        return Ok(());
    };
    let reason = match text(claims, "aud") {
        Some(audience) if expression.is_match(audience) => return Ok(()),
        Some(audience) => format!(
            "the token's audience (aud) {} does not match the IdentityValidationExpression",
            told(audience)
        ),
        None => "the token has no audience (aud), as access tokens have none, so that no \
                 IdentityValidationExpression matches it"
            .to_owned(),
    };
    refuse(RefusalKind::Audience, reason)
}

/// The method's scopes decide which kind of token counts.
fn check_use(rule: &UserPoolsRule, claims: &Claims) -> Checked<()> {
    let given = text(claims, "token_use").unwrap_or_default();
    if rule.scopes.is_empty() {
        if given == TokenUse::Id.as_str() {
            return Ok(());
        }
        let reason = "an access token, where an ID token is expected: the method has no \
                      AuthorizationScopes";
        return refuse(RefusalKind::WrongUse, reason);
    }
    let needed = listed(&rule.scopes);
    if given != TokenUse::Access.as_str() {
        let reason = format!(
            "an ID token, where an access token is expected: the method has the \
             AuthorizationScopes {needed}"
        );
        return refuse(RefusalKind::WrongUse, reason);
    }
    let had = scopes(claims);
    if had.iter().any(|scope| rule.scopes.contains(scope)) {
        return Ok(());
    }
    let reason = format!(
        "the method wants one of the scopes {needed}, and the token has {}",
        told(&listed(&had))
    );
    refuse(RefusalKind::Scope, reason)
}

fn denied(ctx: &Ctx, refusal: TokenRefusal) -> Denied {
    let TokenRefusal { kind, reason } = refusal;
    let refused = |status, message, error_type, response_type| {
        let body = json!({ "message": message }).to_string();
        let denied = Denied::new(status, body, reason.clone());
        let denied = signed_by_gateway(ctx, denied).with("x-amzn-errortype", error_type);
        Denied {
            response_type: Some(response_type),
            ..denied
        }
    };
    let unauthorized = StatusCode::UNAUTHORIZED;
    let error_type = "UnauthorizedException";
    match kind {
        // (unsure) The error's type is that of the others, which say "Unauthorized".
        RefusalKind::Expired => refused(
            unauthorized,
            Some("The incoming token has expired"),
            error_type,
            "EXPIRED_TOKEN",
        ),
        // (unsure) What an authorizer without its pool answers; the type and 500 are documented.
        RefusalKind::Configuration => refused(
            StatusCode::INTERNAL_SERVER_ERROR,
            None,
            "AuthorizerConfigurationException",
            "AUTHORIZER_CONFIGURATION_ERROR",
        ),
        _ => refused(
            unauthorized,
            Some("Unauthorized"),
            error_type,
            "UNAUTHORIZED",
        ),
    }
}

/// What stands on each answer of a REST API's own.
fn signed_by_gateway(ctx: &Ctx, denied: Denied) -> Denied {
    denied
        .with("content-type", "application/json")
        .with("x-amzn-requestid", &ctx.request_id)
        .with("x-amz-apigw-id", &gateway_id(ctx))
}
