//! The end of a sign-in: every factor was right. The API turns it into tokens, the pages into a
//! browser's session.

use super::request::SignInRequest;
use super::session::{DeviceState, Progress};
use super::turn::Verified;
use crate::app::Ctx;
use crate::clock::Timestamp;
use crate::error::Result;
use crate::flows::challenge::SingleUse;
use crate::flows::issue_tokens::{self, Issuance, TokenRequest};
use crate::flows::triggers::{self, TokenSource};
use crate::flows::{access_token, devices};
use crate::store::{Client, Group, Methods, Pool, SamlSession, User};
use crate::wire::user_pools::AuthenticationResultType;

/// A user who has signed in. What led here is used up by whatever becomes of it.
#[must_use]
pub struct Completed {
    user: User,
    /// Where they have been looked up already.
    groups: Option<Vec<Group>>,
    progress: Progress,
    used: Option<SingleUse>,
    /// The device that the user signed in on, if it is one of theirs.
    device_key: Option<String>,
}

/// Ends a sign-in, if the pool's function lets it.
pub(super) async fn complete(request: SignInRequest<'_>, verified: Verified) -> Result<Completed> {
    let SignInRequest {
        ctx, pool, client, ..
    } = request;
    let Verified {
        user,
        groups,
        progress,
        used,
        ..
    } = verified;
    let device_key = match progress.device.key() {
        Some(key) => devices::find(ctx, pool, &user, key).await?,
        None => None,
    }
    .map(|device| device.key);
    let is_new = device_key.is_none() && pool.settings.device_configuration.is_some();
    triggers::post_authentication(ctx, pool, client, &user, is_new).await?;
    Ok(Completed {
        user,
        groups,
        progress,
        used,
        device_key,
    })
}

impl Completed {
    /// The end at the API: a new token family's tokens, and the keys of a device where the sign-in
    /// brought none.
    pub async fn issue_tokens(
        self,
        ctx: &Ctx,
        pool: &Pool,
        client: &Client,
    ) -> Result<AuthenticationResultType> {
        let Self {
            user,
            groups,
            progress,
            used,
            device_key,
        } = self;
        let new_device = match device_key {
            Some(_) => None,
            None => devices::new_device(ctx, pool, &user),
        };
        let mut family = issue_tokens::new_family(ctx, client, &user, access_token::ADMIN_SCOPE);
        family.device_key =
            device_key.or_else(|| new_device.as_ref().and_then(|new| new.device_key.clone()));
        family.acr = pool.told_level(&progress.methods, progress.target.is_some());
        family.methods = progress.methods;
        match used {
            None => {
                let write = ctx.store().write_once().await;
                write.insert_family(&family).await?;
            }
            Some(used) => used.spend_for_tokens(ctx, &family).await?,
        }
        let source = match progress.device {
            DeviceState::Proved { .. } => TokenSource::AuthenticateDevice,
            _ => progress.source,
        };
        let request = TokenRequest {
            groups,
            source,
            ..TokenRequest::new(&user, &family, Issuance::Api)
        };
        let tokens = issue_tokens::sign(ctx, pool, client, request).await?;
        let refresh_token = issue_tokens::refresh_token(ctx, &family, false)?;
        let mut result = issue_tokens::result(tokens, Some(refresh_token));
        result.new_device_metadata = new_device;
        Ok(result)
    }

    /// The end at the pages.
    pub async fn authenticate(self, ctx: &Ctx) -> Result<Authenticated> {
        if let Some(used) = self.used {
            used.spend_alone(ctx).await?;
        }
        Ok(Authenticated {
            sub: self.user.sub,
            auth_time: ctx.now,
            device_key: self.device_key,
            methods: self.progress.methods,
            saml_session: None,
        })
    }
}

/// Who has signed in at the pages: what a browser session is opened for, and a code is issued on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authenticated {
    pub sub: String,
    pub auth_time: Timestamp,
    pub device_key: Option<String>,
    /// How they proved who they are.
    pub methods: Methods,
    /// What ends their session at the SAML provider that let them in.
    pub saml_session: Option<SamlSession>,
}
