//! One name, one idea: no two files define a type of the same name.
//!
//! Generated code has the names of the API's model, and tests may name what they like.

use std::collections::BTreeMap;

use super::report;
use super::rust::{Source, identifier, sources};

#[test]
fn a_type_name_means_one_thing() {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for source in sources() {
        if source.path.contains("generated/") {
            continue;
        }
        for (line, name) in types(&source) {
            let place = format!("src/{}:{line}", source.path);
            places.entry(name).or_default().push(place);
        }
    }
    let mut wrong = Vec::new();
    for (name, places) in &places {
        if places.len() > 1 {
            wrong.push(format!("{name} is defined in {}", places.join(" and ")));
        }
    }
    report(&wrong);
}

/// The types that a file defines at its outermost level, with their lines.
fn types(source: &Source) -> Vec<(usize, String)> {
    const KEYWORDS: [&str; 5] = ["struct ", "enum ", "trait ", "type ", "union "];
    let mut found = Vec::new();
    let mut depth = 0;
    for (at, line) in source.code.lines().enumerate() {
        if depth == 0 {
            let item = line.trim_start();
            let item = match item.strip_prefix("pub") {
                Some(rest) if rest.starts_with('(') => {
                    rest.split_once(')').map_or(rest, |(_, item)| item)
                }
                Some(rest) => rest,
                None => item,
            };
            let item = item.trim_start();
            if let Some(name) = KEYWORDS.iter().find_map(|word| item.strip_prefix(word)) {
                found.push((at + 1, identifier(name)));
            }
        }
        for character in line.chars() {
            match character {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
        }
    }
    found
}

#[test]
fn types_are_found_at_the_outermost_level_only() {
    let text = "pub(super) struct A {\n  b: u8,\n}\nenum B { C }\npub trait D {\n    type E;\n}\n\
                impl D for A {\n    type E = u8;\n}\nmod tests {\n    struct F;\n}\ntype G = u8;";
    let source = Source::new("x.rs".to_owned(), text.to_owned());
    let names: Vec<String> = types(&source).into_iter().map(|(_, name)| name).collect();
    assert_eq!(names, ["A", "B", "D", "G"]);
}
