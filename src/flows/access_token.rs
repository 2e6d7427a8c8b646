//! Who calls: what an access token says, once it was checked.

use std::sync::Arc;

use crate::app::Ctx;
use crate::error::{Error, Result};
use crate::store::{Client, Pool, User};

/// The claims of an access token.
#[derive(Debug)]
pub struct AccessClaims {}

/// The user whose access token was accepted.
#[derive(Debug)]
pub struct Caller {
    pub pool: Arc<Pool>,
    pub client: Arc<Client>,
    pub user: User,
    pub claims: AccessClaims,
}

/// Checks the access token.
pub async fn authorize(_ctx: &Ctx, _token: &str) -> Result<Caller> {
    Err(Error::AccessTokenInvalid)
}
