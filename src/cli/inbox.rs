//! `mocknito inbox`: the messages that would have been sent, or the code in the last one.

use std::time::Duration;

use anyhow::bail;
use serde_json::Value;

use super::client::{Server, ServerClient, with_query};
use super::output::{cell, items, print, print_json, table};
use crate::clock::parse_duration;

const HELP: &str = "\
Example:  code=$(mocknito inbox --to alice@example.com --wait 10s --code)";

/// What `mocknito inbox` may be told.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct InboxArgs {
    /// Only messages to this address or number
    #[arg(long, value_name = "ADDRESS")]
    to: Option<String>,
    /// Only messages of this kind, such as sign_up or forgot_password
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
    /// Only messages of this pool
    #[arg(long, value_name = "ID")]
    user_pool_id: Option<String>,
    /// Wait so long for one to come, such as 10s
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    wait: Option<Duration>,
    /// Print the code of the newest message and nothing else
    #[arg(long)]
    code: bool,
    /// Forget them all instead
    #[arg(long, conflicts_with_all = ["to", "kind", "user_pool_id", "wait", "code"])]
    empty: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: Server,
}

pub(super) fn run(args: &InboxArgs) -> anyhow::Result<()> {
    let client = ServerClient::patient(&args.server, args.wait.unwrap_or_default())?;
    if args.empty {
        let emptied = client.delete("/_mocknito/inbox")?;
        return if args.json {
            print_json(&emptied)
        } else {
            print("the inbox is empty")
        };
    }
    let wait = args.wait.map(|wait| format!("{}ms", wait.as_millis()));
    let asked = [
        ("to", args.to.as_deref()),
        ("kind", args.kind.as_deref()),
        ("user_pool_id", args.user_pool_id.as_deref()),
        ("wait", wait.as_deref()),
    ];
    let found = client.get(&with_query("/_mocknito/inbox", &asked))?;
    let messages = items(&found["messages"]);
    if args.code {
        let Some(code) = messages.iter().find_map(|message| message["code"].as_str()) else {
            bail!("no message with a code has come");
        };
        return print(code);
    }
    if args.json {
        return print_json(&found);
    }
    let rows: Vec<Vec<String>> = messages.iter().map(row).collect();
    print(&table(&["AT", "TO", "KIND", "CODE", "SUBJECT"], &rows))
}

fn row(message: &Value) -> Vec<String> {
    ["created_at", "to", "kind", "code", "subject"]
        .map(|member| cell(&message[member]))
        .to_vec()
}

/// A duration, or bare seconds.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    parse_duration(text)
        .or_else(|| text.parse().ok().map(Duration::from_secs))
        .ok_or_else(|| "a duration looks like 90s, 15m, 1h or 30d".to_owned())
}
