//! What `mocknito serve` prints at its start: where it is, what the store has, how to sign in.
//!
//! Pools are told as the store has them: a fixture may say otherwise of what is there already. Not
//! here: the log (`logging.rs`).

use std::io::{self, Write};
use std::path::Path;

use super::logging;
use crate::app::App;
use crate::config::ServeArgs;
use crate::error::Result;
use crate::fixtures::{Fixtures, Loaded};
use crate::store::Pool;

/// How many pools are printed, and of each one's clients.
const MOST_POOLS: usize = 10;
const MOST_CLIENTS: usize = 5;

/// More are not looked at.
const MOST_READ: i64 = 1_000;

/// Where the server is, now that it listens.
pub(crate) struct Listening {
    /// As clients reach it.
    pub url: String,
    /// The first of its ports.
    pub port: u16,
}

/// Prints what one needs to copy. A closed stdout is no reason not to serve.
pub(super) async fn greet(
    app: &App,
    args: &ServeArgs,
    port: u16,
    (loaded, fixtures): (&Loaded, &Fixtures),
) {
    let endpoint = &app.settings.public_url;
    let mut text = Sheet::new(logging::colour(&io::stdout()));
    text.title(&format!("Mocknito {} is ready", env!("CARGO_PKG_VERSION")));
    text.row("Console", &format!("{endpoint}/_mocknito/"));
    text.row("Endpoint", endpoint);
    text.row(
        "Store",
        &args
            .data
            .as_deref()
            .map_or("in memory".into(), Path::to_string_lossy),
    );
    text.row("Inbox", &format!("{endpoint}/_mocknito/inbox"));
    if app.functions.has_any() {
        text.row("Functions", &format!("{endpoint}/_mocknito/functions"));
    }
    match stored_pools(app, loaded).await {
        Ok(lines) => lines.iter().for_each(|line| text.line(line)),
        Err(error) => tracing::error!("the pools cannot be read: {error:?}"),
    }
    let outputs = fixtures.told_outputs(endpoint, true);
    if !outputs.is_empty() {
        text.gap();
    }
    for (name, value) in outputs {
        text.row("Output", &format!("{name}  {value}"));
    }
    if args.demo {
        text.gap();
        text.title("Sign in:");
        // Who copies this has not told the AWS CLI of the certificate yet, and the port answers
        // without one too.
        let endpoint = match endpoint.strip_prefix("https://") {
            Some(_) => &format!("http://localhost:{port}"),
            None => endpoint,
        };
        // Single quotes: the exclamation mark of the demo's passwords means something to
        // interactive shells.
        text.line(&format!(
            "  aws cognito-idp initiate-auth --endpoint-url {endpoint} --region us-east-1 \
             --no-sign-request \
             --auth-flow USER_PASSWORD_AUTH --client-id democlient0000000000000000 \
             --auth-parameters 'USERNAME=alice,PASSWORD=Passw0rd!'"
        ));
    }
    let _nobody_reads = writeln!(io::stdout(), "{}", text.finish());
}

/// The same for a program: one line.
pub(super) fn say_ready(listening: &Listening) {
    let line = serde_json::json!({
        "event": "ready",
        "url": listening.url,
        "port": listening.port,
        "version": env!("CARGO_PKG_VERSION"),
    });
    let _nobody_reads = writeln!(io::stdout(), "{line}");
}

/// The pools in the store, those of the fixtures first, with what is in them.
async fn stored_pools(app: &App, loaded: &Loaded) -> Result<Vec<String>> {
    let row = |name: &str, value: &str| format!("  {name:<11} {value}");
    let mut lines = Vec::new();
    let mut read = app.store.read().await?;
    let mut pools = read.pools().list_all(MOST_READ).await?;
    let of_fixtures = |pool: &Pool| loaded.pools.iter().position(|one| one.id == pool.id);
    pools.sort_by_key(|pool| of_fixtures(pool).unwrap_or(usize::MAX));
    for pool in pools.iter().take(MOST_POOLS) {
        lines.push(String::new());
        lines.push(row("User pool", &format!("{}  {}", pool.id, pool.name)));
        let most = i64::try_from(MOST_CLIENTS).unwrap_or(i64::MAX);
        for client in read.clients().list(&pool.id, None, None, most).await? {
            lines.push(row(
                "App client",
                &format!("{}  {}", client.id, client.name),
            ));
        }
        let users = read.pools().count_users(&pool.id).await?;
        let clients = read.clients().count(&pool.id).await?;
        let counts = [counted(users, "user"), counted(clients, "app client")];
        lines.push(row("Has", &counts.join(", ")));
        lines.push(row("Issuer", &app.issuer(pool)));
    }
    if let Some(more) = pools.len().checked_sub(MOST_POOLS).filter(|more| *more > 0) {
        lines.push(String::new());
        lines.push(format!("  and {more} more user pools"));
    }
    let identity_pools = read.identity_pools().list_all(MOST_READ).await?;
    if !identity_pools.is_empty() {
        lines.push(String::new());
    }
    for pool in identity_pools.iter().take(MOST_POOLS) {
        let name = &pool.settings.identity_pool_name;
        lines.push(row("Identities", &format!("{}  {name}", pool.id)));
    }
    Ok(lines)
}

fn counted(number: i64, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        _ => format!("{number} {noun}s"),
    }
}

/// The lines printed at the start.
struct Sheet {
    text: String,
    colour: bool,
}

impl Sheet {
    fn new(colour: bool) -> Self {
        Self {
            text: String::new(),
            colour,
        }
    }

    fn title(&mut self, title: &str) {
        let line = if self.colour {
            format!("\x1b[1m{title}\x1b[0m")
        } else {
            title.to_owned()
        };
        self.line(&line);
    }

    fn row(&mut self, name: &str, value: &str) {
        self.line(&format!("  {name:<11} {value}"));
    }

    fn gap(&mut self) {
        self.line("");
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn finish(self) -> String {
        self.text
    }
}
