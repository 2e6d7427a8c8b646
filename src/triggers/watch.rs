//! Whether a handler's code has changed: the file, and what lies beside and below it, since that is
//! what it imports.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

/// Folders that nobody edits.
const PASSED_OVER: [&str; 4] = ["node_modules", "__pycache__", "venv", "site-packages"];
/// What is code, or is loaded as such.
const CODE: [&str; 8] = ["js", "mjs", "cjs", "ts", "mts", "cts", "json", "py"];
/// The most files that are looked at, and how deep.
const MOST: usize = 500;
const DEEPEST: usize = 4;
/// A look that takes longer than this is not taken with each call.
const LONG_LOOK: Duration = Duration::from_millis(1);
const BETWEEN_LONG_LOOKS: Duration = Duration::from_millis(500);

/// A handler's folder as it was last seen.
#[derive(Debug)]
pub(super) struct Watch {
    file: PathBuf,
    seen: SeenFiles,
    looked: Instant,
    took: Duration,
}

/// How many files there are, how long they are together, and which is the newest.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct SeenFiles {
    files: usize,
    bytes: u64,
    newest: Option<SystemTime>,
}

impl Watch {
    pub fn new(file: &Path) -> Self {
        let started = Instant::now();
        let seen = look(file);
        Self {
            file: file.to_owned(),
            seen,
            looked: started,
            took: started.elapsed(),
        }
    }

    /// Whether something is different from the last time.
    pub fn has_changed(&mut self) -> bool {
        if self.took > LONG_LOOK && self.looked.elapsed() < BETWEEN_LONG_LOOKS {
            return false;
        }
        let now = Self::new(&self.file);
        let changed = now.seen != self.seen;
        *self = now;
        changed
    }
}

fn look(file: &Path) -> SeenFiles {
    let mut seen = SeenFiles::default();
    seen.add(file);
    let folder = file.parent().unwrap_or(file);
    below(folder, DEEPEST, &mut seen);
    seen
}

fn below(folder: &Path, depth: usize, seen: &mut SeenFiles) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        if seen.files >= MOST {
            return;
        }
        let (name, path) = (entry.file_name(), entry.path());
        let hidden = name.to_string_lossy().starts_with('.');
        if hidden || PASSED_OVER.iter().any(|passed_over| name == *passed_over) {
            continue;
        }
        if path
            .extension()
            .is_some_and(|ending| CODE.iter().any(|code| ending == *code))
        {
            seen.add(&path);
        } else if depth > 0 && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            below(&path, depth - 1, seen);
        }
    }
}

impl SeenFiles {
    fn add(&mut self, file: &Path) {
        let Ok(facts) = fs::metadata(file) else {
            return;
        };
        self.files += 1;
        self.bytes = self.bytes.wrapping_add(facts.len());
        self.newest = self.newest.max(facts.modified().ok());
    }
}
