//! From what an identity provider says of a person to a user of the pool.
//!
//! The first sign-in makes the user, or ends at the user to whom an administrator linked the
//! identity; each later one writes the mapped attributes anew. Not here: how the provider is asked
//! (`relying_party.rs`), whether it really said so (`id_token.rs`), what claims become
//! (`domain::federation`). Next: `moments.rs` for the triggers.

mod ask;
mod counterpart;
mod endpoints;
pub mod fault;
mod id_token;
mod issuer_keys;
mod known;
mod moments;
pub mod pretend;
mod provider_claims;
pub mod relying_party;
pub mod saml;
pub mod saml_idp;
pub mod saml_logout;
mod saml_response;
mod saml_xml;
pub mod state;

pub use id_token::key_set;
pub use issuer_keys::keys_of_issuer;
pub use known::known;
pub use provider_claims::ProviderClaims;

use std::time::Duration;

use crate::app::Ctx;
use crate::domain::federation::{self, Claims};
use crate::domain::{attributes, identities, usernames};
use crate::error::{Error, Result};
use crate::flows::auth_events::{self, Event};
use crate::ids;
use crate::store::{
    Attributes, Client, Group, IdentityProvider, MfaPreferences, NameKind, Pool, ProviderLink,
    SUBJECT, User, UserName, Write,
};
use crate::wire::user_pools::{EventResponseType, EventType, UserStatusType};

/// How far a provider's clock may be from ours, for everything that it says of times but for the
/// end of an ID token, which lives long enough. Machines without a common time server differ by a
/// minute or two, and Keycloak's assertions live for one. (unsure) AWS tolerates some minutes.
pub const CLOCK_SKEW: Duration = Duration::from_secs(180);

/// Whether somebody in the pool has this user name, folded already or not.
pub async fn has_username(write: &mut Write<'_>, pool: &Pool, username: &str) -> Result<bool> {
    let name = UserName {
        kind: NameKind::Username,
        name: usernames::fold(pool, NameKind::Username, username),
    };
    Ok(write.users().owner(&pool.id, &name).await?.is_some())
}

/// Signs in the person of whom the provider said this. The claims must have been checked.
pub async fn sign_in(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    provider: &IdentityProvider,
    said: ProviderClaims,
) -> Result<User> {
    let ProviderClaims { claims, answer, .. } = said;
    let subject = federation::subject(&provider.settings, &claims)
        .filter(|subject| federation::is_subject(&provider.name, subject))
        .ok_or(Error::ProviderSubjectUnusable)?;
    // Who it is stays what the provider said, whatever the function makes of the rest. (unsure) The
    // event names the user that it would be.
    let username = federation::username(pool, &provider.name, &subject);
    let of = (pool, client);
    let claims = moments::inbound(ctx, of, provider, &username, claims, answer).await?;
    let person = FederatedIdentity {
        provider,
        subject,
        mapped: federation::mapped(&provider.settings, &claims),
    };
    let known = {
        let mut read = ctx.store().read().await?;
        let mut found = None;
        for (attribute, value) in person.keys() {
            let link = read
                .links()
                .find(&pool.id, &provider.name, attribute, value)
                .await?;
            if let Some(link) = link {
                found = read.users().find_by_sub(&pool.id, &link.sub).await?;
                break;
            }
        }
        found
    };
    let user = match known {
        Some(user) => returning(ctx, pool, client, &person, user).await?,
        None => first(ctx, pool, client, &person).await?,
    };
    let event = Event::new(EventType::SignIn, EventResponseType::Pass);
    auth_events::record(ctx, pool, client, &user, event).await?;
    Ok(user)
}

/// The user whom the person with these claims signs in as; None for somebody who never did.
pub async fn find(
    ctx: &Ctx,
    pool: &Pool,
    provider: &IdentityProvider,
    claims: &Claims,
) -> Result<Option<User>> {
    let Some(subject) = federation::subject(&provider.settings, claims) else {
        return Ok(None);
    };
    let mut read = ctx.store().read().await?;
    let link = read
        .links()
        .find(&pool.id, &provider.name, SUBJECT, &subject)
        .await?;
    match link {
        Some(link) => read.users().find_by_sub(&pool.id, &link.sub).await,
        None => Ok(None),
    }
}

/// Somebody at a provider.
struct FederatedIdentity<'p> {
    provider: &'p IdentityProvider,
    subject: String,
    mapped: Vec<(String, String)>,
}

