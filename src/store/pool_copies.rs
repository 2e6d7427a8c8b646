//! Copying a user pool's directory: rows of one pool again under the ids of another.
//!
//! Whole tables are copied by one statement each, whatever their columns are: what names the pool
//! or a user gets the new id, everything else stays. Not here: pool and clients themselves, and
//! what is sealed to its user (`flows::copy_pool`).

use sqlx::{AssertSqlSafe, Row};

use super::{Repository, Writing};
use crate::clock::Timestamp;
use crate::error::Result;

/// An id and the one that stands for it in the copy.
pub struct Renamed {
    pub old: String,
    pub new: String,
}

/// What is copied to where.
pub struct DirectoryCopy<'a> {
    pub from: &'a str,
    pub to: &'a str,
    /// What SRP calls the first of these pools.
    pub pool_name: &'a str,
    pub users: &'a [Renamed],
}

/// A pool's document as it is stored, whatever it is.
pub struct RawDocument {
    pub kind: String,
    pub key: String,
    pub client_id: Option<String>,
    pub document: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What is sealed of a user's software token.
pub struct SealedToken {
    pub sub: String,
    pub secret: Option<Vec<u8>>,
    pub pending: Option<Vec<u8>>,
}

/// The tables, those first to which others refer.
const COPIED: [&str; 10] = [
    "groups",
    "users",
    "user_names",
    "group_members",
    "resource_servers",
    "identity_providers",
    "identity_provider_identifiers",
    "identities",
    "software_tokens",
    "password_history",
];

/// Tables whose rows are a user's.
const OF_USERS: [&str; 6] = [
    "users",
    "user_names",
    "group_members",
    "identities",
    "software_tokens",
    "password_history",
];

/// The tables of a directory.
pub enum PoolCopies {}

impl Repository<'_, PoolCopies, Writing> {
    /// The ids of the pool's users.
    pub async fn list_subs(&mut self, pool: &str) -> Result<Vec<String>> {
        let subs = sqlx::query_scalar("SELECT sub FROM users WHERE pool_id = $1");
        Ok(subs.bind(pool).fetch_all(&mut *self.conn).await?)
    }

    /// Copies users, their names, groups and members, resource servers and providers.
    pub async fn copy_directory(&mut self, copy: &DirectoryCopy<'_>) -> Result<()> {
        sqlx::raw_sql(
            "CREATE TEMP TABLE IF NOT EXISTS copied_users (old TEXT PRIMARY KEY, new TEXT);
             CREATE TEMP TABLE IF NOT EXISTS copied_pool (old TEXT, new TEXT, name TEXT);
             DELETE FROM temp.copied_users;
             DELETE FROM temp.copied_pool;",
        )
        .execute(&mut *self.conn)
        .await?;
        sqlx::query("INSERT INTO temp.copied_pool (old, new, name) VALUES ($1, $2, $3)")
            .bind(copy.from)
            .bind(copy.to)
            .bind(copy.pool_name)
            .execute(&mut *self.conn)
            .await?;
        let pairs: Vec<[&str; 2]> = copy
            .users
            .iter()
            .map(|user| [user.old.as_str(), user.new.as_str()])
            .collect();
        sqlx::query(
            "INSERT INTO temp.copied_users (old, new) \
             SELECT value ->> 0, value ->> 1 FROM json_each($1)",
        )
        .bind(serde_json::to_string(&pairs)?)
        .execute(&mut *self.conn)
        .await?;
        let mut script = String::new();
        for table in COPIED {
            let columns: Vec<String> =
                sqlx::query_scalar("SELECT name FROM pragma_table_info($1) ORDER BY cid")
                    .bind(table)
                    .fetch_all(&mut *self.conn)
                    .await?;
            script.push_str(&copied(table, &columns));
        }
        // Where user names are ids, clients of SRP go on calling the user by the old one.
        script.push_str(
            "INSERT OR IGNORE INTO user_names (pool_id, name, kind, sub)
                 SELECT p.new, u.username, 'sub', m.new
                 FROM users u JOIN temp.copied_users m ON m.old = u.sub, temp.copied_pool p
                 WHERE u.username = u.sub AND u.password_salt IS NOT NULL;
             DELETE FROM temp.copied_users;
             DELETE FROM temp.copied_pool;",
        );
        // Safe: put together from constants and names of columns.
        sqlx::raw_sql(AssertSqlSafe(script))
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }

