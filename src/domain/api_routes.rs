//! Which route of an API a request belongs to: paths with `{id}` and `{proxy+}`, and which of
//! several goes first.
//!
//! A path is taken apart at its slashes before anything is decoded, and each segment is compared as
//! decoded text: `/%61dmin` is `/admin`, and `%2F` is a letter of its segment and parts nothing.
//! What could be another path for the target behind (dot segments, backslashes, empty segments)
//! belongs to no route at all. Not here: which of an API's routes that fit is taken (`apis.rs`),
//! what an unknown one is answered with (`http::gateway`).

use std::fmt;

use indexmap::IndexMap;

/// The method of a route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RouteMethod {
    Any,
    Only(String),
}

impl RouteMethod {
    pub fn takes(&self, method: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Only(only) => only == method,
        }
    }
}

/// The methods that API Gateway knows.
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// The path of a route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoutePath {
    /// HTTP: whatever no other route takes.
    Default,
    /// `/orders/{id}` without its leading slash, in segments; none for `/`.
    Segments(Vec<Segment>),
}

impl RoutePath {
    /// What goes first: segment by segment a literal, then a parameter, then the rest of the path;
    /// `$default` comes last.
    pub fn ranks(&self) -> Vec<u8> {
        match self {
            Self::Default => vec![u8::MAX],
            Self::Segments(segments) => segments.iter().map(Segment::rank).collect(),
        }
    }

    /// What the parameters stand for, if the path is one of the route's. A lenient gateway does not
    /// look at a slash at the end.
    pub fn parameters(
        &self,
        path: &RequestPath<'_>,
        is_lenient: bool,
    ) -> Option<IndexMap<String, String>> {
        let mut parameters = IndexMap::new();
        let Self::Segments(segments) = self else {
            return Some(parameters);
        };
        let mut left = path.segments.as_slice();
        let slash = path.ends_with_slash && !path.segments.is_empty();
        for segment in segments {
            let (first, rest) = left.split_first()?;
            match segment {
                Segment::Literal(text) if decode(first) != *text => return None,
                Segment::Literal(_) => {}
                Segment::Parameter(name) => {
                    parameters.insert(name.clone(), (*first).to_owned());
                }
                Segment::Greedy(name) => {
                    let mut all = left.join("/");
                    if slash && !is_lenient {
                        all.push('/');
                    }
                    parameters.insert(name.clone(), all);
                    return Some(parameters);
                }
            }
            left = rest;
        }
        (left.is_empty() && (is_lenient || !slash)).then_some(parameters)
    }
}

/// As a route is written: `/orders/{id}`.
impl fmt::Display for RoutePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("$default"),
            Self::Segments(segments) if segments.is_empty() => f.write_str("/"),
            Self::Segments(segments) => segments.iter().try_for_each(|segment| match segment {
                Segment::Literal(text) => write!(f, "/{text}"),
                Segment::Parameter(name) => write!(f, "/{{{name}}}"),
                Segment::Greedy(name) => write!(f, "/{{{name}+}}"),
            }),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    Literal(String),
    /// `{id}`
    Parameter(String),
    /// `{proxy+}`: all that is left, and at least one segment. It stands last.
    Greedy(String),
}

impl Segment {
    /// The smaller goes first.
    fn rank(&self) -> u8 {
        match self {
            Self::Literal(_) => 0,
            Self::Parameter(_) => 1,
            Self::Greedy(_) => 2,
        }
    }

    /// The parameter that it fills.
    pub fn parameter(&self) -> Option<&str> {
        match self {
            Self::Literal(_) => None,
            Self::Parameter(name) | Self::Greedy(name) => Some(name),
        }
    }
}

/// Reads `GET /orders/{id}`, `ANY /{proxy+}` or `$default`.
pub fn parse_route(text: &str) -> Result<(RouteMethod, RoutePath), String> {
    if text == "$default" {
        return Ok((RouteMethod::Any, RoutePath::Default));
    }
    let form = || format!("{text:?} is no route: write it as GET /orders/{{id}}");
    let (method, path) = text.split_once(' ').ok_or_else(form)?;
    let method = match method {
        "ANY" => RouteMethod::Any,
        known if METHODS.contains(&known) => RouteMethod::Only(known.to_owned()),
        other => {
            return Err(format!(
                "{other:?} is no method of a route: ANY, {}",
                METHODS.join(", ")
            ));
        }
    };
    let path = path.trim_start_matches(' ');
    let rest = path.strip_prefix('/').ok_or_else(form)?;
    if rest.is_empty() {
        return Ok((method, RoutePath::Segments(Vec::new())));
    }
    let mut segments = Vec::new();
    let mut names: Vec<&str> = Vec::new();
    let mut pieces = rest.split('/').peekable();
    while let Some(piece) = pieces.next() {
        let inner = piece.strip_prefix('{').and_then(|p| p.strip_suffix('}'));
        let Some(inner) = inner else {
            let odd = |c: char| "{}?#%\\".contains(c) || c.is_whitespace() || c.is_control();
            if piece.is_empty() || piece.contains(odd) || matches!(piece, "." | "..") {
                return Err(format!("{piece:?} can be no segment of a route's path"));
            }
            segments.push(Segment::Literal(piece.to_owned()));
            continue;
        };
        let (name, is_greedy) = match inner.strip_suffix('+') {
            Some(name) => (name, true),
            None => (inner, false),
        };
        let is_name = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
        if name.is_empty() || !name.chars().all(is_name) {
            return Err(format!("{piece:?} names no parameter, as {{id}} does"));
        }
        if names.contains(&name) {
            return Err(format!("{{{name}}} stands twice in the path"));
        }
        names.push(name);
        if is_greedy && pieces.peek().is_some() {
            return Err(format!(
                "{piece} takes all that is left: it must stand last"
            ));
        }
        let name = name.to_owned();
        segments.push(if is_greedy {
            Segment::Greedy(name)
        } else {
            Segment::Parameter(name)
        });
    }
    Ok((method, RoutePath::Segments(segments)))
}

