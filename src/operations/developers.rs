//! Identities of a developer's own users: whom the developer's back end, with credentials of its
//! own, vouches for.
//!
//! Not here: what becomes of the token that it gets (`identity_credentials.rs`).

use std::time::Duration;

use super::paging::Paging;
use crate::app::Ctx;
use crate::domain::identity_pools::{self, OWN_PROVIDER};
use crate::error::{Error, Result};
use crate::flows::identity_pools::openid_token::{self, OpenIdSubject};
use crate::flows::identity_pools::{identities, logins};
use crate::store::{IdentityLogin, StoredIdentity, StoredIdentityPool};
use crate::wire::identity_pools::{
    GetOpenIdTokenForDeveloperIdentityInput, GetOpenIdTokenForDeveloperIdentityResponse,
    LookupDeveloperIdentityInput, LookupDeveloperIdentityResponse, MergeDeveloperIdentitiesInput,
    MergeDeveloperIdentitiesResponse, UnlinkDeveloperIdentityInput,
};
use crate::wire::{NoOutput, Sensitive};

/// How long a developer's token lives unless its back end says otherwise.
const DEVELOPER_LIFE: Duration = Duration::from_secs(900);

pub async fn get_open_id_token_for_developer_identity(
    ctx: &Ctx,
    input: GetOpenIdTokenForDeveloperIdentityInput,
) -> Result<GetOpenIdTokenForDeveloperIdentityResponse> {
    let pool = ctx.identity_pool(&input.identity_pool_id).await?;
    let mut given = input.logins;
    if given.contains_key(OWN_PROVIDER) {
        return Err(Error::LoginOwnToken);
    }
    let name = pool.settings.developer_provider_name.as_ref();
    let user = name.and_then(|name| given.remove(name));
    let (Some(name), Some(user)) = (name, user) else {
        return Err(Error::DeveloperProviderUnknown);
    };
    let verified = logins::verify(ctx, &pool, Some(&given)).await?;
    let own = IdentityLogin {
        provider: name.clone(),
        subject: user.into_inner(),
    };
    let amr = identity_pools::amr_of_developer(&pool.id, &own, &verified.logins);
    let mut links = vec![own];
    links.extend(identities::links(&verified.logins));
    let identity_id = match &input.identity_id {
        None => identities::of_logins(ctx, &pool, &links).await?,
        Some(id) => identities::of_developer(ctx, &pool, id, &links).await?,
    };
    ctx.note_identity(&identity_id);
    let asked = input
        .token_duration
        .and_then(|life| u64::try_from(life).ok());
    let subject = OpenIdSubject {
        identity_id: &identity_id,
        identity_pool_id: &pool.id,
        identity_pool_arn: identity_pools::arn(&pool, &ctx.app.settings.account_id),
        amr,
        principal_tags: input.principal_tags.unwrap_or_default(),
        life: asked.map_or(DEVELOPER_LIFE, Duration::from_secs),
    };
    let token = openid_token::sign(ctx, subject).await?;
    Ok(GetOpenIdTokenForDeveloperIdentityResponse {
        identity_id: Some(identity_id),
        token: Some(Sensitive::new(token)),
    })
}

