//! Pairs of signing keys that are made before a pool needs them, for the copies of pools that every
//! worker of a test run makes at once.
//!
//! Only where keys are drawn: with a seed they follow from the pool's id. Nothing is made ahead
//! before somebody copies a pool, or a server has run for a moment (`cli::serve`). Not here: pools
//! that are made one at a time, which mint their own (`mod.rs`).

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::{Keys, Mint, signing};

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

impl std::fmt::Debug for KeysAhead {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeysAhead")
    }
}

impl KeysAhead {
    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<KeyPairAhead>> {
        self.pairs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Keys {
    /// A pair that lies ready. In its place another one is made in the background.
    pub fn take_ahead(&self) -> Option<KeyPairAhead> {
        let pair = self.ahead.lock().pop_front();
        self.make_ahead();
        pair
    }

    /// Makes pairs until enough lie ready, one after the other on a thread that serves nobody.
    pub fn make_ahead(&self) {
        if !matches!(self.mint, Mint::Random) || self.ahead.filling.swap(true, Ordering::AcqRel) {
            return;
        }
        let ahead: Arc<KeysAhead> = self.ahead.clone();
        tokio::task::spawn_blocking(move || {
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
}
