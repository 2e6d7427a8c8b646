//! Whose a host name and an origin are: this machine's and the operator's, or a stranger's.
//!
//! A web page that is open in somebody's browser can make it send requests here. It is told apart
//! by its `Origin`; and where it hides behind a name that it made point here (DNS rebinding), by
//! the `Host` that it had to call. Not here: what is refused to strangers (`http::foreign_pages`,
//! `http::mocknito::guard`).

use std::collections::HashMap;
use std::net::{IpAddr, UdpSocket};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use url::{Host, Url};

/// How long an answer of the container's resolver counts, how long it may take, and how many are
/// kept.
const REMEMBERED: Duration = Duration::from_secs(60);
const RESOLVED_WITHIN: Duration = Duration::from_secs(2);
const MOST_REMEMBERED: usize = 64;

/// The names that the public DNS will never have (RFC 6761; `internal` by ICANN's resolution of
/// 2024: `host.docker.internal`). Not `local` (RFC 6762): anybody in the same network answers for
/// such a name.
const NEVER_PUBLIC: [&str; 3] = ["internal", "localhost", "test"];

/// The host of AWS's issuer of identity pools' OpenID tokens.
pub const OPENID_HOST: &str = "cognito-identity.amazonaws.com";

/// Who may use what strangers may not.
#[derive(Debug, Default)]
pub struct Access {
    public: Option<Url>,
    /// As the operator gave them: `https://app.example.com`.
    origins: Vec<String>,
    /// In lower case: `mocknito.example.com`, `*.svc.cluster.local`.
    hosts: Vec<String>,
    /// Whether AWS's own names lead here.
    has_aws_names: bool,
    /// What a container's own network calls it. None outside of containers.
    container: Option<Container>,
}

impl Access {
    /// `has_aws_names` says that AWS's own names lead here: the operator has chosen its issuer.
    pub fn new(
        public_url: &str,
        has_aws_names: bool,
        allow_origins: &[String],
        allow_hosts: &[String],
    ) -> Self {
        Self {
            public: Url::parse(public_url).ok(),
            origins: allow_origins.to_vec(),
            hosts: allow_hosts.iter().map(|host| normal(host)).collect(),
            has_aws_names,
            container: Container::around(),
        }
    }

    /// The host of the public URL, an IPv6 address without its brackets.
    pub fn public_host(&self) -> String {
        let host = self.public.as_ref().and_then(Url::host_str);
        host.unwrap_or_default().trim_matches(['[', ']']).to_owned()
    }

    /// Whether this `Host` can only be this server: no stranger can make the name point here.
    pub async fn is_our_host(&self, authority: &str) -> bool {
        let Some(url) = authority_url(authority) else {
            return false;
        };
        let name = match url.host() {
            Some(Host::Domain(name)) => normal(name),
            // Nobody can make an address point elsewhere.
            Some(_) => return true,
            None => return false,
        };
        let is_public = self.public.as_ref().and_then(Url::host_str) == Some(name.as_str());
        if is_public || is_never_public(&name) || self.is_allowed(&name) {
            return true;
        }
        if self.has_aws_names && is_aws(&name) {
            return true;
        }
        match &self.container {
            Some(container) if is_of_a_local_network(&name) => container.is_called(&name).await,
            _ => false,
        }
    }

    /// What addresses begin with for who sent a request to this authority:
    /// `http://localhost:32768`. None for a name that is not ours, which must come into no token
    /// and no mail.
    ///
    /// A name below `localhost` counts as `localhost`: it is a pool's domain or an API's, at which
    /// the documents of issuers are not looked for. AWS's names stand for none either: where they
    /// lead here, issuers have them by themselves.
    pub async fn address(&self, authority: &str, by_tls: bool) -> Option<String> {
        authority_url(authority)?;
        let scheme = if by_tls { "https" } else { "http" };
        let mut url = Url::parse(&format!("{scheme}://{authority}/")).ok()?;
        if let Some(Host::Domain(name)) = url.host() {
            let name = normal(name);
            let is_below_localhost = name.ends_with(".localhost");
            let name = if is_below_localhost {
                "localhost"
            } else {
                &name
            };
            url.set_host(Some(name)).ok()?;
        }
        let is_ours = self.may_stand_in_addresses(&url)
            || match (&self.container, url.host()) {
                (Some(container), Some(Host::Domain(name))) if is_of_a_local_network(name) => {
                    container.is_called(name).await
                }
                _ => false,
            };
        is_ours.then(|| url.origin().ascii_serialization())
    }

