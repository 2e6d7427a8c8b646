//! USER_SRP_AUTH, and the PASSWORD_SRP of USER_AUTH: the password is proved without being sent
//! (SRP-6a, as Cognito uses it).
//!
//! USER_SRP_AUTH's first answer carries no `Session`: everything that the second step needs travels
//! in SECRET_BLOCK, sealed. Users who do not exist are simulated where the client hides them: the
//! same kind of challenge, stable, and then the same refusal after the same work. Not here: the
//! arithmetic (`keys::srp`), what follows the first factor (`next`).

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::next::{self, Reached};
use super::session::{Asked, First, Progress, Session};
use super::who::{Who, before_first_factor, known_or_hidden, settle_password};
use super::{Entrance, Outcome, Visit, custom};
use crate::app::Ctx;
use crate::domain::usernames;
use crate::error::{Error, Result};
use crate::flows::challenge::{OneTime, check_timestamp, context};
use crate::flows::users;
use crate::keys::srp::{self, ClientKey};
use crate::keys::{Identity, Purpose, crunch, server_key};
use crate::store::Pool;
use crate::wire::user_pools::ChallengeNameType;

/// What SECRET_BLOCK holds.
#[derive(Serialize, Deserialize)]
struct SecretBlock {
    once: OneTime,
    entrance: Entrance,
    progress: Progress,
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

/// The first step of USER_SRP_AUTH.
pub(super) async fn begin(visit: Visit<'_>) -> Result<Outcome> {
    let username = visit.username()?;
    visit.given.require("SRP_A")?;
    let found = users::find(visit.ctx, visit.pool, username).await?;
    let who = known_or_hidden(visit, found, username)?;
    offer(
        visit,
        &who,
        Progress::of(visit),
        OneTime::new(visit.ctx, visit.client),
    )
    .await
}

/// USER_AUTH: asks for the client's A.
pub(super) fn ask(
    visit: Visit<'_>,
    who: &Who,
    progress: Progress,
    available: Vec<ChallengeNameType>,
) -> Result<Outcome> {
    let session = Session::begin_for(visit, who, Asked::PasswordSrp, progress)?;
    Ok(Outcome::Challenge {
        name: ChallengeNameType::PasswordSrp,
        parameters: BTreeMap::new(),
        session: Some(session),
        available,
    })
}

/// The answer to PASSWORD_SRP.
pub(super) async fn answer_choice(visit: Visit<'_>, sealed: Option<&str>) -> Result<Outcome> {
    visit.username()?;
    let session = Session::open(visit, sealed).await?;
    if session.asked != Asked::PasswordSrp {
        return Err(Error::SessionInvalid);
    }
    let who = session.who(visit).await?;
    offer_with_session(visit, &who, session.progress, Some(&session.once)).await
}

/// The first step in USER_AUTH, where the challenge has a session beside SECRET_BLOCK; one answer
/// uses both up.
pub(super) async fn offer_with_session(
    visit: Visit<'_>,
    who: &Who,
    progress: Progress,
    used: Option<&OneTime>,
) -> Result<Outcome> {
    let once = OneTime::new(visit.ctx, visit.client);
    let progress = progress.on_device(visit);
    let mut outcome = offer(visit, who, progress.clone(), once.clone()).await?;
    if let Some(used) = used {
        used.spend_alone(visit.ctx).await?;
    }
    if let Outcome::Challenge { session, .. } = &mut outcome {
        let (subject, asked) = (who.subject(), Asked::PasswordVerifier);
        *session = Some(Session::with(visit, once, subject, asked, progress)?);
    }
    Ok(outcome)
}

/// Refuses what is no A.
pub(super) fn check_client_key(client_key: &str) -> Result<()> {
    let client_key = ClientKey::from_hex(client_key);
    client_key.map(drop).ok_or(Error::SrpKeyInvalid)
}

/// The first step where one of the pool's functions asks for the password, with the A that the
/// client sent at the begin.
pub(super) async fn offer_with_key(
    visit: Visit<'_>,
    who: &Who,
    client_key: &str,
    progress: Progress,
) -> Result<Outcome> {
    let once = OneTime::new(visit.ctx, visit.client);
    let client_key = ClientKey::from_hex(client_key).ok_or(Error::SrpKeyInvalid)?;
    challenge(visit, who, &client_key, progress, once).await
}

/// The client's A for the server's B.
async fn offer(visit: Visit<'_>, who: &Who, progress: Progress, once: OneTime) -> Result<Outcome> {
    let client_key = visit.given.require("SRP_A")?;
    let client_key = ClientKey::from_hex(client_key).ok_or(Error::SrpKeyInvalid)?;
    before_first_factor(visit, who).await?;
    challenge(visit, who, &client_key, progress, once).await
}

async fn challenge(
    visit: Visit<'_>,
    who: &Who,
    client_key: &ClientKey,
    progress: Progress,
    once: OneTime,
) -> Result<Outcome> {
    let Visit {
        ctx, pool, client, ..
    } = visit;
    let user_id = match who {
        Who::Known(user) => user.username.clone(),
        Who::Unknown { typed, .. } => simulated_user_id(ctx, pool, typed),
    };
    let identity = Identity {
        pool_id: &pool.id,
        username: &user_id,
    };
    // A user without a password is as good as one who does not exist: no proof will fit.
    let (salt, verifier) = match who.user().and_then(|user| user.password.as_ref()) {
        Some(password) => (password.salt.clone(), password.verifier.clone()),
        None => ctx.app.keys.seal.simulated_password(identity),
    };
    let private: [u8; srp::PRIVATE] = ctx.bytes();
    let server_key = server_key(&verifier, &private).await?;
    let block = SecretBlock {
        once,
        entrance: visit.entrance,
        progress,
        sub: who.user().map(|user| user.sub.clone()),
        user_id: user_id.clone(),
        client_key: client_key.to_hex(),
        private: STANDARD.encode(private),
        server_key: STANDARD.encode(server_key),
    };
    let block = serde_json::to_vec(&block)?;
    let block = ctx.seal_bytes(Purpose::SecretBlock, &context(client), &block);
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
        available: Vec::new(),
    })
}

