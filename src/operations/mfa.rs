//! Users' second factors: authenticator apps, which factors are switched on, and the factors that
//! USER_AUTH can offer.
//!
//! Not here: how factors are asked for (`flows::sign_in`), which ones a pool has (`settings`),
//! passkeys (`passkeys`).

use crate::app::Ctx;
use crate::domain::first_factors;
use crate::domain::mfa::{self, MfaSetting};
use crate::error::{Error, Result};
use crate::flows::access_token::authorize;
use crate::flows::sign_in::{self, Entrance};
use crate::flows::users::{existing, find};
use crate::flows::{passkeys, second_factors, software_tokens};
use crate::store::{MfaFactor, Pool, User};
use crate::wire::Sensitive;
use crate::wire::user_pools::*;

/// Takes an access token or, during a sign-in, its session. The sign-in then goes on with the
/// session that is answered.
pub async fn associate_software_token(
    ctx: &Ctx,
    input: AssociateSoftwareTokenRequest,
) -> Result<AssociateSoftwareTokenResponse> {
    let (secret, session) = match (&input.access_token, &input.session) {
        (Some(token), None) => {
            let caller = authorize(ctx, token.expose()).await?;
            let secret = software_tokens::associate(ctx, &caller.pool, &caller.user).await?;
            (secret, None)
        }
        (None, Some(session)) => {
            let session = session.expose();
            let drawn = sign_in::associate_software_token(ctx, Entrance::Api, session).await?;
            (drawn.secret, Some(drawn.session))
        }
        _ => return Err(Error::TokenOrSession),
    };
    Ok(AssociateSoftwareTokenResponse {
        secret_code: Some(Sensitive::new(secret)),
        session: session.map(Sensitive::new),
    })
}

pub async fn verify_software_token(
    ctx: &Ctx,
    input: VerifySoftwareTokenRequest,
) -> Result<VerifySoftwareTokenResponse> {
    let code = input.user_code.expose();
    let name = input.friendly_device_name.as_deref();
    let name = name.filter(|name| !name.is_empty());
    let session = match (&input.access_token, &input.session) {
        (Some(token), None) => {
            let caller = authorize(ctx, token.expose()).await?;
            software_tokens::verify(ctx, &caller.pool, &caller.user, code, name).await?;
            None
        }
        (None, Some(session)) => {
            let session = session.expose();
            Some(sign_in::verify_software_token(ctx, Entrance::Api, session, code, name).await?)
        }
        _ => return Err(Error::TokenOrSession),
    };
    Ok(VerifySoftwareTokenResponse {
        status: Some(VerifySoftwareTokenResponseType::Success),
        session: session.map(Sensitive::new),
    })
}

pub async fn set_user_mfa_preference(
    ctx: &Ctx,
    input: SetUserMFAPreferenceRequest,
) -> Result<SetUserMFAPreferenceResponse> {
    let caller = authorize(ctx, input.access_token.expose()).await?;
    let settings = settings(
        input.sms_mfa_settings,
        input.software_token_mfa_settings,
        input.email_mfa_settings,
    );
    let web_authn = input.web_authn_mfa_settings.map(is_on);
    let mut write = ctx.store().write().await?;
    let mut user = second_factors::still_there(&mut write, &caller.pool, &caller.user.sub).await?;
    let pool = &caller.pool;
    second_factors::choose(ctx, &mut write, pool, &mut user, &settings, web_authn).await?;
    write.commit().await?;
    Ok(SetUserMFAPreferenceResponse {})
}

pub async fn admin_set_user_mfa_preference(
    ctx: &Ctx,
    input: AdminSetUserMFAPreferenceRequest,
) -> Result<AdminSetUserMFAPreferenceResponse> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    let settings = settings(
        input.sms_mfa_settings,
        input.software_token_mfa_settings,
        input.email_mfa_settings,
    );
    let web_authn = input.web_authn_mfa_settings.map(is_on);
    let mut write = ctx.store().write().await?;
    let mut user = existing(&mut write, &pool, input.username.expose()).await?;
    second_factors::choose(ctx, &mut write, &pool, &mut user, &settings, web_authn)
        .await
        .map_err(|error| match error {
            // Reported: the service has other words for administrators.
            Error::SoftwareTokenNotVerified => Error::MfaWithoutDelivery {
                factor: MfaFactor::SoftwareToken.as_str().to_owned(),
            },
            other => other,
        })?;
    write.commit().await?;
    Ok(AdminSetUserMFAPreferenceResponse {})
}