    /// Whether [`Access::address`] makes such an address. What a container's network calls it is
    /// known once somebody has called it so.
    pub fn is_address(&self, address: &str) -> bool {
        let Some(url) = origin_url(address) else {
            return false;
        };
        let is_below_localhost =
            matches!(url.host(), Some(Host::Domain(name)) if name.ends_with(".localhost"));
        if is_below_localhost {
            return false;
        }
        self.may_stand_in_addresses(&url)
            || match (&self.container, url.host()) {
                (Some(container), Some(Host::Domain(name))) => container.was_called(name),
                _ => false,
            }
    }

    /// Whoever calls by a program says as host what they like, so an address counts only where it
    /// is in a network of one's own, or this machine's.
    fn may_stand_in_addresses(&self, url: &Url) -> bool {
        let is_near = |address: IpAddr| {
            let address = address.to_canonical();
            address.is_loopback() || is_private(&address) || is_of_this_machine(address)
        };
        match url.host() {
            Some(Host::Domain(name)) => {
                // A URL may have more in its host than names are made of.
                let is_of_names = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
                if !name.chars().all(is_of_names) {
                    return false;
                }
                let is_public = self.public.as_ref().and_then(Url::host_str) == Some(name);
                is_public || is_never_public(name) || self.is_allowed(name)
            }
            Some(Host::Ipv4(address)) => {
                is_near(address.into()) || self.is_allowed(&address.to_string())
            }
            Some(Host::Ipv6(address)) => is_near(address.into()),
            None => false,
        }
    }

    /// Whether a page of this `Origin` is one of this machine's, of the public URL's or one that
    /// the operator named; or the page of this server, whatever name it was called by.
    pub async fn is_our_origin(&self, origin: &str, authority: Option<&str>) -> bool {
        if self.origins.iter().any(|allowed| allowed == origin) {
            return true;
        }
        let Some(url) = origin_url(origin) else {
            return false;
        };
        if url.host_str().is_some_and(is_loopback) {
            return true;
        }
        let same = |other: &Url| other.origin() == url.origin();
        if self.public.as_ref().is_some_and(same) {
            return true;
        }
        if self.has_aws_names
            && url.scheme() == "https"
            && url.port().is_none()
            && url.host_str().is_some_and(is_aws)
        {
            return true;
        }
        let Some(authority) = authority else {
            return false;
        };
        let is_own_page = Url::parse(&format!("{}://{authority}", url.scheme()))
            .is_ok_and(|own| own.origin() == url.origin());
        is_own_page && self.is_our_host(authority).await
    }

    /// Whether this is one of AWS's own names of the APIs that are served here, and leads here.
    pub fn is_aws_api(&self, name: &str) -> bool {
        self.has_aws_names && is_aws_api(&normal(name))
    }

    fn is_allowed(&self, name: &str) -> bool {
        self.hosts.iter().any(|allowed| {
            allowed == name
                || allowed
                    .strip_prefix('*')
                    .is_some_and(|suffix| suffix.starts_with('.') && name.ends_with(suffix))
        })
    }
}

/// The APIs of AWS that are served here, as their host names begin.
const AWS_APIS: [&str; 6] = [
    "cognito-idp",
    // The issuer of pools whose IssuerConfiguration is UPDATED.
    "issuer-cognito-idp",
    "cognito-identity",
    "sts",
    "kms",
    "secretsmanager",
];

/// `cognito-idp.<region>.amazonaws.com` and its like, with `-fips` too, and STS and the
/// issuer of OpenID tokens without a Region.
fn is_aws_api(name: &str) -> bool {
    let Some(rest) = name.strip_suffix(".amazonaws.com") else {
        return false;
    };
    match rest.split_once('.') {
        None => rest == "sts" || name == OPENID_HOST,
        Some((service, region)) => {
            let service = service.strip_suffix("-fips").unwrap_or(service);
            AWS_APIS.contains(&service) && !region.is_empty() && !region.contains('.')
        }
    }
}

