//! Why an address is none of those that a client has registered: which of them it comes closest to,
//! and by what it differs. For whoever develops; the client is never told.
//!
//! Not here: which addresses count (`domain::clients`, `domain::oauth_settings`).

use url::Url;

use super::oauth_settings;
use crate::journal::without_query;

/// An address that was sent, and those that it was held against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedirectMismatch {
    /// The parameter: `redirect_uri` or `logout_uri`.
    pub parameter: &'static str,
    /// The member of the client's settings that holds the addresses.
    pub setting: &'static str,
    pub sent: String,
    pub registered: Vec<String>,
}

impl RedirectMismatch {
    pub fn of_callback(sent: &str, registered: Option<&[String]>) -> Self {
        Self {
            parameter: "redirect_uri",
            setting: "CallbackURLs",
            sent: sent.to_owned(),
            registered: registered.unwrap_or_default().to_vec(),
        }
    }

    pub fn of_sign_out(sent: &str, registered: Option<&[String]>) -> Self {
        Self {
            parameter: "logout_uri",
            setting: "LogoutURLs",
            ..Self::of_callback(sent, registered)
        }
    }

    /// One sentence about how what was sent differs from the closest of what is registered.
    pub fn difference(&self) -> String {
        if self.registered.is_empty() {
            return format!("The client has no {}.", self.setting);
        }
        if self.registered.contains(&self.sent) {
            return "It is registered, but browsers are sent to no such address.".to_owned();
        }
        let closest = self
            .registered
            .iter()
            .map(|one| (one, differences(&self.sent, one)))
            .min_by_key(|(_, parts)| parts.len());
        match closest {
            Some((one, parts)) if parts.len() < 4 => {
                format!("It differs from {one} by {}.", listed(&parts))
            }
            _ => "It is like none of them.".to_owned(),
        }
    }

    /// What was sent, as it may stand in a page. An address that would run something there, or show
    /// something else, is not repeated: nobody shall try it.
    pub fn shown(&self) -> Option<&str> {
        let tried = Url::parse(&self.sent).ok();
        let runs = tried.is_some_and(|url| oauth_settings::is_never_an_app(url.scheme()));
        (!runs).then_some(&*self.sent)
    }

    /// Everything in one sentence, for the log and the journal: there a query that nobody has
    /// registered may be a secret of the app's.
    pub fn sentence(&self) -> String {
        let query = self.sent.find(['?', '#']).map(|at| &self.sent[at..]);
        let is_known = |query| self.registered.iter().any(|one| one.ends_with(query));
        if query.is_some_and(|query| !is_known(query)) {
            let sent = without_query(&self.sent);
            return Self {
                sent,
                ..self.clone()
            }
            .whole();
        }
        self.whole()
    }

    fn whole(&self) -> String {
        let registered = self.registered.join(" ");
        format!(
            "{} was {:?}; registered as {}: {registered:?}. {}",
            self.parameter,
            self.sent,
            self.setting,
            self.difference()
        )
    }
}

