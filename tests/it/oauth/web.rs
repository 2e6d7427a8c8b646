//! What the tests of browsers' endpoints share: a web app's client, a browser at which somebody
//! signs in, and the way from a code to tokens.

use axum::http::{HeaderMap, HeaderValue, StatusCode};
use mocknito::app::Ctx;
use mocknito::flows::authorize::Authenticated;
use mocknito::http::oauth::{AuthorizeRequest, Browser, finish};
use mocknito::http::request_head::RequestHead;
use mocknito::store::Method;
use serde_json::{Value, json};

use crate::support::{Reply, Server, merge};

/// Where the web app's client is sent back to.
pub const CALLBACK: &str = "https://app.example.com/callback";
pub const SIGNED_OUT: &str = "https://app.example.com/goodbye";

/// RFC 7636, appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A pool with a web app and the user `alice`.
pub struct Web {
    pub server: Server,
    pub pool: String,
    pub client: String,
    pub sub: String,
}

impl Web {
    pub async fn start() -> Self {
        let server = Server::start().await;
        let pool = server.pool(json!({})).await;
        let client = web_client(&server, &pool, json!({})).await;
        let sub = server
            .user(
                &pool,
                "alice",
                &[
                    ("email", "alice@example.com"),
                    ("email_verified", "true"),
                    ("phone_number", "+15550100"),
                    ("given_name", "Alice"),
                ],
            )
            .await;
        Self {
            server,
            pool,
            client,
            sub,
        }
    }

    /// The parameters that every good request has, with these over them. Null takes one away.
    pub fn query(&self, more: Value) -> String {
        let mut parameters = json!({
            "response_type": "code",
            "client_id": self.client,
            "redirect_uri": CALLBACK,
            "state": "xyz",
        });
        merge(&mut parameters, more);
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in parameters.as_object().unwrap() {
            if let Some(value) = value.as_str() {
                query.append_pair(name, value);
            }
        }
        query.finish()
    }

    /// `GET /oauth2/authorize` with these parameters over the good ones.
    pub async fn authorize(&self, more: Value) -> Reply {
        self.authorize_with(&[], more).await
    }

    pub async fn authorize_with(&self, headers: &[(&str, &str)], more: Value) -> Reply {
        let path = format!("/oauth2/authorize?{}", self.query(more));
        get_with(&self.server, headers, &path).await
    }

    /// Alice signs in: where the browser is sent, and the cookie that it has from then on.
    pub async fn sign_in(&self, more: Value) -> (String, String) {
        sign_in(&self.server, &self.query(more), &self.sub).await
    }

    /// The code that Alice's sign-in gives.
    pub async fn code(&self, more: Value) -> String {
        let (location, _) = self.sign_in(more).await;
        parameter(&location, "code").unwrap_or_else(|| panic!("no code: {location}"))
    }

    /// The token endpoint's answer to a code, with these fields over the good ones. Null takes one
    /// away.
    pub async fn exchange(&self, code: &str, more: Value) -> (StatusCode, Value) {
        let mut form = json!({
            "grant_type": "authorization_code",
            "client_id": self.client,
            "redirect_uri": CALLBACK,
            "code": code,
        });
        merge(&mut form, more);
        let form: Vec<(&str, &str)> = form
            .as_object()
            .unwrap()
            .iter()
            .filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)))
            .collect();
        self.server.token_endpoint(None, &form).await
    }

    /// Tokens for Alice, by a code.
    pub async fn tokens(&self, more: Value) -> Value {
        let code = self.code(more).await;
        let (status, tokens) = self.exchange(&code, json!({})).await;
        assert_eq!(status, 200, "{tokens}");
        tokens
    }
}

/// A public client of a web app, with both grants.
pub async fn web_client(server: &Server, pool: &str, more: Value) -> String {
    let mut settings = json!({
        "AllowedOAuthFlowsUserPoolClient": true,
        "AllowedOAuthFlows": ["code", "implicit"],
        "AllowedOAuthScopes": ["openid", "email", "phone", "profile", "aws.cognito.signin.user.admin"],
        "CallbackURLs": [CALLBACK, "https://app.example.com/other?tenant=1", "myapp://callback"],
        "LogoutURLs": [SIGNED_OUT],
        "SupportedIdentityProviders": ["COGNITO"],
    });
    merge(&mut settings, more);
    server.client_id(pool, settings).await
}

/// As a page does when somebody has signed in: where the browser is sent, and the cookie that it
/// has from then on.
pub async fn sign_in(server: &Server, query: &str, sub: &str) -> (String, String) {
    sign_in_with(server, &HeaderMap::new(), query, sub).await
}

/// As [`sign_in`], at a browser that has these headers.
pub async fn sign_in_with(
    server: &Server,
    headers: &HeaderMap,
    query: &str,
    sub: &str,
) -> (String, String) {
    let ctx = Ctx::new(server.app.clone(), "Test", None);
    let request = AuthorizeRequest::read(&ctx, headers, query)
        .await
        .unwrap_or_else(|refusal| panic!("{query}: {refusal:?}"));
    let who = Authenticated {
        sub: sub.to_owned(),
        auth_time: ctx.now,
        device_key: None,
        methods: Method::Password.into(),
        saml_session: None,
    };
    let browser = Browser::of(&ctx, &RequestHead::from(headers.clone()));
    let response = finish(&ctx, &request, &browser, who).await;
    let location = response.headers()["location"].to_str().unwrap().to_owned();
    let cookie = response
        .headers()
        .get("set-cookie")
        .map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap())
        .unwrap_or_default();
    (location, cookie.to_owned())
}

/// `GET` with these headers.
pub async fn get_with(server: &Server, headers: &[(&str, &str)], path: &str) -> Reply {
    server.ask(axum::http::Method::GET, path, headers, "").await
}

/// Where the answer sends the browser; it must send it somewhere.
#[track_caller]
pub fn location(reply: &Reply) -> String {
    assert_eq!(
        reply.status,
        302,
        "{}",
        String::from_utf8_lossy(&reply.body)
    );
    reply.headers["location"].to_str().unwrap().to_owned()
}

/// That the answer is a page with this code, and sends nobody anywhere.
#[track_caller]
pub fn is_error_page(reply: &Reply, code: &str) {
    let page = String::from_utf8_lossy(&reply.body);
    assert_eq!(reply.status, 400, "{page}");
    assert!(!reply.headers.contains_key("location"));
    assert_eq!(
        reply.headers.get("content-type"),
        Some(&HeaderValue::from_static("text/html; charset=utf-8"))
    );
    let policy = reply.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(page.contains(code), "{page}");
}

/// A parameter of an address's query or fragment.
pub fn parameter(location: &str, name: &str) -> Option<String> {
    let start = location.find(['?', '#'])? + 1;
    form_urlencoded::parse(location[start..].replace('#', "&").as_bytes())
        .find(|(one, _)| one == name)
        .map(|(_, value)| value.into_owned())
}
