//! The only place with SQL: one SQLite database, written by one connection and read by several.
//!
//! `store.read()` and `store.write()` lend a connection; the repositories on it (`users()`,
//! `groups()`, …) have the verbs find, list, insert, update and delete. A write is a transaction
//! (BEGIN IMMEDIATE) that ends with `commit()` or leaves nothing behind. Pools and clients change
//! rarely and are read by every request, so `store.pool(id)` and `store.client(id)` keep them in
//! memory.
//!
//! No transaction may be held across a delivery or any HTTP call: read, close, call, write. Not
//! here: what the records mean (`domain`). Next: `users.rs` for the longest of the repositories,
//! `migrations/` for the tables.

mod attempts;
mod auth_events;
mod authorization_codes;
mod browser_sessions;
mod cache;
mod clients;
mod custom_sign_ins;
mod devices;
mod documents;
mod domains;
mod families;
mod groups;
mod identity_providers;
mod import_jobs;
mod limits;
mod links;
mod messages;
mod methods;
mod noted;
mod open;
mod passkeys;
mod pools;
mod pretend_people;
mod readers;
mod resource_servers;
mod secrets;
mod sessions;
mod software_tokens;
mod token_sessions;
mod users;

use std::any::Any;
use std::marker::PhantomData;
use std::sync::Arc;

use sqlx::SqliteConnection;
use tokio::sync::{Mutex, OwnedMutexGuard};

pub use attempts::Attempts;
pub use auth_events::{AuthEvent, Feedback};
pub use authorization_codes::AuthorizationCode;
pub use browser_sessions::BrowserSession;
pub use clients::{Client, ClientSecret};
pub use devices::Device;
pub use documents::{Kept, PoolDocument};
pub use domains::Domain;
pub use families::TokenFamily;
pub use groups::Group;
pub use identity_providers::IdentityProvider;
pub use import_jobs::ImportJob;
pub use links::{Link, SUBJECT};
pub use messages::{Message, MessageFilter};
pub use methods::{Method, Methods};
pub use open::{Location, OpenError};
pub use passkeys::{Backup, Passkey, PasskeyChallenge};
pub use pools::{MfaFactors, Pool};
pub use pretend_people::PretendPerson;
pub use resource_servers::ResourceServer;
pub use sessions::Code;
pub use software_tokens::SoftwareToken;
pub use token_sessions::TokenSession;
pub use users::{
    Attributes, CodeInUse, Comparison, MfaFactor, MfaPreferences, NameKind, Password, PastPassword,
    SearchColumn, SearchTest, User, UserName,
};

use crate::error::{Error, Result};
use cache::Cache;
use noted::Noted;
use readers::{Lent, Readers};

/// The database and what is kept of it in memory. Safe to call from every task.
pub struct Store {
    writer: Arc<Mutex<Writer>>,
    reads: Reads,
    cache: Cache,
    /// Who may have had wrong tries: to be noted before each is written.
    pub tried: Noted,
    /// Which sessions may have been answered: to be noted before each is.
    pub spent: Noted,
    /// Random bytes made with the store, from which sealing keys are derived (`keys::seal`).
    master_secret: [u8; 32],
    /// Removes the folder of an `--ephemeral` store that lives in a file. Last, so that it goes
    /// after the connections.
    location: Location,
}

/// The one connection that writes.
struct Writer {
    connection: SqliteConnection,
    /// A transaction was begun and neither committed nor rolled back: its owner was dropped on the
    /// way.
    abandoned: bool,
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
    kind: PhantomData<(Table, Mode)>,
}

impl<'c, Table, Mode> Repository<'c, Table, Mode> {
    fn on(conn: &'c mut SqliteConnection) -> Self {
        Self {
            conn,
            kind: PhantomData,
        }
    }
}

macro_rules! repositories {
    ($($verb:ident: $table:ty;)*) => {
        impl Read {
            $(pub fn $verb(&mut self) -> Repository<'_, $table, Reading> { Repository::on(self.connection()) })*
        }
        impl Write<'_> {
            $(pub fn $verb(&mut self) -> Repository<'_, $table, Writing> { Repository::on(&mut self.writer.connection) })*
        }
    };
}

repositories! {
    attempts: attempts::AttemptsTable;
    authorization_codes: authorization_codes::AuthorizationCodes;
    browser_sessions: browser_sessions::BrowserSessions;
    auth_events: auth_events::AuthEvents;
    clients: clients::Clients;
    custom_sign_ins: custom_sign_ins::CustomSignIns;
    devices: devices::Devices;
    documents: documents::Documents;
    domains: domains::Domains;
    families: families::Families;
    groups: groups::Groups;
    identity_providers: identity_providers::IdentityProviders;
    limits: limits::Limits;
    links: links::Links;
    import_jobs: import_jobs::ImportJobs;
    messages: messages::Messages;
    passkeys: passkeys::Passkeys;
    pools: pools::Pools;
    pretend_people: pretend_people::PretendPeople;
    resource_servers: resource_servers::ResourceServers;
    secrets: secrets::Secrets;
    sessions: sessions::Sessions;
    signing_keys: pools::SigningKeys;
    software_tokens: software_tokens::SoftwareTokens;
    token_sessions: token_sessions::TokenSessions;
}

/// A connection that reads. Given back when dropped.
pub struct Read {
    connection: ReadConnection,
}

impl Read {
    pub fn users(&mut self) -> Repository<'_, users::Users, Reading> {
        Repository::on(self.connection())
    }
}

