//! `mocknito export`: the state of a running server as a fixture.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::Context;

use super::client::{Server, ServerClient, with_query};
use crate::fixtures::export::{ExportFormat, PrivateFile};

const HELP: &str = "\
It carries secrets: verifiers of passwords, client secrets, keys of authenticator apps. A file is \
readable for its owner only. mocknito import and --fixtures load it into the same state; tokens of \
before are not valid there.

Example:  mocknito export --output state.yaml
          mocknito export | diff state.yaml -";

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
    #[command(flatten)]
    server: Server,
}

pub(super) fn run(args: &ExportArgs) -> anyhow::Result<()> {
    let client = ServerClient::new(&args.server)?;
    let path = with_query(
        "/_mocknito/export",
        &[
            ("user_pool_id", args.user_pool_id.as_deref()),
            ("format", Some(args.format.as_str())),
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
