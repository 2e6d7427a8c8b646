//! What a run has used of what there is: operations, flows, challenges, triggers, endpoints,
//! refusals. Counted since the start, whatever is reset meanwhile.
//!
//! Not here: all that there is (`http::mocknito::coverage` knows), who counts (the doors, signing
//! in, calling functions).

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Feature {
    /// Of the user pools API.
    Operation,
    /// Of the identity pools API.
    IdentityPoolOperation,
    /// `AuthFlow`
    Flow,
    /// `ChallengeName`
    Challenge,
    Trigger,
    /// Of the pool's domain, its pages, and the services beside Cognito.
    Endpoint,
    /// A situation of the catalogue.
    Refusal,
}

/// How often everything was used.
#[derive(Debug, Default)]
pub struct Coverage(Mutex<HashMap<(Feature, &'static str), u64>>);

impl Coverage {
    pub fn count(&self, feature: Feature, name: &'static str) {
        *self.counts().entry((feature, name)).or_default() += 1;
    }

    /// What was used of one kind, and how often.
    pub fn used(&self, feature: Feature) -> HashMap<&'static str, u64> {
        let counts = self.counts();
        let of_kind = counts.iter().filter(|((kind, _), _)| *kind == feature);
        of_kind.map(|((_, name), count)| (*name, *count)).collect()
    }

    pub fn clear(&self) {
        self.counts().clear();
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<(Feature, &'static str), u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
