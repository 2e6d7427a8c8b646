//! In debug builds: whether a request holds a connection of the store while it waits for somebody
//! outside, who may call back and would then wait for that connection.
//!
//! Each request counts what it holds (`watch`); whoever goes out asks (`assert_none`). A release
//! build does neither.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

tokio::task_local! {
    static HELD: Arc<AtomicUsize>;
}

/// One connection that is held; dropped with it.
pub(super) struct Held(Option<Arc<AtomicUsize>>);

impl Held {
    pub fn new() -> Self {
        if !cfg!(debug_assertions) {
            return Self(None);
        }
        let counter = HELD.try_with(Arc::clone).ok();
        if let Some(counter) = &counter {
            counter.fetch_add(1, Ordering::Relaxed);
        }
        Self(counter)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(counter) = &self.0 {
            counter.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// Runs a request of whose connections [`assert_none`] knows.
pub async fn watch<F: Future>(request: F) -> F::Output {
    if cfg!(debug_assertions) {
        HELD.scope(Arc::default(), request).await
    } else {
        request.await
    }
}

/// To be called by whatever waits for somebody outside.
///
/// # Panics
/// In debug builds, when the present request holds a connection.
pub fn assert_none(outside: &str) {
    if cfg!(debug_assertions) {
        let held = HELD.try_with(|held| held.load(Ordering::Relaxed));
        assert_eq!(
            held.unwrap_or_default(),
            0,
            "{outside} while a connection of the store is held: close it first"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_request_answers_for_what_it_holds_itself() {
        let (one, two) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
        let held = HELD.scope(one.clone(), async { Held::new() }).await;
        HELD.scope(two, async { assert_none("a function") }).await;
        assert_eq!(one.load(Ordering::Relaxed), 1);
        // Wherever it is dropped.
        drop(held);
        assert_eq!(one.load(Ordering::Relaxed), 0);
        HELD.scope(one, async { assert_none("a function") }).await;
        assert_none("outside of any request");
    }

    #[tokio::test]
    #[should_panic(expected = "a function while a connection of the store is held")]
    async fn going_out_with_a_connection_in_hand_stops() {
        watch(async {
            let _held = Held::new();
            assert_none("a function");
        })
        .await;
    }
}
