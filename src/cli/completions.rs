//! `mocknito completions` and `mocknito version`.

use clap::CommandFactory;
use clap_complete::Shell;
use serde_json::json;

use super::Cli;
use super::output::{print, print_json};

/// What `mocknito completions` may be told.
#[derive(clap::Args)]
pub(super) struct CompletionsArgs {
    /// The shell that is to complete: bash, zsh, fish, powershell or elvish
    #[arg(hide_possible_values = true)]
    shell: Shell,
}

/// What `mocknito version` may be told.
#[derive(clap::Args)]
pub(super) struct VersionArgs {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn completions(args: &CompletionsArgs) -> anyhow::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "mocknito", &mut script);
    print(String::from_utf8(script)?.trim_end())
}

pub(super) fn version(args: &VersionArgs) -> anyhow::Result<()> {
    let version = env!("CARGO_PKG_VERSION");
    if args.json {
        let target = format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS);
        return print_json(&json!({ "version": version, "target": target }));
    }
    print(&format!("mocknito {version}"))
}
