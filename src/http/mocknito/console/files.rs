//! What the console's pages load: scripts, styles and the favicon, compiled in.

use axum::extract::Path;
use axum::response::Response;

use super::page::file;
use crate::http::answers::nothing_here;

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const PICTURE: &str = "image/svg+xml";

const FAVICON: &str = include_str!("static/favicon.svg");

/// A file as it is served below `/_mocknito/console/`.
struct StaticFile {
    name: &'static str,
    kind: &'static str,
    text: &'static str,
}

macro_rules! files {
    ($($name:literal: $kind:ident,)+) => {
        &[$(StaticFile {
            name: $name,
            kind: $kind,
            text: include_str!(concat!("static/", $name)),
        }),+]
    };
}

const FILES: &[StaticFile] = files! {
    "actions.js": SCRIPT,
    "apis.js": SCRIPT,
    "authorize.js": SCRIPT,
    "calls.js": SCRIPT,
    "claims.js": SCRIPT,
    "console.css": STYLE,
    "coverage.js": SCRIPT,
    "dom.js": SCRIPT,
    "entries.js": SCRIPT,
    "functions.js": SCRIPT,
    "identity.js": SCRIPT,
    "inbox.css": STYLE,
    "inbox.js": SCRIPT,
    "inspect.js": SCRIPT,
    "missing.js": SCRIPT,
    "overview.js": SCRIPT,
    "pool.js": SCRIPT,
    "pool_lists.js": SCRIPT,
    "requests.js": SCRIPT,
    "shell.js": SCRIPT,
    "snippets.js": SCRIPT,
    "tokens.js": SCRIPT,
    "user.js": SCRIPT,
    "user_access.js": SCRIPT,
    "user_state.js": SCRIPT,
    "user_tokens.js": SCRIPT,
    "users.js": SCRIPT,
};

/// `GET /_mocknito/console/{file}`.
pub async fn asset(Path(name): Path<String>) -> Response {
    match FILES.iter().find(|file| file.name == name) {
        Some(found) => file(found.kind, found.text),
        None => nothing_here().await,
    }
}

/// `GET /favicon.ico` and its like: everybody may see it.
pub async fn favicon() -> Response {
    file(PICTURE, FAVICON)
}
