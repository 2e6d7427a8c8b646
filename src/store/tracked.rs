//! What a history is kept of, and the triggers that write it down.
//!
//! Not here: when they are put onto the connection (`history.rs`).

use crate::error::PAUSED_BY_RECOVERY;

/// A table that a recovery puts back.
#[derive(Debug)]
pub(super) struct TrackedTable {
    pub name: &'static str,
    /// The columns that tell its rows apart.
    pub key: &'static [&'static str],
    /// Columns that signing in and out write, and that do not go back. A change of nothing else
    /// leaves no image, and is not refused during a recovery.
    pub passing: &'static [&'static str],
    /// Its rows are a user's and do not name the pool.
    pub by_user: bool,
    /// Whether changes are refused during a recovery. What is not guarded only changes together
    /// with something that is.
    guarded: bool,
}

/// Users first: what is of a user refers to them.
pub(super) const TRACKED: [TrackedTable; 8] = [
    TrackedTable {
        name: "users",
        key: &["sub"],
        passing: &["signed_out_at", "updated_at"],
        by_user: false,
        guarded: true,
    },
    TrackedTable {
        name: "user_names",
        key: &["pool_id", "name", "kind"],
        passing: &[],
        by_user: false,
        guarded: false,
    },
    TrackedTable {
        name: "identities",
        key: &["pool_id", "provider_name", "attribute", "value"],
        passing: &[],
        by_user: false,
        guarded: true,
    },
    TrackedTable {
        name: "groups",
        key: &["pool_id", "name"],
        passing: &["updated_at"],
        by_user: false,
        guarded: true,
    },
    TrackedTable {
        name: "group_members",
        key: &["pool_id", "group_name", "sub"],
        passing: &[],
        by_user: false,
        guarded: true,
    },
    TrackedTable {
        name: "passkeys",
        key: &["pool_id", "id"],
        passing: &["sign_count", "backup"],
        by_user: false,
        guarded: true,
    },
    TrackedTable {
        name: "software_tokens",
        key: &["sub"],
        passing: &["last_step", "pending"],
        by_user: true,
        guarded: true,
    },
    TrackedTable {
        name: "password_history",
        key: &["sub", "set_at", "salt"],
        passing: &[],
        by_user: true,
        guarded: false,
    },
];

impl TrackedTable {
    /// The condition under which rows `a` and `b` have the same key.
    pub fn same_key(&self, a: &str, b: &str) -> String {
        let same = self.key.iter().map(|key| format!("{a}.{key} = {b}.{key}"));
        same.collect::<Vec<_>>().join(" AND ")
    }

    /// The condition under which `row` is of the pool. Where rows do not name it, `users` is the
    /// table that tells whose they are.
    pub fn of_pool(&self, row: &str, users: &str, pool: &str) -> String {
        if self.by_user {
            format!("{row}.sub IN (SELECT sub FROM {users} WHERE pool_id = {pool})")
        } else {
            format!("{row}.pool_id = {pool}")
        }
    }

    pub fn triggers(&self, columns: &[String]) -> [String; 3] {
        let name = self.name;
        let changed: Vec<String> = columns
            .iter()
            .filter(|column| !self.passing.contains(&column.as_str()))
            .map(|column| format!("OLD.{column} IS NOT NEW.{column}"))
            .collect();
        let changed = changed.join(" OR ");
        let (inserted, deleted) = (
            self.noted(columns, "NEW", false),
            self.noted(columns, "OLD", true),
        );
        [
            format!(
                "CREATE TEMP TRIGGER history_{name}_insert AFTER INSERT ON main.{name} BEGIN \
                 {inserted} END"
            ),
            format!(
                "CREATE TEMP TRIGGER history_{name}_update AFTER UPDATE ON main.{name} WHEN \
                 {changed} BEGIN {inserted} END"
            ),
            format!(
                "CREATE TEMP TRIGGER history_{name}_delete AFTER DELETE ON main.{name} BEGIN \
                 {deleted} END"
            ),
        ]
    }

    /// What a trigger does with a row: refuses the change, or notes the row's image. Deleting
    /// first and inserting then does not depend on what the outer statement does on conflicts.
    fn noted(&self, columns: &[String], row: &str, gone: bool) -> String {
        let name = self.name;
        let pool = if self.by_user {
            format!("(SELECT pool_id FROM users WHERE sub = {row}.sub)")
        } else {
            format!("{row}.pool_id")
        };
        // The pool is not there any more when rows go with it.
        let guard = if self.guarded {
            format!(
                "SELECT RAISE(ABORT, '{PAUSED_BY_RECOVERY}') FROM history_now n JOIN recoveries r \
                 ON r.pool_id = {pool} WHERE n.restoring = 0 AND (r.status = 'RESTORING' OR \
                 (r.status IN ('PREVIEW_GENERATING', 'PREVIEW_GENERATED') AND r.expires_at > \
                 n.at)) AND EXISTS (SELECT 1 FROM pools WHERE id = {pool}) LIMIT 1; "
            )
        } else {
            String::new()
        };
        let key = self.key.iter().map(|key| format!("{key} = {row}.{key}"));
        let key = key.collect::<Vec<_>>().join(" AND ");
        let values = columns.iter().map(|column| format!("{row}.{column}"));
        let values = values.collect::<Vec<_>>().join(", ");
        let (columns, gone) = (columns.join(", "), i64::from(gone));
        format!(
            "{guard}{STEP}\
             DELETE FROM history_{name} WHERE {key} AND step = (SELECT step FROM history_now); \
             INSERT INTO history_{name} (step, gone, {columns}) SELECT step, {gone}, {values} \
             FROM history_now;"
        )
    }
}

/// The present step is one that changed something.
const STEP: &str = "INSERT INTO history_steps (number, at) SELECT step, at FROM history_now \
                    WHERE NOT EXISTS (SELECT 1 FROM history_steps WHERE number = step); ";

/// A pool's history begins and ends with it, and tells the plans that it had.
pub(super) fn triggers_of_pools() -> [String; 3] {
    let plan = plan_of("NEW.settings");
    let noted = format!(
        "{STEP}DELETE FROM history_plans WHERE pool_id = NEW.id AND step = (SELECT step FROM \
         history_now); INSERT INTO history_plans (pool_id, step, plan) SELECT NEW.id, step, \
         {plan} FROM history_now;"
    );
    let forgotten: Vec<String> = TRACKED
        .iter()
        .rev()
        .map(|table| {
            let history = format!("history_{}", table.name);
            let of_pool = table.of_pool(&history, "history_users", "OLD.id");
            format!("DELETE FROM {history} WHERE {of_pool};")
        })
        .collect();
    [
        format!(
            "CREATE TEMP TRIGGER history_pools_insert AFTER INSERT ON main.pools BEGIN INSERT \
             INTO history_since (pool_id, since) SELECT NEW.id, at FROM history_now; {noted} END"
        ),
        format!(
            "CREATE TEMP TRIGGER history_pools_update AFTER UPDATE ON main.pools WHEN {} IS NOT \
             {plan} BEGIN {noted} END",
            plan_of("OLD.settings")
        ),
        format!(
            "CREATE TEMP TRIGGER history_pools_delete AFTER DELETE ON main.pools BEGIN {} END",
            forgotten.join(" ")
        ),
    ]
}

pub(super) fn plan_of(settings: &str) -> String {
    format!("json_extract({settings}, '$.UserPoolTier')")
}
