//! What a test needs: a server, a pool, a user, and calls that look like a client's.
//!
//! Every answer of the AWS door that passes through here is held against the protocol and against
//! the operation's declared errors.

pub mod authenticator;
pub mod binary;
pub mod devices;
mod documents;
pub mod fixtures;
pub mod log;
mod secrets;
pub mod srp;
pub mod totp;

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mocknito::access::Access;
use mocknito::app::{
    App, AuthorizerMemory, Issuer, ListedCredentials, PretendProviders, Risks, Settings,
};
use mocknito::clock::{Clock, ClockStep, Timestamp};
use mocknito::error::{CATALOGUE, Situation};
use mocknito::faults::Faults;
use mocknito::fixtures::{FixtureError, Fixtures};
use mocknito::http::listen::{self, Closer, Closing};
use mocknito::http_client::HttpClient;
use mocknito::journal::Journal;
use mocknito::keys::{CompromisedPasswords, Keys, Mint};
use mocknito::outbox::Outbox;
use mocknito::random::Random;
use mocknito::store::{Location, Store};
use mocknito::throttle::{Throttle, ThrottleRule};
use mocknito::triggers::{Functions, TargetRule};
use mocknito::wire::user_pools::UserStatusType;
use mocknito::wire::{ErrorCode, Facts, identity_pools, user_pools};
use serde_json::{Value, json};
use tower::ServiceExt;

use secrets::Secrets;

pub use documents::{
    altered, amend, attribute, attribute_list, claims, each, header, keys, merge, shape, text,
    with_password, with_refresh_token,
};

/// Where clients reach a test's server.
pub const PUBLIC_URL: &str = "http://localhost:9339";

pub const PASSWORD: &str = "Passw0rd!";
/// 2026-01-01T00:00:00Z
pub const START: i64 = 1_767_225_600;

/// A server of its own for one test.
pub struct Server {
    pub app: Arc<App>,
    router: Router,
    /// While it lives, the inbox waits.
    _closer: listen::Closer,
    /// Those that went through it, which its journal must not show.
    pub secrets: Secrets,
    /// Where the store is, if it is in a file. Last, so that it goes after the store.
    folder: Option<Folder>,
}

/// A fixture file, read and gone again.
fn read_fixture(yaml: &str) -> Result<Fixtures, FixtureError> {
    let folder = Folder::new();
    std::fs::create_dir_all(&folder.0).unwrap();
    let file = folder.0.join("fixture.yaml");
    std::fs::write(&file, yaml).unwrap();
    Fixtures::read(false, &[file])
}

/// A folder of its own, which goes with it.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("mocknito-it-{}-{number}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Connections that are still open write to nowhere.
        let _not_there = std::fs::remove_dir_all(&self.0);
    }
}

/// What came back.
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// Which of the catalogue's situations it tells of, if it is a refusal.
    pub situation: Option<&'static str>,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }

    /// The answer to a call that must have succeeded; operations without output give null.
    pub fn answer(&self, call: impl Display) -> Value {
        let text = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status, StatusCode::OK, "{call}: {text}");
        if self.body.is_empty() {
            Value::Null
        } else {
            self.json()
        }
    }

    /// The `Code: message` of a call that must have been refused.
    pub fn refusal(&self, call: impl Display) -> String {
        let text = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status, StatusCode::BAD_REQUEST, "{call}: {text}");
        refusal(self)
    }

    /// That a call was refused in this situation of the catalogue.
    pub fn is_refused_as(&self, situation: &str, call: impl Display) {
        let text = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status, StatusCode::BAD_REQUEST, "{call}: {text}");
        assert_eq!(self.situation, Some(situation), "{call}: {text}");
    }
}

impl Server {
    pub async fn start() -> Self {
        Self::with(Issuer::Local).await
    }

    pub async fn with(issuer: Issuer) -> Self {
        Self::build(
            issuer,
            Fixtures::default(),
            Outbox::default(),
            None,
            Functions::default(),
        )
        .await
    }

    /// With another way out for messages than the inbox alone.
    pub async fn sending_to(outbox: Outbox) -> Self {
        Self::build(
            Issuer::Local,
            Fixtures::default(),
            outbox,
            None,
            Functions::default(),
        )
        .await
    }

    /// With functions that the test has put somewhere.
    pub async fn with_functions(functions: Functions) -> Self {
        Self::build(
            Issuer::Local,
            Fixtures::default(),
            Outbox::default(),
            None,
            functions,
        )
        .await
    }

