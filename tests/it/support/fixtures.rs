//! Fixtures that a test writes itself: read, and loaded into a server. Not here: files.

use mocknito::config::FixturesMode;
use mocknito::fixtures::{FixtureError, FixtureSource, Fixtures, ImportSettings};

use super::Server;

/// As on standard input.
pub fn written(name: &str, text: &str) -> FixtureSource {
    let (name, text) = (name.to_owned(), text.to_owned());
    FixtureSource::Text { name, text }
}

pub fn read(name: &str, text: &str) -> Result<Fixtures, FixtureError> {
    let source = written(name, text);
    Fixtures::of(false, vec![source], &ImportSettings::default())
}

/// Loads it; gives what is told, or what is wrong.
pub async fn load(
    server: &Server,
    name: &str,
    text: &str,
    mode: FixturesMode,
) -> Result<Vec<String>, String> {
    let fixtures = read(name, text).map_err(|broken| broken.to_string())?;
    let loaded = fixtures.load_in_mode(&server.app, mode).await;
    let loaded = loaded.map_err(|broken| broken.to_string())?;
    Ok(loaded.notes)
}
