//! DEVICE_SRP_AUTH and DEVICE_PASSWORD_VERIFIER: a remembered device shows itself after the first
//! factor.
//!
//! A device proves its secret as a user proves a password, with its group key in place of the
//! pool's name and its key in place of the user's. The proof stands beside a first factor, never
//! for it: whoever begins it must have given one. Not here: the handshake itself
//! (`srp_handshake`), how a device is confirmed and forgotten (`flows::devices`).

use serde::{Deserialize, Serialize};

use super::attempt::SrpProof;
use super::challenges::{Challenge, NextChallenge};
use super::request::{Entrance, Required, SignInRequest};
use super::session::{DeviceState, PendingChallenge, Progress, Session};
use super::srp_handshake::{self, Verifier, client_key};
use super::subject::enabled;
use super::turn::{Turn, Verified};
use crate::error::{Error, Result};
use crate::flows::challenge::{SingleUse, context};
use crate::flows::{attempts, devices, users};
use crate::store::{Client, Device, User};

/// What the second step has to know again.
#[derive(Serialize, Deserialize)]
struct DeviceSrpState {
    sub: String,
    device_key: String,
    progress: Progress,
}

pub(super) async fn ask(
    request: SignInRequest<'_>,
    user: &User,
    progress: Progress,
    device: &Device,
) -> Result<NextChallenge> {
    let session = Session::begin(request, user, PendingChallenge::Device, progress)?;
    if request.entrance != Entrance::Pages {
        // pycognito answers without the session.
        devices::keep_session(request.ctx, request.client, device, &session).await?;
    }
    let challenge = Challenge::Device {
        username: user.username.clone(),
    };
    Ok(NextChallenge::new(challenge, session))
}

/// The answer to DEVICE_SRP_AUTH: the device's A for the server's B.
pub(super) async fn answer(
    request: SignInRequest<'_>,
    session: &Required,
    device_key: &Required,
    srp_key: &Required,
) -> Result<Turn> {
    let SignInRequest {
        ctx, pool, client, ..
    } = request;
    let user = named(request).await?;
    let key = device_key.get()?;
    let srp_key = srp_key.get()?;
    let device = devices::find(ctx, pool, &user, key).await?;
    let device = device.ok_or(Error::DeviceNotFound)?;
    let kept = match session {
        Required::Given(_) => None,
        _ => devices::kept_session(ctx, client, &device).await?,
    };
    let sealed = match &kept {
        Some(kept) => kept,
        None => session.get()?,
    };
    let session = Session::open(request, sealed).await?;
    let user = session.user(request).await?;
    let is_its = session.progress.device.key() == Some(key);
    if session.pending != PendingChallenge::Device || !is_its {
        return Err(Error::SessionInvalid);
    }
    let of = Verifier {
        // Every digit as the client sent it: clients hash the text.
        salt: hex::encode(&device.salt),
        verifier: device.verifier,
        context: sealed_to(client),
    };
    let state = DeviceSrpState {
        sub: user.sub.clone(),
        device_key: device.key.clone(),
        progress: session.progress.clone(),
    };
    let once = SingleUse::new(ctx, client);
    let offer = srp_handshake::offer(request, once, &client_key(srp_key)?, of, state).await?;
    session.once.spend_alone(ctx).await?;
    let pending = PendingChallenge::DeviceVerifier;
    let session = Session::begin(request, &user, pending, session.progress)?;
    let challenge = Challenge::DeviceVerifier {
        username: user.username,
        device_key: device.key,
        offer,
    };
    Ok(Turn::Asked(NextChallenge::new(challenge, session)))
}

/// The answer to DEVICE_PASSWORD_VERIFIER: the device's proof that it knows its secret. The proof
/// is used up by it, and the device has signed in. Everything that this step goes on with travels
/// in SECRET_BLOCK; a session is not needed.
pub(super) async fn answer_verifier(
    request: SignInRequest<'_>,
    device_key: &Required,
    proof: &SrpProof,
) -> Result<Turn> {
    let SignInRequest {
        ctx, pool, client, ..
    } = request;
    let user = named(request).await?;
    let key = device_key.get()?;
    let proof = srp_handshake::open::<DeviceSrpState>(request, &sealed_to(client), proof)?;
    proof.once.check(ctx).await?;
    if proof.state.sub != user.sub {
        return Err(Error::BadCredentials);
    }
    let device = devices::find(ctx, pool, &user, key).await?;
    let device = device.ok_or(Error::DeviceNotFound)?;
    if proof.state.device_key != device.key {
        return Err(Error::BadCredentials);
    }
    let right = proof
        .is_right(&device.group_key, &device.key, device.verifier)
        .await?;
    attempts::settle_sign_in(ctx, pool, &user.sub, right).await?;
    if !right {
        return Err(Error::BadCredentials);
    }
    let device = devices::sign_in(ctx, &user, &device.key, &proof.once).await?;
    let progress = Progress {
        device: DeviceState::Proved {
            replaces_mfa: devices::skips_mfa(pool, &device),
            key: device.key,
        },
        ..proof.state.progress
    };
    Ok(Turn::Proved(Verified::second(user, progress, None)))
}

/// The user whom the answer names.
async fn named(request: SignInRequest<'_>) -> Result<User> {
    let username = request.username()?;
    let user = users::find(request.ctx, request.pool, username).await?;
    enabled(user.ok_or(Error::BadCredentials)?)
}

/// A device's block opens at no user's challenge, and the other way round.
fn sealed_to(client: &Client) -> String {
    format!("{}/device", context(client))
}
