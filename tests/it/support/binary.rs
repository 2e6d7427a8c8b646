//! The binary itself, as a shell runs it.

use std::process::{Command, Stdio};

/// The command with these words: no standard input, and none of the variables that whoever runs
/// the tests may have set.
pub fn mocknito(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mocknito"));
    command.args(words).stdin(Stdio::null());
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("MOCKNITO_")) {
        command.env_remove(name);
    }
    command
}
