//! Who may act as an identity: a guest without anything, or somebody with a login of it. What
//! GetCredentialsForIdentity, GetOpenIdToken and UnlinkIdentity begin with.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::identities;
use super::logins::{self, LoginsMap, VerifiedLogins};
use super::openid_token::OpenIdClaims;
use crate::app::Ctx;
use crate::domain::identity_pools;
use crate::domain::identity_roles;
use crate::error::{Error, Result};
use crate::store::{StoredIdentity, StoredIdentityPool};

/// Somebody who may act as an identity.
#[derive(Debug)]
pub struct Admitted {
    pub pool: Arc<StoredIdentityPool>,
    /// Not always the one that was asked for: a guest who signs in may have been somebody before.
    pub identity_id: String,
    pub logins: VerifiedLogins,
}

impl Admitted {
    /// The claim `amr`.
    pub fn amr(&self) -> Vec<String> {
        match &self.logins.developer {
            Some(developer) => developer.amr.clone(),
            None => identity_pools::amr(&self.logins.logins),
        }
    }

    pub fn principal_tags(&self) -> BTreeMap<String, String> {
        let mut tags = BTreeMap::new();
        for login in &self.logins.logins {
            let maps = &self.pool.tag_maps;
            let map = maps.get(&login.provider);
            if let Some(map) = map.or_else(|| maps.get(&login.mapping)) {
                tags.extend(identity_roles::principal_tags(map, login));
            }
        }
        if let Some(developer) = &self.logins.developer {
            tags.extend(developer.tags.tags());
        }
        tags
    }
}

/// The identity with this id and its pool. The id's own Region decides, unless the request is
/// signed for another one.
pub async fn find(
    ctx: &Ctx,
    identity_id: &str,
) -> Result<(Arc<StoredIdentityPool>, StoredIdentity)> {
    let not_found = || Error::IdentityNotFound {
        id: identity_id.to_owned(),
    };
    let found = {
        let mut read = ctx.store().read().await?;
        read.identities().find(identity_id).await?
    };
    let identity = found.ok_or_else(not_found)?;
    let pool = ctx.identity_pool(&identity.identity_pool_id).await;
    let pool = pool.map_err(|error| match error {
        Error::IdentityPoolNotFound { .. } => not_found(),
        other => other,
    })?;
    ctx.note_identity(&identity.id);
    Ok((pool, identity))
}

/// Admits whoever has these logins to an identity of the pool, both as they were found.
pub async fn admit(
    ctx: &Ctx,
    (pool, identity): (Arc<StoredIdentityPool>, StoredIdentity),
    given: Option<&LoginsMap>,
) -> Result<Admitted> {
    let logins = logins::verify(ctx, &pool, given).await?;
    let forbidden = || Error::IdentityForbidden {
        id: identity.id.clone(),
    };
    if logins.is_empty() {
        if !identity.is_guest || identity.is_disabled() {
            return Err(forbidden());
        }
        if !pool.settings.allow_unauthenticated_identities {
            return Err(Error::GuestsNotAllowed);
        }
        return Ok(Admitted {
            pool,
            identity_id: identity.id,
            logins,
        });
    }
    if let Some(developer) = &logins.developer {
        if identity.is_disabled() {
            return Err(forbidden());
        }
        if !vouches(&pool, developer, &identity) {
            return Err(Error::LoginsDontMatch);
        }
    }
    let links = identities::links(&logins.logins);
    let identity_id = if links.iter().all(|login| identity.has(login)) {
        // Nothing is new, and a developer's token often comes alone: nothing has to be written.
        identity.id
    } else if logins.developer.is_some() {
        identities::of_developer(ctx, &pool, &identity.id, &links).await?
    } else {
        identities::of_id_and_logins(ctx, &pool, &identity.id, &links).await?
    };
    Ok(Admitted {
        pool,
        identity_id,
        logins,
    })
}

/// Whether a developer's token is of this identity, and its user still linked to it.
fn vouches(pool: &StoredIdentityPool, token: &OpenIdClaims, identity: &StoredIdentity) -> bool {
    let provider = pool.settings.developer_provider_name.as_ref();
    let mut own = identity
        .logins
        .iter()
        .filter(|login| Some(&login.provider) == provider);
    let named = |login| {
        token
            .amr
            .contains(&identity_pools::developer_amr(&pool.id, login))
    };
    token.sub == identity.id && own.any(named)
}

/// Refuses whoever has proved none of the identity's logins.
pub fn check_proof(
    pool: &StoredIdentityPool,
    identity: &StoredIdentity,
    proof: &VerifiedLogins,
) -> Result<()> {
    let links = identities::links(&proof.logins);
    let developer = proof.developer.as_ref();
    if links.iter().any(|login| identity.has(login))
        || developer.is_some_and(|token| vouches(pool, token, identity))
    {
        Ok(())
    } else {
        Err(Error::LoginsDontMatch)
    }
}