/// The names that AWS alone can give away, of the services that are served here.
fn is_aws(name: &str) -> bool {
    if is_aws_api(name) {
        return true;
    }
    // `<prefix>.auth.<region>.amazoncognito.com`, where AWS serves no page of anybody's.
    name.strip_suffix(".amazoncognito.com")
        .is_some_and(|rest| matches!(rest.split('.').collect::<Vec<_>>()[..], [_, "auth", _]))
}

/// Whether no stranger can make this name point anywhere.
fn is_never_public(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or_default();
    NEVER_PUBLIC.contains(&last) && (last == "localhost" || name.contains('.'))
}

/// Whether the name may be one of the public DNS: none that is reserved for networks of one's own
/// (RFC 6761, 6762, 8375, and what routers and machines call themselves), with a dot at its end or
/// without.
pub fn is_public_name(host: &str) -> bool {
    let name = normal(host);
    let own = [".lan", ".localdomain", ".home.arpa"];
    !is_loopback(&name)
        && !is_never_public(&name)
        && !is_of_a_local_network(&name)
        && !own.iter().any(|end| name.ends_with(end))
}

/// Names that only a local network has: Docker Compose's services, multicast DNS.
fn is_of_a_local_network(name: &str) -> bool {
    !name.contains('.') || name.ends_with(".local")
}

