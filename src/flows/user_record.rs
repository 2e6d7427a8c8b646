//! What whoever develops may see and end of a user, and no AWS operation shows to an administrator:
//! the app's code, passkeys, and every sign-in that still counts.
//!
//! Not here: what the AWS operations show (`operations::users`), sessions that users themselves
//! list (`user_sessions`).

use super::{point_in_time_recovery, software_tokens};
use crate::app::Ctx;
use crate::error::{Error, Result};
use crate::ids;
use crate::store::{BrowserSession, Passkey, Pool, TokenFamily, User};

/// So many of a kind are shown, the newest first where they are sign-ins.
const MOST: i64 = 100;

/// A user's authenticator app.
pub struct AuthenticatorApp {
    pub name: Option<String>,
    /// What it shows now.
    pub code: Option<String>,
}

/// What is kept of a user beside the user itself.
pub struct UserRecord {
    pub app: Option<AuthenticatorApp>,
    pub passkeys: Vec<Passkey>,
    pub families: Vec<TokenFamily>,
    pub browsers: Vec<BrowserSession>,
}

pub async fn of(ctx: &Ctx, user: &User) -> Result<UserRecord> {
    let token = software_tokens::find(ctx, user).await?;
    let app = match token.filter(|token| token.secret.is_some()) {
        Some(token) => Some(AuthenticatorApp {
            code: software_tokens::shown(ctx, user, &token)?,
            name: token.name,
        }),
        None => None,
    };
    let mut read = ctx.store().read().await?;
    let mut browsers = read.browser_sessions().of_user(&user.sub).await?;
    browsers.retain(|browser| browser.expires_at > ctx.now);
    Ok(UserRecord {
        app,
        passkeys: read.passkeys().list(&user.sub, None, MOST).await?,
        families: read.families().of_user(&user.sub, ctx.now, MOST).await?,
        browsers,
    })
}

/// Ends one sign-in: a family of tokens by its `origin_jti`, or a browser's session by the name
/// that users see.
pub async fn end_session(ctx: &Ctx, pool: &Pool, user: &User, id: &str) -> Result<()> {
    let mut write = ctx.store().write().await?;
    let browsers = write.browser_sessions().of_user(&user.sub).await?;
    let browser = browsers
        .iter()
        .find(|browser| ids::sso_session(&browser.id) == id);
    if let Some(browser) = browser {
        write
            .browser_sessions()
            .delete(&pool.id, &browser.id)
            .await?;
        return write.commit().await;
    }
    let family = write.families().find(id).await?;
    let family = family.filter(|family| family.sub == user.sub && family.pool_id == pool.id);
    let family = family.ok_or(Error::UserSessionNotFound)?;
    write.families().revoke(&family.origin_jti, ctx.now).await?;
    write.commit().await
}

/// Takes a passkey from its user.
pub async fn delete_passkey(ctx: &Ctx, pool: &Pool, user: &User, id: &str) -> Result<()> {
    point_in_time_recovery::check_not_paused(ctx, &pool.id).await?;
    let mut write = ctx.store().write().await?;
    if !write.passkeys().delete(&user.sub, id).await? {
        return Err(Error::PasskeyNotFound);
    }
    write.commit().await
}
