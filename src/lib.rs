//! Mocknito: Amazon Cognito on your own machine.
//!
//! The layers in the order in which a request passes through them. Nothing imports from a layer
//! further up; `tests/tidy` keeps it so.

#![warn(clippy::unwrap_used)]

// What tests of Rust programs begin with.
/// A server in a test's own process.
pub mod testing;

// The doors.
/// The command line: `serve`, `token`, `healthcheck`.
pub mod cli;
/// Files that a start loads: pools, clients and users, made through the operations.
pub mod fixtures;
/// Every URL (`http::routes`): the AWS APIs, OAuth with its checks of what a client asks for (a
/// redirect URI is refused in `http::oauth::request`), the hosted pages, and `/_mocknito/`.
pub mod http;

// What the service does.
/// One handler per operation of the API, and the registry that names them.
pub mod operations;

// What several operations, or an operation and a page, share.
/// Signing in step by step (`flows::sign_in`), checking a TOTP code (`flows::software_tokens`),
/// issuing tokens with their claims (`flows::issue_tokens`), sending messages (`flows::deliver`).
pub mod flows;

// The rules.
/// What is allowed and what follows from what, without store, HTTP or clock.
pub mod domain;

// What everything needs, put together.
/// The running server's parts (`App`), and what one request has of them (`Ctx`).
pub mod app;

// What talks to the outside: storage, keys, messages, Lambda functions, other servers.
/// Requests to other servers: identity providers, functions by URL.
pub mod http_client;
/// Every call of every door, with what was answered and why, for people who wonder.
pub mod journal;
/// Signing keys, sealing, passwords, SRP, TOTP, WebAuthn: everything cryptographic.
pub mod keys;
/// E-mails and text messages: written into the inbox, and sent by SMTP if asked to.
pub mod outbox;
/// The only place with SQL.
pub mod store;
/// How a Lambda function is reached: the Invoke API, a URL, or a worker process.
pub mod triggers;

// Foundations: they know nothing of the rest.
/// Whose a host name and an origin are.
pub mod access;
/// A future whose kind only its maker knows.
pub mod boxed;
pub mod clock;
/// Every flag and variable.
pub mod config;
/// The catalogue of refusals: one variant per AWS code and text.
pub mod error;
/// What a test has ordered to fail or to take long.
pub mod faults;
pub mod ids;
/// What counts for a while by the clock.
pub mod lasting;
pub mod random;
/// Work that the end of the process does not wait for.
pub mod threads;
/// How many requests of a kind there may be per second.
pub mod throttle;
/// The AWS contract as data: types and constraints generated from the API models.
pub mod wire;
