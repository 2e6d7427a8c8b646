//! What a test needs: a server, a pool, a user, and calls that look like a client's.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use mocknito::app::{App, Issuer, Settings};
use mocknito::clock::{Clock, Timestamp};
use mocknito::fixtures::Fixtures;
use mocknito::http::listen;
use mocknito::keys::{Keys, Mint};
use mocknito::outbox::Outbox;
use mocknito::random::Random;
use mocknito::store::{Location, Store};
use serde_json::{Value, json};
use tower::ServiceExt;

pub const PASSWORD: &str = "Passw0rd!";
/// 2026-01-01T00:00:00Z
pub const START: i64 = 1_767_225_600;

/// A server of its own for one test.
pub struct Server {
    pub app: Arc<App>,
    router: Router,
    /// While it lives, the inbox waits.
    _closer: listen::Closer,
}

/// What came back.
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }
}

impl Server {
    pub async fn start() -> Self {
        Self::with(Issuer::Local).await
    }

    pub async fn with(issuer: Issuer) -> Self {
        Self::build(issuer, Outbox::default()).await
    }

    pub async fn sending_to(outbox: Outbox) -> Self {
        Self::build(Issuer::Local, outbox).await
    }

    async fn build(issuer: Issuer, outbox: Outbox) -> Self {
        let random = Random::new(Some(1));
        let store = Store::open(Location::Memory, &mut random.generator())
            .await
            .unwrap();
        let mint = Mint::Given {
            id: include_bytes!("keys/id.pk8").to_vec(),
            access: include_bytes!("keys/access.pk8").to_vec(),
        };
        let fixtures = Fixtures::read(false, &[]).unwrap();
        let (closer, closing) = listen::closing();
        let app = Arc::new(App {
            settings: Settings {
                region: "us-east-1".to_owned(),
                account_id: "123456789012".to_owned(),
                public_url: "http://localhost:9339".to_owned(),
                issuer,
            },
            keys: Keys::new(store.master_secret(), mint),
            store,
            clock: Clock::frozen_at(Timestamp::from_seconds(START)),
            random,
            outbox,
        });
        Self {
            router: mocknito::http::router(app.clone(), fixtures, closing),
            _closer: closer,
            app,
        }
    }

    pub fn advance(&self, by: Duration) {
        self.app.clock.advance(by);
    }

