//! Files that import each other, directly or around corners: whoever reads one has to read all.
//!
//! An import is a `use` or a path in the code (`super::x::y`, `crate::…`, `module::item`), followed
//! through re-exports to the file that defines the item. Declaring a module, re-exporting from it
//! and what tests use are none.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Range;

use super::report;
use super::rust::{Source, identifier, sources};

/// Circles that are there for a reason, each with its files (or the beginning of their paths).
const KNOWN: &[(&str, &[&str])] = &[
    (
        "pages lead to each other",
        &[
            "http/pages/challenge.rs",
            "http/pages/mfa_setup.rs",
            "http/pages/recover.rs",
            "http/pages/sign_in.rs",
            "http/pages/sign_up.rs",
        ],
    ),
    (
        "a store lends its tables, and they begin from it",
        &["store/"],
    ),
];

#[test]
fn no_files_import_each_other() {
    let graph = Graph::of(&sources());
    let mut wrong = Vec::new();
    for group in graph.circles() {
        let is_known = KNOWN.iter().any(|(_, known)| {
            group
                .iter()
                .all(|file| known.iter().any(|known| file.starts_with(known)))
        });
        if !is_known {
            wrong.push(graph.describe(&group));
        }
    }
    report(&wrong);
}

/// Where an import points to, and the line that it stands in.
type Edges = BTreeMap<String, BTreeMap<String, usize>>;

struct Graph {
    edges: Edges,
}

/// A file as a module.
struct Module<'s> {
    source: &'s Source,
    path: Vec<String>,
    /// The names that its `use` lines bind, with the paths behind them.
    names: BTreeMap<String, Vec<String>>,
    /// What it takes from elsewhere under every name.
    globs: Vec<Vec<String>>,
    /// What of its code is no `use` line, with the imports that are.
    uses: Vec<Import>,
    /// Its code without `use` lines and tests.
    rest: String,
}

struct Import {
    at: usize,
    path: Vec<String>,
    /// A re-export is not what the file itself needs.
    is_public: bool,
}

struct Tree<'s> {
    modules: BTreeMap<Vec<String>, Module<'s>>,
}

impl Graph {
    fn of(sources: &[Source]) -> Self {
        let tree = Tree::of(sources);
        let mut edges = Edges::new();
        for module in tree.modules.values() {
            let from = &module.source.path;
            let mut take = |at: usize, path: &[String]| {
                if let Some(to) = tree.file(path, 0).filter(|to| to != from) {
                    let line = module.source.line(at);
                    edges
                        .entry(from.clone())
                        .or_default()
                        .entry(to)
                        .or_insert(line);
                }
            };
            for import in module.uses.iter().filter(|import| !import.is_public) {
                take(import.at, &import.path);
            }
            for (at, path) in paths(&module.rest) {
                if let Some(path) = tree.absolute(module, &path) {
                    take(at, &path);
                }
            }
        }
        Self { edges }
    }

    /// The groups of files that can all reach each other.
    fn circles(&self) -> Vec<Vec<String>> {
        let reach: BTreeMap<&String, BTreeSet<&String>> = self
            .edges
            .keys()
            .map(|from| (from, self.reached(from)))
            .collect();
        let reaches = |a: &String, b: &String| reach.get(a).is_some_and(|all| all.contains(b));
        let mut groups: Vec<Vec<String>> = Vec::new();
        for file in self.edges.keys().filter(|file| reaches(file, file)) {
            let group = groups
                .iter_mut()
                .find(|group| reaches(&group[0], file) && reaches(file, &group[0]));
            match group {
                Some(group) => group.push(file.clone()),
                None => groups.push(vec![file.clone()]),
            }
        }
        groups
    }

    fn reached(&self, from: &String) -> BTreeSet<&String> {
        let mut seen = BTreeSet::new();
        let mut open: Vec<&String> = vec![from];
        while let Some(file) = open.pop() {
            for next in self.edges.get(file).into_iter().flat_map(BTreeMap::keys) {
                if seen.insert(next) {
                    open.push(next);
                }
            }
        }
        seen
    }

