//! Statements about many rows.
//!
//! SQLite has a thread of its own: a statement costs two switches between threads, up to a fifth of
//! a millisecond, and SQLite's part of it is a tenth of that. So what has hundreds of rows to write
//! writes them together.

/// How many rows a statement asks for or writes: SQLite binds at most 32,766 values, and a user has
/// 22.
pub(super) const AT_ONCE: usize = 200;

/// `(?, ?), (?, ?)`: so many rows of so many values.
pub(super) fn placeholders(rows: usize, values: usize) -> String {
    let row = format!("({})", vec!["?"; values].join(", "));
    vec![row; rows].join(", ")
}
