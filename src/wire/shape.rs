//! The form of a constraint table: what a shape is and what it asks of a value. The tables are in
//! `generated/`, their reader is `validate.rs`.

use std::sync::OnceLock;

use regex::Regex;

/// What a value must be. All of them are statics, built by the `const` functions below.
#[derive(Debug)]
pub struct Shape {
    /// The model's name for it.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// Its values must not appear in messages.
    pub sensitive: bool,
    /// The least length (strings, lists, maps, blobs) or value (numbers).
    pub min: Option<i64>,
    /// The greatest length or value.
    pub max: Option<i64>,
    /// What a string must match as a whole.
    pub pattern: Option<&'static Pattern>,
    /// What a string may be; empty where it is free.
    pub values: &'static [&'static str],
}

/// The kinds of shapes that a request or an answer of either API contains. A model that needs
/// another fails to compile: it names a builder that is not there.
#[derive(Debug)]
pub enum Kind {
    String,
    Integer,
    Long,
    Boolean,
    Blob,
    /// Seconds since 1970, a number.
    Timestamp,
    /// Any JSON.
    Document,
    /// The shape of its elements.
    List(&'static Shape),
    /// The shapes of its keys and of its values.
    Map(&'static Shape, &'static Shape),
    Structure(&'static [Member]),
}

/// A member of a structure.
#[derive(Debug)]
pub struct Member {
    /// Its name, as in JSON.
    pub name: &'static str,
    /// Whether it must be there.
    pub required: bool,
    /// What it must be.
    pub shape: &'static Shape,
}

impl Member {
    pub(super) const fn required(name: &'static str, shape: &'static Shape) -> Self {
        Self {
            name,
            required: true,
            shape,
        }
    }

    pub(super) const fn optional(name: &'static str, shape: &'static Shape) -> Self {
        Self {
            name,
            required: false,
            shape,
        }
    }
}

/// Builders for the generated tables, one per kind and one per constraint.
impl Shape {
    const fn new(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            kind,
            sensitive: false,
            min: None,
            max: None,
            pattern: None,
            values: &[],
        }
    }

    /// A document, of which nothing is asked.
    pub(crate) const fn anything() -> Self {
        Self::new("Anything", Kind::Document)
    }

    pub(super) const fn string(name: &'static str) -> Self {
        Self::new(name, Kind::String)
    }

    pub(super) const fn integer(name: &'static str) -> Self {
        Self::new(name, Kind::Integer)
    }

    pub(super) const fn long(name: &'static str) -> Self {
        Self::new(name, Kind::Long)
    }

    pub(super) const fn boolean(name: &'static str) -> Self {
        Self::new(name, Kind::Boolean)
    }

    pub(super) const fn blob(name: &'static str) -> Self {
        Self::new(name, Kind::Blob)
    }

    pub(super) const fn timestamp(name: &'static str) -> Self {
        Self::new(name, Kind::Timestamp)
    }

    pub(super) const fn document(name: &'static str) -> Self {
        Self::new(name, Kind::Document)
    }

    pub(super) const fn list(name: &'static str, element: &'static Shape) -> Self {
        Self::new(name, Kind::List(element))
    }

    pub(super) const fn map(
        name: &'static str,
        key: &'static Shape,
        value: &'static Shape,
    ) -> Self {
        Self::new(name, Kind::Map(key, value))
    }

    pub(super) const fn structure(name: &'static str, members: &'static [Member]) -> Self {
        Self::new(name, Kind::Structure(members))
    }

    pub(super) const fn min(mut self, min: i64) -> Self {
        self.min = Some(min);
        self
    }

    pub(super) const fn max(mut self, max: i64) -> Self {
        self.max = Some(max);
        self
    }

    pub(super) const fn pattern(mut self, pattern: &'static Pattern) -> Self {
        self.pattern = Some(pattern);
        self
    }

    pub(super) const fn values(mut self, values: &'static [&'static str]) -> Self {
        self.values = values;
        self
    }

    pub(super) const fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }

    /// Whether a value of this shape may hold something that must not be printed.
    pub fn holds_secrets(&self) -> bool {
        self.sensitive
            || match self.kind {
                Kind::List(element) => element.holds_secrets(),
                Kind::Map(key, value) => key.holds_secrets() || value.holds_secrets(),
                Kind::Structure(members) => members.iter().any(|m| m.shape.holds_secrets()),
                _ => false,
            }
    }
}

/// A regular expression: the model's own text for messages, and its translation, which is compiled
/// when it is first used.
#[derive(Debug)]
pub struct Pattern {
    text: &'static str,
    expression: &'static str,
    compiled: OnceLock<Option<Regex>>,
}

impl Pattern {
    pub(super) const fn new(text: &'static str, expression: &'static str) -> Self {
        Self {
            text,
            expression,
            compiled: OnceLock::new(),
        }
    }

    /// The pattern as AWS prints it.
    pub fn text(&self) -> &'static str {
        self.text
    }

    /// Whether the whole of `value` matches. The generator has compiled every expression; should
    /// one fail here all the same, nothing matches it.
    pub fn matches(&self, value: &str) -> bool {
        self.compiled().is_some_and(|regex| regex.is_match(value))
    }

    pub(super) fn compiled(&self) -> Option<&Regex> {
        self.compiled
            .get_or_init(|| Regex::new(self.expression).ok())
            .as_ref()
    }
}
