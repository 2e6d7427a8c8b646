//! `mocknito token`: a token for curl, without a sign-in.

use std::io::{self, Write};

use anyhow::{Context, bail};
use serde_json::{Value, json};

use super::client::{self, Server};

const HELP: &str = "\
It is as if the user had signed in to the app client just now: the token verifies, and works with \
GetUser and the rest.
The server on this machine is asked, unless --host names another one.

Example:  curl -H \"Authorization: Bearer $(mocknito token --client-id democlient0000000000000000 \
--username alice)\" ...";

/// What `mocknito token` may be told.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct TokenArgs {
    /// App client that the token is for
    #[arg(long, value_name = "ID")]
    client_id: String,
    /// User that the token is for
    #[arg(long, value_name = "NAME")]
    username: String,
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    server: Server,
}

#[derive(clap::Args)]
#[group(multiple = false)]
struct Which {
    /// Print the access token (the default)
    #[arg(long)]
    access: bool,
    /// Print the ID token
    #[arg(long)]
    id: bool,
    /// Print the refresh token
    #[arg(long)]
    refresh: bool,
    /// Print all of them, as InitiateAuth answers
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &TokenArgs) -> anyhow::Result<()> {
    let request = json!({ "client_id": args.client_id, "username": args.username });
    let answer = client::ask(
        &args.server,
        "/_mocknito/tokens",
        Some(&request.to_string()),
    )?;
    let document: Value =
        serde_json::from_str(&answer.body).context("the server's answer is not JSON")?;
    if answer.status != 200 {
        let text = |member: &str| document[member].as_str().unwrap_or("unknown").to_owned();
        bail!("{}: {}", text("error"), text("message"));
    }
    let member = match args.which {
        Which { json: true, .. } => {
            return print(&serde_json::to_string_pretty(&document)?);
        }
        Which { id: true, .. } => "IdToken",
        Which { refresh: true, .. } => "RefreshToken",
        Which { .. } => "AccessToken",
    };
    let token = document[member]
        .as_str()
        .with_context(|| format!("the server gave no {member}"))?;
    print(token)
}

fn print(text: &str) -> anyhow::Result<()> {
    writeln!(io::stdout(), "{text}").context("the token could not be printed")
}
