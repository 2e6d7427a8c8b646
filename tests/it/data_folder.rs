//! One process owns a data folder: the binary itself, twice.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use crate::support::Folder;
use crate::support::binary::mocknito;

/// The server on a data folder, killed when it is dropped.
struct Process {
    child: Child,
    url: String,
}

impl Process {
    fn start(folder: &Path) -> Self {
        let mut child = serve(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let printed = BufReader::new(child.stdout.take().unwrap());
        let url = printed
            .lines()
            .map_while(Result::ok)
            .find_map(|line| line.trim().strip_prefix("Endpoint").map(str::to_owned));
        let mut process = Self {
            child,
            url: String::new(),
        };
        process.url = url.expect("it says where it is").trim().to_owned();
        process
    }

    fn port(&self) -> &str {
        self.url.rsplit(':').next().unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // SIGKILL, in the middle of whatever it does.
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn serve(folder: &Path) -> Command {
    let mut command = mocknito(&["serve", "--host", "127.0.0.1", "--port", "0", "--data"]);
    command.arg(folder);
    command
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr)
        .trim_end()
        .to_owned()
}

#[test]
fn a_second_process_is_told_who_has_the_folder_and_ends() {
    let folder = Folder::new();
    let first = Process::start(&folder.0);
    let second = serve(&folder.0).output().unwrap();
    let said = said(&second);
    assert!(!second.status.success(), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    let owner = format!("process {} at {}", first.child.id(), first.url);
    assert!(said.contains(&owner), "{said} does not name {owner}");
    assert!(said.contains(&folder.0.display().to_string()), "{said}");
    // Another folder is another matter, and so are the verbs that ask the running server.
    let elsewhere = Folder::new();
    Process::start(&elsewhere.0);
    let healthy = mocknito(&["healthcheck", "--port", first.port()]).output();
    assert!(healthy.unwrap().status.success());
}

#[test]
fn a_killed_process_leaves_no_lock_behind() {
    let folder = Folder::new();
    for _ in 0..3 {
        drop(Process::start(&folder.0));
    }
    assert!(folder.0.join("mocknito.lock").exists());
}

#[test]
fn a_new_folder_is_nothing_to_commit_and_somebodys_own_is_left_alone() {
    let folder = Folder::new();
    let ours = folder.0.join("new");
    drop(Process::start(&ours));
    let ignored = std::fs::read_to_string(ours.join(".gitignore")).unwrap();
    assert!(ignored.lines().any(|line| line == "*"), "{ignored}");

    let theirs = folder.0.join("theirs");
    std::fs::create_dir(&theirs).unwrap();
    std::fs::write(theirs.join("README.md"), "a repository").unwrap();
    drop(Process::start(&theirs));
    assert!(!theirs.join(".gitignore").exists());
}
