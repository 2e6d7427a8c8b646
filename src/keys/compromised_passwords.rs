//! Passwords that everybody knows: a short list that is built in, and a file of the operator's.
//!
//! Of a file only eight bytes of a digest are kept per line, so that a list of millions fits into
//! memory. Not here: when passwords are looked up, and what follows (`domain::risk`).

use std::collections::HashSet;
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::LazyLock;

use aws_lc_rs::digest::{SHA256, digest};

/// The commonest passwords of six characters or more, in lower case, sorted. Where they come from:
/// `docs/decisions/0091`.
const COMMON: &str = include_str!("common_passwords.txt");

/// The longest line that can be a password: 256 characters of at most four bytes, and a line's end.
const LONGEST: usize = 1_026;
/// More lines are not taken: they would need more than some 200 megabytes.
const MOST: usize = 20_000_000;

/// The passwords of the built-in list and of the file.
#[derive(Default)]
pub struct CompromisedPasswords {
    /// The file's, as [`short_digest`], sorted.
    of_file: Vec<u64>,
}

impl fmt::Debug for CompromisedPasswords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CompromisedPasswords")
            .field("of_file", &self.of_file.len())
            .finish()
    }
}

impl CompromisedPasswords {
    /// The built-in ones and those of a file, one a line.
    pub fn with_file(path: &Path) -> io::Result<Self> {
        Self::read(BufReader::new(File::open(path)?), MOST)
    }

    fn read(mut lines: impl BufRead, most: usize) -> io::Result<Self> {
        let mut of_file = Vec::new();
        let mut line = Vec::new();
        loop {
            line.clear();
            let mut part = (&mut lines).take(LONGEST as u64);
            let length = part.read_until(b'\n', &mut line)?;
            if length == 0 {
                break;
            }
            if length == LONGEST && !line.ends_with(b"\n") {
                lines.skip_until(b'\n')?;
                continue;
            }
            let text = line.strip_suffix(b"\n").unwrap_or(&line);
            let text = text.strip_suffix(b"\r").unwrap_or(text);
            if text.is_empty() {
                continue;
            }
            if of_file.len() == most {
                return Err(io::Error::other(format!("it has more than {most} lines")));
            }
            of_file.push(short_digest(text));
        }
        of_file.sort_unstable();
        of_file.dedup();
        Ok(Self { of_file })
    }

    /// Whether the password is in the file, or in the built-in list but for its case.
    pub fn contains(&self, password: &str) -> bool {
        static BUILT_IN: LazyLock<HashSet<&str>> = LazyLock::new(|| COMMON.lines().collect());
        BUILT_IN.contains(password.to_lowercase().as_str())
            || self
                .of_file
                .binary_search(&short_digest(password.as_bytes()))
                .is_ok()
    }
}

/// Enough of a digest: among 20 million lines a password that is not there is found once in a
/// million million times.
fn short_digest(password: &[u8]) -> u64 {
    let digest = digest(&SHA256, password);
    let first = digest.as_ref().first_chunk::<8>();
    first.map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_list_is_known_in_any_case() {
        let known = CompromisedPasswords::default();
        for password in ["password", "P@ssw0rd", "QWERTY123"] {
            assert!(known.contains(password), "{password}");
        }
        for password in ["", "Passw0rd!", "password ", "correct horse battery"] {
            assert!(!known.contains(password), "{password}");
        }
        let lines: Vec<&str> = COMMON.lines().collect();
        assert!(lines.is_sorted() && lines.iter().all(|line| line.len() >= 6));
    }

    #[test]
    fn a_file_has_a_password_a_line_as_it_is() {
        let long = "x".repeat(LONGEST * 3);
        let file = format!(
            "Tr0ub4dor&3\r\n\n{long}\n with blanks \n{}\nlast",
            "y".repeat(1_024)
        );
        let known = CompromisedPasswords::read(file.as_bytes(), 10).unwrap();
        assert_eq!(known.of_file.len(), 4);
        for password in ["Tr0ub4dor&3", " with blanks ", "last", &"y".repeat(1_024)] {
            assert!(known.contains(password), "{password}");
        }
        for password in [
            "tr0ub4dor&3",
            "with blanks",
            "las",
            "",
            &long,
            &long[..LONGEST],
        ] {
            assert!(!known.contains(password), "{password}");
        }
        let refused = CompromisedPasswords::read(file.as_bytes(), 3).unwrap_err();
        assert_eq!(refused.to_string(), "it has more than 3 lines");
    }
}
