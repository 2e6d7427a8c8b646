//! The composition root: everything a request may need, put together once, and the context of one
//! request.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use indexmap::IndexMap;
use jsonwebtoken::jwk::Jwk;
use rand::{Rng, RngExt};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::access::{Access, OPENID_HOST};
use crate::clock::{Clock, Timestamp};
pub use crate::config::{Issuer, ListedCredentials, PretendProviders};
use crate::error::{Error, Result};
use crate::faults::{FaultEffect, FaultTarget, Faults, Happening};
use crate::http_client::HttpClient;
use crate::ids;
use crate::journal::{Journal, JournalFilter};
use crate::keys::{CompromisedPasswords, Keys, OpenIdKey, PoolKeys, Purpose};
use crate::lasting::Lasting;
use crate::outbox::Outbox;
use crate::random::{Random, RequestRng};
use crate::store::{Client, Pool, SnapshotRefusal, Store, StoredIdentityPool};
use crate::throttle::Throttle;
use crate::triggers::Functions;
use crate::triggers::journal::Wanted;
use crate::wire::user_pools::{AttributeType, IssuerType, RiskLevelType};

/// What the operator chose and every request may ask.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The Region of requests without a credential scope.
    pub region: String,
    /// The account in ARNs.
    pub account_id: String,
    /// Where clients reach the server, without a trailing slash: the issuer's base.
    pub public_url: String,
    /// Whether the host that a request was sent to stands for it (`--public-url auto`).
    pub follows_host: bool,
    pub issuer: Issuer,
    /// What every code is, instead of a drawn one.
    pub fixed_code: Option<String>,
    /// Whether the hosted pages carry the development strip.
    pub dev_strip: bool,
    /// Whose part as identity provider the server plays itself.
    pub pretend_providers: PretendProviders,
    /// The STS that makes the credentials of identity pools. Without one they are our own.
    pub credentials_from: Option<String>,
    /// Keys of which the operator says that requests to APIs may be signed with them.
    pub listed_credentials: Vec<ListedCredentials>,
}

/// The running server.
pub struct App {
    pub settings: Settings,
    /// Which host names and web pages are not a stranger's.
    pub access: Access,
    pub store: Store,
    pub keys: Keys,
    /// Shared with the store, whose history is by it.
    pub clock: Arc<Clock>,
    pub random: Random,
    pub outbox: Outbox,
    pub functions: Functions,
    /// What came through the doors.
    pub journal: Journal,
    /// The way to identity providers.
    pub http_client: HttpClient,
    pub risks: Risks,
    /// What a test has ordered to fail.
    pub faults: Faults,
    /// How many requests there may be.
    pub throttle: Throttle,
    /// What threat protection finds.
    pub compromised_passwords: CompromisedPasswords,
    /// What the authorizers of APIs remember.
    pub authorizers: AuthorizerMemory,
}

/// What the authorizers of APIs remember for a while, as the gateways do.
#[derive(Debug, Default)]
pub struct AuthorizerMemory {
    /// Claims of tokens that were verified, by authorizer and digest of the token.
    pub tokens: Lasting<Arc<Map<String, Value>>>,
    /// The keys of issuers that are not ours.
    pub keys: Lasting<Arc<Vec<Jwk>>>,
}

/// How risky the sign-ins of which users are, as a test said. In memory only, by `sub`.
#[derive(Default)]
pub struct Risks(Mutex<HashMap<String, RiskLevelType>>);

impl Risks {
    pub fn of(&self, sub: &str) -> Option<RiskLevelType> {
        self.lock().get(sub).copied()
    }

    /// None takes back what was said.
    pub fn set(&self, sub: &str, level: Option<RiskLevelType>) {
        match level {
            Some(level) => self.lock().insert(sub.to_owned(), level),
            None => self.lock().remove(sub),
        };
    }

    fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, RiskLevelType>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long an ended token family is remembered, so that its refresh token is refused as expired
/// and not as unknown.
const ENDED_FAMILIES_ARE_KEPT: Duration = Duration::from_secs(30 * 86_400);

/// How long a used authorization code is remembered, so that its second use ends what the first one
/// made.
const USED_CODES_ARE_KEPT: Duration = Duration::from_secs(86_400);

/// How long the file of an import job is kept that nobody starts: longer than such a job can be
/// started.
const UNUSED_UPLOADS_ARE_KEPT: Duration = Duration::from_secs(2 * 86_400);

/// The longest that a wrong try counts (`domain::attempts`).
const WRONG_TRIES_COUNT: Duration = Duration::from_secs(3_600);

/// A pool's issuer as AWS writes it. (unsure) That of UPDATED is by AWS's own verifier.
fn aws_issuer(pool: &Pool, kind: IssuerType) -> String {
    let Pool { id, region, .. } = pool;
    let host = match kind {
        IssuerType::Original => "cognito-idp",
        IssuerType::Updated => "issuer-cognito-idp",
    };
    format!("https://{host}.{region}.amazonaws.com/{id}")
}

/// What identity pools' issuer has behind the public URL.
const OPENID_PATH: &str = "cognito-identity";

tokio::task_local! {
    /// Where the present request was sent to. It belongs to the request's task, so that nobody has
    /// to hand it through.
    static ADDRESS: String;
}

/// Runs a request for which addresses begin with this one.
pub async fn at_address<F: Future>(address: String, request: F) -> F::Output {
    ADDRESS.scope(address, request).await
}

impl App {
    /// What addresses begin with that the server makes: the public URL, for which with
    /// `--public-url auto` the host stands that the present request was sent to.
    pub fn address(&self) -> String {
        let asked = ADDRESS.try_with(String::clone);
        asked.unwrap_or_else(|_outside_of_a_request| self.settings.public_url.clone())
    }

    /// Whether [`App::address`] is or was this one for somebody.
    fn is_address(&self, address: &str) -> bool {
        let Settings {
            public_url,
            follows_host,
            ..
        } = &self.settings;
        address == public_url || (*follows_host && self.access.is_address(address))
    }

    /// The same, as clients name a provider after it: without `http://` or `https://`.
    pub fn is_here(&self, place: &str) -> bool {
        let schemes = ["http", "https"].iter();
        let mut addresses = schemes.map(|scheme| format!("{scheme}://{place}"));
        addresses.any(|address| self.is_address(&address))
    }

    /// The issuer of a pool's tokens.
    pub fn issuer(&self, pool: &Pool) -> String {
        self.issuer_in(self.settings.issuer, pool)
    }

    /// Whether this is the issuer of the pool's tokens, in the mode in which the server runs. With
    /// `--public-url auto` a token that was made at one address is good at every other.
    pub fn is_issuer(&self, pool: &Pool, issuer: &str) -> bool {
        self.is_issuer_in(self.settings.issuer, pool, issuer)
    }

    /// Whether tokens of the pool may name this issuer, whichever mode they were made in.
    pub fn is_issuer_of_any_mode(&self, pool: &Pool, issuer: &str) -> bool {
        let mut modes = [Issuer::Local, Issuer::Aws].into_iter();
        modes.any(|mode| self.is_issuer_in(mode, pool, issuer))
    }

