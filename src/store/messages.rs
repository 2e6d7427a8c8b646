//! The outbox's table: everything the service would have sent.

use std::fmt;

use sqlx::Row;

use super::{Repository, Writing};
use crate::clock::Timestamp;
use crate::error::Result;

/// A message as it is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    pub id: String,
    pub pool_id: String,
    pub recipient: String,
    /// `EMAIL` or `SMS`.
    pub medium: String,
    /// What for: `invitation`, `verify_attribute`, …
    pub kind: String,
    pub code: Option<String>,
    pub subject: Option<String>,
    pub body: String,
    pub created_at: Timestamp,
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("id", &self.id)
            .field("medium", &self.medium)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// Which messages are asked for; what is None does not matter.
#[derive(Debug, Clone, Default)]
pub struct MessageFilter {
    pub pool_id: Option<String>,
    pub recipient: Option<String>,
    pub kind: Option<String>,
}

/// The table of messages.
pub enum Messages {}

/// Matches the filter's three values, each of which may be NULL.
macro_rules! matching {
    () => {
        " WHERE ($1 IS NULL OR pool_id = $1) AND ($2 IS NULL OR recipient = $2) AND ($3 IS NULL OR kind = $3) "
    };
}

impl<Mode> Repository<'_, Messages, Mode> {
    /// The newest messages that match, newest first: by sending, whatever the clock said.
    pub async fn list(&mut self, filter: &MessageFilter, limit: i64) -> Result<Vec<Message>> {
        let rows = sqlx::query(concat!(
            "SELECT id, pool_id, recipient, medium, kind, code, subject, body, created_at FROM messages",
            matching!(),
            "ORDER BY number DESC LIMIT $4"
        ))
        .bind(&filter.pool_id)
        .bind(&filter.recipient)
        .bind(&filter.kind)
        .bind(limit)
        .fetch_all(&mut *self.conn)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(Message {
                    id: row.try_get(0)?,
                    pool_id: row.try_get(1)?,
                    recipient: row.try_get(2)?,
                    medium: row.try_get(3)?,
                    kind: row.try_get(4)?,
                    code: row.try_get(5)?,
                    subject: row.try_get(6)?,
                    body: row.try_get(7)?,
                    created_at: Timestamp(row.try_get(8)?),
                })
            })
            .collect()
    }
}

impl Repository<'_, Messages, Writing> {
    pub async fn insert(&mut self, message: &Message) -> Result<()> {
        sqlx::query(
            "INSERT INTO messages (id, pool_id, recipient, medium, kind, code, subject, body, created_at, number) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, (SELECT coalesce(max(number), 0) + 1 FROM messages))",
        )
        .bind(&message.id)
        .bind(&message.pool_id)
        .bind(&message.recipient)
        .bind(&message.medium)
        .bind(&message.kind)
        .bind(&message.code)
        .bind(&message.subject)
        .bind(&message.body)
        .bind(message.created_at.0)
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }

    /// Deletes the messages that match; answers how many.
    pub async fn delete(&mut self, filter: &MessageFilter) -> Result<u64> {
        let done = sqlx::query(concat!("DELETE FROM messages", matching!()))
            .bind(&filter.pool_id)
            .bind(&filter.recipient)
            .bind(&filter.kind)
            .execute(&mut *self.conn)
            .await?;
        Ok(done.rows_affected())
    }
}
