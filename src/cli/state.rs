//! `mocknito reset` and `mocknito snapshot`: back to the start, or to a state that was saved.

use clap::Subcommand;
use serde_json::{Value, json};

use super::client::{Client, Server};
use super::output::{cell, harmless, print, print_json, table};

/// What `mocknito reset` may be told.
#[derive(clap::Args)]
pub(super) struct ResetArgs {
    /// Only this pool
    #[arg(long, value_name = "ID")]
    user_pool_id: Option<String>,
    #[command(flatten)]
    server: Server,
}

/// What `mocknito snapshot` may be told.
#[derive(clap::Args)]
pub(super) struct SnapshotArgs {
    #[command(subcommand)]
    action: SnapshotAction,
}

#[derive(Subcommand)]
enum SnapshotAction {
    /// Saves everything that the server has under a name
    Save(Named),
    /// Goes back to what was saved
    Restore(Named),
    /// Forgets what was saved
    Delete(Named),
    /// Lists what was saved
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        server: Server,
    },
}

#[derive(clap::Args)]
struct Named {
    /// Name of the snapshot
    name: String,
    #[command(flatten)]
    server: Server,
}

pub(super) fn reset(args: &ResetArgs) -> anyhow::Result<()> {
    let client = Client::new(&args.server)?;
    match &args.user_pool_id {
        None => {
            client.post("/_mocknito/reset", &json!({}))?;
            print("everything is as at the start")
        }
        Some(id) => {
            let path = format!("/_mocknito/reset?user_pool_id={}", encoded(id));
            client.post(&path, &json!({}))?;
            print(&format!("{} is as at the start", harmless(id)))
        }
    }
}

pub(super) fn snapshot(args: &SnapshotArgs) -> anyhow::Result<()> {
    match &args.action {
        SnapshotAction::Save(Named { name, server }) => {
            Client::new(server)?.post("/_mocknito/snapshots", &json!({ "name": name }))?;
            print(&format!("saved as {}", harmless(name)))
        }
        SnapshotAction::Restore(Named { name, server }) => {
            let path = format!("/_mocknito/snapshots/{}/restore", encoded(name));
            Client::new(server)?.post(&path, &json!({}))?;
            print(&format!("restored {}", harmless(name)))
        }
        SnapshotAction::Delete(Named { name, server }) => {
            Client::new(server)?.delete(&format!("/_mocknito/snapshots/{}", encoded(name)))?;
            print(&format!("deleted {}", harmless(name)))
        }
        SnapshotAction::List { json, server } => {
            let found = Client::new(server)?.get("/_mocknito/snapshots")?;
            if *json {
                return print_json(&found);
            }
            let rows: Vec<Vec<String>> = found["snapshots"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|one: &Value| vec![cell(&one["name"]), cell(&one["created_at"])])
                .collect();
            print(&table(&["NAME", "SAVED AT"], &rows))
        }
    }
}

/// As a part of a URL.
fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes())
        .collect::<String>()
        // What a form writes for a blank is a plus sign in a path.
        .replace('+', "%20")
}
