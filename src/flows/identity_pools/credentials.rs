//! AWS credentials: new ones at each call, kept with whom they are for.
//!
//! Not here: which role (`domain`), the secrets themselves (`keys::CredentialKeys`), how another
//! STS is asked for credentials (`another_sts.rs`).

use std::collections::BTreeMap;
use std::time::Duration;

use super::another_sts::{self, WebIdentity};
use super::openid_token::{self, OpenIdSubject, USUAL_LIFE};
use crate::app::Ctx;
use crate::clock::Timestamp;
use crate::domain::identity_pools;
use crate::error::Result;
use crate::ids;
use crate::keys::base64url_sha256;
use crate::store::{StoredCredentials, StoredIdentityPool};
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
    pub pool: &'g StoredIdentityPool,
    pub role_arn: &'g str,
    /// The last part of the assumed role's ARN.
    pub session_name: &'g str,
    /// See `domain::identity_pools::amr`.
    pub amr: Vec<String>,
    pub principal_tags: BTreeMap<String, String>,
    pub life: Duration,
}

/// Credentials before they are kept.
struct NewCredentials {
    access_key_id: String,
    secret_key: String,
    session_token: String,
    session_token_digest: Option<String>,
    expires_at: Timestamp,
}

/// Makes credentials, or has another STS make them, and keeps to whom they were given.
pub async fn mint_credentials(ctx: &Ctx, grant: CredentialGrant<'_>) -> Result<Credentials> {
    let made = match &ctx.app.settings.credentials_from {
        None => own(ctx, &grant),
        Some(sts) => of_another_sts(ctx, sts, &grant).await?,
    };
    let kept = StoredCredentials {
        access_key_id: made.access_key_id.clone(),
        identity_id: grant.identity_id.to_owned(),
        identity_pool_id: grant.pool.id.clone(),
        role_arn: grant.role_arn.to_owned(),
        session_name: grant.session_name.to_owned(),
        amr: grant.amr,
        principal_tags: grant.principal_tags,
        session_token_digest: made.session_token_digest,
        issued_at: ctx.now,
        expires_at: made.expires_at,
    };
    ctx.store()
        .write_once()
        .await
        .insert_credentials(&kept)
        .await?;
    Ok(Credentials {
        access_key_id: Some(made.access_key_id),
        secret_key: Some(Sensitive::new(made.secret_key)),
        session_token: Some(made.session_token),
        expiration: Some(made.expires_at),
    })
}

fn own(ctx: &Ctx, grant: &CredentialGrant<'_>) -> NewCredentials {
    let keys = &ctx.app.keys.credentials;
    let id = ctx.draw(ids::temporary_access_key);
    NewCredentials {
        secret_key: keys.secret_key(&id),
        session_token: keys.session_token(&id),
        session_token_digest: None,
        // (unsure) Whole seconds, as STS has them.
        expires_at: Timestamp::from_seconds(ctx.now.plus(grant.life).seconds()),
        access_key_id: id,
    }
}

async fn of_another_sts(
    ctx: &Ctx,
    sts: &str,
    grant: &CredentialGrant<'_>,
) -> Result<NewCredentials> {
    let subject = OpenIdSubject {
        identity_id: grant.identity_id,
        identity_pool_id: &grant.pool.id,
        identity_pool_arn: identity_pools::arn(grant.pool, &ctx.app.settings.account_id),
        amr: grant.amr.clone(),
        principal_tags: grant.principal_tags.clone(),
        life: USUAL_LIFE,
    };
    let token = openid_token::sign(ctx, subject).await?;
    let identity = WebIdentity {
        role_arn: grant.role_arn,
        session_name: grant.session_name,
        token: &token,
        seconds: grant.life.as_secs(),
    };
    let given = another_sts::assume_role(ctx, sts, identity).await?;
    Ok(NewCredentials {
        access_key_id: given.access_key_id,
        secret_key: given.secret_key,
        session_token_digest: Some(base64url_sha256(&given.session_token)),
        session_token: given.session_token,
        expires_at: given.expires_at,
    })
}
