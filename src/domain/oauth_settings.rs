//! What an app client's settings say about OAuth: grants, scopes, and the addresses to which
//! browsers may be sent back.
//!
//! Not here: the endpoints that apply them (`http::oauth`).

use url::Url;

use crate::error::{Error, Result};
use crate::store::{Client, ResourceServer};
use crate::wire::user_pools::{OAuthFlowType, UserPoolClientType};

/// The scopes that every pool has.
pub const STANDARD_SCOPES: [&str; 5] = [
    "openid",
    "email",
    "phone",
    "profile",
    "aws.cognito.signin.user.admin",
];

/// The scope of a token with which a client may register another one (RFC 7591). No resource server
/// defines it.
pub const REGISTRATION_SCOPE: &str = "aws.cognito/dcr/register";

/// This machine, as the service knows it in addresses by http.
pub const LOCAL_HOSTS: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// Schemes whose addresses run or show something in the browser instead of opening an app.
const NEVER: [&str; 10] = [
    "about",
    "blob",
    "chrome",
    "data",
    "file",
    "filesystem",
    "javascript",
    "resource",
    "vbscript",
    "view-source",
];

/// Refuses grants, scopes and addresses that the service does not allow.
pub fn check(client: &Client, resource_servers: &[ResourceServer]) -> Result<()> {
    let settings = &client.settings;
    check_grants(settings, !client.secrets.is_empty())?;
    for scope in settings.allowed_oauth_scopes.iter().flatten() {
        let scope = scope.as_str();
        if scope == REGISTRATION_SCOPE && client.registered {
            return Err(Error::RegistrationScopeOfRegistered);
        }
        let is_known = STANDARD_SCOPES.contains(&scope)
            || scope == REGISTRATION_SCOPE
            || defines(resource_servers, scope);
        if !is_known {
            return Err(Error::ScopeUnknown {
                scope: scope.to_owned(),
            });
        }
    }
    let callbacks = settings.callback_urls.as_deref().unwrap_or_default();
    let logouts = settings.logout_urls.as_deref().unwrap_or_default();
    for url in callbacks.iter().chain(logouts) {
        check_address(url)?;
    }
    if let Some(default) = &settings.default_redirect_uri
        && !callbacks.contains(default)
    {
        return Err(Error::DefaultRedirectNotListed);
    }
    Ok(())
}

fn check_grants(settings: &UserPoolClientType, confidential: bool) -> Result<()> {
    let flows = settings.allowed_oauth_flows.as_deref().unwrap_or_default();
    let scopes = settings.allowed_oauth_scopes.as_deref().unwrap_or_default();
    if settings.allowed_oauth_flows_user_pool_client == Some(true)
        && (flows.is_empty() || scopes.is_empty())
    {
        return Err(Error::OAuthListsMissing);
    }
    let machine = OAuthFlowType::ClientCredentials;
    let callbacks = settings.callback_urls.as_deref().unwrap_or_default();
    if flows.iter().any(|flow| *flow != machine) && callbacks.is_empty() {
        return Err(Error::CallbacksMissing);
    }
    if !flows.contains(&machine) {
        return Ok(());
    }
    if flows.iter().any(|flow| *flow != machine) {
        return Err(Error::ClientCredentialsWithOthers);
    }
    if !confidential {
        return Err(Error::ClientCredentialsWithoutSecret);
    }
    if scopes
        .iter()
        .any(|scope| STANDARD_SCOPES.contains(&scope.as_str()))
    {
        return Err(Error::ClientCredentialsScopes);
    }
    Ok(())
}

/// Whether one of the resource servers defines the scope, which is written `<identifier>/<name>`.
/// Identifiers may contain slashes, names may not.
pub fn defines(servers: &[ResourceServer], scope: &str) -> bool {
    scope.rsplit_once('/').is_some_and(|(identifier, name)| {
        servers.iter().any(|server| {
            server.identifier == identifier
                && server.scopes.iter().any(|one| one.scope_name == name)
        })
    })
}

/// Whether a client with these scopes may read an attribute. `openid` alone gives all of them;
/// together with `email`, `phone` or `profile` it gives only theirs. (unsure) ID tokens may not be
/// limited in the way that userInfo is. A list without `openid` comes from a sign-in at the API,
/// which knows no such limits.
pub fn discloses(scope: &str, attribute: &str) -> bool {
    let has = |name: &str| scope.split(' ').any(|one| one == name);
    let limited = has("email") || has("phone") || has("profile");
    if !has("openid") || !limited {
        return true;
    }
    match attribute {
        "sub" => true,
        "email" | "email_verified" => has("email"),
        "phone_number" | "phone_number_verified" => has("phone"),
        // `identities` is not part of the profile: it is in every ID token.
        "identities" => true,
        _ => has("profile"),
    }
}

