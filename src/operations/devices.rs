//! Devices: the operations of users on their own devices, and those of administrators.
//!
//! Not here: how a device signs in (`flows::sign_in`).

use super::paging::Paging;
use crate::app::Ctx;
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::flows::access_token::TokenHolder;
use crate::flows::devices::DeviceSecret;
use crate::flows::{access_token, devices, users};
use crate::store::{Device, Pool, User};
use crate::wire::NoOutput;
use crate::wire::Sensitive;
use crate::wire::user_pools::{
    AdminForgetDeviceRequest, AdminGetDeviceRequest, AdminGetDeviceResponse,
    AdminListDevicesRequest, AdminListDevicesResponse, AdminUpdateDeviceStatusRequest,
    AdminUpdateDeviceStatusResponse, AttributeType, ConfirmDeviceRequest, ConfirmDeviceResponse,
    DeviceRememberedStatusType, DeviceType, ForgetDeviceRequest, GetDeviceRequest,
    GetDeviceResponse, ListDevicesRequest, ListDevicesResponse, UpdateDeviceStatusRequest,
    UpdateDeviceStatusResponse,
};

/// The default and largest page.
const PAGE: usize = 60;

/// Takes only an access token of the sign-in that brought the device key.
pub async fn confirm_device(
    ctx: &Ctx,
    input: ConfirmDeviceRequest,
) -> Result<ConfirmDeviceResponse> {
    let caller = caller(ctx, Some(&input.access_token)).await?;
    if caller.claims.device_key.as_deref() != Some(input.device_key.as_str()) {
        return Err(Error::DeviceKeyInvalid);
    }
    // (unsure) The model allows all of it to be left out, but without a verifier the device could
    // never sign in.
    let config = input.device_secret_verifier_config.unwrap_or_default();
    let (Some(salt), Some(verifier)) = (&config.salt, &config.password_verifier) else {
        return Err(Error::DeviceVerifierInvalid);
    };
    let secret = DeviceSecret { salt, verifier };
    let (pool, user) = (&caller.pool, &caller.user);
    let asks = devices::confirm(
        ctx,
        pool,
        user,
        &input.device_key,
        input.device_name,
        secret,
    )
    .await?;
    Ok(ConfirmDeviceResponse {
        user_confirmation_necessary: Some(asks),
    })
}

pub async fn get_device(ctx: &Ctx, input: GetDeviceRequest) -> Result<GetDeviceResponse> {
    let caller = caller(ctx, input.access_token.as_ref()).await?;
    let device = find(ctx, &caller.pool, &caller.user, &input.device_key).await?;
    Ok(GetDeviceResponse {
        device: Some(describe(device)),
    })
}

pub async fn admin_get_device(
    ctx: &Ctx,
    input: AdminGetDeviceRequest,
) -> Result<AdminGetDeviceResponse> {
    let pool = tracking_pool(ctx, &input.user_pool_id).await?;
    let user = users::find(ctx, &pool, input.username.expose())
        .await?
        .ok_or(Error::UserResourceNotFound)?;
    let device = find(ctx, &pool, &user, &input.device_key).await?;
    Ok(AdminGetDeviceResponse {
        device: Some(describe(device)),
    })
}

pub async fn list_devices(ctx: &Ctx, input: ListDevicesRequest) -> Result<ListDevicesResponse> {
    let caller = caller(ctx, Some(&input.access_token)).await?;
    let (devices, pagination_token) = list(
        ctx,
        &caller.user,
        input.limit,
        input.pagination_token.as_deref(),
    )
    .await?;
    Ok(ListDevicesResponse {
        devices: Some(devices),
        pagination_token,
    })
}

pub async fn admin_list_devices(
    ctx: &Ctx,
    input: AdminListDevicesRequest,
) -> Result<AdminListDevicesResponse> {
    let pool = tracking_pool(ctx, &input.user_pool_id).await?;
    let user = users::find(ctx, &pool, input.username.expose())
        .await?
        .ok_or(Error::UserResourceNotFound)?;
    let (devices, pagination_token) =
        list(ctx, &user, input.limit, input.pagination_token.as_deref()).await?;
    Ok(AdminListDevicesResponse {
        devices: Some(devices),
        pagination_token,
    })
}

pub async fn forget_device(ctx: &Ctx, input: ForgetDeviceRequest) -> Result<NoOutput> {
    let caller = caller(ctx, input.access_token.as_ref()).await?;
    forget(ctx, &caller.user, &input.device_key).await
}

pub async fn admin_forget_device(ctx: &Ctx, input: AdminForgetDeviceRequest) -> Result<NoOutput> {
    let pool = tracking_pool(ctx, &input.user_pool_id).await?;
    let user = users::find(ctx, &pool, input.username.expose())
        .await?
        .ok_or(Error::UserNotFound)?;
    forget(ctx, &user, &input.device_key).await
}

