//! Addresses that a browser or a server is sent to.
//!
//! Not here: the callback addresses of app clients, which may have schemes of their own
//! (`oauth_settings.rs`).

use url::Url;

/// Whether this is an absolute http or https address with a host. Anything else must not become a
/// link, least of all a script.
pub fn is_web_address(text: &str) -> bool {
    web_address(text).is_some()
}

/// The address, if it is one of the web: read by the rules that browsers read it by.
pub fn web_address(text: &str) -> Option<Url> {
    let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '<' | '>' | '\\');
    let url = Url::parse(text).ok()?;
    // Browsers forgive what leaves out the slashes, or writes one too many; others do not.
    let (_, rest) = text.split_once("://")?;
    let is_web = matches!(url.scheme(), "http" | "https") && !rest.starts_with('/');
    (is_web && !text.contains(odd)).then_some(url)
}

/// Whether the address has a host that cannot exist: a name that RFC 2606 or RFC 6761 reserves.
pub fn is_nobodys(url: &str) -> bool {
    const RESERVED: [&str; 5] = [
        "example",
        "invalid",
        "example.com",
        "example.net",
        "example.org",
    ];
    let Some(host) = host(url) else {
        return false;
    };
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    RESERVED.iter().any(|name| {
        host.strip_suffix(name)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    })
}

/// The host of a web address, without user and port.
fn host(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    url.host_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_names_are_nobodys() {
        for url in [
            "https://example.com",
            "http://idp.example.org:8080/x",
            "https://idp.invalid/",
            "https://A.Example",
        ] {
            assert!(is_nobodys(url), "{url}");
        }
        for url in [
            "https://notexample.com",
            "https://example.com.evil.test/",
            "https://example.com@evil.test/",
            "http://localhost:9000",
            "http://[::1]:80/x",
            "example.com",
        ] {
            assert!(!is_nobodys(url), "{url}");
        }
    }

    #[test]
    fn a_web_address_has_a_web_scheme_and_a_host() {
        for url in [
            "https://example.com",
            "http://localhost:8080/terms?lang=de#top",
            "HTTPS://example.com/a",
        ] {
            assert!(is_web_address(url), "{url}");
        }
        for url in [
            "",
            "example.com",
            "/terms",
            "https://",
            "https:///terms",
            "ftp://example.com",
            "javascript:alert(1)",
            "javascript://x",
            "https://example.com\\@other",
            "https://exa mple.com",
            "https://example.com/\"onclick=",
        ] {
            assert!(!is_web_address(url), "{url}");
        }
    }
}
