//! The history of users and groups that a point-in-time recovery goes back in. It is kept where
//! `--point-in-time-recovery` asks for it, and costs nothing elsewhere.
//!
//! Whoever writes need not know of it: triggers write down the image of each row that changes. They
//! are temporary ones, which exist on the writing connection only, so that a store that is opened
//! without a history has none of them. A transaction is a step, and has the time that the server's
//! clock showed at its begin. The same triggers refuse changes while a recovery is under way. Not
//! here: the triggers themselves (`tracked.rs`), putting rows back (`restore.rs`), the recoveries
//! (`recoveries.rs`).

use std::sync::Arc;
use std::time::Duration;

use sqlx::{AssertSqlSafe, SqliteConnection};

use super::recoveries::NOT_ENDED;
use super::tracked::{TRACKED, TrackedTable, plan_of, triggers_of_pools};
use super::{Repository, Writing};
use crate::clock::{Clock, Timestamp};
use crate::error::Result;
use crate::wire::user_pools::UserPoolTierType;

const DAY: u64 = 86_400;

/// How far back the users of a pool with this plan can be put; None for plans without recovery.
pub fn reach(plan: Option<UserPoolTierType>) -> Option<Duration> {
    match plan {
        Some(UserPoolTierType::Plus) => Some(Duration::from_secs(14 * DAY)),
        Some(UserPoolTierType::Lite) => None,
        _ => Some(Duration::from_secs(DAY)),
    }
}

/// A store's history while it is kept.
pub(super) struct History {
    clock: Arc<Clock>,
    /// The columns of [`TRACKED`], in its order.
    columns: Vec<Vec<String>>,
}

impl History {
    /// Keeps a history from now on, or goes on with the one that is there.
    pub async fn keep(
        connection: &mut SqliteConnection,
        clock: Arc<Clock>,
    ) -> Result<Self, sqlx::Error> {
        let mut columns = Vec::new();
        for table in &TRACKED {
            columns.push(columns_of(connection, table.name).await?);
        }
        let history = Self { clock, columns };
        let schema = schema(connection).await?;
        if kept_schema(connection).await? != Some(schema) {
            history.begin(connection, schema).await?;
        }
        history.watch(connection).await?;
        Ok(history)
    }

    /// The tables, each with its columns.
    pub fn tables(&self) -> impl Iterator<Item = (&'static TrackedTable, &Vec<String>)> {
        TRACKED.iter().zip(&self.columns)
    }

    /// Begins the next step. The first thing in every transaction.
    pub async fn step(&self, connection: &mut SqliteConnection) -> Result<()> {
        sqlx::query("UPDATE temp.history_now SET step = step + 1, at = $1, restoring = 0")
            .bind(self.clock.now().0)
            .execute(connection)
            .await?;
        Ok(())
    }

    /// A first image of everything that is there.
    async fn begin(
        &self,
        connection: &mut SqliteConnection,
        schema: i64,
    ) -> Result<(), sqlx::Error> {
        let mut statements = vec!["BEGIN IMMEDIATE".to_owned()];
        statements.extend(forgetting());
        let now = self.clock.now().0;
        statements.push(format!(
            "INSERT INTO history_steps (number, at) VALUES (1, {now})"
        ));
        for (table, columns) in self.tables() {
            let (name, key) = (table.name, table.key.join(", "));
            let columns = columns.join(", ");
            statements.push(format!(
                "CREATE TABLE history_{name} AS SELECT 1 AS step, 0 AS gone, {columns} FROM {name}"
            ));
            statements.push(format!(
                "CREATE UNIQUE INDEX history_{name}_by_key ON history_{name} ({key}, step)"
            ));
            if !table.by_user && table.key.first() != Some(&"pool_id") {
                statements.push(format!(
                    "CREATE INDEX history_{name}_by_pool ON history_{name} (pool_id)"
                ));
            }
        }
        statements.push(format!(
            "INSERT INTO history_since (pool_id, since) SELECT id, {now} FROM pools"
        ));
        statements.push(format!(
            "INSERT INTO history_plans (pool_id, step, plan) SELECT id, 1, {} FROM pools",
            plan_of("settings")
        ));
        statements.push(format!(
            "INSERT INTO history_keeping (schema) VALUES ({schema})"
        ));
        statements.push("COMMIT".to_owned());
        run(connection, statements).await
    }

