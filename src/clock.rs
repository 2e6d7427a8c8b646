//! The one place that asks the machine what time it is, and how a test moves that time.
//!
//! Everything else gets the time as a value: `ctx.now` is read once per request at the door. Not
//! here: how long a thing lasts (that is the rule's own business, in `domain` and `flows`). Next:
//! `random.rs`, its twin for entropy.

use std::sync::Mutex;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;
use time::format_description::StaticFormatDescription;
use time::format_description::well_known::Rfc3339;

pub use crate::wire::Timestamp;

impl Timestamp {
    /// Whole seconds since the epoch: what JWT claims carry (RFC 7519 NumericDate).
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// From whole seconds since the epoch.
    pub fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000_000))
    }

    /// This instant and `duration` later.
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(micros(duration)))
    }

    /// This instant and `duration` earlier.
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(micros(duration)))
    }

    /// Whether `now` lies in the time that begins at this instant and lasts so long. An instant in
    /// the future, of before a test moved the clock back, has begun nothing yet.
    pub fn lasts(self, duration: Duration, now: Self) -> bool {
        self <= now && now < self.plus(duration)
    }

    /// RFC 3339 in UTC, as `/_mocknito/` prints instants.
    pub fn rfc3339(self) -> String {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000)
            .ok()
            .and_then(|instant| instant.format(&Rfc3339).ok())
            .unwrap_or_else(|| self.0.to_string())
    }

    /// In UTC, as this form has it; `None` for an instant of a year that has no four digits.
    pub fn written(self, form: StaticFormatDescription) -> Option<String> {
        let instant = OffsetDateTime::from_unix_timestamp(self.seconds()).ok()?;
        instant.format(form).ok()
    }

    /// From RFC 3339 text; `None` when it is none.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        let instant = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        i64::try_from(instant.unix_timestamp_nanos() / 1_000)
            .ok()
            .map(Self)
    }
}

/// A step of a test's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockStep {
    On(Duration),
    Back(Duration),
}

impl ClockStep {
    /// Reads `1h` and `-1h`.
    pub fn parse(text: &str) -> Option<Self> {
        match text.strip_prefix('-') {
            Some(back) => parse_duration(back).map(Self::Back),
            None => parse_duration(text).map(Self::On),
        }
    }