pub async fn lookup_developer_identity(
    ctx: &Ctx,
    input: LookupDeveloperIdentityInput,
) -> Result<LookupDeveloperIdentityResponse> {
    let pool = ctx.identity_pool(&input.identity_pool_id).await?;
    let name = pool.settings.developer_provider_name.as_ref();
    let name = name.ok_or(Error::DeveloperProviderUnknown)?;
    let identity = match (&input.identity_id, &input.developer_user_identifier) {
        (None, None) => return Err(Error::LookupOfNobody),
        (Some(id), _) => {
            let mut read = ctx.store().read().await?;
            read.identities().in_pool(&pool.id, id).await?
        }
        (None, Some(user)) => owner(ctx, &pool, name, user).await?,
    };
    ctx.note_identity(&identity.id);
    let own = identity.logins.iter().filter(|one| one.provider == *name);
    let mut users: Vec<String> = own.map(|login| login.subject.clone()).collect();
    users.sort();
    if let (Some(_), Some(asked)) = (&input.identity_id, &input.developer_user_identifier) {
        users.retain(|user| user == asked);
        if users.is_empty() {
            return Err(Error::LookupDisagrees);
        }
    }
    let parameters = [pool.id.as_str(), identity.id.as_str()];
    let paging = Paging::new(ctx, &parameters, input.max_results, 60);
    let after: Option<String> = paging.start(input.next_token.as_deref())?;
    users.retain(|user| after.as_ref().is_none_or(|after| user > after));
    let next_token = paging.cut(&mut users, String::clone)?;
    Ok(LookupDeveloperIdentityResponse {
        identity_id: Some(identity.id),
        developer_user_identifier_list: Some(users),
        next_token,
    })
}

/// The destination keeps its id and gets all logins; the source is disabled.
pub async fn merge_developer_identities(
    ctx: &Ctx,
    input: MergeDeveloperIdentitiesInput,
) -> Result<MergeDeveloperIdentitiesResponse> {
    let pool = ctx.identity_pool(&input.identity_pool_id).await?;
    let name = developer(&pool, input.developer_provider_name)?;
    let login = |subject: String| IdentityLogin {
        provider: name.clone(),
        subject,
    };
    let source = login(input.source_user_identifier);
    let destination = login(input.destination_user_identifier);
    let mut write = ctx.store().write().await?;
    let mut found = Vec::with_capacity(2);
    for login in [destination, source] {
        let owners = identities::owners(&mut write, &pool, std::slice::from_ref(&login)).await?;
        let owner = owners.into_iter().next();
        let user = login.subject;
        found.push(owner.ok_or(Error::DeveloperUserNotFound { user })?);
    }
    let parent = found.remove(0);
    let merged = identities::gather(ctx, &mut write, &pool, parent, found, &[]).await?;
    write.commit().await?;
    ctx.note_identity(&merged.id);
    Ok(MergeDeveloperIdentitiesResponse {
        identity_id: Some(merged.id),
    })
}

pub async fn unlink_developer_identity(
    ctx: &Ctx,
    input: UnlinkDeveloperIdentityInput,
) -> Result<NoOutput> {
    let pool = ctx.identity_pool(&input.identity_pool_id).await?;
    let login = IdentityLogin {
        provider: developer(&pool, input.developer_provider_name)?,
        subject: input.developer_user_identifier,
    };
    let mut write = ctx.store().write().await?;
    let mut identity = write
        .identities()
        .in_pool(&pool.id, &input.identity_id)
        .await?;
    ctx.note_identity(&identity.id);
    if !identity.has(&login) {
        return Err(Error::DeveloperUserNotFound {
            user: login.subject,
        });
    }
    write.identities().unlink(&identity.id, &login).await?;
    identity.updated_at = ctx.now;
    write.identities().update(&identity).await?;
    write.commit().await?;
    Ok(NoOutput {})
}

/// The developer provider of the pool, if that is the one that is named.
fn developer(pool: &StoredIdentityPool, named: String) -> Result<String> {
    if pool.settings.developer_provider_name.as_ref() == Some(&named) {
        Ok(named)
    } else {
        Err(Error::DeveloperProviderUnknown)
    }
}

async fn owner(
    ctx: &Ctx,
    pool: &StoredIdentityPool,
    provider: &str,
    user: &str,
) -> Result<StoredIdentity> {
    let mut read = ctx.store().read().await?;
    let owner = read.identities().owner(&pool.id, provider, user).await?;
    let found = match owner {
        Some(id) => read.identities().find(&id).await?,
        None => None,
    };
    found.ok_or_else(|| Error::DeveloperUserNotFound {
        user: user.to_owned(),
    })
}
