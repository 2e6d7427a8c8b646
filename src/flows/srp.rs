//! USER_SRP_AUTH: the password is proved without being sent (SRP-6a, as Cognito uses it).
//!
//! The first answer carries no `Session`: everything that the second step needs travels in SECRET_BLOCK, sealed. Users who do not exist are
//! simulated where the client hides them: the same kind of challenge, stable, and then the same refusal after the same work. Not here: the
//! arithmetic (`keys::srp`), what follows the first factor (`sign_in`).

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rand::Rng;
use serde::{Deserialize, Serialize};
use time::PrimitiveDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use super::challenge::{OneTime, context};
use super::sign_in::{
    Outcome, Parameters, after_first_factor, check_device, check_user, unknown_user,
};
use super::{attempts, authenticate_client, triggers, users};
use crate::app::Ctx;
use crate::clock::Timestamp;
use crate::domain::usernames;
use crate::error::{Error, Result};
use crate::keys::srp::{self, ClientKey};
use crate::keys::{Identity, Purpose, crunch};
use crate::store::{Client, Pool};
use crate::wire::user_pools::ChallengeNameType;

/// What SECRET_BLOCK holds.
#[derive(Serialize, Deserialize)]
struct SecretBlock {
    once: OneTime,
    /// None for a simulated user.
    sub: Option<String>,
    /// USER_ID_FOR_SRP, which the client's proof is about.
    user_id: String,
    /// A, hexadecimal.
    client_key: String,
    /// b and B, Base64.
    private: String,
    server_key: String,
}

/// How far a client's clock may be off. (unsure: the service's tolerance is not documented.)
const TOLERANCE: Duration = Duration::from_secs(600);

/// `Sat May 2 09:05:01 UTC 2026`, English, the day without a leading zero.
const TIMESTAMP: &[BorrowedFormatItem<'_>] = format_description!(
    "[weekday repr:short] [month repr:short] [day padding:none] [hour]:[minute]:[second] UTC [year]"
);

/// The first step: the client's A for the server's B.
pub async fn begin(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    parameters: &Parameters,
) -> Result<Outcome> {
    let username = parameters.require("USERNAME")?;
    authenticate_client::check_secret_hash(client, username, parameters.get("SECRET_HASH"))?;
    let client_key = parameters.require("SRP_A")?;
    let user = users::find(ctx, pool, username).await?;
    if user.is_none() && !client.hides_unknown_users() {
        return Err(unknown_user(client));
    }
    let client_key = ClientKey::from_hex(client_key).ok_or(Error::SrpKeyInvalid)?;
    if let Some(user) = &user {
        triggers::pre_authentication(ctx, pool, client, user).await?;
    }
    check_device(parameters)?;

    let user_id = match &user {
        Some(user) => user.username.clone(),
        None => simulated_user_id(ctx, pool, username),
    };
    let identity = Identity {
        pool_id: &pool.id,
        username: &user_id,
    };
    // A user without a password is as good as one who does not exist: no proof will fit.
    let (salt, verifier) = match user.as_ref().and_then(|user| user.password.as_ref()) {
        Some(password) => (password.salt.clone(), password.verifier.clone()),
        None => ctx.app.keys.seal.simulated_password(identity),
    };
    let mut private = [0; srp::PRIVATE];
    ctx.rng().fill_bytes(&mut private);
    let server_key = crunch(move || srp::server_key(&verifier, &private)).await?;
    let block = SecretBlock {
        once: OneTime::new(ctx, client),
        sub: user.map(|user| user.sub),
        user_id: user_id.clone(),
        client_key: client_key.to_hex(),
        private: STANDARD.encode(private),
        server_key: STANDARD.encode(server_key),
    };
    let block = serde_json::to_vec(&block)?;
    let block = ctx.app.keys.seal.seal_bytes(
        Purpose::SecretBlock,
        &context(client),
        &block,
        &mut ctx.rng(),
    );
    let parameters = BTreeMap::from([
        ("SALT".to_owned(), srp::hex(&salt)),
        ("SECRET_BLOCK".to_owned(), STANDARD.encode(block)),
        ("SRP_B".to_owned(), srp::hex(&server_key)),
        ("USERNAME".to_owned(), user_id.clone()),
        ("USER_ID_FOR_SRP".to_owned(), user_id),
    ]);
    Ok(Outcome::Challenge {
        name: ChallengeNameType::PasswordVerifier,
        parameters,
        session: None,
    })
}

