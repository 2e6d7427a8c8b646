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
    state: RwLock<CachedSettings>,
}

#[derive(Default)]
struct CachedSettings {
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
        *state = CachedSettings {
            epoch: state.epoch + 1,
            ..CachedSettings::default()
        };
    }

    fn read(&self) -> RwLockReadGuard<'_, CachedSettings> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_found_by_type_and_key_until_it_is_forgotten() {
        let kept = Remembered::default();
        kept.keep(kept.epoch(), "a", &Arc::new(1_u32));
        kept.keep(kept.epoch(), "a", &Arc::new("one"));
        assert_eq!(kept.find::<u32>("a").as_deref(), Some(&1));
        assert_eq!(kept.find::<&str>("a").as_deref(), Some(&"one"));
        assert_eq!(kept.find::<u32>("b"), None);
        assert_eq!(kept.find::<u64>("a"), None);
        kept.forget();
        assert_eq!(kept.find::<u32>("a"), None);
    }

    #[test]
    fn what_was_loaded_before_a_commit_is_not_kept_after_it() {
        let kept = Remembered::default();
        let loading = kept.epoch();
        kept.forget();
        kept.keep(loading, "a", &Arc::new(1_u32));
        assert_eq!(kept.find::<u32>("a"), None);
        kept.keep(kept.epoch(), "a", &Arc::new(2_u32));
        assert_eq!(kept.find::<u32>("a").as_deref(), Some(&2));
    }

    #[test]
    fn a_change_of_settings_ends_everything_and_a_change_of_users_what_is_of_users() {
        let cache = Cache::default();
        let fill = || {
            for kept in [&cache.of_settings, &cache.of_users] {
                kept.keep(kept.epoch(), "a", &Arc::new(1_u32));
            }
        };
        let found = |kept: &Remembered| kept.find::<u32>("a").is_some();
        fill();
        cache.of_users.forget();
        assert!(found(&cache.of_settings) && !found(&cache.of_users));
        fill();
        cache.forget();
        assert!(!found(&cache.of_settings) && !found(&cache.of_users));
    }

    #[test]
    fn memory_is_bounded_for_each_type() {
        let kept = Remembered::default();
        kept.keep(kept.epoch(), "other", &Arc::new("one"));
        for key in 0..=MOST {
            kept.keep(kept.epoch(), &key.to_string(), &Arc::new(key));
        }
        let of_type = kept.read().values[&TypeId::of::<usize>()].len();
        assert_eq!(of_type, 1);
        assert!(kept.find::<usize>(&MOST.to_string()).is_some());
        assert!(kept.find::<&str>("other").is_some());
    }
}
