//! `mocknito clock`: what time it is for the server, and moving it.

use clap::Subcommand;
use serde_json::{Value, json};

use super::client::{Client, Server};
use super::output::{cell, print, print_json};

/// What `mocknito clock` may be told.
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct ClockArgs {
    #[command(subcommand)]
    step: Option<Step>,
    #[command(flatten)]
    scope: ClockScope,
}

#[derive(Subcommand)]
enum Step {
    /// Moves the time on, or back by -1h
    #[command(allow_negative_numbers = true)]
    Advance {
        /// By how much: 90s, 15m, 1h, 30d
        #[arg(allow_hyphen_values = true)]
        by: String,
        #[command(flatten)]
        scope: ClockScope,
    },
    /// Sets the time
    Set {
        /// The instant, such as 2030-01-01T00:00:00Z
        now: String,
        #[command(flatten)]
        scope: ClockScope,
    },
    /// Stops the time
    Freeze(ClockScope),
    /// Lets the time go on
    Unfreeze(ClockScope),
    /// Goes back to the machine's time
    Reset(ClockScope),
}

#[derive(clap::Args)]
struct ClockScope {
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: Server,
}

pub(super) fn run(args: &ClockArgs) -> anyhow::Result<()> {
    let (change, scope) = match &args.step {
        None => (None, &args.scope),
        Some(Step::Advance { by, scope }) => (Some(json!({ "advance": by })), scope),
        Some(Step::Set { now, scope }) => (Some(json!({ "now": now })), scope),
        Some(Step::Freeze(scope)) => (Some(json!({ "frozen": true })), scope),
        Some(Step::Unfreeze(scope)) => (Some(json!({ "frozen": false })), scope),
        Some(Step::Reset(scope)) => (Some(json!({ "reset": true })), scope),
    };
    let client = Client::new(&scope.server)?;
    let reading = match change {
        None => client.get("/_mocknito/clock")?,
        Some(change) => client.post("/_mocknito/clock", &change)?,
    };
    if scope.json {
        return print_json(&reading);
    }
    print(&said(&reading))
}

fn said(reading: &Value) -> String {
    let mut line = cell(&reading["now"]);
    if reading["frozen"] == true {
        line.push_str(", frozen");
    }
    match cell(&reading["offset"]).as_str() {
        "" | "0s" => {}
        offset => line.push_str(&format!(", {offset} from the machine's time")),
    }
    line
}
