//! Identity providers of a pool: create, describe, update, delete and list.
//!
//! Not here: the details that a provider needs (`domain::identity_providers`), signing in through
//! one (`flows::federate`).

use super::paging::Paging;
use super::pools;
use crate::app::Ctx;
use crate::domain::identity_providers::{self, MOST};
use crate::domain::schema;
use crate::error::{Error, Result};
use crate::store::{IdentityProvider, Write};
use crate::wire::NoOutput;
use crate::wire::user_pools::{
    CreateIdentityProviderRequest, CreateIdentityProviderResponse, DeleteIdentityProviderRequest,
    DescribeIdentityProviderRequest, DescribeIdentityProviderResponse,
    GetIdentityProviderByIdentifierRequest, GetIdentityProviderByIdentifierResponse,
    IdentityProviderType, IdentityProviderTypeType, ListIdentityProvidersRequest,
    ListIdentityProvidersResponse, ProviderDescription, UpdateIdentityProviderRequest,
    UpdateIdentityProviderResponse,
};

const PAGE: usize = 60;

pub async fn create_identity_provider(
    ctx: &Ctx,
    input: CreateIdentityProviderRequest,
) -> Result<CreateIdentityProviderResponse> {
    let kind = input.provider_type;
    identity_providers::check_name(&input.provider_name, kind)?;
    let mut write = ctx.store().write().await?;
    let mut pool = pools::to_change(ctx, &mut write, &input.user_pool_id).await?;
    let names_identifiers = input.idp_identifiers.is_some();
    let asked = IdentityProviderType {
        provider_details: Some(input.provider_details),
        attribute_mapping: input.attribute_mapping,
        idp_identifiers: input.idp_identifiers,
        acr_mapping: input.acr_mapping,
        ..IdentityProviderType::default()
    };
    let provider = IdentityProvider {
        name: input.provider_name,
        settings: identity_providers::completed(&pool, kind, asked)?,
        pool_id: pool.id.clone(),
        created_at: ctx.now,
        updated_at: ctx.now,
    };
    let names = write.identity_providers().names(&provider.pool_id).await?;
    if names.contains(&provider.name) {
        return Err(Error::ProviderExists {
            name: provider.name,
            pool: provider.pool_id,
        });
    }
    if names.len() >= MOST {
        return Err(Error::ProviderTooMany);
    }
    check_identifiers(&mut write, &provider).await?;
    write.identity_providers().insert(&provider).await?;
    if names.is_empty() {
        let attributes = pool.settings.schema_attributes.get_or_insert_default();
        schema::add_identities(attributes);
        write.pools().update(&pool).await?;
    }
    write.commit().await?;
    Ok(CreateIdentityProviderResponse {
        identity_provider: Some(answered(ctx, &provider, names_identifiers).await?),
    })
}

pub async fn describe_identity_provider(
    ctx: &Ctx,
    input: DescribeIdentityProviderRequest,
) -> Result<DescribeIdentityProviderResponse> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    let mut read = ctx.store().read().await?;
    let found = read
        .identity_providers()
        .find(&pool.id, &input.provider_name)
        .await?;
    let provider = found.ok_or_else(|| Error::ProviderNotFound {
        name: input.provider_name,
        pool: pool.id.clone(),
    })?;
    drop(read);
    Ok(DescribeIdentityProviderResponse {
        identity_provider: Some(described(ctx, &provider).await?),
    })
}

pub async fn get_identity_provider_by_identifier(
    ctx: &Ctx,
    input: GetIdentityProviderByIdentifierRequest,
) -> Result<GetIdentityProviderByIdentifierResponse> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    let identifier = input.idp_identifier;
    let mut read = ctx.store().read().await?;
    let name = read
        .identity_providers()
        .find_identifier(&pool.id, &identifier)
        .await?;
    let provider = match name {
        Some(name) => read.identity_providers().find(&pool.id, &name).await?,
        None => None,
    };
    let provider = provider.ok_or(Error::IdentifierNotFound { identifier })?;
    drop(read);
    Ok(GetIdentityProviderByIdentifierResponse {
        identity_provider: Some(described(ctx, &provider).await?),
    })
}

