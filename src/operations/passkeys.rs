//! A signed-in user's passkeys. Not here: signing in with one (`flows::sign_in`).

use super::paging::Paging;
use crate::app::Ctx;
use crate::clock::Timestamp;
use crate::domain;
use crate::error::{Error, Result};
use crate::flows::access_token::authorize;
use crate::flows::passkeys;
use crate::wire::user_pools::*;

const PAGE: usize = 20;

pub async fn start_web_authn_registration(
    ctx: &Ctx,
    input: StartWebAuthnRegistrationRequest,
) -> Result<StartWebAuthnRegistrationResponse> {
    let caller = authorize(ctx, input.access_token.expose()).await?;
    let options =
        passkeys::begin_registration(ctx, &caller.pool, &caller.client, &caller.user).await?;
    Ok(StartWebAuthnRegistrationResponse {
        credential_creation_options: Some(options),
    })
}

pub async fn complete_web_authn_registration(
    ctx: &Ctx,
    input: CompleteWebAuthnRegistrationRequest,
) -> Result<CompleteWebAuthnRegistrationResponse> {
    let caller = authorize(ctx, input.access_token.expose()).await?;
    passkeys::complete_registration(
        ctx,
        &caller.pool,
        &caller.client,
        &caller.user,
        &input.credential,
    )
    .await?;
    Ok(CompleteWebAuthnRegistrationResponse {})
}

/// (unsure) In the order of registration. Passkeys for a former relying party are listed, too, so
/// that they can be deleted.
pub async fn list_web_authn_credentials(
    ctx: &Ctx,
    input: ListWebAuthnCredentialsRequest,
) -> Result<ListWebAuthnCredentialsResponse> {
    let caller = authorize(ctx, input.access_token.expose()).await?;
    let sub = &caller.user.sub;
    let paging = Paging::new(ctx, &[&caller.pool.id, sub], input.max_results, PAGE);
    let after: Option<(i64, String)> = paging.start(input.next_token.as_deref())?;
    let after = after.as_ref().map(|(at, id)| (Timestamp(*at), id.as_str()));
    let mut found = ctx
        .store()
        .read()
        .await?
        .passkeys()
        .list(sub, after, paging.fetch())
        .await?;
    let next_token = paging.cut(&mut found, |passkey| {
        (passkey.created_at.0, passkey.id.clone())
    })?;
    Ok(ListWebAuthnCredentialsResponse {
        credentials: Some(found.into_iter().map(domain::passkeys::describe).collect()),
        next_token,
    })
}

pub async fn delete_web_authn_credential(
    ctx: &Ctx,
    input: DeleteWebAuthnCredentialRequest,
) -> Result<DeleteWebAuthnCredentialResponse> {
    let caller = authorize(ctx, input.access_token.expose()).await?;
    let mut write = ctx.store().write().await?;
    if !write
        .passkeys()
        .delete(&caller.user.sub, &input.credential_id)
        .await?
    {
        return Err(Error::PasskeyNotFound);
    }
    write.commit().await?;
    Ok(DeleteWebAuthnCredentialResponse {})
}
