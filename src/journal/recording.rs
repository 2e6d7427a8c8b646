//! What is learned of a request while it runs, wherever that is: the door reads its body, a handler
//! knows its operation, and only the end knows the answer.
//!
//! It belongs to the request's task, so that nobody has to hand it through. Not here: what becomes
//! of it (`entry.rs`).

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use bytes::Bytes;

use crate::clock::Timestamp;
use crate::wire::Facts;

/// The longest body that is kept.
pub const LONGEST: usize = 128 << 10;

tokio::task_local! {
    static CURRENT: Arc<Recording>;
}

/// What whoever answered the request knows of it.
#[derive(Debug, Clone, Default)]
pub struct Noted {
    /// The operation's name, or the endpoint's.
    pub operation: &'static str,
    /// How the bodies are to be read; None where the API's model does not describe them.
    pub facts: Option<&'static Facts>,
    /// By the server's clock.
    pub at: Timestamp,
    pub request_id: String,
    pub user_pool_id: Option<String>,
    pub client_id: Option<String>,
    pub username: Option<String>,
    /// The name by which the request called the user, where it is another.
    pub named: Option<String>,
    /// What the answer's error is called.
    pub error: Option<&'static str>,
    /// The catalogue's name for the refusal.
    pub situation: Option<&'static str>,
    /// A sentence for the developer.
    pub why: Option<String>,
    /// Ids of the messages that were sent.
    pub messages: Vec<String>,
}

/// A request that runs.
#[derive(Debug, Default)]
pub struct Recording {
    /// As much of the body as was read; one byte more than is kept where it is longer.
    input: Mutex<Vec<u8>>,
    noted: OnceLock<Noted>,
}

impl Recording {
    /// Runs the request that this records.
    pub async fn record<F: Future>(self: Arc<Self>, request: F) -> F::Output {
        CURRENT.scope(self, request).await
    }

    /// A part of the body, as it is read.
    pub fn hear(&self, part: &[u8]) {
        let mut input = self.input.lock().unwrap_or_else(PoisonError::into_inner);
        let room = (LONGEST + 1).saturating_sub(input.len());
        input.extend_from_slice(part.get(..room).unwrap_or(part));
    }

    /// What was heard, and what was noted.
    pub fn end(&self) -> (Bytes, Option<Noted>) {
        let mut input = self.input.lock().unwrap_or_else(PoisonError::into_inner);
        (
            std::mem::take(&mut *input).into(),
            self.noted.get().cloned(),
        )
    }
}

/// Notes what is known of the present request; the first note stays. Outside of one, or of one that
/// nobody records, nothing happens.
pub fn note(noted: impl FnOnce() -> Noted) {
    let _outside_of_a_request = CURRENT.try_with(|current| {
        current.noted.get_or_init(noted);
    });
}

/// Whether somebody records the request that runs here: not what the console only looks at.
pub fn is_recorded() -> bool {
    CURRENT.try_with(|_| ()).is_ok()
}
