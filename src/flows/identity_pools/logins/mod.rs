//! Whether the logins of a request hold: each is verified by its provider's own rules, and one that
//! does not hold makes the whole request fail.
//!
//! Not here: whose identity they lead to (`identities.rs`). Next: `user_pool.rs`, `providers.rs`,
//! `saml.rs`, `own.rs`, one file for each kind of provider.

mod handed_in;
mod own;
mod providers;
mod saml;
mod user_pool;

use std::collections::BTreeMap;

use super::openid_token::OpenIdClaims;
use crate::app::Ctx;
use crate::domain::identity_pools::{self, OWN_PROVIDER, VerifiedLogin};
use crate::error::{Error, Result};
use crate::store::StoredIdentityPool;
use crate::wire::Sensitive;

/// The member `Logins` of a request.
pub type LoginsMap = BTreeMap<String, Sensitive<String>>;

/// The logins of a request, all of which hold.
#[derive(Debug, Default)]
pub struct VerifiedLogins {
    pub logins: Vec<VerifiedLogin>,
    /// The token that a developer's back end got for its user, by which it names the identity.
    pub developer: Option<OpenIdClaims>,
}

impl VerifiedLogins {
    pub fn is_empty(&self) -> bool {
        self.logins.is_empty() && self.developer.is_none()
    }
}

/// Verifies the logins. No `Logins` and empty ones are the same: a guest.
pub async fn verify(
    ctx: &Ctx,
    pool: &StoredIdentityPool,
    logins: Option<&LoginsMap>,
) -> Result<VerifiedLogins> {
    let mut verified = VerifiedLogins::default();
    for (name, token) in logins.into_iter().flatten() {
        let name = identity_pools::canonical(name, |place| ctx.app.is_here(place));
        let token = token.expose();
        if name == OWN_PROVIDER {
            verified.developer = Some(own::verify(ctx, pool, token).await?);
        } else {
            let login = one(ctx, pool, &name, token).await?;
            // A user pool has two names here: by both it is still one login.
            let is_there = verified
                .logins
                .iter()
                .any(|known| known.provider == login.provider && known.subject == login.subject);
            if !is_there {
                verified.logins.push(login);
            }
        }
    }
    Ok(verified)
}

/// Verifies a login of this provider, under AWS's name.
async fn one(
    ctx: &Ctx,
    pool: &StoredIdentityPool,
    provider: &str,
    token: &str,
) -> Result<VerifiedLogin> {
    let settings = &pool.settings;
    if let Some(user_pool) = identity_pools::user_pool_of(provider) {
        return user_pool::verify(ctx, settings, provider, user_pool, token).await;
    }
    let social = settings.supported_login_providers.as_ref();
    if let Some(apps) = social.and_then(|social| social.get(provider)) {
        return providers::verify_social(ctx, provider, apps, token).await;
    }
    if let Some(arn) = identity_pools::oidc_arn(settings, provider) {
        return providers::verify_oidc(ctx, provider, arn, token).await;
    }
    let saml = settings.saml_provider_arns.iter().flatten();
    if saml.into_iter().any(|arn| arn == provider) {
        return saml::verify(ctx, provider, token).await;
    }
    Err(Error::LoginNotSupported)
}
