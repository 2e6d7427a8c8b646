//! A user pool once more under new ids, with its clients, groups and users: a world of one's own
//! for each worker of a test run.
//!
//! What was set, and who is there, is copied. What happened is not: tokens, sessions, messages,
//! events, devices. Nor is what is bound to the original from outside: its domain, which is one
//! pool's, and passkeys. Not here: the rows (`store::pool_copies`), who asks
//! (`http::mocknito::copies`).

use std::collections::HashMap;

use crate::app::Ctx;
use crate::error::{Error, Result};
use crate::ids;
use crate::keys::Identity;
use crate::store::{Client, DirectoryCopy, KeyUse, Pool, RawDocument, Renamed, SealedToken, Write};

use super::software_tokens::Owner;
use super::{point_in_time_recovery, software_tokens};

/// The longest pool id of the API model.
const LONGEST_ID: usize = 55;

/// As many clients as a pool may have.
const MOST_CLIENTS: i64 = 1_000;

/// Documents that belong to the original and its keys.
const LEFT: [&str; 3] = ["signing_certificate", "encryption_certificate", "replica"];

/// A pool's copy.
pub struct CopiedPool {
    pub pool: Pool,
    /// Each with the id of the client that it is a copy of.
    pub clients: Vec<(String, Client)>,
    /// Whether the passwords that are there can be proved by SRP.
    pub by_srp: bool,
}

/// Why there is none.
pub enum CopyRefusal {
    Service(Error),
    /// The id is not one, or of another Region.
    IdMalformed,
    IdTaken,
}

impl<E: Into<Error>> From<E> for CopyRefusal {
    fn from(error: E) -> Self {
        Self::Service(error.into())
    }
}

/// Copies the pool; `wanted` is the copy's id.
pub async fn copy(
    ctx: &Ctx,
    original: &str,
    wanted: Option<&str>,
) -> Result<CopiedPool, CopyRefusal> {
    point_in_time_recovery::check_not_paused(ctx, original).await?;
    let mut write = ctx.store().write().await?;
    let found = write.pools().find(original).await?;
    let original = found.ok_or_else(|| Error::PoolNotFound {
        id: original.to_owned(),
    })?;
    let id = match wanted {
        Some(wanted) if is_id(wanted, &original.region) => wanted.to_owned(),
        Some(_) => return Err(CopyRefusal::IdMalformed),
        None => drawn_id(ctx, &original),
    };
    if write.pools().find(&id).await?.is_some() {
        return Err(CopyRefusal::IdTaken);
    }
    let pool = Pool {
        settings: renamed(&original.settings, &[(&original.id, &id)])?,
        created_at: ctx.now,
        updated_at: ctx.now,
        id,
        ..original.clone()
    };
    write.pools().insert(&pool).await?;
    copy_users(ctx, &mut write, &original, &pool).await?;
    let clients = copy_clients(ctx, &mut write, &original, &pool).await?;
    copy_documents(&mut write, &original, &pool, &clients).await?;
    // An id that had keys before a reset gets those again (docs/decisions/0117).
    let has_keys = !write
        .signing_keys()
        .list_remembered(&pool.id)
        .await?
        .is_empty();
    if !has_keys && let Some(pair) = ctx.app.keys.take_ahead() {
        for (key_use, pkcs8) in [
            (KeyUse::IdTokens, pair.id),
            (KeyUse::AccessTokens, pair.access),
        ] {
            let mut keys = write.signing_keys();
            keys.insert(&pool.id, key_use, &pkcs8, ctx.now).await?;
        }
    }
    write.commit().await?;
    let by_srp = pool_name(&pool.id) == pool_name(&original.id);
    Ok(CopiedPool {
        pool,
        clients,
        by_srp,
    })
}

fn pool_name(id: &str) -> &str {
    let named = Identity {
        pool_id: id,
        username: "",
    };
    named.pool_name()
}

/// Most clients read the name for SRP between the first two underscores, so the copy has the name
/// of the original there: by any other name no verifier would fit
/// (`docs/decisions/0118-copies-of-pools.md`).
fn drawn_id(ctx: &Ctx, original: &Pool) -> String {
    let region = original.id.split('_').next().unwrap_or_default();
    let suffix = ctx.draw(ids::copied_pool);
    format!("{region}_{}_{suffix}", pool_name(&original.id))
}