/// This machine itself (RFC 6761 §6.3: the name and everything below it).
pub fn is_loopback(host: &str) -> bool {
    let host = normal(host);
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host.ends_with(".localhost")
        || address
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// A name without case and without the dot at its end.
fn normal(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

/// `host[:port]` and nothing else, as the URL that it is in.
pub fn authority_url(authority: &str) -> Option<Url> {
    let url = Url::parse(&format!("http://{authority}/")).ok()?;
    let odd = |c: char| c.is_whitespace() || c.is_control() || "@/\\?#".contains(c);
    (!authority.contains(odd) && url.path() == "/").then_some(url)
}

/// A web page's origin, written as browsers write it and not otherwise: `null`,
/// `http://127.0.0.1:1@evil` and `http://[::1]evil` are none.
fn origin_url(origin: &str) -> Option<Url> {
    let url = Url::parse(origin).ok()?;
    let is_web = matches!(url.scheme(), "http" | "https");
    (is_web && url.origin().ascii_serialization() == origin).then_some(url)
}

/// An origin as the operator may name it: a web page's, or an app's own such as
/// `tauri://localhost`.
pub fn is_origin(text: &str) -> bool {
    if origin_url(text).is_some() {
        return true;
    }
    let Ok(url) = Url::parse(text) else {
        return false;
    };
    let is_web = matches!(url.scheme(), "http" | "https");
    !is_web
        && url.host().is_some()
        && !text.contains('@')
        && matches!(url.path(), "" | "/")
        && !text.ends_with('/')
}

/// The network around a container: its resolver is the one that knows the container's names, and
/// asks nobody in the machine's own network for them.
#[derive(Debug, Default)]
struct Container {
    known: Mutex<HashMap<String, Known>>,
}

#[derive(Debug, Clone, Copy)]
struct Known {
    is_here: bool,
    at: Instant,
}

impl Container {
    /// The container that this process runs in.
    fn around() -> Option<Self> {
        const MARKS: [&str; 2] = ["/.dockerenv", "/run/.containerenv"];
        let is_marked = MARKS.iter().any(|mark| Path::new(mark).exists());
        let is_pod = std::env::var_os("KUBERNETES_SERVICE_HOST").is_some();
        (is_marked || is_pod).then(Self::default)
    }

    /// Whether the network calls this container so: by what the container's own resolver says.
    async fn is_called(&self, name: &str) -> bool {
        if let Some(known) = self.known().get(name)
            && known.at.elapsed() < REMEMBERED
        {
            return known.is_here;
        }
        let found = tokio::net::lookup_host((name, 0));
        let found = tokio::time::timeout(RESOLVED_WITHIN, found).await;
        let addresses: Vec<IpAddr> = match found {
            Ok(Ok(found)) => found.map(|address| address.ip()).collect(),
            _ => Vec::new(),
        };
        let is_here = are_own(&addresses, is_of_this_machine);
        let mut known = self.known();
        if known.len() >= MOST_REMEMBERED {
            known.clear();
        }
        let at = Instant::now();
        known.insert(name.to_owned(), Known { is_here, at });
        is_here
    }

    /// Whether the network was found to call this container so.
    fn was_called(&self, name: &str) -> bool {
        self.known().get(name).is_some_and(|known| known.is_here)
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether all of a name's addresses are this machine's, in a network that is nobody else's.
/// Loopback does not count: everybody's own machine has it.
fn are_own(addresses: &[IpAddr], is_here: impl Fn(IpAddr) -> bool) -> bool {
    !addresses.is_empty()
        && addresses
            .iter()
            .all(|address| is_private(address) && is_here(*address))
}

/// Whether the address is in a network of one's own.
fn is_private(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_private() || address.is_link_local(),
        IpAddr::V6(address) => address.is_unique_local() || address.is_unicast_link_local(),
    }
}

/// Only an address of one's own can be bound.
fn is_of_this_machine(address: IpAddr) -> bool {
    UdpSocket::bind((address, 0)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(has_aws_names: bool) -> Access {
        Access {
            container: None,
            ..Access::new(
                "https://auth.example.com",
                has_aws_names,
                &["https://admin.example.org".to_owned()],
                &["cognito.corp".to_owned(), "*.svc.cluster.local".to_owned()],
            )
        }
    }

    #[tokio::test]
    async fn a_host_is_ours_if_no_stranger_can_make_it_point_here() {
        let access = access(false);
        for ours in [
            "localhost:9339",
            "LOCALHOST",
            "localhost.",
            "demo.auth.localhost",
            "127.0.0.1",
            "[::1]:9339",
            "192.168.1.7:9339",
            "host.docker.internal:9339",
            "cognito.corp",
            "mocknito.ci.svc.cluster.local:9339",
            "Auth.Example.com",
        ] {
            assert!(access.is_our_host(ours).await, "{ours}");
        }
        for foreign in [
            "evil.example",
            "evil.example:9339",
            "evil.example.",
            "",
            "::",
            "[::1",
            "a b",
            "localhost@evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "evil",
            "mocknito:9339",
            "foo.local",
            "internal",
            "svc.cluster.local",
            "cognito-idp.us-east-1.amazonaws.com",
        ] {
            assert!(!access.is_our_host(foreign).await, "{foreign}");
        }
    }

    #[tokio::test]
    async fn an_origin_is_this_machines_the_servers_or_one_that_is_allowed() {
        let access = access(false);
        for ours in [
            "http://localhost:3000",
            "http://127.0.0.1:3000",
            "http://[::1]:3000",
            "https://demo.auth.localhost",
            "https://auth.example.com",
            "https://admin.example.org",
        ] {
            assert!(access.is_our_origin(ours, None).await, "{ours}");
        }
        for foreign in [
            "https://evil.example",
            "null",
            "",
            "http://10.0.0.8",
            "https://localhost.evil.example",
            "http://127.0.0.1:1@evil",
            "http://[::1]evil",
            "http://localhost:3000/",
            "http://localhost:3000/x",
            "http:localhost",
            "HTTP://LOCALHOST",
            "http://auth.example.com",
            "https://auth.example.com:8443",
            "https://admin.example.org.evil.example",
            "http://admin.example.org",
            "file://",
            "https://cognito-idp.us-east-1.amazonaws.com",
        ] {
            assert!(!access.is_our_origin(foreign, None).await, "{foreign}");
        }
    }

    #[tokio::test]
    async fn a_page_of_ours_may_be_called_by_any_name_that_is_ours() {
        let access = access(false);
        for (origin, host) in [
            ("http://192.168.1.7:9339", "192.168.1.7:9339"),
            ("https://cognito.corp", "cognito.corp"),
            ("https://cognito.corp", "cognito.corp:443"),
        ] {
            assert!(access.is_our_origin(origin, Some(host)).await, "{origin}");
        }
        for (origin, host) in [
            ("http://evil.example:9339", "evil.example:9339"),
            ("http://192.168.1.7:3000", "192.168.1.7:9339"),
            ("http://evil", "evil"),
            ("http://evil.example", "cognito.corp"),
        ] {
            assert!(!access.is_our_origin(origin, Some(host)).await, "{origin}");
        }
    }

    #[tokio::test]
    async fn the_names_of_aws_are_ours_where_its_issuer_is() {
        let access = access(true);
        for host in [
            "cognito-idp.eu-west-1.amazonaws.com",
            "cognito-identity.eu-west-1.amazonaws.com",
            "sts.eu-west-1.amazonaws.com",
            "sts.amazonaws.com",
            "cognito-idp-fips.us-east-1.amazonaws.com",
            "issuer-cognito-idp.eu-west-1.amazonaws.com",
            "demo.auth.eu-west-1.amazoncognito.com",
            "cognito-identity.amazonaws.com",
        ] {
            assert!(access.is_our_host(host).await, "{host}");
            let origin = format!("https://{host}");
            assert!(access.is_our_origin(&origin, None).await, "{origin}");
        }
        for host in [
            "ec2-1-2-3-4.compute.amazonaws.com",
            "evil.s3.amazonaws.com",
            "cognito-idp.evil.eu-west-1.amazonaws.com",
            "cognito-idp.eu-west-1.amazonaws.com.evil.example",
            "evilamazonaws.com",
            "auth.eu-west-1.amazoncognito.com",
        ] {
            assert!(!access.is_our_host(host).await, "{host}");
        }
    }

    #[tokio::test]
    async fn addresses_begin_with_a_host_that_is_ours_and_with_no_other() {
        let access = access(true);
        for (authority, by_tls, expected) in [
            ("localhost:32768", false, "http://localhost:32768"),
            ("LOCALHOST:32768", false, "http://localhost:32768"),
            ("localhost", false, "http://localhost"),
            ("localhost:80", false, "http://localhost"),
            ("localhost:443", true, "https://localhost"),
            ("demo.auth.localhost:9339", true, "https://localhost:9339"),
            ("127.0.0.1:9339", false, "http://127.0.0.1:9339"),
            ("[::1]:9339", false, "http://[::1]:9339"),
            ("192.168.1.7:32768", false, "http://192.168.1.7:32768"),
            (
                "host.docker.internal:9339",
                false,
                "http://host.docker.internal:9339",
            ),
            ("mocknito.test", true, "https://mocknito.test"),
            ("cognito.corp:1", false, "http://cognito.corp:1"),
            ("auth.example.com", true, "https://auth.example.com"),
        ] {
            let address = access.address(authority, by_tls).await;
            assert_eq!(address.as_deref(), Some(expected), "{authority}");
            assert!(access.is_address(expected), "{expected}");
        }
        for foreign in [
            "evil.example",
            "evil.example:9339",
            "evil",
            "foo.local",
            "203.0.113.66",
            "[2001:db8::66]:9339",
            "localhost.evil.example",
            "localhost:9339/evil",
            "evil.example/localhost",
            "user@localhost",
            "localhost:9339\"><b",
            "x\".test",
            "a,b.test",
            "",
            "cognito-idp.us-east-1.amazonaws.com",
            "demo.auth.us-east-1.amazoncognito.com",
        ] {
            assert_eq!(access.address(foreign, false).await, None, "{foreign}");
            assert!(
                !access.is_address(&format!("http://{foreign}")),
                "{foreign}"
            );
        }
        for other in [
            "http://localhost:9339/",
            "http://localhost:9339/x",
            "http://LOCALHOST",
            "http://localhost:80",
            "ftp://localhost",
            "http://demo.auth.localhost",
            "localhost",
        ] {
            assert!(!access.is_address(other), "{other}");
        }
    }

    #[test]
    fn a_containers_name_leads_to_its_own_private_address() {
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        let own = |one: IpAddr| one != address("172.18.0.9");
        assert!(are_own(&[address("172.18.0.3")], own));
        assert!(are_own(&[address("172.18.0.3"), address("fd00::3")], own));
        for foreign in [
            &[][..],
            &[address("127.0.0.1")],
            &[address("::1")],
            &[address("8.8.8.8")],
            &[address("172.18.0.9")],
            &[address("172.18.0.3"), address("8.8.8.8")],
        ] {
            assert!(!are_own(foreign, own), "{foreign:?}");
        }
    }

    #[test]
    fn what_the_operator_names_is_an_origin() {
        for origin in ["https://a.example", "http://a:1", "tauri://localhost"] {
            assert!(is_origin(origin), "{origin}");
        }
        for other in [
            "",
            "*",
            "a.example",
            "https://a.example/",
            "https://a.example/x",
            "null",
        ] {
            assert!(!is_origin(other), "{other}");
        }
    }
}
