//! What an identity pool gives to whom: roles, role mappings and principal tags.
//!
//! Not here: what may be set, and which role somebody gets (`domain::identity_roles`).

use super::identity_pools::to_change;
use crate::app::Ctx;
use crate::domain::{identity_pools, identity_roles};
use crate::error::{Error, Result};
use crate::store::{PoolRoles, PrincipalTagMap};
use crate::wire::NoOutput;
use crate::wire::identity_pools::{
    GetIdentityPoolRolesInput, GetIdentityPoolRolesResponse, GetPrincipalTagAttributeMapInput,
    GetPrincipalTagAttributeMapResponse, SetIdentityPoolRolesInput,
    SetPrincipalTagAttributeMapInput, SetPrincipalTagAttributeMapResponse,
};

pub async fn get_identity_pool_roles(
    ctx: &Ctx,
    input: GetIdentityPoolRolesInput,
) -> Result<GetIdentityPoolRolesResponse> {
    let pool = ctx.identity_pool(&input.identity_pool_id).await?;
    let PoolRoles { roles, mappings } = pool.roles.clone();
    Ok(GetIdentityPoolRolesResponse {
        identity_pool_id: Some(pool.id.clone()),
        // (unsure) Like other documents of this service, without empty members.
        roles: Some(roles).filter(|roles| !roles.is_empty()),
        role_mappings: Some(mappings).filter(|mappings| !mappings.is_empty()),
    })
}

pub async fn set_identity_pool_roles(
    ctx: &Ctx,
    input: SetIdentityPoolRolesInput,
) -> Result<NoOutput> {
    let is_here = |place: &str| ctx.app.is_here(place);
    let mappings = input.role_mappings.unwrap_or_default().into_iter();
    let roles = PoolRoles {
        roles: input.roles,
        mappings: mappings
            .map(|(key, mapping)| (identity_pools::canonical(&key, is_here), mapping))
            .collect(),
    };
    let mut write = ctx.store().write().await?;
    let mut pool = to_change(ctx, &mut write, &input.identity_pool_id).await?;
    identity_roles::check(&pool.settings, &roles)?;
    pool.roles = roles;
    pool.updated_at = ctx.now;
    write.identity_pools().update(&pool).await?;
    write.commit().await?;
    Ok(NoOutput {})
}

pub async fn get_principal_tag_attribute_map(
    ctx: &Ctx,
    input: GetPrincipalTagAttributeMapInput,
) -> Result<GetPrincipalTagAttributeMapResponse> {
    let pool = ctx.identity_pool(&input.identity_pool_id).await?;
    let is_here = |place: &str| ctx.app.is_here(place);
    let provider = identity_pools::canonical(&input.identity_provider_name, is_here);
    let Some(map) = pool.tag_maps.get(&provider) else {
        return Err(Error::PrincipalTagsNotFound { provider });
    };
    Ok(GetPrincipalTagAttributeMapResponse {
        identity_pool_id: Some(pool.id.clone()),
        identity_provider_name: Some(provider),
        use_defaults: Some(map.use_defaults),
        principal_tags: Some(map.tags.clone()),
    })
}

/// (unsure) The provider need not be configured.
pub async fn set_principal_tag_attribute_map(
    ctx: &Ctx,
    input: SetPrincipalTagAttributeMapInput,
) -> Result<SetPrincipalTagAttributeMapResponse> {
    let is_here = |place: &str| ctx.app.is_here(place);
    let provider = identity_pools::canonical(&input.identity_provider_name, is_here);
    let map = PrincipalTagMap {
        use_defaults: input.use_defaults.unwrap_or_default(),
        tags: input.principal_tags.unwrap_or_default(),
    };
    identity_roles::check_tags(&map)?;
    let mut write = ctx.store().write().await?;
    let mut pool = to_change(ctx, &mut write, &input.identity_pool_id).await?;
    pool.tag_maps.insert(provider.clone(), map.clone());
    pool.updated_at = ctx.now;
    write.identity_pools().update(&pool).await?;
    write.commit().await?;
    Ok(SetPrincipalTagAttributeMapResponse {
        identity_pool_id: Some(pool.id),
        identity_provider_name: Some(provider),
        use_defaults: Some(map.use_defaults),
        principal_tags: Some(map.tags),
    })
}
