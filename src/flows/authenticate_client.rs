//! Authenticates an app client: by SECRET_HASH at the API, by the secret itself elsewhere.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::app::Ctx;
use crate::error::{Error, Result};
use crate::store::Client;

/// Checks a SECRET_HASH, Base64(HMAC-SHA256(client secret, user name + client id)). If the client
/// has two secrets, either one will do.
pub fn check_secret_hash(
    ctx: &Ctx,
    client: &Client,
    username: &str,
    hash: Option<&str>,
) -> Result<()> {
    let id = || client.id.clone();
    match hash {
        None if client.secrets.is_empty() => Ok(()),
        None => Err(Error::SecretHashMissing { client: id() }),
        // (unsure) The wording comes from field reports.
        Some(_) if client.secrets.is_empty() => Err(Error::SecretHashUnexpected { client: id() }),
        Some(hash) if is_secret_hash(client, username, hash) => Ok(()),
        Some(hash) => {
            let refusal = Error::SecretHashWrong { client: id() };
            Err(ctx.explain(refusal, why(client, username, hash)))
        }
    }
}

/// For the developer: what the hash is of, if that is one of the usual mistakes.
fn why(client: &Client, username: &str, hash: &str) -> String {
    let id = client.id.as_str();
    let Ok(given) = STANDARD.decode(hash) else {
        return "SECRET_HASH is no text in base64; it is the base64 of HMAC-SHA256, and not its hex."
            .to_owned();
    };
    if given.len() != hmac::HMAC_SHA256.digest_algorithm().output_len() {
        return format!(
            "SECRET_HASH has {} bytes, and HMAC-SHA256 gives 32: it is the base64 of the bytes, \
             not of their hex.",
            given.len()
        );
    }
    let is_of = |message: &str| is_hash_of(client, message, &given);
    if is_of(&format!("{id}{username}")) {
        return "SECRET_HASH is of the client id followed by the user name; it is to be of the \
                user name followed by the client id."
            .to_owned();
    }
    if is_of(username) || is_of(id) {
        return "SECRET_HASH is of one of the user name and the client id; it is to be of both, \
                the user name first."
            .to_owned();
    }
    let first = username.chars().next().into_iter();
    let capital: String = first
        .flat_map(char::to_uppercase)
        .chain(username.chars().skip(1))
        .collect();
    let others = [
        username.to_lowercase(),
        username.to_uppercase(),
        capital,
        username.trim().to_owned(),
        String::new(),
    ];
    if let Some(other) = others.iter().find(|name| is_of(&format!("{name}{id}"))) {
        return format!(
            "SECRET_HASH is that of \"{other}\"; it is to be of the user name as the request has \
             it, \"{username}\"."
        );
    }
    format!(
        "SECRET_HASH is not that of \"{username}\" and the client {id} by a secret of this client: \
         the base64 of HMAC-SHA256 with the secret as the key, over the user name as the request \
         has it followed by the client id."
    )
}

/// Whether this is the hash of the user name under one of the client's secrets.
pub fn is_secret_hash(client: &Client, username: &str, hash: &str) -> bool {
    let Ok(given) = STANDARD.decode(hash) else {
        return false;
    };
    is_hash_of(client, &format!("{username}{}", client.id), &given)
}

/// Whether this is the hash of the message under one of the client's secrets.
fn is_hash_of(client: &Client, message: &str, given: &[u8]) -> bool {
    client.secrets.iter().any(|secret| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.value.as_bytes());
        hmac::verify(&key, message.as_bytes(), given).is_ok()
    })
}

/// Whether the secret is the client's, compared in constant time. For a public client no secret may
/// be given.
pub fn is_secret(client: &Client, secret: Option<&str>) -> bool {
    match secret {
        None => client.secrets.is_empty(),
        Some(given) => client
            .secrets
            .iter()
            .any(|kept| verify_slices_are_equal(kept.value.as_bytes(), given.as_bytes()).is_ok()),
    }
}
