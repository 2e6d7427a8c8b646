//! The journal: every call of every door, with what came, what was answered and why, for people
//! who wonder and for tests. In memory and bounded.
//!
//! A request that runs leaves here what is learned of it (`recording.rs`); when it is answered it
//! becomes an entry (`entry.rs`), which is put into words only when somebody reads it, without its
//! secrets (`withheld.rs`). How many are kept is in `bounded.rs`; what is counted of all of them is
//! in `coverage.rs` and `metrics.rs`.
//! Not here: who notes what (`http::record`, `http::log`), the URL (`http::mocknito::requests`),
//! what functions were told (`triggers::journal`).

mod bounded;
mod coverage;
mod entry;
mod metrics;
mod recording;
mod withheld;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

pub use bounded::{BoundedEntries, MOST_BYTES, MOST_ENTRIES};
pub use coverage::{Coverage, Feature};
pub use entry::{AnswerRecord, Door, JournalEntry, RequestOutcome, RequestRecord, ShownEntry};
pub use metrics::Metrics;
pub use recording::{LONGEST, Noted, Recording, is_recorded, note};
pub use withheld::{WITHHELD, told_in, without_query, without_values};

/// Which requests are asked for; what is None does not matter.
#[derive(Debug, Clone, Default)]
pub struct JournalFilter {
    pub operation: Option<String>,
    pub user_pool_id: Option<String>,
    pub client_id: Option<String>,
    pub username: Option<String>,
    pub door: Option<Door>,
    pub outcome: Option<RequestOutcome>,
}

impl JournalFilter {
    fn includes(&self, entry: &JournalEntry) -> bool {
        let is = |wanted: &Option<String>, value: Option<&str>| {
            wanted.is_none() || wanted.as_deref() == value
        };
        let about = entry.about();
        is(&self.operation, Some(&entry.operation()))
            && is(&self.user_pool_id, about.user_pool_id)
            && is(&self.client_id, about.client_id)
            && (is(&self.username, about.username) || is(&self.username, about.named))
            && self.door.is_none_or(|door| door == entry.door())
            && self
                .outcome
                .is_none_or(|outcome| outcome == entry.outcome())
    }
}

/// The latest requests, and what was counted of all.
#[derive(Debug)]
pub struct Journal {
    pub coverage: Coverage,
    pub metrics: Metrics,
    kept: Mutex<KeptRequests>,
    /// Changes with every change, so that whoever waits for one wakes up.
    version: watch::Sender<u64>,
}

impl Default for Journal {
    fn default() -> Self {
        Self {
            coverage: Coverage::default(),
            metrics: Metrics::default(),
            kept: Mutex::default(),
            version: watch::Sender::new(0),
        }
    }
}

#[derive(Debug, Default)]
struct KeptRequests {
    entries: BoundedEntries<Arc<JournalEntry>>,
    /// The version that the latest change made.
    version: u64,
    /// The version in which something was last forgotten on demand.
    cleared: u64,
}

impl Journal {
    /// Keeps one more, and forgets the oldest ones that are now too many.
    pub fn keep(&self, mut entry: JournalEntry) {
        self.metrics.count(&entry);
        let bytes = entry.bytes();
        let version = {
            let mut kept = self.kept();
            kept.version += 1;
            entry.id = kept.version;
            kept.entries.keep(Arc::new(entry), bytes);
            kept.version
        };
        self.change(version);
    }

    /// The newest that match, newest first, and the version of the journal that this is.
    pub fn list(&self, filter: &JournalFilter, limit: usize) -> (Vec<Arc<JournalEntry>>, u64) {
        let kept = self.kept();
        let matching = kept.entries.oldest_first().rev();
        let matching = matching.filter(|entry| filter.includes(entry));
        (matching.take(limit).cloned().collect(), kept.version)
    }

    /// Forgets those that match; answers how many.
    pub fn clear(&self, filter: &JournalFilter) -> usize {
        let (deleted, version) = {
            let mut kept = self.kept();
            let deleted = kept.entries.forget(|entry| filter.includes(entry));
            kept.version += 1;
            kept.cleared = kept.version;
            (deleted, kept.version)
        };
        self.change(version);
        deleted
    }

    /// Returns once there is news since that version, or after `wait`: another request that
    /// matches, or some were forgotten. Without a version: once any request matches.
    pub async fn wait_for(&self, filter: &JournalFilter, since: Option<u64>, wait: Duration) {
        let mut version = self.version.subscribe();
        let news = version.wait_for(|_| self.has_news(filter, since));
        let _or_the_time_is_over = tokio::time::timeout(wait, news).await.is_ok();
    }

    fn has_news(&self, filter: &JournalFilter, since: Option<u64>) -> bool {
        let kept = self.kept();
        let since = match since {
            // The version of another run: whoever has it knows nothing of this one.
            Some(since) if since > kept.version => return true,
            Some(since) if kept.cleared > since => return true,
            Some(since) => since,
            None => 0,
        };
        let newer = kept.entries.oldest_first().rev();
        newer
            .take_while(|entry| entry.id > since)
            .any(|entry| filter.includes(entry))
    }

    fn change(&self, version: u64) {
        self.version.send_replace(version);
    }

    fn kept(&self) -> MutexGuard<'_, KeptRequests> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::boxed::spawn;

    fn keep(journal: &Journal, operation: &'static str, input: usize) {
        let request = RequestRecord {
            input: Bytes::from(vec![b'x'; input]),
            ..RequestRecord::default()
        };
        let noted = Noted {
            operation,
            ..Noted::default()
        };
        journal.keep(JournalEntry::new(
            request,
            Some(noted),
            AnswerRecord::default(),
        ));
    }

    #[test]
    fn it_is_bounded_in_number_and_in_size() {
        let journal = Journal::default();
        for _ in 0..MOST_ENTRIES + 5 {
            keep(&journal, "SignUp", 1);
        }
        let (all, version) = journal.list(&JournalFilter::default(), usize::MAX);
        assert_eq!(
            (all.len(), version),
            (MOST_ENTRIES, MOST_ENTRIES as u64 + 5)
        );
        assert_eq!(all[0].id, version);
        for _ in 0..MOST_BYTES / LONGEST + 20 {
            keep(&journal, "SignUp", LONGEST);
        }
        assert!(journal.kept().entries.bytes() <= MOST_BYTES);
        let kept = journal.kept().entries.oldest_first().count();
        assert_eq!(journal.clear(&JournalFilter::default()), kept);
        assert_eq!(journal.kept().entries.bytes(), 0);
    }

    #[tokio::test]
    async fn whoever_waits_is_woken_by_what_matches() {
        let journal = Arc::new(Journal::default());
        let filter = JournalFilter {
            operation: Some("SignUp".to_owned()),
            ..JournalFilter::default()
        };
        let (waiter, watched) = (journal.clone(), filter.clone());
        let waiting = spawn(async move {
            let hour = Duration::from_secs(3_600);
            waiter.wait_for(&watched, None, hour).await;
            waiter.list(&watched, 10).0.len()
        });
        tokio::task::yield_now().await;
        keep(&journal, "GetUser", 1);
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        keep(&journal, "SignUp", 1);
        assert_eq!(waiting.await.unwrap(), 1);

        // Since a version: news are what came after it, and that something was forgotten.
        let (_, version) = journal.list(&filter, 1);
        assert!(!journal.has_news(&filter, Some(version)));
        assert!(journal.has_news(&filter, Some(version - 1)));
        assert!(journal.has_news(&filter, Some(version + 1)));
        journal.clear(&filter);
        assert!(journal.has_news(&filter, Some(version)));
    }
}