pub async fn update_device_status(
    ctx: &Ctx,
    input: UpdateDeviceStatusRequest,
) -> Result<UpdateDeviceStatusResponse> {
    let caller = caller(ctx, Some(&input.access_token)).await?;
    let status = input.device_remembered_status;
    update_status(ctx, &caller.user, &input.device_key, status).await?;
    Ok(UpdateDeviceStatusResponse {})
}

pub async fn admin_update_device_status(
    ctx: &Ctx,
    input: AdminUpdateDeviceStatusRequest,
) -> Result<AdminUpdateDeviceStatusResponse> {
    let pool = tracking_pool(ctx, &input.user_pool_id).await?;
    let user = users::find(ctx, &pool, input.username.expose())
        .await?
        .ok_or(Error::UserNotFound)?;
    let status = input.device_remembered_status;
    update_status(ctx, &user, &input.device_key, status).await?;
    Ok(AdminUpdateDeviceStatusResponse {})
}

/// The holder of the token, in a pool that tracks devices. The model lets two of these operations
/// come without a token; without one there is no user.
async fn caller(ctx: &Ctx, token: Option<&Sensitive<String>>) -> Result<TokenHolder> {
    let token = token.ok_or(Error::AccessTokenInvalid)?;
    let caller = access_token::authorize(ctx, token.expose()).await?;
    check_tracking(&caller.pool)?;
    Ok(caller)
}

async fn tracking_pool(ctx: &Ctx, id: &str) -> Result<std::sync::Arc<Pool>> {
    let pool = ctx.pool(id).await?;
    check_tracking(&pool)?;
    Ok(pool)
}

fn check_tracking(pool: &Pool) -> Result<()> {
    if pool.tracks_devices() {
        Ok(())
    } else {
        Err(Error::DevicesNotTracked)
    }
}

async fn find(ctx: &Ctx, pool: &Pool, user: &User, key: &str) -> Result<Device> {
    devices::find(ctx, pool, user, key)
        .await?
        .ok_or(Error::DeviceNotFound)
}

async fn list(
    ctx: &Ctx,
    user: &User,
    limit: Option<i32>,
    token: Option<&str>,
) -> Result<(Vec<DeviceType>, Option<String>)> {
    let paging = Paging::new(ctx, &[&user.pool_id, &user.sub], limit, PAGE);
    let after: Option<(i64, String)> = paging.start(token)?;
    let after = after
        .as_ref()
        .map(|(at, key)| (Timestamp(*at), key.as_str()));
    let mut read = ctx.store().read().await?;
    let mut found = read
        .devices()
        .list(&user.sub, after, paging.fetch())
        .await?;
    let next = paging.cut(&mut found, |device| {
        (device.created_at.0, device.key.clone())
    })?;
    Ok((found.into_iter().map(describe).collect(), next))
}

async fn forget(ctx: &Ctx, user: &User, key: &str) -> Result<NoOutput> {
    let mut write = ctx.store().write().await?;
    let device = write.devices().find(&user.sub, key).await?;
    let device = device.ok_or(Error::DeviceNotFound)?;
    devices::forget(ctx, &mut write, &device).await?;
    write.commit().await?;
    Ok(NoOutput {})
}

/// (unsure) Without a status nothing changes.
async fn update_status(
    ctx: &Ctx,
    user: &User,
    key: &str,
    status: Option<DeviceRememberedStatusType>,
) -> Result<()> {
    let mut write = ctx.store().write().await?;
    let device = write.devices().find(&user.sub, key).await?;
    let device = device.ok_or(Error::DeviceNotFound)?;
    if let Some(status) = status {
        let remembered = status == DeviceRememberedStatusType::Remembered;
        write
            .devices()
            .set_remembered(&device.key, remembered, ctx.now)
            .await?;
    }
    write.commit().await
}

fn describe(device: Device) -> DeviceType {
    let status = if device.remembered {
        DeviceRememberedStatusType::Remembered
    } else {
        DeviceRememberedStatusType::NotRemembered
    };
    let attributes = [
        ("device_status", Some("valid".to_owned())),
        ("device_name", device.name),
        ("last_ip_used", device.last_ip),
        // (unsure) Seen in recent answers, not in older captures.
        (
            "dev:device_remembered_status",
            Some(status.as_str().to_owned()),
        ),
    ];
    let attributes = attributes.into_iter().filter_map(|(name, value)| {
        value.map(|value| AttributeType {
            name: name.to_owned(),
            value: Some(Sensitive::new(value)),
        })
    });
    DeviceType {
        device_key: Some(device.key),
        device_attributes: Some(attributes.collect()),
        device_create_date: Some(device.created_at),
        device_last_modified_date: Some(device.updated_at),
        device_last_authenticated_date: Some(device.authenticated_at),
    }
}
