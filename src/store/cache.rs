//! Pools, clients and what is worked out from settings or users, in memory, as they were last
//! committed.
//!
//! A reader that loads while somebody commits must not keep what it loaded: it says in which epoch
//! it began, and each commit starts a new one.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

/// More of one type is not kept: memory stays bounded whatever a suite creates.
const MOST: usize = 4_096;

#[derive(Default)]
pub(super) struct Cache {
    /// Settings themselves, pools and clients, and what was worked out from them alone.
    pub of_settings: Remembered,
    /// Worked out from settings and users.
    pub of_users: Remembered,
}

impl Cache {
    /// Starts a new epoch with nothing kept.
    pub fn forget(&self) {
        self.of_settings.forget();
        self.of_users.forget();
    }
}

type Values = HashMap<String, Arc<dyn Any + Send + Sync>>;

/// What was loaded or worked out, by its type and a key.
#[derive(Default)]
pub(super) struct Remembered {
    state: RwLock<State>,
}

#[derive(Default)]
struct State {
    epoch: u64,
    values: HashMap<TypeId, Values>,
}

impl Remembered {
    pub fn epoch(&self) -> u64 {
        self.read().epoch
    }

    pub fn find<T: Any + Send + Sync>(&self, key: &str) -> Option<Arc<T>> {
        let kept = self
            .read()
            .values
            .get(&TypeId::of::<T>())?
            .get(key)
            .cloned();
        kept.and_then(|kept| kept.downcast().ok())
    }

    pub fn keep<T: Any + Send + Sync>(&self, epoch: u64, key: &str, value: &Arc<T>) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if state.epoch == epoch {
            let values = state.values.entry(TypeId::of::<T>()).or_default();
            if values.len() >= MOST {
                values.clear();
            }
            values.insert(key.to_owned(), value.clone());
        }
    }

    /// Starts a new epoch with nothing kept.
    pub fn forget(&self) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        *state = State {
            epoch: state.epoch + 1,
            ..State::default()
        };
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }
}
