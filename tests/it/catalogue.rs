//! The catalogue of refusals against these tests: each situation in it is asserted by one of them.
//!
//! A situation counts as asserted when a test has its name in quotes (`refuses_as`) or all of its
//! words (`refuses`, and the pages that show them). That what stands in quotes is also what was
//! answered is for the assertion itself to say.

use std::fs;
use std::path::Path;

use mocknito::error::{CATALOGUE, Entry};
use regex::Regex;

/// Situations that cannot be asserted so, each with the reason.
const OUT_OF_REACH: &[(&str, &str)] = &[(
    "ProviderRefused",
    "its words are the provider's own: `federation/rounds.rs` asserts that they arrive",
)];

/// Words that are shorter than this say too little to tell which situation they are of.
const ENOUGH: usize = 12;

#[test]
fn each_situation_of_the_catalogue_is_asserted_by_a_test() {
    let mut tests = String::new();
    read(
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it")),
        &mut tests,
    );
    let mut unseen: Vec<&Entry> = CATALOGUE
        .iter()
        .filter(|entry| !tests.contains(&format!("\"{}\"", entry.situation)))
        .collect();
    // Words with fewer values first, each taken away when found: "Auth flow not enabled" is not
    // also "{flow} flow not enabled".
    let mut words: Vec<(&Entry, Vec<String>)> = CATALOGUE
        .iter()
        .map(|entry| (entry, constant_parts(entry.message)))
        .collect();
    words.sort_by_key(|(_, parts)| (parts.len(), usize::MAX - length(parts)));
    for (entry, parts) in words {
        if length(&parts) < ENOUGH {
            continue;
        }
        let parts: Vec<String> = parts.iter().map(|part| regex::escape(part)).collect();
        let shared = |other: &&Entry| other.message == entry.message;
        let before = if CATALOGUE.iter().filter(shared).count() > 1 {
            format!("\"{}: ", entry.code.as_str())
        } else {
            "(\"|: |\\})".to_owned()
        };
        let found = Regex::new(&format!("{before}{}\"", parts.join("[^\"]*?"))).unwrap();
        if found.is_match(&tests) {
            tests = found.replace_all(&tests, "\"").into_owned();
            unseen.retain(|one| one.situation != entry.situation);
        }
    }
    for (situation, _) in OUT_OF_REACH {
        let before = unseen.len();
        unseen.retain(|entry| entry.situation != *situation);
        assert!(
            unseen.len() < before,
            "{situation} is seen by a test, or gone: unlist it"
        );
    }
    let unseen: Vec<&str> = unseen.iter().map(|entry| entry.situation).collect();
    assert!(
        unseen.is_empty(),
        "no test asserts {} of {} situations; write one, or remove what no request can reach:\n{}",
        unseen.len(),
        CATALOGUE.len(),
        unseen.join("\n")
    );
}

/// The parts of a message between its values.
fn constant_parts(message: &str) -> Vec<String> {
    let protected = message.replace("{{", "\u{2}").replace("}}", "\u{3}");
    Regex::new(r"\{\w+\}")
        .unwrap()
        .split(&protected)
        .map(|part| part.replace('\u{2}', "{").replace('\u{3}', "}"))
        .collect()
}

fn length(parts: &[String]) -> usize {
    parts.iter().map(String::len).sum()
}

/// Appends the sources below a folder, but this one, as their strings read: escapes resolved,
/// quotes within a string replaced, doubled braces single.
fn read(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(&path, text);
        } else if path.extension().is_some_and(|ext| ext == "rs") && !path.ends_with(file!()) {
            let source = fs::read_to_string(&path).unwrap();
            let code = source
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"));
            text.push_str(&unescaped(&code.collect::<Vec<_>>().join("\n")));
        }
    }
}

fn unescaped(source: &str) -> String {
    let mut text = String::with_capacity(source.len());
    let mut rest = source.chars();
    while let Some(c) = rest.next() {
        match (c, if c == '\\' { rest.next() } else { None }) {
            (_, Some('\n')) => {
                let next = rest.as_str().trim_start();
                rest = next.chars();
            }
            (_, Some('n')) => text.push('\n'),
            (_, Some('"')) => text.push('\''),
            (_, Some('\\')) => text.push('\\'),
            // Another escape, or a backslash in a raw string.
            (_, Some(other)) => text.extend([c, other]),
            _ => text.push(c),
        }
    }
    text.replace("{{", "{").replace("}}", "}")
}
