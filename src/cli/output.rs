//! What verbs print: a table for a person, JSON for a program.
//!
//! Not here: the log and its colours (`logging.rs`), what the server prints at its start
//! (`serve.rs`).

use std::io::{self, Write};

use anyhow::Context;
use serde_json::Value;

pub(super) use crate::fixtures::harmless;

/// Prints a line, or several.
pub(super) fn print(text: &str) -> anyhow::Result<()> {
    print_on(text).map(|_still_read| ())
}

/// The same; whether somebody still reads. Who has seen enough closes the pipe:
/// `mocknito users list | head`.
pub(super) fn print_on(text: &str) -> anyhow::Result<bool> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        printed => printed
            .map(|()| true)
            .context("standard output cannot be written"),
    }
}

/// Prints a document for programs.
pub(super) fn print_json(document: &Value) -> anyhow::Result<()> {
    print(&serde_json::to_string_pretty(document)?)
}

/// Lines up cells in columns, below their headings.
pub(super) fn table(headings: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        let longest = cells.map(|cell| cell.chars().count()).max().unwrap_or(0);
        longest.max(headings[column].chars().count())
    };
    let widths: Vec<usize> = (0..headings.len()).map(width).collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let padded = cells
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:<width$}"));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let mut lines = vec![line(&mut headings.iter().copied())];
    lines.extend(
        rows.iter()
            .map(|row| line(&mut row.iter().map(String::as_str))),
    );
    lines.join("\n")
}

/// A member of a document as a cell.
pub(super) fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => harmless(text),
        other => other.to_string(),
    }
}

/// What is in a list of a document: nothing where there is no list.
pub(super) fn items(list: &Value) -> &[Value] {
    list.as_array().map_or(&[][..], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_longest_cell() {
        let rows = [
            vec!["alice".into(), "CONFIRMED".into()],
            vec!["b".into(), String::new()],
        ];
        assert_eq!(
            table(&["NAME", "STATUS"], &rows),
            "NAME   STATUS\nalice  CONFIRMED\nb"
        );
    }

    #[test]
    fn what_others_made_moves_no_cursor() {
        assert_eq!(harmless("a\u{1b}[2Jb\nc"), r"a\u{1b}[2Jb\nc");
        assert_eq!(cell(&json!("a\u{202e}b")), r"a\u{202e}b");
    }
}