/// `a`, `a and b`, `a, b and c`
fn listed(parts: &[String]) -> String {
    match parts {
        [] => "its spelling".to_owned(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// By what two addresses differ, in words that name both values.
fn differences(sent: &str, registered: &str) -> Vec<String> {
    if sent.trim() == registered {
        return vec!["spaces around it".to_owned()];
    }
    if sent.eq_ignore_ascii_case(registered) {
        return vec!["upper and lower case".to_owned()];
    }
    // Before they are read: reading gives an address without a path the path "/".
    let slash = |one: &str, other: &str| one.strip_suffix('/') == Some(other);
    if slash(sent, registered) {
        return vec!["the slash at its end".to_owned()];
    }
    if slash(registered, sent) {
        return vec!["the missing slash at its end".to_owned()];
    }
    let (Ok(sent), Ok(registered)) = (Url::parse(sent), Url::parse(registered)) else {
        return vec![String::new(); 4];
    };
    let is_same_scheme = sent.scheme() == registered.scheme();
    let read = |url| parts(url, is_same_scheme);
    let both = read(&sent).into_iter().zip(read(&registered));
    both.filter(|(sent, registered)| sent != registered)
        .map(|((what, sent), (_, registered))| {
            let shown = |value: String| match value.is_empty() {
                true => "none".to_owned(),
                false => value,
            };
            format!("its {what} ({}, not {})", shown(sent), shown(registered))
        })
        .collect()
}

/// The parts of an address with their names, in their order.
fn parts(url: &Url, is_same_scheme: bool) -> [(&'static str, String); 6] {
    let port = match url.port() {
        None if is_same_scheme => url.port_or_known_default(),
        // With another scheme goes another port, which is nothing of its own.
        own => own,
    };
    [
        ("scheme", url.scheme().to_owned()),
        ("host", url.host_str().unwrap_or_default().to_owned()),
        (
            "port",
            port.map(|port| port.to_string()).unwrap_or_default(),
        ),
        ("path", url.path().to_owned()),
        ("query", url.query().unwrap_or_default().to_owned()),
        ("fragment", url.fragment().unwrap_or_default().to_owned()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn difference(sent: &str, registered: &[&str]) -> String {
        let registered: Vec<String> = registered.iter().map(|&one| one.to_owned()).collect();
        RedirectMismatch::of_callback(sent, Some(&registered)).difference()
    }

    #[test]
    fn the_closest_address_is_named_with_the_parts_that_differ() {
        let registered = ["https://app.example/cb", "http://localhost:3000/callback"];
        for (sent, by) in [
            ("http://localhost:3000/callback/", "the slash at its end"),
            (
                "http://localhost:3001/callback",
                "its port (3001, not 3000)",
            ),
            (
                "http://127.0.0.1:3000/callback",
                "its host (127.0.0.1, not localhost)",
            ),
            (
                "https://localhost:3000/callback",
                "its scheme (https, not http)",
            ),
            ("http://localhost:3000/", "its path (/, not /callback)"),
            ("http://localhost:3000/Callback", "upper and lower case"),
            (" http://localhost:3000/callback", "spaces around it"),
            (
                "http://localhost:3000/callback?a=1",
                "its query (a=1, not none)",
            ),
            (
                "http://127.0.0.1:3001/callback",
                "its host (127.0.0.1, not localhost) and its port (3001, not 3000)",
            ),
        ] {
            let expected = format!("It differs from http://localhost:3000/callback by {by}.");
            assert_eq!(difference(sent, &registered), expected, "{sent}");
        }
        assert_eq!(
            difference("http://app.example/cb", &registered),
            "It differs from https://app.example/cb by its scheme (http, not https)."
        );
    }

    #[test]
    fn addresses_that_read_alike_differ_by_their_spelling() {
        let said = difference("http://localhost:80/a", &["http://localhost/a"]);
        assert_eq!(said, "It differs from http://localhost/a by its spelling.");
        let said = difference("https://a.example", &["https://a.example/"]);
        let expected = "It differs from https://a.example/ by the missing slash at its end.";
        assert_eq!(said, expected);
    }

    #[test]
    fn a_query_that_nobody_registered_is_not_for_the_log() {
        let registered = ["http://a/cb?tenant=1".to_owned()];
        let told = |sent| RedirectMismatch::of_callback(sent, Some(&registered)).sentence();
        let own = told("http://a/other?tenant=1");
        assert!(own.contains("its path (/other, not /cb)"), "{own}");
        assert!(!own.contains("its query"), "{own}");
        let secret = told("http://a/cb?token=s3cret");
        assert!(
            secret.contains("its query ((withheld), not tenant=1)"),
            "{secret}"
        );
        assert!(!secret.contains("s3cret"), "{secret}");
    }

    #[test]
    fn what_a_browser_would_run_is_not_repeated() {
        let shown = |sent| {
            RedirectMismatch::of_callback(sent, None)
                .shown()
                .map(str::to_owned)
        };
        for sent in [
            "javascript:alert(1)",
            " JavaScript:alert(1)",
            "data:text/html,x",
        ] {
            assert_eq!(shown(sent), None, "{sent}");
        }
        assert_eq!(shown("myapp://cb").as_deref(), Some("myapp://cb"));
        assert_eq!(shown("<b>").as_deref(), Some("<b>"));
    }

    #[test]
    fn what_is_like_none_says_so() {
        let none = "It is like none of them.";
        assert_eq!(difference("not an address", &["https://a.example/"]), none);
        let other = difference("ftp://b.example:1/x?y#z", &["https://a.example/"]);
        assert_eq!(other, none);
        assert_eq!(
            difference("https://a", &[]),
            "The client has no CallbackURLs."
        );
        let odd = difference("javascript:alert(1)", &["javascript:alert(1)"]);
        assert_eq!(
            odd,
            "It is registered, but browsers are sent to no such address."
        );
        let sign_out = RedirectMismatch::of_sign_out("https://a", None);
        assert_eq!(sign_out.difference(), "The client has no LogoutURLs.");
    }
}
