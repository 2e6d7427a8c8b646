//! What is set on a pool beside its own document: MFA, and tags by ARN.
//!
//! GetUserPoolMfaConfig answers what CreateUserPool and UpdateUserPool can set: the pool's state and SMS. The factors that only
//! SetUserPoolMfaConfig knows (software token, e-mail, passkeys) have no members in the pool's document and will need a column of their
//! own. Not here: which tags are allowed (`domain::tags`).

use super::pools;
use crate::app::Ctx;
use crate::domain::tags;
use crate::error::{Error, Result};
use crate::store::Pool;
use crate::wire::user_pools::{
    GetUserPoolMfaConfigRequest, GetUserPoolMfaConfigResponse, ListTagsForResourceRequest,
    ListTagsForResourceResponse, SmsMfaConfigType, TagResourceRequest, TagResourceResponse,
    UntagResourceRequest, UntagResourceResponse,
};

/// SMS is answered whenever the pool can send any, MFA or not (unsure).
pub async fn get_user_pool_mfa_config(
    ctx: &Ctx,
    input: GetUserPoolMfaConfigRequest,
) -> Result<GetUserPoolMfaConfigResponse> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    let sms = pool.settings.sms_configuration.as_ref();
    Ok(GetUserPoolMfaConfigResponse {
        sms_mfa_configuration: sms.map(|configuration| SmsMfaConfigType {
            sms_authentication_message: pool.settings.sms_authentication_message.clone(),
            sms_configuration: Some(configuration.clone()),
        }),
        mfa_configuration: Some(pool.mfa()),
        ..GetUserPoolMfaConfigResponse::default()
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

/// Tagging is no change of the pool's settings: LastModifiedDate stays (unsure).
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
    write.settings_change();
    write.commit().await
}

/// An ARN of another Region or account names a pool that is not here.
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
