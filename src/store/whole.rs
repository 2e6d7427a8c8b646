//! Many writes that happen together or not at all: what `Store::as_one` runs reads and writes on
//! one transaction, whoever asks for a connection there.
//!
//! For what consists of operations, each of which commits by itself, and must still leave nothing
//! behind when the last of them is refused. Nobody else writes meanwhile, and nobody else sees
//! anything of it before its end. Not here: a single write (`mod.rs`).

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use sqlx::SqliteConnection;
use tokio::runtime::Handle;
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::Store;
use super::cache::Cache;
use crate::error::Result;

tokio::task_local! {
    static WHOLE: Arc<Whole>;
}

type Begun = Arc<Mutex<OwnedMutexGuard<SqliteConnection>>>;

/// A transaction that a task is in.
pub(super) struct Whole {
    /// The writer of the store that it is about: a task may use several.
    of: Arc<Mutex<SqliteConnection>>,
    connection: Begun,
    /// What is remembered of rows that nobody else may see.
    cache: Arc<Cache>,
}

/// The connection, alone or within a transaction that has begun already.
pub(super) enum WriterGuard {
    Alone(OwnedMutexGuard<SqliteConnection>),
    Within(OwnedMutexGuard<OwnedMutexGuard<SqliteConnection>>),
}

impl WriterGuard {
    /// How a write begins here.
    pub fn begin(&self) -> &'static str {
        match self {
            Self::Alone(_) => "BEGIN IMMEDIATE",
            Self::Within(_) => "SAVEPOINT part",
        }
    }

    pub fn commit(&self) -> &'static str {
        match self {
            Self::Alone(_) => "COMMIT",
            Self::Within(_) => "RELEASE part",
        }
    }

    pub fn roll_back(&self) -> &'static [&'static str] {
        match self {
            Self::Alone(_) => &["ROLLBACK"],
            Self::Within(_) => &["ROLLBACK TO part", "RELEASE part"],
        }
    }
}

impl Deref for WriterGuard {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        match self {
            Self::Alone(connection) => connection,
            Self::Within(connection) => connection,
        }
    }
}

impl DerefMut for WriterGuard {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        match self {
            Self::Alone(connection) => connection,
            Self::Within(connection) => connection,
        }
    }
}

/// Rolls back unless the end was reached.
struct Unfinished(Option<Begun>);

impl Drop for Unfinished {
    /// In a task of its own, as a write that is dropped.
    fn drop(&mut self) {
        if let (Some(connection), Ok(runtime)) = (self.0.take(), Handle::try_current()) {
            runtime.spawn(async move {
                // Fails when it never began.
                let _nothing_to_undo = execute(&connection, "ROLLBACK").await;
            });
        }
    }
}

async fn execute(connection: &Begun, sql: &'static str) -> Result<()> {
    let mut connection = connection.lock().await;
    sqlx::query(sql).execute(&mut **connection).await?;
    Ok(())
}

impl Store {
    /// Runs `work`, whose writes are all there afterwards if it succeeds, and otherwise none. It
    /// must leave no part of the work to other tasks, which would wait for its end, and should call
    /// nobody outside: everybody else who writes waits.
    pub async fn as_one<T, E>(
        &self,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<Result<T, E>> {
        let connection = Arc::new(Mutex::new(self.writer.clone().lock_owned().await));
        let mut unfinished = Unfinished(Some(connection.clone()));
        execute(&connection, "BEGIN IMMEDIATE").await?;
        let whole = Arc::new(Whole {
            of: self.writer.clone(),
            connection: connection.clone(),
            cache: Arc::default(),
        });
        let done = WHOLE.scope(whole, work).await;
        if done.is_ok() {
            execute(&connection, "COMMIT").await?;
            self.cache.forget();
            unfinished.0 = None;
        }
        Ok(done)
    }

    /// The transaction of this store that the present task is in.
    fn whole(&self) -> Option<Arc<Whole>> {
        let whole = WHOLE.try_with(Arc::clone).ok()?;
        Arc::ptr_eq(&whole.of, &self.writer).then_some(whole)
    }

    pub(super) fn is_within(&self) -> bool {
        self.whole().is_some()
    }

    pub(super) async fn lock_writer(&self) -> WriterGuard {
        match self.whole() {
            Some(whole) => WriterGuard::Within(whole.connection.clone().lock_owned().await),
            None => WriterGuard::Alone(self.writer.clone().lock_owned().await),
        }
    }

    /// What is remembered of rows as this task sees them.
    pub(super) fn remembered(&self) -> Arc<Cache> {
        match self.whole() {
            Some(whole) => whole.cache.clone(),
            None => self.cache.clone(),
        }
    }
}
