//! How a password is stored and compared.
//!
//! SRP needs the salt and the verifier, so a slow hash beside them would protect nothing. A
//! password that is sent in clear is compared by a keyed digest of SRP's x, which saves the
//! exponentiation (`docs/decisions/0057`). Next: `srp.rs`.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use rand::Rng;

use super::seal::Sealer;
use super::{crunch, srp};
use crate::clock::Timestamp;
use crate::error::Result;
use crate::random::RequestRng;
use crate::store::{Password, PastPassword, User};

/// As long as those of users.
const NOBODYS_SALT: [u8; 16] = [0x10; 16];

/// The user whose password it is: SRP's x is a hash of this, the salt and the password.
#[derive(Debug, Clone, Copy)]
pub struct Identity<'a> {
    pub pool_id: &'a str,
    pub username: &'a str,
}

impl<'a> Identity<'a> {
    pub fn of(user: &'a User) -> Self {
        Self {
            pool_id: &user.pool_id,
            username: &user.username,
        }
    }

    /// That by which this user's present password was stored: in the copy of a pool the
    /// original's.
    pub fn of_password(user: &'a User, stored_as: Option<&'a str>) -> Self {
        match stored_as {
            // Only the two names behind each other count, wherever the one ends.
            Some(names) => Self {
                pool_id: "",
                username: names,
            },
            None => Self::of(user),
        }
    }

    /// What SRP calls the pool name: the pool id's part after its underscore, and before another
    /// one, as most clients split it. The ids of copies have a second underscore.
    pub fn pool_name(self) -> &'a str {
        self.pool_id.split('_').nth(1).unwrap_or(self.pool_id)
    }
}

/// What is stored for a password, except for the verifier, which costs an exponentiation.
pub struct PasswordDraft {
    salt: Vec<u8>,
    x: [u8; 32],
    /// From x.
    verifier: fn(&[u8; 32]) -> [u8; srp::ELEMENT],
    digest: Vec<u8>,
    set_at: Timestamp,
}

impl PasswordDraft {
    /// To be finished sooner, as one of very many passwords that stand in a file.
    pub fn of_many(mut self) -> Self {
        self.verifier = srp::verifier_of_many;
        self
    }

    /// Computes the verifier on a thread that serves no requests.
    pub async fn finish(self) -> Result<Password> {
        let Self { x, verifier, .. } = self;
        // For the test of who has to pay for it.
        tracing::trace!("a password's verifier is computed");
        Ok(Password {
            verifier: crunch(move || verifier(&x)).await?.to_vec(),
            salt: self.salt,
            digest: self.digest,
            set_at: self.set_at,
            imported_hash: None,
            stored_as: None,
        })
    }
}

impl Sealer {
    /// Prepares what is stored for a password; [`PasswordDraft::finish`] does the expensive part.
    pub fn new_password(
        &self,
        identity: Identity<'_>,
        password: &str,
        now: Timestamp,
        rng: &mut RequestRng,
    ) -> PasswordDraft {
        let mut salt = vec![0; 16];
        rng.fill_bytes(&mut salt);
        // Amplify reads the salt as a number and pads it again, while pycognito pads the text. They
        // agree as long as the first digit is not zero.
        salt[0] |= 0x10;
        let x = srp::private_key(&salt, identity.pool_name(), identity.username, password);
        let digest = hmac::sign(self.password_key(), &x).as_ref().to_vec();
        PasswordDraft {
            salt,
            x,
            verifier: srp::verifier,
            digest,
            set_at: now,
        }
    }

    /// A salt and a verifier for a user who does not exist, the same at every call. Nobody knows a
    /// password for them, and a client cannot tell them from real ones.
    pub fn simulated_password(&self, identity: Identity<'_>) -> (Vec<u8>, Vec<u8>) {
        let block = |n: u8| {
            let text = [
                &[n],
                identity.pool_id.as_bytes(),
                b"/",
                identity.username.as_bytes(),
            ]
            .concat();
            hmac::sign(self.simulation_key(), &text)
        };
        let mut salt = block(0).as_ref()[..16].to_vec();
        salt[0] |= 0x10;
        let verifier = (1..=12).flat_map(|n| block(n).as_ref().to_vec()).collect();
        (salt, verifier)
    }

    /// What is stored for a password of which another directory's hash is all that is known.
    pub fn imported_password(
        &self,
        identity: Identity<'_>,
        hash: String,
        now: Timestamp,
    ) -> Password {
        let (salt, verifier) = self.simulated_password(identity);
        Password {
            salt,
            verifier,
            digest: Vec::new(),
            set_at: now,
            imported_hash: Some(hash),
            stored_as: None,
        }
    }