    fn issuer_in(&self, mode: Issuer, pool: &Pool) -> String {
        match mode {
            Issuer::Local => format!("{}/{}", self.address(), pool.id),
            Issuer::Aws => {
                let configured = pool.settings.issuer_configuration.as_ref();
                let configured = configured.and_then(|one| one.r#type);
                aws_issuer(pool, configured.unwrap_or(IssuerType::Original))
            }
        }
    }

    fn is_issuer_in(&self, mode: Issuer, pool: &Pool, issuer: &str) -> bool {
        match mode {
            Issuer::Local => self.is_below(issuer, &pool.id),
            // (unsure) Tokens from before the IssuerConfiguration was changed still count: AWS's
            // own verifier takes both for every pool.
            Issuer::Aws => IssuerType::ALL
                .iter()
                .any(|kind| issuer == aws_issuer(pool, *kind)),
        }
    }

    /// Whether this is the address of a path of one segment here.
    fn is_below(&self, url: &str, segment: &str) -> bool {
        url.strip_suffix(segment)
            .and_then(|url| url.strip_suffix('/'))
            .is_some_and(|address| self.is_address(address))
    }

    /// The issuer of identity pools' OpenID tokens.
    pub fn openid_issuer(&self) -> String {
        match self.settings.issuer {
            Issuer::Local => format!("{}/{OPENID_PATH}", self.address()),
            Issuer::Aws => format!("https://{OPENID_HOST}"),
        }
    }

    /// Whether this is the issuer of identity pools' OpenID tokens.
    pub fn is_openid_issuer(&self, issuer: &str) -> bool {
        match self.settings.issuer {
            Issuer::Local => self.is_below(issuer, OPENID_PATH),
            Issuer::Aws => issuer == self.openid_issuer(),
        }
    }

    /// The key that signs identity pools' OpenID tokens.
    pub async fn openid_key(&self) -> Result<Arc<OpenIdKey>> {
        self.keys
            .of_openid_tokens(&self.store, &self.settings.region)
            .await
    }

    /// Forgets what has ended by itself: spent sessions and old token families. What has ended by
    /// a clock that a test moved ahead is kept, since the test may move it back.
    pub async fn sweep(&self) -> Result<()> {
        let now = self.clock.now().min(Clock::machine_now());
        let mut write = self.store.write().await?;
        write.spent_sessions().sweep(now).await?;
        write.browser_sessions().sweep(now).await?;
        write
            .authorization_codes()
            .sweep(now.minus(USED_CODES_ARE_KEPT))
            .await?;
        write
            .token_sessions()
            .sweep_origins(now.minus(USED_CODES_ARE_KEPT))
            .await?;
        write.devices().sweep(now).await?;
        write.custom_sign_ins().sweep(now).await?;
        write.passkeys().sweep(now).await?;
        write
            .families()
            .sweep(now.minus(ENDED_FAMILIES_ARE_KEPT))
            .await?;
        write
            .import_jobs()
            .sweep(now.minus(UNUSED_UPLOADS_ARE_KEPT))
            .await?;
        write.credentials().sweep(now).await?;
        write.attempts().sweep(now.minus(WRONG_TRIES_COUNT)).await?;
        if self.store.keeps_history() {
            write.history().sweep(now).await?;
        }
        write.commit().await
    }

    /// Empties the store: as new, but for its own secret.
    pub async fn reset(&self) -> Result<()> {
        self.store.reset().await?;
        self.forget();
        Ok(())
    }

    /// The store as it was when this snapshot was saved. What is in memory only is forgotten, as by
    /// a reset; the clock stays, too.
    pub async fn restore_snapshot(&self, name: &str) -> Result<Result<(), SnapshotRefusal>> {
        let restored = self.store.restore_snapshot(name).await?;
        if restored.is_ok() {
            self.forget();
        }
        Ok(restored)
    }

    /// Empties one pool, which is made again under its id and with its keys.
    pub async fn forget_pool(&self, id: &str) -> Result<()> {
        let mut write = self.store.write().await?;
        write.signing_keys().remember_all().await?;
        write.pools().delete(id).await?;
        write.commit().await?;
        self.forget_of_pool(id);
        Ok(())
    }

    /// What is in memory of a pool that was made anew.
    pub fn forget_of_pool(&self, id: &str) {
        self.keys.forget(id);
        self.outbox.change();
        let of_pool = Wanted {
            pool_id: Some(id.to_owned()),
            ..Wanted::default()
        };
        self.functions.journal.clear(&of_pool);
        self.authorizers.tokens.clear();
    }

    fn forget(&self) {
        self.keys.forget_all();
        self.outbox.change();
        self.functions.journal.clear(&Wanted::default());
        self.journal.clear(&JournalFilter::default());
        self.risks.clear();
        self.faults.remove(None);
        self.authorizers.tokens.clear();
        self.authorizers.keys.clear();
    }
}

/// What a caller says for the pool's functions, beside what the operation is about. Never stored.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct CallerData {
    pub client_metadata: Option<IndexMap<String, String>>,
    pub validation_data: Option<Vec<AttributeType>>,
}

/// Why a request is refused, in a sentence for its developer: which rule, which value, what would
/// pass. Never with a secret in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Why {
    /// The catalogue's name for the refusal that it is about.
    pub situation: &'static str,
    pub sentence: String,
}

/// Whom and what a request names, as it says it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NamedByRequest {
    pub user_pool_id: Option<String>,
    pub client_id: Option<String>,
    pub username: Option<String>,
}

