//! `--watch`: loads fixtures again when one of their files was saved.
//!
//! Once a second it looks at what files there are, how long they are and when they were written,
//! which also works where a folder is mounted into a container and nobody is told of changes
//! (docs/decisions/0141). A file that is just being written is left alone until it has been the
//! same twice. Not here: what a load does (`fixtures`).

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::app::App;
use crate::config::FixturesMode;
use crate::fixtures::{CurrentFixtures, FixtureSource, Fixtures};
use crate::http::listen::Closing;

/// How often it is looked.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// So many files, and so deep in a folder; more is no folder of fixtures.
const MOST_FILES: usize = 10_000;
const DEEPEST: usize = 16;

/// What the files look like from outside.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct FilesSeen(BTreeMap<PathBuf, (Option<SystemTime>, u64)>);

impl FilesSeen {
    fn of(places: &[PathBuf]) -> Self {
        let mut seen = Self::default();
        for place in places {
            seen.look(place, 0);
        }
        seen
    }

    /// What is not there is not seen: editors take a file away for a moment when they save it.
    fn look(&mut self, path: &Path, depth: usize) {
        let Ok(facts) = fs::metadata(path) else {
            return;
        };
        if !facts.is_dir() {
            let written = facts.modified().ok();
            self.0.insert(path.to_owned(), (written, facts.len()));
            return;
        }
        let Some(entries) = fs::read_dir(path).ok().filter(|_| depth < DEEPEST) else {
            return;
        };
        for entry in entries.flatten() {
            let is_large = entry.file_name() == "node_modules" || entry.file_name() == ".git";
            if !is_large && self.0.len() < MOST_FILES {
                self.look(&entry.path(), depth + 1);
            }
        }
    }
}

/// Says when what it looks at has changed and is still again.
pub(super) struct ChangeOfFiles {
    places: Vec<PathBuf>,
    /// What the files there refer to: tables of import jobs, nested templates.
    referred: Vec<PathBuf>,
    loaded: FilesSeen,
    last: FilesSeen,
}

impl ChangeOfFiles {
    /// From now on: before the files are read for the first time.
    pub fn of(fixtures: &[PathBuf]) -> Self {
        Self::new(files(fixtures))
    }

    fn new(places: Vec<PathBuf>) -> Self {
        let loaded = FilesSeen::of(&places);
        Self {
            places,
            referred: Vec::new(),
            last: loaded.clone(),
            loaded,
        }
    }

    pub fn is_of_nothing(&self) -> bool {
        self.places.is_empty()
    }

    /// Looks at these files as well from now on, before they are loaded; at no others beside the
    /// places.
    pub fn refer_to(&mut self, files: Vec<PathBuf>) {
        let before = std::mem::replace(&mut self.referred, files);
        let now = FilesSeen::of(&self.referred);
        let is_in_a_place = |file: &Path| self.places.iter().any(|place| file.starts_with(place));
        for seen in [&mut self.loaded.0, &mut self.last.0] {
            for file in before.iter().filter(|file| !is_in_a_place(file)) {
                if !now.0.contains_key(file) {
                    seen.remove(file);
                }
            }
            for (file, facts) in &now.0 {
                seen.entry(file.clone()).or_insert(*facts);
            }
        }
    }

    fn look(&mut self) -> bool {
        let mut now = FilesSeen::of(&self.places);
        now.0.extend(FilesSeen::of(&self.referred).0);
        let is_still = now == self.last;
        self.last = now;
        let has_changed = is_still && self.last != self.loaded;
        if has_changed {
            self.loaded = self.last.clone();
        }
        has_changed
    }
}

/// The files and folders of the places that fixtures come from.
fn files(places: &[PathBuf]) -> Vec<PathBuf> {
    let places = places.iter();
    places
        .filter_map(|place| FixtureSource::local(place))
        .collect()
}

