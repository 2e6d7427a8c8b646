//! Keeps the shape of the crate: who may import whom, where SQL lives, where addresses are
//! registered, and that every module says what it is.
//!
//! The layers, from the doors down. A module may use its own layer and those below it, never one
//! above; `lib.rs` lists them in this order for readers, this test for the build. Next:
//! `circles.rs` for files that import each other, `names.rs` for types that share a name,
//! `width.rs` for long lines, `rust.rs` for how sources are read.

mod circles;
mod names;
mod rust;
mod width;

use rust::{Source, identifier, sources};

const LAYERS: &[&[&str]] = &[
    &["testing"],
    &["cli", "fixtures", "http"],
    &["operations"],
    &["flows"],
    &["domain"],
    &["app"],
    &[
        "http_client",
        "journal",
        "keys",
        "outbox",
        "store",
        "triggers",
    ],
    &[
        "access", "boxed", "clock", "config", "error", "faults", "ids", "lasting", "random",
        "threads", "throttle", "wire",
    ],
];

/// Imports that go down the layers and are refused all the same, with the reason.
const ALSO_REFUSED: &[(&str, &str, &str)] = &[(
    "domain",
    "app",
    "rules get what they need as values, so that they stay free of requests and of waiting",
)];

/// What begins an SQL statement in a string.
const STATEMENTS: &[&str] = &[
    "SELECT ",
    "INSERT INTO ",
    "UPDATE ",
    "DELETE FROM ",
    "PRAGMA ",
];

#[test]
fn nobody_imports_upward() {
    let mut wrong = Vec::new();
    for source in sources() {
        let Some(module) = source.module() else {
            continue;
        };
        let Some(own) = layer(module) else {
            wrong.push(format!(
                "src/{}: the module `{module}` has no layer yet; give it one in tests/tidy/main.rs",
                source.path
            ));
            continue;
        };
        for (at, used) in imports(&source) {
            let place = format!("src/{}:{}", source.path, source.line(at));
            if layer(&used).is_some_and(|used| used < own) {
                wrong.push(format!(
                    "{place}: `{module}` uses `{used}`, which lies above it"
                ));
            }
            for (from, to, reason) in ALSO_REFUSED {
                if (*from, *to) == (module, used.as_str()) {
                    wrong.push(format!("{place}: `{module}` uses `{used}`: {reason}"));
                }
            }
        }
    }
    report(&wrong);
}

#[test]
fn sql_is_in_the_store_only() {
    let mut wrong = Vec::new();
    for source in sources() {
        if source.module() == Some("store") {
            continue;
        }
        for (at, _) in source.code.match_indices("sqlx::query") {
            wrong.push(format!(
                "src/{}:{}: sqlx::query",
                source.path,
                source.line(at)
            ));
        }
        for (line, string) in &source.strings {
            if STATEMENTS
                .iter()
                .any(|statement| string.starts_with(statement))
            {
                wrong.push(format!("src/{}:{line}: {string:?}", source.path));
            }
        }
    }
    report(&wrong);
}

/// Parameters of `AuthParameters`, `ChallengeResponses` and `ChallengeParameters` that are nothing
/// else beside.
const SIGN_IN_PARAMETERS: &[&str] = &[
    "CODE_DELIVERY_DELIVERY_MEDIUM",
    "CODE_DELIVERY_DESTINATION",
    "CREDENTIAL",
    "CREDENTIAL_REQUEST_OPTIONS",
    "DEVICE_KEY",
    "EMAIL_OTP_CODE",
    "FRIENDLY_DEVICE_NAME",
    "MFAS_CAN_CHOOSE",
    "MFAS_CAN_SETUP",
    "NEW_PASSWORD",
    "PASSWORD_CLAIM_SECRET_BLOCK",
    "PASSWORD_CLAIM_SIGNATURE",
    "PREFERRED_CHALLENGE",
    "REFRESH_TOKEN",
    "SECRET_BLOCK",
    "SECRET_HASH",
    "SMS_MFA_CODE",
    "SMS_OTP_CODE",
    "SOFTWARE_TOKEN_MFA_CODE",
    "SRP_B",
    "TARGET_ACR_VALUES",
    "TIMESTAMP",
    "USERNAME",
    "USER_ID_FOR_SRP",
];

