//! Opening a store: where it lives, its migrations, and the secret it is born with.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use rand::Rng;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, SqlSafeStr, SqliteConnection};
use tokio::sync::Mutex;

use super::cache::Cache;
use super::history::History;
use super::lock::{FolderLock, Refused};
use super::readers::Readers;
use super::seen_set::{Seen, SeenSet};
use super::{Reads, Store, history};
use crate::clock::Clock;
use crate::random::RequestRng;

/// The schema's history, forward only. The file name's number is the version.
const MIGRATIONS: &[(i64, &str, &str)] = &[
    (
        1,
        "foundation",
        include_str!("../../migrations/0001_foundation.sql"),
    ),
    (
        2,
        "password history",
        include_str!("../../migrations/0002_password_history.sql"),
    ),
    (
        3,
        "pool settings",
        include_str!("../../migrations/0003_pool_settings.sql"),
    ),
    (
        4,
        "import jobs",
        include_str!("../../migrations/0004_import_jobs.sql"),
    ),
    (
        5,
        "registration",
        include_str!("../../migrations/0005_registration.sql"),
    ),
    (
        6,
        "second factors",
        include_str!("../../migrations/0006_second_factors.sql"),
    ),
    (
        7,
        "devices",
        include_str!("../../migrations/0007_devices.sql"),
    ),
    (
        8,
        "events and sessions",
        include_str!("../../migrations/0008_events_and_sessions.sql"),
    ),
    (
        9,
        "passkeys",
        include_str!("../../migrations/0009_passkeys.sql"),
    ),
    (10, "oauth", include_str!("../../migrations/0010_oauth.sql")),
    (
        12,
        "custom sign-ins",
        include_str!("../../migrations/0012_custom_sign_ins.sql"),
    ),
    (
        13,
        "identities",
        include_str!("../../migrations/0013_identities.sql"),
    ),
    (
        14,
        "authentication methods",
        include_str!("../../migrations/0014_authentication_methods.sql"),
    ),
    (15, "risk", include_str!("../../migrations/0015_risk.sql")),
    (
        16,
        "session origins",
        include_str!("../../migrations/0016_session_origins.sql"),
    ),
    (
        17,
        "domains by region",
        include_str!("../../migrations/0017_domains_by_region.sql"),
    ),
    (
        18,
        "indexes",
        include_str!("../../migrations/0018_indexes.sql"),
    ),
    (
        19,
        "registered clients",
        include_str!("../../migrations/0019_registered_clients.sql"),
    ),
    (
        20,
        "client metadata",
        include_str!("../../migrations/0020_client_metadata.sql"),
    ),
    (
        21,
        "recoveries",
        include_str!("../../migrations/0021_recoveries.sql"),
    ),
    (
        22,
        "history",
        include_str!("../../migrations/0022_history.sql"),
    ),
    (
        23,
        "managed secrets",
        include_str!("../../migrations/0023_managed_secrets.sql"),
    ),
    (
        24,
        "imported hashes and compromised passwords",
        include_str!("../../migrations/0024_imported_hashes_and_compromised_passwords.sql"),
    ),
    (
        25,
        "SAML sessions",
        include_str!("../../migrations/0025_saml_sessions.sql"),
    ),
    (
        28,
        "identity pools",
        include_str!("../../migrations/0028_identity_pools.sql"),
    ),
    (
        29,
        "issued credentials",
        include_str!("../../migrations/0029_issued_credentials.sql"),
    ),
    (
        32,
        "credentials of another sts",
        include_str!("../../migrations/0032_credentials_of_another_sts.sql"),
    ),
    (
        34,
        "replaced keys",
        include_str!("../../migrations/0034_replaced_keys.sql"),
    ),
    (
        35,
        "snapshots",
        include_str!("../../migrations/0035_snapshots.sql"),
    ),
    (
        36,
        "password identity",
        include_str!("../../migrations/0036_password_identity.sql"),
    ),
    (
        37,
        "bare passwords",
        include_str!("../../migrations/0037_bare_passwords.sql"),
    ),
];

/// The database file in the data folder.
const FILE: &str = "mocknito.db";

/// Where a store lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// In this folder, which is made when it is not there.
    Folder(PathBuf),
    /// In memory: gone when the process ends.
    Memory,
}

