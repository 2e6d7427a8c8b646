//! `mocknito exec`: a server of its own for as long as a command runs, whose end is the command's.

use std::ffi::OsString;
use std::process::{Child, Command, ExitCode, ExitStatus};

use anyhow::{Context, bail};
use clap::ArgMatches;
use clap::parser::ValueSource;
use tokio::sync::oneshot;

use super::greeting::Listening;
use super::serve::{self, Greeting, ServerEnd};
use super::{env, logging, variables};
use crate::config::ServeArgs;

const HELP: &str = "\
The server is as new as after mocknito --ephemeral, at a free port, unless --data or --port say \
otherwise. The command finds it by AWS_ENDPOINT_URL and MOCKNITO_URL; what AWS_… variables you \
have set for Regions and credentials stays. The exit code is the command's.

Example:  mocknito exec --fixtures fixtures/ -- npm test";

/// What `mocknito exec` may be told.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct ExecArgs {
    #[command(flatten)]
    serve: ServeArgs,
    /// The command, and what it is told
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

pub(super) fn run(
    mut args: ExecArgs,
    matches: &ArgMatches,
    command: &clap::Command,
) -> anyhow::Result<ExitCode> {
    let typed = |id| matches.value_source(id) == Some(ValueSource::CommandLine);
    match (typed("data"), typed("ephemeral")) {
        (true, true) => bail!("--data keeps the store and --ephemeral does not: choose one"),
        (true, false) => {}
        (false, _) => args.serve.data = None,
    }
    if !typed("ports") {
        args.serve.ports = vec![0];
    }
    let said = |id| matches.value_source(id) != Some(ValueSource::DefaultValue);
    if !said("log") {
        // What the command prints is what one wants to read.
        "warn".clone_into(&mut args.serve.log);
    }
    logging::start(&args.serve.log, args.serve.log_format)?;
    variables::warn_of_unknown(command);
    serve::runtime()?.block_on(beside(args))
}

/// Runs the command beside the server.
async fn beside(args: ExecArgs) -> anyhow::Result<ExitCode> {
    let region = args.serve.region.clone();
    let (stop, stopped) = oneshot::channel::<()>();
    let (tell, told) = oneshot::channel();
    let stopped = async {
        let _asked_or_gone = stopped.await;
    };
    let ends = ServerEnd::when(stopped);
    let server = serve::serve(args.serve, Greeting::Silent, ends, |listening| {
        let _nobody_waits = tell.send(listening);
    });
    let command = async {
        // A server that ended before it listened says itself why.
        let Ok(listening) = told.await else {
            return Ok(None);
        };
        let status = command(&args.command, &listening, &region).await;
        let _has_ended = stop.send(());
        status.map(Some)
    };
    let (served, status) = tokio::join!(server, command);
    served?;
    Ok(status?.map_or(ExitCode::FAILURE, code))
}

async fn command(
    words: &[OsString],
    listening: &Listening,
    region: &str,
) -> anyhow::Result<ExitStatus> {
    let (program, arguments) = words.split_first().context("there is no command")?;
    let mut command = Command::new(program);
    command.args(arguments);
    for (name, value) in env::variables(&listening.url, region) {
        // Where AWS is meant to be stays with who says so; where Cognito is does not.
        let own = name.starts_with("MOCKNITO") || name.contains("ENDPOINT");
        if own || std::env::var_os(name).is_none() {
            command.env(name, value);
        }
    }
    let child = command
        .spawn()
        .with_context(|| format!("{} cannot be run", program.display()))?;
    ended(child).await
}

/// Waits for the command. What ends this process ends the command: it gets the same signal, and
/// its end is waited for.
#[cfg(unix)]
async fn ended(mut child: Child) -> anyhow::Result<ExitStatus> {
    use rustix::process::{Pid, Signal, kill_process};
    use tokio::signal::unix::{SignalKind, signal};

    let pid = Pid::from_child(&child);
    // A terminal sends this one to the command as well.
    let _interrupts = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut waiting = tokio::task::spawn_blocking(move || child.wait());
    loop {
        tokio::select! {
            ended = &mut waiting => return Ok(ended.context("the command was lost")??),
            _ = terminate.recv() => {
                let _has_ended_already = kill_process(pid, Signal::TERM);
            }
        }
    }
}

#[cfg(not(unix))]
async fn ended(mut child: Child) -> anyhow::Result<ExitStatus> {
    let waiting = tokio::task::spawn_blocking(move || child.wait());
    Ok(waiting.await.context("the command was lost")??)
}

/// As a shell says it: 128 and the signal's number for who was killed.
fn code(status: ExitStatus) -> ExitCode {
    #[cfg(unix)]
    let killed = std::os::unix::process::ExitStatusExt::signal(&status).map(|signal| 128 + signal);
    #[cfg(not(unix))]
    let killed = None;
    let code = status.code().or(killed).unwrap_or(1);
    ExitCode::from(u8::try_from(code).unwrap_or(1))
}
