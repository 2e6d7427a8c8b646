//! One worker: a process of `node` or `python3` that has loaded a handler file and answers one
//! event at a time, as a function's sandbox does on Lambda.
//!
//! Its standard input is a socket, in both directions: a line of JSON goes in, a line comes out,
//! and when it closes the worker ends, however the server went. Standard output and error are the
//! handler's own and go to the log. It leads a process group, which is killed with it.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream as Socket;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::pipe;

use super::call::{Call, Failure, LONGEST_ANSWER, Missed, answer_too_long};
use super::targets::{Runtime, function_name};
use crate::boxed::spawn;

const NODE: &str = include_str!("bootstrap/node.mjs");
const PYTHON: &str = include_str!("bootstrap/python.py");

/// How long a file may take to load. Lambda gives ten seconds, but a machine that builds and tests
/// beside this one starts slowly.
const START_LIMIT: Duration = Duration::from_secs(30);

/// The longest line of a handler's output that reaches the log whole.
const LONGEST_LINE: u64 = 8 << 10;

/// What a worker's line may be longer than the answer in it.
const AROUND_AN_ANSWER: usize = 1 << 10;

/// A running worker. Dropped, it is killed.
#[derive(Debug)]
pub(super) struct Worker {
    child: Option<Child>,
    channel: BufReader<UnixStream>,
    /// When it last did something.
    pub used: Instant,
}

/// A worker's line.
#[derive(Deserialize)]
struct WorkerLine {
    #[serde(default)]
    result: Value,
    error: Option<Raised>,
}

/// What a runtime makes of an exception.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Raised {
    #[serde(rename = "errorMessage")]
    pub message: String,
    #[serde(rename = "errorType")]
    pub kind: String,
}

/// What a worker finds in its environment beside the server's own.
pub(super) type Environment = Vec<(String, String)>;

impl Worker {
    /// Starts one and waits until it has loaded the file.
    pub async fn start(
        file: &Path,
        runtime: Runtime,
        environment: &Environment,
    ) -> Result<Self, Missed> {
        let failed = |error: io::Error| Missed::not_reachable("ServiceException", error);
        let mut worker = Self::spawn(file, runtime, environment).map_err(failed)?;
        let load = json!({ "file": file }).to_string();
        let loaded = worker.exchange(&load);
        match tokio::time::timeout(START_LIMIT, loaded).await {
            Ok(Ok(_loaded)) => Ok(worker),
            Ok(Err(WorkerFailure::Raised(raised))) => Err(Missed {
                detail: Some(format!(
                    "{} could not be loaded ({})",
                    file.display(),
                    raised.kind
                )),
                ..Missed::raised(raised.message)
            }),
            Ok(Err(broken)) => Err(worker.died(broken, "")),
            Err(_elapsed) => Err(Missed {
                detail: Some(format!(
                    "{} did not load within {START_LIMIT:?}",
                    file.display()
                )),
                ..Missed::for_good(Failure::TimedOut)
            }),
        }
    }

    fn spawn(file: &Path, runtime: Runtime, environment: &Environment) -> io::Result<Self> {
        let (ours, theirs) = Socket::pair()?;
        let (output, sink) = io::pipe()?;
        let folder = match file.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let mut command = match runtime {
            Runtime::Node | Runtime::NodeTypes => {
                let mut command = Command::new("node");
                command.args(["--input-type=module", "--eval", NODE]);
                command
            }
            Runtime::Python => {
                let mut command = Command::new("python3");
                command.args(["-u", "-B", "-c", PYTHON]);
                command
            }
        };
        let child = command
            .current_dir(folder)
            .env("LAMBDA_TASK_ROOT", folder)
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(sink.try_clone()?)
            .stderr(sink)
            .process_group(0)
            .spawn()?;
        // From here on dropping the worker ends the process.
        let mut worker = Self {
            child: Some(child),
            channel: BufReader::new({
                ours.set_nonblocking(true)?;
                UnixStream::from_std(ours)?
            }),
            used: Instant::now(),
        };
        let name = file.file_name().unwrap_or_default();
        let output = pipe::Receiver::from_owned_fd(output.into());
        match output {
            Ok(output) => {
                spawn(log(name.to_string_lossy().into_owned(), output));
            }
            Err(error) => {
                worker.kill();
                return Err(error);
            }
        }
        Ok(worker)
    }

    /// Whether the process still lives.
    pub fn lives(&mut self) -> bool {
        let child = self.child.as_mut();
        child.is_some_and(|child| matches!(child.try_wait(), Ok(None)))
    }

