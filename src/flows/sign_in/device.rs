//! DEVICE_SRP_AUTH and DEVICE_PASSWORD_VERIFIER: a remembered device shows itself after the first
//! factor.
//!
//! Not here: its proof (`flows::devices`), and what that is worth (`next`).

use std::collections::BTreeMap;

use super::next::{self, Reached};
use super::session::{Asked, DeviceProof, Progress, Session};
use super::{Entrance, Outcome, Visit};
use crate::error::{Error, Result};
use crate::flows::{devices, users};
use crate::store::{Device, User};
use crate::wire::user_pools::{ChallengeName, ChallengeNameType};

pub(super) async fn ask(
    visit: Visit<'_>,
    mut reached: Reached,
    device: &Device,
) -> Result<Outcome> {
    reached.spend(visit).await?;
    let Reached { user, progress, .. } = reached;
    let session = Session::begin(visit, &user, Asked::Device, progress)?;
    if visit.entrance != Entrance::Pages {
        // pycognito answers without the session.
        devices::keep_session(visit.ctx, visit.client, device, &session).await?;
    }
    Ok(Outcome::Challenge {
        name: ChallengeNameType::DeviceSrpAuth,
        parameters: BTreeMap::from([("USERNAME".to_owned(), user.username)]),
        session: Some(session),
        available: Vec::new(),
    })
}

/// The answer to DEVICE_SRP_AUTH: the device's A for the server's B.
pub(super) async fn answer(visit: Visit<'_>, sealed: Option<&str>) -> Result<Outcome> {
    let Visit {
        ctx,
        pool,
        client,
        given,
        ..
    } = visit;
    let user = named(visit).await?;
    let key = given.require("DEVICE_KEY")?;
    let srp_a = given.require("SRP_A")?;
    let device = devices::find(ctx, pool, &user, key).await?;
    let device = device.ok_or(Error::DeviceNotFound)?;
    let kept = match sealed {
        Some(_) => None,
        None => devices::kept_session(ctx, client, &device).await?,
    };
    let session = Session::open(visit, sealed.or(kept.as_deref())).await?;
    let user = session.user(visit).await?;
    if session.asked != Asked::Device || session.progress.device_key.as_deref() != Some(key) {
        return Err(Error::SessionInvalid);
    }
    let progress = session.progress;
    let state = serde_json::to_value((visit.entrance, &progress))?;
    let parameters = devices::begin_srp(ctx, client, &user, &device, srp_a, state).await?;
    session.once.spend_alone(visit.ctx).await?;
    let session = Session::begin(visit, &user, Asked::DeviceVerifier, progress)?;
    Ok(Outcome::Challenge {
        name: ChallengeNameType::DevicePasswordVerifier,
        parameters,
        session: Some(session),
        available: Vec::new(),
    })
}

/// The answer to DEVICE_PASSWORD_VERIFIER. Everything that it goes on with travels in SECRET_BLOCK;
/// a session is not needed.
pub(super) async fn answer_verifier(visit: Visit<'_>) -> Result<Outcome> {
    let user = named(visit).await?;
    let (ctx, pool, client) = (visit.ctx, visit.pool, visit.client);
    let (device, state) = devices::answer_srp(ctx, pool, client, &user, visit.given).await?;
    let (entrance, mut progress): (Entrance, Progress) =
        serde_json::from_value(state).map_err(|_| Error::BadCredentials)?;
    if !entrance.leads_to(visit.entrance) {
        return Err(Error::BadCredentials);
    }
    progress.device = Some(if devices::skips_mfa(pool, &device) {
        DeviceProof::ReplacesMfa
    } else {
        DeviceProof::BesideMfa
    });
    let reached = Reached {
        user,
        groups: None,
        progress,
        proved: ChallengeName::Mfa,
        used: None,
    };
    next::proceed(visit, reached).await
}

/// The user whom the answer names.
async fn named(visit: Visit<'_>) -> Result<User> {
    let username = visit.username()?;
    let user = users::find(visit.ctx, visit.pool, username).await?;
    let user = user.ok_or(Error::BadCredentials)?;
    if user.enabled {
        Ok(user)
    } else {
        Err(Error::UserDisabled)
    }
}