/// Watches until the server stops. `read` reads the fixtures as they are now.
pub(super) async fn watch<F>(
    app: Arc<App>,
    current: Arc<CurrentFixtures>,
    mut change: ChangeOfFiles,
    mode: FixturesMode,
    mut closing: Closing,
    read: impl Fn() -> F,
) where
    F: Future<Output = anyhow::Result<Fixtures>>,
{
    let mut turns = tokio::time::interval(LOOK_EVERY);
    loop {
        tokio::select! {
            _ = turns.tick() => {}
            () = closing.wait() => return,
        }
        let looked = tokio::task::spawn_blocking(move || (change.look(), change)).await;
        let Ok((has_changed, still)) = looked else {
            return;
        };
        change = still;
        if !has_changed {
            continue;
        }
        let loaded = match read().await {
            Ok(fixtures) => {
                // Also of those that are refused: a row of a table may be what is wrong.
                change.refer_to(fixtures.files());
                load(&app, &current, mode, (fixtures, &mut closing)).await
            }
            Err(error) => Err(error),
        };
        if let Err(error) = loaded {
            tracing::error!("{error:#}; everything stays as it was");
        }
    }
}

async fn load(
    app: &Arc<App>,
    current: &CurrentFixtures,
    mode: FixturesMode,
    (fixtures, closing): (Fixtures, &mut Closing),
) -> anyhow::Result<()> {
    let _alone = current.loading.lock().await;
    let loaded = fixtures.load_unless(app, mode, closing.wait()).await?;
    match loaded.notes.as_slice() {
        [] => tracing::info!("the fixtures were saved, and nothing is otherwise"),
        notes => notes.iter().for_each(|note| tracing::info!("{note}")),
    }
    if !fixtures.serves_like(&current.get()) {
        tracing::warn!(
            "Apis and Functions are those of the start: a change of them needs a restart"
        );
    }
    current.set(fixtures);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_told_once_it_is_still() {
        let folder = std::env::temp_dir().join(format!("mocknito-watch-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let file = folder.join("a.yaml");
        fs::write(&file, "one").unwrap();
        let mut change = ChangeOfFiles::new(vec![folder.clone()]);
        assert!(!change.look());
        fs::write(&file, "half").unwrap();
        assert!(!change.look(), "it may be half written");
        fs::write(&file, "the whole").unwrap();
        assert!(!change.look(), "it was written again meanwhile");
        assert!(change.look());
        assert!(!change.look(), "it is told once");
        // As editors save: another file takes the name, which is gone for a moment.
        fs::remove_file(&file).unwrap();
        assert!(!change.look());
        fs::write(folder.join("b"), "renamed").unwrap();
        fs::rename(folder.join("b"), &file).unwrap();
        assert!(!change.look());
        assert!(change.look());
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn what_a_file_refers_to_is_looked_at_as_long_as_it_does() {
        let name = format!("mocknito-watch-referred-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).unwrap();
        let (file, table) = (folder.join("a.yaml"), folder.join("staff.csv"));
        fs::write(&file, "one").unwrap();
        fs::write(&table, "ann").unwrap();
        let mut change = ChangeOfFiles::new(vec![file.clone()]);
        change.refer_to(vec![table.clone()]);
        assert!(!change.look() && !change.look());
        fs::write(&table, "ann, ben").unwrap();
        assert!(!change.look(), "it may be half written");
        assert!(change.look());
        change.refer_to(vec![table.clone()]);
        assert!(!change.look() && !change.look());
        // One that is not there yet is waited for.
        let later = folder.join("later.csv");
        change.refer_to(vec![later.clone()]);
        assert!(!change.look() && !change.look());
        fs::write(&table, "ann").unwrap();
        assert!(
            !change.look() && !change.look(),
            "nothing refers to it any more"
        );
        fs::write(&later, "ann").unwrap();
        assert!(!change.look());
        assert!(change.look());
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn only_files_are_watched() {
        let places = ["-", "https://example.com/a.yaml", "a.yaml"].map(PathBuf::from);
        assert_eq!(files(&places), [PathBuf::from("a.yaml")]);
    }
}
