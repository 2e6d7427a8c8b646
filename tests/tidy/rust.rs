//! Reading Rust well enough: the sources of `src`, without comments and strings.

use std::fs;
use std::path::{Path, PathBuf};

/// A source file: its path below `src`, its text, and its text without comments and strings.
pub struct Source {
    pub path: String,
    pub text: String,
    pub code: String,
    pub strings: Vec<(usize, String)>,
}

impl Source {
    pub fn new(path: String, text: String) -> Self {
        let (code, strings) = bare(&text);
        Self {
            path,
            text,
            code,
            strings,
        }
    }

    /// The names that lead from the crate's root to the file's module; none for `main.rs` and
    /// `lib.rs`.
    pub fn module_path(&self) -> Option<Vec<String>> {
        self.module()?;
        let path = self.path.strip_suffix(".rs")?;
        let path = path.strip_suffix("/mod").unwrap_or(path);
        Some(path.split('/').map(str::to_owned).collect())
    }

    /// The module of the crate's root that the file belongs to; none for `main.rs` and `lib.rs`,
    /// which see everything.
    pub fn module(&self) -> Option<&str> {
        let module = self.path.split(['/', '.']).next()?;
        (module != "main" && module != "lib").then_some(module)
    }

    /// How many `super::` lead from the file's module to the crate's root.
    pub fn depth(&self) -> usize {
        let folders = self.path.matches('/').count();
        if self.path.ends_with("/mod.rs") {
            folders
        } else {
            folders + 1
        }
    }

    pub fn line(&self, at: usize) -> usize {
        self.code[..at].matches('\n').count() + 1
    }
}

pub fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("src can be read") {
            let path: PathBuf = entry.expect("src can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let below = path.strip_prefix(&root).expect("it lies in src");
                let text = fs::read_to_string(&path).expect("sources are UTF-8");
                let path = below.to_string_lossy().replace('\\', "/");
                sources.push(Source::new(path, text));
            }
        }
    }
    assert!(!sources.is_empty());
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    sources
}

pub fn identifier(text: &str) -> String {
    text.chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect()
}

/// The text with comments and the contents of strings blanked out, line for line, and the strings
/// with their lines.
pub fn bare(text: &str) -> (String, Vec<(usize, String)>) {
    let (mut code, mut strings) = (String::with_capacity(text.len()), Vec::new());
    let (mut at, mut text_line) = (0, 1);
    while let Some(character) = text[at..].chars().next() {
        let rest = &text[at..];
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            block_comment(rest)
        } else if let Some((length, content)) = string(rest, code.chars().next_back()) {
            strings.push((text_line, content.to_owned()));
            length
        } else if let Some(length) = character_literal(rest) {
            length
        } else {
            code.push(character);
            at += character.len_utf8();
            text_line += usize::from(character == '\n');
            continue;
        };
        let blank = rest[..length]
            .chars()
            .map(|c| if c == '\n' { '\n' } else { ' ' });
        code.extend(blank);
        text_line += rest[..length].matches('\n').count();
        at += length;
    }
    (code, strings)
}

fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    loop {
        match (rest[at..].find("/*"), rest[at..].find("*/")) {
            (Some(open), Some(close)) if open < close => {
                depth += 1;
                at += open + 2;
            }
            (_, Some(close)) => {
                depth -= 1;
                at += close + 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => return rest.len(),
        }
    }
}

/// The length and the content of the string literal that begins here, plain or raw.
fn string(rest: &str, before: Option<char>) -> Option<(usize, &str)> {
    if before.is_none_or(|c| !(c.is_alphanumeric() || c == '_')) {
        let prefix = rest.strip_prefix('b').unwrap_or(rest);
        if let Some(raw) = prefix.strip_prefix('r') {
            let hashes = raw.len() - raw.trim_start_matches('#').len();
            if raw[hashes..].starts_with('"') {
                let start = rest.len() - raw.len() + hashes + 1;
                let end = format!("\"{}", "#".repeat(hashes));
                let length = rest[start..].find(&end)?;
                return Some((start + length + end.len(), &rest[start..start + length]));
            }
        }
    }
    let content = rest.strip_prefix('"')?;
    let mut escaped = false;
    for (at, character) in content.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some((at + 2, &content[..at])),
            _ => {}
        }
    }
    None
}

/// The length of the character literal that begins here; a lifetime is none.
fn character_literal(rest: &str) -> Option<usize> {
    let content = rest.strip_prefix('\'')?;
    if let Some(escape) = content.strip_prefix('\\') {
        let skipped = escape.chars().next()?.len_utf8();
        return Some(escape[skipped..].find('\'')? + 3 + skipped);
    }
    let character = content.chars().next()?;
    content[character.len_utf8()..]
        .starts_with('\'')
        .then(|| character.len_utf8() + 2)
}
