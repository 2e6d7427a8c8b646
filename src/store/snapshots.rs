//! Saved states of the whole store, to go back to.
//!
//! A snapshot is a database of its own with a copy of every table, kept as one value in a table of
//! the store: with the data folder where there is one, else in memory. Going back empties each
//! table and copies the rows in again. SQLite copies whole pages of rows and indexes where a table
//! is empty, no foreign key is checked and no trigger listens, which is what makes it quick; so
//! both happen on the writing connection alone, in a task that nobody can cancel. Not here: who
//! asks (`http::mocknito::snapshots`), what else is forgotten then (`app`).

use sqlx::sqlite::{SqliteConnection, SqliteOwnedBuf};
use sqlx::{AssertSqlSafe, Connection, Row};
use tokio::runtime::Handle;

use super::open::{migrate_image, newest_schema};
use super::signing_keys::REMEMBER_ALL;
use super::{Repository, Seen, Store, Writing};
use crate::boxed::spawn;
use crate::clock::Timestamp;
use crate::error::Result;

/// The tables that going back leaves as they are.
const LEFT: [&str; 4] = ["secrets", "remembered_keys", "snapshots", MIGRATIONS];
/// By which an older snapshot is brought up to date; copied into it, and not out of it.
const MIGRATIONS: &str = "_sqlx_migrations";

/// So many are kept: each is as large as the store was.
const MOST: i64 = 100;

/// What is known of a snapshot without opening it.
pub struct SnapshotFacts {
    pub name: String,
    pub saved_at: Timestamp,
    pub user_pools: i64,
    pub users: i64,
    pub bytes: i64,
}

/// Why a snapshot was not saved, or the store did not go back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SnapshotRefusal {
    TooMany,
    Unknown,
    /// It was saved by a server with a history and is to be restored by one without, or the other
    /// way round.
    OtherHistory,
}

/// The table of snapshots.
pub enum Snapshots {}

impl<Mode> Repository<'_, Snapshots, Mode> {
    /// By name.
    pub async fn list(&mut self) -> Result<Vec<SnapshotFacts>> {
        let rows = sqlx::query(
            "SELECT name, saved_at, user_pools, users, length(image) AS bytes FROM snapshots \
             ORDER BY name",
        )
        .fetch_all(&mut *self.conn)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(SnapshotFacts {
                    name: row.try_get("name")?,
                    saved_at: Timestamp(row.try_get("saved_at")?),
                    user_pools: row.try_get("user_pools")?,
                    users: row.try_get("users")?,
                    bytes: row.try_get("bytes")?,
                })
            })
            .collect()
    }
}

impl Repository<'_, Snapshots, Writing> {
    /// Whether there was one.
    pub async fn delete(&mut self, name: &str) -> Result<bool> {
        let done = sqlx::query("DELETE FROM snapshots WHERE name = $1")
            .bind(name)
            .execute(&mut *self.conn)
            .await?;
        Ok(done.rows_affected() > 0)
    }
}

impl Store {
    /// Saves the state under this name, in the place of what was saved under it before.
    pub async fn save_snapshot(
        &self,
        name: &str,
        now: Timestamp,
    ) -> Result<Result<(), SnapshotRefusal>> {
        let mut connection = self.lock_writer().await;
        let name = name.to_owned();
        alone(async move {
            let others: i64 = sqlx::query_scalar("SELECT count(*) FROM snapshots WHERE name <> $1")
                .bind(&name)
                .fetch_one(&mut *connection)
                .await?;
            if others >= MOST {
                return Ok(Err(SnapshotRefusal::TooMany));
            }
            let attached = attach(&mut connection, None).await;
            let image = match attached {
                Ok(()) => taken(&mut connection).await,
                Err(error) => Err(error),
            };
            detach(&mut connection).await;
            let image = image?;
            sqlx::query(
                "INSERT OR REPLACE INTO snapshots \
                 (name, saved_at, schema, user_pools, users, image) VALUES \
                 ($1, $2, $3, (SELECT count(*) FROM pools), (SELECT count(*) FROM users), $4)",
            )
            .bind(name)
            .bind(now.0)
            .bind(newest_schema())
            .bind(&*image)
            .execute(&mut *connection)
            .await?;
            Ok(Ok(()))
        })
        .await
    }