#[test]
fn parameters_of_a_sign_in_are_named_in_one_file() {
    let mut wrong = Vec::new();
    for source in sources() {
        // Names of the API's model, some of which are names of these parameters, too.
        let is_model = source.module() == Some("wire");
        // The journal says which of them it shows.
        let is_journals = source.path == "journal/withheld.rs";
        if is_model || is_journals || source.path == "operations/auth_parameters.rs" {
            continue;
        }
        for (line, string) in &source.strings {
            if SIGN_IN_PARAMETERS.contains(&string.as_str()) {
                wrong.push(format!("src/{}:{line}: {string:?}", source.path));
            }
        }
    }
    report(&wrong);
}

#[test]
fn rules_neither_wait_nor_know_the_web() {
    let mut wrong = Vec::new();
    for source in sources() {
        if source.module() == Some("domain") {
            for word in ["async ", ".await", "axum::", "sqlx::"] {
                for (at, _) in source.code.match_indices(word) {
                    wrong.push(format!("src/{}:{}: {word}", source.path, source.line(at)));
                }
            }
        }
    }
    report(&wrong);
}

#[test]
fn every_module_says_what_it_is() {
    let wrong: Vec<_> = sources()
        .iter()
        .filter(|source| !source.path.contains("generated/") && source.path != "main.rs")
        .filter(|source| !source.text.starts_with("//! "))
        .map(|source| format!("src/{}: begin it with `//! ` and what it is", source.path))
        .collect();
    report(&wrong);
}

/// Whoever looks for an address finds them all in one place.
#[test]
fn every_address_is_registered_on_one_screen() {
    let mut wrong = Vec::new();
    for source in sources() {
        if source.path == "http/routes.rs" {
            continue;
        }
        for word in [".route(", ".nest(", ".route_service("] {
            for (at, _) in circles::without_tests(&source.code).match_indices(word) {
                let line = source.line(at);
                wrong.push(format!(
                    "src/{}:{line}: register it in src/http/routes.rs",
                    source.path
                ));
            }
        }
    }
    report(&wrong);
}

fn report(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

/// The root modules that the file names, by `crate::x`, `crate::{x::…, y}`, or as many `super::` as
/// lead to the root.
fn imports(source: &Source) -> Vec<(usize, String)> {
    let code = source.code.as_str();
    let mut found = Vec::new();
    let mut take = |at: usize, after: &str| {
        if let Some(group) = after.strip_prefix('{') {
            found.extend(heads(group).into_iter().map(|name| (at, name)));
        } else {
            found.push((at, identifier(after)));
        }
    };
    for (at, path) in code.match_indices("crate::") {
        take(at, &code[at + path.len()..]);
    }
    let climb = "super::".repeat(source.depth());
    for (at, path) in code.match_indices(&climb) {
        // The whole chain, once: from its first `super::` on.
        if !code[..at].ends_with("super::") {
            let after = &code[at + path.len()..];
            // Inside a nested module the same chain ends in the file itself: only a root module's
            // name counts.
            if layer(&identifier(after)).is_some() {
                take(at, after);
            }
        }
    }
    found
}

/// The first names of the paths in a group, up to its closing brace.
fn heads(group: &str) -> Vec<String> {
    let (mut depth, mut start, mut names) = (0, 0, Vec::new());
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            ',' | '}' if depth == 0 => {
                names.push(identifier(group[start..at].trim_start()));
                start = at + 1;
                if character == '}' {
                    break;
                }
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

#[test]
fn this_test_reads_rust_well_enough() {
    let text = concat!(
        "use crate::{app::{Ctx, x}, error, wire as w};\n",
        "// use crate::http;\n/* /* crate::cli */ */\n",
        "const A: &str = \"crate::flows \\\" crate::cli\"; const B: &str = r#\"SELECT \"x\"\"#;\n",
        "fn f<'a>(c: char) -> bool { c == '\"' || c == '\\'' || crate::keys::g::<'a>() }\n",
        "use super::super::store::Row; use super::sibling;\n",
    );
    let source = Source::new("domain/pools.rs".to_owned(), text.to_owned());
    let used: Vec<_> = imports(&source)
        .into_iter()
        .map(|(at, name)| (source.line(at), name))
        .collect();
    let expected = [
        (1, "app"),
        (1, "error"),
        (1, "wire"),
        (5, "keys"),
        (6, "store"),
    ];
    assert_eq!(used, expected.map(|(line, name)| (line, name.to_owned())));
    assert_eq!(source.strings[1], (4, "SELECT \"x\"".to_owned()));
    assert_eq!(
        source.code.matches('\n').count(),
        text.matches('\n').count()
    );
}
