//! Which keys may have a row, so that whoever is sure to find none need not ask: a Bloom filter
//! with one hash function.
//!
//! Not here: what the rows are (`attempts.rs`, `spent_sessions.rs`), who adds to the sets: the
//! verbs that write the rows.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};

/// Keys that were added. One bit stands for many keys and is never taken back: a bit that is set
/// says only that it is worth asking.
pub(super) struct SeenSet([AtomicU64; WORDS]);

const WORDS: usize = 1_024;

/// What is known of rows without asking for them.
#[derive(Default)]
pub(super) struct Seen {
    /// Who may have had wrong tries.
    pub tried: SeenSet,
    /// Which sessions may have been answered.
    pub spent: SeenSet,
}

impl Default for SeenSet {
    fn default() -> Self {
        Self([const { AtomicU64::new(0) }; WORDS])
    }
}

impl SeenSet {
    pub fn add(&self, key: &str) {
        let (word, bit) = place(key);
        self.0[word].fetch_or(bit, Ordering::SeqCst);
    }

    pub fn may_have(&self, key: &str) -> bool {
        let (word, bit) = place(key);
        self.0[word].load(Ordering::SeqCst) & bit != 0
    }
}

fn place(key: &str) -> (usize, u64) {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    let hash = hasher.finish();
    let word = usize::try_from(hash >> 6).unwrap_or_default() % WORDS;
    (word, 1 << (hash % 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_added_is_never_missed_and_most_else_is_not_asked_for() {
        let set = SeenSet::default();
        let key = |number: u32| format!("00000000-0000-4000-8000-{number:012}");
        assert!((0..1_000).all(|number| !set.may_have(&key(number))));
        for number in 0..1_000 {
            set.add(&key(number));
            set.add(&key(number));
        }
        assert!((0..1_000).all(|number| set.may_have(&key(number))));
        // 1 000 keys set about one bit in 66.
        let wrong = (1_000..11_000)
            .filter(|number| set.may_have(&key(*number)))
            .count();
        assert!((1..400).contains(&wrong), "{wrong} of 10 000");
    }
}
