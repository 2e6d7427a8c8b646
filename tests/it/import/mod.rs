//! Files of other tools: what they become, what is refused in whose words, and that a failed import
//! leaves nothing behind.
//!
//! The templates in `data/` are what the tools wrote; `tests/clients/templates` writes them anew.

mod apis;
mod clients_files;
mod cognito_local;
mod dumps;
mod endpoint;
mod folders;
mod pools_of_templates;
mod refusals;
mod sources;
mod stacks;
mod terraform;
mod together;
mod values;
mod written;

use std::path::PathBuf;

use mocknito::fixtures::{FixtureError, FixtureSource, Fixtures, ImportSettings, Loaded};

use crate::support::Server;
use crate::support::fixtures::written as text;

/// A file or folder of the tests' data.
fn data(name: &str) -> FixtureSource {
    let tests = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/import/data");
    FixtureSource::Path(tests.join(name))
}

/// Settings with these parameters.
fn with(parameters: &[(&str, &str)]) -> ImportSettings {
    let parameters = parameters.iter();
    ImportSettings {
        parameters: parameters
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        ..ImportSettings::default()
    }
}

async fn load(
    server: &Server,
    sources: Vec<FixtureSource>,
    settings: &ImportSettings,
) -> Result<(Fixtures, Loaded), FixtureError> {
    let fixtures = Fixtures::of(false, sources, settings)?;
    let loaded = fixtures.load(&server.app).await?;
    Ok((fixtures, loaded))
}

/// What an output of the templates says.
fn output(fixtures: &Fixtures, name: &str) -> String {
    let found = fixtures.outputs().find(|output| output.name == name);
    found.map(|output| output.value.clone()).unwrap_or_default()
}
