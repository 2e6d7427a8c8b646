//! The functions that run around a federated sign-in: the one place where it meets the triggers.
//!
//! First sign-in: InboundFederation, PreSignUp_ExternalProvider, PostConfirmation_ConfirmSignUp.
//! Later ones: InboundFederation, PreAuthentication, PostAuthentication. No transaction is open at
//! any of them.

use crate::app::Ctx;
use crate::domain::federation::Claims;
use crate::error::Result;
use crate::flows::triggers::{self, Caller, Confirmation, ProviderAnswer, SignUpWay};
use crate::store::{Client, IdentityProvider, Pool, User};

/// What the provider says, before it is mapped: as it is, or what the function puts in its place.
pub(super) async fn inbound(
    ctx: &Ctx,
    (pool, client): (&Pool, &Client),
    provider: &IdentityProvider,
    username: &str,
    claims: Claims,
    answer: ProviderAnswer,
) -> Result<Claims> {
    let replaced =
        triggers::inbound_federation(ctx, pool, client, provider, username, answer).await?;
    Ok(replaced.unwrap_or(claims))
}

/// Before a user is made, who is confirmed anyway: the function may verify what the provider said.
pub(super) async fn before_first(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    user: &mut User,
) -> Result<()> {
    let way = SignUpWay::ExternalProvider(client);
    let decided = triggers::pre_sign_up(ctx, pool, way, &user.username, &user.attributes).await?;
    decided.verify(&mut user.attributes);
    Ok(())
}

/// After a user was made.
pub(super) async fn after_first(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    user: &User,
) -> Result<()> {
    let caller = Caller::Client(client);
    triggers::post_confirmation(ctx, pool, caller, Confirmation::SignUp, user).await
}

/// Before a user who was here before is signed in.
pub(super) async fn before_return(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    user: &User,
) -> Result<()> {
    triggers::pre_authentication(ctx, pool, client, user).await
}

/// After a user who was here before was signed in.
pub(super) async fn after_return(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    user: &User,
) -> Result<()> {
    triggers::post_authentication(ctx, pool, client, user, false).await
}
