//! Where the log goes: to stderr, in colour only on a terminal.

use std::io::{self, IsTerminal};

use anyhow::{anyhow, bail};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use crate::config::LogFormat;

/// Starts the log.
pub(super) fn start(level: &str, format: LogFormat) -> anyhow::Result<()> {
    // aws-sigv4 would trace the headers that a client signed, the session token among them.
    let filter = filter(level)?.add_directive("aws_sigv4=off".parse()?);
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

/// What is logged. A bare word that is no level would be taken for a part of the program, of
/// which alone everything is told: it is a slip.
fn filter(level: &str) -> anyhow::Result<EnvFilter> {
    let is_level = |word: &str| word.parse::<LevelFilter>().is_ok();
    if let Some(word) = level
        .split(',')
        .map(str::trim)
        .find(|part| !part.contains(['=', '[']) && !is_level(part))
    {
        bail!("--log {word}: use error, warn, info, debug or trace, or mocknito=debug");
    }
    EnvFilter::try_new(level)
        .map_err(|error| anyhow!("--log {level}: {error}; use error, warn, info, debug or trace"))
}

/// Whether to write in colour there (see no-color.org).
pub(super) fn colour(to: &impl IsTerminal) -> bool {
    to.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_is_no_level_is_told() {
        for good in [
            "info",
            "WARN",
            "off",
            "mocknito=debug",
            "info,mocknito::http=trace",
        ] {
            assert!(filter(good).is_ok(), "{good}");
        }
        for wrong in ["loud", "inof", "info,loud", "mocknito=loud"] {
            let said = filter(wrong).err().map(|error| error.to_string());
            assert!(said.is_some_and(|said| said.contains("debug")), "{wrong}");
        }
    }
}
