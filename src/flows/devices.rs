//! Devices: minting their keys at a sign-in, confirming them, and forgetting them.
//!
//! Not here: how a device proves itself (`flows::sign_in`), the arithmetic (`keys::srp`).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::challenge::SingleUse;
use crate::app::Ctx;
use crate::error::{Error, Result};
use crate::ids;
use crate::keys::srp;
use crate::store::{Client, Device, DeviceChallenge, Pool, User, Write};
use crate::wire::user_pools::NewDeviceMetadataType;

/// The longest salt of a device that is taken; clients draw 16 bytes.
pub const LONGEST_SALT: usize = 64;

/// The keys under which a device can be confirmed, for a sign-in that named none. None where the
/// pool does not track devices. The token family must have the key too: the device is confirmed
/// with an access token that names it.
pub fn new_device(ctx: &Ctx, pool: &Pool, user: &User) -> Option<NewDeviceMetadataType> {
    pool.tracks_devices().then(|| NewDeviceMetadataType {
        device_key: Some(ctx.draw(|rng| ids::device(&pool.region, rng))),
        // (unsure) Whether a group is a user's or a device's is not documented; clients keep it
        // beside the device's key.
        device_group_key: Some(ctx.app.keys.seal.device_group_key(&user.sub)),
    })
}

/// The user's device with this key. None for another user's device, and where the pool does not
/// track devices.
pub async fn find(ctx: &Ctx, pool: &Pool, user: &User, key: &str) -> Result<Option<Device>> {
    if !pool.tracks_devices() {
        return Ok(None);
    }
    let mut read = ctx.store().read().await?;
    read.devices().find(&user.sub, key).await
}

/// Whether a sign-in with this device needs no second factor once the device has proved itself.
pub fn skips_mfa(pool: &Pool, device: &Device) -> bool {
    device.remembered && pool.lets_devices_replace_mfa()
}

/// What a client tells of a device's secret: salt and verifier, Base64.
pub struct DeviceSecret<'a> {
    pub salt: &'a str,
    pub verifier: &'a str,
}

/// Confirms the device that this sign-in made. True when the user is still to say whether it is to
/// be remembered.
pub async fn confirm(
    ctx: &Ctx,
    pool: &Pool,
    user: &User,
    key: &str,
    name: Option<String>,
    secret: DeviceSecret<'_>,
) -> Result<bool> {
    let salt = STANDARD.decode(secret.salt).unwrap_or_default();
    let verifier = STANDARD.decode(secret.verifier).unwrap_or_default();
    let verifier = srp::read_verifier(&verifier).ok_or(Error::DeviceVerifierInvalid)?;
    if salt.is_empty() || salt.len() > LONGEST_SALT {
        return Err(Error::DeviceVerifierInvalid);
    }
    let asks = pool.asks_to_remember_devices();
    let device = Device {
        key: key.to_owned(),
        pool_id: pool.id.clone(),
        sub: user.sub.clone(),
        group_key: ctx.app.keys.seal.device_group_key(&user.sub),
        name,
        salt,
        verifier: verifier.to_vec(),
        remembered: !asks,
        last_ip: ctx.origin().map(str::to_owned),
        created_at: ctx.now,
        updated_at: ctx.now,
        authenticated_at: ctx.now,
    };
    let mut write = ctx.store().write().await?;
    if write
        .users()
        .find_by_sub(&pool.id, &user.sub)
        .await?
        .is_none()
    {
        return Err(Error::UserNotFound);
    }
    write.devices().insert(&device).await?;
    write.commit().await?;
    Ok(asks)
}

/// Forgets a device. What it signed in with ends: its refresh tokens, and the access tokens that
/// come with them.
pub async fn forget(ctx: &Ctx, write: &mut Write<'_>, device: &Device) -> Result<()> {
    write.devices().delete(&device.key).await?;
    write
        .families()
        .revoke_device(&device.sub, &device.key, ctx.now)
        .await
}

/// Keeps the session of a DEVICE_SRP_AUTH challenge, for clients that answer it without one
/// (pycognito does). An answer needs the device's secret all the same, and the session is still
/// good for one success only.
pub async fn keep_session(
    ctx: &Ctx,
    client: &Client,
    device: &Device,
    session: &str,
) -> Result<()> {
    let challenge = DeviceChallenge {
        device_key: &device.key,
        client_id: &client.id,
        session,
        expires_at: ctx.now.plus(client.session_validity()),
    };
    let write = ctx.store().write_once().await;
    write.put_device_challenge(challenge).await
}

/// The session that was kept for this user's device, as long as it lasts.
pub async fn kept_session(ctx: &Ctx, client: &Client, device: &Device) -> Result<Option<String>> {
    let mut read = ctx.store().read().await?;
    read.devices()
        .find_challenge(&device.key, &client.id, ctx.now)
        .await
}

/// Notes that the device has signed in, which uses its proof up.
pub async fn sign_in(ctx: &Ctx, user: &User, key: &str, proof: &SingleUse) -> Result<Device> {
    let mut write = ctx.store().write().await?;
    proof.spend(&mut write).await?;
    // Read again: it may have been forgotten, or be remembered no longer.
    let device = write
        .devices()
        .find(&user.sub, key)
        .await?
        .filter(|device| device.remembered)
        .ok_or(Error::DeviceNotFound)?;
    write
        .devices()
        .set_authenticated(&device.key, ctx.now, ctx.origin())
        .await?;
    write.commit().await?;
    Ok(device)
}
