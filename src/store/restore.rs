//! Putting a pool's users and groups back to what they were after a step of the history, and
//! counting what that would change.
//!
//! The state of then is gathered in temporary tables (`then_users`, …) on the writing connection;
//! what differs from the present rows is deleted, changed and inserted, all in the caller's
//! transaction. Whoever set a password since keeps it, with the status that goes with it. Not here:
//! how the history is written (`history.rs`).

use sqlx::{AssertSqlSafe, SqliteConnection};

use super::Write;
use super::history::History;
use super::recoveries::EntityChanges;
use super::tracked::{TRACKED, TrackedTable};
use crate::clock::Timestamp;
use crate::error::Result;

/// Columns of users that a password is kept in begin so.
const PASSWORD_COLUMNS: &str = "password_";

/// Whether the user `u` of now has set a password since then (`t`).
const KEEPS_PASSWORD: &str =
    "(u.password_set_at IS NOT NULL AND u.password_set_at IS NOT t.password_set_at)";

fn is_of_password(table: &TrackedTable, column: &str) -> bool {
    table.name == "users" && column.starts_with(PASSWORD_COLUMNS)
}

/// Whether the column stays with a password that is kept: the status goes with it.
fn goes_with_password(table: &TrackedTable, column: &str) -> bool {
    is_of_password(table, column) || (table.name == "users" && column == "status")
}

/// Whether `x`, a user, has any second factor; its columns tell them all.
fn has_mfa(x: &str, tokens: &str) -> String {
    format!(
        "(instr({x}.mfa, 'true') > 0 OR EXISTS (SELECT 1 FROM {tokens} s WHERE s.sub = {x}.sub \
         AND s.secret IS NOT NULL))"
    )
}

impl Write<'_> {
    /// What putting the pool back to the state after `step` would change.
    pub async fn preview(&mut self, pool: &str, step: i64) -> Result<Vec<EntityChanges>> {
        let mut work = self.restoration(pool, step)?;
        work.gather().await?;
        let preview = vec![
            work.users().await?,
            work.groups().await?,
            work.mfa().await?,
            work.passkeys().await?,
        ];
        work.clear().await?;
        Ok(preview)
    }

    /// Puts the pool's users and groups back to the state after `step`.
    pub async fn restore(&mut self, pool: &str, step: i64, now: Timestamp) -> Result<()> {
        self.changed.users = true;
        let mut work = self.restoration(pool, step)?;
        // From here to the end of the transaction changes are not refused.
        work.run("UPDATE temp.history_now SET restoring = 1".to_owned())
            .await?;
        work.gather().await?;
        work.delete().await?;
        work.put_back(now).await?;
        work.clear().await
    }

    fn restoration<'w>(&'w mut self, pool: &'w str, step: i64) -> Result<Restoration<'w>> {
        let (history, connection) = self.with_history()?;
        Ok(Restoration {
            history,
            connection,
            pool,
            step,
        })
    }
}

struct Restoration<'w> {
    history: &'w History,
    connection: &'w mut SqliteConnection,
    pool: &'w str,
    step: i64,
}

