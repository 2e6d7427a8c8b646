//! Clients that are known by the URL of their metadata document: from the URL to the app client as
//! which they act.
//!
//! A URL that no policy's pattern matches is not fetched: strangers choose it. Not here: what a
//! document must say (`domain::client_documents`), the policies (`operations::cimd_policies`).

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::app::Ctx;
use crate::domain::client_documents::{
    self, LARGEST_DOCUMENT, MOST_DOCUMENTS, MetadataUrl, cache_seconds,
};
use crate::error::{Error, Result};
use crate::store::{CachedDocument, CimdPolicy, Client, Pool, PublishedClient};
use crate::wire::user_pools::UserPoolClientType;

/// How many documents are fetched at a time, of all pools: whoever asks for many waits.
static FETCHES: Semaphore = Semaphore::const_new(8);

/// And for how long: whoever publishes slowly must not keep everybody else's clients out.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Whether this can only be the URL of a document: the ids of app clients have no colon.
pub fn is_url(client_id: &str) -> bool {
    client_id.contains("://")
}

/// Whether clients of the pool may be known by a URL.
pub async fn are_known(ctx: &Ctx, pool: &Pool) -> Result<bool> {
    let policies = policies(ctx).await?;
    Ok(allows(pool) && policies.iter().any(|policy| policy.pool_id == pool.id))
}

/// The client that is known by this URL, of this pool if it is known which one was asked. Where
/// pools share a host the URL says it: it is a client's only if it matches policies of one app
/// client.
pub async fn client(
    ctx: &Ctx,
    pool: Option<&str>,
    client_id: &str,
) -> Result<(Arc<Pool>, Arc<Client>)> {
    let unknown = || Error::ClientNotFound {
        id: client_id.to_owned(),
    };
    let url = MetadataUrl::parse(client_id).ok_or_else(unknown)?;
    let (pool, app_client, policy) = matched(ctx, pool, &url).await?.ok_or_else(unknown)?;
    ctx.note_pool(&pool.id);
    let published = match kept(ctx, &policy, &url).await? {
        Some(published) => published,
        None => fetch(ctx, &policy, &url).await?,
    };
    let client = known_by(&app_client, &url, published);
    Ok((pool, Arc::new(client)))
}

/// Fetches the document and keeps it, whatever was kept before.
pub async fn fetch(ctx: &Ctx, policy: &CimdPolicy, url: &MetadataUrl) -> Result<PublishedClient> {
    let unusable = |why: &str| {
        let (policy, url) = (&policy.id, url.as_str());
        tracing::warn!(
            policy,
            url,
            "a client's metadata document is of no use: {why}"
        );
        Error::ClientDocumentUnusable {
            url: url.to_owned(),
        }
    };
    let answer = {
        let turn = tokio::time::timeout(LONGEST_WAIT, FETCHES.acquire()).await;
        let _one_of_few = turn.map_err(|_| unusable("too many are being fetched"))?;
        let http_client = &ctx.app.http_client;
        http_client.document(url.as_str(), LARGEST_DOCUMENT).await
    };
    let document = answer.map_err(|no_answer| unusable(&no_answer.to_string()))?;
    if document.status != 200 {
        return Err(unusable(&format!("its status is {}", document.status)));
    }
    if !document.is_json() {
        return Err(unusable("its Content-Type is not JSON"));
    }
    let client = client_documents::read(url, &document.body).map_err(unusable)?;
    let seconds = cache_seconds(document.cache_control.as_deref(), policy.cache_seconds);
    let seconds = u64::try_from(seconds).unwrap_or(0);
    let kept = CachedDocument {
        policy_id: policy.id.clone(),
        url: url.as_str().to_owned(),
        client: client.clone(),
        cached_at: ctx.now,
        expires_at: ctx.now.plus(Duration::from_secs(seconds)),
    };
    let mut write = ctx.store().write().await?;
    write.client_documents().put(&kept, MOST_DOCUMENTS).await?;
    write.commit().await?;
    Ok(client)
}

/// What is kept of the document, if it still counts. Of a time to come nothing is: the clock was
/// moved back.
async fn kept(
    ctx: &Ctx,
    policy: &CimdPolicy,
    url: &MetadataUrl,
) -> Result<Option<PublishedClient>> {
    let mut read = ctx.store().read().await?;
    let found = read
        .client_documents()
        .find(&policy.id, url.as_str())
        .await?;
    let counts = |one: &CachedDocument| one.cached_at <= ctx.now && ctx.now < one.expires_at;
    Ok(found.filter(counts).map(|one| one.client))
}

/// The one app client whose policies the URL matches, with the oldest of them.
async fn matched(
    ctx: &Ctx,
    pool: Option<&str>,
    url: &MetadataUrl,
) -> Result<Option<(Arc<Pool>, Arc<Client>, CimdPolicy)>> {
    let mut found: Option<(Arc<Pool>, Arc<Client>, CimdPolicy)> = None;
    for policy in policies(ctx).await?.iter() {
        let is_asked = pool.is_none_or(|pool| policy.pool_id == pool);
        let Some(client_id) = policy.client_id.as_deref().filter(|_| is_asked) else {
            continue;
        };
        if !policy.url_patterns.iter().any(|one| url.matches(one)) {
            continue;
        }
        let pool = ctx.store().pool(&policy.pool_id).await?;
        if !allows(&pool) {
            continue;
        }
        match &found {
            Some((_, client, _)) if client.id == client_id => {}
            Some((_, client, other)) => {
                tracing::warn!(
                    url = url.as_str(),
                    clients = ?[&client.id, client_id],
                    policies = ?[&other.id, &policy.id],
                    "a client's URL matches policies of two app clients, so it is nobody's"
                );
                return Ok(None);
            }
            None => {
                let client = ctx.store().client(client_id).await?;
                found = Some((pool, client, policy.clone()));
            }
        }
    }
    Ok(found)
}

/// All policies that let somebody in.
async fn policies(ctx: &Ctx) -> Result<Arc<Vec<CimdPolicy>>> {
    let load = async || {
        ctx.store()
            .read()
            .await?
            .cimd_policies()
            .all_of_clients()
            .await
    };
    ctx.store().remember("CIMD policies", load).await
}

/// A pool may have come to a smaller plan since.
fn allows(pool: &Pool) -> bool {
    pool.require_essentials(FEATURE).is_ok()
}

/// What a plan may lack.
pub const FEATURE: &str = "Client ID Metadata Documents";

/// The app client as it is for this URL: public, with the document's redirect URIs, and with the
/// grants that both have. (unsure) Scopes are the app client's, and so is the id in tokens.
fn known_by(app_client: &Client, url: &MetadataUrl, published: PublishedClient) -> Client {
    let flows = app_client.settings.allowed_oauth_flows.iter().flatten();
    let flows = flows.filter(|flow| published.flows.contains(flow)).copied();
    Client {
        secrets: Vec::new(),
        metadata_url: Some(url.as_str().to_owned()),
        settings: UserPoolClientType {
            allowed_oauth_flows: Some(flows.collect()),
            callback_urls: Some(published.redirect_uris),
            default_redirect_uri: None,
            ..app_client.settings.clone()
        },
        ..app_client.clone()
    }
}
