//! Whether a request is one too many, where `--throttle` asks for rates.
//!
//! As on AWS the front end says so, before it looks at what is asked. Not here: the buckets
//! (`throttle`), categories and their rates (`domain::limits`).

use serde_json::Value;

use crate::app::Ctx;
use crate::domain::limits;
use crate::error::{Error, Result};

/// Refuses an operation beyond the rate of its category.
pub async fn check(ctx: &Ctx, operation: &str, body: &Value) -> Result<()> {
    let throttle = &ctx.app.throttle;
    if !throttle.is_on() {
        return Ok(());
    }
    let Some(limit) = limits::rate_of(operation) else {
        return Ok(());
    };
    let region = ctx.region();
    if limit.by_pool
        && throttle.is_as_on_aws()
        && let Some(pool) = body.get("UserPoolId").and_then(Value::as_str)
    {
        let kind = format!("{region} {operation} {pool}");
        if !throttle.take(&kind, limits::RATE_BY_POOL, ctx.now) {
            return Err(Error::RateExceeded);
        }
    }
    take(ctx, limit.category, limit.times).await
}

/// Takes one of a category's requests; `times` is how often its rate there may be.
pub async fn take(ctx: &Ctx, category: &'static str, times: u32) -> Result<()> {
    let throttle = &ctx.app.throttle;
    let default = limits::default_rate(category).unwrap_or(u32::MAX);
    let Some(rate) = throttle.rate(category, default) else {
        return Ok(());
    };
    let region = ctx.region();
    let rate = provisioned(ctx, region, category).await?.unwrap_or(rate);
    let kind = format!("{region} {category} {times}");
    if throttle.take(&kind, rate.saturating_mul(times), ctx.now) {
        Ok(())
    } else {
        Err(Error::RateExceeded)
    }
}

/// What UpdateProvisionedLimit has made of it.
async fn provisioned(ctx: &Ctx, region: &str, category: &str) -> Result<Option<u32>> {
    let key = format!("provisioned {region} {category}");
    let load = async || {
        let mut read = ctx.store().read().await?;
        read.limits().find(region, category).await
    };
    let found = ctx.store().remember::<Option<i64>>(&key, load).await?;
    Ok(found.and_then(|rate| u32::try_from(rate).ok()))
}
