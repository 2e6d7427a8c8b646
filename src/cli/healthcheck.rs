//! `mocknito healthcheck`: an image from scratch has no curl, so the binary asks itself.

use anyhow::bail;

use super::client::{self, Server};

/// What `mocknito healthcheck` may be told.
#[derive(clap::Args)]
pub(super) struct HealthcheckArgs {
    #[command(flatten)]
    server: Server,
}

pub(super) fn run(args: &HealthcheckArgs) -> anyhow::Result<()> {
    let answer = client::ask(&args.server, "/_mocknito/health")?;
    if answer.status != 200 {
        bail!("the server answers with status {}", answer.status);
    }
    Ok(())
}