    /// The shortest way around from the first file, and how many files hang together.
    fn describe(&self, group: &[String]) -> String {
        let start = &group[0];
        let mut before: BTreeMap<&String, &String> = BTreeMap::new();
        let mut open = VecDeque::from([start]);
        let mut last = start;
        'search: while let Some(file) = open.pop_front() {
            for next in self.edges[file].keys() {
                if next == start {
                    last = file;
                    break 'search;
                }
                if group.contains(next) && !before.contains_key(next) {
                    before.insert(next, file);
                    open.push_back(next);
                }
            }
        }
        let mut way = vec![start, last];
        while way.last() != Some(&start) {
            way.push(before[way[way.len() - 1]]);
        }
        way.reverse();
        let steps: Vec<String> = way
            .windows(2)
            .map(|pair| {
                format!(
                    "  src/{}:{} -> {}",
                    pair[0], self.edges[pair[0]][pair[1]], pair[1]
                )
            })
            .collect();
        format!(
            "a circle of {} files ({}):\n{}",
            group.len(),
            group.join(", "),
            steps.join("\n")
        )
    }
}

impl<'s> Tree<'s> {
    fn of(sources: &'s [Source]) -> Self {
        let read = |source: &'s Source| {
            let path = source.module_path()?;
            Some((path.clone(), Module::read(source, path)))
        };
        let mut tree = Self {
            modules: sources.iter().filter_map(read).collect(),
        };
        let paths: BTreeSet<Vec<String>> = tree.modules.keys().cloned().collect();
        for module in tree.modules.values_mut() {
            module.bind(&paths);
        }
        tree
    }

    /// A path from the crate's root, when it leads into the crate.
    fn absolute(&self, module: &Module<'_>, path: &[String]) -> Option<Vec<String>> {
        if let Some(bound) = module.names.get(&path[0]) {
            return Some([bound.as_slice(), &path[1..]].concat());
        }
        rooted(&module.path, path, &|child| {
            self.modules.contains_key(child)
        })
    }

    /// The file that defines what the path names. None for a folder's own name, and for what lies
    /// outside the crate or is generated.
    fn file(&self, path: &[String], depth: usize) -> Option<String> {
        if depth > 8 {
            return None;
        }
        let deep = (1..=path.len())
            .rev()
            .find(|length| self.modules.contains_key(&path[..*length]))?;
        let module = &self.modules[&path[..deep]];
        let file = &module.source.path;
        if file.contains("generated/") {
            return None;
        }
        let Some(item) = path.get(deep) else {
            return (!file.ends_with("mod.rs")).then(|| file.clone());
        };
        if let Some(behind) = module.names.get(item) {
            let whole = [behind.as_slice(), &path[deep + 1..]].concat();
            return self.file(&whole, depth + 1);
        }
        if !module.defines(item)
            && let Some(found) = module.globs.iter().find_map(|glob| {
                let whole = [glob.as_slice(), &path[deep..]].concat();
                self.file(&whole, depth + 1)
            })
        {
            return Some(found);
        }
        Some(file.clone())
    }
}

impl<'s> Module<'s> {
    fn read(source: &'s Source, path: Vec<String>) -> Self {
        Self {
            source,
            path,
            names: BTreeMap::new(),
            globs: Vec::new(),
            uses: Vec::new(),
            rest: without_tests(&source.code),
        }
    }

    /// Reads the `use` lines and takes them out of the code.
    fn bind(&mut self, modules: &BTreeSet<Vec<String>>) {
        let mut rest = self.rest.clone();
        for found in use_lines(&self.rest) {
            let line = &self.rest[found.tree.clone()];
            let mut leaves = Vec::new();
            leaves_of(line, &mut Vec::new(), &mut leaves);
            for (path, alias) in leaves {
                let is_child = |path: &[String]| modules.contains(path);
                let Some(path) = rooted(&self.path, &path, &is_child) else {
                    continue;
                };
                if path.last().is_some_and(|last| last == "*") {
                    self.globs.push(path[..path.len() - 1].to_vec());
                    continue;
                }
                let Some(name) = alias.or_else(|| path.last().cloned()) else {
                    continue;
                };
                self.uses.push(Import {
                    at: found.whole.start,
                    path: path.clone(),
                    is_public: found.is_public,
                });
                if path != [self.path.as_slice(), std::slice::from_ref(&name)].concat() {
                    self.names.insert(name, path);
                }
            }
            blank(&mut rest, found.whole);
        }
        self.rest = rest;
    }

