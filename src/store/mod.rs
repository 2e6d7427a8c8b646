//! The only place with SQL: one SQLite database, written by one connection and read by several.
//!
//! `store.read()` and `store.write()` lend a connection; the repositories on it (`users()`,
//! `groups()`, …) have the verbs find, list, insert, update and delete. A write is a transaction
//! (BEGIN IMMEDIATE) that ends with `commit()` or leaves nothing behind. Pools and clients change
//! rarely and are read by every request, so `store.pool(id)` and `store.client(id)` keep them in
//! memory.
//!
//! No transaction may be held across a delivery or any HTTP call: read, close, call, write
//! (`held.rs` sees to it). Not here: what the records mean (`domain`). Next: `users.rs` for the
//! longest of the repositories, `lock.rs` for whose the data folder is, `migrations/` for the
//! tables.

mod attempts;
mod auth_events;
mod authorization_codes;
mod browser_sessions;
mod cache;
mod cimd_policies;
mod clients;
mod codes;
mod credentials;
mod custom_sign_ins;
mod devices;
mod documents;
mod domains;
mod families;
mod groups;
pub mod held;
mod history;
mod identities;
mod identity_pools;
mod identity_providers;
mod import_jobs;
mod limits;
mod links;
mod lock;
mod managed_secrets;
mod many_users;
mod messages;
mod methods;
mod open;
mod passkeys;
mod pool_copies;
mod pools;
mod pretend_people;
mod readers;
mod recoveries;
mod resource_servers;
mod restore;
mod rows;
mod saml_sessions;
mod secrets;
mod seen_set;
mod signing_keys;
mod snapshots;
mod software_tokens;
mod spent_sessions;
mod token_sessions;
mod tracked;
mod users;
mod whole;

use std::any::Any;
use std::marker::PhantomData;
use std::sync::Arc;

use sqlx::SqliteConnection;
use tokio::runtime::Handle;
use tokio::sync::Mutex;

pub use attempts::{AttemptPurpose, Attempts};
pub use auth_events::{AuthEvent, Feedback};
pub use authorization_codes::AuthorizationCode;
pub use browser_sessions::BrowserSession;
pub use cimd_policies::{CachedDocument, CimdPolicy, PublishedClient};
pub use clients::{Client, ClientSecret};
pub use codes::{Code, CodePurpose};
pub use credentials::StoredCredentials;
pub use devices::{Device, DeviceChallenge};
pub use documents::{Kept, PoolDocument};
pub use domains::Domain;
pub use families::TokenFamily;
pub use groups::{Group, NewMember};
pub use history::reach;
pub use identities::{IdentityLogin, StoredIdentity};
pub use identity_pools::{PoolRoles, PrincipalTagMap, StoredIdentityPool};
pub use identity_providers::IdentityProvider;
pub use import_jobs::ImportJob;
pub use links::{ProviderLink, SUBJECT};
pub use managed_secrets::{ManagedSecret, SecretVersion, VersionStage};
pub use messages::{Message, MessageFilter};
pub use methods::{Method, Methods};
pub use open::{Location, OpenError};
pub use passkeys::{Backup, Passkey, PasskeyChallenge};
pub use pool_copies::{DirectoryCopy, RawDocument, Renamed, SealedToken};
pub use pools::{MfaFactors, Pool};
pub use pretend_people::PretendPerson;
pub use recoveries::{EntityChanges, Recovery};
pub use resource_servers::ResourceServer;
pub use saml_sessions::SamlSession;
pub use signing_keys::{KeyUse, RememberedKey, StoredKey};
pub use snapshots::{SnapshotFacts, SnapshotRefusal};
pub use software_tokens::SoftwareToken;
pub use token_sessions::TokenSession;
pub use users::{
    Attributes, CodeInUse, Comparison, MfaFactor, MfaPreferences, NameKind, NewUser, Password,
    PastPassword, SearchColumn, SearchTest, User, UserName,
};

use crate::clock::Timestamp;
use crate::error::{Error, Result};
use cache::Cache;
use held::Held;
use history::History;
use lock::FolderLock;
pub use lock::folder_owner;
use readers::{Lent, Readers};
use seen_set::Seen;
use whole::WriterGuard;

