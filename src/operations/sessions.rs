//! Users' sessions: whether a pool keeps track of them, how long a client may use one silently, and
//! which there are.
//!
//! Not here: what begins and ends one (`flows::user_sessions`).

use super::{clients, pools};
use crate::app::Ctx;
use crate::domain::session_settings::{self, PoolSessions};
use crate::error::{Error, Result};
use crate::flows::{access_token, user_sessions, users};
use crate::ids;
use crate::store::{BrowserSession, Kept, TokenSession};
use crate::wire::Sensitive;
use crate::wire::user_pools::{
    AdminListUserSessionsRequest, AdminListUserSessionsResponse, AdminRevokeUserSessionRequest,
    AdminRevokeUserSessionResponse, GetUserPoolClientSessionConfigurationRequest,
    GetUserPoolClientSessionConfigurationResponse, GetUserPoolSessionConfigurationRequest,
    GetUserPoolSessionConfigurationResponse, ListUserSessionsRequest, ListUserSessionsResponse,
    RevokeAssociatedSessionsType, RevokeUserSessionRequest, RevokeUserSessionResponse,
    SessionDescriptionType, SessionTypeType, SetUserPoolClientSessionConfigurationRequest,
    SetUserPoolClientSessionConfigurationResponse, SetUserPoolSessionConfigurationRequest,
    SetUserPoolSessionConfigurationResponse, UserSessionTrackingType,
};

const FEATURE: &str = "Session tracking";

/// The key of what holds for the whole pool.
const POOL: &str = "";

pub async fn set_user_pool_session_configuration(
    ctx: &Ctx,
    input: SetUserPoolSessionConfigurationRequest,
) -> Result<SetUserPoolSessionConfigurationResponse> {
    let mut write = ctx.store().write().await?;
    let mut pool = pools::to_change(ctx, &mut write, &input.user_pool_id).await?;
    pool.require_essentials(FEATURE)?;
    let tracks = input.user_session_tracking == UserSessionTrackingType::Enabled;
    pool.token_sessions = tracks.then(|| i64::from(input.token_session.max_per_user));
    write.pools().update(&pool).await?;
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

/// Only where sessions are tracked. What was set stays when tracking ends, and counts again when it
/// begins again.
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

/// All on one page: there are at most as many as the pool allows.
pub async fn list_user_sessions(
    ctx: &Ctx,
    input: ListUserSessionsRequest,
) -> Result<ListUserSessionsResponse> {
    let caller = access_token::authorize(ctx, input.access_token.expose()).await?;
    refuse_page(input.next_token.as_deref())?;
    let own = caller.claims.origin_jti.as_deref();
    let (tokens, browsers) = user_sessions::list(ctx, &caller.pool, &caller.user).await?;
    Ok(ListUserSessionsResponse {
        sessions: Some(describe(tokens, browsers, own)),
        next_token: None,
    })
}

pub async fn admin_list_user_sessions(
    ctx: &Ctx,
    input: AdminListUserSessionsRequest,
) -> Result<AdminListUserSessionsResponse> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    refuse_page(input.next_token.as_deref())?;
    let user = users::find(ctx, &pool, input.username.expose())
        .await?
        .ok_or(Error::UserNotFound)?;
    let (tokens, browsers) = user_sessions::list(ctx, &pool, &user).await?;
    Ok(AdminListUserSessionsResponse {
        sessions: Some(describe(tokens, browsers, None)),
        next_token: None,
    })
}

pub async fn revoke_user_session(
    ctx: &Ctx,
    input: RevokeUserSessionRequest,
) -> Result<RevokeUserSessionResponse> {
    let caller = access_token::authorize(ctx, input.access_token.expose()).await?;
    let own = caller.claims.origin_jti.as_deref();
    let how = (own, is_linked(input.revoke_associated_sessions));
    user_sessions::revoke(ctx, &caller.pool, &caller.user, &input.session_id, how).await?;
    Ok(RevokeUserSessionResponse {})
}

pub async fn admin_revoke_user_session(
    ctx: &Ctx,
    input: AdminRevokeUserSessionRequest,
) -> Result<AdminRevokeUserSessionResponse> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    let user = users::find(ctx, &pool, input.username.expose())
        .await?
        .ok_or(Error::UserNotFound)?;
    let how = (None, is_linked(input.revoke_associated_sessions));
    user_sessions::revoke(ctx, &pool, &user, &input.session_id, how).await?;
    Ok(AdminRevokeUserSessionResponse {})
}

fn is_linked(associated: Option<RevokeAssociatedSessionsType>) -> bool {
    associated == Some(RevokeAssociatedSessionsType::Linked)
}

/// There is never a second page, so nobody was given a token for one.
fn refuse_page(token: Option<&str>) -> Result<()> {
    match token {
        Some(_) => Err(Error::InvalidPagination),
        None => Ok(()),
    }
}

/// The most that one page holds.
const PAGE: usize = 125;

/// Where a session was is not told: there is no data about addresses here.
fn describe(
    tokens: Vec<TokenSession>,
    browsers: Vec<BrowserSession>,
    own: Option<&str>,
) -> Vec<SessionDescriptionType> {
    let tokens = tokens.into_iter().map(|session| SessionDescriptionType {
        session_id: Some(session.id),
        session_type: Some(SessionTypeType::Token),
        client_id: Some(Sensitive::new(session.client_id)),
        create_date: Some(session.created_at),
        last_active_date: Some(session.active_at),
        device_type: Some(session.device),
        last_ip_address: session.ip.map(Sensitive::new),
        last_location: None,
        origin_session_id: session.browser_session.as_deref().map(ids::sso_session),
        is_current_session: Some(own == Some(session.origin_jti.as_str())),
    });
    let browsers = browsers.into_iter().map(|session| SessionDescriptionType {
        session_id: Some(ids::sso_session(&session.id)),
        session_type: Some(SessionTypeType::Sso),
        client_id: Some(Sensitive::new(session.client_id)),
        create_date: Some(session.auth_time),
        last_active_date: Some(session.used_at),
        device_type: Some("unknown".to_owned()),
        last_ip_address: None,
        last_location: None,
        origin_session_id: None,
        is_current_session: Some(false),
    });
    tokens.chain(browsers).take(PAGE).collect()
}