    /// With what this fixture says, and functions where it says that they are.
    pub async fn with_fixture(
        yaml: &str,
        functions: impl FnOnce(Vec<TargetRule>) -> Functions,
    ) -> Self {
        let fixtures = read_fixture(yaml).unwrap();
        let functions = functions(fixtures.functions().to_vec());
        let (issuer, outbox) = (Issuer::Local, Outbox::default());
        let server = Self::build(issuer, fixtures.clone(), outbox, None, functions).await;
        fixtures.load(&server.app).await.unwrap();
        server
    }

    /// What is wrong with a fixture, whether reading it or loading it tells.
    pub async fn fixture_fault(yaml: &str) -> String {
        match read_fixture(yaml) {
            Err(broken) => broken.to_string(),
            Ok(fixtures) => {
                let server = Self::start().await;
                let loaded = fixtures.load(&server.app).await;
                loaded.expect_err("the fixture is sound").to_string()
            }
        }
    }

    /// With one code for everything.
    pub async fn with_fixed_code(code: &str) -> Self {
        let code = Some(code.to_owned());
        Self::build(
            Issuer::Local,
            Fixtures::default(),
            Outbox::default(),
            code,
            Functions::default(),
        )
        .await
    }

    /// With the demo's pool, client and users.
    pub async fn demo() -> Self {
        let demo = Fixtures::read(true, &[]).unwrap();
        let server = Self::build(
            Issuer::Local,
            demo.clone(),
            Outbox::default(),
            None,
            Functions::default(),
        )
        .await;
        demo.load(&server.app).await.unwrap();
        server
    }

    /// With its store in a file, whatever the other tests' stores are in.
    pub async fn in_a_folder() -> Self {
        Self::on_folder(Folder::new()).await
    }

    /// With the store in this folder.
    pub async fn on_folder(folder: Folder) -> Self {
        Self::on(
            Some(folder),
            Issuer::Local,
            Fixtures::default(),
            Outbox::default(),
            None,
            Functions::default(),
            true,
        )
        .await
    }

    /// The folder of the store.
    pub fn folder(&self) -> &Path {
        &self.folder.as_ref().expect("the store is in memory").0
    }

    /// Without the development strip on the hosted pages.
    pub async fn without_dev_strip() -> Self {
        let nothing = Fixtures::default();
        let functions = Functions::default();
        Self::build_with(
            Issuer::Local,
            nothing,
            Outbox::default(),
            None,
            functions,
            false,
        )
        .await
    }

    async fn build(
        issuer: Issuer,
        fixtures: Fixtures,
        outbox: Outbox,
        fixed_code: Option<String>,
        functions: Functions,
    ) -> Self {
        Self::build_with(issuer, fixtures, outbox, fixed_code, functions, true).await
    }

    async fn build_with(
        issuer: Issuer,
        fixtures: Fixtures,
        outbox: Outbox,
        fixed_code: Option<String>,
        functions: Functions,
        dev_strip: bool,
    ) -> Self {
        let in_files = std::env::var("MOCKNITO_TEST_STORE").is_ok_and(|store| store == "file");
        let folder = in_files.then(Folder::new);
        Self::on(
            folder, issuer, fixtures, outbox, fixed_code, functions, dev_strip,
        )
        .await
    }

    async fn on(
        folder: Option<Folder>,
        issuer: Issuer,
        fixtures: Fixtures,
        outbox: Outbox,
        fixed_code: Option<String>,
        functions: Functions,
        dev_strip: bool,
    ) -> Self {
        let mut app = Self::app(folder.as_ref(), issuer, outbox, fixed_code, functions).await;
        app.settings.dev_strip = dev_strip;
        Self::of(app, folder, fixtures, listen::closing())
    }

    /// With further origins and hosts that are not a stranger's.
    pub async fn allowing(origins: &[&str], hosts: &[&str]) -> Self {
        let texts = |list: &[&str]| list.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
        let mut app = Self::plain_app().await;
        app.access = Access::new(PUBLIC_URL, false, &texts(origins), &texts(hosts));
        Self::of(app, None, Fixtures::default(), listen::closing())
    }

    /// Whose addresses follow the host that is asked, if it is one of this machine's or of these.
    pub async fn following_hosts(hosts: &[&str]) -> Self {
        let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
        let mut app = Self::plain_app().await;
        app.settings.follows_host = true;
        app.access = Access::new(PUBLIC_URL, false, &[], &hosts);
        Self::of(app, None, Fixtures::default(), listen::closing())
    }

    /// Whose identity pools have their credentials from this STS.
    pub async fn with_credentials_from(sts: &str) -> Self {
        let mut app = Self::plain_app().await;
        app.settings.credentials_from = Some(sts.to_owned());
        Self::of(app, None, Fixtures::default(), listen::closing())
    }