    /// Puts the triggers onto the writing connection, and the tables that recoveries and sweeps
    /// work in.
    async fn watch(&self, connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        let mut statements = vec![
            "PRAGMA temp_store = MEMORY".to_owned(),
            // REPLACE deletes, which triggers hear of only so.
            "PRAGMA recursive_triggers = ON".to_owned(),
            "CREATE TEMP TABLE history_now (step BIGINT, at BIGINT, restoring BIGINT)".to_owned(),
            "INSERT INTO temp.history_now SELECT ifnull(max(number), 0), 0, 0 FROM history_steps"
                .to_owned(),
            "CREATE TEMP TABLE made_again (sub TEXT PRIMARY KEY)".to_owned(),
            "CREATE TEMP TABLE history_bounds (pool_id TEXT PRIMARY KEY, at BIGINT, step BIGINT)"
                .to_owned(),
        ];
        for (table, columns) in self.tables() {
            statements.extend(table.triggers(columns));
            let (name, key) = (table.name, table.key.join(", "));
            statements.push(format!(
                "CREATE TEMP TABLE then_{name} AS SELECT * FROM history_{name} WHERE 0"
            ));
            statements.push(format!(
                "CREATE UNIQUE INDEX temp.then_{name}_by_key ON then_{name} ({key})"
            ));
        }
        statements.extend(triggers_of_pools());
        run(connection, statements).await
    }
}

/// Forgets a history that was kept before, since nobody keeps it any more: what is written now
/// would be missing in it. Recoveries that were under way end without a change.
pub(super) async fn stop_keeping(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    if kept_schema(connection).await?.is_none() {
        return Ok(());
    }
    let mut statements = vec!["BEGIN IMMEDIATE".to_owned()];
    statements.extend(forgetting());
    statements.push("COMMIT".to_owned());
    run(connection, statements).await
}

fn forgetting() -> Vec<String> {
    let mut statements: Vec<String> = TRACKED
        .iter()
        .map(|table| format!("DROP TABLE IF EXISTS history_{}", table.name))
        .collect();
    for table in ["keeping", "steps", "since", "plans"] {
        statements.push(format!("DELETE FROM history_{table}"));
    }
    statements.push(format!(
        "UPDATE recoveries SET status = 'PREVIEW_CANCELLED' WHERE status IN {NOT_ENDED}"
    ));
    statements
}

async fn run(
    connection: &mut SqliteConnection,
    statements: Vec<String>,
) -> Result<(), sqlx::Error> {
    for statement in statements {
        // Safe: put together from constants and names of columns.
        sqlx::query(AssertSqlSafe(statement))
            .persistent(false)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

async fn columns_of(
    connection: &mut SqliteConnection,
    table: &str,
) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar("SELECT name FROM pragma_table_info($1) ORDER BY cid")
        .bind(table)
        .fetch_all(connection)
        .await
}

async fn schema(connection: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations")
        .fetch_one(connection)
        .await
}

async fn kept_schema(connection: &mut SqliteConnection) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar("SELECT schema FROM history_keeping")
        .fetch_optional(connection)
        .await
}

/// What the history tells; only in stores that keep one.
pub enum HistoryTables {}

impl<Mode> Repository<'_, HistoryTables, Mode> {
    /// The last step until this instant: the state after it is the one that stood then. Where the
    /// clock was moved back, the same instant comes twice, and the later one counts.
    pub async fn step_at(&mut self, at: Timestamp) -> Result<Option<i64>> {
        Ok(
            sqlx::query_scalar("SELECT max(number) FROM history_steps WHERE at <= $1")
                .bind(at.0)
                .fetch_one(&mut *self.conn)
                .await?,
        )
    }

    /// From when on the pool's users can be put back.
    pub async fn since(&mut self, pool: &str) -> Result<Option<Timestamp>> {
        let since: Option<i64> =
            sqlx::query_scalar("SELECT since FROM history_since WHERE pool_id = $1")
                .bind(pool)
                .fetch_optional(&mut *self.conn)
                .await?;
        Ok(since.map(Timestamp))
    }

    /// The plan that the pool had after this step, and all that it had since.
    pub async fn plans_since(
        &mut self,
        pool: &str,
        step: i64,
    ) -> Result<Vec<Option<UserPoolTierType>>> {
        let plans: Vec<Option<String>> = sqlx::query_scalar(
            "SELECT plan FROM history_plans WHERE pool_id = $1 AND step >= (SELECT \
             ifnull(max(step), 0) FROM history_plans WHERE pool_id = $1 AND step <= $2)",
        )
        .bind(pool)
        .bind(step)
        .fetch_all(&mut *self.conn)
        .await?;
        Ok(plans
            .into_iter()
            .map(|plan| plan.and_then(|plan| UserPoolTierType::from_wire(&plan)))
            .collect())
    }

    /// How many images there are, of all pools.
    pub async fn count_images(&mut self) -> Result<i64> {
        let mut count = 0;
        for table in &TRACKED {
            let sql = format!("SELECT count(*) FROM history_{}", table.name);
            count += sqlx::query_scalar::<_, i64>(AssertSqlSafe(sql))
                .fetch_one(&mut *self.conn)
                .await?;
        }
        Ok(count)
    }
}

