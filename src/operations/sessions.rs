//! Whether a pool keeps track of its users' sessions, and how long a client may use one silently.
//!
//! Not here: the sessions themselves.

use super::{clients, pools};
use crate::app::Ctx;
use crate::domain::session_settings::{self, PoolSessions};
use crate::error::{Error, Result};
use crate::store::Kept;
use crate::wire::Sensitive;
use crate::wire::user_pools::{
    GetUserPoolClientSessionConfigurationRequest, GetUserPoolClientSessionConfigurationResponse,
    GetUserPoolSessionConfigurationRequest, GetUserPoolSessionConfigurationResponse,
    SetUserPoolClientSessionConfigurationRequest, SetUserPoolClientSessionConfigurationResponse,
    SetUserPoolSessionConfigurationRequest, SetUserPoolSessionConfigurationResponse,
    UserSessionTrackingType,
};

const FEATURE: &str = "Session tracking";

/// The key of what holds for the whole pool.
const POOL: &str = "";

pub async fn set_user_pool_session_configuration(
    ctx: &Ctx,
    input: SetUserPoolSessionConfigurationRequest,
) -> Result<SetUserPoolSessionConfigurationResponse> {
    let mut write = ctx.store().write().await?;
    let pool = pools::to_change(ctx, &mut write, &input.user_pool_id).await?;
    pool.require_essentials(FEATURE)?;
    let kept = Kept {
        pool_id: pool.id,
        key: POOL.to_owned(),
        client_id: None,
        document: PoolSessions {
            tracking: input.user_session_tracking,
            token_session: input.token_session,
        },
        created_at: ctx.now,
        updated_at: ctx.now,
    };
    write.documents().put(&kept).await?;
    write.commit().await?;
    Ok(SetUserPoolSessionConfigurationResponse {
        user_pool_id: Some(kept.pool_id),
        user_session_tracking: Some(kept.document.tracking),
        token_session: Some(kept.document.token_session),
    })
}

pub async fn get_user_pool_session_configuration(
    ctx: &Ctx,
    input: GetUserPoolSessionConfigurationRequest,
) -> Result<GetUserPoolSessionConfigurationResponse> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    let mut read = ctx.store().read().await?;
    let kept = read.documents().find(&pool.id, POOL).await?;
    let sessions: PoolSessions = kept.map(|kept| kept.document).unwrap_or_default();
    Ok(GetUserPoolSessionConfigurationResponse {
        user_pool_id: Some(pool.id.clone()),
        user_session_tracking: Some(sessions.tracking),
        token_session: Some(sessions.token_session),
    })
}

/// Only where sessions are tracked. What was set stays when tracking ends, and counts again when it begins again.
pub async fn set_user_pool_client_session_configuration(
    ctx: &Ctx,
    input: SetUserPoolClientSessionConfigurationRequest,
) -> Result<SetUserPoolClientSessionConfigurationResponse> {
    let mut write = ctx.store().write().await?;
    let (pool, client) =
        clients::to_change(ctx, &mut write, &input.user_pool_id, &input.client_id).await?;
    pool.require_essentials(FEATURE)?;
    let sessions = write
        .documents()
        .find::<PoolSessions>(&pool.id, POOL)
        .await?;
    let tracking = sessions.map(|kept| kept.document.tracking);
    if tracking != Some(UserSessionTrackingType::Enabled) {
        return Err(Error::SessionTrackingDisabled);
    }
    let kept = Kept {
        pool_id: pool.id,
        key: client.id.clone(),
        client_id: Some(client.id),
        document: input.sso_session,
        created_at: ctx.now,
        updated_at: ctx.now,
    };
    write.documents().put(&kept).await?;
    write.commit().await?;
    Ok(SetUserPoolClientSessionConfigurationResponse {
        user_pool_id: Some(kept.pool_id),
        client_id: Some(Sensitive::new(kept.key)),
        sso_session: Some(kept.document),
    })
}

pub async fn get_user_pool_client_session_configuration(
    ctx: &Ctx,
    input: GetUserPoolClientSessionConfigurationRequest,
) -> Result<GetUserPoolClientSessionConfigurationResponse> {
    let (pool, client) = ctx
        .pool_client(&input.user_pool_id, input.client_id.expose())
        .await?;
    let mut read = ctx.store().read().await?;
    let kept = read.documents().find(&pool.id, &client.id).await?;
    let session = match kept {
        Some(kept) => kept.document,
        None => session_settings::default_client_session(),
    };
    Ok(GetUserPoolClientSessionConfigurationResponse {
        user_pool_id: Some(pool.id.clone()),
        client_id: Some(Sensitive::new(client.id.clone())),
        sso_session: Some(session),
    })
}
