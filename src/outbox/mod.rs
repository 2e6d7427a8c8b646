//! What would be sent: every e-mail and SMS is kept in the inbox, where a test or a person reads
//! it; e-mails go on to a mail catcher where there is one (`smtp.rs`).
//!
//! Not here: what a message says (`domain::messages`), when one is sent (`flows::deliver`), the
//! inbox's URL (`http::mocknito`).

pub mod smtp;

use std::time::Duration;

use tokio::sync::watch;

use self::smtp::Relay;
use crate::error::Result;
use crate::store::{Message, MessageFilter, Store, held};

/// The most messages one question is answered with.
const MOST: i64 = 1_000;

/// The way out for messages.
#[derive(Debug)]
pub struct Outbox {
    /// Counts changes of the inbox, so that whoever waits for one wakes up.
    changed: watch::Sender<u64>,
    relay: Option<Relay>,
}

impl Default for Outbox {
    fn default() -> Self {
        Self {
            changed: watch::Sender::new(0),
            relay: None,
        }
    }
}

impl Outbox {
    /// An outbox that also hands e-mails to a mail catcher.
    pub fn with_relay(relay: Relay) -> Self {
        Self {
            relay: Some(relay),
            ..Self::default()
        }
    }

    /// Keeps the message in the inbox and wakes whoever waits for it. A relay gets it afterwards
    /// and at its leisure: Cognito, too, answers before a mail arrives, and not with what becomes
    /// of it.
    pub async fn send(&self, store: &Store, message: &Message) -> Result<()> {
        held::assert_none("a message is sent");
        let mut write = store.write().await?;
        write.messages().insert(message).await?;
        write.commit().await?;
        self.change();
        if let Some(relay) = &self.relay {
            relay.hand_over(message);
        }
        Ok(())
    }

    /// As [`Outbox::send`], with a message that nobody gets: it is written and taken back, so that
    /// the time that it takes does not tell that there is nobody.
    pub async fn simulate(&self, store: &Store, message: &Message) -> Result<()> {
        held::assert_none("a message is sent");
        let mut write = store.write().await?;
        write.messages().insert_and_delete(message).await?;
        write.commit().await
    }

    /// To be called by whoever changes the inbox by another way.
    pub fn change(&self) {
        self.changed
            .send_modify(|count| *count = count.wrapping_add(1));
    }

    /// The messages that match once the inbox has another version than `since`, or when `wait` is
    /// over; and the version they are of.
    pub async fn list_since(
        &self,
        store: &Store,
        filter: &MessageFilter,
        since: u64,
        wait: Duration,
    ) -> Result<(Vec<Message>, u64)> {
        let mut changed = self.changed.subscribe();
        let newer = changed.wait_for(|version| *version != since);
        let _or_the_time_is_over = tokio::time::timeout(wait, newer).await.is_ok();
        let version = self.version();
        let found = store.read().await?.messages().list(filter, MOST).await?;
        Ok((found, version))
    }

    /// Changes with every change of the inbox.
    pub fn version(&self) -> u64 {
        *self.changed.borrow()
    }

    /// The messages that match, newest first; waits up to `wait` (of the machine's own time) for
    /// the first one.
    pub async fn list(
        &self,
        store: &Store,
        filter: &MessageFilter,
        wait: Duration,
    ) -> Result<Vec<Message>> {
        self.search(store, filter, wait, |found| !found.is_empty())
            .await
    }

    /// The code in the newest of the messages that match and have one; waits as [`Outbox::list`].
    pub async fn newest_code(
        &self,
        store: &Store,
        filter: &MessageFilter,
        wait: Duration,
    ) -> Result<Option<String>> {
        let has_code = |found: &[Message]| found.iter().any(|message| message.code.is_some());
        let found = self.search(store, filter, wait, has_code).await?;
        Ok(found.into_iter().find_map(|message| message.code))
    }

    /// The messages that match, once they are what is waited for, or when `wait` is over.
    async fn search(
        &self,
        store: &Store,
        filter: &MessageFilter,
        wait: Duration,
        are_wanted: fn(&[Message]) -> bool,
    ) -> Result<Vec<Message>> {
        let mut changed = self.changed.subscribe();
        let search = async {
            loop {
                changed.borrow_and_update();
                let found = store.read().await?.messages().list(filter, MOST).await?;
                if wait.is_zero() || are_wanted(&found) || changed.changed().await.is_err() {
                    return Ok(found);
                }
            }
        };
        if wait.is_zero() {
            return search.await;
        }
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
        self.change();
        Ok(deleted)
    }
}