/// Why a store could not be opened. Each prints as one clear line.
#[derive(Debug)]
pub enum OpenError {
    Folder {
        path: PathBuf,
        cause: std::io::Error,
    },
    Taken {
        path: PathBuf,
        owner: String,
    },
    Newer {
        path: PathBuf,
        version: i64,
        newest: i64,
    },
    NotAStore {
        path: PathBuf,
        cause: String,
    },
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder { path, cause } => write!(
                f,
                "cannot write to the data folder {}: {cause}",
                path.display()
            ),
            Self::Taken { path, owner } => write!(
                f,
                "the data folder {} belongs to {owner}: stop that, or use another --data folder",
                path.display()
            ),
            Self::Newer {
                path,
                version,
                newest,
            } => write!(
                f,
                "the store in {} was written by a newer Mocknito (schema {version}, this binary \
                 knows up to {newest}); use that version, or another --data folder",
                path.display()
            ),
            Self::NotAStore { path, cause } => {
                write!(f, "cannot open the store in {}: {cause}", path.display())
            }
        }
    }
}

impl std::error::Error for OpenError {}

impl Store {
    /// Opens the store, makes it when there is none, and brings its schema up to date. `rng` draws
    /// a new store's secret.
    pub async fn open(location: Location, rng: &mut RequestRng) -> Result<Self, OpenError> {
        Self::open_with(location, rng, None).await
    }

    /// The same with a history of changes, whose times are by this clock.
    pub async fn open_with_history(
        location: Location,
        rng: &mut RequestRng,
        clock: Arc<Clock>,
    ) -> Result<Self, OpenError> {
        Self::open_with(location, rng, Some(clock)).await
    }

    async fn open_with(
        location: Location,
        rng: &mut RequestRng,
        history: Option<Arc<Clock>>,
    ) -> Result<Self, OpenError> {
        let (path, lock) = match &location {
            Location::Memory => (PathBuf::from(":memory:"), None),
            Location::Folder(folder) => {
                let unwritable = |cause| OpenError::Folder {
                    path: folder.clone(),
                    cause,
                };
                std::fs::create_dir_all(folder).map_err(unwritable)?;
                ignore_for_git(folder).map_err(unwritable)?;
                let lock = FolderLock::take(folder).map_err(|refused| match refused {
                    Refused::Unwritable(cause) => unwritable(cause),
                    Refused::Taken(owner) => OpenError::Taken {
                        path: folder.clone(),
                        owner,
                    },
                })?;
                let file = folder.join(FILE);
                // SQLite says "unable to open database file" for every cause; the operating system
                // says which.
                std::fs::OpenOptions::new()
                    .append(true)
                    .create(true)
                    .open(&file)
                    .map_err(unwritable)?;
                keep_private(&file).map_err(unwritable)?;
                (file, Some(lock))
            }
        };
        let broken = |cause: sqlx::Error| OpenError::NotAStore {
            path: path.clone(),
            cause: cause.to_string(),
        };

        let options = match &location {
            Location::Memory => {
                SqliteConnectOptions::from_str("sqlite::memory:").map_err(broken)?
            }
            Location::Folder(_) => SqliteConnectOptions::new().filename(&path),
        };
        let options = options
            .journal_mode(SqliteJournalMode::Wal)
            // With WAL, NORMAL survives the death of the process at any moment; only a power cut
            // can take the last commits.
            .synchronous(SqliteSynchronous::Normal)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10))
            .pragma("cache_size", "-4000")
            // What a step within a transaction takes back is kept in a temporary file once it is
            // large, and an image from scratch has no folder for one.
            .pragma("temp_store", "MEMORY")
            .disable_statement_logging();

        let mut connection = options.connect().await.map_err(broken)?;
        migrate(&mut connection, &path).await?;
        // Who had wrong tries, and what was answered, before the store was closed.
        let tried = seen(&mut connection, "SELECT DISTINCT subject FROM attempts");
        let tried = tried.await.map_err(broken)?;
        let spent = seen(&mut connection, "SELECT id FROM spent_sessions");
        let spent = spent.await.map_err(broken)?;
        let master_secret = master_secret(&mut connection, rng).await.map_err(broken)?;
        let history = match history {
            Some(clock) => {
                let history = History::keep(&mut connection, clock).await;
                Some(history.map_err(broken)?)
            }
            None => {
                history::stop_keeping(&mut connection)
                    .await
                    .map_err(broken)?;
                None
            }
        };
        let reads = match &location {
            Location::Memory => Reads::OnTheWriter,
            Location::Folder(_) => Reads::Beside(Readers::new(options)),
        };
        Ok(Self {
            writer: Arc::new(Mutex::new(connection)),
            reads,
            cache: Arc::new(Cache::default()),
            seen: Arc::new(Seen { tried, spent }),
            master_secret,
            location,
            history,
            lock,
        })
    }

    /// Tells whoever would use the same data folder where its owner is.
    pub fn serves_at(&self, address: &str) -> std::io::Result<()> {
        match &self.lock {
            Some(lock) => lock.say(Some(address)),
            None => Ok(()),
        }
    }

    /// Empties every table but the store's own secret.
    pub async fn reset(&self) -> crate::error::Result<()> {
        let mut write = self.write().await?;
        write.signing_keys().remember_all().await?;
        // Everything else hangs on the pools of both kinds and goes with them.
        write.pools().delete_all().await?;
        write.identity_pools().delete_all().await?;
        write.credentials().delete_all().await?;
        write.spent_sessions().delete_all().await?;
        write.limits().delete_all().await?;
        write.history().delete_steps().await?;
        write.commit().await
    }

    /// Closes all connections; what was committed is in the main file afterwards.
    pub async fn close(&self) {
        if let Reads::Beside(readers) = &self.reads {
            readers.close().await;
        }
        let mut writer = self.writer.lock().await;
        // A failed checkpoint loses nothing: the next start reads the log.
        let _the_log_stays = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
            .execute(&mut *writer)
            .await;
        if let Some(lock) = &self.lock {
            // What fails here ends with the process.
            let _still_locked = lock.release();
        }
    }
}

