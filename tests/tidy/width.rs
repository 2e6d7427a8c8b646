//! No line is longer than a screen is wide: code, tests, prose, SQL and settings.
//!
//! What cannot be broken may be longer: tables and links of Markdown, a sentence in a string, which
//! one wants to find in one piece, and migrations that have been applied somewhere.

use std::fs;
use std::path::Path;

use super::report;
use super::rust::bare;

const COLUMNS: usize = 100;

/// Files with longer lines, and how many of them. These numbers only ever get smaller.
const KNOWN: &[(&str, usize)] = &[
    ("README.md", 3),
    ("benches/server.rs", 2),
    ("docs/operations.md", 2),
    ("docs/triggers.md", 1),
    ("src/cli/mod.rs", 1),
    ("src/cli/serve.rs", 1),
    ("src/cli/token.rs", 2),
    ("src/clock.rs", 3),
    ("src/config.rs", 2),
    ("src/domain/attributes/tests.rs", 2),
    ("src/error.rs", 1),
    ("src/http/pages/stylesheet.rs", 1),
    ("src/http/tls.rs", 1),
    ("src/keys/xml_signature.rs", 1),
    ("src/operations/import_jobs.rs", 1),
    ("src/operations/mod.rs", 4),
    ("src/store/attempts.rs", 2),
    ("src/store/auth_events.rs", 2),
    ("src/store/authorization_codes.rs", 2),
    ("src/store/browser_sessions.rs", 1),
    ("src/store/devices.rs", 2),
    ("src/store/documents.rs", 2),
    ("src/store/families.rs", 2),
    ("src/store/import_jobs.rs", 4),
    ("src/store/links.rs", 1),
    ("src/store/messages.rs", 2),
    ("src/store/mod.rs", 2),
    ("src/store/passkeys.rs", 3),
    ("src/store/pretend_people.rs", 3),
    ("src/store/sessions.rs", 2),
    ("src/store/software_tokens.rs", 2),
    ("src/store/token_sessions.rs", 3),
    ("src/store/users.rs", 10),
    ("src/wire/validate/tests.rs", 17),
    ("tests/clients/README.md", 5),
    ("tests/clients/rust/Cargo.toml", 1),
    ("tests/codegen/operation_notes.toml", 20),
    ("tests/codegen/overrides.toml", 6),
    ("tests/codegen/src/coverage.rs", 2),
    ("tests/codegen/src/enums.rs", 3),
    ("tests/codegen/src/lib.rs", 3),
    ("tests/codegen/src/operations.rs", 3),
    ("tests/it/clock.rs", 1),
    ("tests/it/federation/issuer.rs", 1),
    ("tests/it/federation/mod.rs", 1),
    ("tests/it/federation/saml.rs", 12),
    ("tests/it/functions/endpoints.rs", 2),
    ("tests/it/functions/handlers.rs", 6),
    ("tests/it/operations/identity_providers.rs", 2),
    ("tests/it/operations/import_jobs.rs", 4),
    ("tests/it/operations/lock_out.rs", 1),
    ("tests/it/operations/sign_in.rs", 1),
    ("tests/it/operations/tokens.rs", 1),
    ("tests/it/triggers/messages.rs", 5),
    ("tests/it/triggers/migration.rs", 4),
    ("tests/it/triggers/sign_up.rs", 3),
    ("tests/it/triggers/tokens.rs", 3),
];

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
            let known = KNOWN.iter().find(|(file, _)| *file == below);
            match known {
                None if !long.is_empty() => wrong.push(format!("{below}: lines {long:?}")),
                Some((_, most)) if long.len() > *most => wrong.push(format!(
                    "{below}: {} long lines instead of {most}: {long:?}",
                    long.len()
                )),
                _ => {}
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