    fn defines(&self, item: &str) -> bool {
        const KEYWORDS: [&str; 8] = [
            "fn ", "struct ", "enum ", "trait ", "type ", "const ", "static ", "mod ",
        ];
        KEYWORDS.iter().any(|keyword| {
            self.rest
                .match_indices(keyword)
                .any(|(at, _)| identifier(&self.rest[at + keyword.len()..]) == item)
        })
    }
}

/// A path as the module at `from` means it, from the crate's root.
fn rooted(
    from: &[String],
    path: &[String],
    is_module: &dyn Fn(&[String]) -> bool,
) -> Option<Vec<String>> {
    let mut base = from.to_vec();
    let mut rest = path;
    match path.first()?.as_str() {
        "crate" => {
            base.clear();
            rest = &path[1..];
        }
        "self" => rest = &path[1..],
        "super" => {
            while rest.first().is_some_and(|one| one == "super") {
                base.pop()?;
                rest = &rest[1..];
            }
        }
        first => {
            base.push(first.to_owned());
            if !is_module(&base) {
                return None;
            }
            base.pop();
        }
    }
    base.extend(rest.iter().cloned());
    Some(base)
}

struct UseLine {
    whole: Range<usize>,
    /// What stands between `use` and `;`.
    tree: Range<usize>,
    is_public: bool,
}

fn use_lines(code: &str) -> Vec<UseLine> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("use ") {
        let line = code[..at].rfind('\n').map_or(0, |end| end + 1);
        let before = code[line..at].trim();
        if !before.is_empty() && !before.starts_with("pub") {
            continue;
        }
        let Some(length) = code[at..].find(';') else {
            continue;
        };
        found.push(UseLine {
            whole: line..at + length + 1,
            tree: at + 4..at + length,
            is_public: before.starts_with("pub"),
        });
    }
    found
}

/// The paths of a `use` tree, each with the name that it is given.
fn leaves_of(
    tree: &str,
    prefix: &mut Vec<String>,
    leaves: &mut Vec<(Vec<String>, Option<String>)>,
) {
    let tree = tree.trim();
    let depth = prefix.len();
    let mut rest = tree;
    while let Some((segment, after)) = rest.split_once("::") {
        if segment.contains('{') {
            break;
        }
        prefix.push(segment.trim().to_owned());
        rest = after.trim_start();
    }
    if let Some(group) = rest.strip_prefix('{') {
        let inner = group.rsplit_once('}').map_or(group, |(inner, _)| inner);
        for part in parts(inner) {
            leaves_of(part, prefix, leaves);
        }
    } else if !rest.is_empty() {
        let (name, alias) = match rest.split_once(" as ") {
            Some((name, alias)) => (name.trim(), Some(alias.trim().to_owned())),
            None => (rest.trim(), None),
        };
        let mut path = prefix.clone();
        if name != "self" || path.is_empty() {
            path.push(name.to_owned());
        }
        leaves.push((path, alias));
    }
    prefix.truncate(depth);
}

