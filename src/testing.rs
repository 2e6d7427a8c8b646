//! A server in a test's own process: for tests of Rust programs.
//!
//! Each test, or each test binary, has one of its own on a free port; nothing has to be installed.
//! It has threads of its own, too, and so serves tests with any runtime, or none. Everything else
//! that a test needs (tokens without a sign-in, the inbox, the clock, why a request was refused) is
//! below `/_mocknito/`, as for every other language.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! let mocknito = mocknito::testing::start(["--demo"])?;
//! // Where the AWS SDK for Rust finds it: `config.endpoint_url(mocknito.url())`, or, for a program
//! // that the test starts, `command.envs(mocknito.env())`.
//! let tokens = reqwest::Client::new()
//!     .post(format!("{}/_mocknito/tokens", mocknito.url()))
//!     .body(r#"{"client_id": "democlient0000000000000000", "username": "alice"}"#)
//!     .send()
//!     .await?;
//! assert_eq!(tokens.status(), 200);
//! // It ends with the variable.
//! # anyhow::Ok(())
//! # })?;
//! # anyhow::Ok(())
//! ```
//!
//! Not here: what the flags are (`config.rs`), serving (`cli::serve`).

use std::ffi::OsString;
use std::thread::JoinHandle;

use anyhow::{Context, anyhow};
use clap::parser::ValueSource;
use clap::{Args, FromArgMatches};
use tokio::sync::oneshot;

use crate::cli::{Greeting, Listening, ServerEnd, env_of, runtime, serve_until};
use crate::config::ServeArgs;

/// A running server, which ends when this is dropped.
#[derive(Debug)]
pub struct Mocknito {
    url: String,
    port: u16,
    region: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<anyhow::Result<()>>>,
}

/// Starts a server with these flags of `mocknito serve`, such as `["--fixtures", "shop.yaml"]`.
///
/// Unless they say otherwise it keeps nothing and takes any free port. The variables `MOCKNITO_…`
/// are not for it. It is ready when this returns; what is wrong with a flag or a fixture is the
/// error.
pub fn start<F>(flags: impl IntoIterator<Item = F>) -> anyhow::Result<Mocknito>
where
    F: Into<OsString> + Clone,
{
    let args = read(flags)?;
    let region = args.region.clone();
    let (stop, stopped) = oneshot::channel::<()>();
    let (tell, told) = std::sync::mpsc::sync_channel(1);
    let thread = std::thread::Builder::new()
        .name("mocknito".to_owned())
        .spawn(move || {
            let stopped = async {
                let _asked_or_gone = stopped.await;
            };
            let tell = move |listening| {
                let _nobody_waits = tell.send(listening);
            };
            let ends = ServerEnd::when(stopped);
            runtime()?.block_on(serve_until(args, Greeting::Silent, ends, tell))
        })
        .context("no thread to run on")?;
    let Ok(Listening { url, port }) = told.recv() else {
        let why = ended(thread).err();
        return Err(why.unwrap_or_else(|| anyhow!("the server ended before it was ready")));
    };
    Ok(Mocknito {
        url,
        port,
        region,
        stop: Some(stop),
        thread: Some(thread),
    })
}

/// As on the command line, but without its variables.
fn read<F>(flags: impl IntoIterator<Item = F>) -> anyhow::Result<ServeArgs>
where
    F: Into<OsString> + Clone,
{
    let command = ServeArgs::augment_args(clap::Command::new("mocknito"))
        .no_binary_name(true)
        .mut_args(|arg| arg.env(None::<&str>));
    let matches = command.try_get_matches_from(flags)?;
    let mut args = ServeArgs::from_arg_matches(&matches)?;
    if matches.value_source("ports") != Some(ValueSource::CommandLine) {
        args.ports = vec![0];
    }
    Ok(args)
}

fn ended(thread: JoinHandle<anyhow::Result<()>>) -> anyhow::Result<()> {
    thread
        .join()
        .unwrap_or_else(|_panic| Err(anyhow!("the server panicked")))
}

impl Mocknito {
    /// Where it is: the endpoint for AWS SDKs.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The issuer of a pool's tokens, with `--issuer local`.
    pub fn issuer(&self, user_pool_id: &str) -> String {
        format!("{}/{user_pool_id}", self.url)
    }

    /// What leads AWS SDKs there, for a program that the test starts.
    pub fn env(&self) -> [(&'static str, String); 8] {
        env_of(&self.url, &self.region)
    }
}

impl Drop for Mocknito {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _has_ended_already = stop.send(());
        }
        if let Some(Err(error)) = self.thread.take().map(ended) {
            // A panic while another one unwinds would end the whole run.
            tracing::error!("the server did not end in order: {error:#}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_is_said_is_taken_and_none_is_any() {
        assert_eq!(read(["--demo"]).unwrap().ports, [0]);
        let args = read(["--port", "9340", "--data", "here"]).unwrap();
        assert_eq!(args.ports, [9340]);
        assert_eq!(args.data.unwrap().as_os_str(), "here");
        assert!(read(["--no-such-flag"]).is_err());
    }
}
