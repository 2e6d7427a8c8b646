//! Whether a gateway of AWS would let a request through, and what it would hand to the back end or
//! answer: API Gateway's REST and HTTP APIs, AppSync, a load balancer.
//!
//! None of them asks the user pool: they verify a token's signature and times by themselves, so
//! that a token that was revoked passes until it expires, as on AWS. Each has its own order, its
//! own words and its own shape of the claims, and so a file of its own. Not here: the address at
//! which any proxy can ask (`http::mocknito::authorize`), the operations of Cognito that take an
//! access token (`flows::access_token`). Next: `rules.rs` for what can be asked for, `rest.rs`.

mod alb_jwt;
mod appsync;
mod http_api;
mod iam;
mod issuers;
mod jwt;
mod presented;
mod refusal;
mod rest;
mod rules;
mod signature;
mod text_claims;
mod verdict;

pub use presented::{Presented, PresentedBody};
pub use rules::{
    AlbJwtRule, AppSyncRule, IamPayload, IamRule, IdentitySource, JwtRule, Rule, UserPoolsRule,
    whole,
};
pub use verdict::{Allowed, Context, Denied};

use crate::app::Ctx;
use crate::error::Result;

/// Whether the caller may pass. What is denied is not an error: the reason is for a developer, and
/// noted for the log.
pub async fn check(
    ctx: &Ctx,
    rule: &Rule,
    presented: &Presented<'_>,
) -> Result<Result<Allowed, Denied>> {
    let verdict = match rule {
        Rule::UserPools(rule) => rest::check(ctx, rule, presented).await?,
        Rule::Jwt(rule) => http_api::check(ctx, rule, presented).await?,
        Rule::AppSync(rule) => appsync::check(ctx, rule, presented).await?,
        Rule::Iam(rule) => iam::check(ctx, rule, presented).await?,
        Rule::AlbJwt(rule) => alb_jwt::check(ctx, rule, presented).await?,
    };
    if let Err(denied) = &verdict {
        ctx.note_reason(&denied.reason);
    }
    Ok(verdict)
}