impl FederatedIdentity<'_> {
    /// Everything by which a link may know the person: the provider's own id first.
    fn keys(&self) -> impl Iterator<Item = (&str, &str)> {
        let mapped = self.mapped.iter();
        std::iter::once((SUBJECT, self.subject.as_str()))
            .chain(mapped.map(|(attribute, value)| (attribute.as_str(), value.as_str())))
    }

    async fn link(&self, write: &mut Write<'_>, pool: &Pool) -> Result<Option<ProviderLink>> {
        for (attribute, value) in self.keys() {
            let link = write
                .links()
                .find(&pool.id, &self.provider.name, attribute, value)
                .await?;
            if link.is_some() {
                return Ok(link);
            }
        }
        Ok(None)
    }
}

/// A user who was here before, or to whom the identity was linked.
async fn returning(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    person: &FederatedIdentity<'_>,
    user: User,
) -> Result<User> {
    if !user.enabled {
        return Err(Error::UserDisabled);
    }
    moments::before_return(ctx, pool, client, &user).await?;
    let mut write = ctx.store().write().await?;
    // Read again: an administrator may have been here since.
    let link = person.link(&mut write, pool).await?;
    let link = link.ok_or(Error::LinkNotFound)?;
    let user = write.users().find_by_sub(&pool.id, &link.sub).await?;
    let mut user = user.ok_or(Error::LinkNotFound)?;
    if !user.enabled {
        return Err(Error::UserDisabled);
    }
    let held_before = usernames::held(pool, &user);
    attributes::set_by_provider(pool, client, &mut user, false, person.mapped.clone())?;
    if link.attribute != SUBJECT {
        // From the first sign-in on the link is to the provider's own id, whatever becomes of the
        // attribute (documented for SAML).
        write.links().delete(&link).await?;
        let settled = ProviderLink {
            attribute: SUBJECT.to_owned(),
            value: person.subject.clone(),
            ..link
        };
        write.links().insert(&settled).await?;
        let links = write.links().list_of_user(&user.sub).await?;
        identities::describe_links(&mut user, &links);
    }
    user.updated_at = ctx.now;
    super::users::save(&mut write, pool, &held_before, &user).await?;
    write.commit().await?;
    moments::after_return(ctx, pool, client, &user).await?;
    Ok(user)
}

/// A person of whom nothing is known: a new user, in the provider's group.
async fn first(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    person: &FederatedIdentity<'_>,
) -> Result<User> {
    let provider = person.provider;
    let mut user = User {
        sub: ctx.draw(ids::sub),
        pool_id: pool.id.clone(),
        username: federation::username(pool, &provider.name, &person.subject),
        status: UserStatusType::ExternalProvider,
        enabled: true,
        attributes: Attributes::new(),
        password: None,
        signed_out_at: None,
        mfa: MfaPreferences::default(),
        created_at: ctx.now,
        updated_at: ctx.now,
    };
    attributes::set_by_provider(pool, client, &mut user, true, person.mapped.clone())?;
    moments::before_first(ctx, pool, client, &mut user).await?;

    let link = ProviderLink {
        pool_id: pool.id.clone(),
        provider_name: provider.name.clone(),
        attribute: SUBJECT.to_owned(),
        value: person.subject.clone(),
        sub: user.sub.clone(),
        provider_type: provider.kind().as_str().to_owned(),
        issuer: provider.issuer(),
        primary: true,
        created_at: ctx.now,
    };
    // The identities stand first, as the service lists them.
    identities::describe_links(&mut user, std::slice::from_ref(&link));
    let last = user.attributes.len().saturating_sub(1);
    user.attributes.move_index(last, 0);

    let mut write = ctx.store().write().await?;
    // The function before may have linked the identity, and somebody may have the name: this
    // sign-in fails, the next one ends at the link.
    let taken = person.link(&mut write, pool).await?.is_some();
    if taken || has_username(&mut write, pool, &user.username).await? {
        return Err(Error::FederatedUserExists {
            username: user.username,
        });
    }
    let names = usernames::held(pool, &user);
    write.users().insert(&user, &names).await?;
    write.links().insert(&link).await?;
    join_group(ctx, &mut write, pool, provider, &user).await?;
    write.commit().await?;
    moments::after_first(ctx, pool, client, &user).await?;
    Ok(user)
}

/// Makes the user a member of the provider's group, which is made for the first of them.
async fn join_group(
    ctx: &Ctx,
    write: &mut Write<'_>,
    pool: &Pool,
    provider: &IdentityProvider,
    user: &User,
) -> Result<()> {
    let name = format!("{}_{}", pool.id, provider.name);
    if write.groups().find(&pool.id, &name).await?.is_none() {
        let group = Group {
            pool_id: pool.id.clone(),
            name: name.clone(),
            description: Some(format!(
                "Autogenerated group for users who sign in using {}",
                provider.name
            )),
            role_arn: None,
            precedence: None,
            created_at: ctx.now,
            updated_at: ctx.now,
        };
        write.groups().insert(&group).await?;
    }
    write
        .groups()
        .insert_member(&pool.id, &name, &user.sub, ctx.now)
        .await
}
