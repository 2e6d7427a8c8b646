//! `mocknito requests`: what clients asked, and why they were refused.

use std::time::Duration;

use anyhow::Context;
use serde_json::Value;

use super::client::{Server, ServerClient, with_query};
use super::output::{cell, items, print, print_json, print_on, table};

/// How long one question waits for something new.
const TURN: Duration = Duration::from_secs(30);

/// What `mocknito requests` may be told.
#[derive(clap::Args)]
pub(super) struct RequestsArgs {
    /// Go on, and print what comes
    #[arg(short, long)]
    follow: bool,
    /// Only calls of this operation, such as InitiateAuth
    #[arg(long, value_name = "NAME")]
    operation: Option<String>,
    /// Only calls for this pool
    #[arg(long, value_name = "ID")]
    user_pool_id: Option<String>,
    /// Only calls for this user
    #[arg(long, value_name = "NAME")]
    username: Option<String>,
    /// Only calls that ended so: ok, refused or failed
    #[arg(long, value_name = "OUTCOME", value_parser = ["ok", "refused", "failed"])]
    outcome: Option<String>,
    /// At most so many
    #[arg(long, value_name = "NUMBER", default_value_t = 20)]
    limit: usize,
    /// Print JSON: one document, or a line for each with --follow
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: Server,
}

pub(super) fn run(args: &RequestsArgs) -> anyhow::Result<()> {
    let client = ServerClient::patient(&args.server, TURN)?;
    let found = client.get(&path(args, None))?;
    if !args.follow {
        if args.json {
            return print_json(&found);
        }
        let rows: Vec<Vec<String>> = newest_last(&found).map(row).collect();
        return print(&table(&["AT", "OPERATION", "USER", "STATUS", "WHY"], &rows));
    }
    let mut seen = version(&found)?;
    let mut last = last_id(&found);
    let mut is_read = show(args, newest_last(&found))?;
    while is_read {
        let found = client.get(&path(args, Some(seen)))?;
        let new = newest_last(&found).filter(|one| one["id"].as_u64() > last);
        is_read = show(args, new)?;
        seen = version(&found)?;
        last = last_id(&found).max(last);
    }
    Ok(())
}

/// Whether somebody still reads.
fn show<'v>(
    args: &RequestsArgs,
    mut requests: impl Iterator<Item = &'v Value>,
) -> anyhow::Result<bool> {
    requests.try_fold(true, |is_read, request| {
        if !is_read {
            return Ok(false);
        }
        if args.json {
            print_on(&request.to_string())
        } else {
            print_on(&row(request).join("  "))
        }
    })
}

fn path(args: &RequestsArgs, since: Option<u64>) -> String {
    let limit = args.limit.to_string();
    let since = since.map(|since| since.to_string());
    let wait = since.is_some().then(|| format!("{}s", TURN.as_secs()));
    let asked = [
        ("limit", Some(limit.as_str())),
        ("operation", args.operation.as_deref()),
        ("user_pool_id", args.user_pool_id.as_deref()),
        ("username", args.username.as_deref()),
        ("outcome", args.outcome.as_deref()),
        ("since", since.as_deref()),
        ("wait", wait.as_deref()),
    ];
    with_query("/_mocknito/requests", &asked)
}

fn version(found: &Value) -> anyhow::Result<u64> {
    found["version"]
        .as_u64()
        .context("the server's answer has no version")
}

fn last_id(found: &Value) -> Option<u64> {
    found["requests"][0]["id"].as_u64()
}

/// The server answers the newest first; on a terminal the newest stands below.
fn newest_last(found: &Value) -> impl Iterator<Item = &Value> {
    items(&found["requests"]).iter().rev()
}

fn row(request: &Value) -> Vec<String> {
    ["at", "operation", "username", "status", "why"]
        .map(|member| cell(&request[member]))
        .to_vec()
}
