//! How many requests of a kind there may be per second, by the server's own clock.
//!
//! Each kind has a bucket that holds one second's worth and fills up evenly: while the clock stands
//! still it does not. Not here: which operations are of one kind and what AWS allows
//! (`domain::limits`), who asks (`operations::throttling`).

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use crate::clock::Timestamp;

/// A flag of the command line: `aws`, or one category's rate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ThrottleRule {
    /// AWS's default rates.
    Aws,
    Category {
        name: String,
        rate: u32,
    },
}

impl std::str::FromStr for ThrottleRule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "aws" {
            return Ok(Self::Aws);
        }
        let rule = text.split_once('=').and_then(|(name, rate)| {
            let rate = rate.parse().ok().filter(|rate| *rate > 0)?;
            let name = name.to_owned();
            Some(Self::Category { name, rate })
        });
        rule.ok_or_else(|| {
            "say aws, or a category and its requests per second: UserAuthentication=5".to_owned()
        })
    }
}

/// What is left of each kind's second.
#[derive(Debug, Default)]
pub struct Throttle {
    all: bool,
    rates: BTreeMap<String, u32>,
    buckets: Mutex<HashMap<String, Bucket>>,
}

#[derive(Debug)]
struct Bucket {
    /// In millionths of a request.
    left: u64,
    at: Timestamp,
}

const WHOLE: u64 = 1_000_000;

/// So many buckets at most: pools come and go.
const MOST: usize = 10_000;

impl Throttle {
    pub fn new(rules: &[ThrottleRule]) -> Self {
        let mut throttle = Self::default();
        for rule in rules {
            match rule {
                ThrottleRule::Aws => throttle.all = true,
                ThrottleRule::Category { name, rate } => {
                    throttle.rates.insert(name.clone(), *rate);
                }
            }
        }
        throttle
    }

    pub fn is_on(&self) -> bool {
        self.all || !self.rates.is_empty()
    }

    /// Whether AWS's rates are asked for, and with them those that a pool has for itself.
    pub fn is_as_on_aws(&self) -> bool {
        self.all
    }

    /// The rate of a category whose default on AWS is this; None where it is not limited.
    pub fn rate(&self, category: &str, default: u32) -> Option<u32> {
        let said = self.rates.get(category).copied();
        said.or_else(|| self.all.then_some(default))
    }

    /// Takes one request out of the bucket, unless it is empty.
    pub fn take(&self, kind: &str, rate: u32, now: Timestamp) -> bool {
        let full = u64::from(rate) * WHOLE;
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MOST && !buckets.contains_key(kind) {
            buckets.clear();
        }
        let bucket = buckets.entry(kind.to_owned()).or_insert(Bucket {
            left: full,
            at: now,
        });
        // A clock that was moved back fills nothing and starts anew from there.
        let passed = u64::try_from(now.0.saturating_sub(bucket.at.0)).unwrap_or(0);
        bucket.left = bucket
            .left
            .saturating_add(passed.saturating_mul(u64::from(rate)))
            .min(full);
        bucket.at = now;
        let has_one = bucket.left >= WHOLE;
        if has_one {
            bucket.left -= WHOLE;
        }
        has_one
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_has_a_seconds_worth_and_fills_up_evenly() {
        let throttle = Throttle::new(&[ThrottleRule::Aws]);
        let take = |millis: i64| throttle.take("a", 2, Timestamp(millis * 1_000));
        assert!(take(0) && take(0) && !take(0));
        assert!(!take(499) && take(500) && !take(500));
        assert!(take(10_000) && take(10_000) && !take(10_000));
        // Another kind has its own; the clock may go back.
        assert!(throttle.take("b", 2, Timestamp(0)));
        assert!(!take(9_000) && take(9_500));
    }

    #[test]
    fn rules_are_read_and_the_categorys_own_wins() {
        let rule = |text: &str| text.parse::<ThrottleRule>();
        for wrong in [
            "",
            "all",
            "UserRead",
            "UserRead=",
            "UserRead=0",
            "UserRead=-1",
        ] {
            assert!(rule(wrong).is_err(), "{wrong}");
        }
        let one = Throttle::new(&[rule("UserRead=3").unwrap()]);
        assert_eq!(
            (one.rate("UserRead", 120), one.rate("UserList", 30)),
            (Some(3), None)
        );
        let both = Throttle::new(&[rule("aws").unwrap(), rule("UserRead=3").unwrap()]);
        assert_eq!(
            (both.rate("UserRead", 120), both.rate("UserList", 30)),
            (Some(3), Some(30))
        );
        assert!(one.is_on() && both.is_on() && !Throttle::default().is_on());
    }
}
