//! AssumeRoleWithWebIdentity: the end of the basic flow, where the OpenID token of an identity
//! becomes credentials.
//!
//! Not here: how such a token is made and verified (`identity_pools::openid_token`), which roles
//! there are for it (`domain::assumed_roles`).

use std::time::Duration;

use serde_json::Value;

use super::refusal::StsError;
use crate::app::Ctx;
use crate::domain::assumed_roles::{self, RoleName};
use crate::error::Error;
use crate::flows::access_token::unverified_issuer;
use crate::flows::identity_pools::credentials::{CredentialGrant, mint_credentials};
use crate::flows::identity_pools::openid_token::{self, OpenIdClaims};
use crate::ids;
use crate::keys::TokenFault;
use crate::store::StoredIdentityPool;
use crate::wire::identity_pools::Credentials;
use crate::wire::sts::ASSUME_ROLE_WITH_WEB_IDENTITY;
use crate::wire::{self, Rejection};

/// How long credentials live if nobody says.
const USUAL_LIFE: u64 = 3_600;

/// What the caller gets.
#[derive(Debug)]
pub struct AssumedRole {
    pub credentials: Credentials,
    /// The identity.
    pub subject: String,
    /// The identity pool.
    pub audience: String,
    pub arn: String,
    /// `<the role's unique id>:<the session's name>`
    pub id: String,
}

/// Gives the role to whoever has the token. `input` has the members of the request that are there,
/// numbers as numbers.
///
/// (unsure) A session policy narrows what the credentials may do; nothing here does anything for
/// them, so it is checked for its form and otherwise left aside. A role's own longest session is
/// not known either.
pub async fn assume_role_with_web_identity(
    ctx: &Ctx,
    input: &Value,
) -> Result<AssumedRole, StsError> {
    wire::validate(&ASSUME_ROLE_WITH_WEB_IDENTITY, input).map_err(|rejection| match rejection {
        Rejection::Serialization(message) | Rejection::Validation(message) => {
            StsError::Validation(message)
        }
    })?;
    let text = |member: &str| {
        input
            .get(member)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let (role_arn, session_name) = (text("RoleArn"), text("RoleSessionName"));
    let role = RoleName::parse(role_arn).ok_or(StsError::RoleArnMalformed)?;
    let claims = verify(ctx, text("WebIdentityToken")).await?;
    let pool = ctx.app.store.identity_pool(&claims.aud).await;
    let pool = pool.map_err(|error| match error {
        Error::IdentityPoolNotFound { .. } => StsError::Audience,
        other => other.into(),
    })?;
    ctx.note_pool(&pool.id);
    check_identity(ctx, &claims).await?;
    check_role(&pool, &claims, role_arn)?;

    let life = input.get("DurationSeconds").and_then(Value::as_u64);
    let grant = CredentialGrant {
        identity_id: &claims.sub,
        pool: &pool,
        role_arn,
        session_name,
        amr: claims.amr.clone(),
        principal_tags: claims.tags.tags(),
        life: Duration::from_secs(life.unwrap_or(USUAL_LIFE)),
    };
    let credentials = mint_credentials(ctx, grant)
        .await
        .map_err(|error| match error {
            // Another STS does not give the role.
            Error::RoleNotConfigured => StsError::AccessDenied,
            other => other.into(),
        })?;
    Ok(AssumedRole {
        credentials,
        arn: role.session_arn(session_name),
        id: format!("{}:{session_name}", ids::role(role_arn)),
        subject: claims.sub,
        audience: claims.aud,
    })
}

/// The claims of an OpenID token of this server's that has not expired.
async fn verify(ctx: &Ctx, token: &str) -> Result<OpenIdClaims, StsError> {
    let issuer = unverified_issuer(token).ok_or(StsError::TokenMalformed)?;
    if !ctx.app.is_openid_issuer(&issuer) {
        return Err(StsError::IssuerUnknown { issuer });
    }
    let claims = openid_token::verify(ctx, token).await?;
    let claims = claims.map_err(|fault| match fault {
        TokenFault::Malformed => StsError::TokenMalformed,
        TokenFault::Forged | TokenFault::NoKey => StsError::TokenForged,
    })?;
    let now = ctx.now.seconds();
    if now >= claims.exp {
        return Err(StsError::TokenExpired {
            now,
            expires: claims.exp,
        });
    }
    Ok(claims)
}

/// The claim `sub`: the identity must still be one, of this pool.
async fn check_identity(ctx: &Ctx, claims: &OpenIdClaims) -> Result<(), StsError> {
    let found = {
        let mut read = ctx.store().read().await?;
        read.identities().find(&claims.sub).await?
    };
    let identity =
        found.filter(|identity| identity.identity_pool_id == claims.aud && !identity.is_disabled());
    let identity = identity.ok_or(StsError::ClaimRejected)?;
    ctx.note_identity(&identity.id);
    Ok(())
}

/// The claim `amr`.
fn check_role(
    pool: &StoredIdentityPool,
    claims: &OpenIdClaims,
    role_arn: &str,
) -> Result<(), StsError> {
    if assumed_roles::trusts(&pool.roles, &claims.amr, role_arn) {
        return Ok(());
    }
    tracing::warn!(
        pool = pool.id,
        role = role_arn,
        "the role is none that SetIdentityPoolRoles has set for this kind of identity"
    );
    Err(StsError::AccessDenied)
}
