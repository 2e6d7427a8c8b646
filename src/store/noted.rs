//! Which keys may have a row, so that whoever is sure to find none need not ask. Not here: what the
//! rows are.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};

/// Keys that were noted. One bit for many keys, never taken back: a bit that is set says only that
/// it is worth asking.
pub struct Noted([AtomicU64; WORDS]);

const WORDS: usize = 1_024;

impl Default for Noted {
    fn default() -> Self {
        Self([const { AtomicU64::new(0) }; WORDS])
    }
}

impl Noted {
    pub fn note(&self, key: &str) {
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