    /// With these rates of requests.
    pub async fn throttled(rules: &[ThrottleRule]) -> Self {
        let mut app = Self::plain_app().await;
        app.throttle = Throttle::new(rules);
        Self::of(app, None, Fixtures::default(), listen::closing())
    }

    /// That knows these keys of the operator's.
    pub async fn listing(credentials: Vec<ListedCredentials>) -> Self {
        let mut app = Self::plain_app().await;
        app.settings.listed_credentials = credentials;
        Self::of(app, None, Fixtures::default(), listen::closing())
    }

    /// That stops when somebody else says so.
    pub async fn closing_with(closing: Closing) -> Self {
        let (closer, _) = listen::closing();
        let app = Self::plain_app().await;
        Self::of(app, None, Fixtures::default(), (closer, closing))
    }

    /// That keeps a history for point-in-time recovery, in memory.
    pub async fn keeping_history() -> Self {
        let clock = Arc::new(Clock::frozen_at(Timestamp::from_seconds(START)));
        Self::with_clock(Location::Memory, clock, true).await
    }

    /// On a folder that belongs to the test, with or without a history, by this clock.
    pub async fn with_clock(location: Location, clock: Arc<Clock>, history: bool) -> Self {
        let mut app = Self::plain_app().await;
        let rng = &mut app.random.generator();
        let store = if history {
            Store::open_with_history(location, rng, clock.clone()).await
        } else {
            Store::open(location, rng).await
        };
        app.store = store.unwrap();
        app.clock = clock;
        // A second server on a folder must not draw the ids of the first.
        app.random = Random::new(None);
        app.keys = given_keys(&app.store);
        Self::of(app, None, Fixtures::default(), listen::closing())
    }

    async fn plain_app() -> App {
        let (outbox, functions) = (Outbox::default(), Functions::default());
        Self::app(None, Issuer::Local, outbox, None, functions).await
    }

    fn of(
        app: App,
        folder: Option<Folder>,
        fixtures: Fixtures,
        (closer, closing): (Closer, Closing),
    ) -> Self {
        let app = Arc::new(app);
        Self {
            router: mocknito::http::router(app.clone(), fixtures, closing),
            _closer: closer,
            secrets: Secrets::of(&app),
            app,
            folder,
        }
    }

    async fn app(
        folder: Option<&Folder>,
        issuer: Issuer,
        outbox: Outbox,
        fixed_code: Option<String>,
        functions: Functions,
    ) -> App {
        let random = Random::new(Some(1));
        let location = match folder {
            Some(folder) => Location::Folder(folder.0.clone()),
            None => Location::Memory,
        };
        let clock = Arc::new(Clock::frozen_at(Timestamp::from_seconds(START)));
        let store = Store::open(location, &mut random.generator())
            .await
            .unwrap();
        App {
            access: Access::new(PUBLIC_URL, issuer == Issuer::Aws, &[], &[]),
            settings: Settings {
                region: "us-east-1".to_owned(),
                account_id: "123456789012".to_owned(),
                public_url: PUBLIC_URL.to_owned(),
                follows_host: false,
                issuer,
                fixed_code,
                dev_strip: true,
                pretend_providers: PretendProviders::Auto,
                credentials_from: None,
                listed_credentials: Vec::new(),
            },
            keys: given_keys(&store),
            store,
            clock,
            random,
            outbox,
            functions,
            journal: Journal::default(),
            http_client: HttpClient::default(),
            risks: Risks::default(),
            faults: Faults::default(),
            throttle: Throttle::default(),
            compromised_passwords: CompromisedPasswords::default(),
            authorizers: AuthorizerMemory::default(),
        }
    }

