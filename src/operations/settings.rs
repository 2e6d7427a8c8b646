//! Settings outside a pool's own document: second factors, the certificate for SAML, request rates,
//! and tags by ARN.
//!
//! Not here: what may be set (`domain::mfa_settings`, `domain::limits`, `domain::tags`).

use super::pools;
use crate::app::Ctx;
use crate::domain::{limits, mfa_settings, tags};
use crate::error::{Error, Result};
use crate::store::Pool;
use crate::wire::user_pools::{
    GetProvisionedLimitRequest, GetProvisionedLimitResponse, GetSigningCertificateRequest,
    GetSigningCertificateResponse, GetUserPoolMfaConfigRequest, GetUserPoolMfaConfigResponse,
    LimitType, ListTagsForResourceRequest, ListTagsForResourceResponse,
    SetUserPoolMfaConfigRequest, SetUserPoolMfaConfigResponse, TagResourceRequest,
    TagResourceResponse, UntagResourceRequest, UntagResourceResponse,
    UpdateProvisionedLimitRequest, UpdateProvisionedLimitResponse,
};

pub async fn get_user_pool_mfa_config(
    ctx: &Ctx,
    input: GetUserPoolMfaConfigRequest,
) -> Result<GetUserPoolMfaConfigResponse> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    Ok(mfa_settings::described(&pool))
}

pub async fn set_user_pool_mfa_config(
    ctx: &Ctx,
    input: SetUserPoolMfaConfigRequest,
) -> Result<SetUserPoolMfaConfigResponse> {
    let mut write = ctx.store().write().await?;
    let mut pool = pools::to_change(ctx, &mut write, &input.user_pool_id).await?;
    mfa_settings::set(&mut pool, input)?;
    pool.updated_at = ctx.now;
    write.pools().update(&pool).await?;
    write.commit().await?;
    let described = mfa_settings::described(&pool);
    Ok(SetUserPoolMfaConfigResponse {
        sms_mfa_configuration: described.sms_mfa_configuration,
        software_token_mfa_configuration: described.software_token_mfa_configuration,
        email_mfa_configuration: described.email_mfa_configuration,
        mfa_configuration: described.mfa_configuration,
        web_authn_configuration: described.web_authn_configuration,
    })
}

/// The first call for a pool waits until the certificate's key is made.
pub async fn get_signing_certificate(
    ctx: &Ctx,
    input: GetSigningCertificateRequest,
) -> Result<GetSigningCertificateResponse> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    let keys = &ctx.app.keys;
    let certificate = keys
        .signing_certificate(ctx.store(), &pool.id, ctx.now)
        .await?;
    Ok(GetSigningCertificateResponse {
        certificate: Some(certificate),
    })
}

pub async fn get_provisioned_limit(
    ctx: &Ctx,
    input: GetProvisionedLimitRequest,
) -> Result<GetProvisionedLimitResponse> {
    let (category, default) = limits::category(&input.limit_definition)?;
    let mut read = ctx.store().read().await?;
    let asked = read.limits().find(ctx.region(), category).await?;
    let asked = asked.and_then(|value| i32::try_from(value).ok());
    Ok(GetProvisionedLimitResponse {
        limit: Some(LimitType {
            limit_definition: Some(input.limit_definition),
            provisioned_limit_value: Some(asked.unwrap_or(default)),
            free_limit_value: Some(default),
        }),
    })
}

/// The rate counts where `--throttle` asks for rates (`throttling`).
pub async fn update_provisioned_limit(
    ctx: &Ctx,
    input: UpdateProvisionedLimitRequest,
) -> Result<UpdateProvisionedLimitResponse> {
    let (category, default) = limits::category(&input.limit_definition)?;
    let asked = input.requested_limit_value;
    limits::check(category, default, asked)?;
    let mut write = ctx.store().write().await?;
    write
        .limits()
        .put(ctx.region(), category, i64::from(asked))
        .await?;
    write.commit().await?;
    Ok(UpdateProvisionedLimitResponse {
        limit: Some(LimitType {
            limit_definition: Some(input.limit_definition),
            provisioned_limit_value: Some(asked),
            free_limit_value: Some(default),
        }),
    })
}

pub async fn tag_resource(ctx: &Ctx, input: TagResourceRequest) -> Result<TagResourceResponse> {
    change_tags(ctx, &input.resource_arn, |pool| {
        let kept = pool.settings.user_pool_tags.get_or_insert_default();
        kept.extend(input.tags);
        tags::check(kept)
    })
    .await?;
    Ok(TagResourceResponse {})
}

pub async fn untag_resource(
    ctx: &Ctx,
    input: UntagResourceRequest,
) -> Result<UntagResourceResponse> {
    change_tags(ctx, &input.resource_arn, |pool| {
        let kept = pool.settings.user_pool_tags.get_or_insert_default();
        kept.retain(|key, _| !input.tag_keys.contains(key));
        Ok(())
    })
    .await?;
    Ok(UntagResourceResponse {})
}

pub async fn list_tags_for_resource(
    ctx: &Ctx,
    input: ListTagsForResourceRequest,
) -> Result<ListTagsForResourceResponse> {
    let named = tags::pool_of_arn(&input.resource_arn)?;
    let pool = ctx.pool(named.pool).await?;
    check_named(ctx, &named, &pool)?;
    Ok(ListTagsForResourceResponse {
        tags: Some(pool.settings.user_pool_tags.clone().unwrap_or_default()),
    })
}

/// (unsure) Tagging does not count as a change of the pool: LastModifiedDate stays.
async fn change_tags(
    ctx: &Ctx,
    arn: &str,
    change: impl FnOnce(&mut Pool) -> Result<()>,
) -> Result<()> {
    let named = tags::pool_of_arn(arn)?;
    let mut write = ctx.store().write().await?;
    let mut pool = pools::to_change(ctx, &mut write, named.pool).await?;
    check_named(ctx, &named, &pool)?;
    change(&mut pool)?;
    write.pools().update(&pool).await?;
    write.commit().await
}

/// A pool in another Region or account does not exist here.
fn check_named(ctx: &Ctx, named: &tags::PoolArn, pool: &Pool) -> Result<()> {
    if named.region == pool.region && named.account == ctx.app.settings.account_id {
        Ok(())
    } else {
        tracing::warn!(
            pool = pool.id,
            region = named.region,
            account = named.account,
            "the ARN names another Region or account than the pool's"
        );
        Err(Error::PoolNotFound {
            id: pool.id.clone(),
        })
    }
}
