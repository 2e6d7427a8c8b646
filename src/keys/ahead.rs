//! Pairs of signing keys that are made before a pool needs them, for the copies of pools that every
//! worker of a test run makes at once.
//!
//! Only where keys are drawn: with a seed they follow from the pool's id. Nothing is made ahead
//! before somebody copies a pool, or a server has run for a moment (`cli::serve`). Not here: pools
//! that are made one at a time, which mint their own (`mod.rs`).

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::signing;

/// How many pairs lie ready.
const READY: usize = 4;

/// The keys of one pool, PKCS#8.
pub struct KeyPairAhead {
    pub id: Vec<u8>,
    pub access: Vec<u8>,
}

/// What lies ready.
#[derive(Default)]
pub(super) struct KeysAhead {
    pairs: Mutex<VecDeque<KeyPairAhead>>,
    /// Whether somebody is at it.
    filling: AtomicBool,
}

impl fmt::Debug for KeysAhead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeysAhead")
    }
}

impl KeysAhead {
    /// A pair that lies ready.
    pub fn take(&self) -> Option<KeyPairAhead> {
        self.lock().pop_front()
    }

    /// Makes pairs until enough lie ready, one after the other on a thread that serves nobody.
    pub fn fill(self: &Arc<Self>) {
        if self.filling.swap(true, Ordering::AcqRel) {
            return;
        }
        let ahead = self.clone();
        // Not a thread of the runtime's: a server that is told to stop does not wait for it.
        std::thread::spawn(move || {
            while ahead.lock().len() < READY {
                let made = signing::mint().and_then(|id| {
                    let access = signing::mint()?;
                    Ok(KeyPairAhead { id, access })
                });
                match made {
                    Ok(pair) => ahead.lock().push_back(pair),
                    Err(error) => {
                        tracing::warn!(?error, "no keys could be made ahead");
                        break;
                    }
                }
            }
            ahead.filling.store(false, Ordering::Release);
        });
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<KeyPairAhead>> {
        self.pairs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
