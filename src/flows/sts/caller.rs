//! GetCallerIdentity: whose credentials a request is signed with.
//!
//! Not here: how the signature is read (`http::signature`).

use aws_lc_rs::constant_time::verify_slices_are_equal;

use super::refusal::StsError;
use crate::app::Ctx;
use crate::domain::assumed_roles::RoleName;
use crate::error::Result;
use crate::ids;
use crate::keys::base64url_sha256;
use crate::store::StoredCredentials;

/// With which credentials a request is signed.
#[cfg_attr(test, derive(Debug, PartialEq, Eq))]
pub struct RequestSigner {
    pub access_key_id: String,
    /// `X-Amz-Security-Token`
    pub session_token: Option<String>,
}

/// Who they are.
#[derive(Debug, PartialEq, Eq)]
pub struct CallerIdentity {
    pub arn: String,
    pub user_id: String,
    pub account: String,
}

/// Whose credentials these are: of a session in which somebody assumed a role, if they come from
/// here; anybody else is taken for the account's root user, as signatures are not checked.
pub async fn get_caller_identity(
    ctx: &Ctx,
    signed: Option<RequestSigner>,
) -> Result<CallerIdentity, StsError> {
    let signed = signed.ok_or(StsError::Unsigned)?;
    match session_of(ctx, &signed).await? {
        Ok(Some(credentials)) => {
            ctx.note_pool(&credentials.identity_pool_id);
            ctx.note_identity(&credentials.identity_id);
            Ok(of_session(ctx, &credentials))
        }
        Ok(None) => Ok(of_root(ctx)),
        Err(NoSession::OtherToken) => Err(StsError::SessionTokenInvalid),
        Err(NoSession::Expired) => Err(StsError::CredentialsExpired),
    }
}

/// Why credentials that were made here are those of no session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoSession {
    /// The session token is missing, or is another's.
    OtherToken,
    Expired,
}

/// The session whose credentials signed. None for a key that was not made here.
pub async fn session_of(
    ctx: &Ctx,
    signed: &RequestSigner,
) -> Result<Result<Option<StoredCredentials>, NoSession>> {
    let found = {
        let mut read = ctx.store().read().await?;
        read.credentials()
            .find(&signed.access_key_id, ctx.now)
            .await?
    };
    if let Some(credentials) = found {
        return Ok(match has_session_token(ctx, &credentials, signed) {
            true => Ok(Some(credentials)),
            false => Err(NoSession::OtherToken),
        });
    }
    // Nobody else could know the session token of a key that is not kept any more.
    let keys = &ctx.app.keys.credentials;
    let is_ours = |token: &str| keys.is_session_token(&signed.access_key_id, token);
    Ok(match signed.session_token.as_deref().is_some_and(is_ours) {
        true => Err(NoSession::Expired),
        false => Ok(None),
    })
}

/// The account's root user.
pub fn of_root(ctx: &Ctx) -> CallerIdentity {
    let account = ctx.app.settings.account_id.clone();
    CallerIdentity {
        arn: format!("arn:aws:iam::{account}:root"),
        user_id: account.clone(),
        account,
    }
}

/// Whether the session token is that of these credentials; compared in constant time.
fn has_session_token(ctx: &Ctx, credentials: &StoredCredentials, signed: &RequestSigner) -> bool {
    let Some(token) = &signed.session_token else {
        return false;
    };
    match &credentials.session_token_digest {
        Some(digest) => {
            let given = base64url_sha256(token);
            verify_slices_are_equal(digest.as_bytes(), given.as_bytes()).is_ok()
        }
        None => {
            let keys = &ctx.app.keys.credentials;
            keys.is_session_token(&credentials.access_key_id, token)
        }
    }
}

/// The session in which an identity has assumed its role.
pub fn of_session(ctx: &Ctx, credentials: &StoredCredentials) -> CallerIdentity {
    let StoredCredentials {
        role_arn,
        session_name,
        ..
    } = credentials;
    // (unsure) A pool may be given any text for a role: one that is none is named as it is.
    let role = RoleName::parse(role_arn).unwrap_or(RoleName {
        partition: "aws",
        account: &ctx.app.settings.account_id,
        name: role_arn,
    });
    CallerIdentity {
        arn: role.session_arn(session_name),
        user_id: format!("{}:{session_name}", ids::role(role_arn)),
        account: role.account.to_owned(),
    }
}
