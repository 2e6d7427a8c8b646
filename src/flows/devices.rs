//! Devices: minting their keys at a sign-in, confirming them, and their proof (DEVICE_SRP_AUTH,
//! DEVICE_PASSWORD_VERIFIER).
//!
//! A device proves its secret as a user proves a password (`flows::sign_in`), with its group key in
//! place of the pool's name and its key in place of the user's. The proof stands beside a first
//! factor, never for it: whoever begins it must have seen one. Not here: when a device is asked
//! (`flows::sign_in`), the arithmetic (`keys::srp`).

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::attempts;
use super::challenge::{OneTime, check_timestamp, context};
use super::sign_in::Parameters;
use crate::app::Ctx;
use crate::error::{Error, Result};
use crate::ids;
use crate::keys::srp::{self, ClientKey};
use crate::keys::{Purpose, crunch, server_key};
use crate::store::{Client, Device, DeviceChallenge, Pool, User, Write};
use crate::wire::user_pools::NewDeviceMetadataType;

/// The longest salt of a device that is taken; clients draw 16 bytes.
const LONGEST_SALT: usize = 64;

/// What SECRET_BLOCK holds in a device's challenge.
#[derive(Serialize, Deserialize)]
struct DeviceBlock {
    once: OneTime,
    sub: String,
    device_key: String,
    /// A, hexadecimal.
    client_key: String,
    /// b and B, Base64.
    private: String,
    server_key: String,
    /// What the sign-in wants to know again when the device has proved itself.
    state: Value,
}

/// What a sign-in without a device brings for one: keys under which it can be confirmed. None where
/// the pool does not track devices. The key belongs into the token family too, whose access tokens
/// name it: it is confirmed with one of them.
pub fn new_device(ctx: &Ctx, pool: &Pool, user: &User) -> Option<NewDeviceMetadataType> {
    pool.tracks_devices().then(|| NewDeviceMetadataType {
        device_key: Some(ctx.draw(|rng| ids::device(&pool.region, rng))),
        // (unsure) Whether a group is a user's or a device's is not documented; clients keep it
        // beside the device's key.
        device_group_key: Some(ctx.app.keys.seal.device_group_key(&user.sub)),
    })
}

/// The user's device with this key. None for everybody else's, and where the pool does not track
/// devices.
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

/// Confirms the device that this sign-in made. True when the user is still to say whether it is to
/// be remembered.
pub async fn confirm(
    ctx: &Ctx,
    pool: &Pool,
    user: &User,
    key: &str,
    name: Option<String>,
    (salt, verifier): (&str, &str),
) -> Result<bool> {
    let salt = STANDARD.decode(salt).unwrap_or_default();
    let verifier = STANDARD.decode(verifier).unwrap_or_default();
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
/// (pycognito does). Whoever answers needs the device's secret all the same, and the session is
/// still good for one success only.
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

/// The answer to DEVICE_SRP_AUTH: the parameters of DEVICE_PASSWORD_VERIFIER. `state` travels in
/// SECRET_BLOCK, sealed, and comes back from [`answer_srp`].
pub async fn begin_srp(
    ctx: &Ctx,
    client: &Client,
    user: &User,
    device: &Device,
    srp_a: &str,
    state: Value,
) -> Result<BTreeMap<String, String>> {
    let client_key = ClientKey::from_hex(srp_a).ok_or(Error::SrpKeyInvalid)?;
    let private: [u8; srp::PRIVATE] = ctx.bytes();
    let server_key = server_key(&device.verifier, &private).await?;
    let block = DeviceBlock {
        once: OneTime::new(ctx, client),
        sub: user.sub.clone(),
        device_key: device.key.clone(),
        client_key: client_key.to_hex(),
        private: STANDARD.encode(private),
        server_key: STANDARD.encode(server_key),
        state,
    };
    let block = serde_json::to_vec(&block)?;
    let block = ctx.seal_bytes(Purpose::SecretBlock, &sealed_to(client), &block);
    Ok(BTreeMap::from([
        ("DEVICE_KEY".to_owned(), device.key.clone()),
        // Every digit as the client sent it: clients hash the text.
        ("SALT".to_owned(), hex::encode(&device.salt)),
        ("SECRET_BLOCK".to_owned(), STANDARD.encode(block)),
        ("SRP_B".to_owned(), srp::hex(&server_key)),
        ("USERNAME".to_owned(), user.username.clone()),
    ]))
}

/// The answer to DEVICE_PASSWORD_VERIFIER: the device's proof that it knows its secret. The proof
/// is used up by it, and the device has signed in. Whether `responses` name this user and come from
/// the client is checked before.
pub async fn answer_srp(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    user: &User,
    responses: &Parameters,
) -> Result<(Device, Value)> {
    let key = responses.require("DEVICE_KEY")?;
    let secret_block = responses.require("PASSWORD_CLAIM_SECRET_BLOCK")?;
    let signature = responses.require("PASSWORD_CLAIM_SIGNATURE")?;
    let timestamp = responses.require("TIMESTAMP")?;

    let secret_block = STANDARD
        .decode(secret_block)
        .map_err(|_| Error::BadCredentials)?;
    let block: DeviceBlock = ctx
        .app
        .keys
        .seal
        .open_bytes(Purpose::SecretBlock, &sealed_to(client), &secret_block)
        .and_then(|plain| serde_json::from_slice(&plain).ok())
        .ok_or(Error::BadCredentials)?;
    block.once.check(ctx).await?;
    check_timestamp(ctx, timestamp)?;
    if block.sub != user.sub {
        return Err(Error::BadCredentials);
    }
    let device = find(ctx, pool, user, key)
        .await?
        .ok_or(Error::DeviceNotFound)?;
    if block.device_key != device.key {
        return Err(Error::BadCredentials);
    }
    let shared = session_key(&block, device.verifier.clone()).await?;
    let signature = STANDARD.decode(signature).unwrap_or_default();
    let parts = [
        device.group_key.as_bytes(),
        device.key.as_bytes(),
        &secret_block,
        timestamp.as_bytes(),
    ];
    let right = shared.is_some_and(|shared| srp::is_proof(&shared, parts, &signature));
    attempts::settle_sign_in(ctx, pool, &user.sub, right).await?;
    if !right {
        return Err(Error::BadCredentials);
    }

    let mut write = ctx.store().write().await?;
    block.once.spend(&mut write).await?;
    // Read again: it may have been forgotten, or be remembered no longer.
    let device = write
        .devices()
        .find(&user.sub, &device.key)
        .await?
        .filter(|device| device.remembered)
        .ok_or(Error::DeviceNotFound)?;
    write
        .devices()
        .set_authenticated(&device.key, ctx.now, ctx.origin())
        .await?;
    write.commit().await?;
    Ok((device, block.state))
}

async fn session_key(block: &DeviceBlock, verifier: Vec<u8>) -> Result<Option<[u8; 16]>> {
    let client_key = ClientKey::from_hex(&block.client_key).ok_or(Error::BadCredentials)?;
    let private = bytes(&block.private).ok_or(Error::BadCredentials)?;
    let server_key = bytes(&block.server_key).ok_or(Error::BadCredentials)?;
    crunch(move || srp::session_key(&client_key, &verifier, &private, &server_key)).await
}

fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    STANDARD.decode(text).ok()?.try_into().ok()
}

/// A device's block opens at no user's challenge, and the other way round.
fn sealed_to(client: &Client) -> String {
    format!("{}/device", context(client))
}
