//! Where the log goes: to stderr, in colour only on a terminal.

use std::io::{self, IsTerminal};

use anyhow::anyhow;
use tracing_subscriber::EnvFilter;

use crate::config::LogFormat;

/// Starts the log.
pub(super) fn start(level: &str, format: LogFormat) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(level).map_err(|error| {
        anyhow!("--log {level}: {error}; use error, warn, info, debug or trace")
    })?;
    // It would trace the headers that a client signed, the session token among them.
    let filter = filter.add_directive("aws_sigv4=off".parse()?);
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_target(false)
        .with_writer(io::stderr)
        .with_ansi(colour(&io::stderr()));
    match format {
        LogFormat::Text => log.try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    }
    .map_err(|error| anyhow!("the log cannot start: {error}"))
}

/// Whether to write in colour there (see no-color.org).
pub(super) fn colour(to: &impl IsTerminal) -> bool {
    to.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}