/// The second step: the client's proof that it knows the password.
pub(super) async fn answer(visit: Visit<'_>) -> Result<Outcome> {
    let Visit {
        ctx,
        pool,
        client,
        given,
        ..
    } = visit;
    let username = visit.username()?;
    let secret_block = given.require("PASSWORD_CLAIM_SECRET_BLOCK")?;
    let signature = given.require("PASSWORD_CLAIM_SIGNATURE")?;
    let timestamp = given.require("TIMESTAMP")?;

    let secret_block = STANDARD
        .decode(secret_block)
        .map_err(|_| Error::BadCredentials)?;
    let plain = ctx
        .app
        .keys
        .seal
        .open_bytes(Purpose::SecretBlock, &context(client), &secret_block);
    let block = plain
        .and_then(|plain| serde_json::from_slice::<SecretBlock>(&plain).ok())
        .filter(|block| block.entrance.leads_to(visit.entrance))
        .ok_or(Error::BadCredentials)?;
    block.once.check(ctx).await?;
    check_timestamp(ctx, timestamp)?;

    // The user may be named by any of their names, but must be the one whom the block is about.
    let found = users::find_with_groups(ctx, pool, username).await?;
    let (user, groups) = found.unzip();
    if user.as_ref().map(|user| user.sub.as_str()) != block.sub.as_deref() {
        return Err(Error::BadCredentials);
    }
    let identity = Identity {
        pool_id: &pool.id,
        username: &block.user_id,
    };
    let kept = user.as_ref().and_then(|user| user.password.as_ref());
    let verifier = match kept {
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
    let right = key.is_some_and(|key| srp::is_proof(&key, parts, &signature)) && kept.is_some();
    let who = match user {
        Some(user) => Who::Known(Box::new(user)),
        None => Who::unknown(visit, &block.user_id),
    };
    let user = settle_password(visit, who, right).await?;
    let progress = block.progress.on_device(visit);
    let mut reached = Reached::first(user, First::Password, progress, Some(block.once));
    reached.groups = groups;
    match reached.progress.custom {
        Some(_) => custom::after_password(visit, reached).await,
        None => next::proceed(visit, reached).await,
    }
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

/// The user id of somebody who does not exist: what was typed, or a made-up sub where the real one
/// would not be what was typed.
fn simulated_user_id(ctx: &Ctx, pool: &Pool, typed: &str) -> String {
    let is_alias = usernames::looks_like_email(typed) || usernames::looks_like_phone_number(typed);
    if pool.username_attributes().is_empty() && (pool.alias_attributes().is_empty() || !is_alias) {
        return typed.to_owned();
    }
    users::simulated_sub(ctx, pool, typed)
}
