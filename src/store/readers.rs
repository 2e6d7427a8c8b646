//! The connections that read beside the writer: a few, opened when needed and kept.
//!
//! Not sqlx's own pool: it asks each connection whether it is alive whenever it is given back,
//! which doubles the work of a short read, and a connection to a file of our own does not die.

use std::sync::{Arc, Mutex, PoisonError};

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::Result;

/// More than the machine has cores for would only wait for each other.
const MOST: usize = 4;

pub(super) struct Readers {
    options: SqliteConnectOptions,
    idle: Mutex<Vec<SqliteConnection>>,
    places: Arc<Semaphore>,
}

/// A reading connection, given back when dropped.
pub(super) struct Lent {
    /// Always there; an Option only so that dropping can move it.
    connection: Option<SqliteConnection>,
    readers: Arc<Readers>,
    _place: OwnedSemaphorePermit,
}

impl Readers {
    pub fn new(options: SqliteConnectOptions) -> Arc<Self> {
        Arc::new(Self {
            options: options.pragma("query_only", "ON"),
            idle: Mutex::default(),
            places: Arc::new(Semaphore::new(MOST)),
        })
    }

    /// Lends a connection; waits while all of them are out.
    pub async fn lend(self: &Arc<Self>) -> Result<Lent> {
        let closed = |_| anyhow::anyhow!("the store is closed");
        let place = self.places.clone().acquire_owned().await.map_err(closed)?;
        let idle = self.idle().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.options.connect().await?,
        };
        Ok(Lent {
            connection: Some(connection),
            readers: self.clone(),
            _place: place,
        })
    }

    /// Closes what is not lent, and lends nothing any more.
    pub async fn close(&self) {
        self.places.close();
        let idle = std::mem::take(&mut *self.idle());
        for connection in idle {
            // The process is about to end; whatever fails here, the file is consistent.
            let _closed = connection.close().await;
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<SqliteConnection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lent {
    pub fn connection(&mut self) -> &mut SqliteConnection {
        self.connection
            .as_mut()
            .expect("a lent connection is there until it is dropped")
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.readers.idle().push(connection);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn readers() -> Arc<Readers> {
        let options = SqliteConnectOptions::new().in_memory(true);
        Readers::new(options)
    }

    #[tokio::test]
    async fn connections_are_lent_again_and_whoever_finds_none_waits() {
        let readers = readers().await;
        let mut lent = Vec::new();
        for _ in 0..MOST {
            lent.push(readers.lend().await.unwrap());
        }
        let mut waiting = std::pin::pin!(readers.lend());
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(waiting.as_mut().poll(&mut context).is_pending());
        lent.pop();
        assert_eq!(readers.idle().len(), 1);
        drop(waiting.await.unwrap());
        drop(lent);
        assert_eq!(readers.idle().len(), MOST);
    }

    #[tokio::test]
    async fn readers_do_not_write_and_after_the_end_nobody_reads() {
        let readers = readers().await;
        let mut lent = readers.lend().await.unwrap();
        let write = sqlx::query("CREATE TABLE t (a BIGINT)").execute(lent.connection());
        let refused = write.await.unwrap_err().to_string();
        assert!(refused.contains("readonly"), "{refused}");
        drop(lent);
        readers.close().await;
        assert!(readers.idle().is_empty());
        assert!(readers.lend().await.is_err());
    }
}
