//! The workers of one handler file: one is kept warm, more start while several events are under
//! way, since each answers one at a time, as on Lambda. A worker that does not answer in time is
//! killed and harms no other; all are replaced when the code changes.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::sync::Semaphore;

use super::call::{Call, Missed};
use super::targets::{Handler, Runtime};
use super::watch::Watch;
use super::worker::{Environment, Worker};

/// The most that work at a time; who comes later waits.
const MOST: usize = 16;

/// How long a worker beyond the first waits for work.
const SPARE_TIME: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(super) struct Workers {
    file: PathBuf,
    runtime: Runtime,
    environment: Environment,
    places: Semaphore,
    state: Mutex<WorkersState>,
}

#[derive(Debug)]
struct WorkersState {
    /// Who waits for work, the longest first.
    idle: Vec<Worker>,
    watch: Watch,
    /// Counts the changes of the code: workers of an older one get no more work.
    edition: u64,
    stopped: bool,
}

impl Workers {
    pub fn new(handler: &Handler, runtime: Runtime, endpoint: &str, region: &str) -> Self {
        let file = &handler.file;
        let own = handler.environment.iter();
        let own = own.map(|(name, value)| (name.clone(), value.clone()));
        Self {
            // What Lambda itself sets is the stronger, as there.
            environment: own.chain(environment(file, endpoint, region)).collect(),
            state: Mutex::new(WorkersState {
                idle: Vec::new(),
                watch: Watch::new(file),
                edition: 0,
                stopped: false,
            }),
            places: Semaphore::new(MOST),
            file: file.to_owned(),
            runtime,
        }
    }

    /// Starts the first worker.
    pub async fn warm_up(&self) {
        let edition = self.state().edition;
        match self.start().await {
            Ok(worker) => self.give_back(worker, edition),
            Err(missed) => tracing::error!(
                "{} cannot be used: {} ({})",
                self.file.display(),
                missed.failure,
                missed.detail.as_deref().unwrap_or_default()
            ),
        }
    }

    /// Ends the workers that wait for work, now and later.
    pub fn stop(&self) {
        let idle = {
            let mut state = self.state();
            state.stopped = true;
            std::mem::take(&mut state.idle)
        };
        drop(idle);
    }

    /// The limit is for waiting until a worker is free and for what it says. A worker that is to be
    /// started first has its own time for it, within the invocation's (`Functions::invoke`).
    pub async fn invoke(
        &self,
        export: Option<&str>,
        call: &Call<'_>,
        limit: Duration,
    ) -> Result<Value, Missed> {
        let asked = Instant::now();
        let place = tokio::time::timeout(limit, self.places.acquire()).await;
        let Ok(Ok(_place)) = place else {
            return Err(Missed::timed_out());
        };
        let left = limit.saturating_sub(asked.elapsed());
        let (worker, edition) = self.take();
        let mut worker = match worker {
            Some(worker) => worker,
            None => self.start().await?,
        };
        // Whatever ends this early, the limit or a client that went away, drops the worker and with
        // it the process.
        match tokio::time::timeout(left, worker.invoke(export, call, left)).await {
            Ok(Ok(answer)) => {
                self.give_back(worker, edition);
                answer
            }
            Ok(Err(missed)) => Err(missed),
            Err(_elapsed) => Err(Missed::timed_out()),
        }
    }

    async fn start(&self) -> Result<Worker, Missed> {
        Worker::start(&self.file, self.runtime, &self.environment).await
    }

    /// The worker that was used last and the edition of the code that is to be run.
    fn take(&self) -> (Option<Worker>, u64) {
        let mut ended = Vec::new();
        let mut state = self.state();
        if state.watch.has_changed() {
            tracing::info!("{} has changed and is loaded again", self.file.display());
            state.edition += 1;
            ended.append(&mut state.idle);
        }
        let mut taken = None;
        while let Some(mut worker) = state.idle.pop() {
            if worker.lives() {
                taken = Some(worker);
                break;
            }
        }
        // Whoever waited long was needed for a crowd that has gone.
        let spare = state
            .idle
            .iter()
            .take_while(|worker| worker.used.elapsed() > SPARE_TIME);
        let spare = spare.count();
        ended.extend(state.idle.drain(..spare));
        let edition = state.edition;
        drop(state);
        drop(ended);
        (taken, edition)
    }

    fn give_back(&self, mut worker: Worker, edition: u64) {
        worker.used = Instant::now();
        let mut state = self.state();
        if state.edition == edition && !state.stopped {
            state.idle.push(worker);
            return;
        }
        drop(state);
        drop(worker);
    }

    fn state(&self) -> MutexGuard<'_, WorkersState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a function finds in its environment on Lambda, and where the AWS SDKs find this server: a
/// handler that calls back does so unchanged. What the operator has set stays.
fn environment(file: &Path, endpoint: &str, region: &str) -> Environment {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let mut environment = vec![
        ("_HANDLER", format!("{stem}.handler")),
        ("AWS_LAMBDA_FUNCTION_NAME", stem.clone().into_owned()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128".to_owned()),
        ("AWS_REGION", region.to_owned()),
        ("AWS_DEFAULT_REGION", region.to_owned()),
    ];
    for name in [
        "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER",
        "AWS_ENDPOINT_URL_COGNITO_IDENTITY",
        "AWS_ENDPOINT_URL_KMS",
    ] {
        environment.push((name, endpoint.to_owned()));
    }
    if !has_credentials() {
        // Any will do here, but the SDKs send nothing without.
        environment.push(("AWS_ACCESS_KEY_ID", "test".to_owned()));
        environment.push(("AWS_SECRET_ACCESS_KEY", "test".to_owned()));
    }
    environment
        .into_iter()
        .filter(|(name, value)| !value.is_empty() && std::env::var_os(name).is_none())
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// Whether the SDKs find credentials where they usually look.
fn has_credentials() -> bool {
    const NAMED: [&str; 4] = [
        "AWS_ACCESS_KEY_ID",
        "AWS_PROFILE",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
    ];
    const FILES: [(&str, &str); 2] = [
        ("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials"),
        ("AWS_CONFIG_FILE", ".aws/config"),
    ];
    let home = std::env::home_dir().unwrap_or_default();
    NAMED.iter().any(|name| std::env::var_os(name).is_some())
        || FILES.iter().any(|(variable, usual)| {
            let named = std::env::var_os(variable).map(PathBuf::from);
            named.unwrap_or_else(|| home.join(usual)).is_file()
        })
}
