//! Whose identity a request is about: the one that its logins lead to, a new one, a guest's, or one
//! that several become.
//!
//! What is linked, moved or made is one transaction that reads again what it decides by, so that
//! one login is one identity however many requests come at once. Not here: whether the logins hold
//! (`logins/`).

use crate::app::Ctx;
use crate::domain::identity_pools::{self, VerifiedLogin};
use crate::error::{Error, Result};
use crate::ids;
use crate::store::{IdentityLogin, StoredIdentity, StoredIdentityPool, Write};

/// A new identity without a login.
pub async fn new_guest(ctx: &Ctx, pool: &StoredIdentityPool) -> Result<String> {
    if !pool.settings.allow_unauthenticated_identities {
        return Err(Error::GuestsNotAllowed);
    }
    let mut write = ctx.store().write().await?;
    let identity = make(ctx, &mut write, pool, &[]).await?;
    write.commit().await?;
    Ok(identity.id)
}

/// The identity of these logins. Those that lead nowhere yet are linked to it; if all of them do
/// so, it is a new one; if they lead to several, these become one.
pub async fn of_logins(
    ctx: &Ctx,
    pool: &StoredIdentityPool,
    logins: &[IdentityLogin],
) -> Result<String> {
    {
        let mut read = ctx.store().read().await?;
        let mut owners = Vec::with_capacity(logins.len());
        for login in logins {
            let identities = &mut read.identities();
            owners.push(
                identities
                    .owner(&pool.id, &login.provider, &login.subject)
                    .await?,
            );
        }
        if let Some(Some(first)) = owners.first()
            && owners.iter().all(|owner| owner.as_ref() == Some(first))
        {
            return Ok(first.clone());
        }
    }
    let mut write = ctx.store().write().await?;
    let owners = owners(&mut write, pool, logins).await?;
    let identity = match oldest(&owners) {
        None => make(ctx, &mut write, pool, logins).await?,
        Some(parent) => gather(ctx, &mut write, pool, parent.clone(), owners, logins).await?,
    };
    write.commit().await?;
    Ok(identity.id)
}

/// The identity with this id once these logins, of which one at least is new to it, were proved:
/// itself or, where it was a guest and they already lead elsewhere, the one that it is merged into.
pub async fn of_id_and_logins(
    ctx: &Ctx,
    pool: &StoredIdentityPool,
    id: &str,
    logins: &[IdentityLogin],
) -> Result<String> {
    let mut write = ctx.store().write().await?;
    let identity = enabled(&mut write, id).await?;
    let owners = owners(&mut write, pool, logins).await?;
    let identity = if identity.is_guest {
        match oldest(&owners).cloned() {
            // A guest signs in for the first time.
            None => gather(ctx, &mut write, pool, identity, owners, logins).await?,
            // Somebody who was here before, as a guest since then.
            Some(parent) => {
                let mut all = owners;
                all.push(identity);
                gather(ctx, &mut write, pool, parent, all, logins).await?
            }
        }
    } else if logins.iter().any(|login| identity.has(login)) {
        gather(ctx, &mut write, pool, identity, owners, logins).await?
    } else {
        return Err(Error::LoginsDontMatch);
    };
    write.commit().await?;
    Ok(identity.id)
}

/// The identity with this id, of which a developer's back end says that these logins are its too.
/// The developer's user must not be somebody else yet; other logins that are become this one.
pub async fn of_developer(
    ctx: &Ctx,
    pool: &StoredIdentityPool,
    id: &str,
    logins: &[IdentityLogin],
) -> Result<String> {
    let mut write = ctx.store().write().await?;
    let identity = write.identities().in_pool(&pool.id, id).await?;
    if identity.is_disabled() {
        return Err(Error::IdentityForbidden { id: identity.id });
    }
    if logins.iter().all(|login| identity.has(login)) {
        return Ok(identity.id);
    }
    let owners = owners(&mut write, pool, logins).await?;
    let developer = pool.settings.developer_provider_name.as_ref();
    let elsewhere = owners.iter().any(|owner| {
        let mut own = logins
            .iter()
            .filter(|login| Some(&login.provider) == developer);
        owner.id != identity.id && own.any(|login| owner.has(login))
    });
    if elsewhere {
        return Err(Error::DeveloperUserElsewhere);
    }
    let identity = gather(ctx, &mut write, pool, identity, owners, logins).await?;
    write.commit().await?;
    Ok(identity.id)
}