    /// Everything that the server serves: for who really listens, or calls while a test waits for
    /// its own answer.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    pub fn advance(&self, by: Duration) {
        self.app.clock.advance(ClockStep::On(by));
    }

    pub fn turn_back(&self, by: Duration) {
        self.app.clock.advance(ClockStep::Back(by));
    }

    /// Sends a request as it is.
    pub async fn send(&self, request: Request<Body>) -> Reply {
        let request = self.heard(request).await;
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, 16 << 20).await.unwrap().to_vec();
        self.secrets.note_body(&body);
        if let Some(location) = parts.headers.get(header::LOCATION) {
            self.secrets
                .note_address(location.to_str().unwrap_or_default());
        }
        // RFC 9110 §15.5.2; the JDK's HttpURLConnection throws where it is missing.
        let says_how = parts.headers.contains_key(header::WWW_AUTHENTICATE);
        // API Gateway, AppSync and load balancers have none, and are imitated.
        let server = parts.headers.get(header::SERVER);
        let is_balancers = server.is_some_and(|server| server == "awselb/2.0");
        let is_gateways = parts.headers.contains_key("x-mocknito-reason")
            && (parts.headers.contains_key("x-amzn-errortype") || is_balancers);
        assert!(
            parts.status != StatusCode::UNAUTHORIZED || says_how || is_gateways,
            "a 401 without WWW-Authenticate"
        );
        Reply {
            status: parts.status,
            headers: parts.headers,
            body,
            situation: parts.extensions.get().map(|Situation(name)| *name),
        }
    }

    /// The request, whose secrets are remembered.
    async fn heard(&self, request: Request<Body>) -> Request<Body> {
        self.secrets.note_address(&request.uri().to_string());
        // What comes piece by piece is for tests of that.
        if request.body().size_hint().exact().is_none() {
            return request;
        }
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        self.secrets.note_body(&body);
        Request::from_parts(parts, Body::from(body))
    }

    /// Sends a request with these headers and nothing else.
    pub async fn ask(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Reply {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_owned()));
        self.send(request.unwrap()).await
    }

    /// `POST /` with this target and body, unsigned.
    pub async fn post(&self, target: &str, body: impl Into<Body>) -> Reply {
        self.post_with(target, &[], body).await
    }

    /// As [`Server::post`], with these headers.
    pub async fn post_with(
        &self,
        target: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Reply {
        let mut request = Request::post("/")
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let reply = self.send(request.body(body.into()).unwrap()).await;
        check_protocol(target, &reply);
        reply
    }

    /// Calls an operation with a signature for this Region.
    pub async fn call_in(&self, region: &str, operation: &str, input: Value) -> Reply {
        self.post_with(
            &format!("{}.{operation}", user_pools::TARGET_PREFIX),
            &[("authorization", &credentials(region))],
            input.to_string(),
        )
        .await
    }

    /// `GET` of a path.
    pub async fn get(&self, path: &str) -> Reply {
        self.send(Request::get(path).body(Body::empty()).unwrap())
            .await
    }

    /// One of the paths under `/_mocknito`, with a JSON body or none.
    pub async fn own(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let body = match body {
            Value::Null => String::new(),
            body => body.to_string(),
        };
        let request = Request::builder()
            .method(method)
            .uri(format!("/_mocknito/{path}"))
            .body(body.into())
            .unwrap();
        let reply = self.send(request).await;
        (reply.status.as_u16(), reply.json())
    }

    /// The inbox's messages that match the query, newest first.
    pub async fn inbox(&self, query: &str) -> Vec<Value> {
        let (status, answer) = self
            .own("GET", &format!("inbox?{query}"), Value::Null)
            .await;
        assert_eq!(status, 200, "{answer}");
        answer["messages"].as_array().unwrap().clone()
    }

    /// The code in the newest message to this address or number.
    pub async fn code(&self, to: &str) -> String {
        let to = to.replace('+', "%2B");
        text(&self.inbox(&format!("to={to}")).await[0]["code"])
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
            reply.answer(format_args!("{operation} at {caller}"))
        }
    }

    /// Calls an operation that must be refused; gives `Code: message`.
    #[track_caller]
    pub fn refused(&self, operation: &'static str, input: Value) -> impl Future<Output = String> {
        let caller = std::panic::Location::caller();
        async move {
            let reply = self.call(operation, input).await;
            reply.refusal(format_args!("{operation} at {caller}"))
        }
    }

    /// Calls an operation that must be refused with exactly this `Code: message`.
    #[track_caller]
    pub fn refuses<'s>(
        &'s self,
        operation: &'static str,
        input: Value,
        expected: &'s str,
    ) -> impl Future<Output = ()> + 's {
        let caller = std::panic::Location::caller();
        async move {
            let call = format!("{operation} {input} at {caller}");
            let reply = self.call(operation, input).await;
            assert_eq!(reply.refusal(&call), expected, "{call}");
        }
    }

    /// Calls an operation that must be refused in this situation of the catalogue, in whatever
    /// words; the catalogue has the code.
    #[track_caller]
    pub fn refuses_as<'s>(
        &'s self,
        operation: &'static str,
        input: Value,
        situation: &'s str,
    ) -> impl Future<Output = ()> + 's {
        let caller = std::panic::Location::caller();
        async move {
            let call = format!("{operation} {input} at {caller}");
            let reply = self.call(operation, input).await;
            reply.is_refused_as(situation, call);
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

    /// A client with these settings, which allows the password flows and refresh unless they say
    /// otherwise. Gives the described client.
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
        let attributes = attribute_list(attributes);
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

    /// Puts a user into a state that no available operation leads to.
    pub async fn set_status(&self, pool: &str, username: &str, status: UserStatusType) {
        let sub = self.sub_of(pool, username).await;
        let mut write = self.app.store.write().await.unwrap();
        let mut user = write
            .users()
            .find_by_sub(pool, &sub)
            .await
            .unwrap()
            .unwrap();
        user.status = status;
        write.users().update(&user).await.unwrap();
        write.commit().await.unwrap();
    }

    /// The sub of a user.
    pub async fn sub_of(&self, pool: &str, username: &str) -> String {
        let user = self.described_user(pool, username).await;
        attribute(&user["UserAttributes"], "sub").unwrap()
    }

    /// AdminGetUser's answer.
    pub async fn described_user(&self, pool: &str, username: &str) -> Value {
        self.ok(
            "AdminGetUser",
            json!({ "UserPoolId": pool, "Username": username }),
        )
        .await
    }

    /// The id of a new client: [`Server::client`] for tests that need no more.
    pub async fn client_id(&self, pool: &str, settings: Value) -> String {
        text(&self.client(pool, settings).await["ClientId"])
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

/// The same signing keys for every pool: minting takes longer than most tests.
fn given_keys(store: &Store) -> Keys {
    let mint = Mint::Given {
        id: include_bytes!("keys/id.pk8").to_vec(),
        access: include_bytes!("keys/access.pk8").to_vec(),
    };
    Keys::new(store.master_secret(), mint)
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

/// What the protocol and the model ask of an answer to this target.
fn check_protocol(target: &str, reply: &Reply) {
    let text = String::from_utf8_lossy(&reply.body);
    let header = |name: &str| reply.headers.get(name).map(|value| value.to_str().unwrap());
    assert_eq!(
        header("content-type"),
        Some("application/x-amz-json-1.1"),
        "{target}"
    );
    assert_eq!(
        header("x-amzn-requestid").map(str::len),
        Some(36),
        "{target}"
    );
    if reply.status == StatusCode::OK {
        assert_eq!(header("x-amzn-errortype"), None, "{target}");
        return;
    }
    // 500 is nobody's answer: there is no input that may cause one.
    assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{target}: {text}");
    let error = reply.json();
    let code = error["__type"].as_str().unwrap();
    let message = error["message"].as_str().unwrap_or_default();
    assert_eq!(
        header("x-amzn-errortype"),
        Some(format!("{code}:").as_str())
    );
    assert_eq!(
        header("x-amzn-errormessage").is_some(),
        !message.is_empty(),
        "{target}: {text}"
    );
    let situation = reply.situation.unwrap();
    if let Some(entry) = CATALOGUE.iter().find(|entry| entry.situation == situation) {
        assert_eq!(code, entry.code.as_str(), "{target}: {situation}");
    }
    let Some(facts) = facts(target) else {
        assert_eq!(code, "UnknownOperationException", "{target}: {text}");
        return;
    };
    let declared = facts.errors.iter().any(|one| one.as_str() == code);
    let front_end = [
        ErrorCode::InvalidParameterException,
        ErrorCode::SerializationException,
    ];
    assert!(
        declared || front_end.iter().any(|one| one.as_str() == code),
        "{target} may not answer {code}: {text}"
    );
}

fn facts(target: &str) -> Option<&'static Facts> {
    let (service, operation) = target.split_once('.')?;
    match service {
        user_pools::TARGET_PREFIX => {
            user_pools::OperationName::from_wire(operation).map(|name| name.facts())
        }
        identity_pools::TARGET_PREFIX => {
            identity_pools::OperationName::from_wire(operation).map(|name| name.facts())
        }
        _ => None,
    }
}

/// An error answer as `Code: message`.
pub fn refusal(reply: &Reply) -> String {
    let error = reply.json();
    format!(
        "{}: {}",
        error["__type"].as_str().unwrap(),
        error["message"].as_str().unwrap_or_default()
    )
}

/// The `Authorization` header of a signed request; the signature itself nobody checks.
pub fn credentials(region: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/{region}/cognito-idp/aws4_request, SignedHeaders=host, Signature=00"
    )
}

/// Base64(HMAC-SHA256(secret, user name + client id)).
pub fn secret_hash(secret: &str, username: &str, client: &str) -> String {
    use aws_lc_rs::hmac;
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    STANDARD.encode(hmac::sign(&key, format!("{username}{client}").as_bytes()))
}