/// The database and what is kept of it in memory. Safe to call from every task.
pub struct Store {
    /// The one connection that writes.
    writer: Arc<Mutex<SqliteConnection>>,
    reads: Reads,
    cache: Arc<Cache>,
    seen: Arc<Seen>,
    /// Random bytes made with the store, from which sealing keys are derived (`keys::seal`).
    master_secret: [u8; 32],
    location: Location,
    /// Where changes are kept, for point-in-time recovery.
    history: Option<History>,
    /// Keeps other processes from the data folder. Last, so that it goes after the connections.
    lock: Option<FolderLock>,
}

enum Reads {
    /// A file: WAL lets readers work beside the writer.
    Beside(Arc<Readers>),
    /// A database in memory lives in its only connection.
    OnTheWriter,
}

/// Marks a connection that may only read.
pub enum Reading {}
/// Marks the connection of a write transaction.
pub enum Writing {}

/// One table's verbs on a borrowed connection; the verbs that change rows exist for [`Writing`]
/// only.
pub struct Repository<'c, Table, Mode> {
    conn: &'c mut SqliteConnection,
    seen: &'c Seen,
    kind: PhantomData<(Table, Mode)>,
}

impl<'c, Table, Mode> Repository<'c, Table, Mode> {
    fn on(conn: &'c mut SqliteConnection, seen: &'c Seen) -> Self {
        Self {
            conn,
            seen,
            kind: PhantomData,
        }
    }
}

/// What the copies in memory were made of, so that a commit which may have changed it ends them.
#[derive(Default)]
struct Changed {
    settings: bool,
    users: bool,
}

impl Changed {
    fn end_copies(&self, cache: &Cache) {
        if self.settings {
            cache.forget();
        } else if self.users {
            cache.of_users.forget();
        }
    }
}

macro_rules! repositories {
    ($($verb:ident: $table:ty $(, $kept:ident)?;)*) => {
        impl Read<'_> {
            $(pub fn $verb(&mut self) -> Repository<'_, $table, Reading> {
                let (conn, seen) = self.parts();
                Repository::on(conn, seen)
            })*
        }
        impl Write<'_> {
            $(pub fn $verb(&mut self) -> Repository<'_, $table, Writing> {
                $(self.changed.$kept = true;)?
                let (conn, seen) = self.parts();
                Repository::on(conn, seen)
            })*
        }
    };
}

// Of which copies are kept in memory is said here, once: whoever borrows such a table to write
// ends them with the commit, and reading it inside a write only costs that.
repositories! {
    attempts: attempts::AttemptsTable;
    authorization_codes: authorization_codes::AuthorizationCodes;
    browser_sessions: browser_sessions::BrowserSessions;
    auth_events: auth_events::AuthEvents;
    cimd_policies: cimd_policies::CimdPolicies, settings;
    client_documents: cimd_policies::ClientDocuments;
    clients: clients::Clients, settings;
    codes: codes::Codes;
    credentials: credentials::IssuedCredentials;
    custom_sign_ins: custom_sign_ins::CustomSignIns;
    devices: devices::Devices;
    documents: documents::Documents, settings;
    domains: domains::Domains, settings;
    families: families::Families;
    groups: groups::Groups;
    identities: identities::PoolIdentities;
    identity_pools: identity_pools::IdentityPools, settings;
    history: history::HistoryTables;
    identity_providers: identity_providers::IdentityProviders, settings;
    limits: limits::Limits, settings;
    links: links::Links;
    import_jobs: import_jobs::ImportJobs;
    managed_secrets: managed_secrets::ManagedSecrets, settings;
    messages: messages::Messages;
    passkeys: passkeys::Passkeys;
    pool_copies: pool_copies::PoolCopies, settings;
    pools: pools::Pools, settings;
    pretend_people: pretend_people::PretendPeople;
    recoveries: recoveries::Recoveries, settings;
    resource_servers: resource_servers::ResourceServers, settings;
    saml_sessions: saml_sessions::SamlSessions;
    secrets: secrets::Secrets;
    signing_keys: signing_keys::SigningKeys;
    snapshots: snapshots::Snapshots;
    software_tokens: software_tokens::SoftwareTokens;
    spent_sessions: spent_sessions::SpentSessions;
    token_sessions: token_sessions::TokenSessions;
    users: users::Users, users;
}

/// A connection that reads. Given back when dropped.
pub struct Read<'s> {
    connection: ReadConnection,
    store: &'s Store,
    _held: Held,
}

enum ReadConnection {
    Lent(Lent),
    Writer(WriterGuard),
}