impl Restoration<'_> {
    /// Fills the tables of then. `$1` is the pool and `$2` the step in all statements here.
    async fn gather(&mut self) -> Result<()> {
        self.clear().await?;
        for table in &TRACKED {
            let (name, same_key) = (table.name, table.same_key("n", "h"));
            // Users come first in the list: what is of somebody who was not there is left out.
            let of_pool = table.of_pool("h", "temp.then_users", "$1");
            self.run(format!(
                "INSERT INTO temp.then_{name} SELECT h.* FROM history_{name} h WHERE {of_pool} \
                 AND h.gone = 0 AND h.step = (SELECT max(n.step) FROM history_{name} n WHERE \
                 {same_key} AND n.step <= $2)"
            ))
            .await?;
        }
        Ok(())
    }

    async fn clear(&mut self) -> Result<()> {
        for table in &TRACKED {
            self.run(format!("DELETE FROM temp.then_{}", table.name))
                .await?;
        }
        self.run("DELETE FROM temp.made_again".to_owned()).await
    }

    async fn users(&mut self) -> Result<EntityChanges> {
        let (table, columns) = self.table("users");
        let differs = self.differing(table, columns, &["mfa", "status"]);
        let identities = |a: &str, b: &str| {
            format!(
                "EXISTS (SELECT 1 FROM {a} x WHERE x.sub = u.sub AND NOT EXISTS (SELECT 1 FROM \
                 {b} y WHERE y.pool_id = x.pool_id AND y.provider_name = x.provider_name AND \
                 y.attribute = x.attribute AND y.value = x.value AND y.sub = x.sub))"
            )
        };
        let updated = format!(
            "{differs} OR (t.status IS NOT u.status AND NOT {KEEPS_PASSWORD}) OR {} OR {}",
            identities("identities", "temp.then_identities"),
            identities("temp.then_identities", "identities"),
        );
        self.count("Users", table, &updated).await
    }

    async fn groups(&mut self) -> Result<EntityChanges> {
        let (table, columns) = self.table("groups");
        let differs = self.differing(table, columns, &[]);
        let members = |a: &str, b: &str| {
            format!(
                "EXISTS (SELECT 1 FROM {a} x WHERE x.pool_id = u.pool_id AND x.group_name = \
                 u.name AND NOT EXISTS (SELECT 1 FROM {b} y WHERE y.pool_id = x.pool_id AND \
                 y.group_name = x.group_name AND y.sub = x.sub))"
            )
        };
        // (unsure) The service has no entity of its own for memberships.
        let updated = format!(
            "{differs} OR {} OR {}",
            members("group_members", "temp.then_group_members"),
            members("temp.then_group_members", "group_members"),
        );
        self.count("Groups", table, &updated).await
    }

    async fn passkeys(&mut self) -> Result<EntityChanges> {
        let (table, columns) = self.table("passkeys");
        let updated = self.differing(table, columns, &[]);
        self.count("Passkeys", table, &updated).await
    }

    /// A user's second factors are one entity, which is there when there is any.
    async fn mfa(&mut self) -> Result<EntityChanges> {
        let (then, now) = (
            has_mfa("t", "temp.then_software_tokens"),
            has_mfa("u", "software_tokens"),
        );
        let secret = |tokens: &str, user: &str| {
            format!("(SELECT s.secret FROM {tokens} s WHERE s.sub = {user}.sub)")
        };
        let differs = format!(
            "t.mfa IS NOT u.mfa OR {} IS NOT {}",
            secret("temp.then_software_tokens", "t"),
            secret("software_tokens", "u"),
        );
        let joined = "FROM temp.then_users t JOIN users u ON u.sub = t.sub AND u.pool_id = $1";
        let created = format!(
            "SELECT (SELECT count(*) {joined} WHERE {then} AND NOT {now}) + (SELECT count(*) \
             FROM temp.then_users t WHERE {then} AND NOT EXISTS (SELECT 1 FROM users u WHERE \
             u.sub = t.sub))"
        );
        let updated = format!("SELECT count(*) {joined} WHERE {then} AND {now} AND ({differs})");
        let deleted = format!(
            "SELECT (SELECT count(*) {joined} WHERE {now} AND NOT {then}) + (SELECT count(*) \
             FROM users u WHERE u.pool_id = $1 AND {now} AND NOT EXISTS (SELECT 1 FROM \
             temp.then_users t WHERE t.sub = u.sub))"
        );
        Ok(EntityChanges {
            entity: "User MFAs".to_owned(),
            created: self.number(created).await?,
            updated: self.number(updated).await?,
            deleted: self.number(deleted).await?,
        })
    }

    async fn count(
        &mut self,
        entity: &str,
        table: &TrackedTable,
        differs: &str,
    ) -> Result<EntityChanges> {
        let (name, same_key) = (table.name, table.same_key("u", "t"));
        let created = format!(
            "SELECT count(*) FROM temp.then_{name} t WHERE NOT EXISTS (SELECT 1 FROM {name} u \
             WHERE {same_key})"
        );
        let updated = format!(
            "SELECT count(*) FROM temp.then_{name} t JOIN {name} u ON {same_key} WHERE {differs}"
        );
        let deleted = format!(
            "SELECT count(*) FROM {name} u WHERE u.pool_id = $1 AND NOT EXISTS (SELECT 1 FROM \
             temp.then_{name} t WHERE {same_key})"
        );
        Ok(EntityChanges {
            entity: entity.to_owned(),
            created: self.number(created).await?,
            updated: self.number(updated).await?,
            deleted: self.number(deleted).await?,
        })
    }

    /// Deletes what was not there; what goes with it goes too, tokens and sessions among it.
    async fn delete(&mut self) -> Result<()> {
        let gone = "SELECT u.sub FROM users u WHERE u.pool_id = $1 AND NOT EXISTS (SELECT 1 FROM \
                    temp.then_users t WHERE t.sub = u.sub)";
        self.run(format!("DELETE FROM attempts WHERE subject IN ({gone})"))
            .await?;
        for table in &TRACKED {
            // What somebody has set since stays, and so does what they had before that.
            if table.name == "password_history" {
                continue;
            }
            let (name, same_key) = (table.name, table.same_key("u", "t"));
            let of_pool = table.of_pool("u", "users", "$1");
            // A name of somebody else's now is not the name that was there.
            let same_user = match table.name {
                "user_names" => " AND t.sub = u.sub",
                _ => "",
            };
            self.run(format!(
                "DELETE FROM {name} AS u WHERE {of_pool} AND NOT EXISTS (SELECT 1 FROM \
                 temp.then_{name} t WHERE {same_key}{same_user})"
            ))
            .await?;
        }
        Ok(())
    }

    /// Changes what is there and differs, and inserts what is missing.
    async fn put_back(&mut self, now: Timestamp) -> Result<()> {
        self.run(
            "INSERT INTO temp.made_again SELECT sub FROM temp.then_users t WHERE NOT EXISTS \
             (SELECT 1 FROM users u WHERE u.sub = t.sub)"
                .to_owned(),
        )
        .await?;
        // Groups before their members, and users before everything.
        let history = self.history;
        for (table, columns) in history.tables() {
            if table.name != "password_history" {
                self.update(table, columns).await?;
            }
            self.insert(table, columns).await?;
            if table.name == "users" {
                // Tokens from before the deletion stay dead, also those that no family ends.
                self.run(format!(
                    "UPDATE users SET signed_out_at = {} WHERE sub IN (SELECT sub FROM \
                     temp.made_again)",
                    now.0
                ))
                .await?;
            }
        }
        Ok(())
    }

    async fn update(&mut self, table: &TrackedTable, columns: &[String]) -> Result<()> {
        let (name, same_key) = (table.name, table.same_key("u", "t"));
        let set: Vec<String> = columns
            .iter()
            .filter(|column| {
                let column = column.as_str();
                !table.key.contains(&column)
                    && (!table.passing.contains(&column) || column == "updated_at")
            })
            .map(|column| {
                if goes_with_password(table, column) {
                    format!(
                        "{column} = CASE WHEN {KEEPS_PASSWORD} THEN u.{column} ELSE t.{column} END"
                    )
                } else {
                    format!("{column} = t.{column}")
                }
            })
            .collect();
        if set.is_empty() {
            return Ok(());
        }
        let differs = if name == "users" {
            let differs = self.differing(table, columns, &["status"]);
            let of_password = columns
                .iter()
                .filter(|column| goes_with_password(table, column))
                .map(|column| format!("t.{column} IS NOT u.{column}"));
            let of_password = of_password.collect::<Vec<_>>().join(" OR ");
            format!("{differs} OR (({of_password}) AND NOT {KEEPS_PASSWORD})")
        } else {
            self.differing(table, columns, &[])
        };
        let of_pool = table.of_pool("u", "users", "$1");
        self.run(format!(
            "UPDATE {name} AS u SET {} FROM temp.then_{name} t WHERE {same_key} AND {of_pool} \
             AND ({differs})",
            set.join(", "),
        ))
        .await
    }

    async fn insert(&mut self, table: &TrackedTable, columns: &[String]) -> Result<()> {
        let (name, same_key) = (table.name, table.same_key("u", "t"));
        // Counters never go back: a code or a use that counted once must not count again.
        let highest = |column: &str| matches!(column, "sign_count" | "last_step");
        let values: Vec<String> = columns
            .iter()
            .map(|column| {
                if highest(column) {
                    let same_key = table.same_key("n", "t");
                    format!("(SELECT max(n.{column}) FROM history_{name} n WHERE {same_key})")
                } else {
                    format!("t.{column}")
                }
            })
            .collect();
        let whose = match name {
            "users" | "groups" => "TRUE",
            "password_history" => "t.sub IN (SELECT sub FROM temp.made_again)",
            _ => "t.sub IN (SELECT sub FROM users WHERE pool_id = $1)",
        };
        self.run(format!(
            "INSERT INTO {name} ({}) SELECT {} FROM temp.then_{name} t WHERE {whose} AND NOT \
             EXISTS (SELECT 1 FROM {name} u WHERE {same_key})",
            columns.join(", "),
            values.join(", "),
        ))
        .await
    }

    /// Whether the row of then, `t`, differs from that of now, `u`, in more than what passes by and
    /// a password.
    fn differing(&self, table: &TrackedTable, columns: &[String], but: &[&str]) -> String {
        let differing: Vec<String> = columns
            .iter()
            .filter(|column| {
                let column = column.as_str();
                !table.key.contains(&column)
                    && !table.passing.contains(&column)
                    && !but.contains(&column)
                    && !is_of_password(table, column)
            })
            .map(|column| format!("t.{column} IS NOT u.{column}"))
            .collect();
        if differing.is_empty() {
            "FALSE".to_owned()
        } else {
            format!("({})", differing.join(" OR "))
        }
    }

    fn table(&self, name: &str) -> (&'static TrackedTable, &[String]) {
        let found = self.history.tables().find(|(table, _)| table.name == name);
        let (table, columns) = found.expect("the tables are those of the list above");
        (table, columns)
    }

    async fn number(&mut self, sql: String) -> Result<i64> {
        // Safe: put together from constants and names of columns.
        Ok(sqlx::query_scalar(AssertSqlSafe(sql))
            .bind(self.pool)
            .bind(self.step)
            .persistent(false)
            .fetch_one(&mut *self.connection)
            .await?)
    }

    async fn run(&mut self, sql: String) -> Result<()> {
        // Safe: as above.
        sqlx::query(AssertSqlSafe(sql))
            .bind(self.pool)
            .bind(self.step)
            .persistent(false)
            .execute(&mut *self.connection)
            .await?;
        Ok(())
    }
}
