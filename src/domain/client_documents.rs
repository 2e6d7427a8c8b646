//! Client ID metadata documents (draft-ietf-oauth-client-id-metadata-document): which URL may be a
//! client's id, which patterns it matches, and what a document says.
//!
//! Not here: fetching and keeping documents (`flows::client_documents`).

use serde::Deserialize;
use serde_json::Value;
use url::{Host, Position, Url};

use super::oauth_settings::check_address;
use super::registration::ClientMetadata;
use crate::access::{is_loopback, is_public_name};
use crate::error::{Error, Result};
use crate::store::PublishedClient;
use crate::wire::user_pools::OAuthFlowType;

/// The most policies of a pool. (unsure) The service's number is not documented.
pub const MOST_POLICIES: usize = 100;

/// The most documents that are kept for one policy: who can publish under its patterns must not
/// fill the store.
pub const MOST_DOCUMENTS: i64 = 1_000;

/// The most bytes of a document.
pub const LARGEST_DOCUMENT: usize = 16 << 10;

/// How long a document may be kept, in seconds: a day to a year.
pub const SHORTEST_CACHE: i64 = 86_400;
const LONGEST_CACHE: i64 = 31_556_952;

/// The longest URL, and the most and the longest redirect URIs, as the API model has them.
const LONGEST_URL: usize = 256;
const MOST_REDIRECTS: usize = 100;
const LONGEST_REDIRECT: usize = 1_024;

/// A URL that may be a client's id: in its canonical form, so that what is compared is what is
/// fetched.
#[derive(Debug)]
pub struct MetadataUrl(Url);

impl MetadataUrl {
    /// https, and http on this machine, which AWS has not: documents under development are there.
    pub fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let is_secure = match url.scheme() {
            "https" => true,
            "http" => url.host_str().is_some_and(is_loopback),
            _ => false,
        };
        let is_plain = url.as_str() == text
            && text.len() <= LONGEST_URL
            && url.username().is_empty()
            && url.password().is_none()
            && url.fragment().is_none()
            && url.path() != "/";
        (is_secure && is_plain).then_some(Self(url))
    }

    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether the URL is one of those that a policy's pattern describes. `*` stands for any
    /// characters, but none in the host reaches into the path, and none there stands for an address
    /// or this machine: who may publish anywhere does not thereby make this server ask its own
    /// network. (unsure) How far AWS's `*` reaches.
    pub fn matches(&self, pattern: &str) -> bool {
        let Some(rest) = pattern.strip_prefix("https://") else {
            return false;
        };
        let (authority, path) = match rest.find('/') {
            Some(slash) => rest.split_at(slash),
            // `https://example.com*`: everything there.
            None if rest.ends_with('*') => (rest, "*"),
            None => (rest, ""),
        };
        let authority = authority.to_ascii_lowercase();
        let host = match authority.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => host,
            _ => &authority,
        };
        (!host.contains('*') || self.is_public())
            && fits(
                &authority,
                &self.0[Position::BeforeHost..Position::AfterPort],
            )
            && fits(path, &self.0[Position::BeforePath..])
    }

    /// Whether the host has a name of the public DNS, as far as a name tells.
    fn is_public(&self) -> bool {
        match self.0.host() {
            Some(Host::Domain(name)) => is_public_name(name),
            _ => false,
        }
    }
}

