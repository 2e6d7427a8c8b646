//! Signing in through an identity provider: whole walks with a browser's cookies, linked
//! identities, and everybody who must not get in.

mod algorithms;
mod encryption;
mod exchange;
mod issuer;
mod levels;
mod links;
mod pretend;
pub mod provider;
mod rounds;
pub mod saml;
mod single_logout;
mod told;

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::{Value, json};

use crate::support::{Reply, Server, claims, merge, text};

/// Where the application waits for its answers.
pub const CALLBACK: &str = "https://app.example.com/callback";
const HOME: &str = "http://localhost:9339";

/// A browser: it keeps cookies, and follows nothing by itself.
pub struct Browser<'s> {
    server: &'s Server,
    cookies: BTreeMap<String, (String, String)>,
}

impl<'s> Browser<'s> {
    pub fn new(server: &'s Server) -> Self {
        Self {
            server,
            cookies: BTreeMap::new(),
        }
    }

    pub async fn get(&mut self, url: &str) -> Reply {
        self.send(Method::GET, url, String::new()).await
    }

    pub async fn post(&mut self, url: &str, form: &[(&str, &str)]) -> Reply {
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        self.send(Method::POST, url, form).await
    }

    async fn send(&mut self, method: Method, url: &str, body: String) -> Reply {
        let path = url.strip_prefix(HOME).unwrap_or(url);
        assert!(path.starts_with('/'), "not a page of the server: {url}");
        let only = path.split('?').next().unwrap();
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .filter(|(_, (_, below))| only.starts_with(below.as_str()))
            .map(|(name, (value, _))| format!("{name}={value}"))
            .collect();
        let mut request = Request::builder()
            .method(&method)
            .uri(path)
            .header("host", "localhost:9339")
            .header("cookie", cookies.join("; "));
        if method == Method::POST {
            request = request
                .header("content-type", "application/x-www-form-urlencoded")
                .header("origin", HOME);
        }
        let reply = self
            .server
            .send(request.body(Body::from(body)).unwrap())
            .await;
        for cookie in reply.headers.get_all("set-cookie") {
            let mut parts = cookie.to_str().unwrap().split("; ");
            let (name, value) = parts.next().unwrap().split_once('=').unwrap();
            let path = parts
                .find_map(|part| part.strip_prefix("Path="))
                .unwrap_or("/");
            self.cookies
                .insert(name.to_owned(), (value.to_owned(), path.to_owned()));
        }
        reply
    }
}

/// Where a reply sends the browser.
#[track_caller]
pub fn location(reply: &Reply) -> String {
    let text = || String::from_utf8_lossy(&reply.body).into_owned();
    assert!(
        reply.status.is_redirection(),
        "{}: {}",
        reply.status,
        text()
    );
    reply.headers["location"].to_str().unwrap().to_owned()
}

/// The parameters of an address, whether behind `?` or `#`.
pub fn parameters(url: &str) -> BTreeMap<String, String> {
    let (_, query) = url.split_once(['?', '#']).unwrap_or_default();
    form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect()
}

/// What stands in the page behind this attribute, as text.
#[track_caller]
pub fn field(reply: &Reply, name: &str) -> String {
    let page = String::from_utf8(reply.body.clone()).unwrap();
    let at = format!("name=\"{name}\" value=\"");
    let (_, rest) = page
        .split_once(&at)
        .unwrap_or_else(|| panic!("no {name}: {page}"));
    rest.split('"').next().unwrap().replace("&amp;", "&")
}

/// A pool, a provider, and an application that lets people in through it.
pub struct Federated<'s> {
    pub server: &'s Server,
    pub pool: String,
    pub client: String,
    pub provider: String,
}

impl<'s> Federated<'s> {
    /// Google, whose part is pretended.
    pub async fn google(server: &'s Server) -> Self {
        let pool = server.pool(json!({})).await;
        Self::with(server, pool, google()).await
    }

    /// A pool's only provider, given without its pool.
    pub async fn with(server: &'s Server, pool: String, mut provider: Value) -> Self {
        provider["UserPoolId"] = json!(pool);
        let name = text(&provider["ProviderName"]);
        server.ok("CreateIdentityProvider", provider).await;
        let client = server
            .client_id(&pool, application(&[&name, "COGNITO"]))
            .await;
        Self {
            server,
            pool,
            client,
            provider: name,
        }
    }