/// One request: when it came, what it may draw, and what the log will say of it.
pub struct Ctx {
    pub app: Arc<App>,
    /// Read once, at the door.
    pub now: Timestamp,
    /// The operation's name, or the endpoint's.
    pub operation: &'static str,
    /// The Region of the credential scope, when the request has one.
    pub signed_region: Option<String>,
    /// `x-amzn-RequestId`
    pub request_id: String,
    /// Whether functions hear of what happens. Fixtures put things where they are as if they had
    /// always been there.
    pub tells_functions: bool,
    rng: Mutex<RequestRng>,
    /// The pool that the request turned out to be about.
    pool: OnceLock<String>,
    /// The identity of an identity pool that it turned out to be about.
    identity: OnceLock<String>,
    /// The client that the request turned out to come from.
    client: OnceLock<String>,
    /// Why the request is refused, where the answer does not say it.
    reason: OnceLock<String>,
    /// Why something on the way was refused. It may turn out not to be the answer.
    why: Mutex<Option<Why>>,
    /// Why a request is refused at a door with errors of its own.
    detail: OnceLock<String>,
    /// The refusal that is the answer, with its reason.
    refusal: OnceLock<Why>,
    /// The user who the request turned out to be about.
    username: OnceLock<String>,
    /// Whom and what the request names, whether that is there or not.
    named: OnceLock<NamedByRequest>,
    /// Ids of the messages that were sent.
    messages: Mutex<Vec<String>>,
    /// What the caller sent for functions.
    caller_data: OnceLock<CallerData>,
    /// The user's IP address, where the application told it.
    origin: OnceLock<String>,
    /// What the client calls itself.
    agent: OnceLock<String>,
    /// `event_id` of what the request makes happen.
    event_id: OnceLock<String>,
}

/// What stands for the Region in ids that cognito-local has made.
const LOCAL_REGION: &str = "local";

impl Ctx {
    pub fn new(app: Arc<App>, operation: &'static str, signed_region: Option<String>) -> Self {
        let mut rng = app.random.generator();
        let request_id = ids::uuid(&mut rng);
        let now = app.clock.now();
        Self {
            app,
            now,
            operation,
            signed_region,
            request_id,
            tells_functions: true,
            rng: Mutex::new(rng),
            pool: OnceLock::new(),
            identity: OnceLock::new(),
            client: OnceLock::new(),
            reason: OnceLock::new(),
            why: Mutex::default(),
            detail: OnceLock::new(),
            refusal: OnceLock::new(),
            username: OnceLock::new(),
            named: OnceLock::new(),
            messages: Mutex::default(),
            caller_data: OnceLock::new(),
            origin: OnceLock::new(),
            agent: OnceLock::new(),
            event_id: OnceLock::new(),
        }
    }

