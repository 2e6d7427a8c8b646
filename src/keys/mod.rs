//! Signing keys of pools and the store's sealing keys.
//!
//! Each pool has two RSA-2048 keys, as on AWS: ID and access tokens are signed by different ones.
//! They are minted in the background when the pool is made and kept in the store. Whoever needs
//! them before that waits. Not here: what a token says (`flows::issue_tokens`). Next: `signing.rs`,
//! `pool_keys.rs`, `certificates.rs`, `authority.rs`, `seal.rs`, `passwords.rs`, `totp.rs`,
//! `webauthn.rs`.

mod ahead;
mod alb;
mod authority;
mod certificates;
mod compromised_passwords;
mod credentials;
mod defects;
mod digest;
mod group;
mod imported_hashes;
mod kms;
mod marks;
mod openid;
mod passwords;
mod pem;
mod pool_keys;
mod rotation;
mod seal;
mod signing;
pub mod srp;
pub mod totp;
pub mod webauthn;
mod xml_encryption;
mod xml_signature;

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use tokio::sync::{OnceCell, Semaphore, SemaphorePermit};

use crate::clock::{Clock, Timestamp};
use crate::error::{Error, Result};
use crate::store::{Kept, KeyUse, RememberedKey, Store, StoredKey, Write};

use ahead::KeysAhead;
use certificates::{EncryptionCertificate, PoolCertificate, SigningCertificate};

pub use ahead::KeyPairAhead;
pub use alb::AlbKey;
pub use authority::{Authority, Leaf};
pub use compromised_passwords::CompromisedPasswords;
pub use credentials::CredentialKeys;
pub use defects::TokenDefect;
pub use digest::{base64url_sha256, is_base64url_sha256};
pub use imported_hashes::{HashFault, ImportedHash};
pub use kms::{Kms, KmsContext};
pub use marks::Marks;
pub use openid::OpenIdKey;
pub use passwords::{Identity, PasswordDraft};
pub use pool_keys::{PoolKeys, PublishedKey};
pub use seal::{Purpose, Sealer};
pub use signing::{SigningKey, TokenFault, TokenUse};
pub use xml_encryption::decrypt_element;
pub use xml_signature::{
    SignatureFault, TrustedKey, fill_in, is_signed, signed_elements, template,
};

/// Runs a computation of a millisecond or more on a thread that serves no requests. At most as many
/// run at once as there are cores: more would only wait for each other and slow down the requests.
pub async fn crunch<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    static CORES: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(cores()));
    let _core = CORES.acquire().await.map_err(anyhow::Error::new)?;
    Ok(tokio::task::spawn_blocking(work)
        .await
        .map_err(anyhow::Error::new)?)
}

/// A turn at a computation of at most half a millisecond, such as a signature. It runs on the task
/// that serves the request, because handing it to another thread would cost more than it saves.
/// Waiting for a turn does not block cheap requests, and whoever has one lets them pass between two
/// signatures (`tokio::task::yield_now`).
pub async fn turn_to_compute() -> Result<SemaphorePermit<'static>> {
    static TURNS: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(cores()));
    Ok(TURNS.acquire().await.map_err(anyhow::Error::new)?)
}

