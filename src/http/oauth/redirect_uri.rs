//! For the developer: how a redirect URI differs from those that the client has registered, which
//! must be met to the letter (RFC 6749 §3.1.2.3).
//!
//! Not here: the check itself (`request.rs`).

use crate::store::Client;

/// How many registered addresses are named.
const MOST: usize = 5;

/// The longest address that is repeated.
const LONGEST: usize = 300;

/// Why the client's callback URLs do not include the address that was sent.
pub fn why(client: &Client, sent: &str) -> String {
    let registered = client.settings.callback_urls.as_deref();
    mismatch("redirect_uri", "CallbackURLs", registered, sent)
}

/// Why the client's sign-out URLs do not.
pub fn why_logout(client: &Client, sent: &str) -> String {
    let registered = client.settings.logout_urls.as_deref();
    mismatch("logout_uri", "LogoutURLs", registered, sent)
}

fn mismatch(parameter: &str, member: &str, registered: Option<&[String]>, sent: &str) -> String {
    let registered = registered.unwrap_or_default();
    let sent: String = sent.chars().take(LONGEST).collect();
    if registered.is_empty() {
        return format!("The app client has no {member}, and {parameter} is {sent}.");
    }
    let difference = registered
        .iter()
        .find_map(|one| Some((one, difference(one, &sent)?)));
    let list = registered.iter().take(MOST).map(String::as_str);
    let list: Vec<&str> = list.collect();
    let list = list.join(", ");
    match difference {
        Some((one, difference)) => {
            format!("{parameter} is {sent}, and the app client registers {one}: {difference}.")
        }
        None => format!(
            "{parameter} is {sent}, and the app client's {member} are {list}; it must be one of \
             them to the letter."
        ),
    }
}

/// What tells two addresses apart, if it is little.
fn difference(registered: &str, sent: &str) -> Option<&'static str> {
    if registered.trim_end_matches('/') == sent.trim_end_matches('/') {
        return Some("the slash at the end differs");
    }
    if registered.eq_ignore_ascii_case(sent) {
        return Some("capital letters count");
    }
    let (scheme, rest) = registered.split_once("://")?;
    let (sent_scheme, sent_rest) = sent.split_once("://")?;
    if rest == sent_rest && scheme != sent_scheme {
        return Some("the scheme differs");
    }
    let split = |text: &str| -> (String, String) {
        let at = text.find('/').unwrap_or(text.len());
        (text[..at].to_owned(), text[at..].to_owned())
    };
    let ((host, path), (sent_host, sent_path)) = (split(rest), split(sent_rest));
    let name = |host: &str| host.split(':').next().unwrap_or_default().to_owned();
    if path == sent_path && name(&host) == name(&sent_host) {
        return Some("the port differs");
    }
    let is_local = |name: &str| ["localhost", "127.0.0.1", "[::1]"].contains(&name);
    if path == sent_path && is_local(&name(&host)) && is_local(&name(&sent_host)) {
        return Some("localhost and 127.0.0.1 are two addresses");
    }
    if host == sent_host && path.split('?').next() == sent_path.split('?').next() {
        return Some("the query counts, too");
    }
    if host == sent_host {
        return Some("the path differs");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::difference;

    #[test]
    fn a_small_difference_is_named() {
        let registered = "http://localhost:3000/callback";
        for (sent, expected) in [
            (
                "http://localhost:3000/callback/",
                "the slash at the end differs",
            ),
            ("http://localhost:3000/Callback", "capital letters count"),
            ("https://localhost:3000/callback", "the scheme differs"),
            ("http://localhost:3001/callback", "the port differs"),
            (
                "http://127.0.0.1:3000/callback",
                "localhost and 127.0.0.1 are two addresses",
            ),
            (
                "http://localhost:3000/callback?x=1",
                "the query counts, too",
            ),
            ("http://localhost:3000/cb", "the path differs"),
        ] {
            assert_eq!(difference(registered, sent), Some(expected), "{sent}");
        }
        assert_eq!(difference(registered, "https://app.example/"), None);
        assert_eq!(difference(registered, "nonsense"), None);
    }
}
