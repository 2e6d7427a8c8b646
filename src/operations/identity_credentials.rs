//! What logins are exchanged for: an identity, and with it AWS credentials or an OpenID token.
//!
//! Not here: whether logins hold and whose they are (`flows::identity_pools`), which role
//! (`domain::role_choice`), developers' users (`developers.rs`).

use crate::app::Ctx;
use crate::domain::identity_pools;
use crate::domain::role_choice;
use crate::error::{Error, Result};
use crate::flows::identity_pools::admission::{self, Admitted};
use crate::flows::identity_pools::credentials::{
    CredentialGrant, ENHANCED_LIFE, ENHANCED_SESSION, mint_credentials,
};
use crate::flows::identity_pools::openid_token::{self, OpenIdSubject, USUAL_LIFE};
use crate::flows::identity_pools::{identities, logins};
use crate::wire::Sensitive;
use crate::wire::identity_pools::{
    GetCredentialsForIdentityInput, GetCredentialsForIdentityResponse, GetIdInput, GetIdResponse,
    GetOpenIdTokenInput, GetOpenIdTokenResponse,
};

pub async fn get_id(ctx: &Ctx, input: GetIdInput) -> Result<GetIdResponse> {
    let pool = ctx.identity_pool(&input.identity_pool_id).await?;
    if let Some(logins) = &input.logins
        && logins.contains_key(identity_pools::OWN_PROVIDER)
    {
        return Err(Error::LoginOwnToken);
    }
    let verified = logins::verify(ctx, &pool, input.logins.as_ref()).await?;
    let identity_id = if verified.is_empty() {
        identities::new_guest(ctx, &pool).await?
    } else {
        identities::of_logins(ctx, &pool, &identities::links(&verified.logins)).await?
    };
    ctx.note_identity(&identity_id);
    Ok(GetIdResponse {
        identity_id: Some(identity_id),
    })
}

pub async fn get_credentials_for_identity(
    ctx: &Ctx,
    input: GetCredentialsForIdentityInput,
) -> Result<GetCredentialsForIdentityResponse> {
    let found = admission::find(ctx, &input.identity_id).await?;
    let admitted = admission::admit(ctx, found, input.logins.as_ref()).await?;
    let role_arn = role(&admitted, input.custom_role_arn.as_deref())?;
    let grant = CredentialGrant {
        identity_id: &admitted.identity_id,
        pool: &admitted.pool,
        role_arn: &role_arn,
        session_name: ENHANCED_SESSION,
        amr: admitted.amr(),
        principal_tags: admitted.principal_tags(),
        life: ENHANCED_LIFE,
    };
    let credentials = mint_credentials(ctx, grant).await?;
    Ok(GetCredentialsForIdentityResponse {
        identity_id: Some(admitted.identity_id),
        credentials: Some(credentials),
    })
}

/// (unsure) Of several logins the first one that has a role mapping decides.
fn role(admitted: &Admitted, asked: Option<&str>) -> Result<String> {
    let roles = &admitted.pool.roles;
    let logins = &admitted.logins.logins;
    let mapped = logins
        .iter()
        .find(|login| roles.mappings.contains_key(&login.mapping));
    match mapped.or(logins.first()) {
        Some(login) => role_choice::of_login(roles, login, asked),
        None if admitted.logins.developer.is_some() => role_choice::of_developer(roles, asked),
        None => role_choice::of_guest(roles, asked),
    }
}

/// The basic flow, whose tokens are for STS.
pub async fn get_open_id_token(
    ctx: &Ctx,
    input: GetOpenIdTokenInput,
) -> Result<GetOpenIdTokenResponse> {
    let (pool, identity) = admission::find(ctx, &input.identity_id).await?;
    if pool.settings.allow_classic_flow == Some(false) {
        return Err(Error::ClassicFlowOff);
    }
    if !pool.roles.mappings.is_empty() {
        return Err(Error::ClassicFlowWithMappings);
    }
    let admitted = admission::admit(ctx, (pool, identity), input.logins.as_ref()).await?;
    let subject = OpenIdSubject {
        identity_id: &admitted.identity_id,
        identity_pool_id: &admitted.pool.id,
        identity_pool_arn: identity_pools::arn(&admitted.pool, &ctx.app.settings.account_id),
        amr: admitted.amr(),
        principal_tags: admitted.principal_tags(),
        life: USUAL_LIFE,
    };
    let token = openid_token::sign(ctx, subject).await?;
    Ok(GetOpenIdTokenResponse {
        identity_id: Some(admitted.identity_id),
        token: Some(Sensitive::new(token)),
    })
}
