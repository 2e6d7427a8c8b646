//! How the functions of pools and APIs are reached: an event goes out to a Lambda endpoint, a URL or
//! a handler file, and an answer or a failure comes back.
//!
//! Chosen per function by its ARN (`targets.rs`), with the service's time limit and retries, each
//! invocation noted for people to read (`journal.rs`). Not here: which function is called when,
//! what events and answers mean (`flows::triggers`, `http::gateway`). Next: `endpoint.rs` for what
//! is reached by HTTP, `workers.rs` for handler files, `message.rs` for the codes that custom
//! senders decrypt.

mod call;
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

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::store::held;
use call::Missed;
pub use call::{Call, Failure, Invoker};
use endpoint::FunctionEndpoints;
use handlers::Handlers;
use journal::{FunctionJournal, Invocation};
pub use message::encrypt_code;
use targets::{Target, Targets};
pub use targets::{TargetRule, function_name};

/// How long a function may take. Cognito's limit, whatever the function's own is.
const TIME_LIMIT: Duration = Duration::from_secs(5);

/// How often a function is called that does not answer in time or is throttled.
const ATTEMPTS: u32 = 3;

/// Functions that are called once: nobody waits for what they say.
const NEVER_AGAIN: [&str; 2] = ["CustomEmailSender", "CustomSMSSender"];

/// What the operator says of functions.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Where single functions are; of two for the same one the later counts.
    pub rules: Vec<TargetRule>,
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
    endpoints: FunctionEndpoints,
    handlers: Handlers,
    pub journal: FunctionJournal,
    time_limit: Duration,
}

impl Default for Functions {
    fn default() -> Self {
        Self {
            targets: Targets::default(),
            endpoints: FunctionEndpoints::new(None),
            handlers: Handlers::default(),
            journal: FunctionJournal::default(),
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
            endpoints: FunctionEndpoints::new(setup.lambda_endpoint),
            handlers,
            journal: FunctionJournal::default(),
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
        // However many wait for the same handler: nobody waits for longer than all attempts may
        // take.
        let (most, limit, all) = match call.invoker {
            Invoker::Pool { trigger, .. } => {
                let is_once = NEVER_AGAIN.contains(&trigger);
                let most = if is_once { 1 } else { ATTEMPTS };
                (most, self.time_limit, self.time_limit * ATTEMPTS)
            }
            Invoker::Api { time_limit, .. } => (1, time_limit, time_limit),
        };
        let mut attempts = 0;
        let all = tokio::time::timeout(all, async {
            loop {
                attempts += 1;
                match self.attempt(target, &call, limit).await {
                    Err(missed) if missed.again && attempts < most => {
                        tracing::debug!(
                            function = call.function,
                            failure = missed.failure.kind(),
                            "the function is called again"
                        );
                    }
                    outcome => break outcome,
                }
            }
        });
        let outcome = all
            .await
            .unwrap_or_else(|_elapsed| Err(Missed::timed_out()));
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

    async fn attempt(
        &self,
        target: Option<&Target>,
        call: &Call<'_>,
        limit: Duration,
    ) -> Result<Value, Missed> {
        match target {
            Some(Target::File(handler)) => self.handlers.invoke(handler, call, limit).await,
            Some(Target::Url(url)) => self.endpoints.post(url, call, limit).await,
            None if self.endpoints.has_lambda() => self.endpoints.invoke(call, limit).await,
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
