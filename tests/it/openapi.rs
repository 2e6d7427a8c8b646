//! `/_mocknito/openapi.json` describes every address below `/_mocknito/`, and no other: it is held
//! against `http/routes.rs`, where all of them are registered.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::Server;

const ROUTES: &str = include_str!("../../src/http/routes.rs");

/// Handlers of pages, and of what only they load: not for programs.
const PAGES: &[&str] = &["(console::", "(pretend::pages::"];

/// `GET /clock` and the like.
type Addresses = BTreeSet<(String, String)>;

/// The body of a function in `routes.rs`.
fn function(name: &str) -> &'static str {
    let begin = ROUTES.find(&format!("fn {name}(")).expect(name);
    let rest = &ROUTES[begin..];
    let end = rest.find("\n}\n").expect(name);
    &rest[..end]
}

/// What stands between the parenthesis at the beginning of `text` and the one that closes it.
fn parenthesized(text: &str) -> &str {
    let mut depth = 0;
    for (at, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' if depth == 1 => return &text[1..at],
            ')' => depth -= 1,
            _ => {}
        }
    }
    panic!("a parenthesis without an end: {text}");
}

/// The routes that a function registers, below a prefix; those of pages, too, if they are wanted.
fn routes(body: &str, prefix: &str, pages: bool) -> Addresses {
    let mut found = Addresses::new();
    for (at, _) in body.match_indices(".route(") {
        let route = parenthesized(&body[at + ".route".len()..]);
        let (path, handler) = route.split_once(',').expect(route);
        let path = path.trim().trim_matches('"');
        let handler = handler.trim().trim_end_matches(',');
        // A handler that was put together above.
        let handler = match body.split_once(&format!("let {handler} = ")) {
            Some((_, definition)) => definition.split(';').next().unwrap(),
            None => handler,
        };
        let path = path.replace("{*", "{");
        // What takes any method is described once.
        let methods = [
            ("any", "get"),
            ("get", "get"),
            ("post", "post"),
            ("put", "put"),
        ];
        for (function, method) in methods.into_iter().chain([("delete", "delete")]) {
            let called = format!("{function}(");
            let is_called = handler.starts_with(&called) || handler.contains(&format!(".{called}"));
            let is_page = PAGES
                .iter()
                .any(|page| handler.contains(&format!("{function}{page}")));
            if is_called && (pages || !is_page) {
                found.insert((format!("{prefix}{path}"), method.to_owned()));
            }
        }
    }
    found
}

fn registered(pages: bool) -> Addresses {
    let nested = ".nest(\"/providers/{pool}/{provider}\", pretend_provider())";
    assert!(function("mocknito").contains(nested));
    let mut all = routes(function("mocknito"), "/_mocknito", pages);
    all.extend(routes(function("console_home"), "", pages));
    let provider = "/_mocknito/providers/{pool}/{provider}";
    all.extend(routes(function("pretend_provider"), provider, pages));
    // A nested router's `/` is the address without a slash.
    if all.remove(&("/_mocknito/".to_owned(), "get".to_owned())) {
        all.insert(("/_mocknito".to_owned(), "get".to_owned()));
        all.insert(("/_mocknito/".to_owned(), "get".to_owned()));
    }
    all
}

fn described(document: &Value) -> Addresses {
    let paths = document["paths"].as_object().unwrap().iter();
    paths
        .flat_map(|(path, operations)| {
            let methods = operations.as_object().unwrap().keys();
            methods.map(move |method| (path.clone(), method.clone()))
        })
        .collect()
}

#[tokio::test]
async fn every_address_is_described_and_every_description_is_of_one() {
    let server = Server::start().await;
    let document = server.get("/_mocknito/openapi.json").await.json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3."));
    let described = described(&document);
    let (all, registered) = (registered(true), registered(false));
    assert!(registered.len() > 30, "{registered:?}");
    let missing: Vec<_> = registered.difference(&described).collect();
    let made_up: Vec<_> = described.difference(&all).collect();
    assert!(missing.is_empty(), "not in openapi.json: {missing:?}");
    assert!(made_up.is_empty(), "not in routes.rs: {made_up:?}");
}

/// Every `$ref` leads somewhere, and every operation says what it answers.
#[tokio::test]
async fn the_document_is_whole() {
    let server = Server::start().await;
    let document = server.get("/_mocknito/openapi.json").await.json();
    let text = document.to_string();
    for (at, _) in text.match_indices("\"$ref\":\"#") {
        let pointer = text[at + "\"$ref\":\"#".len()..].split('"').next().unwrap();
        assert!(document.pointer(pointer).is_some(), "{pointer}");
    }
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            assert!(operation["summary"].is_string(), "{method} {path}");
            let responses = operation["responses"].as_object().unwrap();
            assert!(!responses.is_empty(), "{method} {path}");
            let named = operation["parameters"].as_array();
            let named = named.map_or(0, |list| list.iter().filter(|p| p["in"] == "path").count());
            assert_eq!(named, path.matches('{').count(), "{method} {path}");
        }
    }
}

/// What the journal answers has the members that the document requires.
#[tokio::test]
async fn a_request_in_the_journal_is_as_described() {
    let server = Server::start().await;
    server.pool(serde_json::json!({})).await;
    let document = server.get("/_mocknito/openapi.json").await.json();
    let schema = &document["components"]["schemas"]["Request"];
    let (_, journal) = server.own("GET", "requests", Value::Null).await;
    let entry = journal["requests"][0].as_object().unwrap();
    let members: Vec<&str> = entry.keys().map(String::as_str).collect();
    let required = schema["required"].as_array().unwrap();
    let required: Vec<&str> = required.iter().map(|name| name.as_str().unwrap()).collect();
    assert_eq!(members, required);
}