/// Whether addresses of this scheme run or show something in the browser instead of opening an app.
pub fn is_never_an_app(scheme: &str) -> bool {
    NEVER.contains(&scheme)
}

/// Whether a browser may be sent to this address at all.
pub fn may_redirect_to(url: &str) -> bool {
    check_address(url).is_ok()
}

/// Whether a token may be bound to this resource (RFC 8707): an absolute address, or the identifier
/// of one of the pool's resource servers.
pub fn is_resource(servers: &[ResourceServer], resource: &str) -> bool {
    let is_address = resource.split_once(':').is_some_and(|(scheme, rest)| {
        !rest.is_empty()
            && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
    });
    let is_plain = !resource.contains(|c: char| c.is_whitespace() || c.is_control() || c == '#');
    is_plain && (is_address || servers.iter().any(|server| server.identifier == resource))
}

/// An absolute address without fragment: https, an app's own scheme, or http on this machine. It is
/// only looked at: what is compared with it later is the text itself.
pub fn check_address(text: &str) -> Result<()> {
    let malformed = || Error::CallbackMalformed {
        url: text.to_owned(),
    };
    let url = Url::parse(text).map_err(|_| malformed())?;
    let (scheme, rest) = text.split_once(':').ok_or_else(malformed)?;
    // Browsers forgive more than is registered here. A backslash is a slash for them, so that the
    // host they reach would not be the one that was checked.
    if !scheme.eq_ignore_ascii_case(url.scheme())
        || rest.is_empty()
        || text.contains('\\')
        || NEVER.contains(&url.scheme())
    {
        return Err(malformed());
    }
    if text.contains('#') {
        return Err(Error::CallbackWithFragment {
            url: text.to_owned(),
        });
    }
    if !matches!(url.scheme(), "http" | "https") {
        return Ok(());
    }
    let authority = rest.strip_prefix("//").ok_or_else(malformed)?;
    let authority = authority.split(['/', '?']).next().unwrap_or_default();
    if authority.is_empty() || authority.contains('@') {
        return Err(malformed());
    }
    // As it is written: `127.1` is this machine for a browser, but not for the service.
    let is_here = url
        .host_str()
        .is_some_and(|host| LOCAL_HOSTS.contains(&host) && authority.starts_with(host));
    if url.scheme() == "https" || is_here {
        Ok(())
    } else {
        Err(Error::CallbackNotHttps {
            url: text.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_sent_back_by_https_to_apps_and_to_this_machine() {
        for url in [
            "https://example.com",
            "https://example.com:8443/a?b=c",
            "http://localhost",
            "http://localhost:3000/callback",
            "HTTP://127.0.0.1/",
            "http://[::1]:8080/x",
            "myapp://callback",
            "com.example.app:/oauth",
            "exp+slug://x",
        ] {
            assert!(check_address(url).is_ok(), "{url}");
        }
    }

    #[test]
    fn http_to_other_machines_is_refused() {
        for url in [
            "http://example.com",
            "http://localhost.example.com/",
            "http://127.0.0.10/",
            "http://[::2]/",
        ] {
            let refused = check_address(url);
            assert!(
                matches!(refused, Err(Error::CallbackNotHttps { .. })),
                "{url}"
            );
        }
    }

    #[test]
    fn what_is_no_absolute_address_is_refused() {
        for url in [
            "example.com",
            "/callback",
            "https:",
            "https://",
            "https:///x",
            "https:example.com",
            "http://localhost@example.com/",
            "http://localhost:80@example.com/",
            "https://example.com\\@localhost",
            "https://example.com:port/",
            "http://[::1/",
            "1app://x",
            "javascript:alert(1)",
            "JavaScript://x",
            "data:text/html,x",
            "blob:https://example.com/x",
            "about:blank",
            "filesystem:https://example.com/temporary/x",
            "chrome://settings",
            "resource://x",
            "file:///etc/passwd",
            "view-source:https://example.com",
            "View-Source:x",
        ] {
            let refused = check_address(url);
            assert!(
                matches!(refused, Err(Error::CallbackMalformed { .. })),
                "{url}"
            );
        }
        let refused = check_address("https://example.com/#x");
        assert!(matches!(refused, Err(Error::CallbackWithFragment { .. })));
    }
}