    /// Where it leads from there.
    pub fn from(self, start: Timestamp) -> Timestamp {
        match self {
            Self::On(by) => start.plus(by),
            Self::Back(by) => start.minus(by),
        }
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

/// The server's time: the machine's, shifted or stopped by a test through `POST /_mocknito/clock`.
#[derive(Debug)]
pub struct Clock {
    state: Mutex<ClockState>,
}

#[derive(Debug, Clone, Copy)]
enum ClockState {
    Running { offset_micros: i64 },
    Frozen { at: Timestamp },
}

/// What `GET /_mocknito/clock` tells.
#[derive(Debug, Clone, Copy)]
pub struct ClockReading {
    pub now: Timestamp,
    /// How far ahead of the machine's own time, in microseconds; negative when behind.
    pub offset_micros: i64,
    pub frozen: bool,
}

impl Clock {
    /// The machine's own time.
    pub fn system() -> Self {
        Self {
            state: Mutex::new(ClockState::Running { offset_micros: 0 }),
        }
    }

    /// A clock that stands still until it is moved.
    pub fn frozen_at(at: Timestamp) -> Self {
        Self {
            state: Mutex::new(ClockState::Frozen { at }),
        }
    }

    /// What the machine's clock shows, whatever a test made of ours: for what other machines
    /// check by theirs.
    pub fn machine_now() -> Timestamp {
        machine_time()
    }

    pub fn now(&self) -> Timestamp {
        self.read().now
    }

    pub fn read(&self) -> ClockReading {
        self.change(|_, _| {})
    }

    /// Moves the time on or back; a frozen clock stays frozen.
    pub fn advance(&self, step: ClockStep) -> ClockReading {
        self.change(|state, _| match state {
            ClockState::Running { offset_micros } => {
                *offset_micros = step.from(Timestamp(*offset_micros)).0;
            }
            ClockState::Frozen { at } => *at = step.from(*at),
        })
    }

    /// Makes it `now`; a frozen clock stays frozen.
    pub fn set(&self, now: Timestamp) -> ClockReading {
        self.change(|state, machine| match state {
            ClockState::Running { offset_micros } => {
                *offset_micros = now.0.saturating_sub(machine.0)
            }
            ClockState::Frozen { at } => *at = now,
        })
    }

    /// Stops the time where it is, or lets it run on from there.
    pub fn freeze(&self, frozen: bool) -> ClockReading {
        self.change(|state, machine| {
            let now = state.at(machine);
            *state = if frozen {
                ClockState::Frozen { at: now }
            } else {
                ClockState::Running {
                    offset_micros: now.0.saturating_sub(machine.0),
                }
            };
        })
    }

    /// Back to the machine's own time.
    pub fn reset(&self) -> ClockReading {
        self.change(|state, _| *state = ClockState::Running { offset_micros: 0 })
    }

    fn change(&self, how: impl FnOnce(&mut ClockState, Timestamp)) -> ClockReading {
        let machine = machine_time();
        let mut state = self
            .state
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        how(&mut state, machine);
        let now = state.at(machine);
        ClockReading {
            now,
            offset_micros: now.0.saturating_sub(machine.0),
            frozen: matches!(*state, ClockState::Frozen { .. }),
        }
    }
}

impl ClockState {
    fn at(self, machine: Timestamp) -> Timestamp {
        match self {
            Self::Running { offset_micros } => Timestamp(machine.0.saturating_add(offset_micros)),
            Self::Frozen { at } => at,
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the machine's clock"
)]
fn machine_time() -> Timestamp {
    let since_epoch = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp(micros(since_epoch))
}

/// Reads `90s`, `15m`, `1h`, `30d` (and `250ms`): how durations are written in flags and
/// under `/_mocknito/`.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().ok()?;
    let seconds = |per_unit: u64| number.checked_mul(per_unit).map(Duration::from_secs);
    match unit {
        "ms" => Some(Duration::from_millis(number)),
        "s" => seconds(1),
        "m" => seconds(60),
        "h" => seconds(3_600),
        "d" => seconds(86_400),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frozen_clock_moves_only_when_told() {
        let clock = Clock::frozen_at(Timestamp::from_seconds(1_000));
        assert_eq!(clock.now().seconds(), 1_000);
        let step = |text| clock.advance(ClockStep::parse(text).unwrap());
        assert_eq!(step("90s").now.seconds(), 1_090);
        assert_eq!(step("-1m").now.seconds(), 1_030);
        assert!(clock.read().frozen);
        assert_eq!(clock.set(Timestamp::from_seconds(5)).now.seconds(), 5);
    }

    #[test]
    fn a_running_clock_keeps_its_offset_and_forgets_it_on_reset() {
        let clock = Clock::system();
        let ahead = clock.advance(ClockStep::On(Duration::from_secs(3_600)));
        assert_eq!(ahead.offset_micros, 3_600_000_000);
        assert_eq!(clock.reset().offset_micros, 0);
    }

    #[test]
    fn durations_are_a_number_and_a_unit() {
        assert_eq!(parse_duration("90s"), Some(Duration::from_secs(90)));
        assert_eq!(
            parse_duration("30d"),
            Some(Duration::from_secs(30 * 86_400))
        );
        for wrong in ["", "90", "s", "1w", "-1s", "1.5h", "99999999999999999999d"] {
            assert_eq!(parse_duration(wrong), None, "{wrong}");
        }
        for wrong in ["-", "--1s", "+1s", "-1.5h", "- 1h"] {
            assert_eq!(ClockStep::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_begins_in_the_future_does_not_last_yet() {
        let (at, hour) = (Timestamp::from_seconds, Duration::from_secs(3_600));
        assert!(at(100).lasts(hour, at(100)) && at(100).lasts(hour, at(3_699)));
        assert!(!at(100).lasts(hour, at(99)) && !at(100).lasts(hour, at(3_700)));
        assert!(!at(100).lasts(Duration::ZERO, at(100)));
    }
}