/// Whether a pool of this Region may have the id.
fn is_id(id: &str, region: &str) -> bool {
    let mut parts = id.split('_');
    let is_plain =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    id.len() <= LONGEST_ID
        && parts.next() == Some(region)
        && parts.clone().all(is_plain)
        && (1..=2).contains(&parts.count())
}

async fn copy_users(ctx: &Ctx, write: &mut Write<'_>, from: &Pool, to: &Pool) -> Result<()> {
    let subs = write.pool_copies().list_subs(&from.id).await?;
    let users: Vec<Renamed> = subs
        .into_iter()
        .map(|old| Renamed {
            old,
            new: ctx.draw(ids::sub),
        })
        .collect();
    let copy = DirectoryCopy {
        from: &from.id,
        to: &to.id,
        pool_name: pool_name(&from.id),
        users: &users,
    };
    write.pool_copies().copy_directory(&copy).await?;
    let subs: HashMap<&str, &str> = users
        .iter()
        .map(|user| (user.old.as_str(), user.new.as_str()))
        .collect();
    for token in write.pool_copies().list_software_tokens(&from.id).await? {
        let Some(&sub) = subs.get(token.sub.as_str()) else {
            continue;
        };
        let old = Owner {
            pool_id: &from.id,
            sub: &token.sub,
        };
        let new = Owner {
            pool_id: &to.id,
            sub,
        };
        let again = |sealed: Option<Vec<u8>>| {
            let seal = |sealed: Vec<u8>| software_tokens::seal_again(ctx, old, new, &sealed);
            sealed.map(seal).transpose()
        };
        let copy = SealedToken {
            sub: sub.to_owned(),
            secret: again(token.secret)?,
            pending: again(token.pending)?,
        };
        write.pool_copies().update_software_token(&copy).await?;
    }
    Ok(())
}

/// The clients under new ids. Their secrets stay, so that an application's configuration has one
/// value to change.
async fn copy_clients(
    ctx: &Ctx,
    write: &mut Write<'_>,
    from: &Pool,
    to: &Pool,
) -> Result<Vec<(String, Client)>> {
    let listed = write
        .clients()
        .list(&from.id, None, None, MOST_CLIENTS)
        .await?;
    let mut copied = Vec::with_capacity(listed.len());
    for listed in listed {
        let Some(client) = write.clients().find(&listed.id).await? else {
            continue;
        };
        let id = ctx.draw(ids::client);
        let mut copy = Client {
            id: id.clone(),
            pool_id: to.id.clone(),
            settings: renamed(&client.settings, &[(&from.id, &to.id), (&client.id, &id)])?,
            // What Secrets Manager keeps is the original's.
            secret_arn: None,
            ..client
        };
        for secret in &mut copy.secrets {
            secret.id = secret.id.replace(&listed.id, &id);
        }
        write.clients().insert(&copy).await?;
        copied.push((listed.id, copy));
    }
    Ok(copied)
}

async fn copy_documents(
    write: &mut Write<'_>,
    from: &Pool,
    to: &Pool,
    clients: &[(String, Client)],
) -> Result<()> {
    let mut names: Vec<(&str, &str)> = vec![(&from.id, &to.id)];
    names.extend(
        clients
            .iter()
            .map(|(old, client)| (old.as_str(), client.id.as_str())),
    );
    let rename = |text: &str| with_new_names(text, &names);
    for document in write.pool_copies().list_documents(&from.id).await? {
        if LEFT.contains(&document.kind.as_str()) {
            continue;
        }
        let copy = RawDocument {
            key: rename(&document.key),
            client_id: document.client_id.as_deref().map(rename),
            document: rename(&document.document),
            ..document
        };
        write.pool_copies().insert_document(&to.id, &copy).await?;
    }
    Ok(())
}

/// Settings that name these ids, with the others in their place.
fn renamed<T>(settings: &T, names: &[(&str, &str)]) -> Result<T>
where
    T: serde::Serialize + serde::de::DeserializeOwned,
{
    let text = with_new_names(&serde_json::to_string(settings)?, names);
    Ok(serde_json::from_str(&text)?)
}

/// A text that names these ids, likewise.
fn with_new_names(text: &str, names: &[(&str, &str)]) -> String {
    names
        .iter()
        .fold(text.to_owned(), |text, (old, new)| text.replace(old, new))
}