/// The last migration that this binary knows.
pub(super) fn newest_schema() -> i64 {
    MIGRATIONS.last().map_or(0, |(version, ..)| *version)
}

/// Brings a snapshot up to date that an older binary has saved.
pub(super) async fn migrate_image(connection: &mut SqliteConnection) -> Result<(), OpenError> {
    migrate(connection, std::path::Path::new("a snapshot")).await
}

/// A data folder in somebody's repository is nothing to commit: it has keys. A folder that has
/// something else in it is its owner's, and may be the repository itself.
fn ignore_for_git(folder: &std::path::Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        // The code of templates may have come first.
        if entry?.file_name() != "code" {
            return Ok(());
        }
    }
    std::fs::write(folder.join(".gitignore"), "# Made by mocknito.\n*\n")
}

async fn migrate(
    connection: &mut SqliteConnection,
    path: &std::path::Path,
) -> Result<(), OpenError> {
    let migrations = MIGRATIONS
        .iter()
        .map(|(version, name, sql)| {
            Migration::new(
                *version,
                (*name).into(),
                MigrationType::Simple,
                sql.into_sql_str(),
                false,
            )
        })
        .collect();
    let newest = newest_schema();
    Migrator::with_migrations(migrations)
        .run(connection)
        .await
        .map_err(|error| match error {
            MigrateError::VersionMissing(version) => OpenError::Newer {
                path: path.into(),
                version,
                newest,
            },
            other => OpenError::NotAStore {
                path: path.into(),
                cause: other.to_string(),
            },
        })
}

async fn seen(
    connection: &mut SqliteConnection,
    select: &'static str,
) -> Result<SeenSet, sqlx::Error> {
    let seen = SeenSet::default();
    let keys: Vec<String> = sqlx::query_scalar(select).fetch_all(connection).await?;
    for key in keys {
        seen.add(&key);
    }
    Ok(seen)
}

async fn master_secret(
    connection: &mut SqliteConnection,
    rng: &mut RequestRng,
) -> Result<[u8; 32], sqlx::Error> {
    let mut fresh = [0; 32];
    rng.fill_bytes(&mut fresh);
    sqlx::query("INSERT INTO secrets (name, value) VALUES ('master', $1) ON CONFLICT DO NOTHING")
        .bind(fresh.as_slice())
        .execute(&mut *connection)
        .await?;
    let kept: Vec<u8> = sqlx::query_scalar("SELECT value FROM secrets WHERE name = 'master'")
        .fetch_one(connection)
        .await?;
    kept.try_into().map_err(|_| {
        sqlx::Error::Protocol("the store's master secret has the wrong length".to_owned())
    })
}

/// The store holds signing keys and client secrets: nobody but its owner may read it.
#[cfg(unix)]
fn keep_private(file: &std::path::Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
fn keep_private(_: &std::path::Path) -> std::io::Result<()> {
    Ok(())
}
