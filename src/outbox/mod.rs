//! What would be sent: every e-mail and SMS is kept in the inbox, where a test or a person reads it.
//!
//! Not here: what a message says (`domain::messages`), when one is sent (`flows::deliver`), the inbox's URL (`http::mocknito`).

use std::time::Duration;

use tokio::sync::watch;

use crate::error::Result;
use crate::store::{Message, MessageFilter, Store};

/// The most messages one question is answered with.
const MOST: i64 = 1_000;

/// The way out for messages.
#[derive(Debug)]
pub struct Outbox {
    /// Counts sendings, so that whoever waits for a message wakes up.
    sent: watch::Sender<u64>,
}

impl Default for Outbox {
    fn default() -> Self {
        Self {
            sent: watch::Sender::new(0),
        }
    }
}

impl Outbox {
    /// Keeps the message in the inbox and wakes whoever waits for it.
    pub async fn send(&self, store: &Store, message: &Message) -> Result<()> {
        let mut write = store.write().await?;
        write.messages().insert(message).await?;
        write.commit().await?;
        self.sent.send_modify(|count| *count += 1);
        Ok(())
    }

    /// The messages that match, newest first; waits up to `wait` (of the machine's own time) for the first one.
    pub async fn list(
        &self,
        store: &Store,
        filter: &MessageFilter,
        wait: Duration,
    ) -> Result<Vec<Message>> {
        let mut sent = self.sent.subscribe();
        let search = async {
            loop {
                sent.borrow_and_update();
                let found = store.read().await?.messages().list(filter, MOST).await?;
                if !found.is_empty() || sent.changed().await.is_err() {
                    return Ok(found);
                }
            }
        };
        match tokio::time::timeout(wait, search).await {
            Ok(found) => found,
            Err(_nothing_came) => store.read().await?.messages().list(filter, MOST).await,
        }
    }

    /// Deletes the messages that match; answers how many.
    pub async fn clear(&self, store: &Store, filter: &MessageFilter) -> Result<u64> {
        let mut write = store.write().await?;
        let deleted = write.messages().delete(filter).await?;
        write.commit().await?;
        Ok(deleted)
    }
}