impl Repository<'_, HistoryTables, Writing> {
    /// Forgets the steps. The images go with their pools.
    pub async fn delete_steps(&mut self) -> Result<()> {
        Ok(run(self.conn, vec!["DELETE FROM history_steps".to_owned()]).await?)
    }

    /// Forgets what no recovery can ask for any more. Of each row the newest image stays of those
    /// that are older than the plan reaches: it is the row's state at the earliest instant.
    pub async fn sweep(&mut self, now: Timestamp) -> Result<()> {
        let back = |plan| now.minus(reach(Some(plan)).unwrap_or_default()).0;
        let plan = plan_of("p.settings");
        let mut statements = vec![
            "DELETE FROM temp.history_bounds".to_owned(),
            // A recovery that is under way may have begun at the end of its plan's days. An expired
            // preview is not under way, though its row says nothing of it.
            format!(
                "INSERT INTO temp.history_bounds SELECT p.id, min(CASE {plan} WHEN 'PLUS' THEN {} \
                 WHEN 'LITE' THEN {} ELSE {} END, ifnull((SELECT min(r.restore_at) FROM \
                 recoveries r WHERE r.pool_id = p.id AND (r.status = 'RESTORING' OR (r.status IN \
                 {NOT_ENDED} AND r.expires_at > {}))), 9223372036854775807)), 0 FROM pools p",
                back(UserPoolTierType::Plus),
                back(UserPoolTierType::Lite),
                back(UserPoolTierType::Essentials),
                now.0,
            ),
            "UPDATE temp.history_bounds SET step = ifnull((SELECT max(number) FROM history_steps \
             s WHERE s.at <= history_bounds.at), 0)"
                .to_owned(),
        ];
        // What is of a user is found by their images, so those go last.
        for table in TRACKED.iter().rev() {
            let name = table.name;
            let bound = if table.by_user {
                "(SELECT max(b.step) FROM temp.history_bounds b JOIN history_users u ON u.pool_id \
                 = b.pool_id WHERE u.sub = h.sub)"
            } else {
                "(SELECT b.step FROM temp.history_bounds b WHERE b.pool_id = h.pool_id)"
            };
            let same_key = table.same_key("n", "h");
            statements.push(format!(
                "DELETE FROM history_{name} AS h WHERE h.step <= {bound} AND EXISTS (SELECT 1 \
                 FROM history_{name} n WHERE {same_key} AND n.step > h.step AND n.step <= {bound})"
            ));
            statements.push(format!(
                "DELETE FROM history_{name} AS h WHERE h.gone = 1 AND h.step <= {bound}"
            ));
        }
        statements.push(
            "DELETE FROM history_plans AS h WHERE EXISTS (SELECT 1 FROM history_plans n JOIN \
             temp.history_bounds b ON b.pool_id = n.pool_id WHERE n.pool_id = h.pool_id AND \
             n.step > h.step AND n.step <= b.step)"
                .to_owned(),
        );
        statements.push(
            "UPDATE history_since SET since = max(since, (SELECT at FROM temp.history_bounds b \
             WHERE b.pool_id = history_since.pool_id))"
                .to_owned(),
        );
        statements.push(
            "DELETE FROM history_steps WHERE number < (SELECT min(step) FROM temp.history_bounds)"
                .to_owned(),
        );
        Ok(run(self.conn, statements).await?)
    }
}