    /// Whether this is the password, in constant time. Not for imported ones: see
    /// `flows::passwords`. For one of which only the verifier is known that takes a millisecond.
    pub fn is_password(&self, identity: Identity<'_>, kept: &Password, password: &str) -> bool {
        let proof = if kept.is_bare() {
            &kept.verifier
        } else {
            &kept.digest
        };
        self.matches(identity, &kept.salt, proof, password)
    }

    /// The digest of a password that was right and of which only the verifier was known.
    pub fn digest(&self, identity: Identity<'_>, salt: &[u8], password: &str) -> Vec<u8> {
        let x = srp::private_key(salt, identity.pool_name(), identity.username, password);
        hmac::sign(self.password_key(), &x).as_ref().to_vec()
    }

    /// What is remembered of a password that is replaced: the digest, or else the verifier.
    pub fn past(kept: &Password) -> Password {
        let mut past = kept.clone();
        if past.is_bare() {
            past.digest.clone_from(&past.verifier);
        }
        past
    }

    /// As [`Sealer::is_password`], for somebody who has no password: the same work, and never the
    /// right one.
    pub fn is_nobodys_password(&self, identity: Identity<'_>, password: &str) -> bool {
        self.matches(identity, &NOBODYS_SALT, &[], password)
    }

    /// Whether this was the password, in constant time.
    pub fn was_password(
        &self,
        identity: Identity<'_>,
        past: &PastPassword,
        password: &str,
    ) -> bool {
        self.matches(identity, &past.salt, &past.digest, password)
    }

    /// A digest and a verifier are told apart by their length.
    fn matches(&self, identity: Identity<'_>, salt: &[u8], proof: &[u8], password: &str) -> bool {
        let x = srp::private_key(salt, identity.pool_name(), identity.username, password);
        if proof.len() == srp::ELEMENT {
            return verify_slices_are_equal(&srp::verifier(&x), proof).is_ok();
        }
        hmac::verify(self.password_key(), &x, proof).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[tokio::test]
    async fn a_password_is_recognised_for_its_own_user_and_store_only() {
        let (sealer, mut rng) = (Sealer::new(&[1; 32]), Random::new(Some(1)).generator());
        let alice = Identity {
            pool_id: "eu-west-1_Pool",
            username: "alice",
        };
        let draft = sealer.new_password(alice, "Passw0rd!", Timestamp(0), &mut rng);
        let kept = draft.finish().await.unwrap();
        assert!(sealer.is_password(alice, &kept, "Passw0rd!"));
        assert!(!sealer.is_password(alice, &kept, "Passw0rd"));
        assert!(!sealer.is_password(
            Identity {
                username: "bob",
                ..alice
            },
            &kept,
            "Passw0rd!"
        ));
        assert!(!sealer.is_password(
            Identity {
                pool_id: "eu-west-1_Other",
                ..alice
            },
            &kept,
            "Passw0rd!"
        ));
        assert!(!Sealer::new(&[2; 32]).is_password(alice, &kept, "Passw0rd!"));
        assert_ne!(kept.salt[0], 0);
    }

    #[tokio::test]
    async fn another_store_knows_a_password_by_its_verifier() {
        let (sealer, mut rng) = (Sealer::new(&[1; 32]), Random::new(Some(1)).generator());
        let alice = Identity {
            pool_id: "eu-west-1_Pool",
            username: "alice",
        };
        let draft = sealer.new_password(alice, "Passw0rd!", Timestamp(0), &mut rng);
        let mut kept = draft.finish().await.unwrap();
        kept.digest = Vec::new();
        let other = Sealer::new(&[2; 32]);
        assert!(kept.is_bare() && other.is_password(alice, &kept, "Passw0rd!"));
        assert!(!other.is_password(alice, &kept, "Passw0rd"));
        let past = Sealer::past(&kept);
        let past = PastPassword {
            salt: past.salt,
            digest: past.digest,
            stored_as: None,
        };
        assert!(other.was_password(alice, &past, "Passw0rd!"));
        assert!(!other.was_password(alice, &past, "Passw0rd"));
        kept.digest = other.digest(alice, &kept.salt, "Passw0rd!");
        assert!(!kept.is_bare() && other.is_password(alice, &kept, "Passw0rd!"));
        kept.digest = other.digest(alice, &kept.salt, "other");
        assert!(!other.is_password(alice, &kept, "Passw0rd!"));
    }
}
