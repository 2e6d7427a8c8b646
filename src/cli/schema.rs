//! `mocknito schema`: the JSON Schema of fixtures, for editors and validators.

use super::output::print_json;
use crate::fixtures;

const HELP: &str = "\
A server gives it at /_mocknito/schema.json, too. In a file's first line it is for editors:

  # yaml-language-server: $schema=http://localhost:9339/_mocknito/schema.json

Example:  mocknito schema >mocknito.schema.json
          check-jsonschema --schemafile mocknito.schema.json fixtures/*.yaml";

/// `mocknito schema` takes nothing.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct SchemaArgs {}

pub(super) fn run(_: &SchemaArgs) -> anyhow::Result<()> {
    print_json(&fixtures::schema())
}
