//! Authenticates an app client: by SECRET_HASH at the API, by the secret itself elsewhere.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::error::{Error, Result};
use crate::store::Client;

/// Checks a SECRET_HASH, Base64(HMAC-SHA256(client secret, user name + client id)). If the client
/// has two secrets, either one will do.
pub fn check_secret_hash(client: &Client, username: &str, hash: Option<&str>) -> Result<()> {
    let id = || client.id.clone();
    match hash {
        None if client.secrets.is_empty() => Ok(()),
        None => Err(Error::SecretHashMissing { client: id() }),
        // (unsure) The wording comes from field reports.
        Some(_) if client.secrets.is_empty() => Err(Error::SecretHashUnexpected { client: id() }),
        Some(hash) if is_secret_hash(client, username, hash) => Ok(()),
        Some(_) => Err(Error::SecretHashWrong { client: id() }),
    }
}

/// Whether this is the hash of the user name under one of the client's secrets.
pub fn is_secret_hash(client: &Client, username: &str, hash: &str) -> bool {
    let Ok(given) = STANDARD.decode(hash) else {
        return false;
    };
    client.secrets.iter().any(|secret| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.value.as_bytes());
        hmac::verify(&key, format!("{username}{}", client.id).as_bytes(), &given).is_ok()
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
