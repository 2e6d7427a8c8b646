//! One process owns a data folder, as long as it lives: SQLite would let a second one in, but what
//! the first keeps in memory (settings, wrong tries) would then be wrong.
//!
//! The operating system's lock on a file of its own: it ends with the process, however that ends.
//! The file says who has it; nothing is made of a file that nobody has locked.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The file in the data folder.
const FILE: &str = "mocknito.lock";

/// Who has the folder by what its file says: `process 28026 at http://localhost:9339`. A server
/// that was killed has left its line behind. It is not asked by a lock of our own: that would be in
/// the way of a server that starts in the same moment.
pub fn folder_owner(folder: &Path) -> Option<String> {
    let said = std::fs::read_to_string(folder.join(FILE)).ok()?;
    said.lines().next().map(str::to_owned)
}

/// The folder is this process's while it lives.
pub(super) struct FolderLock(Mutex<File>);

/// Why the folder is not this process's.
pub(super) enum Refused {
    /// Another has it: who, as far as it says.
    Taken(String),
    Unwritable(std::io::Error),
}

impl FolderLock {
    pub fn take(folder: &Path) -> Result<Self, Refused> {
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(folder.join(FILE))
            .map_err(Refused::Unwritable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut owner = String::new();
                // Where a locked file cannot be read, nobody learns who has it.
                let _unknown = file.read_to_string(&mut owner);
                let owner = owner.lines().next().filter(|owner| !owner.is_empty());
                return Err(Refused::Taken(
                    owner.unwrap_or("another process").to_owned(),
                ));
            }
            // Some network and container file systems have no locks.
            Err(TryLockError::Error(error)) if error.kind() == std::io::ErrorKind::Unsupported => {
                tracing::warn!("the data folder cannot be locked: see that one process uses it");
            }
            Err(TryLockError::Error(error)) => return Err(Refused::Unwritable(error)),
        }
        let lock = Self(Mutex::new(file));
        lock.say(None).map_err(Refused::Unwritable)?;
        Ok(lock)
    }

    /// Gives the folder back while the process goes on.
    pub fn release(&self) -> std::io::Result<()> {
        self.file().unlock()
    }

    /// Writes who has the folder, for the one who is refused.
    pub fn say(&self, address: Option<&str>) -> std::io::Result<()> {
        let mut owner = format!("process {}", std::process::id());
        if let Some(address) = address {
            owner = format!("{owner} at {address}");
        }
        let mut file = self.file();
        file.set_len(0)?;
        file.rewind()?;
        writeln!(file, "{owner}")
    }

    fn file(&self) -> MutexGuard<'_, File> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(folder: &Path) -> Option<String> {
        match FolderLock::take(folder) {
            Err(Refused::Taken(owner)) => Some(owner),
            _ => None,
        }
    }

    #[test]
    fn a_folder_has_one_owner_who_is_named_and_whose_end_frees_it() {
        let folder = std::env::temp_dir().join(format!("mocknito-lock-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let Ok(lock) = FolderLock::take(&folder) else {
            panic!("a new folder is free");
        };
        let process = format!("process {}", std::process::id());
        assert_eq!(owner(&folder).as_deref(), Some(process.as_str()));
        lock.say(Some("http://localhost:1")).unwrap();
        let named = format!("{process} at http://localhost:1");
        assert_eq!(owner(&folder).as_deref(), Some(&*named));
        assert_eq!(folder_owner(&folder), Some(named));
        drop(lock);
        // What is left in the file says nothing.
        assert_eq!(owner(&folder), None);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
