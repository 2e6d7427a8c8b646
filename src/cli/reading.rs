//! What `mocknito check` and `mocknito import` are both told of files that they read.
//!
//! Not here: the files themselves, which one of them can do without (`--aws`), and what the server
//! reads at its start (`serve.rs`).

use std::path::PathBuf;

use crate::config::{self, TemplateParameter, template_parameter};
use crate::fixtures::{FixtureSource, ImportSettings};

#[derive(clap::Args)]
pub(super) struct ReadingArgs {
    /// A parameter of a template; may be repeated
    #[arg(long = "parameter", value_name = "NAME=VALUE", value_parser = template_parameter)]
    parameters: Vec<TemplateParameter>,
    /// Password of users who come without one
    #[arg(long, value_name = "PASSWORD")]
    password: Option<String>,
    /// Region of what does not say its own
    #[arg(
        long,
        env = "MOCKNITO_REGION",
        hide_env = true,
        value_name = "REGION",
        default_value = "us-east-1",
        value_parser = config::region
    )]
    pub region: String,
    /// Account number in ARNs
    #[arg(
        long,
        env = "MOCKNITO_ACCOUNT_ID",
        hide_env = true,
        value_name = "NUMBER",
        default_value = "123456789012",
        value_parser = config::account_id
    )]
    pub account_id: String,
}

impl ReadingArgs {
    pub fn settings(&self) -> ImportSettings {
        ImportSettings {
            region: self.region.clone(),
            account: self.account_id.clone(),
            parameters: self
                .parameters
                .iter()
                .map(|one| (one.name.clone(), one.value.clone()))
                .collect(),
            password: self.password.clone(),
            code_folder: None,
        }
    }
}

pub(super) async fn open(places: &[PathBuf]) -> anyhow::Result<Vec<FixtureSource>> {
    let mut sources = Vec::new();
    for place in places {
        sources.push(FixtureSource::open(place).await?);
    }
    Ok(sources)
}