fn settings(
    sms: Option<SMSMfaSettingsType>,
    software_token: Option<SoftwareTokenMfaSettingsType>,
    email: Option<EmailMfaSettingsType>,
) -> Vec<MfaSetting> {
    let sms = sms.map(|one| (MfaFactor::Sms, one.enabled, one.preferred_mfa));
    let token =
        software_token.map(|one| (MfaFactor::SoftwareToken, one.enabled, one.preferred_mfa));
    let email = email.map(|one| (MfaFactor::Email, one.enabled, one.preferred_mfa));
    [sms, token, email]
        .into_iter()
        .flatten()
        .map(|(factor, enabled, preferred)| MfaSetting {
            factor,
            enabled: enabled.unwrap_or(false),
            preferred: preferred.unwrap_or(false),
        })
        .collect()
}

fn is_on(settings: WebAuthnMfaSettingsType) -> bool {
    settings.enabled.unwrap_or(false)
}

/// The older operation, which only knows SMS.
pub async fn set_user_settings(
    ctx: &Ctx,
    input: SetUserSettingsRequest,
) -> Result<SetUserSettingsResponse> {
    let caller = authorize(ctx, input.access_token.expose()).await?;
    let mut write = ctx.store().write().await?;
    let mut user = second_factors::still_there(&mut write, &caller.pool, &caller.user.sub).await?;
    mfa::choose_options(&mut user, &input.mfa_options)?;
    user.updated_at = ctx.now;
    write.users().update(&user).await?;
    write.commit().await?;
    Ok(SetUserSettingsResponse {})
}

pub async fn admin_set_user_settings(
    ctx: &Ctx,
    input: AdminSetUserSettingsRequest,
) -> Result<AdminSetUserSettingsResponse> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    let mut write = ctx.store().write().await?;
    let mut user = existing(&mut write, &pool, input.username.expose()).await?;
    mfa::choose_options(&mut user, &input.mfa_options)?;
    user.updated_at = ctx.now;
    write.users().update(&user).await?;
    write.commit().await?;
    Ok(AdminSetUserSettingsResponse {})
}

pub async fn admin_delete_software_token(
    ctx: &Ctx,
    input: AdminDeleteSoftwareTokenRequest,
) -> Result<AdminDeleteSoftwareTokenResponse> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    let mut write = ctx.store().write().await?;
    let mut user = existing(&mut write, &pool, input.username.expose()).await?;
    second_factors::delete_software_token(ctx, &mut write, &mut user).await?;
    write.commit().await?;
    Ok(AdminDeleteSoftwareTokenResponse {})
}

pub async fn get_user_auth_factors(
    ctx: &Ctx,
    input: GetUserAuthFactorsRequest,
) -> Result<GetUserAuthFactorsResponse> {
    let caller = authorize(ctx, input.access_token.expose()).await?;
    let configured = configured(ctx, &caller.pool, &caller.user).await?;
    let user = caller.user;
    Ok(GetUserAuthFactorsResponse {
        preferred_mfa_setting: user.mfa.preferred_setting(),
        user_mfa_setting_list: user.mfa.list(),
        configured_user_auth_factors: Some(configured),
        username: Some(user.username.into()),
    })
}

pub async fn admin_get_user_auth_factors(
    ctx: &Ctx,
    input: AdminGetUserAuthFactorsRequest,
) -> Result<AdminGetUserAuthFactorsResponse> {
    let pool = ctx.pool(&input.user_pool_id).await?;
    let user = find(ctx, &pool, input.username.expose())
        .await?
        .ok_or(Error::UserNotFound)?;
    let configured = configured(ctx, &pool, &user).await?;
    Ok(AdminGetUserAuthFactorsResponse {
        preferred_mfa_setting: user.mfa.preferred_setting(),
        user_mfa_setting_list: user.mfa.list(),
        configured_user_auth_factors: Some(configured),
        username: Some(user.username.into()),
    })
}

async fn configured(ctx: &Ctx, pool: &Pool, user: &User) -> Result<Vec<AuthFactorType>> {
    let passkey = passkeys::has_passkey(ctx, pool, &user.sub).await?;
    let token = software_tokens::has_one(ctx, &user.sub).await?;
    Ok(first_factors::configured(pool, user, passkey, token))
}