/// The second step: the client's proof that it knows the password.
pub async fn answer(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    responses: &Parameters,
) -> Result<Outcome> {
    let username = responses.require("USERNAME")?;
    authenticate_client::check_secret_hash(client, username, responses.get("SECRET_HASH"))?;
    let secret_block = responses.require("PASSWORD_CLAIM_SECRET_BLOCK")?;
    let signature = responses.require("PASSWORD_CLAIM_SIGNATURE")?;
    let timestamp = responses.require("TIMESTAMP")?;

    let secret_block = STANDARD
        .decode(secret_block)
        .map_err(|_| Error::BadCredentials)?;
    let plain = ctx
        .app
        .keys
        .seal
        .open_bytes(Purpose::SecretBlock, &context(client), &secret_block);
    let block: SecretBlock = plain
        .and_then(|plain| serde_json::from_slice(&plain).ok())
        .ok_or(Error::BadCredentials)?;
    block.once.check(ctx).await?;
    check_timestamp(ctx, timestamp)?;
    check_device(responses)?;

    // The user may be named by any of their names, but must be the one whom the block is about.
    let user = users::find(ctx, pool, username).await?;
    if user.as_ref().map(|user| user.sub.as_str()) != block.sub.as_deref() {
        return Err(Error::BadCredentials);
    }
    let identity = Identity {
        pool_id: &pool.id,
        username: &block.user_id,
    };
    let verifier = match user.as_ref().and_then(|user| user.password.as_ref()) {
        Some(password) => password.verifier.clone(),
        None => ctx.app.keys.seal.simulated_password(identity).1,
    };
    let key = session_key(&block, verifier).await?;
    let signature = STANDARD.decode(signature).unwrap_or_default();
    let parts = [
        identity.pool_name().as_bytes(),
        block.user_id.as_bytes(),
        &secret_block,
        timestamp.as_bytes(),
    ];
    let right = key.is_some_and(|key| srp::is_proof(&key, parts, &signature));
    let Some(user) = user else {
        let subject = users::simulated_sub(ctx, pool, &block.user_id);
        attempts::settle_sign_in(ctx, pool, &subject, false).await?;
        return Err(Error::BadCredentials);
    };
    let right = right && user.password.is_some();
    attempts::settle_sign_in(ctx, pool, &user.sub, right).await?;
    check_user(client, &user, right)?;
    after_first_factor(ctx, pool, client, (&user, None), Some(&block.once)).await
}

async fn session_key(block: &SecretBlock, verifier: Vec<u8>) -> Result<Option<[u8; 16]>> {
    let client_key = ClientKey::from_hex(&block.client_key).ok_or(Error::BadCredentials)?;
    let private = STANDARD
        .decode(&block.private)
        .ok()
        .and_then(|bytes| bytes.try_into().ok());
    let server_key = STANDARD
        .decode(&block.server_key)
        .ok()
        .and_then(|bytes| bytes.try_into().ok());
    let (Some(private), Some(server_key)) = (private, server_key) else {
        return Err(Error::BadCredentials);
    };
    crunch(move || srp::session_key(&client_key, &verifier, &private, &server_key)).await
}

/// The user id of somebody who does not exist: what was typed, or a made-up sub where the real one would not be what was typed.
fn simulated_user_id(ctx: &Ctx, pool: &Pool, typed: &str) -> String {
    let is_alias = usernames::looks_like_email(typed) || usernames::looks_like_phone_number(typed);
    if pool.username_attributes().is_empty() && (pool.alias_attributes().is_empty() || !is_alias) {
        return typed.to_owned();
    }
    users::simulated_sub(ctx, pool, typed)
}

/// The client's clock must be about right: by the server's time, or by the machine's when a test has moved the server's.
fn check_timestamp(ctx: &Ctx, text: &str) -> Result<()> {
    let signed =
        PrimitiveDateTime::parse(text, TIMESTAMP).map_err(|_| Error::SrpTimestampMalformed)?;
    let signed = Timestamp::from_seconds(signed.assume_utc().unix_timestamp());
    let machine = Timestamp(ctx.now.0.saturating_sub(ctx.app.clock.read().offset_micros));
    let near = |time: Timestamp| time.minus(TOLERANCE) <= signed && signed <= time.plus(TOLERANCE);
    if near(ctx.now) || near(machine) {
        Ok(())
    } else {
        Err(Error::BadCredentials)
    }
}
