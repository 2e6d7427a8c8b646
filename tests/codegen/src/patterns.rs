//! Patterns: from the model's Java regular expressions to the `regex` crate's, each distinct one
//! once, for both services. The original text goes along, because it is what a client reads in a
//! message.

use std::collections::BTreeMap;

use regex::Regex;

use crate::model::{Model, Shape};
use crate::{Result, names};

/// Every pattern that an input can be held against, keyed by (text for messages, expression to
/// match).
pub struct Patterns {
    names: BTreeMap<(String, String), String>,
}

impl Patterns {
    pub fn collect(models: &[Model]) -> Result<Self> {
        let mut patterns: BTreeMap<(String, String), String> = BTreeMap::new();
        for model in models {
            for name in &model.inputs {
                let shape = model.shape(name);
                if let Some(key) =
                    Self::key(shape).map_err(|e| format!("pattern of {name}: {e}"))?
                {
                    // Named for the first shape that has it: the constraint tables stay readable.
                    let taken: Vec<String> = patterns.values().cloned().collect();
                    patterns
                        .entry(key)
                        .or_insert_with(|| free_name(&names::constant(name), &taken));
                }
            }
        }
        Ok(Self { names: patterns })
    }

    /// The constant that holds a shape's pattern.
    pub fn name_of(&self, shape: &Shape) -> Option<&str> {
        let key = Self::key(shape).ok().flatten()?;
        self.names.get(&key).map(String::as_str)
    }

    fn key(shape: &Shape) -> Result<Option<(String, String)>> {
        let Some(text) = &shape.pattern else {
            return Ok(None);
        };
        let expression = translate(shape.match_pattern.as_ref().unwrap_or(text))?;
        Regex::new(&expression).map_err(|e| format!("{text} does not compile: {e}"))?;
        Ok(Some((text.clone(), expression)))
    }

    pub fn render(&self) -> String {
        let mut out = String::from(
            "//! Every pattern that an input member can be held against.\n\nuse crate::wire::shape::Pattern;\n\n",
        );
        let by_name: BTreeMap<&String, &(String, String)> =
            self.names.iter().map(|(key, name)| (name, key)).collect();
        for (name, (text, expression)) in by_name {
            out += &format!(
                "pub(super) static {name}: Pattern = Pattern::new(\n    {},\n    {},\n);\n",
                raw(text),
                raw(expression)
            );
        }
        out
    }
}

fn free_name(wanted: &str, taken: &[String]) -> String {
    let mut name = wanted.to_owned();
    let mut n = 2;
    while taken.contains(&name) {
        name = format!("{wanted}_{n}");
        n += 1;
    }
    name
}

/// A raw string literal: patterns are unreadable enough without doubled backslashes.
fn raw(text: &str) -> String {
    if text.contains("\"#") {
        return format!("{text:?}");
    }
    let hashes = if text.contains('"') { "#" } else { "" };
    format!("r{hashes}\"{text}\"{hashes}")
}

/// Translates a Java expression that is matched as a whole (`Matcher.matches`) into one for
/// `Regex::is_match`. What differs: `\w`, `\d` and `\s` are ASCII in Java, and its dot stops at
/// more line ends. Escapes and set operators that are not known to mean the same on both sides are
/// refused rather than guessed.
fn translate(java: &str) -> Result<String> {
    let dot_matches_all = java.starts_with("(?s)");
    let mut out = String::from(r"\A(?:");
    let mut in_class = false;
    let mut chars = java.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                let escaped = chars.next().ok_or("it ends in a backslash")?;
                match escaped {
                    'w' => out.push_str("[0-9A-Za-z_]"),
                    'W' => out.push_str("[^0-9A-Za-z_]"),
                    'd' => out.push_str("[0-9]"),
                    'D' => out.push_str("[^0-9]"),
                    's' => out.push_str(r"[\t\n\x0B\f\r ]"),
                    'S' => out.push_str(r"[^\t\n\x0B\f\r ]"),
                    // Between ASCII letters, digits and signs both mean the same.
                    'b' if !in_class => out.push_str(r"(?-u:\b)"),
                    'p' | 'P' | 'x' | 't' | 'n' | 'r' | 'f' => out.extend(['\\', escaped]),
                    other if other.is_ascii_alphanumeric() => {
                        return Err(format!("the escape \\{other} is not known"));
                    }
                    other => out.extend(['\\', other]),
                }
            }
            '[' if in_class => return Err("a set inside a set is not known".to_owned()),
            '[' => {
                in_class = true;
                out.push(c);
            }
            ']' => {
                in_class = false;
                out.push(c);
            }
            '&' | '~' | '-' if in_class && chars.peek() == Some(&c) => {
                return Err(format!("the set operator {c}{c} is not known"));
            }
            '.' if !in_class && !dot_matches_all => out.push_str(r"[^\n\r\x{85}\x{2028}\x{2029}]"),
            _ => out.push(c),
        }
    }
    out.push_str(r")\z");
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn java(pattern: &str) -> Regex {
        Regex::new(&translate(pattern).expect("translates")).expect("compiles")
    }

    #[test]
    fn word_digit_and_space_classes_are_ascii() {
        assert!(java(r"[\w\s+-]+").is_match("a_9 +-\t\n"));
        assert!(!java(r"[\w]+").is_match("é"));
        assert!(!java(r"\d+").is_match("٣"));
        assert!(java(r"[\S]+").is_match("a\u{a0}b"));
        assert!(!java(r"[\S]+").is_match("a b"));
    }

    #[test]
    fn unicode_categories_still_work() {
        assert!(java(r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+").is_match("Žluťoučký-٣-€"));
        assert!(!java(r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+").is_match("a b"));
    }

    #[test]
    fn a_pattern_matches_the_whole_value() {
        assert!(!java("[0-9]+").is_match("12a"));
        assert!(!java("a|b").is_match("ab"));
        assert!(!java("^[0-9]+$").is_match("12\n"));
    }

    #[test]
    fn the_dot_stops_at_line_ends_unless_told_otherwise() {
        assert!(!java(r".*\{####\}.*").is_match("a\u{2028}{####}"));
        assert!(java("(?s).*").is_match("a\r\nb"));
        assert!(java("[.]").is_match("."));
    }

    #[test]
    fn a_word_boundary_is_one() {
        let id = java(r"^[0-9a-f]{2}\b-[0-9a-f]{2}$");
        assert!(id.is_match("0a-b1"));
        assert!(!id.is_match("0ab1"));
    }

    #[test]
    fn what_cannot_be_translated_is_refused() {
        for pattern in [r"\Bword", "[a-z&&[^b]]", "[a[b]]", "a\\"] {
            assert!(translate(pattern).is_err(), "{pattern}");
        }
    }
}
