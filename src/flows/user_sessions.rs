//! Sessions that users see and end, in pools that track them: sign-ins, each with its tokens, and
//! browsers in which somebody is signed in.
//!
//! Not here: what a session's tokens say (`issue_tokens`), whether a pool tracks sessions
//! (`operations::sessions`).

use crate::app::Ctx;
use crate::domain::user_agents;
use crate::error::{Error, Result};
use crate::ids;
use crate::store::{BrowserSession, Pool, TokenFamily, TokenSession, User, Write};

/// To be called with every pair of tokens that is issued: begins a session with a sign-in, and
/// notes that a session was active. A user who has as many as the pool allows loses the one that
/// was active longest ago.
pub async fn note(ctx: &Ctx, pool: &Pool, family: &TokenFamily) -> Result<()> {
    let Some(most) = pool.token_sessions else {
        return Ok(());
    };
    let device = user_agents::describe(ctx.agent().unwrap_or_default());
    let mut write = ctx.store().write().await?;
    if family.is_new {
        let session = TokenSession {
            id: ctx.draw(ids::token_session),
            origin_jti: family.origin_jti.clone(),
            sub: family.sub.clone(),
            client_id: family.client_id.clone(),
            created_at: ctx.now,
            active_at: ctx.now,
            device,
            ip: ctx.origin().map(str::to_owned),
            browser_session: None,
        };
        let others = write.token_sessions().list(&family.sub, ctx.now).await?;
        let room = usize::try_from(most).unwrap_or(1).saturating_sub(1);
        for evicted in others.iter().skip(room) {
            end(ctx, &mut write, evicted).await?;
        }
        write.token_sessions().insert(&session).await?;
    } else {
        write
            .token_sessions()
            .set_active(&family.origin_jti, ctx.now, &device, ctx.origin())
            .await?;
    }
    write.commit().await
}

/// A user's sessions, of tokens and of browsers, the newest or last active first.
pub async fn list(
    ctx: &Ctx,
    pool: &Pool,
    user: &User,
) -> Result<(Vec<TokenSession>, Vec<BrowserSession>)> {
    check_tracking(pool)?;
    let mut read = ctx.store().read().await?;
    let tokens = read.token_sessions().list(&user.sub, ctx.now).await?;
    let mut browsers = read.browser_sessions().of_user(&user.sub).await?;
    browsers.retain(|browser| browser.expires_at > ctx.now);
    Ok((tokens, browsers))
}

/// Ends one of the user's sessions, with all its tokens; not that of `own`, the `origin_jti` of who
/// asks. With `linked` also those tokens that came through a browser's session, or the browser's
/// session through which the tokens came (unsure: also where it is that of who asks).
pub async fn revoke(
    ctx: &Ctx,
    pool: &Pool,
    user: &User,
    id: &str,
    (own, linked): (Option<&str>, bool),
) -> Result<()> {
    check_tracking(pool)?;
    let mut write = ctx.store().write().await?;
    let sessions = write.token_sessions().list(&user.sub, ctx.now).await?;
    let browsers = write.browser_sessions().of_user(&user.sub).await?;
    let is_asked = |browser: &&BrowserSession| {
        browser.expires_at > ctx.now && ids::sso_session(&browser.id) == id
    };
    if let Some(browser) = browsers.iter().find(is_asked) {
        write
            .browser_sessions()
            .delete(&pool.id, &browser.id)
            .await?;
        let came_through = |session: &&TokenSession| {
            linked && session.browser_session.as_deref() == Some(&browser.id)
        };
        for session in sessions.iter().filter(came_through) {
            end(ctx, &mut write, session).await?;
        }
        return write.commit().await;
    }
    let session = sessions
        .iter()
        .find(|session| session.id == id)
        .ok_or(Error::UserSessionNotFound)?;
    if own == Some(session.origin_jti.as_str()) {
        return Err(Error::UserSessionIsOwn);
    }
    end(ctx, &mut write, session).await?;
    if let Some(browser) = session.browser_session.as_deref().filter(|_| linked) {
        write.browser_sessions().delete(&pool.id, browser).await?;
    }
    write.commit().await
}

/// Ends the browser's session through which a family's tokens came, if they came through one.
pub async fn end_browser_of(
    ctx: &Ctx,
    write: &mut Write<'_>,
    pool: &Pool,
    family: &TokenFamily,
) -> Result<()> {
    let sessions = write.token_sessions().list(&family.sub, ctx.now).await?;
    let own = sessions
        .iter()
        .find(|session| session.origin_jti == family.origin_jti);
    if let Some(browser) = own.and_then(|session| session.browser_session.as_deref()) {
        write.browser_sessions().delete(&pool.id, browser).await?;
    }
    Ok(())
}

async fn end(ctx: &Ctx, write: &mut Write<'_>, session: &TokenSession) -> Result<()> {
    write
        .families()
        .revoke(&session.origin_jti, ctx.now)
        .await?;
    write.token_sessions().delete(&session.id).await
}

/// Refuses pools that do not track sessions.
pub fn check_tracking(pool: &Pool) -> Result<()> {
    match pool.token_sessions {
        Some(_) => Ok(()),
        None => Err(Error::SessionTrackingDisabled),
    }
}
