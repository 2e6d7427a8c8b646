//! Replacing a pool's keys, and giving up those that were replaced.
//!
//! Not here: where the keys of a pool are in use (`pool_keys.rs`), who asks for a rotation
//! (`http::mocknito::keys`).

use std::sync::Arc;

use super::pool_keys::PoolKeys;
use super::{Keys, check_not_gone};
use crate::clock::Timestamp;
use crate::error::Result;
use crate::store::{KeyUse, Store};

impl Keys {
    /// Signs with new keys from now on. The others stay in the key set.
    pub async fn rotate(&self, store: &Store, pool: &str, now: Timestamp) -> Result<Arc<PoolKeys>> {
        let old = self.of_pool(store, pool, now).await?;
        let after = [old.id.kid.clone(), old.access.kid.clone()];
        let (id, access) = self.mint_successors(pool, after).await?;
        let mut write = store.write().await?;
        check_not_gone(&mut write, pool).await?;
        for (key_use, pkcs8) in [(KeyUse::IdTokens, id), (KeyUse::AccessTokens, access)] {
            write
                .signing_keys()
                .replace(pool, key_use, &pkcs8, now)
                .await?;
        }
        write.commit().await?;
        self.forget(pool);
        self.of_pool(store, pool, now).await
    }

    /// Takes the keys that were replaced out of the key set: what they signed is refused.
    pub async fn retire(&self, store: &Store, pool: &str, now: Timestamp) -> Result<Arc<PoolKeys>> {
        let mut write = store.write().await?;
        write.signing_keys().delete_replaced(pool).await?;
        write.commit().await?;
        self.forget(pool);
        self.of_pool(store, pool, now).await
    }
}