    /// Goes back to what was saved under this name. Requests that are under way see the state
    /// before it or the one after it, and nothing between.
    pub async fn restore_snapshot(&self, name: &str) -> Result<Result<(), SnapshotRefusal>> {
        let mut connection = self.lock_writer().await;
        let (name, seen, cache) = (name.to_owned(), self.seen.clone(), self.cache.clone());
        alone(async move {
            let Some(image) = find(&mut connection, &name).await? else {
                return Ok(Err(SnapshotRefusal::Unknown));
            };
            let attached = attach(&mut connection, Some(image)).await;
            let put_back = match attached {
                Ok(()) => put_back(&mut connection, &seen).await,
                Err(error) => Err(error),
            };
            detach(&mut connection).await;
            // Whatever came of it: what is kept in memory may be of before.
            cache.forget();
            put_back
        })
        .await
    }
}

/// The image of a copy of all that is saved.
async fn taken(connection: &mut SqliteConnection) -> Result<SqliteOwnedBuf> {
    let tables = tables(connection, "main").await?;
    let mut script = schema_script(connection).await?;
    script.push_str("BEGIN IMMEDIATE;");
    for table in tables.iter().filter(|table| is_saved(table)) {
        script.push_str(&copy("beside", "main", table));
    }
    script.push_str("COMMIT;");
    run(connection, script).await?;
    Ok(connection.serialize(Some("beside")).await?)
}

async fn put_back(
    connection: &mut SqliteConnection,
    seen: &Seen,
) -> Result<Result<(), SnapshotRefusal>> {
    let keeping = "SELECT (SELECT count(*) FROM main.history_keeping) = \
                   (SELECT count(*) FROM beside.history_keeping)";
    let same: bool = sqlx::query_scalar(keeping)
        .fetch_one(&mut *connection)
        .await?;
    if !same {
        return Ok(Err(SnapshotRefusal::OtherHistory));
    }
    let saved = tables(connection, "beside").await?;
    let present = tables(connection, "main").await?;
    let triggers: Vec<(String, String)> =
        sqlx::query_as("SELECT name, sql FROM temp.sqlite_schema WHERE type = 'trigger'")
            .fetch_all(&mut *connection)
            .await?;
    let mut script = "BEGIN IMMEDIATE;".to_owned();
    for (name, _) in &triggers {
        script.push_str(&format!("DROP TRIGGER temp.\"{name}\";"));
    }
    script.push_str(REMEMBER_ALL);
    for table in present.iter().filter(|table| is_put_back(table)) {
        script.push_str(&format!("DELETE FROM main.\"{table}\";"));
    }
    for table in saved.iter().filter(|table| is_put_back(table)) {
        script.push_str(&copy("main", "beside", table));
    }
    for (_, sql) in &triggers {
        script.push_str(&sql.replacen("CREATE TRIGGER", "CREATE TEMP TRIGGER", 1));
        script.push(';');
    }
    run(connection, script).await?;
    // Before anybody can read the rows: who is sure that there are none does not ask.
    for (select, set) in [
        ("SELECT DISTINCT subject FROM attempts", &seen.tried),
        ("SELECT id FROM spent_sessions", &seen.spent),
    ] {
        let keys: Vec<String> = sqlx::query_scalar(select)
            .fetch_all(&mut *connection)
            .await?;
        keys.iter().for_each(|key| set.add(key));
    }
    run(connection, "COMMIT".to_owned()).await?;
    Ok(Ok(()))
}

/// In a task of its own: who asked may hang up, and the connection must be left as it was found.
async fn alone<T: Send + 'static>(
    work: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    spawn(work).await.map_err(anyhow::Error::new)?
}