impl Read<'_> {
    fn parts(&mut self) -> (&mut SqliteConnection, &Seen) {
        let connection = match &mut self.connection {
            ReadConnection::Lent(lent) => lent.connection(),
            ReadConnection::Writer(writer) => &mut **writer,
        };
        (connection, &self.store.seen)
    }
}

/// A write transaction; without [`Write::commit`] it never happened.
pub struct Write<'s> {
    /// Always there; an Option only so that dropping can move it.
    writer: Option<WriterGuard>,
    store: &'s Store,
    changed: Changed,
    _held: Held,
}

/// The writing connection outside a transaction, for one statement that writes and commits by
/// itself: what a transaction of one statement would do, for a third of the work. Each verb takes
/// it, so that there is no second one. None writes a table that a history is kept of
/// (`tracked.rs`), so no step of the history begins.
pub struct WriteOnce<'s> {
    writer: WriterGuard,
    store: &'s Store,
    _held: Held,
}

impl WriteOnce<'_> {
    /// See `Repository::begin` of token families.
    pub async fn begin_family(mut self, family: &TokenFamily) -> Result<bool> {
        self.on::<families::Families>().begin(family).await
    }

    /// See `Repository::insert` of token families.
    pub async fn insert_family(mut self, family: &TokenFamily) -> Result<()> {
        self.on::<families::Families>().insert(family).await
    }

    /// See `Repository::insert` of credentials.
    pub async fn insert_credentials(mut self, credentials: &StoredCredentials) -> Result<()> {
        self.on::<credentials::IssuedCredentials>()
            .insert(credentials)
            .await
    }

    /// See `Repository::put_challenge` of devices.
    pub async fn put_device_challenge(mut self, challenge: DeviceChallenge<'_>) -> Result<()> {
        self.on::<devices::Devices>().put_challenge(challenge).await
    }

    /// See `Repository::spend` of spent sessions.
    pub async fn spend(mut self, id: &str, expires_at: Timestamp) -> Result<bool> {
        self.on::<spent_sessions::SpentSessions>()
            .spend(id, expires_at)
            .await
    }

    fn on<Table>(&mut self) -> Repository<'_, Table, Writing> {
        Repository::on(&mut self.writer, &self.store.seen)
    }
}

impl Store {
    /// Lends a reading connection. Never hold one while asking for a write: a store in memory has
    /// one connection for both.
    pub async fn read(&self) -> Result<Read<'_>> {
        let connection = match &self.reads {
            Reads::Beside(readers) if !self.is_within() => {
                ReadConnection::Lent(readers.lend().await?)
            }
            Reads::Beside(_) | Reads::OnTheWriter => {
                ReadConnection::Writer(self.lock_writer().await)
            }
        };
        Ok(Read {
            connection,
            store: self,
            _held: Held::new(),
        })
    }

    /// Begins a write transaction. There is one at a time; the others wait for it.
    pub async fn write(&self) -> Result<Write<'_>> {
        let writer = self.lock_writer().await;
        let begin = writer.begin();
        // Made before BEGIN: whoever is dropped between here and COMMIT leaves a transaction to
        // roll back.
        let mut write = Write {
            writer: Some(writer),
            store: self,
            changed: Changed::default(),
            _held: Held::new(),
        };
        write.execute(begin).await?;
        if let Some(history) = &self.history {
            let (connection, _) = write.parts();
            history.step(connection).await?;
        }
        Ok(write)
    }

    /// How many bytes it takes, in its file or in memory.
    pub async fn size(&self) -> Result<i64> {
        let mut read = self.read().await?;
        let (connection, _) = read.parts();
        let size = sqlx::query_scalar(
            "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
        );
        Ok(size.fetch_one(connection).await?)
    }

    /// Lends the writing connection for one statement.
    pub async fn write_once(&self) -> WriteOnce<'_> {
        WriteOnce {
            writer: self.lock_writer().await,
            store: self,
            _held: Held::new(),
        }
    }

    /// The pool with this id, from memory when it was asked for before.
    pub async fn pool(&self, id: &str) -> Result<Arc<Pool>> {
        let load = async || {
            let found = self.read().await?.pools().find(id).await?;
            found.ok_or_else(|| Error::PoolNotFound { id: id.to_owned() })
        };
        self.remember(id, load).await
    }

    /// The client with this id, from memory when it was asked for before.
    pub async fn client(&self, id: &str) -> Result<Arc<Client>> {
        let load = async || {
            let found = self.read().await?.clients().find(id).await?;
            found.ok_or_else(|| Error::ClientNotFound { id: id.to_owned() })
        };
        self.remember(id, load).await
    }

    /// The identity pool with this id, from memory when it was asked for before.
    pub async fn identity_pool(&self, id: &str) -> Result<Arc<StoredIdentityPool>> {
        let load = async || {
            let found = self.read().await?.identity_pools().find(id).await?;
            found.ok_or_else(|| Error::IdentityPoolNotFound { id: id.to_owned() })
        };
        self.remember(id, load).await
    }

    /// What `load` works out from settings alone, from memory when it was asked for before and no
    /// setting has changed since.
    pub async fn remember<T: Any + Send + Sync>(
        &self,
        key: &str,
        load: impl AsyncFnOnce() -> Result<T>,
    ) -> Result<Arc<T>> {
        remember(&self.remembered().of_settings, key, load).await
    }

    /// The same for what depends on a pool's users, too: kept until any user changes.
    pub async fn remember_of_users<T: Any + Send + Sync>(
        &self,
        key: &str,
        load: impl AsyncFnOnce() -> Result<T>,
    ) -> Result<Arc<T>> {
        remember(&self.remembered().of_users, key, load).await
    }

    /// The secret that was made with this store and never leaves it.
    pub fn master_secret(&self) -> &[u8; 32] {
        &self.master_secret
    }

    /// Whether a history is kept, without which there is no point-in-time recovery.
    pub fn keeps_history(&self) -> bool {
        self.history.is_some()
    }

    pub fn location(&self) -> &Location {
        &self.location
    }
}

