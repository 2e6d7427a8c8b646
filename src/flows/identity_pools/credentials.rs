//! AWS credentials: new ones at each call, kept with whom they are for.
//!
//! Not here: which role (`domain`), the secrets themselves
//! (`keys::CredentialKeys`).

use std::collections::BTreeMap;
use std::time::Duration;

use crate::app::Ctx;
use crate::clock::Timestamp;
use crate::error::Result;
use crate::ids;
use crate::store::StoredCredentials;
use crate::wire::Sensitive;
use crate::wire::identity_pools::Credentials;

/// The session name of what GetCredentialsForIdentity hands out.
pub const ENHANCED_SESSION: &str = "CognitoIdentityCredentials";

/// How long credentials of the enhanced flow live.
pub const ENHANCED_LIFE: Duration = Duration::from_secs(3_600);

/// For whom credentials are, and with what they come.
#[derive(Debug, Clone)]
pub struct CredentialGrant<'g> {
    pub identity_id: &'g str,
    pub identity_pool_id: &'g str,
    pub role_arn: &'g str,
    /// The last part of the assumed role's ARN.
    pub session_name: &'g str,
    /// See `domain::identity_pools::amr`.
    pub amr: Vec<String>,
    pub principal_tags: BTreeMap<String, String>,
    pub life: Duration,
}

/// Makes credentials, and keeps to whom they were given.
pub async fn mint_credentials(ctx: &Ctx, grant: CredentialGrant<'_>) -> Result<Credentials> {
    let access_key_id = ctx.draw(ids::temporary_access_key);
    let credentials = StoredCredentials {
        access_key_id,
        identity_id: grant.identity_id.to_owned(),
        identity_pool_id: grant.identity_pool_id.to_owned(),
        role_arn: grant.role_arn.to_owned(),
        session_name: grant.session_name.to_owned(),
        amr: grant.amr,
        principal_tags: grant.principal_tags,
        issued_at: ctx.now,
        // (unsure) Whole seconds, as STS has them.
        expires_at: Timestamp::from_seconds(ctx.now.plus(grant.life).seconds()),
    };
    let once = ctx.store().write_once().await;
    once.insert_credentials(&credentials).await?;
    let keys = &ctx.app.keys.credentials;
    let id = credentials.access_key_id;
    Ok(Credentials {
        secret_key: Some(Sensitive::new(keys.secret_key(&id))),
        session_token: Some(keys.session_token(&id)),
        access_key_id: Some(id),
        expiration: Some(credentials.expires_at),
    })
}
