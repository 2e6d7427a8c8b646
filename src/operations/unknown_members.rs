//! Tells the log which members of requests this build does not know: the API may be newer than it.
//! They are dropped, as the service drops what it does not know.

use std::collections::HashSet;
use std::sync::Mutex;

use crate::wire::{self, Facts};

/// What was said already, each operation and member once per process: clients repeat themselves.
static NOTED: Mutex<Option<HashSet<(&str, String)>>> = Mutex::new(None);

/// The most that is remembered, so that nobody fills the memory with made-up names.
const MOST: usize = 1_000;
/// The longest name that is worth a line.
const LONGEST: usize = 100;

pub(super) fn note(facts: &'static Facts, body: &serde_json::Value) {
    for member in wire::unknown_members(facts.input, body) {
        let member: String = member.chars().take(LONGEST).collect();
        if is_new(facts.name, &member) {
            let operation = facts.name;
            tracing::warn!(
                operation,
                ?member,
                "this version does not know the member and drops it; the API may be newer"
            );
        }
    }
}

fn is_new(operation: &'static str, member: &str) -> bool {
    // Whoever panicked while holding the lock left nothing half done.
    let mut noted = NOTED
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let noted = noted.get_or_insert_default();
    noted.len() < MOST && noted.insert((operation, member.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_is_noted_once_per_operation() {
        assert!(is_new("TestA", "New"));
        assert!(!is_new("TestA", "New"));
        assert!(is_new("TestB", "New"));
        assert!(is_new("TestA", "Other"));
    }
}