    /// The address at which a sign-in through the provider begins.
    pub fn start(&self) -> String {
        format!(
            "/oauth2/authorize?client_id={}&response_type=code&redirect_uri={CALLBACK}\
             &scope=openid+email+profile&state=app-state\
             &identity_provider={}",
            self.client,
            form_urlencoded::byte_serialize(self.provider.as_bytes()).collect::<String>()
        )
    }

    /// Begins a sign-in: the address at the provider.
    pub async fn begin(&self, browser: &mut Browser<'_>) -> String {
        location(&browser.get(&self.start()).await)
    }

    /// Walks through the pretend provider as this person; gives what the way back answers.
    pub async fn walk(&self, browser: &mut Browser<'_>, person: &[(&str, &str)]) -> Reply {
        let provider = self.begin(browser).await;
        let page = browser.get(&provider).await;
        assert_eq!(
            page.status,
            StatusCode::OK,
            "{}",
            String::from_utf8_lossy(&page.body)
        );
        let request = field(&page, "request");
        let mut form = vec![("request", request.as_str())];
        form.extend(person);
        let answered = browser.post(&provider, &form).await;
        browser.get(&location(&answered)).await
    }

    /// The tokens of a walk that must succeed.
    pub async fn sign_in(&self, person: &[(&str, &str)]) -> Value {
        let mut browser = Browser::new(self.server);
        let back = self.walk(&mut browser, person).await;
        self.tokens(&back).await
    }

    /// The tokens for the code with which the browser came back to the application.
    pub async fn tokens(&self, back: &Reply) -> Value {
        let url = location(back);
        let answer = parameters(&url);
        assert!(
            url.starts_with(CALLBACK) && answer.contains_key("code"),
            "{url}"
        );
        assert_eq!(answer["state"], "app-state");
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "authorization_code")
            .append_pair("client_id", &self.client)
            .append_pair("redirect_uri", CALLBACK)
            .append_pair("code", &answer["code"])
            .finish();
        let request = Request::post("/oauth2/token")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(form))
            .unwrap();
        let reply = self.server.send(request).await;
        assert_eq!(
            reply.status,
            StatusCode::OK,
            "{}",
            String::from_utf8_lossy(&reply.body)
        );
        reply.json()
    }

    /// The claims of the ID token of a walk that must succeed.
    pub async fn id_claims(&self, person: &[(&str, &str)]) -> Value {
        claims(&self.sign_in(person).await["id_token"])
    }

    /// What the application is told of a walk that must fail.
    pub async fn refusal(&self, person: &[(&str, &str)]) -> String {
        let mut browser = Browser::new(self.server);
        told(&self.walk(&mut browser, person).await)
    }
}

/// What the application is told: `error: description`.
#[track_caller]
pub fn told(reply: &Reply) -> String {
    let url = location(reply);
    assert!(url.starts_with(CALLBACK), "{url}");
    let answer = parameters(&url);
    assert_eq!(
        answer.get("state").map(String::as_str),
        Some("app-state"),
        "{url}"
    );
    assert!(!answer.contains_key("code"), "{url}");
    let description = answer.get("error_description").map_or("", String::as_str);
    format!("{}: {description}", answer["error"])
}

/// The settings of an application that supports these providers.
pub fn application(providers: &[&str]) -> Value {
    json!({
        "AllowedOAuthFlowsUserPoolClient": true,
        "AllowedOAuthFlows": ["code"],
        "AllowedOAuthScopes": ["openid", "email", "profile", "aws.cognito.signin.user.admin"],
        "CallbackURLs": [CALLBACK],
        "SupportedIdentityProviders": providers,
    })
}

pub fn google() -> Value {
    json!({
        "ProviderName": "Google",
        "ProviderType": "Google",
        "ProviderDetails": { "client_id": "g-id", "client_secret": "g-secret", "authorize_scopes": "email profile openid" },
        "AttributeMapping": { "email": "email", "name": "name" },
    })
}

/// An OIDC provider, with more details than these.
pub fn oidc(name: &str, issuer: &str, details: Value) -> Value {
    let mut all = json!({
        "client_id": "o-id",
        "client_secret": "o-secret",
        "authorize_scopes": "openid email",
        "attributes_request_method": "GET",
        "oidc_issuer": issuer,
    });
    merge(&mut all, details);
    json!({
        "ProviderName": name,
        "ProviderType": "OIDC",
        "ProviderDetails": all,
        "AttributeMapping": { "email": "email", "name": "name" },
    })
}
