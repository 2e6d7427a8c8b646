//! The outbox's table: what the service would have sent, the last messages of all pools.

use std::fmt;

use sqlx::{QueryBuilder, Row, Sqlite};

use super::{Repository, Writing};
use crate::clock::Timestamp;
use crate::error::Result;

/// So many messages are kept: the last ones sent. Whoever may call a public client could fill the
/// disk otherwise.
const MOST: i64 = 10_000;

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

impl MessageFilter {
    /// Adds the conditions to a statement: only those that are asked for, so that the statement
    /// finds its index.
    fn add_to(&self, statement: &mut QueryBuilder<Sqlite>) {
        statement.push(" WHERE TRUE");
        if let Some(recipient) = &self.recipient {
            statement.push(" AND recipient = ");
            statement.push_bind(recipient.clone());
        }
        if let Some(pool) = &self.pool_id {
            // One recipient has fewer messages than a pool: the plus keeps SQLite from going by the
            // pool where both are asked for.
            let plain = self.recipient.is_none();
            statement.push(if plain {
                " AND pool_id = "
            } else {
                " AND +pool_id = "
            });
            statement.push_bind(pool.clone());
        }
        if let Some(kind) = &self.kind {
            statement.push(" AND kind = ");
            statement.push_bind(kind.clone());
        }
    }
}

impl<Mode> Repository<'_, Messages, Mode> {
    /// The newest messages that match, newest first: by sending, whatever the clock said.
    pub async fn list(&mut self, filter: &MessageFilter, limit: i64) -> Result<Vec<Message>> {
        let mut select = QueryBuilder::new(
            "SELECT id, pool_id, recipient, medium, kind, code, subject, body, created_at \
             FROM messages",
        );
        filter.add_to(&mut select);
        select.push(" ORDER BY number DESC LIMIT ");
        select.push_bind(limit);
        let rows = select.build().fetch_all(&mut *self.conn).await?;
        rows.iter()
            .map(|row| {
                Ok(Message {
                    id: row.try_get("id")?,
                    pool_id: row.try_get("pool_id")?,
                    recipient: row.try_get("recipient")?,
                    medium: row.try_get("medium")?,
                    kind: row.try_get("kind")?,
                    code: row.try_get("code")?,
                    subject: row.try_get("subject")?,
                    body: row.try_get("body")?,
                    created_at: Timestamp(row.try_get("created_at")?),
                })
            })
            .collect()
    }
}

impl Repository<'_, Messages, Writing> {
    /// Keeps the message, and forgets the one that is now too many.
    pub async fn insert(&mut self, message: &Message) -> Result<()> {
        self.append(message).await?;
        sqlx::query("DELETE FROM messages WHERE number <= (SELECT max(number) FROM messages) - $1")
            .bind(MOST)
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }

    /// Keeps nothing, at the price of keeping the message.
    pub async fn insert_and_delete(&mut self, message: &Message) -> Result<()> {
        self.append(message).await?;
        sqlx::query("DELETE FROM messages WHERE id = $1")
            .bind(&message.id)
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }

    async fn append(&mut self, message: &Message) -> Result<()> {
        sqlx::query(
            "INSERT INTO messages \
             (id, pool_id, recipient, medium, kind, code, subject, body, created_at, number) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, \
             (SELECT coalesce(max(number), 0) + 1 FROM messages))",
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
        let mut delete = QueryBuilder::new("DELETE FROM messages");
        filter.add_to(&mut delete);
        let done = delete.build().execute(&mut *self.conn).await?;
        Ok(done.rows_affected())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use crate::store::{Location, Store};

    /// How SQLite looks for the newest message that matches.
    async fn plan(filter: &MessageFilter) -> String {
        let mut rng = Random::new(Some(1)).generator();
        let store = Store::open(Location::Memory, &mut rng).await.unwrap();
        let mut write = store.write().await.unwrap();
        let mut explain = QueryBuilder::new("EXPLAIN QUERY PLAN SELECT body FROM messages");
        filter.add_to(&mut explain);
        explain.push(" ORDER BY number DESC LIMIT 1");
        let rows = explain.build().fetch_all(&mut *write.messages().conn);
        let details = rows.await.unwrap().into_iter();
        let details: Vec<String> = details.map(|row| row.try_get("detail").unwrap()).collect();
        details.join("; ")
    }

    #[tokio::test]
    async fn the_inbox_is_read_by_an_index_whatever_is_asked() {
        let some = |name: &str| Some(name.to_owned());
        let by_recipient = "SEARCH messages USING INDEX messages_by_recipient (recipient=?)";
        for (pool, recipient, kind, expected) in [
            (None, some("a@example.com"), None, by_recipient),
            (None, some("a@example.com"), some("sign_up"), by_recipient),
            (some("pool"), some("a@example.com"), None, by_recipient),
            (
                some("pool"),
                None,
                some("sign_up"),
                "SEARCH messages USING INDEX messages_by_pool (pool_id=?)",
            ),
            (
                None,
                None,
                None,
                "SCAN messages USING INDEX messages_by_number",
            ),
        ] {
            let filter = MessageFilter {
                pool_id: pool,
                recipient,
                kind,
            };
            assert_eq!(plan(&filter).await, expected, "{filter:?}");
        }
    }
}