    /// Has the worker answer an event. After a failure other than the handler's own it is of no
    /// more use.
    pub async fn invoke(
        &mut self,
        export: Option<&str>,
        call: &Call<'_>,
        limit: Duration,
    ) -> Result<Result<Value, Missed>, Missed> {
        let (name, qualifier) = function_name(call.function).unwrap_or((call.function, None));
        let request = json!({
            "export": export,
            "event": call.event,
            "context": {
                "functionName": name,
                "functionVersion": qualifier.unwrap_or("$LATEST"),
                "invokedFunctionArn": call.function,
                "awsRequestId": call.request_id,
                "limitMs": limit.as_millis() as u64,
            },
        });
        let answer = self.exchange(&request.to_string()).await;
        self.used = Instant::now();
        match answer {
            Ok(answer) => Ok(Ok(answer)),
            Err(WorkerFailure::Raised(raised)) => Ok(Err(Missed::raised(raised.message))),
            Err(broken) => Err(self.died(broken, call.request_id)),
        }
    }

    async fn exchange(&mut self, line: &str) -> Result<Value, WorkerFailure> {
        let stream = self.channel.get_mut();
        stream.write_all(line.as_bytes()).await?;
        stream.write_all(b"\n").await?;
        let mut answer = Vec::new();
        let most = (LONGEST_ANSWER + AROUND_AN_ANSWER) as u64;
        let mut limited = (&mut self.channel).take(most);
        limited.read_until(b'\n', &mut answer).await?;
        if answer.pop() != Some(b'\n') {
            let too_long = answer.len() as u64 + 1 >= most;
            return Err(if too_long {
                WorkerFailure::TooLong
            } else {
                WorkerFailure::Ended
            });
        }
        let line: WorkerLine = serde_json::from_slice(&answer).map_err(|_| WorkerFailure::Junk)?;
        match line.error {
            Some(raised) => Err(WorkerFailure::Raised(raised)),
            None => Ok(line.result),
        }
    }

    /// What Lambda says of a runtime that went away.
    fn died(&mut self, broken: WorkerFailure, request_id: &str) -> Missed {
        let what = match broken {
            WorkerFailure::TooLong => return Missed::raised(answer_too_long()),
            WorkerFailure::Junk => "Runtime wrote junk".to_owned(),
            WorkerFailure::Raised(raised) => return Missed::raised(raised.message),
            WorkerFailure::Ended => ending(self.kill()),
        };
        Missed::raised(format!("RequestId: {request_id} Error: {what}"))
    }

    /// Ends the worker and whatever it has started.
    fn kill(&mut self) -> Option<ExitStatus> {
        let mut child = self.child.take()?;
        // One that has ended by itself keeps its own status.
        let ended = child.try_wait().ok().flatten();
        if let Ok(pid) = i32::try_from(child.id())
            && let Some(group) = Pid::from_raw(pid)
        {
            // Fails when nobody of the group is left.
            let _nobody_left = kill_process_group(group, Signal::KILL);
        }
        // A killed process ends within moments; without this it would stay as a zombie.
        ended.or_else(|| child.wait().ok())
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.kill();
    }
}

/// What can become of an exchange.
enum WorkerFailure {
    /// The handler's own failure; the worker goes on.
    Raised(Raised),
    TooLong,
    Junk,
    Ended,
}

impl From<io::Error> for WorkerFailure {
    fn from(_: io::Error) -> Self {
        Self::Ended
    }
}

fn ending(status: Option<ExitStatus>) -> String {
    match (
        status.and_then(|status| status.code()),
        status.and_then(|status| status.signal()),
    ) {
        (Some(code), _) if code != 0 => format!("Runtime exited with error: exit status {code}"),
        (_, Some(signal)) => format!("Runtime exited with error: signal: {signal}"),
        _ => "Runtime exited without providing a reason".to_owned(),
    }
}

/// Passes a worker's output on to the log, until all who hold it have ended.
async fn log(file: String, output: pipe::Receiver) {
    let mut output = BufReader::new(output);
    let mut line = Vec::new();
    loop {
        line.clear();
        let mut limited = (&mut output).take(LONGEST_LINE);
        match limited.read_until(b'\n', &mut line).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {
                let text = String::from_utf8_lossy(&line);
                tracing::info!(target: "mocknito::function", "{file}: {}", text.trim_end());
            }
        }
    }
}
