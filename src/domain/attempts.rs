//! How many wrong attempts are too many: the lock-out after wrong passwords, and the limit for
//! wrong codes.
//!
//! As documented for the service: n failed sign-ins lock the user out for 2^(n-5) seconds, up to
//! about 15 minutes. Attempts during that time are refused whatever the password is, and do not
//! extend it. A success, or 15 minutes without an attempt, resets the count. Not here: counting
//! them (`flows::attempts`).

use std::time::Duration;

use crate::clock::Timestamp;
use crate::store::Attempts;

/// This many failed sign-ins lock the user out; each further one doubles the time.
const FAILURES_TO_LOCK: i64 = 5;
const LONGEST_LOCK: Duration = Duration::from_secs(900);
/// After this long without an attempt the count begins anew.
const QUIET: Duration = Duration::from_secs(900);

/// How long wrong codes and wrong previous passwords count. Nothing counts longer, so the store may
/// forget it afterwards (`app::App::sweep`).
pub const WINDOW: Duration = Duration::from_secs(3_600);

impl Attempts {
    /// Whether sign-ins are refused now, whatever the password.
    pub fn is_locked_out(&self, now: Timestamp) -> bool {
        self.failed_at.lasts(lock(self.failures), now)
    }

    /// When the lock-out ends, if there is one.
    pub fn locked_until(&self) -> Timestamp {
        self.failed_at.plus(lock(self.failures))
    }

    /// Whether there was no attempt for so long that failed sign-ins no longer count.
    pub fn is_forgiven(&self, now: Timestamp) -> bool {
        !self.is_locked_out(now) && !self.tried_at.lasts(QUIET, now)
    }

    /// Whether an hour has passed since the first wrong attempt, or the attempt is still to come:
    /// tests move the clock back.
    pub fn is_past(&self, now: Timestamp) -> bool {
        !self.begun_at.lasts(WINDOW, now)
    }

    /// The count after one more failure.
    pub fn failed_again(mut self, now: Timestamp) -> Self {
        self.failures += 1;
        self.failed_at = now;
        self.tried_at = now;
        self
    }
}

/// How long the user is locked out after this many failures.
fn lock(failures: i64) -> Duration {
    if failures < FAILURES_TO_LOCK {
        return Duration::ZERO;
    }
    let doublings = u32::try_from(failures - FAILURES_TO_LOCK).unwrap_or(u32::MAX);
    let seconds = 1_u64.checked_shl(doublings).unwrap_or(u64::MAX);
    Duration::from_secs(seconds).min(LONGEST_LOCK)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::AttemptPurpose;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_seconds(second)
    }

    fn failed(failures: i64) -> Attempts {
        Attempts {
            pool_id: String::new(),
            subject: String::new(),
            purpose: AttemptPurpose::SignIn,
            failures,
            begun_at: at(0),
            failed_at: at(0),
            tried_at: at(0),
        }
    }

    #[test]
    fn the_lock_doubles_from_one_second_to_a_quarter_of_an_hour() {
        let seconds = |failures| lock(failures).as_secs();
        assert_eq!([0, 4, 5, 6, 7, 14].map(seconds), [0, 0, 1, 2, 4, 512]);
        assert_eq!([15, 16, 70, i64::MAX].map(seconds), [900; 4]);
        assert!(!failed(4).is_locked_out(at(0)));
        assert!(failed(5).is_locked_out(at(0)) && !failed(5).is_locked_out(at(1)));
    }

    #[test]
    fn only_quiet_begins_anew() {
        let mut attempts = failed(6);
        assert!(!attempts.is_forgiven(at(899)) && attempts.is_forgiven(at(900)));
        attempts.tried_at = at(100);
        assert!(!attempts.is_forgiven(at(999)) && attempts.is_forgiven(at(1_000)));
    }

    #[test]
    fn what_is_still_to_come_locks_nobody_out_and_does_not_count() {
        for failures in [1, 4, 5, 70] {
            let attempts = failed(failures);
            assert!(!attempts.is_locked_out(at(-1)), "{failures}");
            assert!(attempts.is_forgiven(at(-1)) && attempts.is_past(at(-1)));
        }
        assert!(!failed(4).is_past(at(0)));
    }
}
