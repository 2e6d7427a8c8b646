//! Pools, clients and what is worked out from settings or users, in memory, as they were last committed.
//!
//! A reader that loads while somebody commits must not keep what it loaded: it says in which epoch it began, and each commit starts a new one.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use super::{Client, Pool};

/// More than this is not kept: memory stays bounded whatever a suite creates.
const MOST: usize = 4_096;

#[derive(Default)]
pub(super) struct Cache {
    state: RwLock<State>,
    /// Worked out from settings alone.
    pub of_settings: Derived,
    /// Worked out from settings and users.
    pub of_users: Derived,
}

#[derive(Default)]
struct State {
    epoch: u64,
    pools: HashMap<String, Arc<Pool>>,
    clients: HashMap<String, Arc<Client>>,
}

/// What was worked out by one of the store's readers, by its type and a key.
#[derive(Default)]
pub(super) struct Derived {
    state: RwLock<DerivedState>,
}

#[derive(Default)]
struct DerivedState {
    epoch: u64,
    kept: HashMap<(TypeId, String), Arc<dyn Any + Send + Sync>>,
}

impl Derived {
    pub fn epoch(&self) -> u64 {
        self.read().epoch
    }

    pub fn find<T: Any + Send + Sync>(&self, key: &str) -> Option<Arc<T>> {
        let state = self.read();
        let kept = state.kept.get(&(TypeId::of::<T>(), key.to_owned()));
        kept.cloned().and_then(|kept| kept.downcast().ok())
    }

    pub fn keep<T: Any + Send + Sync>(&self, epoch: u64, key: &str, value: &Arc<T>) {
        let value: Arc<dyn Any + Send + Sync> = value.clone();
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if state.epoch == epoch {
            if state.kept.len() >= MOST {
                state.kept.clear();
            }
            state
                .kept
                .insert((TypeId::of::<T>(), key.to_owned()), value);
        }
    }

    /// Starts a new epoch with nothing kept.
    pub fn forget(&self) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        *state = DerivedState {
            epoch: state.epoch + 1,
            ..DerivedState::default()
        };
    }

    fn read(&self) -> RwLockReadGuard<'_, DerivedState> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cache {
    pub fn epoch(&self) -> u64 {
        self.state
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .epoch
    }

    pub fn pool(&self, id: &str) -> Option<Arc<Pool>> {
        self.state
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .pools
            .get(id)
            .cloned()
    }

    pub fn client(&self, id: &str) -> Option<Arc<Client>> {
        self.state
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clients
            .get(id)
            .cloned()
    }

    pub fn keep_pool(&self, epoch: u64, pool: Pool) -> Arc<Pool> {
        let pool = Arc::new(pool);
        self.keep(epoch, |state| &mut state.pools, pool.id.clone(), &pool);
        pool
    }

    pub fn keep_client(&self, epoch: u64, client: Client) -> Arc<Client> {
        let client = Arc::new(client);
        self.keep(
            epoch,
            |state| &mut state.clients,
            client.id.clone(),
            &client,
        );
        client
    }

    fn keep<T>(
        &self,
        epoch: u64,
        map: impl FnOnce(&mut State) -> &mut HashMap<String, Arc<T>>,
        id: String,
        value: &Arc<T>,
    ) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if state.epoch == epoch {
            let map = map(&mut state);
            if map.len() >= MOST {
                map.clear();
            }
            map.insert(id, value.clone());
        }
    }

    /// Starts a new epoch with nothing kept.
    pub fn forget(&self) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        *state = State {
            epoch: state.epoch + 1,
            ..State::default()
        };
        drop(state);
        self.of_settings.forget();
        self.of_users.forget();
    }
}
