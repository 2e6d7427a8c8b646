//! AdminLinkProviderForUser and AdminDisableProviderForUser: which identities at providers belong
//! to which user.
//!
//! Not here: signing in with one (`flows::federate`), the providers themselves
//! (`identity_providers`).

use crate::app::Ctx;
use crate::domain::{federation, identities, identity_providers};
use crate::error::{Error, Result};
use crate::flows::{federate, users};
use crate::store::{IdentityProvider, Pool, ProviderLink, SUBJECT, User, Write};
use crate::wire::user_pools::{
    AdminDisableProviderForUserRequest, AdminDisableProviderForUserResponse,
    AdminLinkProviderForUserRequest, AdminLinkProviderForUserResponse, IdentityProviderTypeType,
    ProviderUserIdentifierType, UserStatusType,
};

/// From now on, whoever signs in as the source user is the destination user.
pub async fn admin_link_provider_for_user(
    ctx: &Ctx,
    input: AdminLinkProviderForUserRequest,
) -> Result<AdminLinkProviderForUserResponse> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    let destination = Named::read("DestinationUser", &input.destination_user)?;
    let source = Named::read("SourceUser", &input.source_user)?;
    if identity_providers::is_own(source.provider) {
        return Err(Error::LinkSourceSignedUp);
    }
    let mut write = ctx.store().write().await?;
    let provider = provider(&mut write, &pool, source.provider).await?;
    let attribute = source
        .attribute
        .ok_or_else(|| missing("SourceUser", "ProviderAttributeName"))?;
    check_attribute(&provider, attribute)?;
    let mut user = self::user(&mut write, &pool, &destination).await?;
    let linked = write
        .links()
        .find(&pool.id, &provider.name, attribute, source.value)
        .await?;
    match linked {
        Some(link) if link.primary => return Err(Error::LinkSourceSignedUp),
        Some(link) if link.sub == user.sub => return Err(Error::LinkedAlready),
        Some(_) => return Err(Error::LinkedElsewhere),
        None => {}
    }
    if attribute == SUBJECT {
        // Somebody may have that user name without having come from the provider. Then the first
        // sign-in would be refused.
        let name = federation::username(&pool, &provider.name, source.value);
        if federate::has_username(&mut write, &pool, &name).await? {
            return Err(Error::LinkSourceSignedUp);
        }
    }
    let links = write.links().list_of_user(&user.sub).await?;
    if links.iter().filter(|link| !link.primary).count() >= identities::MOST_LINKED {
        return Err(Error::LinkTooMany);
    }
    write
        .links()
        .insert(&ProviderLink {
            pool_id: pool.id.clone(),
            provider_name: provider.name.clone(),
            attribute: attribute.to_owned(),
            value: source.value.to_owned(),
            sub: user.sub.clone(),
            provider_type: provider.kind().as_str().to_owned(),
            issuer: provider.issuer(),
            primary: false,
            created_at: ctx.now,
        })
        .await?;
    describe(ctx, &mut write, &mut user).await?;
    write.commit().await?;
    Ok(AdminLinkProviderForUserResponse {})
}

/// Removes a link. For a user of the pool's own directory it removes the password.
pub async fn admin_disable_provider_for_user(
    ctx: &Ctx,
    input: AdminDisableProviderForUserRequest,
) -> Result<AdminDisableProviderForUserResponse> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    let named = Named::read("User", &input.user)?;
    let mut write = ctx.store().write().await?;
    if identity_providers::is_own(named.provider) {
        let mut user = users::existing(&mut write, &pool, named.value).await?;
        // (unsure) The user gets the status of somebody who signs in through a provider only. A new
        // password changes that back.
        user.password = None;
        user.status = UserStatusType::ExternalProvider;
        user.updated_at = ctx.now;
        write.users().update(&user).await?;
    } else {
        provider(&mut write, &pool, named.provider).await?;
        let attribute = named
            .attribute
            .ok_or_else(|| missing("User", "ProviderAttributeName"))?;
        let link = write
            .links()
            .find(&pool.id, named.provider, attribute, named.value)
            .await?
            .ok_or(Error::LinkNotFound)?;
        // (unsure) For a user who was created through the provider, the next sign-in finds the name
        // taken and is refused.
        write.links().delete(&link).await?;
        let user = write.users().find_by_sub(&pool.id, &link.sub).await?;
        let mut user = user.ok_or(Error::LinkNotFound)?;
        describe(ctx, &mut write, &mut user).await?;
    }
    write.commit().await?;
    Ok(AdminDisableProviderForUserResponse {})
}

/// A user as a provider names one.
struct Named<'i> {
    provider: &'i str,
    attribute: Option<&'i str>,
    value: &'i str,
}

impl<'i> Named<'i> {
    /// Provider and value are required. The attribute does not matter where the pool itself is
    /// named.
    fn read(member: &str, input: &'i ProviderUserIdentifierType) -> Result<Self> {
        let given = |value: &'i Option<String>| {
            let value = value.as_deref();
            value.filter(|value| !value.is_empty())
        };
        Ok(Self {
            provider: given(&input.provider_name).ok_or_else(|| missing(member, "ProviderName"))?,
            attribute: given(&input.provider_attribute_name),
            value: given(&input.provider_attribute_value)
                .ok_or_else(|| missing(member, "ProviderAttributeValue"))?,
        })
    }
}

fn missing(member: &str, name: &str) -> Error {
    Error::LinkMemberMissing {
        member: format!("{member}.{name}"),
    }
}

async fn provider(write: &mut Write<'_>, pool: &Pool, name: &str) -> Result<IdentityProvider> {
    let found = write.identity_providers().find(&pool.id, name).await?;
    found.ok_or_else(|| Error::ProviderNotFound {
        name: name.to_owned(),
        pool: pool.id.clone(),
    })
}

/// The user to link to: a user of the pool's own directory by user name, a provider's user by the
/// provider's id.
async fn user(write: &mut Write<'_>, pool: &Pool, named: &Named<'_>) -> Result<User> {
    if identity_providers::is_own(named.provider) {
        return users::existing(write, pool, named.value).await;
    }
    provider(write, pool, named.provider).await?;
    let link = write
        .links()
        .find(&pool.id, named.provider, SUBJECT, named.value)
        .await?
        .ok_or(Error::UserNotFound)?;
    let user = write.users().find_by_sub(&pool.id, &link.sub).await?;
    user.ok_or(Error::UserNotFound)
}

/// At social providers people are identified by the provider's id only, at others also by mapped
/// attributes.
fn check_attribute(provider: &IdentityProvider, attribute: &str) -> Result<()> {
    if attribute == SUBJECT {
        return Ok(());
    }
    match provider.kind() {
        IdentityProviderTypeType::Oidc | IdentityProviderTypeType::Saml => {
            if federation::maps(&provider.settings, attribute) {
                Ok(())
            } else {
                Err(Error::LinkAttributeUnmapped {
                    name: attribute.to_owned(),
                    provider: provider.name.clone(),
                })
            }
        }
        _ => Err(Error::LinkAttributeSocial {
            provider: provider.name.clone(),
        }),
    }
}

/// Writes the user's attribute `identities` as the links are now.
async fn describe(ctx: &Ctx, write: &mut Write<'_>, user: &mut User) -> Result<()> {
    let links = write.links().list_of_user(&user.sub).await?;
    identities::describe_links(user, &links);
    user.updated_at = ctx.now;
    write.users().update(user).await
}
