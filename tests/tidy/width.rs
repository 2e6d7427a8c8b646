//! No line is longer than a screen is wide: code, tests, prose, SQL and settings.
//!
//! What cannot be broken may be longer: tables and links of Markdown, a sentence in a string, which
//! one wants to find in one piece, and migrations that have been applied somewhere.

use std::fs;
use std::path::Path;

use super::report;
use super::rust::bare;

const COLUMNS: usize = 100;

/// Folders that are not ours, or not written by hand.
const SKIPPED: &[&str] = &[
    "target",
    "node_modules",
    "generated",
    "migrations",
    "model",
    "released",
];

#[test]
fn lines_end_at_100_columns() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut wrong = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder can be read") {
            let path = entry.expect("the folder can be read").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with('.') && name != ".ci" || SKIPPED.contains(&name.as_ref()) {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let ending = path.extension().unwrap_or_default().to_string_lossy();
            if !["rs", "md", "sql", "toml"].contains(&ending.as_ref()) {
                continue;
            }
            let text = fs::read_to_string(&path).expect("sources are UTF-8");
            let below = path.strip_prefix(root).expect("it lies below the root");
            let below = below.to_string_lossy().replace('\\', "/");
            let long = long_lines(&text, &ending);
            if !long.is_empty() {
                wrong.push(format!("{below}: lines {long:?}"));
            }
        }
    }
    wrong.sort();
    report(&wrong);
}

fn long_lines(text: &str, ending: &str) -> Vec<usize> {
    let mut columns: Vec<usize> = text.lines().map(|line| line.chars().count()).collect();
    if ending == "rs" {
        for (line, string) in bare(text).1 {
            if !string.contains('\n') {
                columns[line - 1] = columns[line - 1].saturating_sub(string.chars().count());
            }
        }
    }
    text.lines()
        .zip(columns)
        .enumerate()
        .filter(|(_, (_, columns))| *columns > COLUMNS)
        .filter(|(_, (line, _))| !(ending == "md" && cannot_be_broken(line)))
        .map(|(at, _)| at + 1)
        .collect()
}

/// A table's row, or a line that is nothing but a link.
fn cannot_be_broken(line: &str) -> bool {
    let line = line.trim_start().trim_start_matches(['-', '*', '>', ' ']);
    line.starts_with('|') || !line.contains(' ') || line.starts_with('[') && line.ends_with(')')
}

#[test]
fn only_what_can_be_broken_is_too_long() {
    let sentence = "word ".repeat(30);
    for broken in [
        format!("// {sentence}"),
        format!("fn f() {{}} // {sentence}\"{sentence}\""),
        format!("const A: &str = \"x\n{sentence}\";"),
    ] {
        assert!(!long_lines(&broken, "rs").is_empty(), "{broken}");
    }
    assert!(long_lines(&format!("f(\"{sentence}\");"), "rs").is_empty());
    assert_eq!(long_lines(&sentence, "md"), [1]);
    assert!(long_lines(&format!("| {sentence} |"), "md").is_empty());
}
