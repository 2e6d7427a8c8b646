//! The one place that takes entropy from the machine, or, with `--seed`, from a number.
//!
//! Each request gets its own generator (`ctx.draw(…)`), so that nothing else knows where randomness
//! comes from. Not here: what an id looks like (`ids.rs`). Next: `clock.rs`, its twin for time.

use std::sync::atomic::{AtomicU64, Ordering};

use rand::SeedableRng;
use rand::rngs::ChaCha20Rng;

/// The generator of one request. Cryptographically strong in both modes; predictable only with
/// `--seed`.
pub type RequestRng = ChaCha20Rng;

/// Where generators come from.
#[derive(Debug)]
pub struct Random {
    seed: Option<u64>,
    requests: AtomicU64,
}

impl Random {
    /// From the operating system, or from `seed`: then the n-th request draws the same numbers in
    /// every run.
    pub fn new(seed: Option<u64>) -> Self {
        Self {
            seed,
            requests: AtomicU64::new(0),
        }
    }

    pub fn seed(&self) -> Option<u64> {
        self.seed
    }

    /// A fresh generator, independent of all others.
    ///
    /// # Panics
    /// When the operating system has no entropy to give: nothing secure can be done then.
    pub fn generator(&self) -> RequestRng {
        match self.seed {
            Some(seed) => {
                let mut rng = ChaCha20Rng::seed_from_u64(seed);
                // Streams of one ChaCha key never overlap.
                rng.set_stream(self.requests.fetch_add(1, Ordering::Relaxed) + 1);
                rng
            }
            None => {
                let mut key = [0; 32];
                fill(&mut key).expect("the operating system gives entropy");
                ChaCha20Rng::from_seed(key)
            }
        }
    }
}

/// Entropy by the system call itself. Not rand's SysRng: in a static binary it finds none and asks
/// for /dev/urandom, which an empty root has not. Not aws-lc's generator: it measures the
/// processor's jitter first, for some 60 ms at every start.
#[cfg(target_os = "linux")]
fn fill(key: &mut [u8]) -> anyhow::Result<()> {
    use rustix::rand::{GetRandomFlags, getrandom};

    // Linux gives up to 256 bytes whole, so one call is enough.
    let filled = getrandom(&mut *key, GetRandomFlags::empty())?;
    anyhow::ensure!(filled == key.len(), "only {filled} bytes of entropy");
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn fill(key: &mut [u8]) -> anyhow::Result<()> {
    Ok(aws_lc_rs::rand::fill(key)?)
}

#[cfg(test)]
mod tests {
    use rand::Rng;

    use super::*;

    #[test]
    fn the_same_seed_draws_the_same_numbers_in_every_run_but_not_in_every_request() {
        let (one, two) = (Random::new(Some(7)), Random::new(Some(7)));
        let first = one.generator().next_u64();
        assert_eq!(first, two.generator().next_u64());
        assert_ne!(first, one.generator().next_u64());
    }

    #[test]
    fn without_a_seed_nothing_repeats() {
        let random = Random::new(None);
        assert_ne!(random.generator().next_u64(), random.generator().next_u64());
    }
}