enum ReadConnection {
    Lent(Lent),
    Writer(OwnedMutexGuard<Writer>),
}

impl Read {
    fn connection(&mut self) -> &mut SqliteConnection {
        match &mut self.connection {
            ReadConnection::Lent(lent) => lent.connection(),
            ReadConnection::Writer(writer) => &mut writer.connection,
        }
    }
}

/// A write transaction; without [`Write::commit`] it never happened.
pub struct Write<'s> {
    writer: OwnedMutexGuard<Writer>,
    store: &'s Store,
    settings_changed: bool,
    users_changed: bool,
}

/// The writing connection, outside a transaction: each statement is one.
pub struct WriteOnce {
    writer: OwnedMutexGuard<Writer>,
}

impl WriteOnce {
    pub fn attempts(&mut self) -> Repository<'_, attempts::AttemptsTable, Writing> {
        Repository::on(&mut self.writer.connection)
    }

    pub fn devices(&mut self) -> Repository<'_, devices::Devices, Writing> {
        Repository::on(&mut self.writer.connection)
    }

    pub fn families(&mut self) -> Repository<'_, families::Families, Writing> {
        Repository::on(&mut self.writer.connection)
    }

    pub fn sessions(&mut self) -> Repository<'_, sessions::Sessions, Writing> {
        Repository::on(&mut self.writer.connection)
    }
}

impl Store {
    /// Lends a reading connection. Never hold one while asking for a write: a store in memory has
    /// one connection for both.
    pub async fn read(&self) -> Result<Read> {
        let connection = match &self.reads {
            Reads::Beside(readers) => ReadConnection::Lent(readers.lend().await?),
            Reads::OnTheWriter => ReadConnection::Writer(self.lock_writer().await?),
        };
        Ok(Read { connection })
    }

    /// Begins a write transaction. There is one at a time; the others wait for it.
    pub async fn write(&self) -> Result<Write<'_>> {
        let mut writer = self.lock_writer().await?;
        // Set before BEGIN: whoever is dropped between here and COMMIT leaves a transaction to roll
        // back.
        writer.abandoned = true;
        sqlx::query("BEGIN IMMEDIATE")
            .execute(&mut writer.connection)
            .await?;
        Ok(Write {
            writer,
            store: self,
            settings_changed: false,
            users_changed: false,
        })
    }

    /// Lends the writing connection for ONE statement that writes, which commits by itself: what a
    /// transaction of one statement would do, for a third of the work.
    pub async fn write_once(&self) -> Result<WriteOnce> {
        let writer = self.lock_writer().await?;
        Ok(WriteOnce { writer })
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

    /// What `load` works out from settings alone, from memory when it was asked for before and no
    /// setting has changed since.
    pub async fn remember<T: Any + Send + Sync>(
        &self,
        key: &str,
        load: impl AsyncFnOnce() -> Result<T>,
    ) -> Result<Arc<T>> {
        remember(&self.cache.of_settings, key, load).await
    }

    /// The same for what depends on a pool's users, too: kept until any user changes.
    pub async fn remember_of_users<T: Any + Send + Sync>(
        &self,
        key: &str,
        load: impl AsyncFnOnce() -> Result<T>,
    ) -> Result<Arc<T>> {
        remember(&self.cache.of_users, key, load).await
    }

    /// The secret that was made with this store and never leaves it.
    pub fn master_secret(&self) -> &[u8; 32] {
        &self.master_secret
    }

    pub fn location(&self) -> &Location {
        &self.location
    }

    async fn lock_writer(&self) -> Result<OwnedMutexGuard<Writer>> {
        let mut writer = self.writer.clone().lock_owned().await;
        if writer.abandoned {
            // Fails when the owner was dropped before its BEGIN arrived; then there is nothing to
            // undo.
            let _nothing_to_undo = sqlx::query("ROLLBACK")
                .execute(&mut writer.connection)
                .await;
            writer.abandoned = false;
            // Or was dropped while its COMMIT was on the way: what is kept may be of before it.
            self.cache.forget();
        }
        Ok(writer)
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
    /// Which sessions may have been answered.
    pub fn spent(&self) -> &Noted {
        &self.store.spent
    }

    /// The users, who may be others after the commit.
    pub fn users(&mut self) -> Repository<'_, users::Users, Writing> {
        self.users_changed = true;
        Repository::on(&mut self.writer.connection)
    }

    /// Makes everything that was written durable and visible, or fails and leaves nothing.
    pub async fn commit(mut self) -> Result<()> {
        sqlx::query("COMMIT")
            .execute(&mut self.writer.connection)
            .await?;
        self.writer.abandoned = false;
        if self.settings_changed {
            self.store.cache.forget();
        } else if self.users_changed {
            self.store.cache.of_users.forget();
        }
        Ok(())
    }

    /// To be called by whoever changes a pool, a client, a secret or what a pool's pages show: the
    /// copies in memory end with the commit.
    pub fn settings_change(&mut self) {
        self.settings_changed = true;
    }
}
