//! `/_mocknito/`: everything that Cognito itself does not have. JSON in and out, for tests and for
//! the person at the machine.
//!
//! Not here: the addresses (`http::routes`), what the inbox keeps (`outbox`), how time moves
//! (`clock`), what fixtures are (`fixtures`). Next: `guard.rs` for who may call, `console/` for the
//! pages, `pretend/` for the pretend identity providers, and one file for each other address.

pub mod apis;
pub mod authorize;
mod authorize_api;
mod authorize_settings;
pub mod clock;
pub mod console;
pub mod copies;
pub mod coverage;
pub mod credentials;
pub mod demo;
pub mod export;
pub mod faults;
pub mod fixtures;
pub mod functions;
pub mod guard;
pub mod images;
pub mod import;
pub mod inbox;
pub mod inspect;
pub mod keys;
mod loading;
pub mod log;
pub mod metrics;
pub mod openapi;
pub mod pools;
pub mod pretend;
mod refusal;
mod request;
pub mod requests;
pub mod reset;
pub mod risk;
pub mod server;
pub mod snapshots;
pub mod strip;
pub mod tokens;
pub mod totp;
pub mod user;