/// What one identity becomes of all these: the parent, with everybody's logins and those that are
/// new.
pub async fn gather(
    ctx: &Ctx,
    write: &mut Write<'_>,
    pool: &StoredIdentityPool,
    parent: StoredIdentity,
    others: Vec<StoredIdentity>,
    logins: &[IdentityLogin],
) -> Result<StoredIdentity> {
    let mut parent = parent;
    let mut changed = false;
    for mut other in others {
        if other.id == parent.id {
            continue;
        }
        for login in &other.logins {
            identity_pools::check_link(&pool.settings, &parent, login)?;
            parent.logins.push(login.clone());
        }
        write
            .identities()
            .move_logins(&other.id, &parent.id)
            .await?;
        other.merged_into = Some(parent.id.clone());
        other.updated_at = ctx.now;
        write.identities().update(&other).await?;
        changed = true;
    }
    for login in logins {
        if parent.has(login) {
            continue;
        }
        identity_pools::check_link(&pool.settings, &parent, login)?;
        write.identities().link(&parent, login, ctx.now).await?;
        parent.logins.push(login.clone());
        changed = true;
    }
    if changed {
        parent.is_guest = false;
        parent.updated_at = ctx.now;
        write.identities().update(&parent).await?;
    }
    Ok(parent)
}

/// The identities to which the logins lead, each once.
pub async fn owners(
    write: &mut Write<'_>,
    pool: &StoredIdentityPool,
    logins: &[IdentityLogin],
) -> Result<Vec<StoredIdentity>> {
    let mut found: Vec<StoredIdentity> = Vec::new();
    for login in logins {
        let owner = write
            .identities()
            .owner(&pool.id, &login.provider, &login.subject)
            .await?;
        let Some(owner) = owner else { continue };
        if found.iter().all(|one| one.id != owner) {
            found.extend(write.identities().find(&owner).await?);
        }
    }
    Ok(found)
}

/// (unsure) Which of several identities remains is not documented.
fn oldest(identities: &[StoredIdentity]) -> Option<&StoredIdentity> {
    let age = |identity: &&StoredIdentity| (identity.created_at, identity.id.clone());
    identities.iter().min_by_key(age)
}

/// The identity with this id, or the one that it was merged into.
///
/// (unsure) Clients keep a guest's id across a sign-in, and two of their requests may come at once:
/// the second one finds it disabled, and is for the same person all the same.
async fn enabled(write: &mut Write<'_>, id: &str) -> Result<StoredIdentity> {
    let mut next = id.to_owned();
    loop {
        let found = write.identities().find(&next).await?;
        let identity = found.ok_or_else(|| Error::IdentityForbidden { id: id.to_owned() })?;
        match identity.merged_into {
            // Each was merged into one that was enabled then, so there is no circle.
            Some(parent) => next = parent,
            None => return Ok(identity),
        }
    }
}

async fn make(
    ctx: &Ctx,
    write: &mut Write<'_>,
    pool: &StoredIdentityPool,
    logins: &[IdentityLogin],
) -> Result<StoredIdentity> {
    let mut identity = StoredIdentity {
        id: ctx.draw(|rng| ids::identity(&pool.region, rng)),
        identity_pool_id: pool.id.clone(),
        is_guest: logins.is_empty(),
        merged_into: None,
        logins: Vec::new(),
        created_at: ctx.now,
        updated_at: ctx.now,
    };
    for login in logins {
        identity_pools::check_link(&pool.settings, &identity, login)?;
        identity.logins.push(login.clone());
    }
    write.identities().insert(&identity).await?;
    Ok(identity)
}

/// The logins as they are linked.
pub fn links(logins: &[VerifiedLogin]) -> Vec<IdentityLogin> {
    let links = logins.iter().map(|login| IdentityLogin {
        provider: login.provider.clone(),
        subject: login.subject.clone(),
    });
    links.collect()
}
