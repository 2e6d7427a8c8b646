//! What the endpoints for programs have in common: a form, and a client that proves who it is by
//! `client_secret_basic` or `client_secret_post` (RFC 6749 §2.3.1), and how clients are found.

use std::collections::HashMap;
use std::sync::Arc;

use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::error::OAuthError;
use crate::app::Ctx;
use crate::error::Error;
use crate::flows::{authenticate_client, client_documents};
use crate::http::body::is_of_type;
use crate::http::hosts::{self, Host};
use crate::store::{Client, Pool};

/// A form's parameters; each at most once (RFC 6749 §3.2).
pub(super) struct OAuthForm<'a> {
    ctx: &'a Ctx,
    values: HashMap<String, String>,
}

impl<'a> OAuthForm<'a> {
    pub fn read(ctx: &'a Ctx, headers: &HeaderMap, body: &[u8]) -> Result<Self, OAuthError> {
        if !is_of_type(headers, "application/x-www-form-urlencoded")
            || std::str::from_utf8(body).is_err()
        {
            ctx.note_reason("the body is no application/x-www-form-urlencoded");
            return Err(OAuthError::InvalidRequest);
        }
        let mut values = HashMap::new();
        for (name, value) in form_urlencoded::parse(body) {
            if values
                .insert(name.into_owned(), value.into_owned())
                .is_some()
            {
                ctx.note_reason("a parameter comes twice");
                return Err(OAuthError::InvalidRequest);
            }
        }
        Ok(Self { ctx, values })
    }

    /// A value; an empty one is as good as none.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// A value that must be there.
    pub fn require(&self, name: &str) -> Result<&str, OAuthError> {
        self.get(name).ok_or_else(|| {
            self.ctx
                .note_reason(format!("the parameter {name} is missing"));
            OAuthError::InvalidRequest
        })
    }
}

/// A client's id may be this long to be repeated in the log when nobody knows it: a secret that
/// stands in its place is longer.
const LONGEST_SHOWN_ID: usize = 40;

/// Who asks: the client of the `Authorization` header or of the body, with its secret. The two may
/// not disagree, and at a pool's own host only that pool's clients are known.
pub(super) async fn authenticate(
    ctx: &Ctx,
    headers: &HeaderMap,
    form: &OAuthForm<'_>,
) -> Result<(Arc<Pool>, Arc<Client>), OAuthError> {
    let (body_id, body_secret) = (form.get("client_id"), form.get("client_secret"));
    let basic = match headers.get(header::AUTHORIZATION) {
        None => None,
        Some(value) => match basic(value.as_bytes()) {
            Some(basic) => Some(basic),
            None => {
                let reason = "the Authorization header is not Basic with a client's id and secret";
                return Err(refuse_unseen(ctx, body_id, reason).await);
            }
        },
    };
    let (id, secret) = match &basic {
        Some((id, _)) if body_id.is_some_and(|other| other != id) => {
            let reason = "the Authorization header and client_id name different clients";
            return Err(refuse_unseen(ctx, Some(id.as_str()), reason).await);
        }
        Some((id, _)) if body_secret.is_some() => {
            let reason = "the client's secret is in the Authorization header and in the body";
            return Err(refuse_unseen(ctx, Some(id.as_str()), reason).await);
        }
        Some((id, secret)) => (id.as_str(), Some(secret.as_str())),
        None => (form.require("client_id")?, body_secret),
    };
    let refused = |reason: &str, why: String| {
        ctx.note_reason(reason);
        ctx.note_why(why);
        OAuthError::InvalidClient
    };
    let named = named_client(ctx, headers, id).await;
    let (pool, client) = named.map_err(|error| match error {
        Error::ClientNotFound { .. } | Error::ClientDocumentUnusable { .. } => {
            note_unknown(ctx, id);
            let why = format!(
                "There is no app client {} in any user pool here.",
                shown(id)
            );
            refused("there is no such client", why)
        }
        other => internal(&other),
    })?;
    ctx.note_client(&client.id);
    let is_here = hosts::serves(ctx, headers, &pool)
        .await
        .map_err(|error| internal(&error))?;
    if !is_here {
        let why = format!(
            "The app client {id} is of the user pool {}, and the request came to another pool's \
             domain.",
            pool.id
        );
        let reason = "the client is of another pool than the host's";
        return Err(refused(reason, why));
    }
    if !authenticate_client::is_secret(&client, secret) {
        let how = if basic.is_some() {
            "the Authorization header has"
        } else {
            "the form has"
        };
        return Err(match secret {
            None => refused(
                "the client has a secret, which is missing",
                format!(
                    "The app client {id} has a secret, and the request has none: Authorization: \
                     Basic with the client id and the secret, or client_secret in the form."
                ),
            ),
            Some(_) if client.secrets.is_empty() => refused(
                "the client has no secret, but one is given",
                format!(
                    "The app client {id} has no secret, and {how} one; a public client sends its \
                     client_id only."
                ),
            ),
            Some(_) => refused(
                "the client's secret is wrong",
                format!("The secret that {how} is none of the secrets of the app client {id}."),
            ),
        });
    }
    Ok((pool, client))
}

/// Refuses a request before its client was looked at. The log is told all the same which client,
/// and so which pool, it means.
async fn refuse_unseen(ctx: &Ctx, id: Option<&str>, reason: &str) -> OAuthError {
    // One that is known notes itself.
    if let Some(id) = id
        && ctx.client(id).await.is_err()
    {
        note_unknown(ctx, id);
    }
    ctx.note_reason(reason);
    OAuthError::InvalidClient
}

/// A client's id as it may be repeated: a secret that stands in its place is longer.
fn shown(id: &str) -> &str {
    if id.len() <= LONGEST_SHOWN_ID {
        id
    } else {
        "of this id"
    }
}

fn note_unknown(ctx: &Ctx, id: &str) {
    if id.len() <= LONGEST_SHOWN_ID {
        ctx.note_client(id);
    }
}

/// The client that names itself so: by the id of an app client, or by the URL of its metadata
/// document, which says more of the client than of its pool.
pub(super) async fn named_client(
    ctx: &Ctx,
    headers: &HeaderMap,
    id: &str,
) -> Result<(Arc<Pool>, Arc<Client>), Error> {
    if !client_documents::is_url(id) {
        return ctx.client(id).await;
    }
    match hosts::host(ctx, headers).await? {
        Host::Shared => client_documents::client(ctx, None, id).await,
        Host::Of(pool) => client_documents::client(ctx, Some(&pool), id).await,
        Host::Nobodys => Err(Error::ClientNotFound { id: id.to_owned() }),
    }
}

/// Client id and secret of `Basic …` (RFC 7617). (unsure) RFC 6749 §2.3.1 wants both form-encoded;
/// ids and secrets made by the service have no character that this would change.
pub fn basic(authorization: &[u8]) -> Option<(String, String)> {
    let (scheme, credentials) = std::str::from_utf8(authorization).ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(credentials.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}

/// Something that is no fault of the client: the cause goes to the log.
pub(super) fn internal(error: &Error) -> OAuthError {
    tracing::error!(?error, "an OAuth endpoint");
    OAuthError::ServerError
}