    /// Everything that is set on the pool and its clients, of whatever kind.
    pub async fn list_documents(&mut self, pool: &str) -> Result<Vec<RawDocument>> {
        let rows = sqlx::query(
            "SELECT kind, key, client_id, document, created_at, updated_at FROM pool_documents \
             WHERE pool_id = $1",
        )
        .bind(pool)
        .fetch_all(&mut *self.conn)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(RawDocument {
                    kind: row.try_get("kind")?,
                    key: row.try_get("key")?,
                    client_id: row.try_get("client_id")?,
                    document: row.try_get("document")?,
                    created_at: Timestamp(row.try_get("created_at")?),
                    updated_at: Timestamp(row.try_get("updated_at")?),
                })
            })
            .collect()
    }

    pub async fn insert_document(&mut self, pool: &str, document: &RawDocument) -> Result<()> {
        sqlx::query(
            "INSERT INTO pool_documents \
             (pool_id, kind, key, client_id, document, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(pool)
        .bind(&document.kind)
        .bind(&document.key)
        .bind(&document.client_id)
        .bind(&document.document)
        .bind(document.created_at.0)
        .bind(document.updated_at.0)
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }

    /// The software tokens of the pool's users.
    pub async fn list_software_tokens(&mut self, pool: &str) -> Result<Vec<SealedToken>> {
        let rows = sqlx::query(
            "SELECT t.sub, t.secret, t.pending FROM users u \
             JOIN software_tokens t ON t.sub = u.sub WHERE u.pool_id = $1",
        )
        .bind(pool)
        .fetch_all(&mut *self.conn)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(SealedToken {
                    sub: row.try_get("sub")?,
                    secret: row.try_get("secret")?,
                    pending: row.try_get("pending")?,
                })
            })
            .collect()
    }

    /// Puts a token that was sealed anew in the place of a copied one.
    pub async fn update_software_token(&mut self, token: &SealedToken) -> Result<()> {
        sqlx::query("UPDATE software_tokens SET secret = $2, pending = $3 WHERE sub = $1")
            .bind(&token.sub)
            .bind(token.secret.as_deref())
            .bind(token.pending.as_deref())
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }
}

/// The statement that copies a table.
fn copied(table: &str, columns: &[String]) -> String {
    let values: Vec<String> = columns.iter().map(|column| value(table, column)).collect();
    let (columns, values) = (columns.join(", "), values.join(", "));
    let rows = if OF_USERS.contains(&table) {
        "JOIN temp.copied_users m ON m.old = t.sub, temp.copied_pool p WHERE TRUE"
    } else {
        ", temp.copied_pool p WHERE t.pool_id = p.old"
    };
    format!("INSERT INTO {table} ({columns}) SELECT {values} FROM {table} t {rows};")
}

/// What a column of the copy holds.
fn value(table: &str, column: &str) -> String {
    match (table, column) {
        (_, "pool_id") => "p.new".to_owned(),
        (_, "sub") => "m.new".to_owned(),
        ("users", "username") | ("user_names", "name") => {
            format!("CASE t.{column} WHEN t.sub THEN m.new ELSE t.{column} END")
        }
        ("users", "password_identity") => {
            "CASE WHEN t.password_salt IS NULL OR t.password_hash IS NOT NULL THEN NULL \
             ELSE coalesce(t.password_identity, p.name || t.username) END"
                .to_owned()
        }
        ("password_history", "identity") => {
            "coalesce(t.identity, p.name || (SELECT username FROM users WHERE sub = t.sub))"
                .to_owned()
        }
        _ => format!("t.{column}"),
    }
}
