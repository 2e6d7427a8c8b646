//! One call of a function, and what may become of it.
//!
//! Not here: how the function is reached (`endpoint.rs`, `workers.rs`), what its event says
//! (`flows::triggers`).

use std::fmt;
use std::time::Duration;

use serde_json::Value;

use crate::clock::Timestamp;

/// The longest answer, as on Lambda.
pub const LONGEST_ANSWER: usize = 6 * 1_024 * 1_024 + 100;

/// What Lambda says of a longer one.
pub fn answer_too_long() -> String {
    format!("Response payload size exceeded maximum allowed payload size ({LONGEST_ANSWER} bytes).")
}

/// One call of a function.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    pub invoker: Invoker<'a>,
    /// The ARN that the invoker has for it.
    pub function: &'a str,
    /// The event's version: `1`, `2` or `3` of a pool's, `1.0` or `2.0` of an API's.
    pub version: &'a str,
    pub request_id: &'a str,
    /// When, for the journal: the server's time. Limits go by the machine's own.
    pub now: Timestamp,
    pub event: &'a Value,
}

/// Who calls a function.
#[derive(Debug, Clone, Copy)]
pub enum Invoker<'a> {
    Pool {
        pool_id: &'a str,
        /// The member of `LambdaConfig`: `PreSignUp`, `CustomEmailSender`, …
        trigger: &'static str,
    },
    /// A route of an API, which waits for an answer for so long and calls once.
    Api {
        api: &'a str,
        route: &'a str,
        time_limit: Duration,
    },
}

impl<'a> Invoker<'a> {
    /// The pool, and the moment of it.
    pub(super) fn moment(self) -> Option<(&'a str, &'static str)> {
        match self {
            Self::Pool { pool_id, trigger } => Some((pool_id, trigger)),
            Self::Api { .. } => None,
        }
    }

    /// The API, and the route of it.
    pub(super) fn api_route(self) -> Option<(&'a str, &'a str)> {
        match self {
            Self::Pool { .. } => None,
            Self::Api { api, route, .. } => Some((api, route)),
        }
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The function ran and refused, or failed: its `errorMessage`.
    Raised { message: String },
    /// It took longer than it may, as often as it was tried.
    TimedOut,
    /// It could not be run. `why` is the exception's name as in AWS's own sentences:
    /// `ResourceNotFoundException`, `TooManyRequestsException`, or `ServiceException` where nothing
    /// answers; the log and the journal say more.
    NotReachable { why: String },
    /// What it answered is no JSON.
    NotJson,
    /// The operator has not said where this function is.
    NotMapped,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Raised { message } => f.write_str(message),
            Self::TimedOut => f.write_str("it did not answer in time"),
            Self::NotReachable { why } => f.write_str(why),
            Self::NotJson => f.write_str("the answer is not JSON"),
            Self::NotMapped => f.write_str(
                "nothing says where this function is: --trigger NAME=TARGET, or \
                 --lambda-endpoint URL for all",
            ),
        }
    }
}

impl Failure {
    /// What the journal and the log call it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Raised { .. } => "raised",
            Self::TimedOut => "timed_out",
            Self::NotReachable { .. } => "not_reachable",
            Self::NotJson => "not_json",
            Self::NotMapped => "not_mapped",
        }
    }
}

/// One attempt's failure.
#[derive(Debug)]
pub struct Missed {
    pub failure: Failure,
    /// Whether another attempt may succeed.
    pub again: bool,
    /// What a person should know beyond the failure itself.
    pub detail: Option<String>,
}

impl Missed {
    pub fn for_good(failure: Failure) -> Self {
        Self {
            failure,
            again: false,
            detail: None,
        }
    }

    pub fn raised(message: impl Into<String>) -> Self {
        Self::for_good(Failure::Raised {
            message: message.into(),
        })
    }

    pub fn timed_out() -> Self {
        Self {
            again: true,
            ..Self::for_good(Failure::TimedOut)
        }
    }

    pub fn not_reachable(why: &str, detail: impl fmt::Display) -> Self {
        Self {
            detail: Some(detail.to_string()),
            ..Self::for_good(Failure::NotReachable {
                why: why.to_owned(),
            })
        }
    }
}
