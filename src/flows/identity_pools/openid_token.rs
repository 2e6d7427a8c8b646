//! The OpenID token of an identity: what it says, how it is signed and how it is checked again.
//!
//! Not here: the key (`keys::OpenIdKey`), who gets one (`operations`).

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::app::Ctx;
use crate::error::Result;
use crate::keys::{TokenFault, turn_to_compute};

/// How long the token of GetOpenIdToken lives.
pub const USUAL_LIFE: Duration = Duration::from_secs(600);

/// The claims, in the service's order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenIdClaims {
    /// The identity.
    pub sub: String,
    /// The identity pool.
    pub aud: String,
    /// See `domain::identity_pools::amr`.
    pub amr: Vec<String>,
    /// Only where there are any.
    #[serde(
        rename = "https://aws.amazon.com/tags",
        default,
        skip_serializing_if = "TagsClaim::is_empty"
    )]
    pub tags: TagsClaim,
    pub iss: String,
    #[serde(rename = "https://cognito-identity.amazonaws.com/identity-pool-arn")]
    pub identity_pool_arn: String,
    pub exp: i64,
    pub iat: i64,
}

/// What STS makes session tags of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagsClaim {
    /// Each has one value.
    principal_tags: BTreeMap<String, [String; 1]>,
}

impl TagsClaim {
    fn is_empty(&self) -> bool {
        self.principal_tags.is_empty()
    }

    pub fn tags(&self) -> BTreeMap<String, String> {
        let tags = self.principal_tags.iter();
        tags.map(|(key, [value])| (key.clone(), value.clone()))
            .collect()
    }
}

impl From<BTreeMap<String, String>> for TagsClaim {
    fn from(tags: BTreeMap<String, String>) -> Self {
        let tags = tags.into_iter().map(|(key, value)| (key, [value]));
        Self {
            principal_tags: tags.collect(),
        }
    }
}

/// Of whom a token is.
#[derive(Debug, Clone)]
pub struct OpenIdSubject<'s> {
    pub identity_id: &'s str,
    pub identity_pool_id: &'s str,
    /// The ARN of the identity pool.
    pub identity_pool_arn: String,
    pub amr: Vec<String>,
    pub principal_tags: BTreeMap<String, String>,
    pub life: Duration,
}

/// Signs a token.
pub async fn sign(ctx: &Ctx, subject: OpenIdSubject<'_>) -> Result<String> {
    let claims = OpenIdClaims {
        sub: subject.identity_id.to_owned(),
        aud: subject.identity_pool_id.to_owned(),
        amr: subject.amr,
        tags: subject.principal_tags.into(),
        iss: ctx.app.openid_issuer(),
        identity_pool_arn: subject.identity_pool_arn,
        exp: ctx.now.plus(subject.life).seconds(),
        iat: ctx.now.seconds(),
    };
    let key = ctx.app.openid_key().await?;
    let _turn = turn_to_compute().await?;
    Ok(key.key.sign(&claims)?)
}

/// The claims of a token of this server's. Expiry, identity pool and identity are the caller's to
/// check.
pub async fn verify(ctx: &Ctx, token: &str) -> Result<Result<OpenIdClaims, TokenFault>> {
    let key = ctx.app.openid_key().await?;
    let claims = key.verify::<OpenIdClaims>(token);
    Ok(claims.and_then(|claims| {
        if ctx.app.is_openid_issuer(&claims.iss) {
            Ok(claims)
        } else {
            Err(TokenFault::Malformed)
        }
    }))
}
