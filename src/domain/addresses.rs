//! Addresses that a browser or a server is sent to.
//!
//! Not here: the callback addresses of app clients, which may have schemes of their own (`oauth_settings.rs`).

/// Whether this is an absolute http or https address with a host. Anything else, a script above all, must not become a link.
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

#[cfg(test)]
mod tests {
    use super::*;

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
