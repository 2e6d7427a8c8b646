//! `mocknito import`: takes files of other tools into a running server, or prints what they become.
//!
//! The files are read and translated here, where they are; the server gets fixtures.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::{Value, json};

use super::client::{Server, ServerClient};
use super::output::{harmless, print, print_json};
use super::reading::{self, ReadingArgs};
use crate::fixtures::{self, COLLECT_SCRIPT, Fixtures};

/// A hundred thousand users take half a minute.
const PATIENCE: Duration = Duration::from_secs(300);

const HELP: &str = "\
It takes fixtures, CloudFormation templates (JSON, YAML, SAM), a cdk.out, amplify_outputs.json, \
aws-exports.js, a .cognito folder of cognito-local, what the AWS CLI or terraform show -json \
printed, a URL (its redirects are followed), and - for standard input. file:// is a path.
Either everything is taken over or nothing. Handler files are not run in a running server: start \
it with --fixtures or --trigger for that.

Example:  cdk synth && mocknito import cdk.out
          mocknito import --aws >collect.sh; sh collect.sh us-east-1_EXAMPLE pool; \
mocknito import pool --password 'Passw0rd!'";

/// What `mocknito import` may be told.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct ImportArgs {
    /// Files, folders and URLs; - is standard input
    #[arg(value_name = "FILE", required_unless_present = "aws")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    reading: ReadingArgs,
    /// Print the fixture that the files become, as JSON, and ask no server
    #[arg(long)]
    print: bool,
    /// Print the script that collects a real user pool with your own AWS CLI
    #[arg(long, conflicts_with_all = ["files", "print"])]
    aws: bool,
    #[command(flatten)]
    server: Server,
}

pub(super) fn run(args: &ImportArgs) -> anyhow::Result<()> {
    if args.aws {
        return print(COLLECT_SCRIPT.trim_end());
    }
    let sources = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(reading::open(&args.files))?;
    let (documents, fixtures) = fixtures::translate(sources, &args.reading.settings())?;
    for note in fixtures.notes() {
        eprintln!("{note}");
    }
    if args.print {
        let [(_, document)] = documents.as_slice() else {
            bail!("these are several fixtures: name one file or folder with --print");
        };
        return print_json(document);
    }
    let files: Vec<Value> = documents
        .iter()
        .map(|(name, document)| json!({ "name": name, "text": document.to_string() }))
        .collect();
    let client = ServerClient::patient(&args.server, PATIENCE)?;
    let answered = client
        .post("/_mocknito/import", &json!({ "files": files }))
        .context("nothing was taken over")?;
    report(&answered, &fixtures, client.base())
}

/// Says what is there now, a line each.
fn report(answered: &Value, fixtures: &Fixtures, server: &str) -> anyhow::Result<()> {
    let text = |value: &Value, key: &str| harmless(value[key].as_str().unwrap_or_default());
    let list = |value: &Value, key: &str| value[key].as_array().cloned().unwrap_or_default();
    let mut lines = Vec::new();
    for pool in list(answered, "user_pools") {
        lines.push(format!(
            "User pool   {}  {}",
            text(&pool, "id"),
            text(&pool, "name")
        ));
        for client in list(&pool, "clients") {
            lines.push(format!(
                "App client  {}  {}",
                text(&client, "id"),
                text(&client, "name")
            ));
        }
    }
    for pool in list(answered, "identity_pools") {
        lines.push(format!(
            "Identities  {}  {}",
            text(&pool, "id"),
            text(&pool, "name")
        ));
    }
    for (name, value) in fixtures.told_outputs(server, false) {
        lines.push(format!("Output      {name}  {value}"));
    }
    for note in list(answered, "notes") {
        eprintln!("{}", note.as_str().unwrap_or_default());
    }
    print(&lines.join("\n"))
}
