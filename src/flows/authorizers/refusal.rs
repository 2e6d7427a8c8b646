//! Why a caller does not pass, before a gateway has put it into its own words.

use crate::clock::Timestamp;
use crate::error::Error;

/// Which of the gateways' answers it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RefusalKind {
    /// There is no token.
    Missing,
    /// What is there is no token.
    Malformed,
    /// Of another issuer.
    Issuer,
    /// Signed by a key or in a way that does not count.
    Signature,
    Expired,
    /// It begins in the future.
    NotYet,
    Audience,
    /// An access token for an ID token, or the other way round.
    WrongUse,
    Scope,
    /// A claim beside those that every token has.
    Claim,
    /// The authorizer itself cannot work: its pool is gone.
    Configuration,
    /// What the issuer publishes cannot be had.
    Discovery,
    /// Nor its keys.
    Keys,
}

/// Why, with a sentence for a developer, which never repeats a token.
#[derive(Debug)]
pub(super) struct TokenRefusal {
    pub kind: RefusalKind,
    pub reason: String,
}

impl TokenRefusal {
    pub fn new(kind: RefusalKind, reason: impl Into<String>) -> Self {
        Self {
            kind,
            reason: reason.into(),
        }
    }
}

/// A check that ended early: with a refusal, or since something of ours failed.
#[derive(Debug)]
pub(super) enum Stop {
    Refused(TokenRefusal),
    Failed(Error),
}

impl From<TokenRefusal> for Stop {
    fn from(refusal: TokenRefusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// What a step of a check gives.
pub(super) type Checked<T> = Result<T, Stop>;

/// A refusal as the end of a step.
pub(super) fn refuse<T>(kind: RefusalKind, reason: impl Into<String>) -> Checked<T> {
    Err(TokenRefusal::new(kind, reason).into())
}

/// How long ago that was, in words.
pub(super) fn ago(at: i64, now: Timestamp) -> String {
    let seconds = now.seconds().saturating_sub(at);
    let (number, unit) = match seconds {
        ..120 => (seconds, "seconds"),
        120..7_200 => (seconds / 60, "minutes"),
        7_200..172_800 => (seconds / 3_600, "hours"),
        _ => (seconds / 86_400, "days"),
    };
    format!("{number} {unit} ago")
}

/// A list as a sentence names it: `[a, b]`.
pub(super) fn listed(list: &[String]) -> String {
    format!("[{}]", list.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_a_fitting_unit() {
        let now = Timestamp::from_seconds(1_000_000);
        for (seconds, words) in [
            (0, "0 seconds ago"),
            (119, "119 seconds ago"),
            (120, "2 minutes ago"),
            (7_199, "119 minutes ago"),
            (7_200, "2 hours ago"),
            (172_800, "2 days ago"),
        ] {
            assert_eq!(ago(1_000_000 - seconds, now), words);
        }
    }
}
