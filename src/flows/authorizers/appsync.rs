//! AppSync with AMAZON_COGNITO_USER_POOLS: ID and access tokens of one pool.
//!
//! What `defaultAction` and the schema's directives make of a caller is the GraphQL server's own:
//! it is told the strategy and the groups.

use axum::http::{StatusCode, header};
use serde_json::{Value, json};

use super::issuers;
use super::jwt::{PresentedJwt, check_expiry, text, told};
use super::presented::Presented;
use super::refusal::{Checked, RefusalKind, Stop, TokenRefusal, refuse};
use super::rules::AppSyncRule;
use super::verdict::{Allowed, Context, Denied};
use crate::app::Ctx;
use crate::domain::federation::Claims;
use crate::error::Result;

pub(super) async fn check(
    ctx: &Ctx,
    rule: &AppSyncRule,
    presented: &Presented<'_>,
) -> Result<Result<Allowed, Denied>> {
    match verified(ctx, rule, presented).await {
        Ok(claims) => {
            let mut allowed = Allowed::holder(claims, Context::Nothing);
            allowed.context = Context::AppSync(identity(rule, presented, &allowed));
            Ok(Ok(allowed))
        }
        Err(Stop::Refused(refusal)) => Ok(Err(denied(ctx, refusal))),
        Err(Stop::Failed(error)) => Err(error),
    }
}

async fn verified(ctx: &Ctx, rule: &AppSyncRule, presented: &Presented<'_>) -> Checked<Claims> {
    let given = presented.token(&header::AUTHORIZATION)?;
    // (unsure) Refused in 2021, and reported to work since.
    if given.is_bearer {
        let reason = "Bearer stands before the token, where AppSync expects the token alone in \
                      the header authorization";
        return refuse(RefusalKind::Malformed, reason);
    }
    let jwt = PresentedJwt::read(given.token, "an ID or access token")?;
    let pools = std::slice::from_ref(&rule.pool);
    issuers::check_pool(ctx, &jwt, pools).await?;
    check_expiry(&jwt.claims, ctx.now)?;
    check_client(rule, &jwt.claims)?;
    Ok(jwt.claims)
}

/// AppIdClientRegex, held against `aud` of an ID token and `client_id` of an access token.
fn check_client(rule: &AppSyncRule, claims: &Claims) -> Checked<()> {
    let Some(expression) = &rule.app_id_client_regex else {
        return Ok(());
    };
    // An access token may have an `aud`, too, which is no client.
    let name = match text(claims, "token_use") {
        Some("access") => "client_id",
        _ => "aud",
    };
    let client = text(claims, name).unwrap_or_default();
    if expression.is_match(client) {
        return Ok(());
    }
    let reason = format!(
        "the token is of the app client {}, which does not match the AppIdClientRegex",
        told(client)
    );
    refuse(RefusalKind::Audience, reason)
}

/// What resolvers see; claims have their own types here.
fn identity(rule: &AppSyncRule, presented: &Presented<'_>, allowed: &Allowed) -> Value {
    let groups = match &allowed.groups[..] {
        [] => Value::Null,
        groups => groups.into(),
    };
    let source_ip: Vec<String> = presented
        .source_ip
        .iter()
        .map(ToString::to_string)
        .collect();
    json!({
        "sub": allowed.sub,
        "issuer": text(&allowed.claims, "iss"),
        "username": allowed.username,
        "claims": allowed.claims,
        "sourceIp": source_ip,
        "defaultAuthStrategy": rule.default_action.as_str(),
        "groups": groups,
    })
}

fn denied(ctx: &Ctx, refusal: TokenRefusal) -> Denied {
    let message = match refusal.kind {
        RefusalKind::Missing => "Valid authorization header not provided.",
        RefusalKind::Malformed => "Unable to parse JWT token.",
        RefusalKind::Expired => "Token has expired.",
        // Seen for tokens of another pool. (unsure) What a wrong signature gives.
        _ => "You are not authorized to make this call.",
    };
    let error_type = "UnauthorizedException";
    // Printed as AppSync does.
    let body = format!(
        "{{\n  \"errors\" : [ {{\n    \"errorType\" : \"{error_type}\",\n    \"message\" : \
         \"{message}\"\n  }} ]\n}}"
    );
    Denied::new(StatusCode::UNAUTHORIZED, body, refusal.reason)
        .with("content-type", "application/json; charset=UTF-8")
        .with("x-amzn-requestid", &ctx.request_id)
        .with("x-amzn-errortype", error_type)
}
