//! `mocknito reset` and `mocknito snapshot`: back to the start, or to a state that was saved.

use clap::Subcommand;
use serde_json::json;

use super::client::{Server, ServerClient, with_query};
use super::output::{cell, harmless, items, print, print_json, table};

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
    Save(SnapshotName),
    /// Goes back to what was saved
    Restore(SnapshotName),
    /// Forgets what was saved
    Delete(SnapshotName),
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
struct SnapshotName {
    /// Name of the snapshot
    name: String,
    #[command(flatten)]
    server: Server,
}

pub(super) fn reset(args: &ResetArgs) -> anyhow::Result<()> {
    let client = ServerClient::new(&args.server)?;
    match &args.user_pool_id {
        None => {
            client.post("/_mocknito/reset", &json!({}))?;
            print("everything is as at the start")
        }
        Some(id) => {
            let path = with_query("/_mocknito/reset", &[("user_pool_id", Some(id.as_str()))]);
            client.post(&path, &json!({}))?;
            print(&format!("{} is as at the start", harmless(id)))
        }
    }
}

pub(super) fn snapshot(args: &SnapshotArgs) -> anyhow::Result<()> {
    match &args.action {
        SnapshotAction::Save(SnapshotName { name, server }) => {
            ServerClient::new(server)?.post("/_mocknito/snapshots", &json!({ "name": name }))?;
            print(&format!("saved as {}", harmless(name)))
        }
        SnapshotAction::Restore(SnapshotName { name, server }) => {
            let path = format!("/_mocknito/snapshots/{}/restore", encoded(name));
            ServerClient::new(server)?.post(&path, &json!({}))?;
            print(&format!("restored {}", harmless(name)))
        }
        SnapshotAction::Delete(SnapshotName { name, server }) => {
            ServerClient::new(server)?
                .delete(&format!("/_mocknito/snapshots/{}", encoded(name)))?;
            print(&format!("deleted {}", harmless(name)))
        }
        SnapshotAction::List { json, server } => {
            let found = ServerClient::new(server)?.get("/_mocknito/snapshots")?;
            if *json {
                return print_json(&found);
            }
            let rows: Vec<Vec<String>> = items(&found["snapshots"])
                .iter()
                .map(|one| vec![cell(&one["name"]), cell(&one["saved_at"])])
                .collect();
            print(&table(&["NAME", "SAVED AT"], &rows))
        }
    }
}

/// As a segment of a path.
fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes())
        .collect::<String>()
        // What a form writes for a blank is a plus sign in a path.
        .replace('+', "%20")
}
