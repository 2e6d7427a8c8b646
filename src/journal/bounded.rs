//! The latest entries of a journal, bounded in number and in bytes.
//!
//! Not here: which journals there are (`mod.rs` and `triggers::journal`).

use std::collections::VecDeque;

/// The most entries that are kept, and the most bytes of what they carried.
pub const MOST_ENTRIES: usize = 1_000;
pub const MOST_BYTES: usize = 16 << 20;

/// The latest entries of a journal.
#[derive(Debug)]
pub struct BoundedEntries<T> {
    /// Oldest first, each with about what it takes in memory.
    entries: VecDeque<(T, usize)>,
    bytes: usize,
}

impl<T> Default for BoundedEntries<T> {
    fn default() -> Self {
        Self {
            entries: VecDeque::new(),
            bytes: 0,
        }
    }
}

impl<T> BoundedEntries<T> {
    /// Keeps one more, and forgets the oldest ones that are now too many.
    pub fn keep(&mut self, entry: T, bytes: usize) {
        self.bytes += bytes;
        self.entries.push_back((entry, bytes));
        while self.entries.len() > MOST_ENTRIES || self.bytes > MOST_BYTES {
            let Some((_, bytes)) = self.entries.pop_front() else {
                break;
            };
            self.bytes -= bytes;
        }
    }

    pub fn oldest_first(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.entries.iter().map(|(entry, _)| entry)
    }

    /// Forgets those that match; answers how many.
    pub fn forget(&mut self, matches: impl Fn(&T) -> bool) -> usize {
        let before = self.entries.len();
        self.entries.retain(|(entry, _)| !matches(entry));
        self.bytes = self.entries.iter().map(|(_, bytes)| bytes).sum();
        before - self.entries.len()
    }

    /// About what all of them take in memory.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}