/// SRP's B ([`srp::server_key`]), computed when it is this request's turn.
pub async fn server_key(
    verifier: &[u8],
    private: &[u8; srp::PRIVATE],
) -> Result<[u8; srp::ELEMENT]> {
    let _turn = turn_to_compute().await?;
    Ok(srp::server_key(verifier, private))
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The name among the store's secrets of the key for OpenID tokens, and part of its seed.
const OPENID_KEY: &str = "openid token key";

/// All keys of the server.
#[derive(Debug)]
pub struct Keys {
    pub seal: Sealer,
    pub kms: Kms,
    pub credentials: CredentialKeys,
    pub alb: AlbKey,
    pub marks: Marks,
    mint: Mint,
    /// One cell per pool: the first request fills it, others wait for that.
    pools: Mutex<HashMap<String, Arc<OnceCell<Arc<PoolKeys>>>>>,
    authority: OnceCell<Arc<Authority>>,
    openid: OnceCell<Arc<OpenIdKey>>,
    ahead: Arc<KeysAhead>,
    /// Of a pool that is not there.
    strangers: OnceCell<Arc<SigningKey>>,
}

/// How a pool gets its keys.
#[derive(Debug, Clone)]
pub enum Mint {
    /// Fresh ones from the operating system's entropy.
    Random,
    /// Keys that follow from this seed.
    Seeded(u64),
    /// These two (PKCS#8) for every pool: for test suites that make hundreds of pools.
    Given { id: Vec<u8>, access: Vec<u8> },
}

impl Mint {
    /// Mints a pool's key for this use, PKCS#8. Takes long: not on a thread that serves requests.
    fn key(&self, pool: &str, key_use: KeyUse) -> anyhow::Result<Vec<u8>> {
        match self {
            Self::Random => signing::mint(),
            Self::Seeded(seed) => signing::mint_seeded(*seed, pool, key_use.as_str()),
            Self::Given { id, access } => Ok(match key_use {
                KeyUse::IdTokens | KeyUse::Saml => id.clone(),
                KeyUse::AccessTokens | KeyUse::SamlEncryption | KeyUse::PretendProviders => {
                    access.clone()
                }
            }),
        }
    }
}

impl Keys {
    pub fn new(master_secret: &[u8; 32], mint: Mint) -> Self {
        Self {
            seal: Sealer::new(master_secret),
            kms: Kms::new(master_secret),
            credentials: CredentialKeys::new(master_secret),
            alb: AlbKey::new(master_secret),
            marks: Marks::new(master_secret),
            mint,
            pools: Mutex::default(),
            authority: OnceCell::new(),
            openid: OnceCell::new(),
            ahead: Arc::default(),
            strangers: OnceCell::new(),
        }
    }

    /// The authority that signs the server's certificates; made when the store has none.
    pub async fn authority(&self, store: &Store) -> Result<Arc<Authority>> {
        let authority = self
            .authority
            .get_or_try_init(|| Authority::of_store(store, Clock::machine_now()));
        authority.await.cloned()
    }

    /// The key that signs identity pools' OpenID tokens; the first call waits until it is made.
    pub async fn of_openid_tokens(&self, store: &Store, region: &str) -> Result<Arc<OpenIdKey>> {
        let load = async || {
            // Cognito's are called after a Region and a number.
            let kid = format!("{region}1");
            let pkcs8 = self.pkcs8_of_openid_tokens(store).await?;
            Ok(Arc::new(OpenIdKey::load(&pkcs8, kid)?))
        };
        self.openid.get_or_try_init(load).await.cloned()
    }

    /// That key, as PKCS#8. It is among the store's secrets, so that a reset leaves it.
    async fn pkcs8_of_openid_tokens(&self, store: &Store) -> Result<Vec<u8>> {
        let kept = store.read().await?.secrets().find(OPENID_KEY).await?;
        if let Some(pkcs8) = kept {
            return Ok(pkcs8);
        }
        let mint = self.mint.clone();
        let minted = minted(move || match mint {
            Mint::Random => signing::mint(),
            Mint::Seeded(seed) => signing::mint_seeded(seed, "", OPENID_KEY),
            Mint::Given { id, .. } => Ok(id),
        });
        let pkcs8 = minted.await?;
        let mut write = store.write().await?;
        write.secrets().insert(OPENID_KEY, &pkcs8).await?;
        write.commit().await?;
        Ok(pkcs8)
    }

    /// The pool's keys; waits for the minting when there are none yet.
    pub async fn of_pool(
        &self,
        store: &Store,
        pool: &str,
        now: Timestamp,
    ) -> Result<Arc<PoolKeys>> {
        let cell = self
            .pools
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(pool.to_owned())
            .or_default()
            .clone();
        let keys = cell
            .get_or_try_init(|| self.load_or_mint(store, pool, now))
            .await;
        if keys.is_err() {
            // The pool may be gone: keep nothing for ids that anybody could invent.
            self.forget(pool);
        }
        keys.cloned()
    }

    /// A pair of keys that lies ready. In its place another one is made in the background.
    pub fn take_ahead(&self) -> Option<KeyPairAhead> {
        let pair = self.ahead.take();
        self.make_ahead();
        pair
    }

    /// Makes keys before a pool needs them, where they do not follow from the pool.
    pub fn make_ahead(&self) {
        if matches!(self.mint, Mint::Random) {
            self.ahead.fill();
        }
    }

    /// Forgets a deleted pool's keys.
    pub fn forget(&self, pool: &str) {
        self.pools
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(pool);
    }

    /// Forgets the keys of all pools, for when the store was emptied.
    pub fn forget_all(&self) {
        self.pools
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    async fn load_or_mint(
        &self,
        store: &Store,
        pool: &str,
        now: Timestamp,
    ) -> Result<Arc<PoolKeys>> {
        let mut read = store.read().await?;
        let kept = read.signing_keys().list(pool).await?;
        let replaced = read.signing_keys().list_replaced(pool).await?;
        let remembered = read.signing_keys().list_remembered(pool).await?;
        drop(read);
        let pair = |keys: &[StoredKey]| {
            let find = |key_use| {
                let key = keys.iter().find(|key| key.key_use == key_use);
                key.map(|key| key.pkcs8.clone())
            };
            Some((find(KeyUse::IdTokens)?, find(KeyUse::AccessTokens)?))
        };
        let marks = self.marks.clone();
        if let Some((id, access)) = pair(&kept) {
            return PoolKeys::new(&id, &access, &replaced, marks);
        }
        let (id, access) = match pair(&remembered) {
            Some(pair) => pair,
            None => self.mint_pair(pool).await?,
        };
        let mut write = store.write().await?;
        check_not_gone(&mut write, pool).await?;
        // A request that came in before a restored snapshot may have been faster.
        if let Some((id, access)) = pair(&write.signing_keys().list(pool).await?) {
            return PoolKeys::new(&id, &access, &[], marks);
        }
        write
            .signing_keys()
            .insert(pool, KeyUse::IdTokens, &id, now)
            .await?;
        write
            .signing_keys()
            .insert(pool, KeyUse::AccessTokens, &access, now)
            .await?;
        write.commit().await?;
        PoolKeys::new(&id, &access, &[], marks)
    }

    /// The certificate of the key with which the pool signs SAML requests, in base64. The first
    /// call waits until the key is made.
    pub async fn signing_certificate(
        &self,
        store: &Store,
        pool: &str,
        now: Timestamp,
    ) -> Result<String> {
        let certificate = self.certificate::<SigningCertificate>(store, pool, now);
        Ok(certificate.await?.0)
    }

    /// The certificate for which SAML providers encrypt, in base64. The first call waits until the
    /// key is made.
    pub async fn encryption_certificate(
        &self,
        store: &Store,
        pool: &str,
        now: Timestamp,
    ) -> Result<String> {
        let certificate = self.certificate::<EncryptionCertificate>(store, pool, now);
        Ok(certificate.await?.0)
    }

    /// The private key for what SAML providers encrypt, PKCS#8.
    pub async fn saml_decryption_key(
        &self,
        store: &Store,
        pool: &str,
        now: Timestamp,
    ) -> Result<Vec<u8>> {
        self.certified::<EncryptionCertificate>(store, pool, now)
            .await
    }

    async fn certificate<C: PoolCertificate>(
        &self,
        store: &Store,
        pool: &str,
        now: Timestamp,
    ) -> Result<C> {
        let kept = store.read().await?.documents().find::<C>(pool, "").await?;
        if let Some(kept) = kept {
            return Ok(kept.document);
        }
        let remembered = remembered(store, pool, C::KEY_USE).await?;
        let certified = remembered.and_then(|key| {
            let document = serde_json::from_str::<C>(&key.document?).ok()?;
            Some((key.pkcs8, document))
        });
        let (pkcs8, document) = match certified {
            Some(certified) => certified,
            None => {
                let minted = self.mint_certificate(pool, C::KEY_USE, now).await?;
                (minted.0, C::from(minted.1))
            }
        };
        let mut write = store.write().await?;
        check_not_gone(&mut write, pool).await?;
        // Another request may have been faster.
        if let Some(kept) = write.documents().find::<C>(pool, "").await? {
            return Ok(kept.document);
        }
        write
            .signing_keys()
            .insert(pool, C::KEY_USE, &pkcs8, now)
            .await?;
        let kept = Kept {
            pool_id: pool.to_owned(),
            key: String::new(),
            client_id: None,
            document,
            created_at: now,
            updated_at: now,
        };
        write.documents().put(&kept).await?;
        write.commit().await?;
        Ok(kept.document)
    }

    /// The private key of a certificate, PKCS#8. A certificate is stored together with its key.
    async fn certified<C: PoolCertificate>(
        &self,
        store: &Store,
        pool: &str,
        now: Timestamp,
    ) -> Result<Vec<u8>> {
        self.certificate::<C>(store, pool, now).await?;
        let mut read = store.read().await?;
        let key = read.signing_keys().find(pool, C::KEY_USE).await?;
        Ok(key.ok_or_else(|| anyhow::anyhow!("the certificate's key is missing"))?)
    }

    /// The key with which the pool's pretend identity providers sign. The first call waits until it
    /// is made.
    pub async fn of_pretend_providers(
        &self,
        store: &Store,
        pool: &str,
        now: Timestamp,
    ) -> Result<SigningKey> {
        let pkcs8 = self.pkcs8_of_pretend_providers(store, pool, now).await?;
        Ok(SigningKey::from_pkcs8(&pkcs8)?)
    }

    /// The same key, as PKCS#8.
    pub async fn pkcs8_of_pretend_providers(
        &self,
        store: &Store,
        pool: &str,
        now: Timestamp,
    ) -> Result<Vec<u8>> {
        let own = KeyUse::PretendProviders;
        let kept = store.read().await?.signing_keys().find(pool, own).await?;
        if let Some(key) = kept {
            return Ok(key);
        }
        let pkcs8 = match remembered(store, pool, own).await? {
            Some(key) => key.pkcs8,
            None => {
                let (mint, id) = (self.mint.clone(), pool.to_owned());
                minted(move || mint.key(&id, own)).await?
            }
        };
        let mut write = store.write().await?;
        // Somebody may have been faster, and the pool may be gone.
        if let Some(key) = write.signing_keys().find(pool, own).await? {
            return Ok(key);
        }
        check_not_gone(&mut write, pool).await?;
        write.signing_keys().insert(pool, own, &pkcs8, now).await?;
        write.commit().await?;
        Ok(pkcs8)
    }

    /// The signature of a SAML request, by the key of the pool's certificate.
    pub async fn sign_saml_request(
        &self,
        store: &Store,
        pool: &str,
        now: Timestamp,
        request: &[u8],
    ) -> Result<Vec<u8>> {
        let key = self.certified::<SigningCertificate>(store, pool, now);
        let pkcs8 = key.await?;
        Ok(SigningKey::from_pkcs8(&pkcs8)?.sign_bytes(request)?)
    }

    async fn mint_certificate(
        &self,
        pool: &str,
        key_use: KeyUse,
        now: Timestamp,
    ) -> Result<(Vec<u8>, String)> {
        let (mint, pool) = (self.mint.clone(), pool.to_owned());
        let minted = minted(move || {
            let pkcs8 = mint.key(&pool, key_use)?;
            let certificate = certificates::certify(pkcs8.clone(), &pool, now)?;
            Ok((pkcs8, certificate))
        });
        minted.await
    }

    /// Two new keys for a pool that has some: with a seed, those that follow from the old ones.
    async fn mint_successors(
        &self,
        pool: &str,
        [id, access]: [String; 2],
    ) -> Result<(Vec<u8>, Vec<u8>)> {
        let (mint, pool) = (self.mint.clone(), pool.to_owned());
        let minted = minted(move || {
            let successor = |key_use: KeyUse, kid: &str| match mint {
                Mint::Seeded(seed) => {
                    let after = format!("{} after {kid}", key_use.as_str());
                    signing::mint_seeded(seed, &pool, &after)
                }
                Mint::Random | Mint::Given { .. } => signing::mint(),
            };
            let id = successor(KeyUse::IdTokens, &id)?;
            Ok((id, successor(KeyUse::AccessTokens, &access)?))
        });
        minted.await
    }

    /// The key of a pool that is not there, the same for as long as the server runs.
    pub async fn strangers(&self) -> Result<Arc<SigningKey>> {
        let load = async || {
            let pkcs8 = minted(signing::mint).await?;
            Ok(Arc::new(SigningKey::from_pkcs8(&pkcs8)?))
        };
        self.strangers.get_or_try_init(load).await.cloned()
    }

    async fn mint_pair(&self, pool: &str) -> Result<(Vec<u8>, Vec<u8>)> {
        let (mint, pool) = (self.mint.clone(), pool.to_owned());
        let minted = minted(move || {
            let id = mint.key(&pool, KeyUse::IdTokens)?;
            Ok((id, mint.key(&pool, KeyUse::AccessTokens)?))
        });
        minted.await
    }
}

/// Mints on a thread that serves no requests. Unlike [`crunch`] it takes no turn from who signs in
/// meanwhile: a key takes a hundred times as long.
async fn minted<T: Send + 'static>(
    mint: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
) -> Result<T> {
    let minted = tokio::task::spawn_blocking(mint).await;
    Ok(minted.map_err(anyhow::Error::new)??)
}

/// Refuses for a pool that was deleted while its keys were being made.
async fn check_not_gone(write: &mut Write<'_>, pool: &str) -> Result<()> {
    if write.pools().find(pool).await?.is_none() {
        return Err(Error::PoolNotFound {
            id: pool.to_owned(),
        });
    }
    Ok(())
}

/// What a reset left of a pool's key for this use.
async fn remembered(store: &Store, pool: &str, key_use: KeyUse) -> Result<Option<RememberedKey>> {
    let mut read = store.read().await?;
    read.signing_keys().find_remembered(pool, key_use).await
}
