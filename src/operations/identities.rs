//! The identities of an identity pool: describe, list, delete, and take logins away from one.
//!
//! Not here: how identities come to be (`identity_credentials.rs`, `developers.rs`).

use super::paging::Paging;
use super::pools;
use crate::app::Ctx;
use crate::domain::identity_pools;
use crate::error::{Error, Result};
use crate::flows::identity_pools::{admission, logins};
use crate::store::StoredIdentity;
use crate::wire::NoOutput;
use crate::wire::identity_pools::{
    DeleteIdentitiesInput, DeleteIdentitiesResponse, DescribeIdentityInput, ErrorCode,
    IdentityDescription, ListIdentitiesInput, ListIdentitiesResponse, UnlinkIdentityInput,
    UnprocessedIdentityId,
};

pub async fn describe_identity(
    ctx: &Ctx,
    input: DescribeIdentityInput,
) -> Result<IdentityDescription> {
    let (_pool, identity) = admission::find(ctx, &input.identity_id).await?;
    Ok(described(identity))
}

pub async fn list_identities(
    ctx: &Ctx,
    input: ListIdentitiesInput,
) -> Result<ListIdentitiesResponse> {
    let pool = ctx.identity_pool(&input.identity_pool_id).await?;
    let hide_disabled = input.hide_disabled.unwrap_or_default();
    let parameters = [pool.id.as_str(), if hide_disabled { "hide" } else { "" }];
    let paging = Paging::new(ctx, &parameters, Some(input.max_results), 60);
    let after = pools::start(&paging, input.next_token.as_deref())?;
    let after = after.as_ref().map(|(at, id)| (*at, id.as_str()));
    let mut found = {
        let mut read = ctx.store().read().await?;
        read.identities()
            .list(&pool.id, hide_disabled, after, paging.fetch())
            .await?
    };
    let next_token = paging.cut(&mut found, |one| (one.created_at.0, one.id.clone()))?;
    Ok(ListIdentitiesResponse {
        identity_pool_id: Some(pool.id.clone()),
        identities: Some(found.into_iter().map(described).collect()),
        next_token,
    })
}

/// (unsure) Guests are described without Logins.
fn described(identity: StoredIdentity) -> IdentityDescription {
    let mut names: Vec<String> = Vec::new();
    for login in identity.logins {
        // A developer's provider may have linked several of its users.
        if !names.contains(&login.provider) {
            names.push(login.provider);
        }
    }
    IdentityDescription {
        identity_id: Some(identity.id),
        logins: Some(names).filter(|names| !names.is_empty()),
        creation_date: Some(identity.created_at),
        last_modified_date: Some(identity.updated_at),
    }
}

/// (unsure) An identity that is not there, or in another Region, is one that the caller may not
/// delete.
pub async fn delete_identities(
    ctx: &Ctx,
    input: DeleteIdentitiesInput,
) -> Result<DeleteIdentitiesResponse> {
    let mut unprocessed = Vec::new();
    let mut write = ctx.store().write().await?;
    for id in input.identity_ids_to_delete {
        let region = id.split(':').next().unwrap_or_default();
        let elsewhere = ctx
            .signed_region
            .as_deref()
            .is_some_and(|own| own != region);
        if elsewhere || write.identities().find(&id).await?.is_none() {
            unprocessed.push(UnprocessedIdentityId {
                identity_id: Some(id),
                error_code: Some(ErrorCode::AccessDenied),
            });
        } else {
            ctx.note_identity(&id);
            write.identities().delete(&id).await?;
        }
    }
    write.commit().await?;
    Ok(DeleteIdentitiesResponse {
        unprocessed_identity_ids: Some(unprocessed),
    })
}

/// One of the identity's logins must be proved; whichever providers are named are taken away.
pub async fn unlink_identity(ctx: &Ctx, input: UnlinkIdentityInput) -> Result<NoOutput> {
    let (pool, identity) = admission::find(ctx, &input.identity_id).await?;
    let verified = logins::verify(ctx, &pool, Some(&input.logins)).await?;
    admission::check_proof(&pool, &identity, &verified)?;
    let mut write = ctx.store().write().await?;
    // Read again: others may have linked or unlinked since.
    let mut identity = write.identities().in_pool(&pool.id, &identity.id).await?;
    admission::check_proof(&pool, &identity, &verified)?;
    for name in &input.logins_to_remove {
        let name = identity_pools::canonical(name, |place| ctx.app.is_here(place));
        let (gone, left): (Vec<_>, Vec<_>) = std::mem::take(&mut identity.logins)
            .into_iter()
            .partition(|login| login.provider == name);
        if gone.is_empty() {
            return Err(Error::LoginNotLinked { provider: name });
        }
        identity.logins = left;
        for login in &gone {
            write.identities().unlink(&identity.id, login).await?;
        }
    }
    identity.updated_at = ctx.now;
    write.identities().update(&identity).await?;
    write.commit().await?;
    Ok(NoOutput {})
}
