//! A real OIDC provider for tests: an HTTP server of its own, which answers what the test tells it
//! to, right or wrong.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mocknito::keys::SigningKey;
use serde_json::{Value, json};

use crate::support::START;

/// What the provider answers.
pub struct Plan {
    pub id_token: Option<String>,
    pub user_info: Option<Value>,
    pub token_status: u16,
    /// Instead of tokens.
    pub token_answer: Option<Value>,
    pub discovery: Value,
    /// What came to the token endpoint: form and `Authorization`.
    pub asked: Vec<(String, Option<String>)>,
    /// How often the user info was asked for, and by which method.
    pub info_asked: Vec<String>,
    /// With which headers `Content-Length` and `Content-Type`.
    pub info_headers: Vec<[Option<String>; 2]>,
    /// A whole answer in place of the user info.
    pub info_answer: Option<(u16, String)>,
    /// Other keys than the provider's own.
    pub keys: Option<Value>,
    /// What the provider knows of any token that it is asked about.
    pub introspection: Option<Value>,
    /// SAML metadata, which are sent as XML only.
    pub metadata: Option<String>,
}

/// The provider.
pub struct Provider {
    pub issuer: String,
    pub key: SigningKey,
    plan: Arc<Mutex<Plan>>,
}

struct Served {
    plan: Arc<Mutex<Plan>>,
    jwks: String,
}

impl Provider {
    pub async fn start() -> Self {
        let key = SigningKey::from_pkcs8(include_bytes!("../support/keys/id.pk8")).unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let plan = Arc::new(Mutex::new(Plan {
            id_token: None,
            user_info: None,
            token_status: 200,
            token_answer: None,
            discovery: json!({
                "issuer": issuer,
                "authorization_endpoint": format!("{issuer}/authorize"),
                "token_endpoint": format!("{issuer}/token"),
                "userinfo_endpoint": format!("{issuer}/userinfo"),
                "jwks_uri": format!("{issuer}/keys"),
                "code_challenge_methods_supported": ["S256"],
            }),
            asked: Vec::new(),
            info_asked: Vec::new(),
            info_headers: Vec::new(),
            info_answer: None,
            keys: None,
            introspection: None,
            metadata: None,
        }));
        let jwks = json!({ "keys": [{ "kty": "unknown" }, key.jwk()] }).to_string();
        let served = Arc::new(Served {
            plan: plan.clone(),
            jwks,
        });
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/token", post(token))
            .route("/userinfo", get(user_info).post(user_info))
            .route("/keys", get(keys))
            .route("/introspection", post(introspection))
            .route("/metadata", get(metadata))
            .with_state(served);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { issuer, key, plan }
    }

    pub fn plan(&self, change: impl FnOnce(&mut Plan)) {
        change(&mut self.plan.lock().unwrap());
    }

    /// What came to the token endpoint last.
    pub fn asked(&self) -> (String, Option<String>) {
        self.plan.lock().unwrap().asked.last().unwrap().clone()
    }

    pub fn info_asked(&self) -> Vec<String> {
        self.plan.lock().unwrap().info_asked.clone()
    }

    /// The claims of a good ID token.
    pub fn claims(&self, nonce: &str) -> Value {
        json!({
            "iss": self.issuer,
            "aud": "o-id",
            "sub": "u-1",
            "nonce": nonce,
            "iat": START,
            "exp": START + 3_600,
            "email": "ann@example.com",
        })
    }

    /// The claims with this header and a signature of ours over something else.
    pub fn forged(&self, header: &Value, claims: &Value) -> String {
        let good = self.key.sign(claims).unwrap();
        let signature = good.rsplit('.').next().unwrap();
        let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
        format!("{}.{}.{signature}", encode(header), encode(claims))
    }
}

async fn discovery(State(served): State<Arc<Served>>) -> Response {
    json_answer(200, &served.plan.lock().unwrap().discovery)
}

async fn token(State(served): State<Arc<Served>>, headers: HeaderMap, body: Bytes) -> Response {
    let mut plan = served.plan.lock().unwrap();
    let authorization = headers.get(header::AUTHORIZATION);
    let authorization = authorization.map(|value| value.to_str().unwrap().to_owned());
    plan.asked
        .push((String::from_utf8(body.to_vec()).unwrap(), authorization));
    let answer = plan.token_answer.clone().unwrap_or_else(|| {
        let mut tokens = json!({ "access_token": "at-1", "token_type": "Bearer" });
        if let Some(token) = &plan.id_token {
            tokens["id_token"] = json!(token);
        }
        tokens
    });
    json_answer(plan.token_status, &answer)
}

async fn user_info(
    State(served): State<Arc<Served>>,
    method: axum::http::Method,
    headers: HeaderMap,
) -> Response {
    let mut plan = served.plan.lock().unwrap();
    plan.info_asked.push(method.to_string());
    let sent = |name| Some(headers.get(name)?.to_str().unwrap().to_owned());
    let said = [sent(header::CONTENT_LENGTH), sent(header::CONTENT_TYPE)];
    plan.info_headers.push(said);
    if let Some((status, body)) = plan.info_answer.clone() {
        return (StatusCode::from_u16(status).unwrap(), body).into_response();
    }
    let right = headers
        .get(header::AUTHORIZATION)
        .is_some_and(|value| value == "Bearer at-1");
    match &plan.user_info {
        Some(info) if right => json_answer(200, info),
        _ => json_answer(401, &json!({})),
    }
}

async fn keys(State(served): State<Arc<Served>>) -> String {
    match &served.plan.lock().unwrap().keys {
        Some(keys) => keys.to_string(),
        None => served.jwks.clone(),
    }
}

/// Asked by the client that has the secret only.
async fn introspection(State(served): State<Arc<Served>>, form: String) -> Response {
    let plan = served.plan.lock().unwrap();
    match &plan.introspection {
        Some(said) if form.contains("client_secret=o-secret") => json_answer(200, said),
        _ => json_answer(401, &json!({ "error": "invalid_client" })),
    }
}

/// As Keycloak: nobody gets XML who asks for JSON.
async fn metadata(State(served): State<Arc<Served>>, headers: HeaderMap) -> Response {
    let accepted = headers[header::ACCEPT].to_str().unwrap();
    if !accepted.starts_with("application/samlmetadata+xml, application/xml") {
        return StatusCode::NOT_ACCEPTABLE.into_response();
    }
    match served.plan.lock().unwrap().metadata.clone() {
        Some(metadata) => metadata.into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn json_answer(status: u16, answer: &Value) -> Response {
    (StatusCode::from_u16(status).unwrap(), answer.to_string()).into_response()
}
