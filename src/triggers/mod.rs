//! How a pool's functions are reached: an event goes out to a Lambda endpoint, a URL or a handler
//! file, and an answer or a failure comes back.
//!
//! Chosen per function by its ARN (`targets.rs`), with the service's time limit and retries, each
//! invocation noted for people to read (`journal.rs`). Not here: which function is called when,
//! what events and answers mean (`flows::triggers`). Next: `endpoint.rs` for what is reached by
//! HTTP, `workers.rs` for handler files, `message.rs` for the codes that custom senders decrypt.

mod endpoint;
mod handlers;
pub mod journal;
mod message;
mod targets;
#[cfg(unix)]
mod watch;
#[cfg(unix)]
mod worker;
#[cfg(unix)]
mod workers;

use std::fmt;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::clock::Timestamp;
use crate::store::held;
use endpoint::Endpoints;
use handlers::Handlers;
use journal::{Invocation, Journal};
pub use message::encrypt_code;
pub use targets::{Rule, function_name};
use targets::{Target, Targets};

/// How long a function may take. Cognito's limit, whatever the function's own is.
const TIME_LIMIT: Duration = Duration::from_secs(5);

/// How often a function is called that does not answer in time or is throttled.
const ATTEMPTS: u32 = 3;

/// Functions that are called once: nobody waits for what they say.
const NEVER_AGAIN: [&str; 2] = ["CustomEmailSender", "CustomSMSSender"];

/// The longest answer, as on Lambda.
const LONGEST_ANSWER: usize = 6 * 1_024 * 1_024 + 100;

/// What Lambda says of a longer one.
fn answer_too_long() -> String {
    format!("Response payload size exceeded maximum allowed payload size ({LONGEST_ANSWER} bytes).")
}

/// One call of a function.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// The member of `LambdaConfig`: `PreSignUp`, `CustomEmailSender`, …
    pub trigger: &'static str,
    /// The ARN that the pool has for it.
    pub function: &'a str,
    /// The event's version: `1`, `2` or `3`.
    pub version: &'a str,
    pub pool_id: &'a str,
    pub request_id: &'a str,
    /// When, for the journal: the server's time. Limits go by the machine's own.
    pub now: Timestamp,
    pub event: &'a Value,
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
                "nothing says where this function is: --trigger NAME=TARGET, or --lambda-endpoint URL for all",
            ),
        }
    }
}

impl Failure {
    /// What the journal and the log call it.
    fn kind(&self) -> &'static str {
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
struct Missed {
    failure: Failure,
    /// Whether another attempt may succeed.
    again: bool,
    /// What a person should know beyond the failure itself.
    detail: Option<String>,
}

impl Missed {
    fn for_good(failure: Failure) -> Self {
        Self {
            failure,
            again: false,
            detail: None,
        }
    }

    fn raised(message: impl Into<String>) -> Self {
        Self::for_good(Failure::Raised {
            message: message.into(),
        })
    }

    fn timed_out() -> Self {
        Self {
            again: true,
            ..Self::for_good(Failure::TimedOut)
        }
    }

    fn not_reachable(why: &str, detail: impl fmt::Display) -> Self {
        Self {
            detail: Some(detail.to_string()),
            ..Self::for_good(Failure::NotReachable {
                why: why.to_owned(),
            })
        }
    }
}

/// What the operator says of functions.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Where single functions are; of two for the same one the later counts.
    pub rules: Vec<Rule>,
    /// The Lambda endpoint where all others are.
    pub lambda_endpoint: Option<String>,
    /// Where this server is reached from this machine, for handlers that call back.
    pub own_endpoint: String,
    /// The Region that handlers find in their environment.
    pub region: String,
    pub time_limit: Duration,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            rules: Vec::new(),
            lambda_endpoint: None,
            own_endpoint: String::new(),
            region: String::new(),
            time_limit: TIME_LIMIT,
        }
    }
}

/// Everybody's functions.
#[derive(Debug)]
pub struct Functions {
    targets: Targets,
    endpoints: Endpoints,
    handlers: Handlers,
    pub journal: Journal,
    time_limit: Duration,
}

impl Default for Functions {
    fn default() -> Self {
        Self {
            targets: Targets::default(),
            endpoints: Endpoints::new(None),
            handlers: Handlers::default(),
            journal: Journal::default(),
            time_limit: TIME_LIMIT,
        }
    }
}

impl Functions {
    /// Checks that handler files and what runs them are there. Workers start with the first call,
    /// or with [`Functions::warm_up`].
    pub fn new(setup: Setup) -> anyhow::Result<Self> {
        let targets = Targets::new(setup.rules);
        let handlers = Handlers::new(targets.handlers(), &setup.own_endpoint, &setup.region)?;
        Ok(Self {
            targets,
            endpoints: Endpoints::new(setup.lambda_endpoint),
            handlers,
            journal: Journal::default(),
            time_limit: setup.time_limit,
        })
    }

    /// Whether anything says where a function is.
    pub fn has_any(&self) -> bool {
        !self.targets.is_empty() || self.endpoints.has_lambda()
    }

    /// Starts a worker for each handler file, so that the first call finds it warm. Returns at
    /// once; what fails is in the log.
    pub fn warm_up(&self) {
        self.handlers.warm_up();
    }

    /// Ends all workers that wait for work.
    pub fn stop(&self) {
        self.handlers.stop();
    }

    /// Calls a function and waits for what it says. No transaction may be open: the function may
    /// call back.
    pub async fn invoke(&self, call: Call<'_>) -> Result<Value, Failure> {
        held::assert_none("a function is called");
        let started = Instant::now();
        let target = self.targets.find(&call);
        let most = if NEVER_AGAIN.contains(&call.trigger) {
            1
        } else {
            ATTEMPTS
        };
        let mut attempts = 0;
        let outcome = loop {
            attempts += 1;
            match self.attempt(target, &call).await {
                Err(missed) if missed.again && attempts < most => {
                    tracing::debug!(
                        function = call.function,
                        failure = missed.failure.kind(),
                        "the function is called again"
                    );
                }
                outcome => break outcome,
            }
        };
        let invocation = Invocation {
            target: self.shown(target),
            attempts,
            duration: started.elapsed(),
            call: &call,
            outcome: &outcome,
        };
        invocation.log();
        self.journal.note(&invocation);
        outcome.map_err(|missed| missed.failure)
    }

    async fn attempt(&self, target: Option<&Target>, call: &Call<'_>) -> Result<Value, Missed> {
        match target {
            Some(Target::File(handler)) => {
                self.handlers.invoke(handler, call, self.time_limit).await
            }
            Some(Target::Url(url)) => self.endpoints.post(url, call, self.time_limit).await,
            None if self.endpoints.has_lambda() => {
                self.endpoints.invoke(call, self.time_limit).await
            }
            None => Err(Missed::for_good(Failure::NotMapped)),
        }
    }

    /// Where it went, for people.
    fn shown(&self, target: Option<&Target>) -> String {
        match target {
            Some(target) => target.to_string(),
            None => self.endpoints.lambda().unwrap_or_default().to_owned(),
        }
    }
}
