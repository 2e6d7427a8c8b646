//! Addresses that a browser or a server is sent to.
//!
//! Not here: the callback addresses of app clients, which may have schemes of their own
//! (`oauth_settings.rs`).

/// Whether this is an absolute http or https address with a host. Anything else must not become a
/// link, least of all a script.
pub fn is_web_address(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else {
        return false;
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    (scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http"))
        && !host.is_empty()
        && !url.contains('\\')
        && !url
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || matches!(c, '"' | '<' | '>'))
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
pub fn host(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    match host.strip_prefix('[') {
        Some(address) => address.split_once(']').map(|(address, _)| address),
        None => host.split(':').next(),
    }
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
            "example.com",
        ] {
            assert!(!is_nobodys(url), "{url}");
        }
        assert_eq!(host("http://[::1]:80/x"), Some("::1"));
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