/// Whether the text is what the pattern describes, in which `*` stands for any characters.
fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    // Each part where it comes first leaves the most for those behind it.
    for part in parts {
        match rest.split_once(part) {
            Some((_, behind)) => rest = behind,
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// Refuses patterns that no URL of a document can match, beyond what the model does.
pub fn check_patterns(patterns: &[String]) -> Result<()> {
    for pattern in patterns {
        let rest = pattern.strip_prefix("https://").unwrap_or_default();
        let authority = rest.split('/').next().unwrap_or_default();
        if authority.is_empty() || authority.contains('@') {
            return Err(Error::UrlPatternMalformed {
                pattern: pattern.clone(),
            });
        }
    }
    Ok(())
}

#[derive(Deserialize)]
struct ClientDocument {
    client_id: String,
    /// Nobody has a secret who publishes it.
    client_secret: Option<Value>,
    client_secret_expires_at: Option<Value>,
    #[serde(flatten)]
    metadata: ClientMetadata,
}

/// Reads the document of a URL. Refused with half a sentence for the log.
pub fn read(url: &MetadataUrl, body: &[u8]) -> Result<PublishedClient, &'static str> {
    let document: ClientDocument =
        serde_json::from_slice(body).map_err(|_| "it is no JSON object with a client_id")?;
    if document.client_id != url.as_str() {
        return Err("its client_id is not its own URL");
    }
    if document.client_secret.is_some() || document.client_secret_expires_at.is_some() {
        return Err("it has a client_secret");
    }
    let metadata = document.metadata;
    // (unsure) Without the member the default of RFC 7591 would be a secret, which nobody can have
    // here.
    let method = metadata.token_endpoint_auth_method.as_deref();
    if method.is_some_and(|method| method != "none") {
        return Err("its token_endpoint_auth_method is not none");
    }
    let flows: Vec<OAuthFlowType> = match &metadata.grant_types {
        None => vec![OAuthFlowType::Code],
        // A machine's grant needs a secret, and refresh tokens come with codes.
        Some(grants) => [
            ("authorization_code", OAuthFlowType::Code),
            ("implicit", OAuthFlowType::Implicit),
        ]
        .into_iter()
        .filter(|(name, _)| grants.iter().any(|grant| grant == name))
        .map(|(_, flow)| flow)
        .collect(),
    };
    let redirect_uris = metadata.redirect_uris.unwrap_or_default();
    if redirect_uris.is_empty() || redirect_uris.len() > MOST_REDIRECTS {
        return Err("it has no redirect_uris, or too many");
    }
    let is_good = |uri: &String| uri.len() <= LONGEST_REDIRECT && check_address(uri).is_ok();
    if !redirect_uris.iter().all(is_good) {
        return Err("one of its redirect_uris is not valid");
    }
    Ok(PublishedClient {
        redirect_uris,
        flows,
    })
}

/// For how many seconds a document counts: as long as its `Cache-Control` says, if that is between
/// a day and a year, else as long as the policy says.
pub fn cache_seconds(cache_control: Option<&str>, of_policy: i64) -> i64 {
    let directives = cache_control.unwrap_or_default().split(',');
    let max_age = directives
        .filter_map(|directive| {
            let (name, value) = directive.split_once('=')?;
            let is_max_age = name.trim().eq_ignore_ascii_case("max-age");
            is_max_age.then(|| value.trim().trim_matches('"').parse::<i64>().ok())?
        })
        .next();
    max_age
        .filter(|seconds| (SHORTEST_CACHE..=LONGEST_CACHE).contains(seconds))
        .unwrap_or(of_policy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_an_id_only_in_its_canonical_form() {
        for good in [
            "https://app.example.com/client.json",
            "https://app.example.com:8443/a/b?c=d",
            "http://localhost:3000/client.json",
            "http://127.0.0.1:3000/client.json",
            "http://[::1]:3000/client.json",
        ] {
            assert!(MetadataUrl::parse(good).is_some(), "{good}");
        }
        let long = format!("https://app.example.com/{}", "x".repeat(256));
        for bad in [
            "https://app.example.com",
            "https://app.example.com/",
            "http://app.example.com/client.json",
            "http://localhost.evil.example/client.json",
            "https://user@app.example.com/client.json",
            "https://user:secret@app.example.com/client.json",
            "https://app.example.com/client.json#x",
            "https://app.example.com/a/../client.json",
            "https://app.example.com/a/%2e%2e/client.json",
            "https://app.example.com/./client.json",
            "https://APP.example.com/client.json",
            "https://app.example.com:443/client.json",
            "https://app.example.com\\@evil.example/client.json",
            "https://127.1/client.json",
            "https:///app.example.com/client.json",
            " https://app.example.com/client.json",
            "ftp://app.example.com/client.json",
            "file:///etc/passwd",
            "data:application/json,{}",
            "democlient0000000000000000",
            long.as_str(),
        ] {
            assert!(MetadataUrl::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn patterns_match_within_the_part_of_the_address_where_they_stand() {
        let matches = |pattern: &str, url: &str| MetadataUrl::parse(url).unwrap().matches(pattern);
        for (pattern, url) in [
            ("https://a.example/c.json", "https://a.example/c.json"),
            ("https://a.example/*", "https://a.example/x/c.json?d=e"),
            (
                "https://*.a.example/*.json",
                "https://b.c.a.example/x/c.json",
            ),
            ("https://*/c.json", "https://a.example/c.json"),
            ("https://*", "https://a.example/c.json"),
            ("https://A.example/*", "https://a.example/c"),
            ("https://a.example:*/*", "https://a.example:8443/c"),
            ("https://localhost:*/*", "http://localhost:3000/c"),
            ("https://localhost:*/*", "https://localhost:3000/c"),
            ("https://127.0.0.1:3000/c", "http://127.0.0.1:3000/c"),
            ("https://[::1]:*/c", "http://[::1]:3000/c"),
            ("https://a.example/*/b/*", "https://a.example/x/b/b/c"),
        ] {
            assert!(matches(pattern, url), "{pattern} {url}");
        }
        for (pattern, url) in [
            ("https://a.example/c.json", "https://a.example/c.json2"),
            ("https://a.example/c.json", "https://a.example/C.json"),
            ("https://*.a.example/*", "https://evil.example/.a.example/c"),
            (
                "https://*.a.example/*",
                "https://evil.example/x?y=.a.example/c",
            ),
            ("https://*.a.example/*", "https://a.example/c"),
            ("https://a.example/*", "https://a.example:8443/c"),
            ("https://a.example/*", "https://a.example.evil.example/c"),
            ("https://a.example", "https://a.example/c"),
            // Not this machine's own network by a wildcard.
            ("https://*/*", "http://localhost:3000/c"),
            ("https://*:3000/*", "http://127.0.0.1:3000/c"),
            ("https://*", "https://10.0.0.1/c"),
            ("https://*/*", "https://[fd00::1]/c"),
            ("https://*/*", "https://x.localhost/c"),
            ("https://*/*", "https://intranet/c"),
            ("https://*/*", "https://intranet./c"),
            ("https://*/*", "https://metadata.google.internal/c"),
            ("https://*/*", "https://router.local/c"),
            ("https://*/*", "https://localhost.localdomain/c"),
            ("https://*/*", "https://nas.home.arpa/c"),
            ("https://a.example/b*b", "https://a.example/b"),
        ] {
            assert!(!matches(pattern, url), "{pattern} {url}");
        }
    }

    #[test]
    fn a_document_names_itself_and_is_of_a_public_client() {
        let url = MetadataUrl::parse("https://a.example/c").unwrap();
        let document = |more: &str| {
            let text = format!(
                r#"{{"client_id":"https://a.example/c","redirect_uris":["https://a.example/cb"]{more}}}"#
            );
            read(&url, text.as_bytes())
        };
        for (more, flows) in [
            ("", vec![OAuthFlowType::Code]),
            (
                r#","token_endpoint_auth_method":"none","x":1"#,
                vec![OAuthFlowType::Code],
            ),
            (
                r#","grant_types":["refresh_token","implicit","authorization_code"]"#,
                vec![OAuthFlowType::Code, OAuthFlowType::Implicit],
            ),
            (r#","grant_types":["client_credentials"]"#, vec![]),
        ] {
            let read = document(more).unwrap();
            assert_eq!(read.redirect_uris, ["https://a.example/cb"]);
            assert_eq!(read.flows, flows, "{more}");
        }
        for more in [
            r#","client_secret":"x""#,
            r#","client_secret_expires_at":0"#,
            r#","token_endpoint_auth_method":"client_secret_basic""#,
            r#","token_endpoint_auth_method":"private_key_jwt""#,
            r#","grant_types":"authorization_code""#,
        ] {
            assert!(document(more).is_err(), "{more}");
        }
        for other in [
            r#"{"client_id":"https://a.example/d","redirect_uris":["https://a.example/cb"]}"#,
            r#"{"redirect_uris":["https://a.example/cb"]}"#,
            r#"{"client_id":"https://a.example/c"}"#,
            r#"{"client_id":"https://a.example/c","redirect_uris":[]}"#,
            r#"{"client_id":"https://a.example/c","redirect_uris":["http://a.example/cb"]}"#,
            r#"{"client_id":"https://a.example/c","redirect_uris":["javascript:x"]}"#,
            r#"["https://a.example/c"]"#,
            "",
        ] {
            assert!(read(&url, other.as_bytes()).is_err(), "{other}");
        }
    }

    #[test]
    fn a_document_is_kept_as_long_as_it_says_between_a_day_and_a_year() {
        for (header, expected) in [
            (None, 100_000),
            (Some("no-store"), 100_000),
            (Some("max-age=86399"), 100_000),
            (Some("max-age=86400"), 86_400),
            (Some("public, Max-Age=\"31556952\", immutable"), 31_556_952),
            (Some("max-age=31556953"), 100_000),
            (Some("s-maxage=200000"), 100_000),
            (Some("max-age=x"), 100_000),
        ] {
            assert_eq!(cache_seconds(header, 100_000), expected, "{header:?}");
        }
    }
}
