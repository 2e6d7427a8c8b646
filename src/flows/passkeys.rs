//! Passkeys: registering one as a signed-in user, and signing in with one.
//!
//! A challenge is for one user of one pool and for one relying party. It expires, and one attempt
//! uses it up. The challenge of a registration is in the store, because the API has no session
//! there. That of a sign-in is in the sealed session, which also makes it single-use
//! (`flows::challenge`). Not here: verifying what an authenticator signed (`keys::webauthn`),
//! relying parties and origins (`domain::passkeys`).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::app::Ctx;
use crate::domain::passkeys;
use crate::error::{Error, Result};
use crate::keys::webauthn::{
    Assertion, Attestation, CHALLENGE, Ceremony, CredentialState, Fault, HANDLE, Made,
};
use crate::store::{Client, Method, Passkey, PasskeyChallenge, Pool, User};

/// What a session contains about its challenge.
#[derive(Debug, Serialize, Deserialize)]
struct PendingAssertion {
    challenge: String,
    relying_party: String,
}

/// Begins a registration: gives `PublicKeyCredentialCreationOptionsJSON`.
pub async fn begin_registration(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    user: &User,
) -> Result<Value> {
    if !passkeys::are_enabled(pool) {
        return Err(Error::PasskeysNotEnabled);
    }
    let relying_party = relying_party(ctx, pool)
        .await?
        .ok_or(Error::PasskeysNotConfigured)?;
    let handle = URL_SAFE_NO_PAD.encode(handle(user)?);
    let challenge = draw(ctx);

    let mut write = ctx.store().write().await?;
    if write.passkeys().count(&user.sub).await? >= passkeys::MOST {
        return Err(Error::PasskeyTooMany);
    }
    let existing = write
        .passkeys()
        .of_relying_party(&user.sub, &relying_party)
        .await?;
    let begun = PasskeyChallenge {
        challenge: challenge.clone(),
        sub: user.sub.clone(),
        client_id: client.id.clone(),
        relying_party_id: relying_party.clone(),
        expires_at: ctx.now.plus(passkeys::REGISTRATION_LASTS),
    };
    write.passkeys().insert_challenge(&begun).await?;
    write.commit().await?;
    Ok(passkeys::creation_options(
        &relying_party,
        user,
        &handle,
        &challenge,
        &existing,
        passkeys::verifies_user(pool),
    ))
}

/// Completes a registration with the browser's `RegistrationResponseJSON`: from now on the user can
/// sign in with the passkey.
pub async fn complete_registration(
    ctx: &Ctx,
    pool: &Pool,
    client: &Client,
    user: &User,
    credential: &Value,
) -> Result<()> {
    if !passkeys::are_enabled(pool) {
        return Err(Error::PasskeysNotEnabled);
    }
    let attestation = Attestation::read(credential).map_err(registration_error)?;
    let challenge = attestation.challenge().map_err(registration_error)?;
    let begun = take_challenge(ctx, client, user, &URL_SAFE_NO_PAD.encode(challenge)).await?;
    // The pool's relying party may have changed meanwhile.
    if relying_party(ctx, pool).await?.as_ref() != Some(&begun.relying_party_id) {
        return Err(Error::PasskeyOtherRelyingParty);
    }
    let made = attestation
        .verify(&Ceremony {
            relying_party: &begun.relying_party_id,
            challenge,
            handle: handle(user)?,
            verifies_user: passkeys::verifies_user(pool),
            allows_origin: passkeys::allows_origin,
        })
        .map_err(registration_error)?;

    let passkey = to_keep(ctx, user, begun.relying_party_id, made);
    let mut write = ctx.store().write().await?;
    if write.passkeys().count(&user.sub).await? >= passkeys::MOST {
        return Err(Error::PasskeyTooMany);
    }
    if !write.passkeys().insert(&passkey).await? {
        return Err(Error::PasskeyExists);
    }
    write.commit().await
}

/// A sign-in with a passkey that has begun.
pub struct BegunAssertion {
    /// `PublicKeyCredentialRequestOptionsJSON`.
    pub options: String,
    /// What the session has to remember until the answer comes.
    pub remembered: Value,
}

/// Begins a sign-in.
pub async fn begin_assertion(ctx: &Ctx, pool: &Pool, user: &User) -> Result<BegunAssertion> {
    let relying_party = relying_party(ctx, pool)
        .await?
        .ok_or(Error::PasskeysNotConfigured)?;
    let challenge = draw(ctx);
    let mut read = ctx.store().read().await?;
    let allowed = read
        .passkeys()
        .of_relying_party(&user.sub, &relying_party)
        .await?;
    let options = passkeys::request_options(
        &relying_party,
        &challenge,
        &allowed,
        passkeys::verifies_user(pool),
    );
    let remembered = serde_json::to_value(PendingAssertion {
        challenge,
        relying_party,
    })?;
    Ok(BegunAssertion {
        options: serde_json::to_string(&options)?,
        remembered,
    })
}