/// A group's parts at its own depth.
fn parts(group: &str) -> Vec<&str> {
    let (mut depth, mut start, mut found) = (0, 0, Vec::new());
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                found.push(&group[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    found.push(&group[start..]);
    found
}

/// Every path of at least two segments.
fn paths(code: &str) -> Vec<(usize, Vec<String>)> {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = code[at..].find(|c: char| c.is_alphabetic() || c == '_') {
        let start = at + start;
        let mut path = vec![identifier(&code[start..])];
        let mut end = start + path[0].len();
        while code[end..].starts_with("::") && code[end + 2..].starts_with(is_name) {
            let next = identifier(&code[end + 2..]);
            end += 2 + next.len();
            path.push(next);
        }
        if path.len() > 1 && !code[..start].ends_with("::") {
            found.push((start, path));
        }
        at = end;
    }
    found
}

/// The code without its `#[cfg(test)]` items, which may use what they like.
pub fn without_tests(code: &str) -> String {
    let mut rest = code.to_owned();
    let marks = ["#[cfg(test)]", "#[cfg(all(test"];
    let marked = marks.iter().flat_map(|mark| code.match_indices(mark));
    for (at, _) in marked {
        let end = match (code[at..].find('{'), code[at..].find(';')) {
            (Some(brace), semicolon) if semicolon.is_none_or(|semicolon| brace < semicolon) => {
                closing(code, at + brace)
            }
            (_, Some(semicolon)) => at + semicolon + 1,
            _ => code.len(),
        };
        blank(&mut rest, at..end);
    }
    rest
}

/// Behind the brace that closes the one that stands here.
fn closing(code: &str, open: usize) -> usize {
    let mut depth = 0;
    for (at, character) in code[open..].char_indices() {
        match character {
            '{' => depth += 1,
            '}' => {
                depth -= 1;
                if depth == 0 {
                    return open + at + 1;
                }
            }
            _ => {}
        }
    }
    code.len()
}

fn blank(code: &mut String, range: Range<usize>) {
    let spaces: String = code[range.clone()]
        .chars()
        .map(|c| if c == '\n' { '\n' } else { ' ' })
        .collect();
    code.replace_range(range, &spaces);
}

/// Sources that exist only here.
fn made_up(files: &[(&str, &str)]) -> Vec<Source> {
    files
        .iter()
        .map(|(path, text)| Source::new((*path).to_owned(), (*text).to_owned()))
        .collect()
}

#[test]
fn a_circle_is_found_however_the_import_is_written() {
    for (name, from_a, from_b) in [
        ("by use", "use super::b::f;", "use crate::m::a::{self, g};"),
        (
            "by a path",
            "fn x() { super::b::f() }",
            "fn y() { crate::m::a::g() }",
        ),
        (
            "by a module",
            "use super::b; fn x() { b::f() }",
            "use super::{a as c}; fn f() { c::g(); }",
        ),
        ("by a re-export", "use crate::m::f;", "use crate::m::g;"),
    ] {
        let files = made_up(&[
            ("m/mod.rs", "mod a;\nmod b;\npub use a::g;\npub use b::f;"),
            ("m/a.rs", from_a),
            ("m/b.rs", from_b),
        ]);
        assert_eq!(
            Graph::of(&files).circles(),
            [["m/a.rs", "m/b.rs"]],
            "{name}"
        );
    }
}

#[test]
fn what_is_no_circle_is_none() {
    for (name, from_a, from_b) in [
        ("one way", "use super::b::f;", "fn f() {}"),
        (
            "comments",
            "use super::b::f;",
            "// crate::m::a::g\nfn f() {}",
        ),
        (
            "tests",
            "use super::b::f;",
            "fn f() {}\n#[cfg(test)]\nmod tests { use super::super::a::g; }",
        ),
        ("other crates", "use super::b::f;", "fn f() { a::g() }"),
    ] {
        let files = made_up(&[
            ("m/mod.rs", "mod a;\nmod b;\npub use a::g;\npub use b::f;"),
            ("m/a.rs", from_a),
            ("m/b.rs", from_b),
        ]);
        assert_eq!(
            Graph::of(&files).circles(),
            Vec::<Vec<String>>::new(),
            "{name}"
        );
    }
}

#[test]
fn a_circle_is_printed_with_its_lines() {
    let files = made_up(&[
        ("m/mod.rs", "mod a; mod b; mod c;"),
        ("m/a.rs", "\nuse super::b::f;"),
        ("m/b.rs", "use super::c::g;"),
        ("m/c.rs", "\n\nuse super::a::h;"),
    ]);
    let graph = Graph::of(&files);
    let expected = concat!(
        "a circle of 3 files (m/a.rs, m/b.rs, m/c.rs):\n",
        "  src/m/a.rs:2 -> m/b.rs\n  src/m/b.rs:1 -> m/c.rs\n  src/m/c.rs:3 -> m/a.rs",
    );
    assert_eq!(graph.describe(&graph.circles()[0]), expected);
}
