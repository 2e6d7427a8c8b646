//! Which pool's domain a request was sent to: by its `Host`, where that is a pool's, and by
//! `client_id` alone everywhere else.
//!
//! Not here: which host names are a stranger's (`crate::access`), which names a domain may have
//! (`domain::domains`).

use std::net::IpAddr;

use axum::http::{HeaderMap, header};

use super::request_head::RequestHead;
use crate::access::{self, authority_url};
use crate::app::{App, Ctx};
use crate::domain::domains::prefix_of_host;
use crate::error::Result;
use crate::store::Pool;

/// Whose endpoints are at a host name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// Any pool's: `client_id` says which.
    Shared,
    /// This pool's alone.
    Of(String),
    /// The name has the form of a pool's domain, but no pool has it.
    Nobodys,
}

/// Whose endpoints the request was sent to.
pub async fn host(ctx: &Ctx, headers: &HeaderMap) -> Result<Host> {
    owner(&ctx.app, &name(headers).unwrap_or_default()).await
}

/// Whether this pool's endpoints are at the host that the request was sent to.
pub async fn serves(ctx: &Ctx, headers: &HeaderMap, pool: &Pool) -> Result<bool> {
    Ok(match host(ctx, headers).await? {
        Host::Shared => true,
        Host::Of(owner) => owner == pool.id,
        Host::Nobodys => false,
    })
}

/// Whose endpoints are at this host name.
pub async fn owner(app: &App, name: &str) -> Result<Host> {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let (domain, region) = match prefix_of_host(&name) {
        Some((prefix, region)) => (prefix, region),
        None if name.ends_with(".auth.localhost") || name.ends_with(".amazoncognito.com") => {
            return Ok(Host::Nobodys);
        }
        // No pool can have them: custom domains lie below other names.
        None if !name.contains('.') || name.parse::<IpAddr>().is_ok() => return Ok(Host::Shared),
        None => (name.as_str(), None),
    };
    let is_prefix = domain.len() != name.len();
    let mut read = app.store.read().await?;
    // A name that says no Region means the server's own, where two pools share a prefix.
    let here = region.unwrap_or(&app.settings.region);
    let mut found = read.domains().find(domain, here).await?;
    if found.is_none() && region.is_none() {
        found = read.domains().find_anywhere(domain).await?;
    }
    drop(read);
    let Some(found) = found.filter(|found| found.custom != is_prefix) else {
        return Ok(if is_prefix {
            Host::Nobodys
        } else {
            Host::Shared
        });
    };
    let pool = app.store.pool(&found.pool_id).await?;
    Ok(match region {
        Some(region) if region != pool.region => Host::Nobodys,
        _ => Host::Of(pool.id.clone()),
    })
}

/// The host name that the request was sent to, without its port and without the brackets of an
/// IPv6 address.
pub fn name(headers: &HeaderMap) -> Option<String> {
    let url = authority_url(authority(headers)?)?;
    let name = url.host_str()?;
    Some(name.trim_matches(['[', ']']).to_owned())
}

/// The host as the browser knows it: name and port.
pub fn authority(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::HOST)?.to_str().ok()
}

/// Where the browser reached the server: `https://demo.auth.localhost:9339`.
pub fn origin(ctx: &Ctx, head: &RequestHead) -> String {
    let scheme = if head.by_tls { "https" } else { "http" };
    match authority(head).filter(|authority| authority_url(authority).is_some()) {
        Some(authority) => format!("{scheme}://{authority}"),
        None => ctx.app.address(),
    }
}

/// Whether the request was sent to this machine itself.
pub fn is_loopback(headers: &HeaderMap) -> bool {
    name(headers).is_some_and(|name| access::is_loopback(&name))
}
