//! Tokens for a user without a sign-in: a test tool behind `POST /_mocknito/tokens`, not an
//! operation of the service.

use super::issue_tokens::{self, Issuance, TokenRequest};
use super::{access_token, users};
use crate::app::Ctx;
use crate::error::{Error, Result};
use crate::wire::user_pools::AuthenticationResultType;

/// Signs in the user as if they had answered every challenge. The tokens are as real as any; a
/// disabled user gets none.
pub async fn mint_for_user(
    ctx: &Ctx,
    client_id: &str,
    username: &str,
) -> Result<AuthenticationResultType> {
    let (pool, client) = ctx.client(client_id).await?;
    let user = users::find(ctx, &pool, username)
        .await?
        .ok_or(Error::UserNotFound)?;
    if !user.enabled {
        return Err(Error::UserDisabled);
    }
    let family = issue_tokens::new_family(ctx, &client, &user, access_token::ADMIN_SCOPE);
    let mut write = ctx.store().write().await?;
    write.families().insert(&family).await?;
    write.commit().await?;
    let request = TokenRequest::new(&user, &family, Issuance::Api);
    let tokens = issue_tokens::sign(ctx, &pool, &client, request).await?;
    Ok(issue_tokens::result(
        tokens,
        Some(issue_tokens::refresh_token(ctx, &family, false)?),
    ))
}