/// The path of a request, in raw segments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestPath<'a> {
    segments: Vec<&'a str>,
    ends_with_slash: bool,
}

impl<'a> RequestPath<'a> {
    /// None for a path that a target could take for another: one with dot segments, plain or
    /// encoded, a backslash, or an empty segment. Honest clients send none of these: browsers and
    /// HTTP libraries resolve dot segments before they ask. (unsure) What AWS does with each.
    pub fn new(path: &'a str) -> Option<Self> {
        let rest = path.strip_prefix('/')?;
        let ends_with_slash = rest.ends_with('/') || rest.is_empty();
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.is_empty() {
            // `//` has an empty segment.
            return (path == "/").then_some(Self {
                segments: Vec::new(),
                ends_with_slash,
            });
        }
        let segments: Vec<&str> = rest.split('/').collect();
        let is_odd = |segment: &&str| {
            segment.is_empty()
                || decode(segment).contains('\\')
                // Some servers take what stands behind a semicolon for a parameter.
                || decode(segment)
                    .split('/')
                    .any(|part| matches!(part.split(';').next(), Some("." | "..")))
        };
        (!segments.iter().any(is_odd)).then_some(Self {
            segments,
            ends_with_slash,
        })
    }

    /// The path behind its first segment, where that is this one.
    pub fn behind(&self, first: &str) -> Option<Self> {
        let (found, rest) = self.segments.split_first()?;
        (decode(found) == first).then(|| Self {
            segments: rest.to_vec(),
            ends_with_slash: self.ends_with_slash,
        })
    }

    /// As it was sent.
    pub fn raw(&self) -> String {
        let mut path = String::new();
        for segment in &self.segments {
            path.push('/');
            path.push_str(segment);
        }
        if self.ends_with_slash || path.is_empty() {
            path.push('/');
        }
        path
    }
}

/// Whether two paths are one resource, whatever they call their parameters.
pub fn same_resource(one: &RoutePath, other: &RoutePath) -> bool {
    match (one, other) {
        (RoutePath::Default, RoutePath::Default) => true,
        (RoutePath::Segments(one), RoutePath::Segments(other)) => {
            let same = |(one, other): (&Segment, &Segment)| match (one, other) {
                (Segment::Literal(one), Segment::Literal(other)) => one == other,
                (one, other) => one.rank() == other.rank(),
            };
            one.len() == other.len() && one.iter().zip(other).all(same)
        }
        _ => false,
    }
}

/// Percent-decoded text; what is no UTF-8 is replaced.
pub fn decode(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let digit = |at: usize| {
            after
                .get(at)
                .and_then(|byte| char::from(*byte).to_digit(16))
        };
        match (first, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                // Two digits make a byte.
                bytes.push((high * 16 + low) as u8);
                rest = &after[2..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_is_a_segment_of_its_own() {
        let path = RequestPath::new("/prod/orders/").unwrap();
        assert_eq!(path.behind("prod").unwrap().raw(), "/orders/");
        assert_eq!(path.behind("pro"), None);
        let bare = RequestPath::new("/prod").unwrap();
        assert_eq!(bare.behind("prod").unwrap().raw(), "/");
    }

    #[test]
    fn what_is_no_route_is_refused_with_a_sentence() {
        for wrong in [
            "",
            "/orders",
            "GET",
            "GET orders",
            "get /orders",
            "FETCH /orders",
            "GET /orders//x",
            "GET /{proxy+}/x",
            "GET /{id}/{id}",
            "GET /{}",
            "GET /a{id}",
            "GET /a?x=1",
            "GET /a/../b",
        ] {
            assert!(parse_route(wrong).is_err(), "{wrong}");
        }
    }
}
