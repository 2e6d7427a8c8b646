//! Which pool's domain a request was sent to: by its `Host`, where that is a pool's, and by
//! `client_id` alone everywhere else.
//!
//! Not here: which hosts may use `/_mocknito/` (`guard.rs`), which names a domain may have
//! (`domain::domains`).

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderName, Uri, header};

use crate::app::{App, Ctx};
use crate::error::Result;
use crate::store::Pool;

/// Set by `listen.rs` on every request that came by TLS and removed from every other one: nobody
/// else can say so.
pub const BY_TLS: HeaderName = HeaderName::from_static("x-mocknito-by-tls");

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
    owner(&ctx.app, name(headers).unwrap_or_default()).await
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
    let (domain, region) = match pool_prefix(&name) {
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

/// `<prefix>.auth.localhost`, or `<prefix>.auth.<region>.amazoncognito.com` for those who send
/// AWS's names here.
fn pool_prefix(name: &str) -> Option<(&str, Option<&str>)> {
    let (prefix, rest) = name.split_once(".auth.")?;
    if prefix.is_empty() || prefix.contains('.') {
        return None;
    }
    if rest == "localhost" {
        return Some((prefix, None));
    }
    let region = rest.strip_suffix(".amazoncognito.com")?;
    (!region.contains('.')).then_some((prefix, Some(region)))
}

/// The host name that the request was sent to, without its port.
pub fn name(headers: &HeaderMap) -> Option<&str> {
    Some(without_port(authority(headers)?))
}

/// The host as the browser knows it: name and port.
pub fn authority(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::HOST)?.to_str().ok()
}

/// Whether the request came by TLS.
pub fn by_tls(headers: &HeaderMap) -> bool {
    headers.contains_key(BY_TLS)
}

/// Where the browser reached the server: `https://demo.auth.localhost:9339`.
pub fn origin(ctx: &Ctx, headers: &HeaderMap) -> String {
    let scheme = if by_tls(headers) { "https" } else { "http" };
    match authority(headers).filter(|authority| is_authority(authority)) {
        Some(authority) => format!("{scheme}://{authority}"),
        None => ctx.app.settings.public_url.clone(),
    }
}

fn is_authority(text: &str) -> bool {
    text.parse::<Uri>()
        .is_ok_and(|uri| uri.authority().is_some_and(|one| one.as_str() == text))
        && !text.contains('@')
}

/// `[::1]:9339` → `::1`, `localhost:9339` → `localhost`.
pub fn without_port(authority: &str) -> &str {
    if let Some((address, _)) = authority
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
    {
        return address;
    }
    authority
        .split_once(':')
        .map_or(authority, |(host, _)| host)
}

/// Whether no stranger can make this name point here: it has no dot, as containers' names, or ends
/// in one of the names that the public DNS will never have (RFC 6761, RFC 6762; `internal` by
/// ICANN's resolution of 2024: `host.docker.internal`).
pub fn is_never_public(host: &str) -> bool {
    const RESERVED: [&str; 4] = ["internal", "local", "localhost", "test"];
    match host.rsplit_once('.') {
        None => !host.is_empty(),
        Some((_, last)) => RESERVED.iter().any(|name| last.eq_ignore_ascii_case(name)),
    }
}

/// This machine itself (RFC 6761 §6.3: the name and everything below it).
pub fn is_loopback(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    host == "localhost"
        || host.ends_with(".localhost")
        || host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// The host name in a URL.
pub fn host_of_url(url: &str) -> Option<&str> {
    let rest = url
        .strip_prefix("http://")
        .or_else(|| url.strip_prefix("https://"))?;
    Some(without_port(rest.split('/').next().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pools_prefix_is_the_one_label_before_auth() {
        assert_eq!(pool_prefix("demo.auth.localhost"), Some(("demo", None)));
        assert_eq!(
            pool_prefix("demo.auth.eu-west-1.amazoncognito.com"),
            Some(("demo", Some("eu-west-1")))
        );
        for other in [
            "localhost",
            "auth.localhost",
            ".auth.localhost",
            "a.b.auth.localhost",
            "demo.auth.localhost.evil.example",
            "demo.auth.amazoncognito.com",
            "demo.auth.x.y.amazoncognito.com",
            "demo.auth.example.com",
        ] {
            assert_eq!(pool_prefix(other), None, "{other}");
        }
    }
}
