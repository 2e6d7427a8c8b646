//! App clients and their secrets.

use std::fmt;

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{Repository, Writing};
use crate::clock::Timestamp;
use crate::error::Result;
use crate::wire::user_pools::UserPoolClientType;

/// An app client as it is stored, its secrets included.
#[derive(Debug, Clone)]
pub struct Client {
    pub id: String,
    pub pool_id: String,
    pub name: String,
    /// The described document without ids, name, dates and secret: see `domain::clients`.
    pub settings: UserPoolClientType,
    /// Oldest first; empty for a public client.
    pub secrets: Vec<ClientSecret>,
    /// The URL of its metadata document, if that is how it named itself. Not stored: the app client
    /// as which it acts is.
    pub metadata_url: Option<String>,
    /// Where the secret is read if AWS Secrets Manager keeps it.
    pub secret_arn: Option<String>,
    /// It has registered itself, at the pool's domain.
    pub registered: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl Client {
    /// Whether this client was meant by the id, and by the URL of a metadata document where it
    /// named itself by one: clients of one app client are not each other.
    pub fn is_known_as(&self, id: &str, metadata_url: Option<&str>) -> bool {
        self.id == id && self.metadata_url.as_deref() == metadata_url
    }
}

/// One of a client's (at most two) secrets.
#[derive(Clone)]
pub struct ClientSecret {
    pub id: String,
    pub value: String,
    pub created_at: Timestamp,
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientSecret")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// The tables of clients and client secrets.
pub enum Clients {}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, pool_id, name, settings, registered, created_at, updated_at, (SELECT arn \
             FROM managed_secrets WHERE client_id = clients.id) AS secret_arn FROM clients ",
            $rest
        )
    };
}

fn client(row: &SqliteRow) -> Result<Client> {
    Ok(Client {
        id: row.try_get("id")?,
        pool_id: row.try_get("pool_id")?,
        name: row.try_get("name")?,
        settings: serde_json::from_str(row.try_get("settings")?)?,
        secrets: Vec::new(),
        metadata_url: None,
        secret_arn: row.try_get("secret_arn")?,
        registered: row.try_get::<i64, _>("registered")? != 0,
        created_at: Timestamp(row.try_get("created_at")?),
        updated_at: Timestamp(row.try_get("updated_at")?),
    })
}

impl<Mode> Repository<'_, Clients, Mode> {
    pub async fn find(&mut self, id: &str) -> Result<Option<Client>> {
        let row = sqlx::query(select!("WHERE id = $1"))
            .bind(id)
            .fetch_optional(&mut *self.conn)
            .await?;
        let Some(mut client) = row.as_ref().map(client).transpose()? else {
            return Ok(None);
        };
        client.secrets = self.secrets(id).await?;
        Ok(Some(client))
    }

    async fn secrets(&mut self, client: &str) -> Result<Vec<ClientSecret>> {
        let rows = sqlx::query(
            "SELECT id, value, created_at FROM client_secrets WHERE client_id = $1 ORDER BY \
             created_at, id",
        )
        .bind(client)
        .fetch_all(&mut *self.conn)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(ClientSecret {
                    id: row.try_get("id")?,
                    value: row.try_get("value")?,
                    created_at: Timestamp(row.try_get("created_at")?),
                })
            })
            .collect()
    }

    /// How many clients a pool has.
    pub async fn count(&mut self, pool: &str) -> Result<i64> {
        let count = sqlx::query_scalar("SELECT COUNT(*) FROM clients WHERE pool_id = $1")
            .bind(pool)
            .fetch_one(&mut *self.conn)
            .await?;
        Ok(count)
    }

    /// A pool's clients by creation, without their secrets, after the one named by (creation, id).
    /// `registered` asks only for those that have registered themselves, or only for the others.
    pub async fn list(
        &mut self,
        pool: &str,
        registered: Option<bool>,
        after: Option<(Timestamp, &str)>,
        limit: i64,
    ) -> Result<Vec<Client>> {
        let (at, id) = after.unwrap_or((Timestamp(i64::MIN), ""));
        let rows = sqlx::query(select!(
            "WHERE pool_id = $1 AND (created_at, id) > ($2, $3) \
             AND registered = COALESCE($5, registered) ORDER BY created_at, id LIMIT $4"
        ))
        .bind(pool)
        .bind(at.0)
        .bind(id)
        .bind(limit)
        .bind(registered.map(i64::from))
        .fetch_all(&mut *self.conn)
        .await?;
        rows.iter().map(client).collect()
    }
}

impl Repository<'_, Clients, Writing> {
    pub async fn insert(&mut self, client: &Client) -> Result<()> {
        sqlx::query(
            "INSERT INTO clients (id, pool_id, name, settings, created_at, updated_at, registered) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(&client.id)
        .bind(&client.pool_id)
        .bind(&client.name)
        .bind(serde_json::to_string(&client.settings)?)
        .bind(client.created_at.0)
        .bind(client.updated_at.0)
        .bind(i64::from(client.registered))
        .execute(&mut *self.conn)
        .await?;
        for secret in &client.secrets {
            self.insert_secret(&client.id, secret).await?;
        }
        Ok(())
    }

    /// Writes name, settings and date; secrets have verbs of their own.
    pub async fn update(&mut self, client: &Client) -> Result<()> {
        sqlx::query("UPDATE clients SET name = $2, settings = $3, updated_at = $4 WHERE id = $1")
            .bind(&client.id)
            .bind(&client.name)
            .bind(serde_json::to_string(&client.settings)?)
            .bind(client.updated_at.0)
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }

    /// Says that the client has registered itself: for a fixture that knows.
    pub async fn set_registered(&mut self, id: &str) -> Result<()> {
        sqlx::query("UPDATE clients SET registered = 1 WHERE id = $1")
            .bind(id)
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }

    pub async fn delete(&mut self, id: &str) -> Result<()> {
        sqlx::query("DELETE FROM clients WHERE id = $1")
            .bind(id)
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }

    pub async fn insert_secret(&mut self, client: &str, secret: &ClientSecret) -> Result<()> {
        sqlx::query(
            "INSERT INTO client_secrets (id, client_id, value, created_at) VALUES ($1, $2, $3, $4)",
        )
        .bind(&secret.id)
        .bind(client)
        .bind(&secret.value)
        .bind(secret.created_at.0)
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }

    pub async fn delete_secret(&mut self, id: &str) -> Result<()> {
        sqlx::query("DELETE FROM client_secrets WHERE id = $1")
            .bind(id)
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }
}
