//! What counts for a while by the server's clock, in memory.
//!
//! A test that moves the clock on ends what was kept; one that moves it back to before something
//! was kept ends that, too, since it has not happened yet. Not here: copies of what the store has
//! (`store`), which end with a commit and not with time.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::clock::Timestamp;

/// More is not kept: memory stays bounded whatever is sent.
const MOST: usize = 4_096;

/// Values by their keys, each for a time of its own.
#[derive(Debug)]
pub struct Lasting<V> {
    entries: Mutex<HashMap<String, LastingValue<V>>>,
}

#[derive(Debug)]
struct LastingValue<V> {
    since: Timestamp,
    lasts: Duration,
    value: V,
}

impl<V> Default for Lasting<V> {
    fn default() -> Self {
        Self {
            entries: Mutex::default(),
        }
    }
}

impl<V: Clone> Lasting<V> {
    /// What is kept under this key, and since when.
    pub fn find(&self, key: &str, now: Timestamp) -> Option<(V, Timestamp)> {
        let entries = self.lock();
        let entry = entries.get(key)?;
        let counts = entry.since.lasts(entry.lasts, now);
        counts.then(|| (entry.value.clone(), entry.since))
    }

    pub fn keep(&self, key: String, value: V, now: Timestamp, lasts: Duration) {
        let mut entries = self.lock();
        if entries.len() >= MOST {
            entries.retain(|_, entry| entry.since.lasts(entry.lasts, now));
        }
        if entries.len() >= MOST {
            entries.clear();
        }
        let entry = LastingValue {
            since: now,
            lasts,
            value,
        };
        entries.insert(key, entry);
    }

    pub fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, LastingValue<V>>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_counts_from_when_it_was_kept_until_its_time_is_over() {
        let kept = Lasting::default();
        let at = Timestamp::from_seconds;
        kept.keep("a".to_owned(), 1, at(100), Duration::from_secs(10));
        assert_eq!(kept.find("a", at(100)), Some((1, at(100))));
        assert_eq!(kept.find("a", at(109)), Some((1, at(100))));
        assert_eq!(kept.find("a", at(110)), None);
        assert_eq!(kept.find("a", at(99)), None);
        assert_eq!(kept.find("b", at(100)), None);
        kept.keep("never".to_owned(), 1, at(100), Duration::ZERO);
        assert_eq!(kept.find("never", at(100)), None);
        kept.clear();
        assert_eq!(kept.find("a", at(100)), None);
    }

    #[test]
    fn memory_is_bounded_and_what_is_over_goes_first() {
        let kept = Lasting::default();
        let (at, short, long) = (
            Timestamp::from_seconds,
            Duration::from_secs(1),
            Duration::from_secs(100),
        );
        kept.keep("long".to_owned(), 0, at(0), long);
        for key in 1..MOST {
            kept.keep(key.to_string(), key, at(0), short);
        }
        kept.keep("more".to_owned(), 1, at(2), long);
        assert_eq!(kept.lock().len(), 2);
        assert_eq!(kept.find("long", at(2)), Some((0, at(0))));
    }
}
