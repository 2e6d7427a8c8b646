//! The hosted pages, as a browser without JavaScript sees them.

mod forms;
mod languages;
mod looks;
mod recover;
mod second_factors;
mod sign_in;
mod sign_up;
mod step_up;
mod strip;

use std::cell::RefCell;
use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::{Value, json};

use crate::support::{Reply, Server, merge, text};

pub const CALLBACK: &str = "https://app.example.com/callback";

/// A browser: it keeps cookies, and that is all it can do.
pub struct Browser<'s> {
    server: &'s Server,
    cookies: RefCell<BTreeMap<String, String>>,
}

/// A page, or a redirect.
pub struct Page {
    pub status: StatusCode,
    pub reply: Reply,
    pub html: String,
}

impl Page {
    pub fn header(&self, name: &str) -> &str {
        let value = self.reply.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }

    pub fn location(&self) -> &str {
        self.header("location")
    }

    /// Where a finished sign-in leads: the client's address, with a code.
    #[track_caller]
    pub fn code(&self) -> String {
        assert_eq!(self.status, StatusCode::FOUND, "{}", self.html);
        let location = self.location();
        let query = location
            .strip_prefix(CALLBACK)
            .unwrap_or_else(|| panic!("{location}"));
        let pairs = form_urlencoded::parse(query.trim_start_matches('?').as_bytes());
        let pairs: BTreeMap<_, _> = pairs.into_owned().collect();
        assert_eq!(pairs["state"], "x y");
        pairs["code"].clone()
    }

    /// The value of a hidden field.
    pub fn hidden(&self, name: &str) -> String {
        let start = format!("<input type=\"hidden\" name=\"{name}\" value=\"");
        let rest = self.html.split_once(&start).map(|(_, rest)| rest);
        let rest = rest.unwrap_or_else(|| panic!("no field {name} in {}", self.html));
        rest.split('"').next().unwrap().to_owned()
    }

    /// The sentence that an element with this test id begins with.
    pub fn says(&self, testid: &str) -> Option<String> {
        let (_, rest) = self.html.split_once(&format!("data-testid=\"{testid}\""))?;
        let rest = rest.split_once('>')?.1;
        Some(unescaped(rest.split('<').next()?).trim().to_owned())
    }

    #[track_caller]
    pub fn refuses(&self, sentence: &str) {
        assert_eq!(
            self.says("error").as_deref(),
            Some(sentence),
            "{}",
            self.html
        );
    }

    pub fn has(&self, testid: &str) -> bool {
        self.html.contains(&format!("data-testid=\"{testid}\""))
    }
}

fn unescaped(html: &str) -> String {
    html.replace("&#60;", "<")
        .replace("&#62;", ">")
        .replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&#38;", "&")
}

impl<'s> Browser<'s> {
    pub fn new(server: &'s Server) -> Self {
        Self {
            server,
            cookies: RefCell::default(),
        }
    }

    pub async fn get(&self, path: &str) -> Page {
        self.send(Request::get(path), Body::empty()).await
    }

    pub async fn get_with(&self, path: &str, name: &str, value: &str) -> Page {
        self.send(Request::get(path).header(name, value), Body::empty())
            .await
    }

    /// Sends a form as it is.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let request =
            Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request, body.into()).await
    }

    /// Fills in the page's form: its hidden fields go along.
    pub async fn submit(&self, page: &Page, path: &str, fields: &[(&str, &str)]) -> Page {
        let (token, mut fields) = (page.hidden("_csrf"), fields.to_vec());
        fields.push(("_csrf", &token));
        let state = page
            .html
            .contains("name=\"state\"")
            .then(|| page.hidden("state"));
        if let Some(state) = &state {
            fields.push(("state", state));
        }
        self.post(path, &fields).await
    }

    pub async fn send(&self, request: axum::http::request::Builder, body: Body) -> Page {
        let cookies: Vec<String> = self
            .cookies
            .borrow()
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = request.header(header::COOKIE, cookies.join("; "));
        let reply = self.server.send(request.body(body).unwrap()).await;
        for set in reply.headers.get_all(header::SET_COOKIE) {
            let pair = set.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies
                .borrow_mut()
                .insert(name.to_owned(), value.to_owned());
        }
        Page {
            status: reply.status,
            html: String::from_utf8_lossy(&reply.body).into_owned(),
            reply,
        }
    }
}

/// A pool with a client whose users sign in at the pages.
pub struct Place {
    pub server: Server,
    pub pool: String,
    pub client: String,
}

impl Place {
    pub async fn new(pool: Value) -> Self {
        Self::with_client(pool, json!({})).await
    }

    pub async fn with_client(pool: Value, client: Value) -> Self {
        Self::at_server(Server::start().await, pool, client).await
    }

    pub async fn at_server(server: Server, pool: Value, client: Value) -> Self {
        let pool = server.pool(pool).await;
        let client = web_client(&server, &pool, client).await;
        Self {
            server,
            pool,
            client,
        }
    }

    /// With a user `alice`.
    pub async fn with_alice(pool: Value) -> Self {
        let place = Self::new(pool).await;
        place.alice().await;
        place
    }

    pub async fn alice(&self) {
        let email = [("email", "alice@example.com"), ("email_verified", "true")];
        self.server.user(&self.pool, "alice", &email).await;
    }

    pub fn browser(&self) -> Browser<'_> {
        Browser::new(&self.server)
    }

    /// A path with the request of this client.
    pub fn at(&self, path: &str) -> String {
        at(path, &self.client)
    }
}

/// A client that may use the code grant.
pub async fn web_client(server: &Server, pool: &str, settings: Value) -> String {
    let mut input = json!({
        "CallbackURLs": [CALLBACK], "AllowedOAuthFlowsUserPoolClient": true, "AllowedOAuthFlows": ["code"],
        "AllowedOAuthScopes": ["openid", "email"], "SupportedIdentityProviders": ["COGNITO"],
    });
    merge(&mut input, settings);
    text(&server.client(pool, input).await["ClientId"])
}

/// A path with a request of this client.
pub fn at(path: &str, client: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", client)
        .append_pair("redirect_uri", CALLBACK)
        .append_pair("response_type", "code")
        .append_pair("scope", "openid email")
        .append_pair("state", "x y")
        .finish();
    format!("{path}?{query}")
}