/// Attaches a second database as `beside`, empty or with this image, and switches foreign keys off,
/// which can be done outside of transactions only.
async fn attach(connection: &mut SqliteConnection, image: Option<SqliteOwnedBuf>) -> Result<()> {
    let attach = "PRAGMA foreign_keys = OFF; ATTACH ':memory:' AS beside;";
    run(connection, attach.to_owned()).await?;
    if let Some(image) = image {
        // Not for reading alone: a transaction that writes begins on every database.
        connection.deserialize(Some("beside"), image, false).await?;
    }
    Ok(())
}

/// Leaves the connection as it was.
async fn detach(connection: &mut SqliteConnection) {
    for statement in ["ROLLBACK", "DETACH beside", "PRAGMA foreign_keys = ON"] {
        // Only what has failed leaves a transaction.
        let _nothing_to_undo = run(connection, statement.to_owned()).await;
    }
}

async fn find(connection: &mut SqliteConnection, name: &str) -> Result<Option<SqliteOwnedBuf>> {
    let row = sqlx::query("SELECT schema, image FROM snapshots WHERE name = $1")
        .bind(name)
        .fetch_optional(connection)
        .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let image = SqliteOwnedBuf::try_from(row.try_get::<&[u8], _>("image")?)?;
    if row.try_get::<i64, _>("schema")? == newest_schema() {
        return Ok(Some(image));
    }
    Ok(Some(up_to_date(image).await?))
}

/// The image that an older version of this program has saved, as this one would.
async fn up_to_date(image: SqliteOwnedBuf) -> Result<SqliteOwnedBuf> {
    // The migrator's future cannot be handed from thread to thread.
    let work = move || Handle::current().block_on(migrated(image));
    tokio::task::spawn_blocking(work)
        .await
        .map_err(anyhow::Error::new)?
}

async fn migrated(image: SqliteOwnedBuf) -> Result<SqliteOwnedBuf> {
    let mut old = SqliteConnection::connect("sqlite::memory:").await?;
    old.deserialize(None, image, false).await?;
    migrate_image(&mut old).await.map_err(anyhow::Error::new)?;
    Ok(old.serialize(None).await?)
}

/// The tables of a database, without SQLite's own.
async fn tables(connection: &mut SqliteConnection, schema: &'static str) -> Result<Vec<String>> {
    let select = format!(
        "SELECT name FROM {schema}.sqlite_schema WHERE type = 'table' \
         AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    );
    // Safe: one of two names.
    let names = sqlx::query_scalar(AssertSqlSafe(select)).fetch_all(connection);
    Ok(names.await?)
}

/// Makes the saved tables with their indexes in the database beside.
async fn schema_script(connection: &mut SqliteConnection) -> Result<String> {
    let all: Vec<(String, String)> = sqlx::query_as(
        "SELECT tbl_name, sql FROM main.sqlite_schema WHERE type IN ('table', 'index') \
         AND sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
         ORDER BY type DESC, rowid",
    )
    .fetch_all(connection)
    .await?;
    let mut script = String::new();
    for (_, sql) in all.iter().filter(|(table, _)| is_saved(table)) {
        for head in ["CREATE TABLE ", "CREATE UNIQUE INDEX ", "CREATE INDEX "] {
            if let Some(rest) = sql.strip_prefix(head) {
                script.push_str(&format!("{head}beside.{rest};"));
                break;
            }
        }
    }
    Ok(script)
}

fn is_saved(table: &str) -> bool {
    table == MIGRATIONS || is_put_back(table)
}

fn is_put_back(table: &str) -> bool {
    !LEFT.contains(&table)
}

fn copy(to: &str, from: &str, table: &str) -> String {
    format!("INSERT INTO {to}.\"{table}\" SELECT * FROM {from}.\"{table}\";")
}

async fn run(connection: &mut SqliteConnection, script: String) -> Result<()> {
    // Safe: put together from constants and the names of tables.
    sqlx::raw_sql(AssertSqlSafe(script))
        .execute(connection)
        .await?;
    Ok(())
}
