//! Where in a request's body a value stands.

use std::fmt;

/// Where the walk is: a chain on the stack, which becomes text only for a message.
pub(super) enum Path<'a> {
    Root,
    Member(&'a Path<'a>, &'static str),
    /// Counted from 1.
    Element(&'a Path<'a>, usize),
    Entry(&'a Path<'a>, &'a str),
}

impl Path<'_> {
    /// As the members are called in JSON: `UserAttributes[0].Name`.
    pub fn in_json(&self) -> String {
        match self {
            Self::Root => String::new(),
            Self::Member(parent, name) => match parent.in_json() {
                above if above.is_empty() => (*name).to_owned(),
                above => format!("{above}.{name}"),
            },
            Self::Element(parent, number) => format!("{}[{}]", parent.in_json(), number - 1),
            Self::Entry(parent, key) => format!("{}.{key}", parent.in_json()),
        }
    }
}

/// As AWS writes it: `userAttributes.1.member.name`.
impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Member(parent, name) => {
                if !matches!(parent, Self::Root) {
                    write!(f, "{parent}.")?;
                }
                let mut rest = name.chars();
                rest.next()
                    .map_or(Ok(()), |first| write!(f, "{}", first.to_ascii_lowercase()))?;
                f.write_str(rest.as_str())
            }
            Self::Element(parent, number) => write!(f, "{parent}.{number}.member"),
            Self::Entry(parent, key) => write!(f, "{parent}.{key}.member"),
        }
    }
}