/// Checks the answer (`AuthenticationResponseJSON`) to what the session remembers, and counts the
/// use; gives what kind of passkey it was. Whatever is wrong, the answer is the same.
pub async fn verify_assertion(
    ctx: &Ctx,
    pool: &Pool,
    user: &User,
    remembered: &Value,
    credential: &str,
) -> Result<Method> {
    let asked = PendingAssertion::deserialize(remembered)?;
    let assertion = Assertion::read(credential).map_err(assertion_error)?;
    let kept = ctx
        .store()
        .read()
        .await?
        .passkeys()
        .find(&pool.id, &assertion.id())
        .await?;
    let kept = kept
        .filter(|kept| kept.sub == user.sub && kept.relying_party_id == asked.relying_party)
        .ok_or_else(|| refused("the user has no such passkey"))?;
    let before = CredentialState {
        sign_count: kept.sign_count,
        user_verified: kept.user_verified,
        backup: kept.backup,
    };
    let after = assertion
        .verify(
            &Ceremony {
                relying_party: &asked.relying_party,
                challenge: decoded(&asked.challenge)?,
                handle: handle(user)?,
                verifies_user: passkeys::verifies_user(pool),
                allows_origin: passkeys::allows_origin,
            },
            &kept.public_key,
            before,
        )
        .map_err(assertion_error)?;
    let method = method(&kept);
    if after == before {
        return Ok(method);
    }
    let used = Passkey {
        sign_count: after.sign_count,
        backup: after.backup,
        ..kept
    };
    let mut write = ctx.store().write().await?;
    if !write.passkeys().note_use(&used).await? {
        return Err(refused("the passkey was used or deleted meanwhile"));
    }
    write.commit().await?;
    Ok(method)
}

/// The method that its use proves. (unsure) How the service tells the two apart is not documented;
/// here it is what the browser said when the passkey was registered.
fn method(passkey: &Passkey) -> Method {
    match passkey.attachment.as_deref() {
        Some("cross-platform") => Method::HardwareKey,
        _ => Method::SoftwareKey,
    }
}

/// Whether the user can sign in with a passkey under the pool's present settings.
pub async fn has_passkey(ctx: &Ctx, pool: &Pool, sub: &str) -> Result<bool> {
    let Some(relying_party) = relying_party(ctx, pool).await? else {
        return Ok(false);
    };
    let mut read = ctx.store().read().await?;
    let passkeys = read
        .passkeys()
        .of_relying_party(sub, &relying_party)
        .await?;
    Ok(!passkeys.is_empty())
}

/// The relying party that the pool's passkeys are for. None for a pool that has neither configured
/// one nor a domain.
pub async fn relying_party(ctx: &Ctx, pool: &Pool) -> Result<Option<String>> {
    if let Some(configured) = passkeys::configured_relying_party(pool) {
        return Ok(Some(configured));
    }
    let domains = ctx
        .store()
        .read()
        .await?
        .domains()
        .of_pool(&pool.id)
        .await?;
    Ok(passkeys::default_relying_party(&domains))
}

/// Takes the challenge that a registration answers out of the store, so that there is no second
/// attempt.
async fn take_challenge(
    ctx: &Ctx,
    client: &Client,
    user: &User,
    challenge: &str,
) -> Result<PasskeyChallenge> {
    let mut write = ctx.store().write().await?;
    let begun = write
        .passkeys()
        .find_challenge(challenge)
        .await?
        .filter(|begun| begun.sub == user.sub && begun.expires_at > ctx.now)
        .ok_or(Error::PasskeyChallengeNotFound)?;
    if begun.client_id != client.id {
        return Err(Error::PasskeyOtherClient);
    }
    write.passkeys().delete_challenge(challenge).await?;
    write.commit().await?;
    Ok(begun)
}

fn to_keep(ctx: &Ctx, user: &User, relying_party_id: String, made: Made) -> Passkey {
    Passkey {
        pool_id: user.pool_id.clone(),
        id: made.id,
        sub: user.sub.clone(),
        relying_party_id,
        name: passkeys::friendly_name(made.aaguid, made.attachment.as_deref()),
        attachment: made.attachment,
        transports: made.transports,
        public_key: made.public_key,
        sign_count: made.state.sign_count,
        user_verified: made.state.user_verified,
        backup: made.state.backup,
        created_at: ctx.now,
    }
}

fn draw(ctx: &Ctx) -> String {
    URL_SAFE_NO_PAD.encode(ctx.bytes::<CHALLENGE>())
}

fn decoded(challenge: &str) -> Result<[u8; CHALLENGE]> {
    let bytes = URL_SAFE_NO_PAD.decode(challenge).unwrap_or_default();
    bytes
        .try_into()
        .map_err(|_| refused("the session remembers no challenge"))
}

fn handle(user: &User) -> Result<[u8; HANDLE]> {
    Ok(passkeys::user_handle(user)
        .ok_or_else(|| anyhow::anyhow!("the sub of a user is not a UUID"))?)
}

fn registration_error(fault: Fault) -> Error {
    tracing::info!(reason = fault.reason(), "a passkey was not registered");
    match fault {
        Fault::Malformed(_) => Error::PasskeyMalformed,
        Fault::Origin(_) => Error::PasskeyOriginNotAllowed,
        Fault::RelyingParty(_) => Error::PasskeyOtherRelyingParty,
        Fault::Refused(_) => Error::PasskeyNotSupported,
    }
}

fn assertion_error(fault: Fault) -> Error {
    refused(fault.reason())
}

/// (unsure) The service's words for it. The log has the reason.
fn refused(reason: &str) -> Error {
    tracing::info!(reason, "a sign-in with a passkey was refused");
    Error::BadCredentials
}
