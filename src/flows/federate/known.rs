//! The identity providers of all user pools together, for those who meet a provider without a pool:
//! there is no IAM here that would know it.

use crate::app::Ctx;
use crate::error::Result;
use crate::store::IdentityProvider;

/// Those that are wanted.
pub async fn known(
    ctx: &Ctx,
    wanted: impl Fn(&IdentityProvider) -> bool,
) -> Result<Vec<IdentityProvider>> {
    let load = async || {
        let mut read = ctx.store().read().await?;
        read.identity_providers().everywhere().await
    };
    let all = ctx.store().remember("", load).await?;
    Ok(all.iter().filter(|one| wanted(one)).cloned().collect())
}
