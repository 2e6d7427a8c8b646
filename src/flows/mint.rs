//! Tokens without a sign-in. (being built)

use crate::app::Ctx;
use crate::error::{Error, Result};
use crate::wire::user_pools::AuthenticationResultType;

pub async fn mint_for_user(
    _ctx: &Ctx,
    _client_id: &str,
    _username: &str,
) -> Result<AuthenticationResultType> {
    Err(Error::UserNotFound)
}