    /// Draws from the request's own generator, which is lent to `draw` and given back at once:
    /// two draws in one expression do not wait for each other.
    pub fn draw<T>(&self, draw: impl FnOnce(&mut RequestRng) -> T) -> T {
        draw(&mut self.rng.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub fn uuid(&self) -> String {
        self.draw(ids::uuid)
    }

    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.draw(|rng| rng.fill_bytes(&mut bytes));
        bytes
    }

    /// Seals with a nonce from the request's own generator: see `keys::Sealer::seal`.
    pub fn seal(&self, purpose: Purpose, context: &str, plain: &[u8]) -> String {
        let sealer = &self.app.keys.seal;
        self.draw(|rng| sealer.seal(purpose, context, plain, rng))
    }

    pub fn seal_bytes(&self, purpose: Purpose, context: &str, plain: &[u8]) -> Vec<u8> {
        let sealer = &self.app.keys.seal;
        self.draw(|rng| sealer.seal_bytes(purpose, context, plain, rng))
    }

    /// A new code of six digits, or the one that all are.
    pub fn code(&self) -> String {
        match &self.app.settings.fixed_code {
            Some(fixed) => fixed.clone(),
            None => self.draw(ids::code),
        }
    }

    /// A new one-time password, the first factor of a sign-in: eight digits, or the code that all
    /// are.
    pub fn one_time_password(&self) -> String {
        match &self.app.settings.fixed_code {
            Some(fixed) => fixed.clone(),
            None => self.draw(ids::one_time_password),
        }
    }

    /// The Region in which new pools are made and pools are listed.
    pub fn region(&self) -> &str {
        self.signed_region
            .as_deref()
            .unwrap_or(&self.app.settings.region)
    }

    pub fn store(&self) -> &Store {
        &self.app.store
    }

    /// What a test has ordered to happen to this, once the latency that it has ordered is over.
    pub async fn struck(
        &self,
        target: &FaultTarget,
        user_pool_id: Option<&str>,
        username: Option<&str>,
    ) -> Option<FaultEffect> {
        let happening = Happening {
            target,
            user_pool_id,
            username,
        };
        let draw = || self.draw(|rng| rng.random::<f64>());
        let effect = self.app.faults.strike(happening, draw)?;
        effect.delay().await;
        effect.fails().then_some(effect)
    }

    /// The pool with this id, in the Region that the request is signed for: as on AWS, other
    /// Regions' pools are not there.
    pub async fn pool(&self, id: &str) -> Result<Arc<Pool>> {
        let pool = self.app.store.pool(id).await?;
        self.check_region(&pool)?;
        self.note_pool(&pool.id);
        Ok(pool)
    }

    /// The identity pool with this id, in the Region that the request is signed for.
    pub async fn identity_pool(&self, id: &str) -> Result<Arc<StoredIdentityPool>> {
        let pool = self.app.store.identity_pool(id).await?;
        self.check_identity_pool(&pool)?;
        Ok(pool)
    }

    /// Tells the log of the identity pool, and refuses one of another Region than the request is
    /// signed for.
    pub fn check_identity_pool(&self, pool: &StoredIdentityPool) -> Result<()> {
        let signed = self.signed_region.as_ref();
        if signed.is_some_and(|region| *region != pool.region) {
            return Err(Error::IdentityPoolNotFound {
                id: pool.id.clone(),
            });
        }
        self.note_pool(&pool.id);
        Ok(())
    }

    /// The client with this id and its pool: how unsigned operations find theirs.
    pub async fn client(&self, id: &str) -> Result<(Arc<Pool>, Arc<Client>)> {
        let client = self.app.store.client(id).await?;
        let pool = self.app.store.pool(&client.pool_id).await?;
        self.note_pool(&pool.id);
        self.note_client(&client.id);
        Ok((pool, client))
    }

    /// A pool and one of its clients: how admin operations name theirs.
    pub async fn pool_client(&self, pool: &str, client: &str) -> Result<(Arc<Pool>, Arc<Client>)> {
        let pool = self.pool(pool).await?;
        let client = self.app.store.client(client).await?;
        if client.pool_id == pool.id {
            self.note_client(&client.id);
            return Ok((pool, client));
        }
        let elsewhere = format!(
            "The app client {} is one of the user pool {}, and the request names {}.",
            client.id, client.pool_id, pool.id
        );
        let id = client.id.clone();
        Err(self.explain(Error::ClientNotFound { id }, elsewhere))
    }

    /// The pool's signing keys.
    pub async fn keys(&self, pool: &Pool) -> Result<Arc<PoolKeys>> {
        self.app
            .keys
            .of_pool(&self.app.store, &pool.id, self.now)
            .await
    }

    /// Refuses a pool of another Region than the request is signed for.
    pub fn check_region(&self, pool: &Pool) -> Result<()> {
        match &self.signed_region {
            // cognito-local's pools, which their apps sign for any Region.
            Some(_) if pool.region == LOCAL_REGION => Ok(()),
            Some(region) if *region != pool.region => {
                tracing::warn!(
                    pool = pool.id,
                    signed_for = region,
                    "the pool is in another Region than the request is signed for"
                );
                let elsewhere = format!(
                    "The user pool {} is in {}, and the request is signed for {region}: sign it \
                     for {}.",
                    pool.id, pool.region, pool.region
                );
                let id = pool.id.clone();
                Err(self.explain(Error::PoolNotFound { id }, elsewhere))
            }
            _ => Ok(()),
        }
    }

    /// Keeps what the caller says beside the input: the door's to tell, once.
    pub fn note_caller_data(&self, data: CallerData) {
        let _the_first_stays = self.caller_data.set(data);
    }

    pub fn caller_data(&self) -> &CallerData {
        self.caller_data.get_or_init(CallerData::default)
    }

    /// Tells the log which pool the request is about.
    pub fn note_pool(&self, id: &str) {
        let _the_first_stays = self.pool.set(id.to_owned());
    }

    /// Remembers where the user is.
    pub fn note_origin(&self, ip: &str) {
        let _the_first_stays = self.origin.set(ip.to_owned());
    }

    /// The user's IP address, if anybody told it.
    pub fn origin(&self) -> Option<&str> {
        self.origin.get().map(String::as_str)
    }

    /// Remembers the client's `User-Agent`.
    pub fn note_agent(&self, agent: &str) {
        let _the_first_stays = self.agent.set(agent.to_owned());
    }

    /// What the client calls itself, if it does.
    pub fn agent(&self) -> Option<&str> {
        self.agent.get().map(String::as_str)
    }

    /// Goes on with what another request began.
    pub fn note_event_id(&self, id: &str) {
        let _the_first_stays = self.event_id.set(id.to_owned());
    }

    /// The id of what the request makes happen: in its tokens and in the user's record.
    pub fn event_id(&self) -> &str {
        self.event_id.get_or_init(|| self.uuid())
    }

    /// Tells the log which identity the request is about.
    pub fn note_identity(&self, id: &str) {
        let _the_first_stays = self.identity.set(id.to_owned());
    }

    /// The identity that was noted.
    pub fn noted_identity(&self) -> Option<&str> {
        self.identity.get().map(String::as_str)
    }

    /// The pool that was noted.
    pub fn noted_pool(&self) -> &str {
        self.pool.get().map_or("-", String::as_str)
    }

    /// Tells the log which client the request comes from.
    pub fn note_client(&self, id: &str) {
        let _the_first_stays = self.client.set(id.to_owned());
    }

    /// The client for the log.
    pub fn noted_client(&self) -> Option<&str> {
        self.client.get().map(String::as_str)
    }

    /// Says why something is refused, for the journal and the log: the client reads nothing of it.
    /// It counts if the answer is a refusal of the same name, so a step that tries several ways
    /// need not take it back.
    pub fn explain(&self, error: Error, sentence: impl Into<String>) -> Error {
        let why = Why {
            situation: error.situation(),
            sentence: sentence.into(),
        };
        *self.why.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
        error
    }

    /// Says why something is refused whose error is not of the catalogue.
    pub fn note_why(&self, sentence: impl Into<String>) {
        let _the_first_stays = self.detail.set(sentence.into());
    }

    /// What [`Ctx::note_why`] was told.
    pub fn noted_why(&self) -> Option<&str> {
        self.detail.get().map(String::as_str)
    }

    /// The error that the answer is made of: its reason is the one that was given for it, or what
    /// the catalogue says.
    pub fn note_refusal(&self, error: &Error) {
        let given = self
            .why
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
            .filter(|why| why.situation == error.situation());
        let why = given.unwrap_or_else(|| Why {
            situation: error.situation(),
            sentence: self.usual_why(error),
        });
        let _the_first_stays = self.refusal.set(why);
    }

    /// What the catalogue says, about the user whom the request names.
    fn usual_why(&self, error: &Error) -> String {
        let named = self.named().and_then(|named| named.username.as_deref());
        let Some(name) = self.noted_username().or(named) else {
            return error.why();
        };
        match error {
            Error::UserNotFound | Error::UsernameClientNotFound | Error::UserResourceNotFound => {
                format!("There is no user \"{name}\". {}", error.why())
            }
            Error::UserDisabled | Error::UserNotConfirmed | Error::PasswordResetRequired => {
                format!("This is about the user \"{name}\". {}", error.why())
            }
            _ => error.why(),
        }
    }

    /// The refusal that is the answer.
    pub fn noted_refusal(&self) -> Option<&Why> {
        self.refusal.get()
    }

    /// Tells the journal which user the request is about.
    pub fn note_username(&self, username: &str) {
        let _the_first_stays = self.username.set(username.to_owned());
    }

    pub fn noted_username(&self) -> Option<&str> {
        self.username.get().map(String::as_str)
    }

    /// Tells the journal whom and what the request names, whether that is there or not.
    pub fn note_named(&self, named: NamedByRequest) {
        let _the_first_stays = self.named.set(named);
    }

    pub fn named(&self) -> Option<&NamedByRequest> {
        self.named.get()
    }

    /// Tells the journal of a message that was sent.
    pub fn note_message(&self, id: &str) {
        self.messages().push(id.to_owned());
    }

    pub fn noted_messages(&self) -> Vec<String> {
        self.messages().clone()
    }

    fn messages(&self) -> MutexGuard<'_, Vec<String>> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the log why the request is refused, for answers that may not say it. Never with a
    /// secret in it.
    pub fn note_reason(&self, reason: impl Into<String>) {
        let _the_first_stays = self.reason.set(reason.into());
    }

    /// The reason for the log.
    pub fn noted_reason(&self) -> Option<&str> {
        self.reason.get().map(String::as_str)
    }
}
