//! From UNCONFIRMED to CONFIRMED. Not here: users that an administrator makes (`users`).

use crate::app::Ctx;
use crate::error::{Error, Result};
use crate::flows::triggers::{self, Trigger};
use crate::flows::users::existing;
use crate::wire::user_pools::*;

/// Confirms the user; its address and number stay unverified.
pub async fn admin_confirm_sign_up(
    ctx: &Ctx,
    input: AdminConfirmSignUpRequest,
) -> Result<AdminConfirmSignUpResponse> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    let mut write = ctx.store().write().await?;
    let mut user = existing(&mut write, &pool, input.username.expose()).await?;
    if user.status != UserStatusType::Unconfirmed {
        return Err(Error::CannotConfirm {
            status: user.status.as_str().to_owned(),
        });
    }
    triggers::refuse(&pool, &[Trigger::PostConfirmation])?;
    user.status = UserStatusType::Confirmed;
    user.updated_at = ctx.now;
    write.users().update(&user).await?;
    write.commit().await?;
    Ok(AdminConfirmSignUpResponse {})
}
