//! Threat protection: what a pool or a client does about risky sign-ins, and where the pool's logs go.
//!
//! Not here: the rules for setting it (`domain::threat_protection`, `domain::log_delivery`). Nothing is judged and nothing delivered yet.

use super::{clients, pools};
use crate::app::Ctx;
use crate::domain::log_delivery::LogDelivery;
use crate::domain::threat_protection;
use crate::error::Result;
use crate::store::Kept;
use crate::wire::user_pools::{
    DescribeRiskConfigurationRequest, DescribeRiskConfigurationResponse,
    GetLogDeliveryConfigurationRequest, GetLogDeliveryConfigurationResponse,
    LogDeliveryConfigurationType, RiskConfigurationType, SetLogDeliveryConfigurationRequest,
    SetLogDeliveryConfigurationResponse, SetRiskConfigurationRequest, SetRiskConfigurationResponse,
};

/// The key of what holds for the whole pool.
const POOL: &str = "";

pub async fn set_risk_configuration(
    ctx: &Ctx,
    mut input: SetRiskConfigurationRequest,
) -> Result<SetRiskConfigurationResponse> {
    let mut write = ctx.store().write().await?;
    let pool = pools::to_change(ctx, &mut write, &input.user_pool_id).await?;
    let client = match input.client_id.take() {
        Some(id) => Some(
            clients::to_change(ctx, &mut write, &pool.id, &id)
                .await?
                .1
                .id,
        ),
        None => None,
    };
    threat_protection::check_enabled(&pool)?;
    let key = client.as_deref().unwrap_or(POOL);
    let kept = threat_protection::asked(input)?.map(|document| Kept {
        pool_id: pool.id.clone(),
        key: key.to_owned(),
        client_id: client.clone(),
        document,
        created_at: ctx.now,
        updated_at: ctx.now,
    });
    match &kept {
        Some(kept) => write.documents().put(kept).await?,
        None => {
            write
                .documents()
                .delete::<RiskConfigurationType>(&pool.id, key)
                .await?;
        }
    }
    write.commit().await?;
    Ok(SetRiskConfigurationResponse {
        risk_configuration: Some(threat_protection::described(&pool.id, client, kept)),
    })
}

pub async fn describe_risk_configuration(
    ctx: &Ctx,
    input: DescribeRiskConfigurationRequest,
) -> Result<DescribeRiskConfigurationResponse> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    let client = input.client_id.map(|id| id.into_inner());
    if let Some(id) = &client {
        ctx.pool_client(&pool.id, id).await?;
    }
    threat_protection::check_enabled(&pool)?;
    let mut read = ctx.store().read().await?;
    let kept = read
        .documents()
        .find(&pool.id, client.as_deref().unwrap_or(POOL))
        .await?;
    Ok(DescribeRiskConfigurationResponse {
        risk_configuration: Some(threat_protection::described(&pool.id, client, kept)),
    })
}

/// Replaces what was set; an empty list ends all delivery.
pub async fn set_log_delivery_configuration(
    ctx: &Ctx,
    input: SetLogDeliveryConfigurationRequest,
) -> Result<SetLogDeliveryConfigurationResponse> {
    let delivery = LogDelivery::new(input.log_configurations)?;
    let mut write = ctx.store().write().await?;
    let pool = pools::to_change(ctx, &mut write, &input.user_pool_id).await?;
    let kept = Kept {
        pool_id: pool.id,
        key: POOL.to_owned(),
        client_id: None,
        document: delivery,
        created_at: ctx.now,
        updated_at: ctx.now,
    };
    write.documents().put(&kept).await?;
    write.commit().await?;
    Ok(SetLogDeliveryConfigurationResponse {
        log_delivery_configuration: Some(log_delivery(&kept.pool_id, kept.document)),
    })
}

/// A pool for which nothing was set has an empty list (unsure).
pub async fn get_log_delivery_configuration(
    ctx: &Ctx,
    input: GetLogDeliveryConfigurationRequest,
) -> Result<GetLogDeliveryConfigurationResponse> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    let mut read = ctx.store().read().await?;
    let kept = read.documents().find(&pool.id, POOL).await?;
    let delivery = kept.map(|kept| kept.document).unwrap_or_default();
    Ok(GetLogDeliveryConfigurationResponse {
        log_delivery_configuration: Some(log_delivery(&pool.id, delivery)),
    })
}

fn log_delivery(pool: &str, delivery: LogDelivery) -> LogDeliveryConfigurationType {
    LogDeliveryConfigurationType {
        user_pool_id: Some(pool.to_owned()),
        log_configurations: Some(delivery.0),
    }
}
