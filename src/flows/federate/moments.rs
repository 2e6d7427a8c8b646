//! The functions that run around a federated sign-in: the one place where it meets the triggers.
//!
//! First sign-in: InboundFederation, PreSignUp_ExternalProvider, PostConfirmation_ConfirmSignUp. Later ones: InboundFederation,
//! PreAuthentication, PostAuthentication. No transaction is open at any of them.

use crate::app::Ctx;
use crate::domain::federation::Claims;
use crate::error::{Error, Result};
use crate::flows::triggers::{self, Trigger};
use crate::store::{Client, IdentityProvider, Pool, User};

/// What the provider says, before it is mapped.
pub(super) async fn inbound(
    _ctx: &Ctx,
    pool: &Pool,
    _provider: &IdentityProvider,
    claims: Claims,
) -> Result<Claims> {
    let config = pool.settings.lambda_config.as_ref();
    if config.is_some_and(|config| config.inbound_federation.is_some()) {
        return Err(Error::NotAvailable {
            operation: format!("The InboundFederation trigger of user pool {}", pool.id),
        });
    }
    Ok(claims)
}

/// Before a user is made.
pub(super) async fn before_first(
    _ctx: &Ctx,
    pool: &Pool,
    _client: &Client,
    _user: &mut User,
) -> Result<()> {
    triggers::refuse(pool, &[Trigger::PreSignUp, Trigger::PostConfirmation])
}

/// After a user was made.
pub(super) async fn after_first(
    _ctx: &Ctx,
    _pool: &Pool,
    _client: &Client,
    _user: &User,
) -> Result<()> {
    Ok(())
}

/// Before a user who was here before is signed in.
pub(super) async fn before_return(
    _ctx: &Ctx,
    pool: &Pool,
    _client: &Client,
    _user: &User,
) -> Result<()> {
    triggers::refuse(
        pool,
        &[Trigger::PreAuthentication, Trigger::PostAuthentication],
    )
}

/// After a user who was here before was signed in.
pub(super) async fn after_return(
    _ctx: &Ctx,
    _pool: &Pool,
    _client: &Client,
    _user: &User,
) -> Result<()> {
    Ok(())
}