/// What is wrong when something of a user's cannot be inserted: the user, or the client, was
/// deleted meanwhile.
fn or_gone(error: sqlx::Error) -> Error {
    match error {
        sqlx::Error::Database(error) if error.is_foreign_key_violation() => Error::UserNotFound,
        error => error.into(),
    }
}

async fn remember<T: Any + Send + Sync>(
    kept: &cache::Remembered,
    key: &str,
    load: impl AsyncFnOnce() -> Result<T>,
) -> Result<Arc<T>> {
    if let Some(value) = kept.find(key) {
        return Ok(value);
    }
    let epoch = kept.epoch();
    let value = Arc::new(load().await?);
    kept.keep(epoch, key, &value);
    Ok(value)
}

impl Write<'_> {
    /// Makes everything that was written durable and visible, or fails and leaves nothing.
    pub async fn commit(mut self) -> Result<()> {
        let commit = self.writer.as_ref().map_or("COMMIT", WriterGuard::commit);
        self.execute(commit).await?;
        self.changed.end_copies(&self.store.remembered());
        // Nothing is left to roll back.
        self.writer = None;
        Ok(())
    }

    async fn execute(&mut self, sql: &'static str) -> Result<()> {
        let (connection, _) = self.parts();
        sqlx::query(sql).execute(connection).await?;
        Ok(())
    }

    /// The history beside the connection.
    fn with_history(&mut self) -> Result<(&History, &mut SqliteConnection)> {
        let history = self.store.history.as_ref();
        let history = history.ok_or_else(|| anyhow::anyhow!("the store keeps no history"))?;
        Ok((history, self.parts().0))
    }

    fn parts(&mut self) -> (&mut SqliteConnection, &Seen) {
        let writer = self.writer.as_mut();
        let writer = writer.expect("a write has its connection until it is committed or dropped");
        (writer, &self.store.seen)
    }
}

impl Drop for Write<'_> {
    /// Rolls back at once: until then nobody else can write, and SQLite's lock keeps other programs
    /// from it as well. In a task of its own, since dropping cannot wait; the next who writes does.
    fn drop(&mut self) {
        let Some(mut writer) = self.writer.take() else {
            return;
        };
        // Without a runtime the process is ending, and the transaction with it.
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        let cache = self.store.remembered();
        let changed = std::mem::take(&mut self.changed);
        runtime.spawn(async move {
            for sql in writer.roll_back() {
                // Fails when the owner was dropped before BEGIN arrived or after COMMIT did; then
                // there is nothing to undo.
                let _nothing_to_undo = sqlx::query(*sql).execute(&mut *writer).await;
            }
            // After a COMMIT whose end nobody waited for, what is kept may be of before it.
            changed.end_copies(&cache);
        });
    }
}