/// (unsure) What the request leaves out stays; a member that it names is replaced as a whole.
pub async fn update_identity_provider(
    ctx: &Ctx,
    input: UpdateIdentityProviderRequest,
) -> Result<UpdateIdentityProviderResponse> {
    let mut write = ctx.store().write().await?;
    let (pool, mut provider) = {
        let pool = pools::to_change(ctx, &mut write, &input.user_pool_id).await?;
        let provider = to_change(&mut write, &pool.id, &input.provider_name).await?;
        (pool, provider)
    };
    let before = provider.settings;
    let names_identifiers = input.idp_identifiers.is_some();
    let asked = IdentityProviderType {
        provider_details: identity_providers::changed_details(
            before.provider_details,
            input.provider_details,
        ),
        attribute_mapping: input.attribute_mapping.or(before.attribute_mapping),
        idp_identifiers: input.idp_identifiers.or(before.idp_identifiers),
        acr_mapping: input.acr_mapping.or(before.acr_mapping),
        ..IdentityProviderType::default()
    };
    // Every stored provider has its type.
    let kind = before
        .provider_type
        .unwrap_or(IdentityProviderTypeType::Oidc);
    provider.settings = identity_providers::completed(&pool, kind, asked)?;
    provider.updated_at = ctx.now;
    check_identifiers(&mut write, &provider).await?;
    write.identity_providers().update(&provider).await?;
    write.commit().await?;
    Ok(UpdateIdentityProviderResponse {
        identity_provider: Some(answered(ctx, &provider, names_identifiers).await?),
    })
}

/// (unsure) The provider is also removed from the clients that supported it, so that no client
/// names one that does not exist.
pub async fn delete_identity_provider(
    ctx: &Ctx,
    input: DeleteIdentityProviderRequest,
) -> Result<NoOutput> {
    let mut write = ctx.store().write().await?;
    let pool = pools::to_change(ctx, &mut write, &input.user_pool_id).await?;
    let provider = to_change(&mut write, &pool.id, &input.provider_name).await?;
    for mut client in write.clients().list(&pool.id, None, None, i64::MAX).await? {
        let supported = client.settings.supported_identity_providers.iter_mut();
        let mut named = false;
        for names in supported {
            named |= names.contains(&provider.name);
            names.retain(|name| *name != provider.name);
        }
        if named {
            write.clients().update(&client).await?;
        }
    }
    write
        .identity_providers()
        .delete(&pool.id, &provider.name)
        .await?;
    write.commit().await?;
    Ok(NoOutput {})
}

pub async fn list_identity_providers(
    ctx: &Ctx,
    input: ListIdentityProvidersRequest,
) -> Result<ListIdentityProvidersResponse> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    let paging = Paging::new(ctx, &[&pool.id], input.max_results, PAGE);
    let after = pools::start(&paging, input.next_token.as_deref())?;
    let after = after.as_ref().map(|(at, name)| (*at, name.as_str()));
    let mut read = ctx.store().read().await?;
    let mut providers = read
        .identity_providers()
        .list(&pool.id, after, paging.fetch())
        .await?;
    let next_token = paging.cut(&mut providers, |provider| {
        (provider.created_at.0, provider.name.clone())
    })?;
    let described = providers.into_iter().map(|provider| ProviderDescription {
        provider_name: Some(provider.name),
        provider_type: provider.settings.provider_type,
        last_modified_date: Some(provider.updated_at),
        creation_date: Some(provider.created_at),
    });
    Ok(ListIdentityProvidersResponse {
        providers: Some(described.collect()),
        next_token,
    })
}

async fn to_change(write: &mut Write<'_>, pool: &str, name: &str) -> Result<IdentityProvider> {
    identity_providers::check_not_own(name)?;
    let found = write.identity_providers().find(pool, name).await?;
    found.ok_or_else(|| Error::ProviderToChangeNotFound {
        name: name.to_owned(),
        pool: pool.to_owned(),
    })
}

/// (unsure) Assertions would be encrypted for the certificate under which the pool signs its own
/// requests: AWS's has one for each.
async fn described(ctx: &Ctx, provider: &IdentityProvider) -> Result<IdentityProviderType> {
    let certificate = if provider.kind() == IdentityProviderTypeType::Saml {
        let keys = &ctx.app.keys;
        let certificate = keys.signing_certificate(ctx.store(), &provider.pool_id, ctx.now);
        Some(certificate.await?)
    } else {
        None
    };
    Ok(provider.described(certificate))
}

/// What a change answers: the identifiers only if the request named any.
async fn answered(
    ctx: &Ctx,
    provider: &IdentityProvider,
    names_identifiers: bool,
) -> Result<IdentityProviderType> {
    let mut described = described(ctx, provider).await?;
    if !names_identifiers {
        described.idp_identifiers = None;
    }
    Ok(described)
}

/// An identifier belongs to at most one provider of the pool.
async fn check_identifiers(write: &mut Write<'_>, provider: &IdentityProvider) -> Result<()> {
    for identifier in provider.settings.idp_identifiers.iter().flatten() {
        let owner = write
            .identity_providers()
            .find_identifier(&provider.pool_id, identifier)
            .await?;
        if owner.is_some_and(|owner| owner != provider.name) {
            return Err(Error::IdentifierTaken {
                identifier: identifier.clone(),
            });
        }
    }
    Ok(())
}