    /// Sends a request as it is.
    pub async fn send(&self, request: Request<Body>) -> Reply {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, 16 << 20).await.unwrap().to_vec();
        Reply {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    /// `POST /` with this target and body, unsigned.
    pub async fn post(&self, target: &str, body: impl Into<Body>) -> Reply {
        let request = Request::post("/")
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", target)
            .body(body.into())
            .unwrap();
        self.send(request).await
    }

    /// Calls an operation of the user pools API, whatever comes of it.
    pub async fn call(&self, operation: &str, input: Value) -> Reply {
        self.post(
            &format!("AWSCognitoIdentityProviderService.{operation}"),
            input.to_string(),
        )
        .await
    }

    /// Calls an operation that must succeed; operations without output give null.
    #[track_caller]
    pub fn ok(&self, operation: &'static str, input: Value) -> impl Future<Output = Value> {
        let caller = std::panic::Location::caller();
        async move {
            let reply = self.call(operation, input).await;
            let text = String::from_utf8_lossy(&reply.body);
            assert_eq!(
                reply.status,
                StatusCode::OK,
                "{operation} at {caller}: {text}"
            );
            if reply.body.is_empty() {
                Value::Null
            } else {
                reply.json()
            }
        }
    }

    /// Calls an operation that must be refused; gives `Code: message`.
    #[track_caller]
    pub fn refused(&self, operation: &'static str, input: Value) -> impl Future<Output = String> {
        let caller = std::panic::Location::caller();
        async move {
            let reply = self.call(operation, input).await;
            let text = String::from_utf8_lossy(&reply.body);
            assert_eq!(
                reply.status,
                StatusCode::BAD_REQUEST,
                "{operation} at {caller}: {text}"
            );
            let error = reply.json();
            format!(
                "{}: {}",
                error["__type"].as_str().unwrap(),
                error["message"].as_str().unwrap_or_default()
            )
        }
    }

    /// Submits a form to the token endpoint; gives status and document.
    pub async fn token_endpoint(
        &self,
        basic: Option<(&str, &str)>,
        form: &[(&str, &str)],
    ) -> (StatusCode, Value) {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let mut request = Request::post("/oauth2/token")
            .header("content-type", "application/x-www-form-urlencoded");
        if let Some((id, secret)) = basic {
            request = request.header(
                "authorization",
                format!("Basic {}", STANDARD.encode(format!("{id}:{secret}"))),
            );
        }
        let reply = self.send(request.body(body.into()).unwrap()).await;
        (reply.status, reply.json())
    }

    /// A pool with these settings beside its name.
    pub async fn pool(&self, settings: Value) -> String {
        let mut input = json!({ "PoolName": "test" });
        merge(&mut input, settings);
        self.ok("CreateUserPool", input).await["UserPool"]["Id"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// A client with these settings, which allows the password flows and refresh unless they say otherwise. Gives the described client.
    pub async fn client(&self, pool: &str, settings: Value) -> Value {
        let mut input = json!({
            "UserPoolId": pool,
            "ClientName": "test",
            "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        });
        merge(&mut input, settings);
        self.ok("CreateUserPoolClient", input).await["UserPoolClient"].clone()
    }

    /// A confirmed user with [`PASSWORD`]. Gives the sub.
    pub async fn user(&self, pool: &str, username: &str, attributes: &[(&str, &str)]) -> String {
        let attributes: Vec<Value> = attributes
            .iter()
            .map(|(name, value)| json!({ "Name": name, "Value": value }))
            .collect();
        let created = self
            .ok(
                "AdminCreateUser",
                json!({ "UserPoolId": pool, "Username": username, "MessageAction": "SUPPRESS", "UserAttributes": attributes }),
            )
            .await;
        let name = created["User"]["Username"].as_str().unwrap();
        self.ok("AdminSetUserPassword", json!({ "UserPoolId": pool, "Username": name, "Password": PASSWORD, "Permanent": true })).await;
        attribute(&created["User"]["Attributes"], "sub").unwrap()
    }

    /// A pool, a public client and a confirmed user `alice`.
    pub async fn world(&self) -> World<'_> {
        let pool = self.pool(json!({})).await;
        let client = self.client(&pool, json!({})).await["ClientId"]
            .as_str()
            .unwrap()
            .to_owned();
        let sub = self
            .user(
                &pool,
                "alice",
                &[("email", "alice@example.com"), ("email_verified", "true")],
            )
            .await;
        World {
            server: self,
            pool,
            client,
            sub,
        }
    }

    /// Signs in with [`PASSWORD`]; gives the tokens.
    pub async fn sign_in(&self, client: &str, username: &str) -> Value {
        let input = json!({
            "AuthFlow": "USER_PASSWORD_AUTH",
            "ClientId": client,
            "AuthParameters": { "USERNAME": username, "PASSWORD": PASSWORD },
        });
        self.ok("InitiateAuth", input).await["AuthenticationResult"].clone()
    }
}

/// The usual things in a server.
pub struct World<'s> {
    pub server: &'s Server,
    pub pool: String,
    pub client: String,
    pub sub: String,
}

impl World<'_> {
    /// Alice's tokens.
    pub async fn tokens(&self) -> Value {
        self.server.sign_in(&self.client, "alice").await
    }
}

/// Writes the members of `more` over those of `base`.
pub fn merge(base: &mut Value, more: Value) {
    if let (Value::Object(base), Value::Object(more)) = (base, more) {
        base.extend(more);
    }
}

/// The value of an attribute in a list of `{Name, Value}`.
pub fn attribute(list: &Value, name: &str) -> Option<String> {
    list.as_array()?.iter().find(|one| one["Name"] == name)?["Value"]
        .as_str()
        .map(str::to_owned)
}

/// A token's claims, unverified.
pub fn claims(token: &Value) -> Value {
    part(token, 1)
}

/// A token's header.
pub fn header(token: &Value) -> Value {
    part(token, 0)
}

fn part(token: &Value, index: usize) -> Value {
    let part = token.as_str().unwrap().split('.').nth(index).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// The keys of a document, sorted.
pub fn keys(document: &Value) -> Vec<String> {
    let mut keys: Vec<String> = document.as_object().unwrap().keys().cloned().collect();
    keys.sort();
    keys
}

/// Base64(HMAC-SHA256(secret, user name + client id)).
pub fn secret_hash(secret: &str, username: &str, client: &str) -> String {
    use aws_lc_rs::hmac;
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    STANDARD.encode(hmac::sign(&key, format!("{username}{client}").as_bytes()))
}
