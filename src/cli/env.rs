//! `mocknito env`: the variables that lead clients to a running server, for a shell or a file.

use serde_json::{Map, Value};

use super::client::{Server, ServerClient};
use super::output::{print, print_json};
use crate::config::region;

const HELP: &str = "\
Example:  eval \"$(mocknito env)\"";

/// What `mocknito env` may be told.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct EnvArgs {
    /// How they are written: shell, dotenv or json
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "shell",
        hide_possible_values = true
    )]
    format: EnvFormat,
    /// Region that SDKs are to use
    #[arg(long, value_name = "REGION", default_value = "us-east-1", value_parser = region)]
    region: String,
    #[command(flatten)]
    server: Server,
}

/// For whom variables are written.
#[derive(Clone, Copy, clap::ValueEnum)]
enum EnvFormat {
    /// Lines for a shell's eval
    Shell,
    /// A file as dotenv reads it
    Dotenv,
    /// An object
    Json,
}

pub(super) fn run(args: &EnvArgs) -> anyhow::Result<()> {
    let client = ServerClient::new(&args.server)?;
    client.get("/_mocknito/health")?;
    let variables = variables(client.base(), &args.region);
    if let EnvFormat::Json = args.format {
        let document: Map<String, Value> = variables
            .map(|(name, value)| (name.to_owned(), value.into()))
            .into_iter()
            .collect();
        return print_json(&Value::Object(document));
    }
    let export = match args.format {
        EnvFormat::Shell => "export ",
        _ => "",
    };
    // None of the values has anything that a shell or dotenv would change.
    let lines = variables.map(|(name, value)| format!("{export}{name}={value}"));
    print(&lines.join("\n"))
}

/// What SDKs read. Cognito's own variables are stronger than the one for all services, which
/// another emulator may have; credentials may be anything.
pub(crate) fn variables(url: &str, region: &str) -> [(&'static str, String); 8] {
    [
        ("MOCKNITO_URL", url.to_owned()),
        ("AWS_ENDPOINT_URL", url.to_owned()),
        ("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", url.to_owned()),
        ("AWS_ENDPOINT_URL_COGNITO_IDENTITY", url.to_owned()),
        ("AWS_REGION", region.to_owned()),
        ("AWS_DEFAULT_REGION", region.to_owned()),
        ("AWS_ACCESS_KEY_ID", "test".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
    ]
}
