//! `mocknito export`: the state of a running server as a fixture.

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;

use super::client::{Server, ServerClient, with_query};
use crate::fixtures::export::{ExportFormat, PrivateFile};

/// How long the first piece may take: an import that is under way comes to its end before.
const PATIENCE: Duration = Duration::from_secs(300);

const HELP: &str = "\
It carries secrets: verifiers of passwords, client secrets, keys of authenticator apps. A file is \
readable for its owner only. mocknito import and --fixtures load it into the same state; tokens of \
before are not valid there.
A CloudFormation template and an amplify_outputs.json carry none; the template's head says what is \
missing.

Example:  mocknito export --output state.yaml
          mocknito export | diff state.yaml -
          mocknito export --format cloudformation --output template.yaml
          mocknito export --format amplify --client-id ID --output amplify_outputs.json";

/// What `mocknito export` may be told.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct ExportArgs {
    /// Only this pool
    #[arg(long, value_name = "ID")]
    user_pool_id: Option<String>,
    /// File to write, whole or not at all; without it the fixture is printed
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// As what
    #[arg(long, value_enum, default_value_t)]
    format: ExportFormat,
    /// Which client an Amplify app uses, where the pool has several
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// Which identity pool it uses, where several take the client's tokens
    #[arg(long, value_name = "ID")]
    identity_pool_id: Option<String>,
    #[command(flatten)]
    server: Server,
}

pub(super) fn run(args: &ExportArgs) -> anyhow::Result<()> {
    let client = ServerClient::patient(&args.server, PATIENCE)?;
    let path = with_query(
        "/_mocknito/export",
        &[
            ("user_pool_id", args.user_pool_id.as_deref()),
            ("format", Some(args.format.as_str())),
            ("client_id", args.client_id.as_deref()),
            ("identity_pool_id", args.identity_pool_id.as_deref()),
        ],
    );
    let Some(output) = &args.output else {
        let mut out = io::stdout().lock();
        let printed = client.download(&path, |bytes| out.write_all(bytes))?;
        // Who has seen enough closes the pipe.
        return match printed.and_then(|()| out.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            printed => printed.context("standard output cannot be written"),
        };
    };
    let cannot = || format!("cannot write {}", output.display());
    let mut file = PrivateFile::create(output).with_context(cannot)?;
    let written = client.download(&path, |bytes| file.write(bytes))?;
    written.and_then(|()| file.finish()).with_context(cannot)
}
